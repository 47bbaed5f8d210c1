"""REML with dense relationships: genomic, or genomic and pedigree together."""

import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.errors import ConvergenceWarning, ModelError, Problem
from agrigen.evaluation.effects import Animal, RandomEffect
from agrigen.evaluation.model import Model, column_of
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.threads import plain_blas
from agrigen.provenance import Stopwatch, hash_columns, record
from agrigen.types import Floats
from agrigen.variance.contrasts import Contrasts
from agrigen.variance.dense_likelihood import (
    CholeskyLikelihood,
    DenseLikelihood,
    EigenLikelihood,
)
from agrigen.variance.dense_optimize import maximize
from agrigen.variance.dense_records import (
    DenseRecords,
    Matrix,
    as_model,
    places_of,
    read_records,
    relationship_of,
)
from agrigen.variance.dense_result import DenseReml, DenseTerm
from agrigen.variance.dense_several import several_traits
from agrigen.variance.dense_traits import DenseTraits

Method = Literal["auto", "eigen", "cholesky"]
METHODS = ("auto", "eigen", "cholesky")


def dense_reml(
    model: Model | str,
    data: pd.DataFrame,
    relationships: Matrix | Mapping[str, Matrix | Mapping[str, Matrix]],
    *,
    method: Method = "auto",
    start: Mapping[str, Any] | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 100,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DenseReml | DenseTraits:
    """Variance components by REML where relationships are dense matrices.

    y = X b + sum of Z u + e with u ~ N(0, K variance). Fixed effects are removed first by
    orthonormal contrasts, so the likelihood is restricted by construction. With one matrix its
    eigenvalues serve all iterations; with several each iteration makes a Cholesky factor and an
    inverse of the records. Of several traits all variances and covariances are estimated, also
    where records lack some of them; eigenvalues serve there if no record does.

    Parameters
    ----------
    model
        A model, or its formula, of one trait or more. `animal(...)` effects have the relationships
        given here, other random effects have independent levels.
    data
        Records. An animal may have several.
    relationships
        What `ag.grm` gives, a Pedigree, a PartialRelationship, a DataFrame with ids, or (ids,
        matrix): for the one animal effect, or by name of the effect. A mapping of several in
        the place of one splits an effect: {"a": {"genomic": G, "pedigree": A}}.
    method
        "eigen" (one matrix), "cholesky", or "auto": eigen for one matrix.
    start
        Variances to begin at, by term (`DenseReml.variances.term`); of several traits matrices.
    tolerance
        Gain of log-likelihood to be expected of a further iteration, below which one is the last.
    progress, cancel
        As for `evaluate`; asked at every iteration.

    Returns
    -------
    DenseReml
        The same input gives the same bits again. Of several traits `DenseTraits`, which is what
        `ag.reml` gives, with breeding values: correlations, profiles and comparisons are there.

    Raises
    ------
    DataError, ModelError, SolveError
        For records, ids or matrices that cannot be used; each says what to do.

    Notes
    -----
    Memory is about 8 n^2 bytes a matrix, and as much again twice. Heritability is a ratio of
    variances: it is that of a population only if the mean diagonal less the mean of K is 1 there.

    References
    ----------
    Patterson and Thompson 1971, Biometrika 58:545, doi:10.1093/biomet/58.3.545
    Gilmour, Thompson and Cullis 1995, Biometrics 51:1440, doi:10.2307/2533274
    """
    stopwatch, stage = Stopwatch(), Stages(progress, cancel)
    stage(0.0, "reading records")
    model = as_model(model)
    given = _by_effect(model, relationships)
    if len(model.traits) > 1:
        if method not in METHODS:
            _check_method(method, 1)
        return several_traits(
            model, data, given, method=method, start=start, tolerance=tolerance,
            max_iterations=max_iterations, stage=stage, stopwatch=stopwatch,
        )  # fmt: skip
    records = read_records(model, data)
    terms = _terms(model, records, given)
    _check_method(method, len(terms))
    with plain_blas():
        stage(0.1, "removing fixed effects")
        contrasts = Contrasts.of(records.fixed)
        y = contrasts.reduce(records.y)
        reduced = [contrasts.matrix(term.between_records()) for term in terms]
        stage(0.2, "decomposing relationships")
        likelihood = _likelihood(method, reduced, y, terms)
        fit = maximize(
            likelihood, _start(terms, reduced, y, start), stage.within(0.4, 1.0),
            tolerance=tolerance, max_iterations=max_iterations,
        )  # fmt: skip
    if not fit.converged:
        text = f"REML stopped after {len(fit.history) - 1} iterations before it converged."
        warnings.warn(text, ConvergenceWarning, stacklevel=2)
    provenance = record(
        {"model": model.to_mapping(), "method": method, "tolerance": tolerance,
         "start": dict(start) if start else None,
         "terms": [term.name for term in terms]},
        {"records": {"sha256": hash_columns(records.y, records.fixed), "rows": len(data)},
         **{term.name: {"sha256": hash_columns(term.matrix), "rows": term.ids.size}
            for term in terms if term.matrix is not None}},
        seconds=stopwatch.seconds,
    )  # fmt: skip
    cited = (papers.PATTERSON_1971, papers.GILMOUR_1995, papers.JOHNSON_1995)
    return DenseReml(model, fit, tuple(terms), records, contrasts, likelihood, provenance, cited)


def _by_effect(model: Model, given: Any) -> dict[str, dict[str, Matrix]]:
    """Matrices of every animal effect, by term."""
    animals = [effect.name for effect in model.effects if isinstance(effect, Animal)]
    if not isinstance(given, Mapping):
        given = dict.fromkeys(animals[:1], given)
    absent = [name for name in animals if name not in given]
    strange = [name for name in given if name not in animals]
    if absent or strange or not animals:
        what = f"animal effects {', '.join(animals) or 'none'}"
        text = f"Relationships are given for {', '.join(map(str, given)) or 'none'}; "
        text += f"the model has the {what}."
        remedy = "Give a matrix for each animal effect by its name, and name one in the model."
        raise ModelError([Problem("relationships", (), text, remedy)])
    return {
        name: {f"{name}: {part}": m for part, m in given[name].items()}
        if isinstance(given[name], Mapping)
        else {name: given[name]}
        for name in animals
    }


def _terms(
    model: Model, records: DenseRecords, given: Mapping[str, Mapping[str, Matrix]]
) -> list[DenseTerm]:
    terms = []
    for effect in model.random:
        column = column_of(effect)
        codes, names = records.codes[column], records.names[column]
        if not isinstance(effect, Animal):
            terms.append(DenseTerm(effect.name, effect.name, names, None, codes))
            continue
        for name, matrix in given[effect.name].items():
            terms.append(_animal_term(effect, name, matrix, records))
    return terms


def _animal_term(
    effect: RandomEffect, name: str, matrix: Matrix, records: DenseRecords
) -> DenseTerm:
    column = column_of(effect)
    ids, values = relationship_of(matrix, name)
    places = places_of(records.names[column], ids, f"the relationships {name!r}")
    return DenseTerm(name, effect.name, ids, values, places[records.codes[column]])


def _check_method(method: str, terms: int) -> None:
    if method not in METHODS:
        text = f"There is no method {method!r}."
        raise ModelError([Problem("method", (), text, f"Use one of {', '.join(METHODS)}.")])
    if method == "eigen" and terms > 1:
        text = f"Eigenvalues serve one relationship matrix; the model has {terms} terms."
        raise ModelError([Problem("method", (), text, "Use method='cholesky'.")])


def _likelihood(
    method: str, reduced: list[Floats], y: Floats, terms: list[DenseTerm]
) -> DenseLikelihood:
    if len(reduced) == 1 and method != "cholesky":
        return EigenLikelihood.of(reduced[0], y, terms[0].name)
    return CholeskyLikelihood(reduced, y)


def _start(
    terms: list[DenseTerm], reduced: list[Floats], y: Floats, given: Mapping[str, float] | None
) -> Floats:
    """Equal parts of the variance of y for every term, half of it for the residual."""
    total = float(y @ y) / y.size
    scales = [max(float(np.trace(k)) / y.size, 1e-12) for k in reduced]
    parts = [0.5 * total / len(terms) / scale for scale in scales]
    names = [*(term.name for term in terms), "residual"]
    chosen = dict(zip(names, [*parts, 0.5 * total], strict=True))
    strange = sorted(set(given or {}) - set(names))
    if strange:
        text = f"start names {', '.join(strange)}; the terms are {', '.join(names)}."
        raise ModelError([Problem("start", (), text, "Use their names.")])
    chosen |= given or {}
    if min(chosen.values()) < 0.0 or chosen["residual"] == 0.0:
        text = f"start holds {min(chosen.values()):g}."
        raise ModelError([Problem("start", (), text, "Variances are above 0.")])
    return np.array([chosen[name] for name in names], dtype=np.float64)
