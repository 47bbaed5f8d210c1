"""Random regressions: columns of a BLUPF90 data file as a curve over one of them.

A BLUPF90 job lists the values of its functions, one column each, and not what they are functions
of. Any set of k columns that spans the polynomials of degree k - 1 of one of them is a Legendre
basis over that column, with the coefficients turned by a matrix; columns that are hats are linear
splines.
"""

from dataclasses import dataclass

import numpy as np

from agrigen.evaluation.basis import Basis
from agrigen.types import Floats

AGREEMENT = 1e-5
"""Of the size of the functions: data files carry few digits."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The functions as `basis(t) @ turn`; `place` is the function whose column is t."""

    kind: str
    place: int
    t: Floats
    turn: Floats

    def basis(self, column: str) -> Basis:
        """The basis over a column that holds t."""
        if self.kind == "spline":
            return Basis("spline", column, knots=tuple(float(k) for k in range(len(self.turn))))
        low, high = float(np.min(self.t)), float(np.max(self.t))
        return Basis("legendre", column, order=len(self.turn) - 1, range=(low, high))


def find_curve(functions: Floats) -> Curve | None:
    """The curve behind some columns, None if they are neither polynomials nor hats."""
    size = functions.shape[1]
    if size < 2 or not np.isfinite(functions).all():
        return None
    for place in range(size):
        turn = _polynomials(functions, functions[:, place])
        if turn is not None:
            return Curve("legendre", place, functions[:, place], turn)
    return _hats(functions)


def _polynomials(functions: Floats, t: Floats) -> Floats | None:
    low, high = float(t.min()), float(t.max())
    size = functions.shape[1]
    if not high > low or np.unique(t).size < size:
        return None
    basis = Basis("legendre", "t", order=size - 1, range=(low, high)).evaluate(t)
    turn = np.linalg.lstsq(basis, functions, rcond=None)[0]
    close = np.abs(basis @ turn - functions).max() <= AGREEMENT * np.abs(functions).max()
    if not close or np.linalg.matrix_rank(turn, tol=1e-8 * np.abs(turn).max()) < size:
        return None
    return np.asarray(turn)


def _hats(functions: Floats) -> Curve | None:
    size = functions.shape[1]
    knots = np.arange(size, dtype=np.float64)
    t = np.clip(functions @ knots, 0.0, size - 1.0)
    basis = Basis("spline", "t", knots=tuple(float(knot) for knot in knots)).evaluate(t)
    if np.abs(basis - functions).max() > AGREEMENT:
        return None
    return Curve("spline", 0, t, np.eye(size))
