"""BLUP: from model, records, pedigree and variances to breeding values."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse.linalg import spsolve

from agrigen import citations as papers
from agrigen.errors import ConvergenceWarning, ModelError, Problem
from agrigen.evaluation import ratios, tables
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.contrasts import contrasts as contrasts_of
from agrigen.evaluation.covariances import as_covariances, as_mapping
from agrigen.evaluation.design import build_design
from agrigen.evaluation.likelihood import log_likelihood
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.reader import columns_of
from agrigen.evaluation.result import Components, Evaluation
from agrigen.evaluation.solve import ReliabilityName, Solution, SolverName, solve
from agrigen.pedigree import Pedigree
from agrigen.provenance import (
    Stopwatch,
    __version__,
    hash_columns,
    peak_memory_mb,
    record,
)
from agrigen.types import Floats

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
        would be too large.
    reliability
        `exact` needs the direct solver; `information` and `sampled` are approximations
        (`approximate_pev`); `none`. `auto` is exact if it can be, otherwise by information; the
        summary says which.
    start
        An earlier evaluation: conjugate gradients start from its solutions.
    options
        Handed to the estimator: max_iterations; iterations, burn_in, thin, chains, seed.
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
    stage(0.0, "reading records")
    design = build_design(model, data, pedigree, genotypes)
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
        start=_start(design, start),
        reliability=reliability,
    )
    if not solution.convergence.converged:
        warnings.warn(_not_converged(solution), ConvergenceWarning, stacklevel=2)
    rest(0.95, "writing the tables")
    result = _result(
        _Run(
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


@dataclass(frozen=True, eq=False)
class _Run:
    """Everything that the result is written from."""

    design: Design
    covariances: Covariances
    solution: Solution
    pedigree: Pedigree | None
    data: pd.DataFrame
    components: Components | None
    estimate: Estimate
    stopwatch: Stopwatch
    contrasts: Sequence[Mapping[str, Any]]


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


def _start(design: Design, start: Evaluation | None) -> Floats | None:
    """Solutions of an earlier evaluation in the order of this one; 0 where there were none."""
    if start is None:
        return None
    before = start.solutions.assign(coefficient=start.solutions["coefficient"].fillna(-1))
    known = {
        (str(effect), str(trait), int(order)): pd.Series(
            rows["solution"].to_numpy(), index=rows["level"].astype(str)
        )
        for (effect, trait, order), rows in before.groupby(["effect", "trait", "coefficient"])
    }
    values = np.zeros(design.size)
    for block in design.blocks:
        names = block.structure.names.astype(str)
        for place, component in enumerate(block.components):
            order = -1 if component.coefficient is None else component.coefficient
            found = known.get((component.effect, component.trait, order))
            if found is not None:
                levels = found.reindex(names).fillna(0.0).to_numpy()
                values[block.offset + place : block.span.stop : block.width] = levels
    raw = np.zeros(design.fixed.stop - design.fixed.start)
    for c in design.coefficients:
        found = known.get((c.effect, c.trait, -1 if c.order is None else c.order))
        if c.place >= 0 and found is not None:
            raw[c.place] = found.get(c.level, 0.0)
    values[design.fixed] = spsolve(design.report.tocsc(), raw)
    return values


def _not_converged(solution: Solution) -> str:
    found = solution.convergence
    return (
        f"The solver stopped after {found.iterations} iterations at a relative residual of "
        f"{found.residual:.1e}. Use solver='direct', or check the variances."
    )


def _result(run: _Run) -> Evaluation:
    design, covariances, solution = run.design, run.covariances, run.solution
    errors = run.components.errors if run.components is not None else None
    given = as_mapping(design, covariances)
    provenance = record(
        {
            "model": design.model.to_mapping(),
            "variances": given,
            "estimate": run.estimate,
            "solver": solution.solver,
        },
        _inputs(run),
        seconds=run.stopwatch.seconds,
    )
    return Evaluation(
        design.model,
        tables.breeding_values(design, covariances, solution, run.pedigree),
        tables.solutions(design, covariances, solution),
        tables.variances(design, covariances, errors),
        {**_summary(run, given), **_resources(provenance)},
        _diagnostics(run),
        provenance,
        _citations(run),
        run.components,
        tables.marker_effects(design, solution),
        contrasts_of(design, solution, run.contrasts),
    )


def _summary(run: _Run, given: dict[str, Any]) -> dict[str, Any]:
    design, solution = run.design, run.solution
    used = int(design.records.weight.size)
    traits = np.bincount(design.records.trait, minlength=len(design.model.traits))
    converged = solution.convergence.converged
    if run.components is not None:
        converged = converged and run.components.converged
    return {
        "model": design.model.to_mapping(),
        "records": {
            "read": design.read,
            "used": used,
            "dropped": design.read - used,
            "reasons": design.dropped,
            "by_trait": dict(zip(design.model.traits, traits.tolist(), strict=True)),
        },
        "animals": _animals(run),
        "levels": {block.name: block.levels for block in design.blocks},
        "equations": design.size - int(design.pinned.sum()),
        "fixed_rank": design.rank,
        "dependent": _dependent(design),
        "notes": [*map(str, design.notes), *filter(None, [solution.description])],
        "solver": solution.solver,
        "iterations": solution.convergence.iterations,
        "converged": converged,
        "reliability": solution.reliability,
        "estimate": run.estimate,
        "log_likelihood": _log_likelihood(run),
        "variances": given,
        "heritability": ratios.heritabilities(design, run.covariances),
        "repeatability": ratios.repeatabilities(design, run.covariances),
        "correlations": [asdict(c) for c in ratios.correlations(design, run.covariances)],
    }


def _animals(run: _Run) -> dict[str, int]:
    block = next((b for b in run.design.blocks if b.structure.genetic), None)
    if block is None:
        return {"evaluated": 0, "with_records": 0, "implied_founders": 0}
    effect = run.design.model.animal
    mine = [i for i, c in enumerate(block.components) if effect and c.effect == effect.name]
    records = sum(tables.records_of(run.design, block, place) for place in mine)
    return {
        "evaluated": block.levels - len(run.pedigree.groups if run.pedigree else ()),
        "with_records": int(np.count_nonzero(records)),
        "implied_founders": len(run.pedigree.implied_founders) if run.pedigree else 0,
    }


def _dependent(design: Design) -> list[str]:
    """Fixed columns, and fixed groups, that are held at zero because others say the same."""
    several = len(design.model.traits) > 1
    first = design.fixed.start
    names = [
        f"{c.effect} {c.level}".strip()
        + (f" ^{c.order}" if c.order else "")
        + (f" of {c.trait}" if several else "")
        for c in design.coefficients
        if c.place >= 0 and design.pinned[first + c.place]
    ]
    for block in design.blocks:
        for place in np.flatnonzero(design.pinned[block.span]):
            level, component = divmod(int(place), block.width)
            names.append(f"group {block.structure.names[level]} of {block.components[component]}")
    return names


def _log_likelihood(run: _Run) -> float | None:
    """REML log-likelihood at the variances; the direct solver only has the determinant."""
    solution = run.solution
    if solution.factor is None or solution.system is None:
        return None
    return log_likelihood(solution.system, run.covariances, solution.values, solution.factor.logdet)


def _diagnostics(run: _Run) -> dict[str, Any]:
    solution, factor = run.solution, run.solution.factor
    return {
        "solver": solution.solver,
        "iterations": solution.convergence.iterations,
        "converged": solution.convergence.converged,
        "relative_residual": solution.convergence.residual,
        "history": [float(value) for value in solution.convergence.history],
        "equations": run.design.size,
        "nonzeros": int(solution.system.lower.nnz) if solution.system else None,
        "factor_nonzeros": factor.nonzeros if factor else None,
        "factor_operations": factor.work if factor else None,
        "dense_tail": factor.size - factor.sparse if factor else None,
    }


def _inputs(run: _Run) -> dict[str, Any]:
    columns = [run.data[name] for name in columns_of(run.design.model)]
    inputs = {"records": {"sha256": hash_columns(*columns), "rows": len(run.data)}}
    if run.pedigree is not None:
        p = run.pedigree
        inputs["pedigree"] = {"sha256": hash_columns(p.ids, p.sire, p.dam), "rows": len(p)}
    for covariance in run.design.genomic.values():
        g = covariance.genotypes
        inputs["genotypes"] = {"sha256": g.sha256, "rows": len(g.ids)}
    return inputs


def _citations(run: _Run) -> tuple[papers.Citation, ...]:
    found = [papers.HENDERSON_1975]
    if run.design.genomic:
        found.append(papers.VANRADEN_2008)
    structures = [block.structure for block in run.design.blocks]
    if any(s.dense is not None and s.sire is not None for s in structures):
        found += [papers.AGUILAR_2010, papers.CHRISTENSEN_2010]
    if any(block.structure.sire is not None for block in run.design.blocks):
        found.append(papers.HENDERSON_1976)
        if run.design.model.inbreeding:
            found += [papers.QUAAS_1976, papers.SARGOLZAEI_2005]
    if run.components is not None:
        found += run.components.citations
    if run.solution.factor is None:
        return (*found, papers.STRANDEN_1999, *run.solution.citations)
    return (*found, papers.AMESTOY_1996, papers.ERISMAN_1975, *run.solution.citations)


def _resources(provenance: dict[str, Any]) -> dict[str, Any]:
    return {
        "seconds": provenance["resources"]["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "version": __version__,
        "inputs": provenance["inputs"],
    }
