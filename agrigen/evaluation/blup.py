"""BLUP: from model, records, pedigree and variances to breeding values."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from agrigen.errors import ConvergenceWarning, ModelError, Problem
from agrigen.evaluation.arrays import Design
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from agrigen.evaluation.effects import BAYES_METHODS, Genomic
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.report import Run, result_of
from agrigen.evaluation.result import Components, Evaluation
from agrigen.evaluation.solve import ReliabilityName, Solution, SolverName, solve
from agrigen.evaluation.start import start_from
from agrigen.pedigree import Pedigree
from agrigen.provenance import (
    Stopwatch,
)

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes

Estimate = Literal["none", "reml", "gibbs"]
ESTIMATES = ("none", "reml", "gibbs")


def evaluate(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None = None,
    variances: Mapping[str, Any] | None = None,
    *,
    genotypes: "Genotypes | None" = None,
    estimate: Estimate = "none",
    solver: SolverName = "auto",
    reliability: ReliabilityName = "auto",
    start: Evaluation | None = None,
    options: Mapping[str, Any] | None = None,
    contrasts: Sequence[Mapping[str, Any]] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Evaluation:
    """Best linear unbiased prediction at given or estimated variances.

    y = X b + sum of Z u + e. The levels of an animal effect are related by the pedigree, those
    of other random effects are independent; traits and correlated effects covary within a level,
    traits within a record.

    Parameters
    ----------
    model
        What is fitted.
    data
        One row a record. Empty and NA are missing; what is left out is counted.
    pedigree
        All animals with records must be in it; None for a model without an animal effect.
    variances
        For each block of random effects, by the name of its first effect, and for `residual`: a
        positive number, or a positive definite matrix whose rows are effects, traits within
        effect, coefficients within trait. With `estimate`, where to start (optional).
    genotypes
        Of the animals of a genomic effect.
    estimate
        `reml` or `gibbs` estimate the variances first (`agrigen.reml`, `agrigen.gibbs`).
    solver
        `direct` (sparse Cholesky), `pcg` (conjugate gradients); `auto` is direct unless the factor
        would be too large or more than 5,000 animals are genotyped.
    reliability
        `exact` needs the direct solver; `information` and `sampled` are approximations
        (`approximate_pev`); `none`. `auto` is exact if it can be, otherwise by information; the
        summary says which.
    start
        An earlier evaluation: conjugate gradients start from its solutions.
    options
        Handed to the estimator: max_iterations; iterations, burn_in, thin, chains, seed. With a
        Bayesian genomic effect to `ag.bayes`: these, and priors.
    contrasts
        Differences of interest, as {"effect": "a", "weights": {"ram 1": 1, "ram 2": -1}}; the
        result has their values and exact standard errors (`Evaluation.contrasts`).
    progress
        Called with a fraction and a sentence at every stage.
    cancel
        Asked at every stage; when it says True, `Cancelled` is raised.

    Returns
    -------
    Evaluation
        The same input gives the same bits again.

    Raises
    ------
    DataError, ModelError
        With all problems found.

    References
    ----------
    Henderson 1975, Biometrics 31:423, doi:10.2307/2529430
    """
    stopwatch = Stopwatch()
    stage = Stages(progress, cancel)
    if any(isinstance(e, Genomic) and e.method in BAYES_METHODS for e in model.effects):
        # The samplers use the design and the tables of this package.
        from agrigen.bayesian.door import evaluate_bayes

        return evaluate_bayes(
            model, data, pedigree, genotypes, options or {}, stage, variances=variances,
            estimate=estimate, contrasts=contrasts, start=start,
        )  # fmt: skip
    stage(0.0, "reading records")
    design = build_design(model, data, pedigree, genotypes, stage.within(0.0, 0.1))
    components = None
    if estimate == "none":
        covariances = as_covariances(design, variances or {})
        rest = stage.within(0.1, 1.0)
    else:
        components = _estimated(estimate, design, variances, options, stage.within(0.1, 0.8))
        covariances = as_covariances(design, components.covariances)
        rest = stage.within(0.8, 1.0)
    solution = solve(
        design,
        covariances,
        solver,
        rest,
        start=start_from(design, start),
        reliability=reliability,
    )
    if not solution.convergence.converged:
        warnings.warn(_not_converged(solution), ConvergenceWarning, stacklevel=2)
    rest(0.95, "writing the tables")
    result = result_of(
        Run(
            design,
            covariances,
            solution,
            pedigree,
            data,
            components,
            estimate,
            stopwatch,
            contrasts,
        )
    )
    stage(1.0, "done")
    return result


def _estimated(
    estimate: Estimate,
    design: Design,
    variances: Mapping[str, Any] | None,
    options: Mapping[str, Any] | None,
    stage: Stages,
) -> Components:
    """Variance components by the method that is asked for."""
    # The estimators use the design and the equations of this package.
    from agrigen.variance import estimators

    if estimate not in estimators:
        text = f"There is no estimate {estimate!r}."
        raise ModelError([Problem("estimate", (), text, f"Use one of {', '.join(ESTIMATES)}.")])
    return estimators[estimate](design, variances, stage, **(options or {}))


def _not_converged(solution: Solution) -> str:
    found = solution.convergence
    return (
        f"The solver stopped after {found.iterations} iterations at a relative residual of "
        f"{found.residual:.1e}. Use solver='direct', or check the variances."
    )
