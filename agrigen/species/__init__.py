"""Livestock species: their chromosomes, assemblies and how files name them."""

from agrigen.species.catalogue import SPECIES, same_assembly, species, species_of
from agrigen.species.chromosomes import Kind, Species

__all__ = ["SPECIES", "Kind", "Species", "same_assembly", "species", "species_of"]
