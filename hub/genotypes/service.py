"""Use cases of genotype sets: read genotypes of one."""

from hub.genotypes.content import Loaded, load

__all__ = ["Loaded", "load"]
