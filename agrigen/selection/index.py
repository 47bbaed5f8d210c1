"""Several traits as one number: selection indexes, ranks and percentiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import DataError, Problem, name_some
from agrigen.selection.sources import HAZEL_1943, PESEK_1969
from agrigen.types import Floats


@dataclass(frozen=True, eq=False)
class SelectionIndex:
    """Coefficients of an index, and what selection on it gives.

    Attributes
    ----------
    coefficients
        b: what a unit of each source of information counts.
    weights
        Economic value of a unit of each trait of the goal; for desired gains, the values that would
        give the same index.
    accuracy
        Correlation of the index with the goal.
    sd
        Standard deviation of the index: response of the goal to a selection intensity of 1.
    goal_sd
        Genetic standard deviation of the goal.
    responses
        Response of each trait of the goal, in its unit, to a selection intensity of 1.
    """

    coefficients: Floats
    weights: Floats
    accuracy: float
    sd: float
    goal_sd: float
    responses: Floats
    citations: tuple[Citation, ...] = (HAZEL_1943,)

    def __repr__(self) -> str:
        b = ", ".join(f"{one:.4g}" for one in self.coefficients)
        return f"Selection index b = ({b}), accuracy {self.accuracy:.3f}, response {self.sd:.4g}"

    def values(self, sources: npt.ArrayLike) -> Floats:
        """Index of every animal: deviations of the sources, (animals, sources), times b."""
        return np.asarray(sources, np.float64) @ self.coefficients


def selection_index(
    phenotypic: npt.ArrayLike,
    genetic: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    goal: npt.ArrayLike | None = None,
) -> SelectionIndex:
    """The best linear index of some sources of information for a goal (Hazel 1943).

    b = P⁻¹ G a maximizes the correlation of the index b'x with the goal H = a'g.

    Parameters
    ----------
    phenotypic
        P: covariances among the sources x, (sources, sources).
    genetic
        G: covariances of each source with each breeding value of the goal, (sources, traits).
    weights
        a: economic value of a unit of each trait of the goal.
    goal
        C: genetic covariances among the traits of the goal; G itself when it is square and every
        source is the animal's own record of a trait.

    Returns
    -------
    SelectionIndex
        With accuracy, and responses to a selection intensity of 1.

    Raises
    ------
    DataError
        If the shapes do not fit, or P is not positive definite.

    Notes
    -----
    Equal to example 1.7 of Mrode (2014): tests/agrigen/selection.

    References
    ----------
    Hazel 1943, Genetics 28:476, doi:10.1093/genetics/28.6.476
    """
    p, g, c = _matrices(phenotypic, genetic, goal)
    a = _vector("weights", weights, g.shape[1])
    return _index(p, g, c, _solve(p, g @ a), a, (HAZEL_1943,))


def desired_gains(
    phenotypic: npt.ArrayLike,
    genetic: npt.ArrayLike,
    gains: npt.ArrayLike,
    *,
    goal: npt.ArrayLike | None = None,
) -> SelectionIndex:
    """The index whose responses stand in the ratio of the gains that are wanted.

    b = P⁻¹ G (G'P⁻¹G)⁻¹ d; with as many sources as traits, G⁻¹ d (Pesek and Baker 1969). Of all
    indexes with responses proportional to d it has the greatest.

    Parameters
    ----------
    phenotypic, genetic, goal
        As of `selection_index`.
    gains
        d: wanted gain of each trait, in its unit; only the ratios matter.

    References
    ----------
    Pesek and Baker 1969, Can. J. Plant Sci. 49:803, doi:10.4141/cjps69-137
    """
    p, g, c = _matrices(phenotypic, genetic, goal)
    d = _vector("gains", gains, g.shape[1])
    inner = g.T @ _solve(p, g)
    if np.linalg.matrix_rank(inner) < d.size:
        raise _refusal("The gains of these traits cannot be chosen apart from each other.",
                       "Name fewer traits, or more sources of information.")  # fmt: skip
    a = np.asarray(np.linalg.solve(inner, d), np.float64)
    return _index(p, g, c, _solve(p, g @ a), a, (PESEK_1969, HAZEL_1943))


def merit(values: pd.DataFrame | Mapping[str, Any], weights: Mapping[str, float]) -> pd.Series:
    """Index of every animal: economic weights times breeding values, summed.

    Of breeding values that several traits were evaluated for together, this is the best index
    there is: the evaluation has weighed the information, so b = a.

    Parameters
    ----------
    values
        A column of breeding values for each trait.
    weights
        Trait -> value of one unit; negative where less is better.

    Returns
    -------
    pandas.Series
        nan where an animal lacks a breeding value of a trait with a weight.
    """
    frame = pd.DataFrame(values)
    absent = [trait for trait in weights if trait not in frame.columns]
    if absent:
        have = name_some([str(one) for one in frame.columns])
        raise _refusal(
            f"There are no breeding values of {name_some(absent)}.", f"There are {have}."
        )
    used = [trait for trait, weight in weights.items() if weight]
    a = np.array([float(weights[trait]) for trait in used])
    if not used or not np.isfinite(a).all():
        raise _refusal("No trait has a weight.", "Give at least one a weight that is not 0.")
    return pd.Series(frame[used].to_numpy(np.float64) @ a, index=frame.index, name="index")


def standings(
    index: npt.ArrayLike | pd.Series, groups: Sequence[Any] | pd.Series | None = None
) -> pd.DataFrame:
    """Rank and percentile of every animal among all, or within its breed, flock or birth year.

    Parameters
    ----------
    index
        Higher is better; nan is not ranked.
    groups
        Group of each animal; an unknown one (None) is a group of its own.

    Returns
    -------
    pandas.DataFrame
        index, group, animals (ranked in the group), rank (1 is the best, equals share the better
        one) and percentile: the share of the group that it is better than, 0 to 100, where itself
        and its equals count half.
    """
    series = pd.Series(index, dtype=np.float64)
    group = pd.Series([""] * len(series) if groups is None else list(groups), index=series.index)
    by = series.groupby(group.astype(object).where(group.notna(), ""))
    count = by.transform("count")
    return pd.DataFrame(
        {
            "index": series,
            "group": group,
            "animals": count.astype(int),
            "rank": by.rank(method="min", ascending=False).astype("Int64"),
            "percentile": 100.0 * (by.rank(method="average") - 0.5) / count,
        }
    )


def _index(
    p: Floats, g: Floats, c: Floats, b: Floats, a: Floats, cited: tuple[Citation, ...]
) -> SelectionIndex:
    sd = max(float(b @ p @ b), 0.0) ** 0.5
    goal_sd = max(float(a @ c @ a), 0.0) ** 0.5
    accuracy = float(b @ g @ a) / (sd * goal_sd) if sd and goal_sd else 0.0
    responses = g.T @ b / sd if sd else np.zeros(a.size)
    return SelectionIndex(b, a, accuracy, sd, goal_sd, responses, cited)


def _matrices(
    phenotypic: npt.ArrayLike, genetic: npt.ArrayLike, goal: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    p, g = (np.atleast_2d(np.asarray(one, np.float64)) for one in (phenotypic, genetic))
    c = g if goal is None else np.atleast_2d(np.asarray(goal, np.float64))
    if p.shape[0] != p.shape[1] or g.shape[0] != p.shape[0] or c.shape != (g.shape[1],) * 2:
        shapes = f"P {p.shape}, G {g.shape}, goal {c.shape}"
        raise _refusal(f"The matrices do not fit together: {shapes}.",
                       "P is sources x sources, G sources x traits, goal traits x traits; goal may "
                       "only be left out when G is square.")  # fmt: skip
    if not all(np.isfinite(one).all() for one in (p, g, c)) or not np.allclose(p, p.T):
        raise _refusal("P is not symmetric, or a value is missing.", "Give every covariance.")
    return p, g, c


def _vector(name: str, values: npt.ArrayLike, size: int) -> Floats:
    vector = np.atleast_1d(np.asarray(values, np.float64))
    if vector.shape != (size,) or not np.isfinite(vector).all() or not vector.any():
        raise _refusal(f"{name} has {vector.size} values for {size} traits, or only zeros.",
                       "Give one number for each trait, at least one not 0.")  # fmt: skip
    return vector


def _solve(p: Floats, right: Floats) -> Floats:
    try:
        lower = np.linalg.cholesky(p)
    except np.linalg.LinAlgError:
        raise _refusal("P is not positive definite: a source repeats others.",
                       "Leave it out, or check the correlations.") from None  # fmt: skip
    return np.linalg.solve(lower.T, np.linalg.solve(lower, right))


def _refusal(message: str, remedy: str) -> DataError:
    return DataError([Problem("index", (), message, remedy)])
