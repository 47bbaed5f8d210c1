"""What is drawn of a study: points of the Manhattan picture, thinned, and quantiles."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv

import agrigen as ag
from agrigen.plot.genome import GAP
from agrigen.plot.qq import expected_observed
from agrigen.types import Floats, Integers

QUANTILES = 400


def points(result: ag.Association) -> dict[str, Any]:
    """Everything that the pictures of a study need, as plain lists."""
    tested = len(result.table)
    shown = result.points()
    place, chromosomes = layout(result.table, shown)
    return {
        "trait": result.model.trait,
        "tested": tested,
        "chromosome": shown["chromosome"].astype(str).tolist(),
        "position": shown["position"].astype(int).tolist(),
        "place": place.tolist(),
        "minus_log10_p": shown["log10_p"].astype(float).round(5).tolist(),
        "marker": shown["marker"].astype(str).tolist(),
        "effect": shown["beta"].astype(float).tolist(),
        "chromosomes": chromosomes,
        "thresholds": {"bonferroni": result.bonferroni, "suggestive": 1.0 / tested},
        "lambda_gc": result.lambda_gc,
        "qq": quantiles(result.table["log10_p"].to_numpy(float)),
    }


def layout(table: pd.DataFrame, shown: pd.DataFrame) -> tuple[Integers, list[dict[str, Any]]]:
    """Places of the shown markers along the genome, chromosomes of all side by side with gaps."""
    ends = table.groupby("chromosome", sort=False)["position"].max()
    counts = table["chromosome"].value_counts()
    gap = int(GAP * ends.sum())
    offset, found = 0, []
    for name, length in ends.items():
        told = {"name": str(name), "offset": offset, "length": int(length)}
        label = offset + int(length) // 2
        found.append({**told, "label": label, "markers": int(counts[name])})
        offset += int(length) + gap
    offsets = {one["name"]: one["offset"] for one in found}
    place = shown["chromosome"].astype(str).map(offsets).to_numpy() + shown["position"].to_numpy()
    return place.astype(np.int64), found


def quantiles(strength: Floats) -> dict[str, list[float]]:
    """Observed and expected -log10 p with a band of 95 %; the strongest are all there."""
    expected, observed = expected_observed(strength)
    count = observed.size
    rank = np.arange(0)
    if count:
        steps = np.geomspace(1, count, min(count, QUANTILES))
        rank = np.unique(steps.round().astype(np.int64))
    low, high = (-np.log10(betaincinv(rank, count - rank + 1, part)) for part in (0.975, 0.025))
    columns = (expected[rank - 1], observed[rank - 1], low, high)
    names = ("expected", "observed", "low", "high")
    return {name: np.round(values, 5).tolist() for name, values in zip(names, columns, strict=True)}
