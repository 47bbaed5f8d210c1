"""Watched places: folders, buckets and databases from which files are imported on a schedule."""
