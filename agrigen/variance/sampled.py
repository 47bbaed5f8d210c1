"""REML beyond memory: traces by Monte Carlo, solutions by conjugate gradients.

Over records drawn from the model the slope of the likelihood is 0 in the mean: what the selected
inverse would tell is the mean square of the predictions of such records. The same random numbers
serve every iteration, so that the iterations converge; what remains is an error of the estimates
of their standard error over the root of the number of samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.dual import DualSolver
from agrigen.evaluation.iterative import solve_iterative
from agrigen.evaluation.simulated import add_residuals, draw_effects
from agrigen.evaluation.system import Traces, freedom
from agrigen.types import Floats
from agrigen.variance.likelihood import Likelihood, Point, checked, parts_of

SAMPLES = 20
SEED = 20_250_101
TOLERANCE, ACCURACY = 1e-6, 1e-5
"""Relative residual of solutions, and their error in standard deviations of the effects."""

STARTS = 60_000_000
"""Solutions of samples that are kept to start the next iteration from: 480 MB."""


class SampledLikelihood(Likelihood):
    """A likelihood whose value is unknown (nan), but whose slope is known well enough."""

    def __init__(self, design: Design, samples: int = SAMPLES) -> None:
        super().__init__(design)
        self.samples = samples
        self.keeps = design.size * (samples + 8) <= STARTS
        self.starts: dict[int, Floats] = {}
        self._dual: tuple[Covariances, DualSolver] | None = None

    def at(self, matrices: Sequence[Floats]) -> "SampledPoint":
        """Solve at these matrices."""
        covariances = checked(matrices, len(self.design.blocks))
        y = self.design.records.y
        x = self.solved(covariances, y, -1)
        squares = self.squares(covariances, y, x)
        e, blocks, residual, rinv, quadratic = parts_of(self.system, covariances, x, squares)
        return SampledPoint(self, covariances, np.nan, quadratic, x, e, blocks, residual, rinv)

    def solved(self, covariances: Covariances, values: Floats, key: int) -> Floats:
        """Solutions for one value an observation, started from the last ones of this key."""
        data, start = np.ascontiguousarray(values), self.starts.get(key)
        if self.design.genomic:
            solver = self._solver(covariances)
            x, _ = solver.solve(data, start=start, tolerance=TOLERANCE, accuracy=ACCURACY)
        else:
            x, _ = solve_iterative(
                self.design, covariances,
                start=start, data=data, tolerance=TOLERANCE, accuracy=ACCURACY,
            )  # fmt: skip
        if self.keeps:
            self.starts[key] = x
        return x

    def squares(self, covariances: Covariances, values: Floats, x: Floats) -> list[Floats]:
        """u' K^-1 u of each block, x the solutions for these values.

        There W' R^-1 (values - W x) = (K^-1 (x) G^-1) u: no inverse of genomic relationships.
        """
        system, design = self.system, self.design
        if not design.genomic:
            return system.block_squares(x)
        gradient = system.adjoint(system.weighted(values - system.fitted(x), covariances))
        found = []
        for block, g in zip(design.blocks, covariances.blocks, strict=True):
            u, dual = (v[block.span].reshape(-1, block.width) for v in (x, gradient))
            square = u.T @ dual @ g
            found.append((square + square.T) / 2.0)
        return found

    def _solver(self, covariances: Covariances) -> DualSolver:
        """Made once for all samples at some covariances."""
        if self._dual is None or self._dual[0] is not covariances:
            self._dual = (covariances, DualSolver(self.design, covariances))
        return self._dual[1]


@dataclass(frozen=True, eq=False)
class SampledPoint(Point):
    """The slope of the likelihood at some covariance matrices, by samples."""

    likelihood: SampledLikelihood

    def traces(self) -> Traces:
        """What is left of the prior after the squares of predictions of drawn records."""
        system, design = self.likelihood.system, self.likelihood.design
        count = self.likelihood.samples
        blocks = [
            freedom(block) * g
            for block, g in zip(design.blocks, self.covariances.blocks, strict=True)
        ]
        patterns = self._expected_residuals()
        for sample in range(count):
            generator = np.random.default_rng([SEED, sample])
            x = draw_effects(design, self.covariances, generator)
            values = add_residuals(design, self.covariances, system.fitted(x), generator)
            x = self.likelihood.solved(self.covariances, values, sample)
            squares = self.likelihood.squares(self.covariances, values, x)
            for total, square in zip(blocks, squares, strict=True):
                total -= square / count
            patterns -= system.residual_squares(values - system.fitted(x)) / count
        return Traces(blocks, patterns)

    def _expected_residuals(self) -> Floats:
        """Residual covariance of each pattern times its records."""
        records = self.likelihood.design.records
        seen = records.observed[:, :, None] & records.observed[:, None, :]
        counts = self.likelihood.system.pattern_counts[:, None, None]
        return np.where(seen, counts * self.covariances.residual[records.group], 0.0)

    def absorbed(self, values: Floats, rhs: Floats) -> Floats:
        """One run of conjugate gradients a column."""
        solve = self.likelihood.solved
        solved = [solve(self.covariances, column, -2 - k) for k, column in enumerate(values.T)]
        return np.column_stack(solved) if solved else np.zeros_like(rhs)
