"""Dense REML of several traits: from a model, records and matrices to the likelihood to climb."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from agrigen import citations as papers
from agrigen.errors import ModelError, NotAvailable, Problem
from agrigen.evaluation.arrays import Block, Design
from agrigen.evaluation.design import build_design
from agrigen.evaluation.effects import Animal, Covariate, Fixed, Random, RandomEffect
from agrigen.evaluation.likelihood import constant
from agrigen.evaluation.model import Model, column_of
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.system import System
from agrigen.evaluation.threads import plain_blas
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.variance.dense_records import Matrix, places_of, relationship_of, unsupported
from agrigen.variance.dense_traits import (
    DenseTraits,
    Observations,
    PairedLikelihood,
    TraitLikelihood,
    TraitTerm,
)
from agrigen.variance.optimize import reml_on
from agrigen.variance.reml import starting

Matrices = Mapping[str, Mapping[str, Matrix]]
"""Relationships of every animal effect, by term."""


def several_traits(
    model: Model,
    data: pd.DataFrame,
    given: Matrices,
    *,
    method: str,
    start: Mapping[str, Any] | None,
    tolerance: float,
    max_iterations: int,
    stage: Stages,
    stopwatch: Stopwatch,
) -> DenseTraits:
    """Variances and covariances of several traits; arguments as of `dense_reml`."""
    problems = unsupported(model)
    if problems:
        raise NotAvailable(problems)
    design = _design(model, data, given)
    terms = _terms(design, model, given)
    observations = observed(design)
    stage(0.1, "decomposing relationships")
    surface = _surface(method, design, observations, terms)
    with plain_blas():
        fit = reml_on(
            design, starting(design, start), max_iterations=max_iterations, tolerance=tolerance,
            likelihood=surface,  # type: ignore[arg-type]
            stage=stage.within(0.3, 1.0),
        )  # fmt: skip
    parameters = {
        "model": model.to_mapping(), "method": method, "tolerance": tolerance,
        "start": dict(start) if start else None, "terms": [t.block.name for t in terms],
    }  # fmt: skip
    inputs = {
        "records": {"sha256": hash_columns(observations.y, observations.fixed), "rows": len(data)},
        **{t.block.name: {"sha256": hash_columns(t.matrix), "rows": t.ids.size}
           for t in terms if t.matrix is not None},
    }  # fmt: skip
    cited = (papers.PATTERSON_1971, papers.GILMOUR_1995, papers.JOHNSON_1995, papers.HOULE_2015)
    return DenseTraits(
        fit.log_likelihood, fit.parameters, fit.degrees, fit.converged, (*fit.edges, *fit.notes),
        record(parameters, inputs, seconds=stopwatch.seconds), cited, fit, design, surface,
    )  # fmt: skip


def _design(model: Model, data: pd.DataFrame, given: Matrices) -> Design:
    """Records with a block of independent levels for each term; the model names all terms."""
    fixed = [effect for effect in model.effects if isinstance(effect, Fixed | Covariate)]
    levels: list[Random] = []
    shown: list[RandomEffect] = []
    for effect in model.random:
        for place, name in enumerate(_names(effect, given)):
            column, traits = _column(effect, place), _columns(effect, place)
            levels.append(Random(name, column, traits))
            shown.append(Animal(name, column, traits) if isinstance(effect, Animal) else effect)
            copied = {
                column_of(effect): column,
                **dict(zip(_own(effect), _own(levels[-1]), strict=True)),
            }
            data = data.assign(**{new: data[old] for old, new in copied.items() if old in data})
    design = build_design(Model(model.traits, [*fixed, *levels]), data, None)
    return replace(design, model=Model(model.traits, [*fixed, *shown]))


def _column(effect: RandomEffect, place: int) -> str:
    """A column of its own for each matrix: two effects of one column are the same to a model."""
    name = column_of(effect)
    return name if place == 0 else f"{name} {place + 1}"


def _columns(effect: RandomEffect, place: int) -> Any:
    """The same for traits that name their column."""
    if effect.traits is None or place == 0 or not _own(effect):
        return effect.traits
    pairs = [part for part in effect.traits if not isinstance(part, str)]
    return tuple((trait, f"{column} {place + 1}") for trait, column in pairs)


def _own(effect: RandomEffect) -> list[str]:
    """Columns that the traits of an effect name."""
    return [part[1] for part in effect.traits or () if not isinstance(part, str)]


def _names(effect: RandomEffect, given: Matrices) -> list[str]:
    return list(given[effect.name]) if isinstance(effect, Animal) else [effect.name]


def observed(design: Design) -> Observations:
    """Observations of a design, their fixed columns, and which belong together."""
    records = design.records
    kept = design.fixed.start + np.flatnonzero(~design.pinned[design.fixed])
    fixed = np.asfortranarray(_rows(design)[:, kept].toarray())
    traits = range(len(design.model.traits))
    return Observations(
        records.y, fixed, records.trait.astype(np.int64),
        np.repeat(np.arange(records.weight.size), np.diff(records.start)),
        tuple(np.flatnonzero(records.trait == t) for t in traits),
    )  # fmt: skip


def _rows(design: Design) -> csr_array:
    records = design.records
    shape = (records.y.size, design.size)
    return csr_array((records.value, records.column, records.first), shape=shape)


def _terms(design: Design, model: Model, given: Matrices) -> list[TraitTerm]:
    matrices = {name: m for parts in given.values() for name, m in parts.items()}
    return [_term(design, block, matrices.get(block.name)) for block in design.blocks]


def _term(design: Design, block: Block, matrix: Matrix | None) -> TraitTerm:
    traits = np.array([design.model.traits.index(c.trait) for c in block.components])
    names = block.structure.names
    ids, values = (names, None) if matrix is None else relationship_of(matrix, block.name)
    rows = _rows(design)[:, block.span].tocsr()
    level = np.full(design.records.y.size, -1, np.int64)
    there = np.flatnonzero(np.diff(rows.indptr) == 1)
    level[there] = rows.indices // block.width
    if values is not None:
        places = places_of(names, ids, f"the relationships {block.name!r}")
        level[there] = places[level[there]]
    return TraitTerm(block, ids, values, traits, level)


def _surface(
    method: str, design: Design, observations: Observations, terms: Sequence[TraitTerm]
) -> TraitLikelihood:
    first = constant(System(design))
    every = np.arange(len(design.model.traits))
    paired = (
        len(terms) == 1 and np.array_equal(terms[0].traits, every) and observations.paired
        and all(np.array_equal(terms[0].places[rows], terms[0].places[observations.rows[0]])
                for rows in observations.rows)
    )  # fmt: skip
    if method == "eigen" and not paired:
        text = "Eigenvalues serve one relationship matrix, and records that have all traits with "
        text += "the same fixed effects."
        raise ModelError([Problem("method", (), text, "Use method='cholesky'.")])
    kind = PairedLikelihood if paired and method != "cholesky" else TraitLikelihood
    return kind(design, observations, terms, first)
