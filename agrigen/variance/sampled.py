"""REML beyond memory: traces by Monte Carlo, solutions by conjugate gradients.

Over records drawn from the model the slope of the likelihood is 0 in the mean: what the selected
inverse would tell is the mean square of the predictions of such records. The same random numbers
serve every iteration, so that the iterations converge; what remains is an error of the estimates
of their standard error over the root of the number of samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agrigen.evaluation.arrays import Covariances, Design, refuse_genomic
from agrigen.evaluation.iterative import solve_iterative
from agrigen.evaluation.simulated import add_residuals, draw_effects
from agrigen.evaluation.system import Traces, freedom
from agrigen.types import Floats
from agrigen.variance.likelihood import Likelihood, Point, checked, parts_of

SAMPLES = 20
SEED = 20_250_101
ACCURACY = 1e-5
"""Error of solutions in standard deviations of the effects."""

STARTS = 60_000_000
"""Solutions of samples that are kept to start the next iteration from: 480 MB."""


class SampledLikelihood(Likelihood):
    """A likelihood whose value is unknown (nan), but whose slope is known well enough."""

    def __init__(self, design: Design, samples: int = SAMPLES) -> None:
        refuse_genomic(design, "REML with sampled traces")
        super().__init__(design)
        self.samples = samples
        self.keeps = design.size * (samples + 8) <= STARTS
        self.starts: dict[int, Floats] = {}

    def at(self, matrices: Sequence[Floats]) -> "SampledPoint":
        """Solve at these matrices."""
        covariances = checked(matrices, len(self.design.blocks))
        x = self.solved(covariances, self.design.records.y, -1)
        e, blocks, residual, rinv, quadratic = parts_of(self.system, covariances, x)
        return SampledPoint(self, covariances, np.nan, quadratic, x, e, blocks, residual, rinv)

    def solved(self, covariances: Covariances, values: Floats, key: int) -> Floats:
        """Solutions for one value an observation, started from the last ones of this key."""
        x, _ = solve_iterative(
            self.design,
            covariances,
            start=self.starts.get(key),
            data=np.ascontiguousarray(values),
            tolerance=1e-6,
            accuracy=ACCURACY,
        )
        if self.keeps:
            self.starts[key] = x
        return x


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
            for total, square in zip(blocks, system.block_squares(x), strict=True):
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
