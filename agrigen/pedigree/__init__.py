"""Who descends from whom: checked pedigrees, inbreeding and relationships."""

from agrigen.pedigree.build import Pedigree

__all__ = ["Pedigree"]
