"""Genotypes: sets that never change, their samples and animals, quality, parentage and panels."""

from hub.genotypes.schemas import GenotypeSetRead
from hub.genotypes.service import Loaded, load

__all__ = ["GenotypeSetRead", "Loaded", "load"]
