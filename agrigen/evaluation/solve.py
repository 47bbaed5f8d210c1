"""Solve the equations: sparse Cholesky, or conjugate gradients for the very large."""

from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
from scipy.sparse import csr_array

from agrigen.citations import Citation
from agrigen.errors import ModelError, Problem
from agrigen.evaluation.approximation import Method, approximate_pev
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.dual import DualSolver
from agrigen.evaluation.factor import Factor, SelectedInverse
from agrigen.evaluation.hints import hints_of
from agrigen.evaluation.iterative import Convergence, solve_iterative
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.system import System
from agrigen.types import Floats

SolverName = Literal["auto", "direct", "pcg"]
SOLVERS = ("auto", "direct", "pcg")

ReliabilityName = Literal["auto", "exact", "information", "sampled", "none"]
RELIABILITIES = ("auto", "exact", "information", "sampled", "none")

DIRECT_LIMIT = 4_000_000
"""Equations above which `auto` does not try to factor."""

GENOTYPED_LIMIT = 5_000
"""Genotyped animals above which `auto` does not form an inverse of their relationships."""

DIRECT_WORK = 2e12
"""Operations of the factor above which `auto` takes the iterative solver (about 20 minutes)."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Solutions of all unknowns and how they were found.

    Attributes
    ----------
    pev
        Prediction error variance of every unknown, nan where it is not known.
    reliability, description
        How `pev` was found: exact, information, sampled or none; and in words.
    """

    values: Floats
    solver: str
    convergence: Convergence
    pev: Floats
    reliability: str
    description: str = ""
    citations: tuple[Citation, ...] = ()
    system: System | None = None
    factor: Factor | None = None
    inverse: SelectedInverse | None = None


def solve(
    design: Design,
    covariances: Covariances,
    solver: SolverName,
    stage: Stages,
    *,
    start: Floats | None = None,
    reliability: ReliabilityName = "auto",
) -> Solution:
    """The solver that is asked for; `auto` is direct unless the factor would be too large."""
    _check("solver", solver, SOLVERS)
    _check("reliability", reliability, RELIABILITIES)
    if solver == "direct" or (solver == "auto" and _may_factor(design)):
        stage(0.15, "building the equations")
        system = System(design)
        stage(0.3, "ordering the equations")
        factor = Factor(system.lower, hints_of(design))
        if solver == "direct" or factor.work <= DIRECT_WORK:
            return _direct(system, factor, covariances, stage, reliability)
    if reliability == "exact":
        text = "Exact reliabilities need the direct solver."
        remedy = "Use solver direct, or reliability information or sampled."
        raise ModelError([Problem("reliability", (), text, remedy)])
    return _iterative(design, covariances, stage, start, reliability)


def _may_factor(design: Design) -> bool:
    """Whether the factor of the equations may be worth a try."""
    genotyped = max((len(g.genotypes) for g in design.genomic.values()), default=0)
    return design.size <= DIRECT_LIMIT and genotyped <= GENOTYPED_LIMIT


def _check(what: str, name: str, allowed: tuple[str, ...]) -> None:
    if name not in allowed:
        text = f"There is no {what} {name!r}."
        raise ModelError([Problem(what, (), text, f"Use one of {', '.join(allowed)}.")])


def _direct(
    system: System,
    factor: Factor,
    covariances: Covariances,
    stage: Stages,
    reliability: ReliabilityName,
) -> Solution:
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
    convergence = Convergence(1, residual, residual, np.array([residual]), True)
    solution = Solution(
        values, "direct", convergence, _unknown(system.design), "none", "", (), system, factor
    )
    if reliability in ("auto", "exact"):
        stage(0.65, "computing reliabilities")
        inverse = factor.inverse()
        return replace(solution, pev=inverse.diagonal, reliability="exact", inverse=inverse)
    if reliability == "none":
        return solution
    return _approximated(solution, system.design, covariances, cast(Method, reliability), stage)


def _iterative(
    design: Design,
    covariances: Covariances,
    stage: Stages,
    start: Floats | None,
    reliability: ReliabilityName,
) -> Solution:
    stage(0.15, "solving the equations by iteration")
    inner = stage.within(0.15, 0.65)
    if design.genomic:
        dual = DualSolver(design, covariances, inner)
        values, convergence = dual.solve(design.records.y, start=start, stage=inner)
    else:
        values, convergence = solve_iterative(
            design, covariances, start=start, progress=inner, cancel=stage.cancel
        )
    solution = Solution(values, "pcg", convergence, _unknown(design), "none")
    if reliability == "none" or (reliability == "auto" and design.genomic):
        return solution
    return _approximated(solution, design, covariances, cast(Method, reliability), stage)


def _approximated(
    solution: Solution,
    design: Design,
    covariances: Covariances,
    method: Method,
    stage: Stages,
) -> Solution:
    """Reliabilities that are not exact, and say so."""
    stage(0.65, "approximating reliabilities")
    found = approximate_pev(
        design,
        covariances,
        method=method,
        progress=stage.within(0.65, 0.95),
        cancel=stage.cancel,
    )
    return replace(
        solution,
        pev=found.values,
        reliability=found.method,
        description=found.description,
        citations=found.citations,
    )


def _unknown(design: Design) -> Floats:
    return np.full(design.size, np.nan)


def _times(lower: csr_array, x: Floats) -> Floats:
    """The symmetric matrix of a lower triangle, times x."""
    product: Floats = lower @ x + lower.T @ x - lower.diagonal() * x
    return product
