"""Genetic variance that the markers of a window explain together, from effects fitted at once."""

import numpy as np
import pandas as pd

from agrigen.errors import DataError, ModelError, Problem
from agrigen.genotypes import Genotypes
from agrigen.genotypes.columns import places
from agrigen.genotypes.products import CenteredGenotypes

COLUMNS = ["chromosome", "start", "stop", "markers", "variance", "share"]


def window_variance(
    effects: pd.DataFrame, genotypes: Genotypes, *, size: int = 1_000_000, value: str = "value"
) -> pd.DataFrame:
    """Variance of the genomic values that each window gives the animals, and its share.

    Parameters
    ----------
    effects
        Marker effects fitted together, one trait: columns marker and `value` (a copy of the
        counted allele), as `Evaluation.marker_effects`.
    genotypes
        The animals among which it varies.
    size
        Base pairs of a window.

    Returns
    -------
    pandas.DataFrame
        chromosome, start, stop (the first base behind), markers, variance, share of the variance of
        whole genomic values. Windows that go together make shares add up to other than 1.

    References
    ----------
    Wang et al. 2012, Genet Res 94:73, doi:10.1017/S0016672312000274
    """
    _check(effects, size, value)
    at = places(effects["marker"].to_numpy(dtype=object), genotypes.markers.names, "marker")
    part, values = genotypes[:, at], effects[value].to_numpy(dtype=np.float64)
    whole = float(np.var(CenteredGenotypes(part).times(values)))
    chromosome, position = part.markers.chromosomes, part.markers.positions
    frame = pd.DataFrame({"chromosome": chromosome, "window": position // size})
    rows = []
    for (name, number), own in frame.groupby(["chromosome", "window"], sort=False).groups.items():
        mine = np.asarray(own, dtype=np.int64)
        variance = float(np.var(CenteredGenotypes(part[:, mine]).times(values[mine])))
        start = int(number) * size
        share = variance / whole if whole > 0 else np.nan
        rows.append((name, start, start + size, mine.size, variance, share))
    return pd.DataFrame(rows, columns=COLUMNS)


def _check(effects: pd.DataFrame, size: int, value: str) -> None:
    absent = [name for name in ("marker", value) if name not in effects]
    if absent:
        text = f"The marker effects have no column {', '.join(absent)}."
        raise DataError([Problem("column", (), text, f"There are {', '.join(effects)}.")])
    if effects["marker"].duplicated().any():
        text = "A marker has more than one effect."
        remedy = "Choose one trait: effects[effects['trait'] == 'weight']."
        raise DataError([Problem("several_traits", (), text, remedy)])
    if size < 1:
        raise ModelError([Problem("size", (), f"A window has {size} bases.", "Give 1 or more.")])
