"""How the young grow and how much the cows milk."""
