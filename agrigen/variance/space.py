"""Steps that keep covariance matrices positive definite, up to the edge of the space.

Inside, a step is the plain step of Newton's method. A variance that would become negative is
multiplied by a small factor instead. A matrix at the edge (a variance of 0, a correlation of 1)
goes on as L L' with fewer columns, plus a floor that keeps its inverse finite.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import qr, solve_triangular

from agrigen.types import Flags, Floats
from agrigen.variance.terms import Term

FLOOR = 1e-6
"""Of the phenotypic variance: what stands for zero, so that the inverse exists."""

EDGE = 3e-5
"""Of the phenotypic variance: a direction with less, still falling, is taken for zero."""

BEND = -0.9
"""Relative change of a variance from which steps are bent so that it stays positive."""

STEEPEST = 0.03
"""The least that a variance is multiplied with in one step."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows of a term that share free covariances, as their matrix stands now.

    Attributes
    ----------
    term, rows
        Place of the term, and which of its rows.
    free
        Elements that are estimated.
    matrix
        Current values.
    scale
        Phenotypic size of each row.
    root
        None inside the space; at its edge L (rows, rank) of matrix = L L' + floor.
    falling
        Whether the last step would have left the space.
    released
        How often it came back from the edge.
    """

    term: int
    rows: tuple[int, ...]
    free: Flags
    matrix: Floats
    scale: Floats
    root: Floats | None = None
    falling: bool = False
    released: int = 0

    @property
    def whole(self) -> bool:
        """Whether every element is free."""
        return bool(self.free.all())

    @property
    def changes(self) -> list[Floats]:
        """dG of every coordinate."""
        size = len(self.rows)
        if self.root is None:
            pairs = [(i, j) for i in range(size) for j in range(i + 1) if self.free[i, j]]
            return [_unit(size, i, j) for i, j in pairs]
        return [self._root_change(i, c) for i, c in self._root_coordinates]

    @property
    def _root_coordinates(self) -> list[tuple[int, int]]:
        assert self.root is not None
        size, rank = self.root.shape
        return [(i, c) for i in range(size) for c in range(min(i + 1, rank))]

    def _root_change(self, i: int, c: int) -> Floats:
        assert self.root is not None
        change = np.zeros_like(self.matrix)
        change[i] += self.root[:, c]
        change[:, i] += self.root[:, c]
        return change

    def curvature(self, gradient: Floats) -> Floats:
        """What the bend of L L' adds to the information of its coordinates."""
        if self.root is None:
            return np.zeros((len(self.changes),) * 2)
        values, vectors = np.linalg.eigh(-gradient)
        concave = (vectors * np.clip(values, 0.0, None)) @ vectors.T
        where = self._root_coordinates
        return np.array(
            [[2.0 * concave[i, j] if c == d else 0.0 for j, d in where] for i, c in where]
        ).reshape(len(where), len(where))

    def moved(self, step: Floats) -> "Piece":
        """After a step in its coordinates."""
        if self.root is not None:
            root = self.root.copy()
            for (i, c), value in zip(self._root_coordinates, step, strict=True):
                root[i, c] += value
            return replace(self, root=root, matrix=self._with_floor(root))
        if not step.size:
            return self
        change = np.einsum("k,kij->ij", step, np.array(self.changes))
        lower = np.linalg.cholesky(self.matrix)
        inner = solve_triangular(lower, change, lower=True)
        inner = solve_triangular(lower, inner.T, lower=True)
        values, vectors = np.linalg.eigh((inner + inner.T) / 2.0)
        if not self.whole:
            part = min(1.0, BEND / min(values[0], BEND))
            return replace(self, matrix=self.matrix + part * change, falling=part < 1.0)
        bent = lower @ vectors * np.sqrt(_bend(values))
        return replace(self, matrix=_symmetric(bent @ bent.T), falling=bool(values[0] < BEND))

    def at_edge(self) -> "Piece":
        """The same, or with fewer dimensions where some have all but vanished."""
        if self.root is not None or not self.whole or not self.falling or self.released > 1:
            return self
        values, vectors = np.linalg.eigh(self.matrix / np.outer(self._sd, self._sd))
        kept = values > EDGE
        if kept.all():
            return self
        root = self._sd[:, None] * vectors[:, kept] * np.sqrt(values[kept])
        if kept.any():
            root = np.ascontiguousarray(qr(root.T, mode="economic")[1].T)
        return replace(self, root=root, matrix=self._with_floor(root), falling=False)

    def lifted(self, factor: float) -> "Piece":
        """At the edge, with the floor times a factor."""
        assert self.root is not None
        floor = np.diag(FLOOR * factor * self.scale)
        return replace(self, matrix=_symmetric(self.root @ self.root.T) + floor)

    def back_inside(self) -> "Piece":
        """Away from an edge where the likelihood does not want it."""
        return replace(self.lifted(1000.0), root=None, released=self.released + 1)

    @property
    def _sd(self) -> Floats:
        return np.sqrt(self.scale)

    def _with_floor(self, root: Floats) -> Floats:
        return np.asarray(_symmetric(root @ root.T) + np.diag(FLOOR * self.scale))


def pieces_of(terms: Sequence[Term], matrices: Sequence[Floats]) -> list[Piece]:
    """Terms as pieces that move independently: rows without free or held covariances apart."""
    found = []
    for place, (term, matrix) in enumerate(zip(terms, matrices, strict=True)):
        for rows in _clusters(term, matrix):
            inside = np.ix_(rows, rows)
            found.append(
                Piece(place, tuple(rows), term.free[inside], matrix[inside], term.scale[rows])
            )
    return found


def assembled(pieces: Sequence[Piece], matrices: Sequence[Floats]) -> list[Floats]:
    """All matrices, with the pieces in their places."""
    whole = [m.copy() for m in matrices]
    for piece in pieces:
        whole[piece.term][np.ix_(piece.rows, piece.rows)] = piece.matrix
    return whole


def embedded(piece: Piece, change: Floats, size: int) -> Floats:
    """A change of a piece as one of its whole matrix."""
    whole = np.zeros((size, size))
    whole[np.ix_(piece.rows, piece.rows)] = change
    return whole


def _clusters(term: Term, matrix: Floats) -> list[list[int]]:
    """Rows tied by a covariance that is free or not zero."""
    tied = term.free | (matrix != 0.0)
    home = list(range(term.size))
    for i in range(term.size):
        for j in range(i):
            if tied[i, j] and home[i] != home[j]:
                old, new = home[i], home[j]
                home = [new if h == old else h for h in home]
    return [[i for i in range(term.size) if home[i] == h] for h in dict.fromkeys(home)]


def _bend(values: Floats) -> Floats:
    """1 + x, but positive and smooth below BEND."""
    least = 1.0 + BEND
    below = least * np.exp((np.minimum(values, BEND) - BEND) / least)
    return np.where(values >= BEND, 1.0 + values, np.maximum(below, STEEPEST))


def _unit(size: int, i: int, j: int) -> Floats:
    out = np.zeros((size, size))
    out[i, j] = out[j, i] = 1.0
    return out


def _symmetric(m: Floats) -> Floats:
    return np.asarray((m + m.T) / 2.0)
