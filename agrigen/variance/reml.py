"""Variance components by restricted maximum likelihood: the public side."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.errors import Cancelled, ConvergenceWarning, ModelError, Problem
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.covariances import as_mapping
from agrigen.evaluation.design import build_design
from agrigen.evaluation.model import Animal, Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.reader import columns_of
from agrigen.evaluation.solve import DIRECT_LIMIT, DIRECT_WORK
from agrigen.evaluation.variances import RESIDUAL, check_variances
from agrigen.genotypes import Genotypes
from agrigen.pedigree import Pedigree
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.types import Floats
from agrigen.variance.likelihood import Likelihood
from agrigen.variance.optimize import MAX_ITERATIONS, TOLERANCE, reml_on
from agrigen.variance.result import Reml
from agrigen.variance.sampled import SAMPLES, SampledLikelihood
from agrigen.variance.terms import default_start, terms_of

Traces = Literal["auto", "exact", "sampled"]
TRACES = ("auto", "exact", "sampled")

SAMPLED_TOLERANCE = 1e-6
"""Far below what samples can tell."""


def reml(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None = None,
    *,
    genotypes: Genotypes | None = None,
    start: Mapping[str, Any] | None = None,
    fix: Sequence[str] = (),
    max_iterations: int = MAX_ITERATIONS,
    em_iterations: int = 0,
    tolerance: float = TOLERANCE,
    traces: Traces = "auto",
    samples: int = SAMPLES,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Reml:
    """Restricted maximum likelihood estimates of all variances and covariances of a model.

    Average-information REML with exact traces by the selected inverse. Steps that would leave
    the space are bent or halved; where the likelihood rises along no part of such a step, a step
    of the EM algorithm is taken. Variances that go to zero and correlations that go to one are
    followed to the edge of the space and named in `notes`.

    Parameters
    ----------
    model, data, pedigree, genotypes
        As for `evaluate`.
    start
        Where to begin, as `evaluate` takes variances; blocks that are not named begin at their
        part of the phenotypic variance.
    fix
        Effects, `residual`, or single parameters (named as in `Reml.variances.parameter`) that
        stay where they start.
    max_iterations
        Each costs a factor and a selected inverse of the equations.
    em_iterations
        So many iterations of EM come first.
    tolerance
        Gain of log-likelihood to be expected of a further iteration, below which one is the last.
    traces
        `exact` by the selected inverse; `sampled` by Monte Carlo and conjugate gradients, for
        models beyond memory; `auto` is exact unless the factor would be too large.
    samples
        Drawn for `sampled`: the estimates have an error of their standard error over the root of
        this number, and no log-likelihood is known.
    progress, cancel
        As for `evaluate`; asked at every iteration.

    Returns
    -------
    Reml
        The same input gives the same bits again.

    Raises
    ------
    DataError, ModelError
        With all problems found; also for parameters that the records cannot tell apart.
    Cancelled
        On `cancel`, and on an interrupt from the keyboard: `.state` holds the variances reached,
        to be given as `start`.

    Notes
    -----
    Assumes normal random effects and residuals. At the edge of the space standard errors are
    those of the model without what converged to zero.

    References
    ----------
    Patterson and Thompson 1971, Biometrika 58:545, doi:10.1093/biomet/58.3.545
    Gilmour, Thompson and Cullis 1995, Biometrics 51:1440, doi:10.2307/2533274
    Johnson and Thompson 1995, J Dairy Sci 78:449, doi:10.3168/jds.S0022-0302(95)76654-1
    """
    stopwatch = Stopwatch()
    stage = Stages(progress, cancel)
    stage(0.0, "reading records")
    design = build_design(model, data, pedigree, genotypes)
    inputs = {
        "records": {
            "sha256": hash_columns(*(data[name] for name in columns_of(model))),
            "rows": len(data),
        }
    }
    if pedigree is not None:
        digest = hash_columns(pedigree.ids, pedigree.sire, pedigree.dam)
        inputs["pedigree"] = {"sha256": digest, "rows": len(pedigree)}
    return reml_of(
        design,
        start,
        stage.within(0.1, 1.0),
        fix=fix,
        max_iterations=max_iterations,
        em_iterations=em_iterations,
        tolerance=tolerance,
        traces=traces,
        samples=samples,
        inputs=inputs,
        stopwatch=stopwatch,
    )


def reml_of(
    design: Design,
    start: Mapping[str, Any] | None,
    stage: Stages,
    *,
    fix: Sequence[str] = (),
    max_iterations: int = MAX_ITERATIONS,
    em_iterations: int = 0,
    tolerance: float = TOLERANCE,
    traces: Traces = "auto",
    samples: int = SAMPLES,
    inputs: Mapping[str, Any] | None = None,
    stopwatch: Stopwatch | None = None,
) -> Reml:
    """The same for a design that is there already."""
    stopwatch = stopwatch or Stopwatch()
    stage(0.0, "ordering the equations")
    likelihood = _likelihood(design, traces, samples)
    sampled = isinstance(likelihood, SampledLikelihood)
    try:
        fit = reml_on(
            design,
            starting(design, start),
            fix=fix,
            max_iterations=max_iterations,
            em_iterations=em_iterations,
            tolerance=max(tolerance, SAMPLED_TOLERANCE) if sampled else tolerance,
            likelihood=likelihood,
            stage=stage,
        )
    except Cancelled as stop:
        if isinstance(stop.state, Covariances):
            stop.state = as_mapping(design, stop.state)
        raise
    notes = (*fit.edges, *fit.notes, *(_sampled_notes(samples) if sampled else ()))
    if not fit.converged:
        text = (
            f"REML stopped after {fit.iterations} iterations before it converged. Go on from "
            "start=result.covariances, or use a simpler model."
        )
        warnings.warn(text, ConvergenceWarning, stacklevel=3)
    provenance = record(
        {
            "model": design.model.to_mapping(),
            "start": dict(start) if start else None,
            "fix": list(fix),
            "max_iterations": max_iterations,
            "em_iterations": em_iterations,
            "tolerance": tolerance,
            "traces": "sampled" if sampled else "exact",
            **({"samples": samples} if sampled else {}),
        },
        dict(inputs or {}),
        seconds=stopwatch.seconds,
    )
    return Reml(
        fit.log_likelihood,
        fit.parameters,
        fit.degrees,
        fit.converged,
        notes,
        provenance,
        _citations(design),
        fit,
        design,
    )


def _likelihood(design: Design, traces: Traces, samples: int) -> Likelihood:
    """By the selected inverse, or by samples where that is asked for or would take too long."""
    if traces not in TRACES:
        text = f"There are no traces {traces!r}."
        raise ModelError([Problem("traces", (), text, f"Use one of {', '.join(TRACES)}.")])
    if samples < 2:
        text = f"{samples} samples are too few."
        raise ModelError([Problem("samples", (), text, "Use 2 or more; 20 are usual.")])
    if traces == "sampled" or (traces == "auto" and design.size > DIRECT_LIMIT):
        return SampledLikelihood(design, samples)
    likelihood = Likelihood(design)
    if traces == "auto" and likelihood.factor.work > DIRECT_WORK:
        return SampledLikelihood(design, samples)
    return likelihood


def _sampled_notes(samples: int) -> tuple[Problem, ...]:
    text = (
        f"Traces are by {samples} samples: the estimates have a Monte Carlo error of about "
        f"{1 / np.sqrt(samples):.2f} standard errors, and their log-likelihood is not known."
    )
    return (Problem("sampled", (), text, "More samples make it smaller."),)


def starting(design: Design, given: Mapping[str, Any] | None) -> Covariances | None:
    """Given matrices, and the default of those that are not."""
    if not given:
        return None
    checked = check_variances(design.model, given, complete=False)
    default = default_start(terms_of(design))
    blocks: list[Floats] = []
    for block, matrix in zip(design.blocks, default, strict=False):
        blocks.append(_matrix(checked.get(block.name), matrix))
    residual = default[len(design.blocks) :]
    chosen = checked.get(RESIDUAL)
    for g, group in enumerate(design.groups):
        own = chosen.get(group) if isinstance(chosen, Mapping) else chosen
        residual[g] = _matrix(own, residual[g])
    return Covariances(tuple(blocks), np.stack(residual))


def _matrix(given: Any, default: Floats) -> Floats:
    return default if given is None else np.array(given, dtype=float)


def _citations(design: Design) -> tuple[papers.Citation, ...]:
    found = [papers.PATTERSON_1971, papers.GILMOUR_1995, papers.JOHNSON_1995, papers.ERISMAN_1975]
    if any(block.structure.sire is not None for block in design.blocks):
        found += [papers.HENDERSON_1976]
        if design.model.inbreeding:
            found += [papers.QUAAS_1976]
    genetic = [e for e in design.model.random if isinstance(e, Animal)]
    if len(genetic) > 1:
        found.append(papers.WILLHAM_1972)
    return (*found, papers.HOULE_2015)
