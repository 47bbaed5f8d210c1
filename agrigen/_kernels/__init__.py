"""Compiled loops: plain arrays in and out, no checks; one module per subject of the API."""
