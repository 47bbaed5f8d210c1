"""Heritabilities, repeatabilities and correlations with standard errors, from any estimates."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from agrigen.evaluation import ratios
from agrigen.evaluation.arrays import Block, Component, Covariances, Design
from agrigen.evaluation.model import Animal, effect_traits
from agrigen.evaluation.ratios import RELATION_OF_DAM
from agrigen.random import Seed, generator
from agrigen.types import Floats
from agrigen.variance.terms import Term, pack, to_covariances

DRAWS = 1_000
"""Samples of the asymptotic distribution of the estimates."""

Values = dict[tuple[str, ...], float]
"""Each ratio by (kind, effect_1, trait_1, effect_2, trait_2)."""

_Function = Callable[[Floats], Floats]

COLUMNS = ["kind", "effect_1", "trait_1", "effect_2", "trait_2"]


def ratios_of(design: Design, covariances: Covariances) -> Values:
    """All ratios that exist in a model, at some covariances.

    heritability
        Variance of a genetic effect over the phenotypic variance; of "total": (direct + 1.5
        covariance + 0.5 maternal) / phenotypic (Willham 1972).
    proportion
        The same of the other effects and the residual.
    repeatability
        What the records of one animal have in common.
    correlation
        Within the blocks, of the residuals, and phenotypic.
    """
    phenotypic = phenotypic_matrices(design, covariances)
    found = _proportions(design, covariances, phenotypic)
    for key, value in ratios.repeatabilities(design, covariances).items():
        found["repeatability", "", key, "", ""] = value
    for c in ratios.correlations(design, covariances):
        found["correlation", c.effect_1, c.trait_1, c.effect_2, c.trait_2] = c.value
    return found | _phenotypic_correlations(design, phenotypic)


def phenotypic_matrices(design: Design, covariances: Covariances) -> Floats:
    """Covariance of the traits in one record of an animal that is not inbred, by group.

    nan for traits that change along a basis.
    """
    traits = design.model.traits
    random = np.zeros((len(traits), len(traits)))
    for block, matrix in zip(design.blocks, covariances.blocks, strict=True):
        for i, one in enumerate(block.components):
            for j, two in enumerate(block.components):
                relation = _relation(design, block, one, two)
                random[traits.index(one.trait), traits.index(two.trait)] += relation * matrix[i, j]
    return np.asarray(random + covariances.residual)


def _relation(design: Design, block: Block, one: Component, two: Component) -> float:
    """How related the levels are that two components have in one record."""
    if one.coefficient is not None or two.coefficient is not None:
        return float("nan")
    effects = {effect.name: effect for effect in design.model.random}
    columns = [effect_traits(effects[c.effect], design.model)[c.trait] for c in (one, two)]
    if columns[0] == columns[1]:
        return 1.0
    genetic = isinstance(effects[one.effect], Animal) and block.structure.sire is not None
    return RELATION_OF_DAM if genetic else 0.0


def _groups(design: Design) -> list[str]:
    return [f" [{group}]" if group else "" for group in design.groups]


def _proportions(design: Design, covariances: Covariances, phenotypic: Floats) -> Values:
    traits = design.model.traits
    found: Values = {}
    for g, suffix in enumerate(_groups(design)):
        for t, trait in enumerate(traits):
            total = phenotypic[g, t, t]
            if np.isnan(total):
                continue
            for block, matrix in zip(design.blocks, covariances.blocks, strict=True):
                mine = [k for k, c in enumerate(block.components) if c.trait == trait]
                for k in mine:
                    effect = block.components[k].effect
                    kind = "heritability" if _is_animal(design, effect) else "proportion"
                    found[kind, effect, trait + suffix, "", ""] = float(matrix[k, k] / total)
                own = [k for k in mine if _is_animal(design, block.components[k].effect)]
                if len(own) == 2:
                    a, m = own
                    willham = matrix[a, a] + 1.5 * matrix[a, m] + 0.5 * matrix[m, m]
                    found["heritability", "total", trait + suffix, "", ""] = float(willham / total)
            residual = covariances.residual[g, t, t] / total
            found["proportion", "residual", trait + suffix, "", ""] = float(residual)
    return found


def _is_animal(design: Design, name: str) -> bool:
    return any(isinstance(e, Animal) and e.name == name for e in design.model.random)


def _phenotypic_correlations(design: Design, phenotypic: Floats) -> Values:
    traits = design.model.traits
    found: Values = {}
    for g, suffix in enumerate(_groups(design)):
        p = phenotypic[g]
        for i in range(len(traits)):
            for j in range(i):
                value = p[i, j] / np.sqrt(p[i, i] * p[j, j])
                if not np.isnan(value):
                    name = f"phenotypic{suffix}"
                    found["correlation", name, traits[j], name, traits[i]] = float(value)
    return found


def table(
    design: Design,
    terms: Sequence[Term],
    matrices: Sequence[Floats],
    sampling: Floats,
    rng: Seed = 1,
) -> pd.DataFrame:
    """Every ratio with its standard error by the delta method and by sampling.

    `lower` and `upper` hold 95 % of the samples: draws from the normal distribution that the
    estimates have in large samples (Houle and Meyer 2015).
    """
    here = ratios_of(design, to_covariances(matrices, len(design.blocks)))
    keys, value = list(here), np.array(list(here.values()))

    def at(parameters: Floats) -> Floats:
        moved = unpacked(terms, parameters)
        found = ratios_of(design, to_covariances(moved, len(design.blocks)))
        return np.array([found.get(key, np.nan) for key in keys])

    center = pack(terms, matrices)
    with np.errstate(invalid="ignore", divide="ignore"):
        delta = _delta(at, center, sampling)
        draws = _draws(at, center, sampling, rng)
    sampled, lower, upper = _spread(draws)
    frame = pd.DataFrame(keys, columns=COLUMNS)
    known = np.where(delta > 1e-6, delta, np.nan)
    return frame.assign(value=value, se=known, se_sampled=sampled, lower=lower, upper=upper)


def unpacked(terms: Sequence[Term], parameters: Floats) -> list[Floats]:
    """Matrices of a vector of lower triangles."""
    found, at = [], 0
    for term in terms:
        matrix = np.zeros((term.size, term.size))
        for i, j in term.all_pairs:
            matrix[i, j] = matrix[j, i] = parameters[at]
            at += 1
        found.append(matrix)
    return found


def _delta(at: _Function, center: Floats, sampling: Floats) -> Floats:
    """Standard errors by a linear approximation with central differences."""
    columns = []
    for k, variance in enumerate(np.diag(sampling)):
        step = np.zeros(center.size)
        step[k] = 1e-5 * max(abs(center[k]), np.sqrt(max(variance, 0.0)), 1e-300)
        slope = (at(center + step) - at(center - step)) / (2.0 * step[k])
        columns.append(slope if variance > 0.0 else np.zeros_like(slope))
    jacobian = np.column_stack(columns)
    inside = np.einsum("ij,jk,ik->i", jacobian, sampling, jacobian)
    return np.asarray(np.sqrt(np.maximum(inside, 0.0)))


def _draws(at: _Function, center: Floats, sampling: Floats, rng: Seed) -> Floats:
    values, vectors = np.linalg.eigh(sampling)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = generator(rng).standard_normal((DRAWS, center.size))
    return np.array([at(center + half @ z) for z in normal])


def _spread(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Standard deviation and 95 % of the draws where a ratio exists."""
    out = np.full((3, draws.shape[1]), np.nan)
    for k, column in enumerate(draws.T):
        valid = column[np.isfinite(column)]
        if valid.size > DRAWS // 2 and np.ptp(valid) > 1e-12:
            out[:, k] = valid.std(ddof=1), *np.quantile(valid, [0.025, 0.975])
    return out[0], out[1], out[2]
