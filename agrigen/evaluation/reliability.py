"""Prediction error variances, standard errors and reliabilities from the factor."""

import numpy as np
from scipy.sparse import csr_array

from agrigen.evaluation.equations import Equations
from agrigen.evaluation.factor import Factor
from agrigen.types import Floats, Integers


def reliability(pev: Floats, variance: float, inbreeding: Floats | None) -> Floats:
    """1 - PEV / ((1 + F) variance), the squared correlation of true and estimated value.

    Without inbreeding counted, the breeding value's variance is `variance` for every animal.
    """
    own = variance if inbreeding is None else (1.0 + inbreeding) * variance
    return np.clip(1.0 - pev / own, 0.0, 1.0)


def fixed_errors(
    report: csr_array, equations: Equations, factor: Factor, diagonal: Floats
) -> Floats:
    """Standard errors of the reported fixed coefficients; nan for dependent columns.

    Most coefficients are one column each. Those that mix columns (intercept and centered
    covariates) need the covariances of those columns: one solution each.
    """
    columns = np.full(equations.kept.size, -1, np.int64)
    columns[equations.kept] = np.arange(equations.fixed.start, equations.fixed.stop)
    entries = np.diff(report.indptr)
    single = np.flatnonzero(entries == 1)
    variances = np.full(equations.kept.size, np.nan)
    scale = report.data[report.indptr[single]]
    variances[single] = scale**2 * np.append(diagonal, np.nan)[columns[single]]
    mixed = np.flatnonzero(entries > 1)
    if mixed.size:
        variances[mixed] = _mixed(report[mixed], columns, factor)
    variances[~equations.kept] = np.nan
    return np.sqrt(variances)


def _mixed(rows: csr_array, columns: Integers, factor: Factor) -> Floats:
    there = np.unique(rows.indices)
    there = there[columns[there] >= 0]
    unit = np.zeros(factor.size)
    covariance = np.empty((there.size, there.size))
    for k, column in enumerate(columns[there]):
        unit[column] = 1.0
        covariance[:, k] = factor.solve(unit)[columns[there]]
        unit[column] = 0.0
    weights = rows[:, there].toarray()
    return np.asarray(np.einsum("ij,jk,ik->i", weights, covariance, weights))
