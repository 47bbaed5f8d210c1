"""Traits every hub starts with: unit and the range in which a value is plausible.

The ranges are generous on purpose: they stop slips of the pen (grams for kilograms, a missing
decimal point), not unusual animals.
"""

from typing import Any


def _trait(
    code: str,
    name: str,
    unit: str,
    species: str | None,
    lowest: float,
    highest: float,
    text: str,
) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "unit": unit,
        "species": species,
        "lowest": lowest,
        "highest": highest,
        "description": text,
    }


STANDARD_TRAITS: list[dict[str, Any]] = [
    _trait(
        "birth_weight",
        "Birth weight",
        "kg",
        None,
        0.2,
        90,
        "Live weight within a day of birth",
    ),
    _trait("weaning_weight", "Weaning weight", "kg", None, 3, 500, "Live weight at weaning"),
    _trait(
        "pre_weaning_gain",
        "Pre-weaning gain",
        "kg",
        None,
        0,
        10,
        "Gain a day until weaning",
    ),
    _trait(
        "milk_yield",
        "Test-day milk yield",
        "kg",
        None,
        0.05,
        120,
        "Milk of one test day, 24 h",
    ),
    _trait(
        "fat_percent",
        "Fat percentage",
        "%",
        None,
        0.5,
        15,
        "Fat in the milk of a test day",
    ),
    _trait(
        "protein_percent",
        "Protein percentage",
        "%",
        None,
        1,
        10,
        "Protein of a test day",
    ),
    _trait(
        "somatic_cell_count",
        "Somatic cell count",
        "1000/ml",
        None,
        1,
        99_999,
        "Cells of a test day",
    ),
    _trait(
        "somatic_cell_score",
        "Somatic cell score",
        "log2",
        None,
        -5,
        15,
        "log2(SCC/100) + 3",
    ),
    _trait(
        "milk_305d",
        "305-day milk yield",
        "lb",
        "cattle",
        500,
        80_000,
        "Lactation, 305 days",
    ),
    _trait(
        "fat_305d",
        "305-day fat yield",
        "lb",
        "cattle",
        10,
        5_000,
        "Lactation, 305 days",
    ),
    _trait(
        "protein_305d",
        "305-day protein yield",
        "lb",
        "cattle",
        10,
        5_000,
        "Lactation, 305 days",
    ),
    _trait(
        "litter_size",
        "Litter size born",
        "count",
        None,
        1,
        20,
        "Offspring born in one litter",
    ),
]

CARCASS_TRAITS: list[dict[str, Any]] = [
    _trait(
        "carcass_weight",
        "Carcass weight",
        "kg",
        None,
        5,
        700,
        "Weight of the carcass after slaughter",
    ),
    _trait(
        "drip_loss",
        "Drip loss of meat",
        "%",
        None,
        0,
        30,
        "Weight that a piece of meat loses by dripping",
    ),
]
