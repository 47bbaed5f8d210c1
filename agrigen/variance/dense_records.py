"""The records of a model as dense arrays, and relationship matrices as people give them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from agrigen.errors import DataError, ModelError, NotAvailable, Problem, name_some
from agrigen.evaluation.arrays import Design
from agrigen.evaluation.design import build_design
from agrigen.evaluation.effects import Animal, Covariate, Fixed, Random
from agrigen.evaluation.model import Model, column_of
from agrigen.genotypes.columns import texts
from agrigen.types import Floats, Integers, Texts

Matrix: TypeAlias = Any
"""Relationships: anything with `ids` and `matrix`, a DataFrame, or (ids, matrix)."""


@dataclass(frozen=True, eq=False)
class DenseRecords:
    """Records that count.

    Attributes
    ----------
    y, fixed
        Values; and fixed columns of full rank, the first is the intercept.
    codes, names
        By column of a random effect: level of each record, and the levels.
    design
        What the columns mean.
    """

    y: Floats
    fixed: Floats
    codes: dict[str, Integers]
    names: dict[str, Texts]
    design: Design

    @property
    def scaling(self) -> float:
        """log |X'X| of the columns as people write them, less that of `fixed`."""
        kept = ~self.design.pinned[self.design.fixed]
        return -2.0 * float(np.log(self.design.report.diagonal()[kept]).sum())


def as_model(model: Model | str) -> Model:
    """A model, or the formula of one."""
    return Model.from_formula(model) if isinstance(model, str) else model


def read_records(model: Model, data: pd.DataFrame) -> DenseRecords:
    """The records of a single-trait model; relationships play no part yet.

    Raises
    ------
    DataError, ModelError
        With all problems found.
    """
    problems = unsupported(model)
    if problems:
        raise NotAvailable(problems)
    columns = dict.fromkeys(column_of(effect) for effect in model.random)
    fixed = [effect for effect in model.effects if isinstance(effect, Fixed | Covariate)]
    levels = [Random(f"levels of {column}", column) for column in columns]
    design = build_design(Model(model.traits, [*fixed, *levels]), data, None)
    records = design.records
    shape = (records.y.size, design.size)
    matrix = csr_array((records.value, records.column, records.first), shape=shape)
    kept = design.fixed.start + np.flatnonzero(~design.pinned[design.fixed])
    codes, names = {}, {}
    for column, block in zip(columns, design.blocks, strict=True):
        codes[column] = matrix[:, block.span].tocsr().indices.astype(np.int64)
        names[column] = texts(block.structure.names)
    x = np.asfortranarray(matrix[:, kept].toarray())
    _require_degrees(x)
    return DenseRecords(records.y, x, codes, names, design)


def relationship_of(given: Matrix, name: str) -> tuple[Texts, Floats]:
    """Ids and matrix of relationships, checked.

    Raises
    ------
    DataError
        For a matrix that is not square, finite and symmetric, or that has other ids.
    """
    ids, matrix = _taken_apart(given, name)
    problems = _matrix_problems(ids, matrix, name)
    if problems:
        raise DataError(problems)
    return ids, matrix


def places_of(wanted: Texts, ids: Texts, what: str) -> Integers:
    """Where animals stand among the ids of a matrix or of genotypes.

    Raises
    ------
    DataError
        Naming those that are absent.
    """
    places = pd.Index(ids).get_indexer(pd.Index(wanted))
    absent = [str(name) for name in wanted[places < 0]]
    if absent:
        count = "1 animal" if len(absent) == 1 else f"{len(absent)} animals"
        with_records = f"{count} of {wanted.size} with records"
        text = f"{with_records} are not in {what}: {name_some(absent)}."
        remedy = f"Leave their records out, or correct the ids; {what} has {_first(ids)}."
        raise DataError([Problem("unknown_animal", tuple(absent), text, remedy)])
    return places.astype(np.int64)


def _taken_apart(given: Matrix, name: str) -> tuple[Texts, Floats]:
    if isinstance(given, pd.DataFrame):
        ids, matrix = texts(given.index), given.to_numpy()
        if list(texts(given.columns)) != list(ids):
            text = f"Rows and columns of the relationships {name!r} have other names."
            raise DataError([Problem("ids", (), text, "Name both by the animals, in one order.")])
    elif isinstance(given, tuple) and len(given) == 2:
        ids, matrix = texts(given[0]), given[1]
    elif hasattr(given, "ids") and hasattr(given, "matrix"):
        ids, matrix = texts(given.ids), given.matrix
    elif hasattr(given, "ids") and hasattr(given, "block"):
        ids, matrix = texts(given.ids), given.block
    elif hasattr(given, "ids") and hasattr(given, "relationship_matrix"):
        ids, matrix = texts(given.ids), given.relationship_matrix()
    else:
        text = f"The relationships {name!r} are a {type(given).__name__}."
        remedy = "Give ag.grm(...), a Pedigree, a DataFrame with ids, or (ids, matrix)."
        raise ModelError([Problem("relationship", (), text, remedy)])
    return ids, np.asarray(matrix, dtype=np.float64)


def _matrix_problems(ids: Texts, matrix: Floats, name: str) -> list[Problem]:
    if matrix.shape != (ids.size, ids.size):
        text = f"The relationships {name!r} have shape {matrix.shape} for {ids.size} ids."
        return [Problem("shape", (), text, "Give a row and a column for each id.")]
    twice = pd.Series(ids)[pd.Series(ids).duplicated()].unique()
    if twice.size:
        text = f"{name_some(list(twice))} stands more than once in the relationships {name!r}."
        return [Problem("duplicate", tuple(twice), text, "Keep one row of each animal.")]
    if not np.isfinite(matrix).all():
        row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
        text = f"The relationships {name!r} of {ids[row]} are not all numbers."
        return [Problem("not_a_number", (str(ids[row]),), text, "Check how they were computed.")]
    apart = float(np.abs(matrix - matrix.T).max(initial=0.0))
    if apart > 1e-6 * max(1.0, float(np.abs(matrix).max(initial=0.0))):
        text = f"The relationships {name!r} are not symmetric: two sides differ by {apart:.3g}."
        return [Problem("not_symmetric", (), text, "Give both triangles, or the mean of both.")]
    return []


def unsupported(model: Model) -> list[Problem]:
    """What of a model dense REML cannot fit."""
    problems = []
    if model.weights or model.residual_by:
        text = "The model has weights, or residual variances by group."
        problems.append(Problem("residual", (), text, "Leave them out; all records weigh alike."))
    for effect in model.random:
        if effect.basis is not None or effect.correlated_with is not None:
            text = f"Effect {effect.name!r} has a curve, or is correlated with another."
            problems.append(Problem("effect", (), text, "Use ag.reml, or leave it out."))
        if isinstance(effect, Animal) and effect.relationship != "pedigree":
            text = f"Effect {effect.name!r} has the relationship {effect.relationship!r}."
            problems.append(Problem("effect", (), text, "Give the matrix instead."))
    return problems


def _require_degrees(fixed: Floats) -> None:
    records, columns = fixed.shape
    if records - columns < 2:
        text = f"{records} records are too few for {columns} fixed columns."
        remedy = "Leave covariates or levels of factors out, or add records."
        raise DataError([Problem("too_many_covariates", (), text, remedy)])


def _first(ids: Texts) -> str:
    return name_some([str(name) for name in ids], shown=3)
