"""One animal: who it is, what it comes from, what it passes on."""
