"""Columns of the fixed effects of one trait, and how their solutions are reported."""

from collections.abc import Sequence
from math import comb

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array

from agrigen.errors import Problem, name_some
from agrigen.evaluation.arrays import Coefficient
from agrigen.types import Floats, Integers

INTERCEPT = "(Intercept)"


class FixedColumns:
    """Collects the columns of one trait, numbered from `start`.

    Covariates are centered and scaled inside; `mixing` says how raw coefficients follow.
    """

    def __init__(self, trait: str, rows: Integers, start: int, first: int) -> None:
        self.trait = trait
        self.records = rows.size
        self.start = start
        self.offset = start - first  # of the first column of this trait in `report`
        self.count = 1
        everywhere = np.full((rows.size, 1), start, np.int64)
        self.entries: list[tuple[Integers, Floats]] = [(everywhere, np.ones((rows.size, 1)))]
        self.coefficients = [Coefficient(INTERCEPT, trait, "", None, self.offset)]
        self.mixing: list[tuple[int, int, float]] = []  # (row, column, value) of `report`
        self.notes: list[Problem] = []

    @property
    def span(self) -> slice:
        """Equations of this trait's fixed columns."""
        return slice(self.start, self.start + self.count)

    def add_factor(self, name: str, codes: Integers, names: Sequence[str]) -> None:
        """One column a level, but the first level is absorbed into the intercept."""
        codes, names, counts = _used(codes, names)
        for code, level in enumerate(names):
            place = self.offset + self.count + code - 1 if code else -1
            self.coefficients.append(Coefficient(name, self.trait, level, None, place))
        columns = np.where(codes > 0, self.start + self.count + codes - 1, -1)
        self.entries.append((columns[:, None], np.ones((self.records, 1))))
        self.count += len(names) - 1
        alone = [level for level, n in zip(names, counts, strict=True) if n == 1]
        if alone and len(names) > 1:
            self.notes.append(_single(name, self.trait, alone))

    def add_covariate(
        self, name: str, x: Floats, degree: int, within: tuple[Integers, Sequence[str]] | None
    ) -> None:
        """Powers of the scaled covariate; centered too where the intercept takes that up."""
        center = float(x.mean()) if within is None else 0.0
        scale = float(np.abs(x - center).max()) or 1.0
        powers = ((x - center) / scale)[:, None] ** np.arange(1, degree + 1)
        orders = [k if degree > 1 else None for k in range(1, degree + 1)]
        for base in self._add_columns(name, powers, orders, within):
            self._mix(base, degree, center, scale)

    def add_curve(
        self, name: str, values: Floats, within: tuple[Integers, Sequence[str]] | None
    ) -> None:
        """The columns of a basis; their solutions are reported as they are."""
        self._add_columns(name, values, list(range(values.shape[1])), within)

    def _add_columns(
        self,
        name: str,
        values: Floats,
        orders: list[int | None] | list[int],
        within: tuple[Integers, Sequence[str]] | None,
    ) -> list[int]:
        """Add the same columns for each level of `within`; where they start in `report`."""
        width = values.shape[1]
        codes, names = np.zeros(self.records, np.int64), [""]
        if within is not None:
            codes, names, _ = _used(*within)
        columns = self.start + self.count + codes[:, None] * width + np.arange(width)
        self.entries.append((columns, values))
        bases = []
        for level in names:
            base = self.offset + self.count
            bases.append(base)
            for k, order in enumerate(orders):
                self.coefficients.append(Coefficient(name, self.trait, level, order, base + k))
            self.count += width
        return bases

    def _mix(self, base: int, degree: int, center: float, scale: float) -> None:
        """Raw coefficients from scaled ones: expand ((x - center) / scale) ** k."""
        for k in range(1, degree + 1):
            for j in range(k + 1):
                value = comb(k, j) * (-center) ** (k - j) / scale**k
                if j == k:
                    value -= 1.0  # the identity is added for every column
                if value:
                    row = self.offset if j == 0 else base + j - 1
                    self.mixing.append((row, base + k - 1, value))


def report_of(parts: Sequence[FixedColumns]) -> csr_array:
    """Reported coefficients = report @ solutions of the columns of all traits."""
    size = sum(part.count for part in parts)
    report = eye_array(size, format="csr")
    mixing = [entry for part in parts for entry in part.mixing]
    if mixing:
        row, column, value = (list(part) for part in zip(*mixing, strict=True))
        report = (report + coo_array((value, (row, column)), shape=(size, size))).tocsr()
    return report


def _used(codes: Integers, names: Sequence[str]) -> tuple[Integers, list[str], Integers]:
    """Levels that the records have, renumbered, and their records."""
    counts = np.bincount(codes, minlength=len(names))
    there = counts > 0
    renumber = np.cumsum(there) - 1
    kept = [name for name, used in zip(names, there, strict=True) if used]
    return renumber[codes], kept, counts[there]


def _single(name: str, trait: str, levels: list[str]) -> Problem:
    many = "Levels" if len(levels) > 1 else "Level"
    have = "have" if len(levels) > 1 else "has"
    text = f"{many} {name_some(levels)} of {name} {have} one record of {trait} each."
    remedy = "Such a record says nothing about its animal; join small levels."
    return Problem("single_record", tuple(levels), text, remedy)
