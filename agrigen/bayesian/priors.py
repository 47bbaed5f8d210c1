"""Prior distributions: what is believed before the records, and how it follows from little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from agrigen.bayesian.methods import Method
from agrigen.errors import ModelError, Problem
from agrigen.types import Floats
from agrigen.variance.sampler import Prior

MARKERS, RESIDUAL, IMPUTATION = "markers", "residual", "imputation"


@dataclass(frozen=True, eq=False)
class BayesPriors:
    """What is believed before the records.

    Variances have scaled inverse chi-square distributions. Their scales follow from an expected
    heritability (Perez and de los Campos 2014): the residual variance has its mode at
    (1 - heritability) of the phenotypic variance that fixed effects leave; markers, and every
    other random effect, share the rest equally.

    Attributes
    ----------
    heritability
        Expected share of all random effects in the phenotypic variance.
    degrees
        Degrees of belief of every variance; low is weak.
    pi
        Share of markers without an effect: given for BayesB and BayesC, where BayesCpi starts;
        for BayesR one share for each class of the mixture.
    estimate_pi
        Whether it is sampled; by default for BayesCpi and BayesR.
    pi_counts
        Of the Beta (Dirichlet) distribution of pi, one for each class, the class without an
        effect first; 1 each is uniform.
    mixture
        Variances of the classes of BayesR, as shares of their common variance.
    standardize
        Whether a variance is of the effect of one standard deviation of a marker, not of one copy;
        by default for BayesR, where a share is then one of the genetic variance.
    lasso_shape, lasso_rate
        Of the Gamma distribution of lambda squared; without a rate its mode is what the
        expected heritability implies.
    variances
        `ag.Prior(scale, degrees)` by name in the place of those above: `markers`, `residual`,
        `imputation` (of animals without genotypes), or a random effect.
    held
        Variances, by the same names, that are given and not sampled.
    """

    heritability: float = 0.5
    degrees: float = 5.0
    pi: float | Sequence[float] | None = None
    estimate_pi: bool | None = None
    pi_counts: Sequence[float] | None = None
    mixture: Sequence[float] = (0.0, 1e-4, 1e-3, 1e-2)
    standardize: bool | None = None
    lasso_shape: float = 1.1
    lasso_rate: float | None = None
    variances: Mapping[str, Prior] = field(default_factory=dict)
    held: Mapping[str, float] = field(default_factory=dict)


PI = 0.95
PI_MIXTURE = (0.95, 0.02, 0.02, 0.01)
"""Where BayesR of four classes starts; the effect of it is gone after a few iterations."""


@dataclass(frozen=True, eq=False)
class Resolved:
    """Priors with every number known.

    Attributes
    ----------
    variances
        By name; `markers` of one marker's variance where each has its own, of all markers' else;
        absent for the lasso.
    unit
        What a marker's variance is multiplied by: 1, or 1 / its variance.
    mixture
        Shares of that variance, by class; a single class where no effect is 0.
    """

    method: Method
    variances: dict[str, Prior]
    held: dict[str, float]
    unit: Floats
    mixture: Floats
    pi: Floats
    pi_counts: Floats
    estimate_pi: bool
    lasso_shape: float
    lasso_rate: float

    def start(self, name: str) -> float:
        """Where a variance starts: as held, or the mode of its prior."""
        if name in self.held:
            return self.held[name]
        prior = self.variances[name]
        return float(prior.scale) / (prior.degrees + 2.0)

    def to_mapping(self) -> dict[str, Any]:
        """For the provenance."""
        return {
            "variances": {
                name: {"scale": float(prior.scale), "degrees": float(prior.degrees)}
                for name, prior in self.variances.items()
            },
            "held": dict(self.held),
            "mixture": self.mixture.tolist(),
            "pi": self.pi.tolist(),
            "pi_counts": self.pi_counts.tolist(),
            "estimate_pi": self.estimate_pi,
            "lasso": [self.lasso_shape, self.lasso_rate],
        }


def read_priors(given: BayesPriors | Mapping[str, Any] | None) -> BayesPriors:
    """Priors as people give them.

    Raises
    ------
    ModelError
        For keys that mean nothing and values that cannot be.
    """
    if given is None:
        return BayesPriors()
    if isinstance(given, Mapping):
        known = [part.name for part in fields(BayesPriors)]
        wrong = [key for key in given if key not in known]
        if wrong:
            text = f"The priors have the key {wrong[0]!r}, which means nothing here."
            raise ModelError([_problem(text, f"Known are {', '.join(known)}.")])
        given = BayesPriors(**given)
    if not isinstance(given, BayesPriors):
        text = f"priors is {given!r}."
        raise ModelError([_problem(text, "Give ag.BayesPriors(...), or a mapping of its parts.")])
    _check_kinds(given)
    return given


def _check_kinds(priors: BayesPriors) -> None:
    """Refuse words where numbers are wanted, as a model file or a request may bring them."""
    rate = priors.lasso_rate
    wanted = {
        "pi": (priors.pi is None or _are_numbers(priors.pi), "a number or a list of them"),
        "pi_counts": (priors.pi_counts is None or _are_numbers(priors.pi_counts), "numbers"),
        "mixture": (_are_numbers(priors.mixture), "numbers: (0, 1e-4, 1e-3, 1e-2)"),
        "estimate_pi": (priors.estimate_pi in (None, True, False), "true or false"),
        "standardize": (priors.standardize in (None, True, False), "true or false"),
        "lasso_rate": (rate is None or (_is_number(rate) and rate > 0), "a number above 0"),
        "variances": (isinstance(priors.variances, Mapping), "priors by name"),
        "held": (isinstance(priors.held, Mapping), "variances by name: {residual: 1.0}"),
    }
    problems = [
        _problem(f"The prior {name} is {getattr(priors, name)!r}.", f"Give {words}.")
        for name, (right, words) in wanted.items()
        if not right
    ]
    if problems:
        raise ModelError(problems)


def resolve(
    priors: BayesPriors,
    method: Method,
    *,
    phenotypic: float,
    marker_variances: Floats,
    others: Mapping[str, float],
) -> Resolved:
    """Every number of the priors.

    Parameters
    ----------
    phenotypic
        Variance that the fixed effects leave.
    marker_variances
        Of the covariates of the markers, in the weights of the records.
    others
        Names of the other random effects, each with the mean diagonal of its relationships.
    """
    _check(priors, method, [MARKERS, RESIDUAL, *others])
    share = priors.heritability / (1 + len(others))
    genetic, degrees = phenotypic * share, priors.degrees
    standard = method.name == "bayes_r" if priors.standardize is None else priors.standardize
    size = marker_variances.size
    unit = 1.0 / marker_variances if standard else np.ones(size)
    total = float(size if standard else marker_variances.sum()) or 1.0
    mixture, pi, counts = _classes(priors, method)
    expected = genetic / total
    if method.name == "bayes_r":
        expected = genetic if standard else genetic * size / total
    elif method.spike:
        expected /= max(1.0 - pi[0], 1.0 / max(size, 1))
    modes = {RESIDUAL: phenotypic * (1.0 - priors.heritability), MARKERS: expected}
    modes |= {name: genetic / diagonal for name, diagonal in others.items()}
    variances = {n: Prior(mode * (degrees + 2.0), degrees) for n, mode in modes.items()}
    variances |= {
        name: Prior(float(np.squeeze(prior.scale)), float(prior.degrees))
        for name, prior in priors.variances.items()
    }
    rate = priors.lasso_rate
    if rate is None:
        ratio = (1.0 - priors.heritability) / share
        rate = (priors.lasso_shape - 1.0) / (2.0 * ratio * total)
    if method.name == "bayes_lasso":
        variances.pop(MARKERS)
    estimate = method.estimates_pi if priors.estimate_pi is None else priors.estimate_pi
    return Resolved(
        method, variances, {k: float(v) for k, v in priors.held.items()}, unit, mixture, pi,
        counts, bool(estimate and method.spike), priors.lasso_shape, rate,
    )  # fmt: skip


def _classes(priors: BayesPriors, method: Method) -> tuple[Floats, Floats, Floats]:
    """Variances of the classes, their probabilities, and counts of the prior."""
    if not method.spike:
        return np.ones(1), np.ones(1), np.ones(1)
    if method.name == "bayes_r":
        mixture = np.array(priors.mixture, dtype=float)
        pi = _mixture_start(mixture) if priors.pi is None else np.array(priors.pi, dtype=float)
    else:
        mixture = np.array([0.0, 1.0])
        zero = PI if priors.pi is None else float(np.ravel(np.asarray(priors.pi, dtype=float))[0])
        pi = np.array([zero, 1.0 - zero])
    counts = np.ones(mixture.size)
    if priors.pi_counts is not None:
        counts = np.array(priors.pi_counts, dtype=float)
    return mixture, pi, counts


def _mixture_start(mixture: Floats) -> Floats:
    if mixture.size == len(PI_MIXTURE):
        return np.array(PI_MIXTURE)
    return np.array([PI, *[(1.0 - PI) / (mixture.size - 1)] * (mixture.size - 1)])


def _check(priors: BayesPriors, method: Method, names: list[str]) -> None:
    problems = []
    for key, low, high in (("heritability", 0.0, 1.0), ("degrees", 0.0, np.inf)):
        value = getattr(priors, key)
        if not (_is_number(value) and low < value < high):
            wanted = "a number above 0" + (" and below 1" if high == 1.0 else "")
            problems.append(_problem(f"The prior {key} is {value!r}.", f"Give {wanted}."))
    if not (_is_number(priors.lasso_shape) and priors.lasso_shape > 1.0):
        text = f"lasso_shape is {priors.lasso_shape!r}."
        problems.append(_problem(text, "Give a number above 1, so that it has a mode."))
    for name in (*priors.variances, *priors.held):
        if name not in names:
            text = f"There is a prior for {name!r}, which has no variance in this model."
            problems.append(_problem(text, f"Known are {', '.join(names)}."))
    for name, prior in priors.variances.items():
        if not isinstance(prior, Prior) or np.size(prior.scale) != 1:
            text = f"The prior of {name!r} is {prior!r}."
            problems.append(_problem(text, "Give ag.Prior(scale, degrees) of one number."))
        elif not (float(np.squeeze(prior.scale)) > 0 and prior.degrees > 0):
            text = f"The prior of {name!r} has scale {prior.scale} and degrees {prior.degrees}."
            problems.append(_problem(text, "Give numbers above 0: it must be proper."))
    for name, value in priors.held.items():
        if not (_is_number(value) and value > 0):
            text = f"The variance of {name!r} is held at {value!r}."
            problems.append(_problem(text, "Give a number above 0."))
    if method.name == "bayes_lasso" and MARKERS in {*priors.variances, *priors.held}:
        text = "The Bayesian lasso has no common variance of the markers."
        problems.append(_problem(text, "Give lasso_shape and lasso_rate, or use ridge."))
    problems += _check_classes(priors, method)
    if problems:
        raise ModelError(problems)


def _check_classes(priors: BayesPriors, method: Method) -> list[Problem]:
    if not method.spike:
        return []
    problems = []
    classes = 2
    if method.name == "bayes_r":
        mixture = np.ravel(np.asarray(priors.mixture, dtype=float))
        classes = mixture.size
        if classes < 2 or mixture[0] != 0 or (np.diff(mixture) <= 0).any():
            text = f"The mixture is {tuple(mixture)}."
            problems.append(_problem(text, "Start with 0 and let it rise: (0, 1e-4, 1e-3, 1e-2)."))
    if priors.pi is not None:
        pi = np.ravel(np.asarray(priors.pi, dtype=float))
        if method.name == "bayes_r":
            if pi.size != classes or (pi <= 0).any() or abs(pi.sum() - 1) > 1e-8:
                text = f"pi is {tuple(pi)}."
                problems.append(_problem(text, f"Give {classes} shares above 0 that add up to 1."))
        elif pi.size != 1 or not 0 < pi[0] < 1:
            text = f"pi is {priors.pi!r}."
            remedy = "Give the share of markers without an effect, between 0 and 1: 0.95."
            problems.append(_problem(text, remedy))
    if priors.pi_counts is not None:
        counts = np.ravel(np.asarray(priors.pi_counts, dtype=float))
        if counts.size != classes or (counts <= 0).any():
            text = f"pi_counts is {tuple(counts)}."
            problems.append(_problem(text, f"Give {classes} numbers above 0."))
    return problems


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return bool(np.isfinite(value))


def _are_numbers(value: object) -> bool:
    """Whether it is a number, or a list of numbers."""
    return all(map(_is_number, value if isinstance(value, Sequence | np.ndarray) else [value]))


def _problem(message: str, remedy: str) -> Problem:
    return Problem("prior", (), message, remedy)
