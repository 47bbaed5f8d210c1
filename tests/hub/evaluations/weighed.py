"""Weights for the flock of tests.genotyping: one gene, genes everywhere, and chance."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

import agrigen as ag
from tests.database import Make
from tests.genotyping import Flock, flock, settle

GENE = "OAR6_20"
TRAIT = "weaning_weight"
EFFECT = 2.5
"""Kilograms that a copy of the counted allele adds."""


@dataclass(frozen=True)
class Weighed:
    """A flock of which lambs are weighed, and rams and lambs genotyped."""

    made: Flock
    genotyped: ag.Genotypes
    ids: dict[str, UUID]
    weights: dict[str, float]


def genomic(method: str = "single_step", **keys: Any) -> dict[str, Any]:
    """The model of an evaluation."""
    return {
        "traits": [TRAIT],
        "effects": [
            {"name": "sex", "type": "fixed"},
            {"name": "g", "type": "genomic", "method": method, "column": "animal"},
        ],
        "variances": {"g": 4.0, "residual": 4.0},
        **keys,
    }


async def weighed(make: Make, farm_id: UUID, *, seed: int = 1, tag: str = "") -> Weighed:
    """The flock on a farm, with a weight of every lamb."""
    made = flock(seed=seed)
    ids = await settle(make, farm_id, made, tag)
    random = np.random.default_rng(seed)
    copies = made.genotypes.dosages(None, [GENE], np.float64)[:, 0]
    polygenic = made.genotypes.dosages(None, None, np.float64) @ random.normal(0, 0.08, 1040)
    weights = {}
    for place, name in enumerate(made.names):
        if name[0] == "L":
            value = 30 + EFFECT * copies[place] + polygenic[place] - polygenic.mean()
            weights[name] = round(float(value + random.normal(0, 1)), 3)
            await make.record(farm_id, ids[name], TRAIT, weights[name], date(2024, 6, 1))
    known = [place for place, name in enumerate(made.names) if name[0] != "F"]
    return Weighed(made, made.genotypes[known], ids, weights)
