"""Mixed-model tests of single markers: the ratio of variances for each marker, or once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import eigvalsh
from scipy.optimize import minimize_scalar

from agrigen._kernels import association as kernels
from agrigen.association.blocks import each_block
from agrigen.association.filters import Markers
from agrigen.association.prepare import Prepared
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats, Integers
from agrigen.variance.dense_likelihood import spectrum

LOWEST, HIGHEST, REGIONS = 1e-5, 1e5, 10
"""Ratios of genetic to residual variance that are searched, as in GEMMA."""

Precision = Literal["single", "double"]


@dataclass(frozen=True, eq=False)
class Rotated:
    """Records in the basis where their covariance is diagonal.

    Attributes
    ----------
    values
        Eigenvalues of the relationships between contrasts.
    y
        Rotated records.
    basis
        From records to this basis, shape (records, contrasts).
    determinant
        Eigenvalues of the relationships between records, centered: those of the likelihood that
        is not restricted; None where no test asks for it.
    """

    values: Floats
    y: Floats
    basis: np.ndarray
    determinant: Floats | None


@dataclass(frozen=True)
class Null:
    """The model without markers: log ratio and log-likelihood."""

    at: float
    value: float


@dataclass(frozen=True, eq=False)
class Tests:
    """Arrays over markers."""

    beta: Floats
    se: Floats
    ratio: Floats
    value: Floats


def rotate(
    prepared: Prepared, relationship: Floats, name: str, *, precision: Precision, likelihood: bool
) -> Rotated:
    """Decompose the relationships between contrasts, once for all markers."""
    contrasts = prepared.contrasts
    with plain_blas():
        values, vectors = spectrum(contrasts.matrix(relationship), name)
        y = vectors.T @ contrasts.reduce(prepared.y)
        basis = contrasts.expand(vectors)
        full = _all_values(prepared, relationship, values) if likelihood else None
    kind = np.float32 if precision == "single" else np.float64
    return Rotated(np.maximum(values, 0.0), y, np.ascontiguousarray(basis, kind), full)


def null_model(rotated: Rotated, *, restricted: bool, records: int) -> Null:
    """The best ratio without markers."""
    d, squares = rotated.values, rotated.y**2
    determinant = d if restricted else rotated.determinant
    assert determinant is not None
    size = float(d.size if restricted else records)
    return search(determinant, lambda ratio: float((squares / (ratio * d + 1.0)).sum()), size)


def search(determinant: Floats, quadratic: Callable[[float], float], size: float) -> Null:
    """Where the profile likelihood is highest: a grid, then the bounded search of Brent."""

    def cost(at: float) -> float:
        ratio = float(np.exp(at))
        constant = size * (np.log(size / quadratic(ratio)) - np.log(2.0 * np.pi) - 1.0)
        return float(-0.5 * (constant - np.log(ratio * determinant + 1.0).sum()))

    grid = np.linspace(np.log(LOWEST), np.log(HIGHEST), 8 * REGIONS + 1)
    best = int(np.argmin([cost(at) for at in grid]))
    bounds = (grid[max(0, best - 1)], grid[min(grid.size - 1, best + 1)])
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return Null(float(found.x), -float(found.fun))


def exact(
    prepared: Prepared,
    markers: Markers,
    rotated: Rotated,
    start: Null,
    stage: Stages,
    *,
    restricted: bool,
) -> Tests:
    """The ratio of variances that suits each marker."""
    grid = np.linspace(np.log(LOWEST), np.log(HIGHEST), REGIONS + 1)
    d, y = rotated.values, rotated.y
    determinant = d if restricted else rotated.determinant
    assert determinant is not None
    size = float(d.size - 1 if restricted else prepared.y.size)
    v0 = 1.0 / (np.exp(grid)[:, None] * d + 1.0)
    v1 = d * v0 * v0
    slopes = (determinant / (np.exp(grid)[:, None] * determinant + 1.0)).sum(axis=1)
    tables = (grid, v0, v1, v0 @ y**2, v1 @ y**2, slopes)
    out = np.empty((markers.places.size, 4))

    def work(rows: np.ndarray, first: int, last: int) -> None:
        part = out[first:last]
        kernels.exact_tests(rows, y, d, determinant, restricted, size, start.at, *tables, part)

    _blocks(prepared, markers, rotated, work, stage)
    return Tests(out[:, 0], out[:, 1], np.exp(out[:, 2]), out[:, 3])


def fixed_ratio(
    prepared: Prepared, markers: Markers, rotated: Rotated, null: Null, stage: Stages
) -> Tests:
    """One ratio for all markers; `value` is the score, x'Py squared over x'Px and y'Py."""
    weights = 1.0 / (np.exp(null.at) * rotated.values + 1.0)
    weighted = weights * rotated.y
    out = np.empty((markers.places.size, 2))

    def work(rows: np.ndarray, first: int, last: int) -> None:
        kernels.weighted_sums(rows, weights, weighted, out[first:last])

    _blocks(prepared, markers, rotated, work, stage)
    return tests_of(out[:, 0], out[:, 1], float(weighted @ rotated.y), rotated.y.size - 1, null)


def tests_of(xx: Floats, xy: Floats, yy: float, degrees: int, null: Null) -> Tests:
    """Effects by generalized least squares from x'Px, x'Py and y'Py."""
    beta = xy / xx
    residual = np.maximum(yy - beta * xy, 0.0)
    se = np.sqrt(residual / (degrees * xx))
    return Tests(beta, se, np.full(xx.size, np.exp(null.at)), xy * beta / yy)


def _blocks(prepared: Prepared, markers: Markers, rotated: Rotated, work, stage) -> None:  # type: ignore[no-untyped-def]
    places: Integers = markers.places
    each_block(prepared.genotypes, places, markers.mean, rotated.basis, work, stage)


def _all_values(prepared: Prepared, relationship: Floats, values: Floats) -> Floats:
    """Eigenvalues of the centered relationships between records."""
    if prepared.contrasts.rank == 1:  # the intercept: its eigenvalue is 0
        return np.maximum(np.append(values, 0.0), 0.0)
    means = relationship.mean(axis=0)
    centered = relationship - means - means[:, None] + means.mean()
    return np.maximum(eigvalsh(centered, check_finite=False), 0.0)
