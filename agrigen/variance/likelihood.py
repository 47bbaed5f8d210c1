"""The restricted likelihood, its gradient and the average information, on arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from agrigen.errors import SolveError
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.factor import Factor
from agrigen.evaluation.hints import hints_of
from agrigen.evaluation.likelihood import constant
from agrigen.evaluation.system import System, Traces, freedom
from agrigen.types import Floats
from agrigen.variance.terms import to_covariances


class Direction(NamedTuple):
    """A symmetric change of one covariance matrix (blocks first, then residual groups)."""

    term: int
    change: Floats


class Likelihood:
    """REML likelihood of a design as a function of its covariance matrices.

    One ordering of the equations serves all evaluations.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self.system = System(design)
        self.constant = constant(self.system)

    @cached_property
    def factor(self) -> Factor:
        """Of the equations; ordered when first asked for."""
        return Factor(self.system.lower, hints_of(self.design))

    @property
    def degrees(self) -> int:
        """Observations less rank of the fixed effects."""
        return self.system.observations - self.system.rank

    def at(self, matrices: Sequence[Floats]) -> "Point":
        """Factor and solve at these matrices.

        Raises
        ------
        SolveError
            If a matrix, or the equations, are not positive definite in double precision.
        """
        system, design = self.system, self.design
        covariances = checked(matrices, len(design.blocks))
        self.factor.factorize(system.values(covariances))
        x = self.factor.solve(system.rhs(covariances))
        e, blocks, residual, rinv, quadratic = parts_of(system, covariances, x)
        determinants = system.log_residual(covariances) + system.log_penalty(covariances)
        value = -0.5 * (self.constant + determinants + self.factor.logdet + quadratic)
        if not np.isfinite(value):
            raise SolveError("The likelihood is not a number at these variances.")
        return Point(self, covariances, value, quadratic, x, e, blocks, residual, rinv)


def checked(matrices: Sequence[Floats], blocks: int) -> Covariances:
    """Matrices as covariances, refused when one is not positive definite."""
    if any(np.linalg.eigvalsh(m)[0] <= 0.0 for m in matrices):
        raise SolveError("A covariance matrix is not positive definite.")
    return to_covariances(matrices, blocks)


def parts_of(
    system: System, covariances: Covariances, x: Floats, blocks: list[Floats] | None = None
) -> tuple[Floats, list[Floats], Floats, Floats, float]:
    """Residuals, squares of effects and residuals, R^-1 by pattern, and y'Py, at solutions x.

    `blocks`: the squares of the effects, where they are known already.
    """
    e = system.design.records.y - system.fitted(x)
    blocks = system.block_squares(x) if blocks is None else blocks
    residual = system.residual_squares(e)
    rinv = system.residual_inverse(covariances)
    quadratic = float(np.sum(rinv * residual)) + sum(
        float(np.sum(np.linalg.inv(g) * s)) for g, s in zip(covariances.blocks, blocks, strict=True)
    )
    return e, blocks, residual, rinv, quadratic


@dataclass(frozen=True, eq=False)
class Point:
    """The likelihood at some covariance matrices.

    They use the factor of the last point that was computed: ask before the next one is, for the
    `information` first and then the `gradient`, which uses the factor up.
    """

    likelihood: Likelihood
    covariances: Covariances
    value: float
    quadratic: float
    x: Floats
    e: Floats
    block_squares: list[Floats]
    residual_squares: Floats
    rinv: Floats

    def gradient(self) -> list[Floats]:
        """Of each matrix the symmetric M with d log-likelihood = tr(M dG)."""
        traces = self.traces()
        found = []
        parts = zip(
            self.likelihood.design.blocks,
            self.covariances.blocks,
            self.block_squares,
            traces.blocks,
            strict=True,
        )
        for block, g, square, trace in parts:
            inverse = np.linalg.inv(g)
            middle = square + trace - freedom(block) * g
            found.append(0.5 * _symmetric(inverse @ middle @ inverse))
        return found + self._residual_gradient(traces.patterns)

    def traces(self) -> Traces:
        """Exact, through the selected inverse."""
        return self.likelihood.system.traces(self.likelihood.factor.inverse(keep=False).values)

    def absorbed(self, values: Floats, rhs: Floats) -> Floats:
        """Solutions of the equations for other observations, with rhs = W' R^-1 values."""
        return self.likelihood.factor.solve(rhs)

    def _residual_gradient(self, traces: Floats) -> list[Floats]:
        records = self.likelihood.design.records
        found = [np.zeros_like(r) for r in self.covariances.residual]
        counts = self.likelihood.system.pattern_counts
        for p, group in enumerate(records.group):
            inner = self.residual_squares[p] + traces[p]
            whole = self.rinv[p] @ inner @ self.rinv[p] - counts[p] * self.rinv[p]
            found[group] += 0.5 * _symmetric(whole)
        return found

    def information(self, directions: Sequence[Direction]) -> Floats:
        """Average information (Gilmour, Thompson and Cullis 1995): f' P f / 2, f = dV P y."""
        system = self.likelihood.system
        f = np.column_stack([self._working(d) for d in directions])
        weighted = system.weighted(f, self.covariances)
        b = system.adjoint(weighted)
        information = 0.5 * (f.T @ weighted - b.T @ self.absorbed(f, b))
        return _symmetric(information)

    def _working(self, direction: Direction) -> Floats:
        """dV P y for a change of one matrix."""
        design, system = self.likelihood.design, self.likelihood.system
        blocks = len(design.blocks)
        if direction.term < blocks:
            block = design.blocks[direction.term]
            u = self.x[block.span].reshape(block.levels, block.width)
            g = self.covariances.blocks[direction.term]
            moved = np.zeros(design.size)
            moved[block.span] = (u @ np.linalg.solve(g, direction.change)).ravel()
            return system.fitted(moved)
        records = design.records
        matrices = np.zeros_like(self.rinv)
        for p in np.flatnonzero(records.group == direction.term - blocks):
            seen = np.outer(records.observed[p], records.observed[p])
            matrices[p] = np.where(seen, direction.change, 0.0) @ self.rinv[p]
        return system.by_record(matrices, self.e)


def expectation_step(
    matrices: Sequence[Floats], gradient: Sequence[Floats], freedoms: Sequence[float]
) -> list[Floats]:
    """The next matrices of the EM algorithm: G + 2 G M G / levels."""
    return [
        g + 2.0 * _symmetric(g @ m @ g) / max(count, 1.0)
        for g, m, count in zip(matrices, gradient, freedoms, strict=True)
    ]


def _symmetric(m: Floats) -> Floats:
    return np.asarray((m + m.T) / 2.0)
