"""What the demonstration runs with genotypes: a single step and a genome-wide study of weights."""

from typing import Any

TRAIT = "weaning_weight"
FIXED: list[dict[str, Any]] = [
    {"name": "contemporary_group", "type": "fixed"},
    {"name": "sex", "type": "fixed"},
    {"name": "birth_type", "type": "fixed"},
    {"name": "dam_age", "type": "fixed"},
    {"name": "age_days", "type": "covariate"},
]
# Components as the records were simulated with (hub/local/demo_sheep.py).
SINGLE_STEP: dict[str, Any] = {
    "name": "Weaning weight of lambs, single step",
    "species": "sheep",
    "model": {
        "traits": [TRAIT],
        "effects": [
            *FIXED,
            {"name": "g", "type": "genomic", "method": "single_step", "column": "animal"},
            {"name": "dam", "type": "random", "column": "dam"},
        ],
        "variances": {"g": 4.0, "dam": 2.0, "residual": 14.0},
    },
}
# The gene of large effect (hub/local/demo_sheep.py) shows in birth weight.
STUDY: dict[str, Any] = {
    "name": "Genes for birth weight at Hillside",
    "trait": "birth_weight",
    "effects": [
        {"name": "contemporary_group", "type": "fixed"},
        {"name": "birth_type", "type": "fixed"},
        {"name": "dam_age", "type": "fixed"},
    ],
    "method": "exact",
    "leave_one_chromosome_out": True,
}
