"""Breeding advice: which matings suit a farm, what a pair would give, genes that are watched."""

from hub.breeding.genes import genes, remove_gene, set_gene
from hub.breeding.kinships import kinship
from hub.breeding.pairs import pair
from hub.breeding.schemas import (
    CandidateRead,
    GeneRead,
    GeneSet,
    IndexQuery,
    IndexRead,
    PairQuery,
    PairRead,
    PlanCreate,
    PlanRead,
    PlansQuery,
    PlanSummary,
    WordsQuery,
)
from hub.breeding.service import candidates, create, csv, delete, get, index, search

__all__ = [
    "CandidateRead",
    "GeneRead",
    "GeneSet",
    "IndexQuery",
    "IndexRead",
    "PairQuery",
    "PairRead",
    "PlanCreate",
    "PlanRead",
    "PlanSummary",
    "PlansQuery",
    "WordsQuery",
    "candidates",
    "create",
    "csv",
    "delete",
    "genes",
    "get",
    "index",
    "kinship",
    "pair",
    "remove_gene",
    "search",
    "set_gene",
]
