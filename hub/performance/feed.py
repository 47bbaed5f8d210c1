"""Intakes and weights of a feeding test into use of feed; formulas are `agrigen.phenotypes`'s."""

from typing import Any

import numpy as np
import pandas as pd

from agrigen.errors import DataError
from agrigen.phenotypes import feed_conversion, gain_on_test, residual_feed_intake
from hub.performance.schemas import FeedUse


def compute(rows: pd.DataFrame) -> tuple[list[FeedUse], list[str]]:
    """What each animal ate and gained, in order of group and tag, and what could not be computed.

    Residual intakes are those within a group.
    """
    eaten = rows[rows["trait"] == "feed_intake"]
    if not len(eaten):
        return [], ["No feed intake was recorded on these days."]
    daily = eaten.groupby(["animal", "day"], as_index=False).agg(
        value=("value", "sum"), tag=("tag", "first"), pen=("pen", "max")
    )
    animals = daily.groupby("animal").agg(
        tag=("tag", "first"), pen=("pen", "max"), days=("value", "size"), intake=("value", "mean")
    )
    animals = animals.join(_gains(rows[rows["trait"] == "weight"]))
    animals = animals.sort_values(["pen", "tag"])
    animals["conversion"] = feed_conversion(animals["intake"], animals["gain"])
    residual, remarks = _residuals(animals)
    animals["residual"] = residual
    return [_tell(row) for row in animals.reset_index().to_dict("records")], remarks


def _gains(weights: pd.DataFrame) -> pd.DataFrame:
    first = weights["day"].min()
    days = (weights["day"] - first).dt.days
    found = gain_on_test(weights["animal"].to_numpy(object), days, weights["value"])
    return found.set_index("animal")[["weights", "gain", "mid_weight"]]


def _residuals(animals: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Residual intakes group by group; a group that is too small has none."""
    out = pd.Series(np.nan, index=animals.index)
    remarks = []
    for name, group in animals.groupby("pen"):
        try:
            found = residual_feed_intake(group["intake"], group["gain"], group["mid_weight"])
        except DataError:
            remarks.append(
                f"Group {name or 'without a name'}: residual intake needs at least four animals "
                "with intake and two weighings, whose gains and weights differ."
            )
            continue
        out[group.index] = found.residual
    return out, remarks


def _tell(row: dict[str, Any]) -> FeedUse:
    weighings = row["weights"]
    return FeedUse(
        animal_id=row["animal"], tag=row["tag"], group=row["pen"], days_measured=row["days"],
        intake_kg=round(row["intake"], 3),
        weighings=0 if np.isnan(weighings) else int(weighings),
        daily_gain_kg=_number(row["gain"], 4), mid_weight_kg=_number(row["mid_weight"], 2),
        feed_conversion=_number(row["conversion"], 2),
        residual_intake_kg=_number(row["residual"], 3),
    )  # fmt: skip


def _number(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
