"""Probabilities of test statistics, also of those that double precision rounds to zero."""

from collections.abc import Callable

import numpy as np
from scipy import special

from agrigen.types import Flags, Floats

MEDIAN = 0.45493642311957283
"""Median of a chi-square of one degree of freedom."""

TINY = 1e-280
LOG2, LOG10 = np.log(2.0), np.log(10.0)


def student(statistic: Floats, degrees: Floats | float) -> tuple[Floats, Floats]:
    """Two-sided p of a t statistic, and -log10 p."""
    p = 2.0 * special.stdtr(degrees, -np.abs(statistic))
    return p, _logs(
        p, lambda small: _student_tail(statistic[small], np.broadcast_to(degrees, p.shape)[small])
    )


def chi_square(statistic: Floats, degrees: int = 1) -> tuple[Floats, Floats]:
    """p of a chi-square of so many degrees of freedom, and -log10 p."""
    if degrees > 1:
        half = np.maximum(statistic, 0.0) / 2.0
        p = special.gammaincc(degrees / 2.0, half)
        return p, _logs(p, lambda small: -_gamma_tail(half[small], degrees) / LOG10)
    root = np.sqrt(np.maximum(statistic, 0.0))
    p = special.erfc(root / np.sqrt(2.0))
    return p, _logs(p, lambda small: -(special.log_ndtr(-root[small]) + LOG2) / LOG10)


def inflation(p: Floats) -> float:
    """Genomic control: median chi-square over that expected (Devlin and Roeder 1999)."""
    known = p[np.isfinite(p)]
    if not known.size:
        return float("nan")
    return float(special.ndtri(np.median(known) / 2.0) ** 2 / MEDIAN)


def _logs(p: Floats, tail: Callable[[Flags], Floats]) -> Floats:
    """-log10 p, by the tail where p is too small."""
    with np.errstate(divide="ignore"):
        logs = -np.log10(p)
    small = p < TINY
    if small.any():
        logs[small] = tail(small)
    return logs + 0.0


def _student_tail(statistic: Floats, degrees: Floats) -> Floats:
    """-log10 of I_x(a, 1/2) with x = df / (df + t^2), a = df / 2, by its power series."""
    a = degrees / 2.0
    x = degrees / (degrees + statistic**2)
    series = special.hyp2f1(a + 0.5, 1.0, a + 1.0, x)
    log = a * np.log(x) + 0.5 * np.log1p(-x) - np.log(a) - special.betaln(a, 0.5) + np.log(series)
    return np.asarray(-log / LOG10)


def _gamma_tail(half: Floats, degrees: int) -> Floats:
    """Log p of a chi-square, half of it given: Q(k + 2) = Q(k) + (x/2)^(k/2) e^(-x/2) / G(k/2 + 1).

    Abramowitz and Stegun 26.4.8.
    """
    odd = degrees % 2
    terms = [special.log_ndtr(-np.sqrt(2.0 * half)) + LOG2] if odd else []
    for k in range(odd, degrees, 2):
        terms.append(k / 2.0 * np.log(half) - half - special.gammaln(k / 2.0 + 1.0))
    return np.asarray(special.logsumexp(terms, axis=0))
