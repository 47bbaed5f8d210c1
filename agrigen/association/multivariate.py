"""Tests of a marker's effects on several traits at once: chi-square with a degree for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from agrigen._kernels import multivariate as kernels
from agrigen._kernels.association import weighted_sums
from agrigen.association.blocks import each_block
from agrigen.association.filters import Markers
from agrigen.association.mixed import Precision, Rotated, rotate
from agrigen.association.prepare import Prepared
from agrigen.association.statistics import chi_square
from agrigen.errors import DataError, ModelError, NotAvailable, Problem
from agrigen.evaluation.effects import limited_to
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Stages
from agrigen.types import Floats

MOST = 5
"""Traits of one test."""


@dataclass(frozen=True, eq=False)
class Null:
    """The model without markers.

    Attributes
    ----------
    values, turn
        T and its genetic variances: T Ve T' = I and T Vg T' = diag(values).
    value
        Restricted log-likelihood, with its constants of the rotated records.
    """

    values: Floats
    turn: Floats
    value: float

    @property
    def residual(self) -> Floats:
        """Ve."""
        back = np.linalg.inv(self.turn)
        return np.asarray(back @ back.T)

    @property
    def genetic(self) -> Floats:
        """Vg."""
        back = np.linalg.inv(self.turn)
        return np.asarray(back * self.values @ back.T)


def check(model: Model, relationship: Any, chosen: dict[str, str]) -> None:
    """Refuse what tests of several traits cannot do yet."""
    problems = []
    for name, allowed in (("method", ("exact", "approximate")), ("test", ("wald",)),
                          ("kind", ("normal",))):  # fmt: skip
        if chosen[name] not in allowed:
            text = f"Several traits cannot be tested with {name}={chosen[name]!r}."
            remedy = f"Use {' or '.join(map(repr, allowed))}, or test one trait at a time."
            problems.append(Problem(name, (), text, remedy))
    if relationship is None:
        text = "Several traits are tested with relationships."
        problems.append(Problem("relationship", (), text, "Leave relationship out, or give one."))
    if len(model.traits) > MOST:
        text = f"The model has {len(model.traits)} traits."
        problems.append(Problem("traits", (), text, f"Test {MOST} of them at most together."))
    if any(set(limited_to(e, model.traits)) != set(model.traits) for e in model.effects):
        text = "An effect acts on some of the traits only."
        problems.append(Problem("effects", (), text, "Give all traits the same effects."))
    if problems:
        raise NotAvailable(problems)


def complete(model: Model, data: pd.DataFrame) -> pd.DataFrame:
    """The records that have every trait."""
    absent = [trait for trait in model.traits if trait not in data]
    if absent:
        text = f"The records have no column {', '.join(absent)}."
        raise ModelError([Problem("unknown_column", (), text, f"There are {', '.join(data)}.")])
    whole = data[data[list(model.traits)].notna().all(axis=1)]
    if whole.empty:
        text = f"No record has all of {', '.join(model.traits)}."
        raise DataError([Problem("no_records", (), text, "Test the traits one at a time.")])
    return whole


def tests(
    prepared: Sequence[Prepared], markers: Markers, matrix: Floats, name: str, stage: Stages,
    *, method: str, precision: Precision,
) -> tuple[dict[str, Floats], list[dict[str, Any]]]:  # fmt: skip
    """Columns of the tests, and the rows of the model without markers.

    `prepared` holds the same animals and fixed effects for each trait.
    """
    first = prepared[0]
    stage(0.0, "decomposing relationships")
    rotated = rotate(first, matrix, name, precision=precision, likelihood=False)
    y = np.ascontiguousarray([one.y @ rotated.basis.astype(np.float64) for one in prepared])
    null = fit_null(y, rotated.values)
    run = _exact if method == "exact" else _approximate
    out = run(first, markers, rotated, y, null, stage.within(0.3, 1.0))
    traits = [one.trait for one in prepared]
    return _columns(out, traits), _null_rows(null, traits, name)


def fit_null(y: Floats, d: Floats) -> Null:
    """REML of both covariances, traits x contrasts; the search starts from equal parts."""
    half = np.atleast_2d(y @ y.T) / (2.0 * y.shape[1])
    scale = half / np.sqrt(np.outer(np.diag(half), np.diag(half)))
    if np.linalg.eigvalsh(scale)[0] < 1e-8:
        text = "The traits depend on each other: one is a sum of multiples of others."
        raise DataError([Problem("dependent_traits", (), text, "Leave one of them out.")])
    values, turn, value = kernels.null_covariances(y, d, half / d.mean(), half)
    return Null(values, turn, value)


def _exact(
    prepared: Prepared, markers: Markers, rotated: Rotated, y: Floats, null: Null, stage: Stages
) -> Floats:
    """Covariances re-estimated for each marker."""
    count = len(y)
    out = np.empty((markers.places.size, 3 + count + count * count))

    def work(rows: np.ndarray, first: int, last: int) -> None:
        x = rows.astype(np.float64)
        kernels.exact_tests(x, y, rotated.values, null.values, null.turn, out[first:last])

    each_block(prepared.genotypes, markers.places, markers.mean, rotated.basis, work, stage)
    return np.delete(out, [1, 2], axis=1)


def _approximate(
    prepared: Prepared, markers: Markers, rotated: Rotated, y: Floats, null: Null, stage: Stages
) -> Floats:
    """Covariances of the model without markers: traits are independent after one turn."""
    count = len(y)
    turned = null.turn @ y
    weights = 1.0 / (null.values[:, None] * rotated.values + 1.0)
    weighted = weights * turned
    sums = np.empty((count, markers.places.size, 2))

    def work(rows: np.ndarray, first: int, last: int) -> None:
        for k in range(count):
            weighted_sums(rows, weights[k], weighted[k], sums[k, first:last])

    each_block(prepared.genotypes, markers.places, markers.mean, rotated.basis, work, stage)
    xx, xy = sums[:, :, 0], sums[:, :, 1]
    back = np.linalg.inv(null.turn)
    effects = back @ (xy / xx)
    covariance = np.einsum("ka,ja,am->mkj", back, back, 1.0 / xx)
    chi = (xy**2 / xx).sum(axis=0)
    return np.column_stack([chi, effects.T, covariance.reshape(chi.size, -1)])


def _columns(out: Floats, traits: list[str]) -> dict[str, Floats]:
    count = len(traits)
    p, logs = chi_square(out[:, 0], count)
    columns = {"statistic": out[:, 0], "p": p, "log10_p": logs}
    for k, trait in enumerate(traits):
        columns[f"beta_{trait}"] = out[:, 1 + k]
        columns[f"se_{trait}"] = np.sqrt(out[:, 1 + count + k * count + k])
    for k, trait in enumerate(traits):
        for j in range(k):
            both = out[:, 1 + count + k * count + j]
            spread = columns[f"se_{trait}"] * columns[f"se_{traits[j]}"]
            columns[f"correlation_{traits[j]}_{trait}"] = both / spread
    return columns


def _null_rows(null: Null, traits: list[str], name: str) -> list[dict[str, Any]]:
    """One row a pair of traits, the pairs of a trait with itself among them."""
    genetic, residual = null.genetic, null.residual
    rows = []
    for k, trait in enumerate(traits):
        for j in range(k + 1):
            total = genetic[k, j] + residual[k, j]
            with np.errstate(invalid="ignore", divide="ignore"):
                correlation = genetic[k, j] / np.sqrt(genetic[k, k] * genetic[j, j])
            rows.append({
                "name": name, "trait": traits[j], "with": trait, "genetic": genetic[k, j],
                "residual": residual[k, j], "genetic_correlation": correlation,
                "heritability": genetic[k, j] / total if j == k else np.nan,
                "log_likelihood": null.value,
            })  # fmt: skip
    return rows
