"""Prediction error variances, standard errors and reliabilities from the factor."""

import numpy as np
from scipy.sparse import csr_array

from agrigen.evaluation.arrays import Block, Design
from agrigen.evaluation.factor import Factor, SelectedInverse
from agrigen.types import Floats, Integers


def reliability(pev: Floats, variance: float, scale: Floats) -> Floats:
    """1 - PEV / (scale variance), the squared correlation of true and estimated value.

    `scale` is the diagonal of the relationship matrix: 1 + F, or 1 where inbreeding is not
    counted; nan (a fixed group) has no reliability.
    """
    return np.clip(1.0 - pev / (scale * variance), 0.0, 1.0)


def level_covariances(
    block: Block, places: Integers, lower: csr_array, inverse: SelectedInverse
) -> Floats:
    """Prediction error covariances of some components of each level, (levels, k, k).

    They are the last entries of the rows of the level's equations, which end at the diagonal.
    """
    first = block.offset + np.arange(block.levels) * block.width
    out = np.empty((block.levels, places.size, places.size))
    for i, row in enumerate(places):
        diagonal = lower.indptr[first + row + 1] - 1
        for j, column in enumerate(places[: i + 1]):
            out[:, i, j] = out[:, j, i] = inverse.values[diagonal - (row - column)]
    return out


def fixed_errors(design: Design, factor: Factor, diagonal: Floats) -> Floats:
    """Standard errors of the reported fixed coefficients; nan for dependent columns.

    Most coefficients are one column each. Those that mix columns (intercept and centered
    covariates) need the covariances of those columns: one solution each.
    """
    report, start = design.report, design.fixed.start
    pinned = design.pinned[design.fixed]
    entries = np.diff(report.indptr)
    single = np.flatnonzero(entries == 1)
    variances = np.full(pinned.size, np.nan)
    scale = report.data[report.indptr[single]]
    variances[single] = scale**2 * diagonal[design.fixed][report.indices[report.indptr[single]]]
    mixed = np.flatnonzero(entries > 1)
    if mixed.size:
        variances[mixed] = _mixed(report[mixed], start, pinned, factor)
    variances[pinned] = np.nan
    return np.sqrt(variances)


def _mixed(rows: csr_array, start: int, pinned: np.ndarray, factor: Factor) -> Floats:
    there = np.unique(rows.indices)
    there = there[~pinned[there]]
    unit = np.zeros(factor.size)
    covariance = np.empty((there.size, there.size))
    for k, column in enumerate(start + there):
        unit[column] = 1.0
        covariance[:, k] = factor.solve(unit)[start + there]
        unit[column] = 0.0
    weights = rows[:, there].toarray()
    return np.asarray(np.einsum("ij,jk,ik->i", weights, covariance, weights))
