"""Lactation curves of many animals at once: Wilmink's and Legendre polynomials."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.polynomial.legendre import legvander

from agrigen.citations import Citation
from agrigen.phenotypes.checks import one_of, refusal
from agrigen.phenotypes.sources import KIRKPATRICK_1990, WILMINK_1987
from agrigen.phenotypes.test_days import TestDays
from agrigen.types import Floats

Kind = Literal["wilmink", "legendre"]
DECAY = 0.05
"""Wilmink's exponent a day: the peak is near day 50."""


def curve_basis(dim: Floats, *, kind: Kind = "wilmink", order: int = 3, days: int = 305) -> Floats:
    """Functions of days in milk, shape (days given, coefficients).

    "wilmink": 1, t and exp(-0.05 t). "legendre": sqrt((2k + 1) / 2) P_k of order 0 to `order`,
    over days 1 to `days` (Kirkpatrick and others 1990), as in `agrigen.Basis`.
    """
    one_of("kind", kind, ("wilmink", "legendre"))
    t = np.asarray(dim, dtype=np.float64)
    if kind == "wilmink":
        return np.column_stack([np.ones(t.size), t, np.exp(-DECAY * t)])
    if not 0 <= order <= 10:
        raise refusal("order", f"The order is {order}.", "Give one from 0 to 10.")
    if days < 2:
        raise refusal("days", f"The curve has {days} days.", "Give 2 or more.")
    x = 2 * (t - 1) / (days - 1) - 1
    scale = np.sqrt((2 * np.arange(order + 1) + 1) / 2)
    return np.asarray(legvander(x, order) * scale, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class LactationCurves:
    """A curve for each lactation.

    Attributes
    ----------
    coefficients
        Shape (lactations, coefficients); nan where there are fewer tests than coefficients.
    residual
        Standard deviation of the tests around the curve; nan without tests to spare.
    """

    names: pd.Index
    kind: Kind
    order: int
    days: int
    coefficients: Floats
    residual: Floats

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What to cite."""
        return (WILMINK_1987 if self.kind == "wilmink" else KIRKPATRICK_1990,)

    def daily(self) -> Floats:
        """Yield on days 1 to `days`, shape (lactations, days)."""
        days = np.arange(1, self.days + 1, dtype=np.float64)
        basis = curve_basis(days, kind=self.kind, order=self.order, days=self.days)
        return np.asarray(self.coefficients @ basis.T)

    def to_frame(self) -> pd.DataFrame:
        """One row a lactation: coefficients, sum of days, peak and its day, persistency P2:1."""
        daily = self.daily()
        known = ~np.isnan(daily[:, 0])
        peak = np.where(known, np.nan_to_num(daily).argmax(axis=1) + 1.0, np.nan)
        early, later = daily[:, :100].sum(axis=1), daily[:, 100:200].sum(axis=1)
        table = {f"b{k}": column for k, column in enumerate(self.coefficients.T)}
        return pd.DataFrame(
            {"lactation": self.names, **table, "residual": self.residual,
             f"yield_{self.days}": daily.sum(axis=1), "peak_day": peak,
             "peak": daily.max(axis=1), "persistency": 100 * later / early}
        )  # fmt: skip

    def __repr__(self) -> str:
        fitted = int((~np.isnan(self.coefficients[:, 0])).sum())
        return f"{self.kind} curves of {fitted:,} of {len(self.names):,} lactations"


def fit_curves(
    tests: pd.DataFrame,
    *,
    lactation: str = "lactation",
    dim: str = "dim",
    milk: str = "milk",
    kind: Kind = "wilmink",
    order: int = 3,
    days: int = 305,
) -> LactationCurves:
    """Curves through the tests of each lactation by least squares; any number of lactations.

    Tests after `days` are not used. A curve through few tests bends freely where there are none:
    for lactations in progress use `best_prediction`.

    References
    ----------
    Wilmink 1987, Livest. Prod. Sci. 16:335, doi:10.1016/0301-6226(87)90003-0
    """
    rows = TestDays.read(tests, lactation, dim)
    value = rows.values(tests, milk)
    use = ~np.isnan(value) & (rows.dim >= 1) & (rows.dim <= days)
    code, y = rows.code[use], value[use]
    X = curve_basis(rows.dim[use], kind=kind, order=order, days=days)
    size, width = len(rows.names), X.shape[1]
    left = np.zeros((size, width, width))
    right = np.zeros((size, width))
    np.add.at(left, code, X[:, :, None] * X[:, None, :])
    np.add.at(right, code, X * y[:, None])
    count = np.bincount(code, minlength=size)
    enough = count >= width
    coefficients = np.full((size, width), np.nan)
    coefficients[enough] = np.linalg.solve(left[enough], right[enough][..., None])[..., 0]
    squares = np.bincount(code, (y - (X * coefficients[code]).sum(axis=1)) ** 2, size)
    spare = np.maximum(count - width, 1)
    residual = np.where(count > width, np.sqrt(squares / spare), np.nan)
    return LactationCurves(rows.names, kind, order, days, coefficients, residual)
