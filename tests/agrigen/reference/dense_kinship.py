"""Covariances among animals by their recursive definition, dense."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Kinship:
    """Levels, their covariance K and, with fixed groups, each level's share of every group.

    The effect of a level is (its row of K's effect) + shares @ (solutions of the groups).
    """

    names: list[str]
    k: np.ndarray
    shares: np.ndarray | None = None


def kinship(
    rows: Sequence[tuple[str, str, str]],
    *,
    groups: Sequence[str] = (),
    gamma: np.ndarray | None = None,
    weights: tuple[float, float] = (0.5, 0.5),
    inbreeding: bool = True,
) -> Kinship:
    """K of (animal, sire, dam) rows in any order; an empty parent is unknown.

    groups: names that stand for unknown parents. With gamma they are metafounders with that
    covariance and levels of K; without it they are fixed and come as shares.
    weights (0.5, 0.25): rows are (animal, sire, maternal grandsire).
    inbreeding False: Mendelian variances as if no parent were inbred.
    """
    ordered = _parents_first(rows, groups)
    names = [row[0] for row in ordered]
    place = {name: i for i, name in enumerate([*groups, *names])}
    total = len(place)
    g = len(groups)
    # Every level is t @ (own terms): t holds descent, d the variance of its own term.
    t = np.zeros((total, total))
    t[:g, :g] = np.eye(g)
    own = np.zeros((total, total))
    if gamma is not None:
        own[:g, :g] = gamma
    for i, (_, *parents) in enumerate(ordered, start=g):
        known = [(w, place[p]) for w, p in zip(weights, parents, strict=True) if p]
        t[i] = sum((w * t[p] for w, p in known), np.zeros(total))
        # Fixed groups count as unknown; the K of a parent with itself is 1 without inbreeding.
        real = [(w, t[p]) for w, p in known if gamma is not None or p >= g]
        own[i, i] = 1.0 - sum(w * w * (tp @ own @ tp if inbreeding else 1.0) for w, tp in real)
        t[i, i] = 1.0
    k = t @ own @ t.T
    if g and gamma is None:
        return Kinship([*names, *groups], _groups_last(k, g), np.vstack([t[g:, :g], np.eye(g)]))
    return Kinship([*names, *groups], _groups_last(k, g))


def _groups_last(k: np.ndarray, groups: int) -> np.ndarray:
    order = np.r_[groups : k.shape[0], 0:groups]
    return k[np.ix_(order, order)]


def _parents_first(rows: Sequence[tuple[str, ...]], groups: Sequence[str]) -> list[tuple[str, ...]]:
    """Founders are added for parents without a row; then every animal behind its parents."""
    given = {row[0]: tuple(row) for row in rows}
    for row in rows:
        for parent in row[1:]:
            if parent and parent not in groups:
                given.setdefault(parent, (parent, *[""] * (len(row) - 1)))
    waiting, done = list(given.values()), dict.fromkeys(("", *groups), ())
    while waiting:
        row = next(row for row in waiting if all(parent in done for parent in row[1:]))
        waiting.remove(row)
        done[row[0]] = row
    return [row for row in done.values() if row]
