"""Solve the mixed-model equations by conjugate gradients, without forming them."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from agrigen._kernels import iterative as kernels
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.operator import Operator, Preconditioner, halves
from agrigen.evaluation.progress import NO_STAGES, Cancel, Progress, Stages
from agrigen.types import Floats

TOLERANCE = 1e-12
"""Norm of the residual over that of the right-hand side."""

PROMISED = 1e-6
"""Largest error of a breeding value, in genetic standard deviations."""

ACCURACY = 1e-7
"""Estimated error at which iterations end, as the estimate may be too small."""

MAX_ITERATIONS = 5_000

DELAY = 10
"""Iterations that the estimated error looks back; more would be safer and stop later."""

RESTARTS = 3
"""Times that the residual is computed afresh when rounding has made it larger than it seemed."""


@dataclass(frozen=True, eq=False)
class Convergence:
    """How an iterative solution came to its end.

    Attributes
    ----------
    residual
        Norm of the residual, computed afresh, over that of the right-hand side.
    error
        Estimated bound on the error of every random effect, in its standard deviations.
    history
        Relative residual after each iteration.
    """

    iterations: int
    residual: float
    error: float
    history: Floats
    converged: bool


def product(design: Design, covariances: Covariances) -> Callable[[Floats], Floats]:
    """x -> C x; a pinned unknown has a 1 on its diagonal and nothing else."""
    return Operator(design, covariances).times


def solve_iterative(
    design: Design,
    covariances: Covariances,
    *,
    start: Floats | None = None,
    data: Floats | None = None,
    tolerance: float = TOLERANCE,
    accuracy: float = ACCURACY,
    max_iterations: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[Floats, Convergence]:
    """Solutions of the mixed-model equations by preconditioned conjugate gradients.

    The preconditioner holds the block of every level and the factor of the fixed part. Iterations
    end when the relative residual is at most `tolerance` and no random effect is more than
    `accuracy` of its standard deviations from the exact solution. The latter follows from the norm
    |x - exact| in C: an effect's error is at most that norm times the root of its prediction error
    variance, and conjugate gradients estimate the norm as they go (Strakos and Tichy 2002). An
    interrupt (Ctrl-C) ends the iterations and gives the solutions so far, not converged.

    Parameters
    ----------
    start
        Solutions to start from, for example of the last run; default zeros.
    data
        One value an observation in place of the records' own.

    References
    ----------
    Stranden and Lidauer 1999, J. Dairy Sci. 82:2779, doi:10.3168/jds.S0022-0302(99)75535-9
    """
    stage = Stages(progress, cancel)
    with closing(Solver(design, covariances)) as solver:
        return solver.solve(
            design.records.y if data is None else data,
            start=start,
            tolerance=tolerance,
            accuracy=accuracy,
            max_iterations=max_iterations or MAX_ITERATIONS,
            stage=stage,
        )


class Solver:
    """Conjugate gradients for many right-hand sides of the same equations."""

    def __init__(self, design: Design, covariances: Covariances) -> None:
        self.operator = Operator(design, covariances)
        self.preconditioner = Preconditioner(self.operator)

    def close(self) -> None:
        """Let the second thread go."""
        self.operator.close()

    def solve(
        self,
        data: Floats,
        *,
        start: Floats | None = None,
        tolerance: float = TOLERANCE,
        accuracy: float = ACCURACY,
        max_iterations: int = MAX_ITERATIONS,
        stage: Stages = NO_STAGES,
    ) -> tuple[Floats, Convergence]:
        """Solutions for one value an observation; arguments as of `solve_iterative`."""
        run = _Run(self, data, start)
        run.iterate(tolerance, accuracy, max_iterations, stage)
        return run.x, run.convergence(accuracy)


class _Run:
    """State of conjugate gradients."""

    def __init__(self, solver: Solver, data: Floats, start: Floats | None) -> None:
        self.operator = operator = solver.operator
        self.preconditioner = solver.preconditioner
        self.data = data
        size = operator.design.size
        self.x = np.zeros(size) if start is None else np.array(start, dtype=np.float64)
        self.x[operator.pinned] = 0.0
        self.q = np.zeros(size)
        self.other = np.zeros(size)
        self.p = np.zeros(size)
        self.r = operator.gather(data, np.empty(size))
        self.norm = float(np.sqrt(self.r @ self.r))
        self.relative = 1.0
        if start is not None:
            self.renew()
        self.terms: deque[float] = deque([np.inf] * DELAY, maxlen=DELAY)
        self.history: list[float] = []
        self.reached = False
        scales = [np.nanmax(b.structure.own, initial=1.0) for b in operator.design.blocks]
        self.scale = float(np.sqrt(max(scales, default=1.0)))

    def renew(self) -> None:
        """Compute the residual afresh."""
        self.q.fill(0.0)
        self.other.fill(0.0)
        self.operator.gather(self.data, self.r)
        self.operator.add_product(self.x, self.q, self.other)
        self.r -= self.q
        self.r -= self.other
        self.relative = float(np.sqrt(self.r @ self.r)) / self.norm if self.norm else 0.0

    @property
    def error(self) -> float:
        """Estimated bound of the errors in standard deviations, as of DELAY iterations ago."""
        return self.scale * float(np.sqrt(sum(self.terms)))

    def iterate(
        self, tolerance: float, accuracy: float, max_iterations: int, stage: Stages
    ) -> None:
        """Up to the stopping rule; then again while rounding has hidden a larger residual."""
        if self.norm == 0.0:  # all records are zero, and so is every solution
            self.x.fill(0.0)
            self.r.fill(0.0)
        before = np.inf
        try:
            for _ in range(RESTARTS):
                self.reached = self._descend(tolerance, accuracy, max_iterations, stage)
                self.renew()
                if not tolerance < self.relative <= 0.5 * before:
                    return
                before = self.relative
        except KeyboardInterrupt:
            self.renew()

    def _descend(
        self, tolerance: float, accuracy: float, max_iterations: int, stage: Stages
    ) -> bool:
        """Conjugate gradients from here; whether the rule was met."""
        vectors = (self.p, self.x, self.r, self.q, self.other)
        rz, beta = self._precondition(), 0.0
        if rz == 0.0:
            self.terms = deque([0.0])
        while len(self.history) < max_iterations and rz > 0.0:
            self._turn(beta)
            energy = self.operator.add_product(self.p, self.q, self.other)
            step = rz / energy
            self.terms.append(step * rz)
            rr, after = self.preconditioner.advance(self.operator, step, vectors)
            beta, rz = after / rz, after
            relative = float(np.sqrt(rr)) / self.norm
            self.history.append(relative)
            self._tell(relative, tolerance, stage)
            if relative <= tolerance and self.error <= accuracy:
                return True
        return rz == 0.0

    def _precondition(self) -> float:
        """q = M^-1 r and p = 0, to start from; r' M^-1 r."""
        for vector in (self.p, self.q, self.other):
            vector.fill(0.0)
        vectors = (self.p, self.x, self.r, self.q, self.other)
        return self.preconditioner.advance(self.operator, 0.0, vectors)[1]

    def _turn(self, beta: float) -> None:
        one, two = halves(self.p.size)
        values: tuple[Any, ...] = (beta, self.p, self.q, self.other)
        self.operator.both(lambda: kernels.turn(*one, *values), lambda: kernels.turn(*two, *values))

    def _tell(self, relative: float, tolerance: float, stage: Stages) -> None:
        done = len(self.history)
        if done % 5 == 0:
            fraction = np.log(max(relative, 1e-300)) / np.log(tolerance)
            words = f"iteration {done + 1}: relative residual {relative:.1e}"
            stage(float(np.clip(fraction, 0.0, 1.0)), words)

    def convergence(self, accuracy: float) -> Convergence:
        """The record of the iterations."""
        rest = self.scale * float(np.sqrt(self._precondition()))  # what rounding has left
        error = max(self.error, rest)
        return Convergence(
            len(self.history),
            self.relative,
            error,
            np.array(self.history),
            self.reached and error <= max(accuracy, PROMISED),
        )
