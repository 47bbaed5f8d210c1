"""Effective population size by several estimators, which rest on different assumptions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.pedigree.sources import CERVANTES_2011, GUTIERREZ_2009, WRIGHT_1931
from agrigen.types import Floats, Integers

SHALLOW = 1.0
"""Equivalent generations up to which an animal says nothing about the rate of inbreeding."""


@dataclass(frozen=True, eq=False)
class EffectiveSize:
    """Estimates of the effective population size of some animals.

    Attributes
    ----------
    table
        One row an estimator: estimator, size (nan where it cannot be estimated), se, used (animals
        or pairs), rate (increase in inbreeding a generation).
    """

    table: pd.DataFrame

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the estimators rest on."""
        return (GUTIERREZ_2009, CERVANTES_2011, WRIGHT_1931)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def __getitem__(self, estimator: str) -> float:
        """The size by one estimator."""
        return float(self.table.set_index("estimator").at[estimator, "size"])

    def __str__(self) -> str:
        shown = self.table.round({"size": 1, "se": 1, "rate": 6})
        return "Effective population size\n" + shown.to_string(index=False)


def individual_increase(f: Floats, generations: Floats) -> tuple[float, float, int]:
    """Rate, standard error and number of animals from each one's own increase in inbreeding.

    Of an animal with t equivalent complete generations: 1 - (1 - F)^(1 / (t - 1)).
    """
    deep = generations > SHALLOW
    return _mean(1.0 - (1.0 - f[deep]) ** (1.0 / (generations[deep] - 1.0)))


def pair_increase(coancestry: Floats, generations: Floats) -> tuple[float, float, int]:
    """The same from coancestries of pairs; `generations` is the mean of the two animals'."""
    deep = generations > 0
    return _mean(1.0 - (1.0 - coancestry[deep]) ** (1.0 / generations[deep]))


def some_pairs(animals: Integers, most: int, seed: int) -> tuple[Integers, Integers]:
    """All pairs of different animals, or a random sample of that many."""
    if animals.size * (animals.size - 1) // 2 <= most:
        first, second = np.triu_indices(animals.size, 1)
    else:
        draw = np.random.default_rng(seed)
        first = draw.integers(0, animals.size, most)
        # A step of 1 to n - 1 around the circle never comes back to the same animal.
        second = (first + draw.integers(1, animals.size, most)) % animals.size
    return animals[first], animals[second]


def regression(f: Floats, generations: Floats) -> tuple[float, float, int]:
    """Rate from the regression of log(1 - F) on equivalent complete generations."""
    used = f < 1.0
    y, x = np.log1p(-f[used]), generations[used]
    if x.size < 3 or np.ptp(x) == 0:
        return np.nan, np.nan, int(x.size)
    centered = x - x.mean()
    slope = float(centered @ y / (centered @ centered))
    residual = y - y.mean() - slope * centered
    variance = float(residual @ residual) / (x.size - 2) / float(centered @ centered)
    return -np.expm1(slope), np.sqrt(variance) * np.exp(slope), int(x.size)


def row(estimator: str, rate: float, error: float, used: int) -> dict[str, object]:
    """A row of the table: size 1 / (2 rate), its standard error to first order."""
    size = 1.0 / (2.0 * rate) if rate > 0 else np.nan
    se = 2.0 * size**2 * error
    return {"estimator": estimator, "size": size, "se": se, "used": used, "rate": rate}


def sexes_row(sires: int, dams: int) -> dict[str, object]:
    """4 sires x dams / (sires + dams)."""
    size = 4.0 * sires * dams / (sires + dams) if sires and dams else np.nan
    counts = {"used": sires + dams, "rate": 1.0 / (2.0 * size)}
    return {"estimator": "sires and dams", "size": size, "se": np.nan, **counts}


def _mean(rates: Floats) -> tuple[float, float, int]:
    if not rates.size:
        return np.nan, np.nan, 0
    error = float(rates.std(ddof=1) / np.sqrt(rates.size)) if rates.size > 1 else np.nan
    return float(rates.mean()), error, int(rates.size)
