"""What `make run` needs on one bare machine: embedded stores, processes, demonstration data."""
