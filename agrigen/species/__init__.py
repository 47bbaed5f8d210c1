"""Livestock species: their chromosomes and how files name them."""

from agrigen.species.catalogue import SPECIES, species
from agrigen.species.chromosomes import Kind, Species

__all__ = ["SPECIES", "Kind", "Species", "species"]
