"""From a model and its data to arrays: records, fixed columns, random effects, animals."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from agrigen.bayesian.methods import METHODS, Method, method_of
from agrigen.errors import DataError, ModelError, NotAvailable, Problem, name_some
from agrigen.evaluation.arrays import Block, Design
from agrigen.evaluation.design import build_design
from agrigen.evaluation.effects import Genomic, Random
from agrigen.evaluation.model import Model, column_of
from agrigen.genotypes import Genotypes
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import texts
from agrigen.pedigree.names import Names
from agrigen.types import Floats, Integers, Texts

ANIMAL_COLUMNS = ("animal", "id")


@dataclass(frozen=True, eq=False)
class Task:
    """A model and its records as arrays.

    Attributes
    ----------
    model, effect, method
        As declared: the genomic effect and its prior.
    design
        Of the model with the genomic effect as a random one, which nothing is sampled of; it
        tells the animal of each record.
    y, weight
        Of every record.
    fixed, kept
        Columns of the fixed effects that are estimable, and which of the design's they are.
    blocks
        The other random effects.
    ids, animal
        Animals with records, and the place of each record's among them.
    genotyped
        Their places among the genotypes, -1 without.
    """

    model: Model
    effect: Genomic
    method: Method
    design: Design
    y: Floats
    weight: Floats
    fixed: csr_array
    kept: Integers
    blocks: tuple[Block, ...]
    ids: Texts
    animal: Integers
    genotyped: Integers
    genotypes: Genotypes
    pedigree: Pedigree | None
    single_step: bool

    @property
    def animal_weight(self) -> Floats:
        """Sum of the weights of each animal's records."""
        return np.bincount(self.animal, self.weight, minlength=len(self.ids)).astype(np.float64)

    def entries(self, block: Block) -> tuple[Integers, np.ndarray, Floats]:
        """Records of every level of a block: start, record, value."""
        columns = _rows(self.design)[:, block.span].tocsc()
        columns.sum_duplicates()
        return columns.indptr.astype(np.int64), columns.indices.astype(np.int32), columns.data

    def with_column(self, column: Floats) -> "Task":
        """The same with one more fixed column, unless the others say what it says."""
        left = column - self._project(column)
        if float(left @ left) < 1e-10 * max(float(column @ column), 1e-300):
            return self
        wide = hstack([self.fixed, csr_array(column[:, None])], format="csr")
        return replace(self, fixed=csr_array(wide))

    @property
    def phenotypic_variance(self) -> float:
        """What the fixed effects leave, by weighted least squares."""
        left = self.y - self._project(self.y)
        degrees = max(1, self.y.size - self.fixed.shape[1])
        return float((self.weight * left**2).sum() / degrees)

    def _project(self, values: Floats) -> Floats:
        if not self.fixed.shape[1]:
            return np.zeros_like(values)
        x, w = self.fixed, self.weight
        gram = (x.T @ (x * w[:, None])).toarray()
        solution = np.linalg.lstsq(gram, x.T @ (w * values), rcond=None)[0]
        return np.asarray(x @ solution)


def read(
    response: Model | str,
    data: pd.DataFrame,
    genotypes: Genotypes,
    pedigree: Pedigree | None,
    method: str | None,
    *,
    single_step: bool | None,
) -> Task:
    """Check everything against everything, and code it.

    Raises
    ------
    ModelError, DataError
        With what is wrong, and what to do.
    """
    model = _model(response, data)
    effect = _genomic(model)
    if method is None and effect.method not in METHODS:
        text = f"No Bayesian method is named for effect {effect.name!r}."
        raise ModelError([Problem("method", (), text, f"Give method: {', '.join(METHODS)}.")])
    chosen = method_of(effect.method if method is None else method)
    single = bool(effect.single_step if single_step is None else single_step)
    effect = replace(effect, method=cast(Any, chosen.name), single_step=single)
    model = _with(model, effect)
    _refuse(model)
    if single and pedigree is None:
        text = f"Effect {effect.name!r} is of a single step and has no pedigree."
        remedy = "Give a pedigree, or leave single_step out."
        raise ModelError([Problem("no_pedigree", (), text, remedy)])
    design = _design(model, effect, data, pedigree)
    own = next(block for block in design.blocks if block.name == effect.name)
    ids: Texts = np.asarray(own.structure.names, dtype=object)
    genotyped = Names(genotypes.ids).find(Names(ids))
    _check_animals(ids, genotyped, pedigree, genotypes, single=single)
    rows = _rows(design)
    columns = np.arange(design.fixed.start, design.fixed.stop)
    kept = columns[~design.pinned[columns]]
    return Task(
        model, effect, chosen, design, design.records.y, design.records.weight,
        csr_array(rows[:, kept]), kept - design.fixed.start,
        tuple(block for block in design.blocks if block is not own),
        ids, rows[:, own.span].indices.astype(np.int64), genotyped, genotypes, pedigree, single,
    )  # fmt: skip


def _rows(design: Design) -> csr_array:
    r = design.records
    return csr_array((r.value, r.column, r.first), shape=(r.y.size, design.size))


def _model(response: Model | str, data: pd.DataFrame) -> Model:
    if isinstance(response, Model):
        return response
    if not isinstance(response, str):
        text = f"The model is {response!r}."
        raise ModelError([Problem("model", (), text, "Give a Model, a formula, or a trait.")])
    if "~" in response:
        return Model.from_formula(response)
    column = next((name for name in ANIMAL_COLUMNS if name in data.columns), None)
    if column is None:
        text = f"The records have no column {' or '.join(ANIMAL_COLUMNS)}."
        remedy = f"Name the column of the animals: {response} ~ genomic(column)."
        raise DataError([Problem("missing_column", (), text, remedy)])
    return Model(response, [Genomic("g", column)])


def _genomic(model: Model) -> Genomic:
    found = [effect for effect in model.effects if isinstance(effect, Genomic)]
    if len(found) == 1:
        return found[0]
    count = "no genomic effect" if not found else f"{len(found)} genomic effects"
    text = f"The model has {count}."
    raise ModelError([Problem("genomic", (), text, "Declare one: genomic(animal).")])


def _with(model: Model, effect: Genomic) -> Model:
    """The model with its genomic effect as it is fitted."""
    effects = [effect if isinstance(e, Genomic) else e for e in model.effects]
    return Model(
        model.traits, effects, weights=model.weights, inbreeding=model.inbreeding,
        residual_by=model.residual_by,
    )  # fmt: skip


def _refuse(model: Model) -> None:
    """What these samplers cannot fit, all of it."""
    problems = []
    if len(model.traits) > 1:
        text = f"The model has {len(model.traits)} traits."
        problems.append(_no(text, "Fit one trait at a time, or use method gblup."))
    if model.residual_by is not None:
        text = f"The residual variance differs by {model.residual_by}."
        problems.append(_no(text, "Leave residual_by out, or use weights."))
    for effect in model.random:
        if effect.correlated_with is not None:
            text = f"Effect {effect.name!r} is correlated with {effect.correlated_with!r}."
            problems.append(_no(text, "Leave correlated_with out."))
        if effect.basis is not None:
            text = f"Effect {effect.name!r} is a curve."
            problems.append(_no(text, "Leave its basis out."))
        if isinstance(effect, Genomic) and (effect.blend or effect.tune not in (None, "none")):
            text = f"Effect {effect.name!r} blends or tunes relationships, and there are none."
            problems.append(_no(text, "Leave blend and tune out; add an animal effect instead."))
    if problems:
        raise NotAvailable(problems)


def _no(text: str, remedy: str) -> Problem:
    return Problem("not_available", (), f"{text} Bayesian marker models have no such part.", remedy)


def _design(model: Model, effect: Genomic, data: pd.DataFrame, pedigree: Pedigree | None) -> Design:
    """The design with the animals of the genomic effect as levels without relationships."""
    column = column_of(effect)
    if column not in data.columns:
        there = ", ".join(map(str, data.columns))
        text = f"The records have no column {column!r} (for effect {effect.name})."
        remedy = f"Their columns are {there}."
        raise DataError([Problem("missing_column", (), text, remedy)])
    stand_in = f"{column} of {effect.name}"
    effects = [Random(e.name, stand_in) if isinstance(e, Genomic) else e for e in model.effects]
    plain = Model(model.traits, effects, weights=model.weights, inbreeding=model.inbreeding)
    records = data.assign(**{stand_in: texts(data[column])})
    design = build_design(plain, records, pedigree)
    dropped = {key.replace(stand_in, column): count for key, count in design.dropped.items()}
    return replace(design, dropped=dropped)


def _check_animals(
    ids: Texts,
    genotyped: Integers,
    pedigree: Pedigree | None,
    genotypes: Genotypes,
    *,
    single: bool,
) -> None:
    problems = []
    if not single:
        absent = [str(name) for name in ids[genotyped < 0]]
        if absent:
            text = f"{_animals(absent)} with records are not genotyped: {name_some(absent)}."
            remedy = "Use single_step with a pedigree, or remove their records."
            problems.append(Problem("not_genotyped", tuple(absent), text, remedy))
    elif pedigree is not None:
        for names, what in ((ids, "with records"), (genotypes.ids, "with genotypes")):
            absent = [str(name) for name in names[pedigree.index_many(names) < 0]]
            if absent:
                text = f"{_animals(absent)} {what} are not in the pedigree: {name_some(absent)}."
                remedy = "Add them (unknown parents are allowed), or leave them out."
                problems.append(Problem("unknown_animal", tuple(absent), text, remedy))
        if pedigree.groups:
            text = "The pedigree has groups of unknown parents, which a single step cannot use."
            problems.append(Problem("groups", (), text, "Leave the groups out."))
    if problems:
        raise DataError(problems)


def _animals(names: list[Any]) -> str:
    return "1 animal" if len(names) == 1 else f"{len(names)} animals"
