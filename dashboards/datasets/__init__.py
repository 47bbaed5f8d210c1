"""Datasets one may see with their newest versions, and the form that freezes tables."""
