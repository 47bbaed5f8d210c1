"""Solve the equations: sparse Cholesky, or conjugate gradients for the very large."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from agrigen.errors import ModelError, Problem
from agrigen.evaluation.equations import Equations
from agrigen.evaluation.factor import Factor
from agrigen.pedigree.relationship import symmetric
from agrigen.types import Floats

SolverName = Literal["auto", "direct", "pcg"]
SOLVERS = ("auto", "direct", "pcg")

DIRECT_LIMIT = 2_000_000
"""Equations above which `auto` does not try to factor."""

DIRECT_WORK = 2e12
"""Operations of the factor above which `auto` takes the iterative solver (about 20 minutes)."""

TOLERANCE = 1e-12
"""Residual over right-hand side at which conjugate gradients stop."""

MAX_ITERATIONS = 5_000


@dataclass(frozen=True)
class Solution:
    """Solutions of all unknowns and how they were found."""

    values: Floats
    solver: str
    iterations: int
    converged: bool
    residual: float
    factor: Factor | None


def choose(solver: SolverName, equations: Equations) -> Factor | None:
    """The analyzed factor of a direct solution, or None for the iterative one."""
    if solver not in SOLVERS:
        text = f"There is no solver {solver!r}."
        raise ModelError([Problem("solver", (), text, f"Use one of {', '.join(SOLVERS)}.")])
    if solver == "pcg" or (solver == "auto" and equations.size > DIRECT_LIMIT):
        return None
    factor = Factor(equations.lower)
    return None if solver == "auto" and factor.work > DIRECT_WORK else factor


def solve_direct(equations: Equations, factor: Factor) -> Solution:
    """Factor, solve, and refine once with the residual of the original equations."""
    matrix = symmetric(equations.lower)
    factor.factorize(equations.lower.data)
    values = factor.solve(equations.rhs)
    values += factor.solve(equations.rhs - matrix @ values)
    return Solution(values, "direct", 1, True, _relative(matrix @ values, equations.rhs), factor)


def solve_pcg(equations: Equations) -> Solution:
    """Conjugate gradients with the diagonal as preconditioner (Stranden and Lidauer 1999)."""
    matrix = symmetric(equations.lower)
    inverse_diagonal = 1.0 / matrix.diagonal()
    x = np.zeros(equations.size)
    r = equations.rhs.copy()
    z = inverse_diagonal * r
    p = z.copy()
    rz = float(r @ z)
    target = TOLERANCE * float(np.linalg.norm(r))
    iterations = 0
    while float(np.linalg.norm(r)) > target and iterations < MAX_ITERATIONS:
        q = matrix @ p
        step = rz / float(p @ q)
        x += step * p
        r -= step * q
        z = inverse_diagonal * r
        rz, before = float(r @ z), rz
        p = z + (rz / before) * p
        iterations += 1
    converged = bool(np.linalg.norm(r) <= target)
    residual = _relative(matrix @ x, equations.rhs)
    return Solution(x, "pcg", iterations, converged, residual, None)


def _relative(left: Floats, right: Floats) -> float:
    size = float(np.linalg.norm(right))
    return float(np.linalg.norm(left - right)) / size if size else 0.0
