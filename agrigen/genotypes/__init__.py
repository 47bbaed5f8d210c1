"""Genotypes: two bits each, larger than memory, with their samples and markers in step."""

from agrigen.genotypes.container import Genotypes
from agrigen.genotypes.markers import MarkerMap
from agrigen.genotypes.samples import Samples

__all__ = ["Genotypes", "MarkerMap", "Samples"]
