"""Evaluation runs, jobs and imports, for those who keep the hub."""
