"""Events: what happens to animals, told once and corrected in the open."""
