"""The flock or herd of a farm: numbers, charts and the list of its animals."""
