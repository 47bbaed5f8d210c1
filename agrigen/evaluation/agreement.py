"""How an evaluation with part of the records agrees with one that has all: method LR."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from agrigen.types import Floats

FEWEST = 3
"""Animals below which a regression says nothing."""


@dataclass(frozen=True)
class Agreement:
    """Statistics of breeding values from part of the records (p) and from all (w).

    Attributes
    ----------
    bias, bias_se
        Mean of p less mean of w; 0 is expected.
    dispersion, dispersion_se
        Regression of w on p; 1 is expected, below 1 means that p is spread too wide.
    correlation
        Of p and w; expected is the accuracy of p over that of w.
    reliability_ratio
        Regression of p on w; expected is the reliability of p over that of w.
    accuracy
        Of p, from its covariance with w and the genetic variance among the animals; nan where
        that variance is not known.
    """

    animals: int
    bias: float
    bias_se: float
    dispersion: float
    dispersion_se: float
    correlation: float
    reliability_ratio: float
    accuracy: float


def agreement(partial: Floats, whole: Floats, genetic_variance: float = np.nan) -> Agreement:
    """The statistics of method LR for some animals.

    Parameters
    ----------
    partial, whole
        Breeding values of the same animals, without and with the records that are hidden.
    genetic_variance
        Expected variance of true breeding values among these animals (divisor n - 1).

    Notes
    -----
    Standard errors take animals as independent, which relatives are not: replicates or folds say
    more.

    References
    ----------
    Legarra and Reverter 2018, Genet Sel Evol 50:53, doi:10.1186/s12711-018-0426-6
    """
    n = partial.size
    if n < FEWEST:
        return Agreement(n, *[np.nan] * 7)
    difference = partial - whole
    (var_p, cov), (_, var_w) = np.cov(partial, whole)
    slope = cov / var_p if var_p > 0 else np.nan
    spread = max(var_w - slope * cov, 0.0) * (n - 1) / (n - 2)
    both = sqrt(var_p * var_w)
    share = cov / genetic_variance if genetic_variance > 0 else np.nan
    return Agreement(
        n,
        float(difference.mean()),
        float(difference.std(ddof=1) / sqrt(n)),
        float(slope),
        sqrt(spread / (var_p * (n - 1))) if var_p > 0 else np.nan,
        float(cov / both) if both > 0 else np.nan,
        float(cov / var_w) if var_w > 0 else np.nan,
        sqrt(share) if share >= 0 else np.nan,
    )


def correlation(a: Floats, b: Floats) -> float:
    """Correlation of two columns, nan where there is none."""
    if a.size < FEWEST or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
