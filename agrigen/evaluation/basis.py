"""Curves over age or days in milk: the functions that a regression weighs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Literal

import numpy as np
from numpy.polynomial.legendre import legvander

from agrigen.errors import DataError, Problem, name_some
from agrigen.types import Floats

BasisKind = Literal["legendre", "spline"]
BASIS_KINDS = ("legendre", "spline")
HIGHEST_ORDER = 20
"""Far above what records can tell apart; test-day models use 2 to 5."""
SLACK = 1e-9
"""Of the width of the range: rounding in a column is no reason to refuse it."""


@dataclass(frozen=True)
class Basis:
    """Functions of a column; each has a coefficient, and their weighted sum is the curve.

    Parameters
    ----------
    kind
        `legendre`: normalized Legendre polynomials sqrt((2k + 1) / 2) P_k(x) of the orders 0 to
        `order`, x from -1 to 1 over `range` (Kirkpatrick et al. 1990).
        `spline`: linear splines, one function a knot, 1 there and 0 at all other knots.
    column
        The number that the curve runs over, days in milk for example.
    order
        Highest order of `legendre`; the curve has order + 1 coefficients.
    range
        Lowest and highest value of the column for `legendre`. It is given, not taken from the
        records, so that coefficients mean the same in the next evaluation.
    knots
        Rising values of the column for `spline`; the first and last are the range.

    References
    ----------
    Kirkpatrick, Lofsvold and Bulmer 1990, Genetics 124:979, doi:10.1093/genetics/124.4.979
    """

    kind: BasisKind
    column: str
    order: int | None = None
    range: tuple[float, float] | None = None
    knots: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("range", "knots"):
            value = getattr(self, name)
            if isinstance(value, Sequence) and not isinstance(value, str):
                object.__setattr__(self, name, tuple(value))

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.knots or ()) if self.kind == "spline" else (self.order or 0) + 1

    @property
    def limits(self) -> tuple[float, float]:
        """Where the curve begins and ends."""
        low, *_, high = (self.knots if self.kind == "spline" else self.range) or (0.0, 0.0)
        return float(low), float(high)

    def evaluate(self, t: Floats) -> Floats:
        """Value of every function at `t`, shape (len(t), size); nan where t is missing.

        Raises
        ------
        DataError
            If a value is outside the range, naming the records.
        """
        t = np.asarray(t, dtype=np.float64)
        problems = self.outside(t)
        if problems:
            raise DataError(problems)
        low, high = self.limits
        t = np.clip(t, low, high)
        if self.kind == "spline":
            return _hats(t, np.asarray(self.knots, dtype=np.float64))
        x = -1.0 + 2.0 * (t - low) / (high - low)
        norms = np.sqrt((2.0 * np.arange(self.size) + 1.0) / 2.0)
        return np.asarray(legvander(x, self.size - 1) * norms)

    def outside(self, t: Floats) -> list[Problem]:
        """The records whose value is outside the range; missing ones are not."""
        low, high = self.limits
        slack = SLACK * (high - low)
        wrong = np.flatnonzero((t < low - slack) | (t > high + slack))
        if not wrong.size:
            return []
        rows = name_some([str(row + 1) for row in wrong])
        text = (
            f"Column {self.column} is outside {low:g} to {high:g}, the range of {self}, in record "
            f"{rows} (lowest {np.nanmin(t):g}, highest {np.nanmax(t):g})."
        )
        remedy = "Widen the range, or leave these values empty."
        return [Problem("outside_range", (), text, remedy)]

    def __str__(self) -> str:
        return f"{self.kind}({self.column})"


def _hats(t: Floats, knots: Floats) -> Floats:
    """Linear splines: the weights of the two knots around each value."""
    values = np.full((t.size, knots.size), np.nan)
    known = np.flatnonzero(~np.isnan(t))
    left = np.clip(np.searchsorted(knots, t[known], side="right") - 1, 0, knots.size - 2)
    share = (t[known] - knots[left]) / (knots[left + 1] - knots[left])
    values[known] = 0.0
    values[known, left] = 1.0 - share
    values[known, left + 1] = share
    return values


def basis_problems(basis: Basis, where: str) -> list[Problem]:
    """What is wrong with the declaration of a curve."""
    problems = []
    if basis.kind not in BASIS_KINDS:
        text = f"{where} has the basis {basis.kind!r}."
        return [Problem("basis", (), text, f"Use one of {', '.join(BASIS_KINDS)}.")]
    if not isinstance(basis.column, str) or not basis.column:
        text = f"{where} has a basis over the column {basis.column!r}."
        problems.append(Problem("basis", (), text, "Name a column."))
    return problems + (_spline_problems if basis.kind == "spline" else _legendre_problems)(
        basis, where
    )


def _legendre_problems(basis: Basis, where: str) -> list[Problem]:
    problems = []
    if not _is_whole(basis.order) or not 0 <= basis.order <= HIGHEST_ORDER:  # type: ignore[operator]
        text = f"{where} has Legendre polynomials of order {basis.order!r}."
        remedy = f"Use a whole number from 0 to {HIGHEST_ORDER}."
        problems.append(Problem("basis", (), text, remedy))
    if not _rising(basis.range, exactly=2):
        text = f"{where} has Legendre polynomials over the range {_shown(basis.range)}."
        remedy = "Give the lowest and the highest value of the column: range: [4, 310]."
        problems.append(Problem("basis", (), text, remedy))
    if basis.knots is not None:
        text = f"{where} has Legendre polynomials with knots."
        problems.append(Problem("basis", (), text, "Leave out knots, or use spline."))
    return problems


def _spline_problems(basis: Basis, where: str) -> list[Problem]:
    problems = []
    if not _rising(basis.knots):
        text = f"{where} has splines with the knots {_shown(basis.knots)}."
        remedy = "Give two or more rising numbers: knots: [4, 60, 150, 310]."
        problems.append(Problem("basis", (), text, remedy))
    for key in ("order", "range"):
        if getattr(basis, key) is not None:
            text = f"{where} has splines with {key}."
            remedy = (
                f"Leave out {key}: splines are linear between the knots, the first to the last."
            )
            problems.append(Problem("basis", (), text, remedy))
    return problems


def _rising(values: object, *, exactly: int | None = None) -> bool:
    if not isinstance(values, tuple) or len(values) < 2 or (exactly and len(values) != exactly):
        return False
    if not all(_is_number(value) for value in values):
        return False
    return all(low < high for low, high in pairwise(values))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(values: object) -> str:
    return repr(list(values) if isinstance(values, tuple) else values)
