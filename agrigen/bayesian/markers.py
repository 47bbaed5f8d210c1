"""State of the marker effects in a chain, and how their variances are drawn."""

from typing import Any

import numpy as np

from agrigen.bayesian.covariates import Covariates
from agrigen.bayesian.priors import MARKERS, Resolved
from agrigen.types import Floats

TINY = 1e-200


class Markers:
    """Effects of the markers, their variances, and the share without an effect.

    Attributes
    ----------
    effects, classes, odds
        Of every marker: its effect, its class in the mixture, and the log-odds of an effect that
        is not 0 when it was drawn.
    variance
        Of the class of weight 1: one number for each marker, or one for all.
    pi
        Probabilities of the classes.
    squared_lambda
        Of the lasso.
    """

    def __init__(
        self,
        covariates: Covariates,
        priors: Resolved,
        random: np.random.Generator,
        residual: float,
        *,
        dtype: Any,
        factor: float,
        elsewhere: bool,
    ) -> None:
        self.covariates = covariates
        self.priors = priors
        self.random = random
        self.dtype = dtype
        self.size = covariates.markers
        self.effects = np.zeros(self.size)
        self.classes = np.zeros(self.size, np.int8)
        self.odds = np.full(self.size, np.inf)
        self.lasso = priors.method.name == "bayes_lasso"
        self.squared_lambda = (priors.lasso_shape - 1.0) / priors.lasso_rate
        if self.lasso:
            self.squared_lambda *= factor
            # Of the standard deviation of the residual, as the other variances are not.
            self.tau = np.full(self.size, 2.0 / self.squared_lambda)
            self.variance = residual * self.tau
        else:
            start = priors.start(MARKERS) * (1.0 if MARKERS in priors.held else factor)
            many = self.size if priors.method.own else 1
            self.variance = np.full(many, start)
        self.pi = priors.pi.copy()
        self.halves = np.zeros((self.size, self.pi.size))
        self.logs = np.zeros((self.size, self.pi.size))
        if elsewhere and priors.estimate_pi:
            self.pi = random.dirichlet(1.0 + 4.0 * priors.pi)

    def draw(self, residuals: Floats, residual: float) -> Floats:
        """Draw effects, then what their distribution depends on; the change of the animals."""
        if self.lasso:
            self.variance = residual * self.tau
        c = self.covariates
        values = np.zeros(c.weight.size, self.dtype)
        values[c.place] = residuals
        change = np.zeros(c.weight.size)
        state = (self.effects, self.classes, self.odds, values, change)
        draws = (self._uniform(), self.random.standard_normal(self.size))
        data = (c.diagonal, c.gram, c.weight)
        c.sweep(c.kept, 1.0 / residual, data, state, self._prior(residual), draws)
        if self.lasso:
            self._draw_tau(residual)
        elif MARKERS not in self.priors.held:
            self._draw_variances()
        if self.priors.estimate_pi:
            counts = np.bincount(self.classes, minlength=self.pi.size)
            self.pi = self.random.dirichlet(counts + self.priors.pi_counts)
        return change[c.place]

    def scaled_by_residual(self) -> tuple[float, int]:
        """Of effects whose variance is a multiple of the residual's: sum of squares, number."""
        if not self.lasso:
            return 0.0, 0
        return float((self.effects**2 / self.tau).sum()), self.size

    @property
    def inclusion(self) -> Floats:
        """Probability of an effect that is not 0, given all others."""
        with np.errstate(over="ignore"):
            return np.asarray(1.0 / (1.0 + np.exp(-self.odds)))

    @property
    def expected_variance(self) -> Floats:
        """Of the effect of each marker before its genotypes are seen."""
        return float(self.pi @ self.priors.mixture) * self.variance * self.priors.unit

    def parameters(self) -> dict[str, float]:
        """What describes the distribution of the effects."""
        priors, found = self.priors, {}
        if self.lasso:
            found["lambda"] = float(np.sqrt(self.squared_lambda))
        elif not priors.method.own:
            found[MARKERS] = float(self.variance[0])
        if priors.estimate_pi and self.pi.size == 2:
            found["pi"] = float(self.pi[0])
        elif priors.estimate_pi:
            found |= {f"pi_{k}": float(share) for k, share in enumerate(self.pi)}
        if priors.method.spike:
            found["markers_in"] = float(np.count_nonzero(self.effects))
        return found

    def _uniform(self) -> Floats:
        if self.pi.size == 2:
            return self.random.logistic(size=self.size)
        return self.random.random(self.size if self.pi.size > 2 else 0)

    def _prior(self, residual: float) -> tuple[Floats, Floats]:
        """Half the conditional variance of every marker in each class, and log-probabilities."""
        ratio = self.covariates.diagonal / residual
        base = self.variance * self.priors.unit
        with np.errstate(divide="ignore"):
            log_pi = np.log(self.pi)
        for k, share in enumerate(self.priors.mixture):
            if share == 0.0:
                self.logs[:, k] = log_pi[k]
                continue
            spread = share * base
            known = ratio * spread
            self.halves[:, k] = 0.5 * spread / (1.0 + known)
            if self.pi.size > 1:
                self.logs[:, k] = log_pi[k] - 0.5 * np.log1p(known)
        return self.halves, self.logs

    def _draw_variances(self) -> None:
        prior = self.priors.variances[MARKERS]
        inside = np.flatnonzero(self.effects)
        share = self.priors.mixture[self.classes[inside]] * self.priors.unit[inside]
        squares = self.effects[inside] ** 2 / share
        if self.priors.method.own:
            total, degrees = (
                np.full(self.size, float(prior.scale)),
                np.full(self.size, prior.degrees),
            )
            total[inside] += squares
            degrees[inside] += 1.0
            self.variance = total / self.random.chisquare(degrees)
            return
        chi = self.random.chisquare(prior.degrees + inside.size)
        self.variance = np.array([(float(squares.sum()) + float(prior.scale)) / chi])

    def _draw_tau(self, residual: float) -> None:
        """Park and Casella 2008: 1 / tau from inverse Gaussian distributions, then lambda."""
        mean = np.sqrt(self.squared_lambda * residual / np.maximum(self.effects**2, TINY))
        uniform, normal = self.random.random(self.size), self.random.standard_normal(self.size)
        self.tau = 1.0 / inverse_gaussian(mean, self.squared_lambda, uniform, normal)
        shape = self.priors.lasso_shape + self.size
        rate = self.priors.lasso_rate + float(self.tau.sum()) / 2.0
        self.squared_lambda = float(self.random.gamma(shape, 1.0 / rate))


def inverse_gaussian(mean: Floats, shape: float, uniform: Floats, normal: Floats) -> Floats:
    """Draws by Michael, Schucany and Haas 1976; the smaller root is computed without a loss."""
    w = mean * normal**2 / (2.0 * shape)
    small = mean / (1.0 + w + np.sqrt(w) * np.sqrt(2.0 + w))
    return np.asarray(np.where(uniform * (mean + small) <= mean, small, mean * (mean / small)))
