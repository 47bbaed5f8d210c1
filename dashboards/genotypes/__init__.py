"""Genotype sets one may see, and the form that takes in files."""
