"""As many points of an association as a picture can show, all strong ones among them."""

import numpy as np
import pandas as pd

from agrigen.plot.qq import expected_observed
from agrigen.types import Integers

MOST = 20_000
STRONG = 3.0
"""-log10 p from which every marker is kept."""


def thinned(table: pd.DataFrame, most: int = MOST, strong: float = STRONG) -> pd.DataFrame:
    """Rows of a table of tests, in its order: all with -log10 p above `strong`, few of the rest.

    Weak ones are taken at even steps along the map, so that every chromosome keeps its shape.
    """
    height = table["log10_p"].to_numpy()
    keep = height >= strong
    rest = np.flatnonzero(~keep & np.isfinite(height))
    room = max(0, most - int(keep.sum()))
    keep[_even(rest, room)] = True
    return table[keep].reset_index(drop=True)


def qq_points(log10_p: pd.Series, most: int = 2_000) -> pd.DataFrame:
    """Expected and observed -log10 p, falling: the strongest one by one, others ever farther."""
    expected, observed = expected_observed(log10_p)
    if observed.size > most:
        steps = np.geomspace(1, observed.size, 4 * most).astype(np.int64)
        chosen = np.unique(np.concatenate([np.arange(1, most // 2), steps]))
        chosen = np.concatenate([chosen[: most // 2], _even(chosen[most // 2 :], most // 2)]) - 1
        expected, observed = expected[chosen], observed[chosen]
    return pd.DataFrame({"expected": expected, "observed": observed})


def _even(places: Integers, most: int) -> Integers:
    """At most so many of the places, at even steps."""
    if places.size <= most:
        return places
    return places[np.linspace(0, places.size - 1, most).astype(np.int64)] if most else places[:0]
