"""Bayesian regression on markers: the public side."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import block_diag, csr_array

from agrigen import citations as cited
from agrigen.bayesian import papers
from agrigen.bayesian.chain import Layout, Levels
from agrigen.bayesian.convergence import advice, doubtful, summarize
from agrigen.bayesian.covariates import Covariates, blocks, dense, packed, used_markers
from agrigen.bayesian.imputed import NAME as IMPUTED
from agrigen.bayesian.imputed import Imputation
from agrigen.bayesian.priors import BayesPriors, Resolved, read_priors, resolve
from agrigen.bayesian.reading import Task, read
from agrigen.bayesian.result import Bayes
from agrigen.bayesian.sampling import Kept, sample
from agrigen.bayesian.values import Effects, of_all_animals, table
from agrigen.citations import Citation
from agrigen.errors import ConvergenceWarning, DataError, ModelError, Problem
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.reader import columns_of
from agrigen.evaluation.threads import plain_blas
from agrigen.genotypes import Genotypes, packing
from agrigen.pedigree import Pedigree
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.random import Seed, generator
from agrigen.types import Floats, Integers
from agrigen.variance.gibbs import Plan

Precision = Literal["single", "double"]
ITERATIONS, BURN_IN, THIN, CHAINS = 12_000, 2_000, 5, 2


@dataclass(frozen=True, eq=False)
class Setup:
    """A task with everything that its chains share."""

    task: Task
    priors: Resolved
    layout: Layout
    imputation: Imputation | None
    places: Integers
    mean: Floats
    report: csr_array
    shifted: bool


def bayes(
    model: Model | str,
    data: pd.DataFrame,
    genotypes: Genotypes,
    *,
    method: str | None = None,
    pedigree: Pedigree | None = None,
    single_step: bool | None = None,
    priors: BayesPriors | Mapping[str, Any] | None = None,
    iterations: int = ITERATIONS,
    burn_in: int = BURN_IN,
    thin: int = THIN,
    chains: int = CHAINS,
    rng: Seed = None,
    precision: Precision = "single",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Bayes:
    """Sample the effects of all markers together, from their posterior distribution.

    y = X b + sum of Z u + M a + e: fixed effects, other random effects (independent levels, or
    animals of a pedigree) and the markers, with missing genotypes at their mean. Fixed effects have
    flat priors; the method says what is believed about the effects of the markers.

    Parameters
    ----------
    model
        A model with one genomic effect, or its formula, `weight ~ sex + genomic(animal)`; or a
        trait, with an intercept and animals of the column `animal` or `id`.
    data, genotypes
        Animals with records need genotypes, but in a single step.
    method
        ridge (Bayesian ridge regression), bayes_a, bayes_b, bayes_c, bayes_cpi, bayes_r,
        bayes_lasso; by default that of the genomic effect.
    pedigree
        Of animal effects, and of a single step.
    single_step
        Animals without genotypes have imputed covariates and a residual of the imputation
        (Fernando, Dekkers and Garrick 2014).
    priors
        `ag.BayesPriors`, or a mapping of its parts.
    iterations, burn_in, thin, chains
        Of all iterations of a chain the first `burn_in` are discarded and then every `thin`-th is
        kept. Chains run on threads; all but the first start elsewhere.
    rng
        A seed or a generator: the same seed gives the same bits.
    precision
        What markers are multiplied with residuals in; sums of a chain are in double precision, and
        a relative error of 1e-7 in a conditional mean is far below its standard deviation.
    progress, cancel
        Told and asked about twice a second. Cancelled or interrupted (Ctrl-C), the samples so far
        are given, if each chain has 20.

    Returns
    -------
    Bayes

    Raises
    ------
    DataError, GenotypeError, ModelError
        With what is wrong, and what to do.

    References
    ----------
    Meuwissen, Hayes and Goddard 2001; Habier et al. 2011; Erbe et al. 2012; Park and Casella 2008;
    Perez and de los Campos 2014; Fernando, Dekkers and Garrick 2014
    """
    stopwatch, stage = Stopwatch(), Stages(progress, cancel)
    plan = Plan(iterations, burn_in, thin, chains)
    if precision not in ("single", "double"):
        text = f"precision is {precision!r}."
        raise ModelError([Problem("precision", (), text, "Give single or double.")])
    given = read_priors(priors)
    stage(0.0, "reading records")
    task = read(model, data, genotypes, pedigree, method, single_step=single_step)
    stage(0.01, "preparing the markers")
    setup = prepare(task, given, np.float32 if precision == "single" else np.float64)
    kept = sample(setup.layout, plan, generator(rng), setup.report, stage.within(0.05, 0.95))
    if kept.complete:
        stage(0.95, "breeding values")
    parameters = {
        "model": task.model.to_mapping(),
        "method": task.method.name,
        "single_step": task.single_step,
        "priors": setup.priors.to_mapping(),
        "precision": precision,
        **vars(plan),
    }
    seed = rng if isinstance(rng, int) else None
    provenance = record(parameters, _inputs(task, data), seconds=stopwatch.seconds, seed=seed)
    with plain_blas():
        result = result_of(setup, kept, plan, provenance, stopwatch)
    if not result.converged:
        warnings.warn(f"Not converged. {result.advice()}", ConvergenceWarning, stacklevel=2)
    if kept.complete:
        stage(1.0, "done")
    return result


def prepare(task: Task, given: BayesPriors, dtype: Any) -> Setup:
    """Covariates, priors, and what sampling the other effects needs."""
    imputation = None
    if task.single_step and task.pedigree is not None:
        imputation = Imputation(task.pedigree, task.genotypes.ids, inbreeding=task.model.inbreeding)
    places, mean = _markers(task)
    covariates = _covariates(task, imputation, places, mean, dtype)
    task, shifted, levels = _levels(task, imputation)
    weight = covariates.weight[covariates.place].astype(np.float64)
    priors = resolve(
        given,
        task.method,
        phenotypic=task.phenotypic_variance,
        marker_variances=covariates.diagonal / weight.sum(),
        others={part.block.name: _scale(part) for part in levels},
    )
    report = csr_array(task.design.report[:, task.kept])
    if shifted:
        report = csr_array(block_diag([report, np.ones((1, 1))], format="csr"))
    layout = Layout(task.y, task.weight, task.fixed, task.animal, covariates, levels, priors, dtype)
    return Setup(task, priors, layout, imputation, places, mean, report, shifted)


def _markers(task: Task) -> tuple[Integers, Floats]:
    """Markers that vary among the animals that tell about them, and their mean dosages."""
    there = task.genotyped >= 0
    genotypes = task.genotypes
    if not task.single_step:
        genotypes = genotypes[task.genotyped[there]]
    counts = genotypes.counts()
    used = np.flatnonzero(used_markers(counts))
    if not used.size and not task.single_step:
        text = "No marker varies among the animals with records."
        raise DataError([Problem("no_markers", (), text, "Check the ids and the genotypes.")])
    two, one, none, _ = counts[used].T
    return used, (2 * two + one) / np.maximum(two + one + none, 1)


def _covariates(
    task: Task, imputation: Imputation | None, places: Integers, mean: Floats, dtype: Any
) -> Covariates:
    weight = task.animal_weight
    if imputation is None:
        return packed(task.genotypes[task.genotyped, places], mean, weight, dtype)
    if (task.genotyped >= 0).all():
        return packed(task.genotypes[task.genotyped, places], mean, weight, dtype)
    assert task.pedigree is not None
    animals = task.pedigree.index_many(task.ids)
    values = np.empty((places.size, len(task.ids)), dtype)
    for first, last in blocks(places.size, 256):
        dosages = packing.unpack(
            task.genotypes.packed[places[first:last]], len(task.genotypes), np.int8
        )
        x = np.where(dosages < 0, 0.0, dosages - mean[first:last])
        rows = imputation.spread(x)[animals].T
        # Their mean goes to the intercept, which moves freely; the chain mixes better so.
        values[first:last] = rows - np.average(rows, axis=1, weights=weight)[:, None]
    return dense(values, weight, dtype)


def _levels(task: Task, imputation: Imputation | None) -> tuple[Task, bool, tuple[Levels, ...]]:
    """The other random effects, and the mean of the genotyped animals as a fixed column."""
    pinned = task.design.pinned
    levels = [Levels.of(b, task.entries(b), pinned[b.span]) for b in task.blocks]
    if imputation is None or task.pedigree is None or not imputation.others.size:
        return task, False, tuple(levels)
    animals = task.pedigree.index_many(task.ids)[task.animal]
    before = task.fixed.shape[1]
    if imputation.known.size:
        ones = -imputation.spread(np.ones(imputation.known.size))
        task = task.with_column(ones[animals])
    rows = np.flatnonzero(~imputation.is_known[animals])
    order = rows[np.argsort(animals[rows], kind="stable")]
    start = np.zeros(len(imputation.structure) + 1, np.int64)
    start[1:] = np.cumsum(np.bincount(animals[rows], minlength=len(imputation.structure)))
    entries = (start, order.astype(np.int32), np.ones(order.size))
    block = imputation.block(task.model.trait)
    levels.append(Levels.of(block, entries, imputation.is_known))
    return task, task.fixed.shape[1] > before, tuple(levels)


def _scale(levels: Levels) -> float:
    """Mean diagonal of the relationships of the levels."""
    scale = levels.block.structure.scale[~levels.pinned]
    known = scale[np.isfinite(scale)]
    return float(known.mean()) if known.size else 1.0


def result_of(
    setup: Setup, kept: Kept, plan: Plan, provenance: dict[str, Any], stopwatch: Stopwatch
) -> Bayes:
    """Tables from what was kept."""
    task = setup.task
    summary = summarize(kept.names, kept.trace)
    effects = Effects(setup.places, setup.mean, kept)
    frame = pd.DataFrame(kept.trace.reshape(-1, len(kept.names)), columns=kept.names)
    chains, draws = kept.trace.shape[:2]
    frame.insert(0, "chain", np.repeat(np.arange(1, chains + 1), draws))
    frame.insert(1, "iteration", np.tile(kept.iterations, chains))
    words = advice(summary, draws, chains, complete=kept.complete)
    return Bayes(
        model=task.model,
        method=task.method,
        breeding_values=_breeding_values(setup, effects),
        marker_effects=_marker_effects(setup, kept),
        solutions=_solutions(setup, kept),
        summary=summary,
        samples=frame,
        priors=setup.priors,
        converged=kept.complete and doubtful(summary).empty,
        complete=kept.complete,
        notes=_notes(setup, kept),
        rate=kept.steps / max(stopwatch.seconds, 1e-9),
        provenance=provenance,
        citations=_citations(setup),
        advised=words,
        effects=effects,
        genotypes=task.genotypes,
        setup=setup,
    )


def _breeding_values(setup: Setup, effects: Effects) -> pd.DataFrame:
    task, kept = setup.task, effects.kept
    name = task.effect.name
    imputed = None
    if setup.imputation is not None and len(setup.layout.levels) > len(task.blocks):
        imputed = kept.levels[len(task.blocks)]
    value, drawn, spread = of_all_animals(
        effects, task.genotypes, setup.imputation, imputed,
        float(kept.fixed[-1]) if setup.shifted else 0.0,
        kept.stored_last if setup.shifted else None,
    )  # fmt: skip
    records = np.bincount(task.animal, minlength=len(task.ids))
    if setup.imputation is None or task.pedigree is None:
        ids, genotyped = task.genotypes.ids, np.ones(len(task.genotypes), np.bool_)
        counts = np.zeros(len(ids), np.int64)
        counts[task.genotyped] = records
        inbreeding = None
    else:
        ids, genotyped = task.pedigree.ids, setup.imputation.is_known
        counts = np.zeros(len(ids), np.int64)
        counts[task.pedigree.index_many(task.ids)] = records
        inbreeding = task.pedigree.inbreeding()
        spread = (1.0 + inbreeding) * _base_variance(setup, kept)
    return table(
        ids, name, task.model.trait, value, drawn, spread, kept.stored_chain,
        records=counts, genotyped=genotyped, inbreeding=inbreeding,
    )  # fmt: skip


def _base_variance(setup: Setup, kept: Kept) -> float:
    """Genetic variance of an animal that is not inbred, by the markers' expected variances."""
    if setup.places.size:
        return float((setup.mean * (1.0 - setup.mean / 2.0)) @ kept.spread)
    place = kept.names.index(IMPUTED)
    return float(kept.trace[:, :, place].mean())


def _marker_effects(setup: Setup, kept: Kept) -> pd.DataFrame:
    task, places = setup.task, setup.places
    markers = task.genotypes.markers
    size = len(markers)

    def whole(values: Floats) -> Floats:
        out = np.zeros(size)
        out[places] = values
        return out

    columns: dict[str, Any] = {
        "effect": task.effect.name,
        "trait": task.model.trait,
        "marker": markers.names,
        "chromosome": markers.chromosomes,
        "position": markers.positions,
        "allele": markers.counted,
        "frequency": task.genotypes.frequencies(),
        "value": whole(kept.effects),
        "sd": whole(np.sqrt(np.maximum(kept.squares - kept.effects**2, 0.0))),
    }
    if task.method.spike:
        columns["inclusion"] = whole(kept.inclusion)
    return pd.DataFrame(columns)


def _solutions(setup: Setup, kept: Kept) -> pd.DataFrame:
    """Fixed effects, then levels of the other random effects: means and standard deviations."""
    task = setup.task
    count = kept.fixed.size - int(setup.shifted)
    mean = np.append(kept.fixed[:count], 0.0)
    sd = np.sqrt(np.maximum(kept.fixed_squares[:count] - kept.fixed[:count] ** 2, 0.0))
    errors = np.append(sd, np.nan)
    coefficients = task.design.coefficients
    at = np.array([c.place for c in coefficients])
    parts = [
        pd.DataFrame(
            {
                "effect": [c.effect for c in coefficients],
                "trait": task.model.trait,
                "level": [c.level for c in coefficients],
                "coefficient": pd.array([c.order for c in coefficients], dtype="Int64"),
                "solution": mean[at],
                "se": errors[at],
            }
        )
    ]
    for block, value, square in zip(task.blocks, kept.levels, kept.level_squares, strict=False):
        parts.append(
            pd.DataFrame(
                {
                    "effect": block.name,
                    "trait": task.model.trait,
                    "level": block.structure.names,
                    "coefficient": pd.array([pd.NA] * block.levels, dtype="Int64"),
                    "solution": value,
                    "se": np.sqrt(np.maximum(square - value**2, 0.0)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _notes(setup: Setup, kept: Kept) -> tuple[str, ...]:
    task = setup.task
    notes = [str(note) for note in task.design.notes if task.effect.name not in str(note)]
    left = len(task.genotypes.markers) - setup.places.size
    if left:
        notes.append(
            f"{left:,} marker{'s do' if left > 1 else ' does'} not vary among the animals with "
            "records; their effects are 0."
        )
    if not kept.complete:
        notes.append(f"Sampling was stopped after {kept.trace.shape[1]} samples a chain.")
    return tuple(notes)


def _inputs(task: Task, data: pd.DataFrame) -> dict[str, Any]:
    columns = [data[name] for name in columns_of(task.model)]
    inputs: dict[str, Any] = {
        "records": {"sha256": hash_columns(*columns), "rows": len(data)},
        "genotypes": {"sha256": task.genotypes.sha256, "rows": len(task.genotypes)},
    }
    if task.pedigree is not None:
        p = task.pedigree
        inputs["pedigree"] = {"sha256": hash_columns(p.ids, p.sire, p.dam), "rows": len(p)}
    return inputs


def _citations(setup: Setup) -> tuple[Citation, ...]:
    found = [*setup.task.method.citations, papers.PEREZ_2014]
    if setup.imputation is not None:
        found.append(papers.FERNANDO_2014)
    if any(levels.block.structure.sire is not None for levels in setup.layout.levels):
        found += [cited.HENDERSON_1976, cited.WANG_1993]
    found += [papers.FERNANDO_2013, papers.VEHTARI_2021, cited.GEYER_1992, papers.GEWEKE_1992]
    return tuple(dict.fromkeys(found))
