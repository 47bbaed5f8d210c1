"""Score tests of binary traits: a logistic model without markers, then one product a marker.

With relationships it is the logistic mixed model of GMMAT (Chen et al. 2016), fitted by penalized
quasi-likelihood: working records have the residual variance 1 / (mu (1 - mu)), and REML of the
genetic variance alternates with new working records (Breslow and Clayton 1993).
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.special import expit

from agrigen.association.blocks import each_block
from agrigen.association.filters import Markers
from agrigen.association.prepare import Prepared
from agrigen.errors import ConvergenceWarning, DataError, Problem
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats

ROUNDS = 100
CLOSE = 1e-7
SMALL = 1e-5
"""Genetic variance of log odds that counts as none."""


@dataclass(frozen=True, eq=False)
class Logistic:
    """The model without markers.

    Attributes
    ----------
    residual
        Records less their probabilities.
    root
        R with P = R R': scores have the variance x'Px.
    variance
        Genetic variance on the scale of log odds.
    """

    residual: Floats
    root: Floats
    variance: float


def check_binary(y: Floats, trait: str) -> None:
    """Refuse what is not 0 and 1, both of them."""
    values = np.unique(y)
    if values.tolist() != [0.0, 1.0]:
        text = f"Trait {trait} holds {', '.join(f'{v:g}' for v in values[:4])}"
        text += " and more; a binary trait holds 0 and 1." if values.size > 4 else ", not 0 and 1."
        remedy = "Code it as 0 and 1, or leave kind='normal'."
        raise DataError([Problem("not_binary", (), text, remedy)])


def fit(prepared: Prepared, relationship: Floats | None, stage: Stages) -> Logistic:
    """Fixed effects, and the genetic variance where there are relationships."""
    x, y = prepared.fixed, prepared.y
    linear: Floats
    mean = float(y.mean())
    linear = np.full(y.size, np.log(mean / (1 - mean)))
    variance = 0.0 if relationship is None else 0.5
    with plain_blas():
        for round_ in range(ROUNDS):
            stage(min(0.95, round_ / 15), f"logistic model, round {round_ + 1}")
            mu = expit(linear)
            weight = mu * (1 - mu)
            if weight.min() < 1e-10:
                raise _separated(prepared)
            working = linear + (y - mu) / weight
            new, variance, change = _round(x, working, weight, relationship, variance)
            change = max(change, float(np.abs(new - linear).max()))
            linear = new
            if change < CLOSE:
                break
        else:
            warnings.warn("The logistic model did not converge.", ConvergenceWarning, stacklevel=3)
        mu = expit(linear)
        projection = _projection(x, mu * (1 - mu), relationship, variance)
    return Logistic(y - mu, _root(projection), variance)


def scores(
    prepared: Prepared, markers: Markers, model: Logistic, stage: Stages
) -> tuple[Floats, Floats]:
    """Score and its variance of each marker."""
    score, variance = np.empty(markers.places.size), np.empty(markers.places.size)
    basis = np.ascontiguousarray(np.column_stack([model.root, model.residual]))

    def work(rows: np.ndarray, first: int, last: int) -> None:
        variance[first:last] = np.einsum("mi,mi->m", rows[:, :-1], rows[:, :-1])
        score[first:last] = rows[:, -1]

    each_block(prepared.genotypes, markers.places, markers.mean, basis, work, stage)
    return score, variance


def _round(
    x: Floats, working: Floats, weight: Floats, relationship: Floats | None, variance: float
) -> tuple[Floats, float, float]:
    """New linear predictors and variance from working records, and how far it moved."""
    if relationship is None:
        scaled = x * weight[:, None]
        return x @ np.linalg.solve(x.T @ scaled, scaled.T @ working), 0.0, 0.0
    p = _projection(x, weight, relationship, variance)
    py = p @ working
    kpy = relationship @ py
    score = 0.5 * (float(py @ kpy) - float(np.vdot(p, relationship)))
    information = 0.5 * float(kpy @ p @ kpy)
    step = score / information
    if variance + step <= 0.0:
        step = -0.5 * variance if variance > SMALL else -variance
    new = variance + step
    # The linear predictor by BLUP, at the variance that the working records were made with.
    return working - py / weight, new, abs(step)


def _projection(x: Floats, weight: Floats, relationship: Floats | None, variance: float) -> Floats:
    """P = V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1 with V = 1 / weight + variance K."""
    if relationship is None or variance == 0.0:
        inverse = np.diag(weight)
    else:
        total = np.asfortranarray(variance * relationship)
        total[np.diag_indices_from(total)] += 1.0 / weight
        lower, _ = cho_factor(total, lower=True, overwrite_a=True, check_finite=False)
        half, _ = lapack.dpotri(lower, lower=1, overwrite_c=1)
        inverse = np.tril(half) + np.tril(half, -1).T
    vx = inverse @ x
    out = inverse - vx @ cho_solve(cho_factor(x.T @ vx), vx.T)
    return np.asarray((out + out.T) / 2.0)


def _root(projection: Floats) -> Floats:
    """R with R R' = P, which has the rank of the contrasts: by pivoted Cholesky."""
    lower, pivots, rank, _ = lapack.dpstrf(projection, lower=1)
    root = np.zeros((projection.shape[0], rank))
    root[pivots - 1] = np.tril(lower)[:, :rank]
    return root


def _separated(prepared: Prepared) -> DataError:
    text = "Fixed effects tell the zeros from the ones without error: log odds are infinite."
    remedy = "Leave out or join levels in which all animals are alike."
    return DataError([Problem("separated", (), text, remedy)])
