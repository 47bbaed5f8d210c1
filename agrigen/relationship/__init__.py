"""Relationship matrices among chosen animals, and what single-step models need of them."""

from agrigen.relationship.compare import RelationshipComparison, compare_relationships
from agrigen.relationship.genomic import GenomicRelationship, grm
from agrigen.relationship.metafounders import Gamma, gamma
from agrigen.relationship.partial import PartialRelationship

__all__ = [
    "Gamma",
    "GenomicRelationship",
    "PartialRelationship",
    "RelationshipComparison",
    "compare_relationships",
    "gamma",
    "grm",
]
