"""The page of a new import: a file is looked at, mapped, cleaned, tried and taken in."""
