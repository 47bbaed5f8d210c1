"""Where a number comes from and what rests on it: files left, breeding values right."""
