"""The edge of the space in words: variances of zero, correlations of one, ranks too low."""

import numpy as np

from agrigen.errors import Problem, name_some
from agrigen.types import Flags
from agrigen.variance.space import Piece
from agrigen.variance.terms import Term

SHOWN_AS_ZERO = 1e-4
"""Of the phenotypic variance, at the edge of the space only."""


def edges_of(term: Term, piece: Piece, *, traits: bool) -> list[Problem]:
    """The edges that a piece lies on, in words."""
    found = []
    zero = vanished(piece)
    for k in np.flatnonzero(zero):
        row = piece.rows[k]
        name = term.label(row, row, traits=traits)
        text = f"The variance of {name} converged to zero."
        remedy = (
            "The records show no such differences: refit without it."
            if term.group is None
            else "The model explains every record exactly: it has too many effects."
        )
        found.append(Problem("zero_variance", (), text, remedy))
    kept = [k for k in range(len(piece.rows)) if not zero[k]]
    if piece.root is None or piece.root.shape[1] >= len(kept):
        return found
    rank = piece.root.shape[1]
    pairs = []
    for a, i in enumerate(kept):
        for j in kept[:a]:
            m = piece.root @ piece.root.T
            r = m[i, j] / np.sqrt(m[i, i] * m[j, j])
            if abs(r) > 0.999:
                name = term.label(piece.rows[i], piece.rows[j], traits=traits)
                pairs.append(f"{name} converged to {np.sign(r):+.0f}")
    name = term.label(piece.rows[0], piece.rows[0], traits=False)
    text = (
        f"The correlation {name_some(pairs)}."
        if pairs
        else f"The covariance matrix of {term.name} converged to rank {rank} of {len(kept)}."
    )
    remedy = "Two of these differ by a factor only, or the records are too few: fit fewer effects."
    return [*found, Problem("singular", (), text, remedy)]


def vanished(piece: Piece) -> Flags:
    """Rows whose variance lies at the floor of an edge."""
    if piece.root is None:
        return np.zeros(len(piece.rows), np.bool_)
    return np.asarray(np.diag(piece.matrix) < SHOWN_AS_ZERO * piece.scale)
