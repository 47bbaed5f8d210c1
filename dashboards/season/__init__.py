"""The season of a farm: what is due, who is in lamb, what deserves a look."""
