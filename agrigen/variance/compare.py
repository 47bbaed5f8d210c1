"""Likelihood-ratio tests of nested models, with variances on the edge of their space."""

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from agrigen import citations as papers
from agrigen.citations import Citation
from agrigen.errors import ModelError, Problem
from agrigen.types import Floats

if TYPE_CHECKING:
    from agrigen.variance.result import Reml


@dataclass(frozen=True)
class Comparison:
    """A likelihood-ratio test.

    Attributes
    ----------
    statistic
        Twice the difference of the log-likelihoods, at least 0.
    weights
        Share of each chi-squared distribution in that of the statistic, by its degrees.
    variances, covariances
        Names of the parameters that only the larger model has: variances that would be 0, and
        those inside the space.
    aic, bic
        Difference, smaller less larger model; positive favors the larger.
    """

    statistic: float
    p_value: float
    weights: dict[int, float]
    variances: tuple[str, ...]
    covariances: tuple[str, ...]
    aic: float
    bic: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What a test at the edge of the space rests on."""
        return (papers.SELF_1987, papers.STRAM_1994)

    def __repr__(self) -> str:
        mixture = " + ".join(f"{w:.4g} chi2({d})" for d, w in self.weights.items())
        tested = ", ".join((*self.variances, *self.covariances))
        return (
            f"Likelihood-ratio test of {tested}: {self.statistic:.3f}, "
            f"p = {self.p_value:.3g} ({mixture})"
        )


def compare(one: "Reml", two: "Reml") -> Comparison:
    """Test the larger of two models against the smaller.

    A variance that is 0 in the smaller model lies on the edge of its space. With k such variances
    and c covariances the statistic is a mixture of chi-squared distributions with c to c + k
    degrees and binomial weights: half and half of c and c + 1 for one variance (Self and Liang
    1987; Stram and Lee 1994). For several it holds for independent estimates, and with the
    covariances among them it errs on the side of the smaller model.

    Raises
    ------
    ModelError
        If the fits are of other records or fixed effects, or neither is within the other.
    """
    small, large = sorted((one, two), key=lambda r: r.parameters)
    problems = _not_comparable(small, large)
    if problems:
        raise ModelError(problems)
    variances, covariances = _added(small, large)
    if not variances and not covariances:
        text = "Both models have the same free parameters."
        raise ModelError([Problem("not_nested", (), text, "Compare models that differ.")])
    statistic = max(0.0, 2.0 * (large.log_likelihood - small.log_likelihood))
    weights = mixture(len(variances), len(covariances))
    return Comparison(
        statistic,
        p_value(statistic, weights),
        weights,
        tuple(variances),
        tuple(covariances),
        small.aic - large.aic,
        small.bic - large.bic,
    )


def mixture(edge: int, inside: int) -> dict[int, float]:
    """Weights of chi-squared distributions by degrees."""
    return {inside + j: comb(edge, j) / 2.0**edge for j in range(edge + 1)}


def p_value(statistic: float, weights: dict[int, float]) -> float:
    """Probability of a larger statistic."""
    tails = ((1.0 if statistic <= 0 else 0.0) if d == 0 else chdtrc(d, statistic) for d in weights)
    return float(sum(w * t for w, t in zip(weights.values(), tails, strict=True)))


def _not_comparable(small: "Reml", large: "Reml") -> list[Problem]:
    problems = []
    records = [
        (r.design.records.y.size, float(r.design.records.y.sum()), r.degrees)
        for r in (small, large)
    ]
    fixed = [
        {(c.effect, c.trait, c.level, c.order) for c in r.design.coefficients}
        for r in (small, large)
    ]
    if records[0][0] != records[1][0] or not np.isclose(records[0][1], records[1][1]):
        text = "The two models were fitted to different records."
        remedy = "Fit both to the same ones: drop records that lack an effect of either model."
        problems.append(Problem("other_records", (), text, remedy))
    elif fixed[0] != fixed[1] or records[0][2] != records[1][2]:
        text = "The two models have different fixed effects, so that REML likelihoods differ."
        problems.append(Problem("other_fixed", (), text, "Use the same fixed effects in both."))
    if np.isnan(small.log_likelihood) or np.isnan(large.log_likelihood):
        text = "The likelihood of a fit by samples is not known."
        problems.append(Problem("sampled", (), text, "Fit with traces='exact'."))
    elif not (small.converged and large.converged):
        text = "A likelihood that has not converged cannot be compared."
        problems.append(Problem("not_converged", (), text, "Go on with start=.covariances."))
    return problems


def _added(small: "Reml", large: "Reml") -> tuple[list[str], list[str]]:
    """Free parameters of the larger model only: variances that are 0 in the smaller, others."""
    there, free = _parameters(small)
    there_large, free_large = _parameters(large)
    missing = sorted(free - there_large.keys())
    grouped = {name for name in missing if name.startswith("residual")}
    if grouped and any(name.startswith("residual[") for name in there_large):
        missing = [name for name in missing if name not in grouped]
    if missing:
        text = f"Neither model is within the other: only one has {', '.join(missing)}."
        raise ModelError([Problem("not_nested", (), text, "Compare nested models, or use aic.")])
    variances: list[str] = []
    others: list[str] = []
    for name in free_large:
        if name in free:
            continue
        on_diagonal = there_large[name][1] and not name.startswith("residual")
        at_zero = there.get(name, (0.0, on_diagonal))[0] == 0.0
        (variances if on_diagonal and at_zero else others).append(name)
    if grouped:  # one residual matrix against one for each group: the first stands for it
        names = sorted(name for name in others if name.startswith("residual["))
        others = [n for n in others if n not in names] + names[len(grouped) :]
    return sorted(variances), sorted(others)


def _parameters(result: "Reml") -> tuple[dict[str, tuple[float, bool]], set[str]]:
    """All parameters with value and whether they are variances, and which are free."""
    several = len(result.model.traits) > 1
    found, free = {}, set()
    for term, matrix in zip(result.fit.terms, result.fit.matrices, strict=True):
        for i, j in term.all_pairs:
            name = term.label(i, j, traits=several)
            found[name] = (_value(matrix, i, j), i == j)
            if term.free[i, j]:
                free.add(name)
    return found, free


def _value(matrix: Floats, i: int, j: int) -> float:
    return float(matrix[i, j])
