"""Relationship matrices among chosen animals, and what single-step models need of them."""

from agrigen.relationship.genomic import GenomicRelationship, grm
from agrigen.relationship.partial import PartialRelationship

__all__ = ["GenomicRelationship", "PartialRelationship", "grm"]
