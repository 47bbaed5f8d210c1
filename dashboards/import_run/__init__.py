"""The page of one import: how far it is, what was not taken and why, and mending it."""
