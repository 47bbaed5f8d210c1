"""Phones: changes out, operations in, and what a person has to decide."""
