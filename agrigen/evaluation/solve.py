"""Solve the equations: sparse Cholesky, or conjugate gradients for the very large."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from agrigen.errors import ModelError, Problem
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.factor import Factor, SelectedInverse
from agrigen.evaluation.hints import hints_of
from agrigen.evaluation.iterative import Convergence, solve_iterative
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.system import System
from agrigen.types import Floats

SolverName = Literal["auto", "direct", "pcg"]
SOLVERS = ("auto", "direct", "pcg")

DIRECT_LIMIT = 4_000_000
"""Equations above which `auto` does not try to factor."""

DIRECT_WORK = 2e12
"""Operations of the factor above which `auto` takes the iterative solver (about 20 minutes)."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Solutions of all unknowns and how they were found."""

    values: Floats
    solver: str
    convergence: Convergence
    system: System | None = None
    factor: Factor | None = None
    inverse: SelectedInverse | None = None


def solve(
    design: Design,
    covariances: Covariances,
    solver: SolverName,
    stage: Stages,
    start: Floats | None,
) -> Solution:
    """The solver that is asked for; `auto` is direct unless the factor would be too large."""
    if solver not in SOLVERS:
        text = f"There is no solver {solver!r}."
        raise ModelError([Problem("solver", (), text, f"Use one of {', '.join(SOLVERS)}.")])
    if solver == "direct" or (solver == "auto" and design.size <= DIRECT_LIMIT):
        stage(0.15, "building the equations")
        system = System(design)
        stage(0.3, "ordering the equations")
        factor = Factor(system.lower, hints_of(design))
        if solver == "direct" or factor.work <= DIRECT_WORK:
            return _direct(system, factor, covariances, stage)
    stage(0.4, "solving the equations by iteration")
    values, convergence = solve_iterative(
        design,
        covariances,
        start=start,
        progress=stage.within(0.4, 0.95),
        cancel=stage.cancel,
    )
    return Solution(values, "pcg", convergence)


def _direct(system: System, factor: Factor, covariances: Covariances, stage: Stages) -> Solution:
    """Factor, solve, and refine once with the residual of the original equations."""
    stage(0.4, "solving the equations")
    lower = system.lower
    lower.data = system.values(covariances)
    rhs = system.rhs(covariances)
    factor.factorize(lower.data)
    values = factor.solve(rhs)
    values += factor.solve(rhs - _times(lower, values))
    size = float(np.linalg.norm(rhs)) or 1.0
    residual = float(np.linalg.norm(_times(lower, values) - rhs)) / size
    stage(0.65, "computing reliabilities")
    convergence = Convergence(1, residual, residual, np.array([residual]), True)
    return Solution(values, "direct", convergence, system, factor, factor.inverse())


def _times(lower: csr_array, x: Floats) -> Floats:
    """The symmetric matrix of a lower triangle, times x."""
    product: Floats = lower @ x + lower.T @ x - lower.diagonal() * x
    return product
