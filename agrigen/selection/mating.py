"""Who is mated to whom: the best allocation within capacities, limits and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen._kernels.transport import assign
from agrigen.errors import DataError, Problem, name_some
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Column, texts
from agrigen.selection.progeny import kinship
from agrigen.types import Flags, Floats, Integers, Texts

INBREEDING = "inbreeding"
FULL = "full"


@dataclass(frozen=True, eq=False)
class MatingPlan:
    """A male for every female that may have one.

    Attributes
    ----------
    females, males
        As given.
    chosen
        Place of each female's male in `males`; -1 for a female without one.
    value
        What the plan was made by: mean merit of the parents less the penalty, (females, males);
        -inf where a rule forbids the pair.
    inbreeding
        Inbreeding that progeny would have, (females, males).
    unmated
        Female -> how many males each rule forbids her; "full": males that she may have but that
        all have as many females as they can.
    """

    females: Texts
    males: Texts
    chosen: Integers
    value: Floats = field(repr=False)
    inbreeding: Floats = field(repr=False)
    merit: Floats = field(repr=False)
    unmated: Mapping[str, Mapping[str, int]]

    def __repr__(self) -> str:
        mated = int((self.chosen >= 0).sum())
        return (
            f"Mating plan of {mated} of {self.females.size} females with "
            f"{np.unique(self.chosen[self.chosen >= 0]).size} males: "
            f"mean merit {self.mean_merit:.4g}, inbreeding {self.mean_inbreeding:.4f}"
        )

    @property
    def mean_merit(self) -> float:
        """Mean merit of the progeny; nan without merits."""
        return self._mean(self.merit)

    @property
    def mean_inbreeding(self) -> float:
        """Mean inbreeding of the progeny."""
        return self._mean(self.inbreeding)

    @property
    def total(self) -> float:
        """Sum of the values of all pairs, which is at its greatest."""
        mated = np.flatnonzero(self.chosen >= 0)
        return float(self.value[mated, self.chosen[mated]].sum())

    def second(self) -> Integers:
        """The best other male that each female may have, whatever room he has; -1 for none."""
        value = self.value.copy()
        mated = np.flatnonzero(self.chosen >= 0)
        value[mated, self.chosen[mated]] = -np.inf
        best = value.argmax(axis=1)
        return np.where(np.isfinite(value.max(axis=1)), best, -1)

    def to_frame(self) -> pd.DataFrame:
        """One row a mated female: female, male, merit, inbreeding, value."""
        rows = np.flatnonzero(self.chosen >= 0)
        pair = rows, self.chosen[rows]
        return pd.DataFrame(
            {
                "female": self.females[rows],
                "male": self.males[self.chosen[rows]],
                "merit": self.merit[pair],
                "inbreeding": self.inbreeding[pair],
                "value": self.value[pair],
            }
        )

    def _mean(self, of: Floats) -> float:
        rows = np.flatnonzero(self.chosen >= 0)
        return float(of[rows, self.chosen[rows]].mean()) if rows.size else float("nan")


def mate(
    females: Column,
    males: Column,
    inbreeding: Pedigree | npt.ArrayLike,
    *,
    female_merit: npt.ArrayLike | None = None,
    male_merit: npt.ArrayLike | None = None,
    penalty: float | None = None,
    capacity: npt.ArrayLike | None = None,
    most_inbreeding: float | None = None,
    forbidden: Mapping[str, npt.ArrayLike] | None = None,
    complete: bool = True,
) -> MatingPlan:
    """The plan with the greatest sum of (merit of female + merit of male) / 2 - penalty x F.

    The optimum is exact (successive shortest paths): first as many females as the rules allow have
    a male, then the sum is at its greatest. Without merits it has the least inbreeding.

    Parameters
    ----------
    females, males
        Names.
    inbreeding
        F of progeny of each pair, (females, males), or a `Pedigree` to compute it from.
    female_merit, male_merit
        Breeding values or index values.
    penalty
        What an inbreeding of 1 (100 %) costs, in units of merit; 0 unless given, and 1 without
        merits.
    capacity
        Most females of each male, one number or one for each; by default as many as there are.
    most_inbreeding
        Hard limit of the progeny's inbreeding.
    forbidden
        Further rules by name ("carriers", "PRNP"): True where a pair must not be, (females, males).
    complete
        Whether a female without a male is an error; otherwise she stands in `unmated`.

    Raises
    ------
    DataError
        With every female that can have no male, and why.
    """
    ewes, rams = _names(females, "females"), _names(males, "males")
    shape = ewes.size, rams.size
    f = kinship(inbreeding, ewes, rams) if isinstance(inbreeding, Pedigree) else inbreeding
    f = _matrix("inbreeding", f, shape)
    merit = _merit(female_merit, male_merit, shape)
    if penalty is None:
        penalty = 0.0 if np.isfinite(merit).any() else 1.0
    rules = {name: _matrix(name, one, shape) != 0 for name, one in (forbidden or {}).items()}
    if most_inbreeding is not None:
        rules = {INBREEDING: f > most_inbreeding + 1e-12, **rules}
    barred = np.zeros(shape, np.bool_)
    for rule in rules.values():
        barred |= rule
    value = np.where(barred, -np.inf, np.nan_to_num(merit) - penalty * f)
    room = _capacity(capacity, shape)
    chosen = _allocate(value, room)
    unmated = _unmated(ewes, chosen, rules, barred)
    if unmated and complete:
        raise DataError([_without(name, why, shape[1]) for name, why in unmated.items()])
    return MatingPlan(ewes, rams, chosen, value, f, merit, unmated)


def _allocate(value: Floats, room: Integers) -> Integers:
    """Column of each row; a last column, dearer than any change of plan, takes who has none."""
    rows, columns = value.shape
    known = value[np.isfinite(value)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
    # A chain of moves visits each male at most once, so this outweighs every other change.
    outside = 2.0 * (columns + 2) * (high - low) + 1.0
    cost = np.full((rows, columns + 1), outside)
    cost[:, :-1] = np.where(np.isfinite(value), high - value, np.inf)
    found: Integers = assign(cost, np.append(room, rows)).astype(np.int64)
    return np.where(found == columns, -1, found)


def _unmated(
    ewes: Texts, chosen: Integers, rules: Mapping[str, Flags], barred: Flags
) -> dict[str, dict[str, int]]:
    found = {}
    for row in np.flatnonzero(chosen < 0):
        why = {name: int(rule[row].sum()) for name, rule in rules.items() if rule[row].any()}
        allowed = int((~barred[row]).sum())
        found[str(ewes[row])] = {**why, FULL: allowed} if allowed else why
    return found


def _without(name: str, why: Mapping[str, int], males: int) -> Problem:
    told = [f"{rule} forbids {count} of {males}" for rule, count in why.items() if rule != FULL]
    if FULL in why:
        told.append(f"{why[FULL]} may be but have no room")
    message = f"No male is left for {name}: {'; '.join(told) or 'there is none'}."
    remedy = "Add males, raise a capacity or a limit, or pass complete=False to leave her out."
    return Problem("unmated", (name,), message, remedy)


def _merit(
    female: npt.ArrayLike | None, male: npt.ArrayLike | None, shape: tuple[int, int]
) -> Floats:
    if female is None and male is None:
        return np.full(shape, np.nan)
    parts = []
    for name, values, size in (("female", female, shape[0]), ("male", male, shape[1])):
        one = np.asarray(values if values is not None else np.zeros(size), np.float64)
        if one.shape != (size,) or not np.isfinite(one).all():
            raise _refusal("merit", f"{name}_merit: {one.size} values for {size}, or some miss.",
                           "Give a number for each.")  # fmt: skip
        parts.append(one)
    return (parts[0][:, None] + parts[1][None, :]) / 2


def _capacity(capacity: npt.ArrayLike | None, shape: tuple[int, int]) -> Integers:
    given = np.asarray(shape[0] if capacity is None else capacity, np.float64)
    try:
        room = np.broadcast_to(given, shape[1])
    except ValueError:
        raise _refusal("capacity", f"{given.size} capacities for {shape[1]} males.",
                       "Give one number, or one for each.") from None  # fmt: skip
    if not np.isfinite(room).all() or (room < 0).any() or (room != np.floor(room)).any():
        raise _refusal("capacity", "A capacity is no whole number.", "Give 0, 1, 2, ...")
    return room.astype(np.int64)


def _names(column: Column, what: str) -> Texts:
    names = texts(column)
    unique, counts = np.unique(names.astype(str), return_counts=True)
    if (counts > 1).any() or (names == "").any():
        some = [str(one) for one in unique[counts > 1]]
        raise _refusal("duplicate", f"{what}: {name_some(some)} named twice, or a name is empty.",
                       "Name each animal once.")  # fmt: skip
    return names


def _matrix(name: str, values: npt.ArrayLike, shape: tuple[int, int]) -> Floats:
    matrix = np.asarray(values, np.float64)
    if matrix.shape != shape or not np.isfinite(matrix).all():
        raise _refusal("shape", f"{name} is of shape {matrix.shape}, or misses values.",
                       f"Give {shape[0]} females x {shape[1]} males.")  # fmt: skip
    return matrix


def _refusal(kind: str, message: str, remedy: str) -> DataError:
    return DataError([Problem(kind, (), message, remedy)])
