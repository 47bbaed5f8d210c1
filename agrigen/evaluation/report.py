"""The result of an evaluation: tables, summary, diagnostics, provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.evaluation import ratios, tables
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.contrasts import contrasts
from agrigen.evaluation.covariances import as_mapping
from agrigen.evaluation.likelihood import log_likelihood
from agrigen.evaluation.reader import columns_of
from agrigen.evaluation.result import Components, Evaluation
from agrigen.evaluation.solve import Solution
from agrigen.pedigree import Pedigree
from agrigen.provenance import Stopwatch, __version__, hash_columns, peak_memory_mb, record


@dataclass(frozen=True, eq=False)
class Run:
    """Everything that the result is written from."""

    design: Design
    covariances: Covariances
    solution: Solution
    pedigree: Pedigree | None
    data: pd.DataFrame
    components: Components | None
    estimate: str
    stopwatch: Stopwatch
    contrasts: Sequence[Mapping[str, Any]]


def result_of(run: Run) -> Evaluation:
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
        tables.marker_effects(design, covariances, solution),
        contrasts(design, solution, run.contrasts),
        run if design.genomic else None,
    )


def _summary(run: Run, given: dict[str, Any]) -> dict[str, Any]:
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


def _animals(run: Run) -> dict[str, int]:
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


def _log_likelihood(run: Run) -> float | None:
    """REML log-likelihood at the variances; the direct solver only has the determinant."""
    solution = run.solution
    if solution.factor is None or solution.system is None:
        return None
    return log_likelihood(solution.system, run.covariances, solution.values, solution.factor.logdet)


def _diagnostics(run: Run) -> dict[str, Any]:
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


def _inputs(run: Run) -> dict[str, Any]:
    columns = [run.data[name] for name in columns_of(run.design.model)]
    inputs = {"records": {"sha256": hash_columns(*columns), "rows": len(run.data)}}
    if run.pedigree is not None:
        p = run.pedigree
        inputs["pedigree"] = {"sha256": hash_columns(p.ids, p.sire, p.dam), "rows": len(p)}
    for covariance in run.design.genomic.values():
        g = covariance.genotypes
        inputs["genotypes"] = {"sha256": g.sha256, "rows": len(g.ids)}
    return inputs


def _citations(run: Run) -> tuple[papers.Citation, ...]:
    found = [papers.HENDERSON_1975]
    if run.design.genomic:
        found.append(papers.VANRADEN_2008)
    structures = [block.structure for block in run.design.blocks]
    if any(s.dense is not None and s.sire is not None for s in structures):
        found += [papers.AGUILAR_2010, papers.CHRISTENSEN_2010]
    if any(covariance.core is not None for covariance in run.design.genomic.values()):
        found.append(papers.MISZTAL_2016)
    if any(s.base is not None and s.base.any() for s in structures):
        found.append(papers.LEGARRA_2015)
    if any(block.structure.sire is not None for block in run.design.blocks):
        found.append(papers.HENDERSON_1976)
        if run.design.model.inbreeding:
            found += [papers.QUAAS_1976, papers.SARGOLZAEI_2005]
    if run.components is not None:
        found += run.components.citations
    if run.solution.factor is None:
        found += [papers.MISZTAL_2009] if run.design.genomic else []
        return (*found, papers.STRANDEN_1999, *run.solution.citations)
    return (*found, papers.AMESTOY_1996, papers.ERISMAN_1975, *run.solution.citations)


def _resources(provenance: dict[str, Any]) -> dict[str, Any]:
    return {
        "seconds": provenance["resources"]["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "version": __version__,
        "inputs": provenance["inputs"],
    }
