"""Jupyter Server extensions: how the hub is reached over HTTP, and nothing else."""
