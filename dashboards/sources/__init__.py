"""Watched places: what is looked into and when, what was taken, and setting places up."""
