"""Average-information REML of a few variances that cannot be negative."""

from dataclasses import dataclass

import numpy as np

from agrigen.errors import SolveError
from agrigen.evaluation.progress import Stages
from agrigen.types import Flags, Floats
from agrigen.variance.dense_likelihood import DenseLikelihood, Evaluation

HALVINGS = 12
FLOOR = 1e-8
"""Lowest residual variance, as a part of the start's total."""


@dataclass(frozen=True, eq=False)
class DenseFit:
    """Where the likelihood is highest.

    Attributes
    ----------
    variances, sampling
        Estimates, the residual last; and their covariance matrix, nan for those at zero.
    value
        Log-likelihood of the contrasts.
    history
        Log-likelihood and variances of each iteration.
    """

    variances: Floats
    sampling: Floats
    value: float
    converged: bool
    history: list[tuple[float, Floats]]


def maximize(
    likelihood: DenseLikelihood,
    start: Floats,
    stage: Stages,
    *,
    held: Flags | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 100,
) -> DenseFit:
    """Steps of average information, halved while the likelihood falls; `held` stay."""
    lower = np.zeros(start.size)
    lower[-1] = FLOOR * start.sum()
    held = np.zeros(start.size, np.bool_) if held is None else held
    at = start.copy()
    now = likelihood.at(at)
    history = [(now.value, at)]
    converged = False
    for iteration in range(max_iterations):
        stage(min(0.95, iteration / 12), f"iteration {iteration + 1}")
        free = ~held & ~((at <= lower) & (now.gradient <= 0.0))
        if not free.any():
            converged = True
            break
        step = _step(now, free)
        converged = bool(abs(now.gradient @ step) < tolerance)
        moved = _moved(likelihood, at, now, step, lower)
        if moved is None:
            moved = _moved(likelihood, at, now, _cautious(at, now, free), lower)
            if moved is None:
                break
        at, now = moved
        history.append((now.value, at))
        if converged:
            break
    return DenseFit(at, _sampling(now, ~held & (at > lower)), now.value, converged, history)


def _step(now: Evaluation, free: Flags) -> Floats:
    step = np.zeros(free.size)
    information = now.information[np.ix_(free, free)]
    step[free] = np.linalg.lstsq(information, now.gradient[free], rcond=None)[0]
    return step


def _cautious(at: Floats, now: Evaluation, free: Flags) -> Floats:
    """A step like that of the EM algorithm: every variance by its own gradient."""
    own = np.maximum(at, 1e-3 * at.sum()) ** 2
    return np.where(free, own * now.gradient / max(1, now.gradient.size), 0.0)


def _moved(
    likelihood: DenseLikelihood, at: Floats, now: Evaluation, step: Floats, lower: Floats
) -> tuple[Floats, Evaluation] | None:
    """The longest of the halved steps that does not lower the likelihood."""
    slack = 1e-11 * abs(now.value)
    for halving in range(HALVINGS):
        wanted = np.maximum(at + step * 0.5**halving, lower)
        try:
            reached = likelihood.at(wanted)
        except SolveError:
            continue
        if reached.value >= now.value - slack:
            return wanted, reached
    return None


def _sampling(now: Evaluation, inside: Flags) -> Floats:
    out = np.full((inside.size, inside.size), np.nan)
    places = np.ix_(inside, inside)
    out[places] = np.linalg.pinv(now.information[places], hermitian=True)
    return out
