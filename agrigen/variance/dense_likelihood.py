"""The restricted likelihood of dense covariances, on error contrasts.

y = A'y has covariance V = sum of s_k K_k + s_e I; K_k are relationships between records, reduced by
the contrasts. With one K its eigenvalues make every evaluation a sum over records; with several a
Cholesky factor is made each time.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from scipy.linalg import eigh, lapack

from agrigen.errors import SolveError
from agrigen.types import Floats

NEGATIVE = 0.01
"""Part of the largest eigenvalue that the lowest may be below zero. Yang's diagonal, or sampling
in few markers, leads to 0.001; more than 0.01 comes from a matrix that was put together wrongly."""


class Evaluation(NamedTuple):
    """Log-likelihood of the contrasts, its gradient, and the average information."""

    value: float
    gradient: Floats
    information: Floats


class DenseLikelihood(Protocol):
    """What the optimizer asks of a likelihood."""

    degrees: int
    size: int

    def at(self, variances: Floats) -> Evaluation: ...


class EigenLikelihood:
    """One covariance matrix beside the residual."""

    size = 2

    def __init__(self, values: Floats, rotated: Floats) -> None:
        self.values = values
        self.squares = rotated**2
        self.degrees = rotated.size

    @classmethod
    def of(cls, covariance: Floats, y: Floats, name: str) -> "EigenLikelihood":
        """Of a reduced covariance matrix and reduced records."""
        values, vectors = spectrum(covariance, name)
        return cls(values, vectors.T @ y)

    def at(self, variances: Floats) -> Evaluation:
        """Sums over eigenvalues."""
        d = self.values
        v = variances[0] * d + variances[1]
        if v[0] <= 0.0:
            raise SolveError("The covariance matrix of the records is not positive definite.")
        weighted = self.squares / v**2  # (V^-1 y)^2
        value = -0.5 * (
            self.degrees * np.log(2.0 * np.pi) + np.log(v).sum() + (self.squares / v).sum()
        )
        gradient = np.array([(d * weighted).sum() - (d / v).sum(), weighted.sum() - (1 / v).sum()])
        cross = (d * weighted / v).sum()
        information = [[(d * d * weighted / v).sum(), cross], [cross, (weighted / v).sum()]]
        return Evaluation(float(value), 0.5 * gradient, 0.5 * np.array(information))


class CholeskyLikelihood:
    """Several covariance matrices beside the residual."""

    def __init__(self, covariances: Sequence[Floats], y: Floats) -> None:
        self.covariances = covariances
        self.y = y
        self.degrees = y.size
        self.size = len(covariances) + 1

    def at(self, variances: Floats) -> Evaluation:
        """One factor and one inverse."""
        lower = factor(self.covariances, variances)
        solved = solve(lower, self.y)
        value = -0.5 * (
            self.degrees * np.log(2.0 * np.pi)
            + 2.0 * np.log(np.diagonal(lower)).sum()
            + self.y @ solved
        )
        inverse, _ = lapack.dpotri(lower, lower=1, overwrite_c=1)
        moved = np.column_stack([*(k @ solved for k in self.covariances), solved])
        traces = [_lower_trace(inverse, k) for k in self.covariances]
        traces.append(float(np.trace(inverse)))
        gradient = 0.5 * (moved.T @ solved - np.array(traces))
        half = np.tril(inverse, -1)
        answers = half @ moved + half.T @ moved + np.diagonal(inverse)[:, None] * moved
        return Evaluation(float(value), gradient, 0.5 * (moved.T @ answers))


def factor(covariances: Sequence[Floats], variances: Floats) -> Floats:
    """Lower Cholesky factor of V; above the diagonal stands what LAPACK left there."""
    total = np.zeros((covariances[0].shape[0],) * 2, order="F")
    for matrix, variance in zip(covariances, variances, strict=False):
        total += variance * matrix
    total[np.diag_indices_from(total)] += variances[-1]
    lower, failed = lapack.dpotrf(total, lower=1, overwrite_a=1, clean=1)
    if failed:
        raise SolveError("The covariance matrix of the records is not positive definite.")
    return np.asarray(lower)


def solve(lower: Floats, values: Floats) -> Floats:
    """V^-1 v."""
    return np.asarray(lapack.dpotrs(lower, values, lower=1)[0]).reshape(values.shape)


def spectrum(covariance: Floats, name: str) -> tuple[Floats, Floats]:
    """Eigenvalues, ascending, those of rounding put to zero, and eigenvectors.

    Raises
    ------
    SolveError
        If the matrix has eigenvalues far below zero.
    """
    values, vectors = eigh(covariance, driver="evd", check_finite=False)
    refuse_negative(values, name)
    return np.where(np.abs(values) < 1e-10 * values[-1], 0.0, values), vectors


def refuse_negative(values: Floats, name: str) -> None:
    """Refuse relationships by their ascending eigenvalues."""
    lowest, highest = float(values[0]), float(values[-1])
    if lowest < -NEGATIVE * max(highest, 1e-300):
        raise SolveError(
            f"The relationships {name!r} are not positive definite: among the records they have "
            f"the eigenvalue {lowest:.4g} (the largest is {highest:.4g}). Check that all of it "
            "comes from one set of markers, or add to its diagonal: G.blend(0.05)."
        )


def _lower_trace(inverse: Floats, matrix: Floats) -> float:
    """tr(V^-1 K) from the lower triangle of the inverse."""
    lower = np.tril(inverse)
    both = 2.0 * float(np.vdot(lower, matrix))
    return both - float(np.diagonal(lower) @ np.diagonal(matrix))
