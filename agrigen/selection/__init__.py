"""Decisions: which animals are best, how much each contributes, and who is mated to whom."""

from agrigen.selection.contribution import OptimumContributions, optimum_contributions
from agrigen.selection.genes import (
    cross,
    gene_probabilities,
    prnp_alleles,
    prnp_cross,
    prnp_type,
    recessive_risk,
)
from agrigen.selection.index import SelectionIndex, desired_gains, merit, selection_index, standings
from agrigen.selection.mating import MatingPlan, mate
from agrigen.selection.progeny import ExpectedProgeny, expected_progeny, kinship

__all__ = [
    "ExpectedProgeny", "MatingPlan", "OptimumContributions", "SelectionIndex", "cross",
    "desired_gains", "expected_progeny", "gene_probabilities", "kinship", "mate", "merit",
    "optimum_contributions", "prnp_alleles", "prnp_cross", "prnp_type", "recessive_risk",
    "selection_index", "standings",
]  # fmt: skip
