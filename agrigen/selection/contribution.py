"""Optimum contributions: the most merit for a given relationship among the parents, exactly."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import DataError, Problem, name_some
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Column, sexes, texts
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.relationship.partial import PartialRelationship
from agrigen.selection.critical_line import Path, follow
from agrigen.selection.sources import MARKOWITZ_1956, MEUWISSEN_1997
from agrigen.types import Floats, Integers, Texts

Relationship = Pedigree | PartialRelationship | GenomicRelationship | npt.ArrayLike
RIDGE = 1e-9
"""Part of the mean diagonal added to it, so that clones and genomic matrices have one optimum."""


@dataclass(frozen=True, eq=False)
class OptimumContributions:
    """How much each candidate contributes to the next generation.

    Attributes
    ----------
    ids, sex, contribution
        Contributions of males sum to 1/2 and those of females to 1/2.
    merit
        c'u: expected mean merit of the progeny.
    coancestry
        c'Kc / 2: mean coancestry of the parents, each with itself counted: expected inbreeding of
        the generation after the progeny, mated at random.
    penalty
        lambda at which c'u - lambda c'Kc is at its greatest here; 0 where nothing limits.
    gap
        Proven bound: c'u - lambda c'Kc is nowhere more than this above the value found.
    frontier
        Merit and coancestry at every corner of the way from the most merit down to here.
    """

    ids: Texts
    sex: Texts
    contribution: Floats
    merit: float
    coancestry: float
    penalty: float
    gap: float
    frontier: pd.DataFrame = field(repr=False)
    citations: tuple[Citation, ...] = (MEUWISSEN_1997, MARKOWITZ_1956)

    def __repr__(self) -> str:
        chosen = self.contribution > 0
        males = int((chosen & (self.sex == "M")).sum())
        return (
            f"Contributions of {males} males and {int(chosen.sum()) - males} females of "
            f"{self.ids.size}: merit {self.merit:.4g}, coancestry {self.coancestry:.4f}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Candidates with a contribution, the largest first: id, sex, contribution."""
        columns = {"id": self.ids, "sex": self.sex, "contribution": self.contribution}
        frame = pd.DataFrame(columns)
        chosen = frame[frame["contribution"] > 0]
        return chosen.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)

    def matings(self, count: int) -> pd.Series:
        """Whole numbers of matings of each candidate: `count` for each sex, nearest to optimal."""
        found = np.zeros(self.ids.size, np.int64)
        for one in ("M", "F"):
            mine = np.flatnonzero(self.sex == one)
            found[mine] = _whole(self.contribution[mine] * 2 * count, count)
        return pd.Series(found, index=self.ids, name="matings")


def optimum_contributions(
    ids: Column,
    merit: npt.ArrayLike,
    sex: Column,
    relationship: Relationship,
    *,
    penalty: float | None = None,
    coancestry: float | None = None,
    inbreeding_rate: float | None = None,
    lowest: npt.ArrayLike = 0.0,
    highest: npt.ArrayLike = 0.5,
) -> OptimumContributions:
    """Contributions of candidates with the most merit for a given relationship among them.

    Maximizes c'u subject to c'Kc / 2 <= coancestry, or c'u - penalty c'Kc; contributions of each
    sex sum to 1/2, and each stands between its bounds. It follows the critical line (Markowitz
    1956) from the contributions with the most merit, so what it finds is the optimum, not nearly.

    Parameters
    ----------
    ids, merit, sex
        Candidates: names, breeding values or index values u, and M or F.
    relationship
        K: a `Pedigree` (only columns that are needed are made, nothing grows with the square of the
        candidates), a `PartialRelationship` or `GenomicRelationship` with these ids, or a matrix in
        the order of `ids`. On the scale of A, where 1 is an animal with itself.
    penalty, coancestry, inbreeding_rate
        One of them: lambda; the highest c'Kc / 2; or the rate by which coancestry may rise over the
        mean coancestry k of the candidates, each sex counted half: k + rate (1 - k).
    lowest, highest
        Bounds of each contribution, one number or one for each candidate; equal ones fix it.

    Raises
    ------
    DataError
        If a candidate is unknown or repeated, bounds cannot be met, or the coancestry cannot be
        that low, naming the lowest there is.

    References
    ----------
    Meuwissen 1997, J. Anim. Sci. 75:934, doi:10.2527/1997.754934x
    """
    names, u, sexed = _candidates(ids, merit, sex)
    low, high = _bounds(lowest, highest, names, sexed)
    columns = _columns(relationship, names)
    goal = _goal(penalty, coancestry, inbreeding_rate)
    if inbreeding_rate is not None:
        even = np.where(sexed == "M", 0.5 / (sexed == "M").sum(), 0.5 / (sexed == "F").sum())
        now = _quadratic(columns, even) / 2
        goal = {"most": 2 * (now + inbreeding_rate * (1 - now))}
    path = follow(u, columns, (sexed == "M").astype(np.int64), low, high, **goal)
    if not path.reached:
        least = path.squares[-1] / 2
        raise _refusal("coancestry", (), f"The coancestry cannot be below {least:.6f}.",
                       "Allow more, widen the bounds, or add candidates.")  # fmt: skip
    return _result(names, sexed, u, path)


def _result(names: Texts, sex: Texts, u: Floats, path: Path) -> OptimumContributions:
    corners = {
        "penalty": path.penalties,
        "merit": path.merits,
        "coancestry": np.asarray(path.squares) / 2,
    }
    merit, square = float(u @ path.contribution), path.squares[-1]
    return OptimumContributions(
        names, sex, path.contribution, merit, square / 2, path.penalties[-1], path.gap,
        pd.DataFrame(corners),
    )  # fmt: skip


def _candidates(ids: Column, merit: npt.ArrayLike, sex: Column) -> tuple[Texts, Floats, Texts]:
    names, u = texts(ids), np.asarray(merit, np.float64)
    sexed, _ = sexes(sex)
    if not names.size == u.size == sexed.size or u.ndim != 1:
        raise _refusal("shape", (), f"{names.size} ids, {u.size} merits and {sexed.size} sexes.",
                       "Give one of each for every candidate.")  # fmt: skip
    unique, counts = np.unique(names.astype(str), return_counts=True)
    for kind, bad, what, remedy in (
        ("duplicate", unique[counts > 1], "named twice", "Name each candidate once."),
        ("merit", names[~np.isfinite(u)], "without merit", "Leave them out, or give a value."),
        ("sex", names[sexed == ""], "neither M nor F", "Give the sex of every candidate."),
    ):
        if bad.size:
            some = [str(one) for one in bad]
            raise _refusal(kind, tuple(some), f"{name_some(some)}: {what}.", remedy)
    for one in ("M", "F"):
        if not (sexed == one).any():
            raise _refusal("sex", (), f"No candidate is {one}.", "Both sexes contribute half.")
    return names, u, sexed


def _bounds(
    lowest: npt.ArrayLike, highest: npt.ArrayLike, names: Texts, sex: Texts
) -> tuple[Floats, Floats]:
    low, high = (
        np.array(np.broadcast_to(np.asarray(one, np.float64), names.size))
        for one in (lowest, highest)
    )
    high = np.minimum(high, 0.5)
    wrong = (low < 0) | (low > high) | np.isnan(low) | np.isnan(high)
    if wrong.any():
        some = [str(one) for one in names[wrong]]
        raise _refusal("bounds", tuple(some), f"Bounds of {name_some(some)} cannot be met.",
                       "0 <= lowest <= highest <= 1/2.")  # fmt: skip
    for one in ("M", "F"):
        mine = sex == one
        least, most = low[mine].sum(), high[mine].sum()
        if least > 0.5 + 1e-12 or most < 0.5 - 1e-12:
            raise _refusal("bounds", (), f"Bounds of {one} sum to {least:.4f} and {most:.4f}.",
                           "The lowest must not pass 1/2, the highest must reach it.")  # fmt: skip
    return low, high


def _goal(penalty: float | None, coancestry: float | None, rate: float | None) -> dict[str, float]:
    given = [one for one in (penalty, coancestry, rate) if one is not None]
    if len(given) != 1 or not np.isfinite(given[0]) or given[0] < 0:
        raise _refusal("goal", (), "Give one of penalty, coancestry and inbreeding_rate, >= 0.",
                       "coancestry=0.05 allows a mean coancestry of 5 %.")  # fmt: skip
    if penalty is not None:
        return {"penalty": penalty}
    return {"most": 2 * (coancestry or 0.0)}


def _columns(relationship: Relationship, names: Texts) -> Callable[[Integers], Floats]:
    """A function that gives columns of K among the candidates."""
    if isinstance(relationship, Pedigree):
        relationship = PartialRelationship(relationship, names)
    if isinstance(relationship, PartialRelationship):
        partial, place = relationship, _places(relationship.ids, names)
        ridge = RIDGE * float(partial.diagonal.mean())

        def of_pedigree(chosen: Integers) -> Floats:
            unit = np.zeros((len(partial), chosen.size))
            unit[place[chosen], np.arange(chosen.size)] = 1.0
            found = partial.times(unit)[place]
            found[chosen, np.arange(chosen.size)] += ridge
            return found

        return of_pedigree
    matrix = _matrix(relationship, names)

    def of_matrix(chosen: Integers) -> Floats:
        return matrix[:, chosen]

    return of_matrix


def _matrix(relationship: Any, names: Texts) -> Floats:
    if isinstance(relationship, GenomicRelationship):
        place = _places(relationship.ids, names)
        matrix = relationship.matrix[np.ix_(place, place)]
    else:
        matrix = np.array(relationship, np.float64)
    if matrix.shape != (names.size,) * 2 or not np.allclose(matrix, matrix.T):
        raise _refusal("relationship", (), f"The relationships are of shape {matrix.shape}.",
                       f"Give a symmetric matrix of the {names.size} candidates.")  # fmt: skip
    matrix[np.diag_indices(names.size)] += RIDGE * float(np.trace(matrix)) / names.size
    return matrix


def _places(there: Texts, names: Texts) -> Integers:
    place = {str(name): k for k, name in enumerate(there)}
    absent = [str(name) for name in names if str(name) not in place]
    if absent:
        raise _refusal("unknown_animal", tuple(absent),
                       f"{name_some(absent)} has no relationships.", "Check the ids.")  # fmt: skip
    return np.array([place[str(name)] for name in names], np.int64)


def _quadratic(columns: Callable[[Integers], Floats], c: Floats) -> float:
    return sum(
        float(c @ columns(part) @ c[part])
        for part in np.array_split(np.arange(c.size), max(1, c.size // 64))
    )


def _whole(shares: Floats, count: int) -> Integers:
    """Whole numbers that sum to `count`, nearest to the shares (largest remainders)."""
    whole = np.floor(shares + 1e-9).astype(np.int64)
    rest = np.argsort(-(shares - whole), kind="stable")
    whole[rest[: count - int(whole.sum())]] += 1
    return whole


def _refusal(kind: str, animals: tuple[str, ...], message: str, remedy: str) -> DataError:
    return DataError([Problem(kind, animals, message, remedy)])
