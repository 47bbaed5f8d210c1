"""Generation intervals: the age of parents when those of their offspring were born who bred."""

import numpy as np
import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.types import Flags, Floats, Parents, Texts

DAYS_A_YEAR = 365.25

PATHS = (
    ("sire to son", "sire", True),
    ("sire to daughter", "sire", False),
    ("dam to son", "dam", True),
    ("dam to daughter", "dam", False),
)


def generation_intervals(
    sire: Parents, dam: Parents, sex: Texts, birth: Floats, years: float
) -> pd.DataFrame:
    """Age of the parent at the birth of offspring that became parents themselves.

    `years` is the length of a year in units of `birth`. Columns: path, animals, mean, sd; the last
    row, "all", is the mean of the four paths.
    """
    if not np.isfinite(birth).any():
        raise DataError([_NO_BIRTHS])
    is_sire, is_dam = _used(sire), _used(dam)
    males, females = is_sire | (sex == "M"), is_dam | (sex == "F")
    rows = []
    for path, role, to_son in PATHS:
        parent = sire if role == "sire" else dam
        breeders = (is_sire | is_dam) & (males if to_son else females) & (parent >= 0)
        ages = ((birth - birth[parent]) / years)[breeders]
        rows.append(_row(path, ages[np.isfinite(ages)]))
    table = pd.DataFrame(rows)
    overall = {"path": "all", "animals": table["animals"].sum(), "mean": table["mean"].mean()}
    return pd.concat([table, pd.DataFrame([{**overall, "sd": np.nan}])], ignore_index=True)


def _row(path: str, ages: Floats) -> dict[str, object]:
    mean = ages.mean() if ages.size else np.nan
    sd = ages.std(ddof=1) if ages.size > 1 else np.nan
    return {"path": path, "animals": int(ages.size), "mean": mean, "sd": sd}


def _used(parent: Parents) -> Flags:
    used = np.zeros(parent.size, np.bool_)
    used[parent[parent >= 0]] = True
    return used


_NO_BIRTHS = Problem(
    "no_births",
    (),
    "The pedigree has no birth dates, so the age of parents is not known.",
    "Read it with birth=.",
)
