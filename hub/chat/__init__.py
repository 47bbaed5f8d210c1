"""Conversations with Emilia: kept for the person, answered from data with their rights."""
