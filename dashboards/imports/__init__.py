"""The page of imports: which files went in, how far they are, and what was not taken."""
