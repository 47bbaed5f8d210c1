"""Genetic values drawn from genomic relationships, and from those of a single step."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from agrigen.errors import SolveError
from agrigen.pedigree.draw import draw
from agrigen.relationship.apy import CoreRelationship
from agrigen.relationship.implicit import ImplicitRelationship
from agrigen.types import Floats

if TYPE_CHECKING:
    from agrigen.relationship.covariance import GenomicCovariance


def draw_genomic(
    covariance: "GenomicCovariance", columns: int, generator: np.random.Generator
) -> Floats:
    """N(0, K) of all levels, (levels, columns); 0 for fixed groups.

    Of a single step: values drawn through the pedigree, moved where genotypes say otherwise, and
    their relatives with them: H is A with G in the place of A22 (Legarra et al. 2009).
    """
    used = covariance.part.g
    if isinstance(used, CoreRelationship):
        genotyped = _of_core(used, columns, generator)
    else:
        genotyped = _of_markers(covariance.g, columns, generator)
    whole = covariance.structure.without_fixed_groups()
    out = np.zeros((len(covariance.structure), columns))
    if whole.sire is None:
        out[: len(whole)] = genotyped
        return out
    related = covariance.part.related
    if related is None:
        raise ValueError("a single step needs relationships of the genotyped animals")
    pedigree = replace(whole, dense=None)
    drawn = draw(pedigree, generator.standard_normal((len(whole), columns)))
    spread = np.zeros_like(drawn)
    spread[covariance.places] = related.inverse_times(genotyped - drawn[covariance.places])
    out[: len(whole)] = drawn + pedigree.times(spread)
    return out


def _of_core(g: CoreRelationship, columns: int, generator: np.random.Generator) -> Floats:
    out = np.empty((len(g.whole), columns))
    core = np.triu(g.root).T @ generator.standard_normal((g.core.size, columns))
    rest = generator.standard_normal((g.others.size, columns))
    out[g.core] = core
    out[g.others] = g.across.T @ core + np.sqrt(g.left)[:, None] * rest
    return out


def _of_markers(g: ImplicitRelationship, columns: int, generator: np.random.Generator) -> Floats:
    """The sum of what markers, the pedigree, the ridge and the common mean contribute."""
    out = np.sqrt(g.ridge) * generator.standard_normal((len(g), columns))
    root = np.sqrt(g.share / g.scale)
    for column in range(columns):
        effects = root * generator.standard_normal(g.frequencies.size)
        out[:, column] += g.centered.times(effects)
    if g.blend:
        if g.related is None:
            other = generator.standard_normal((len(g), columns))
        else:
            other = g.related.draw(columns, generator)
        out += np.sqrt(g.slope * g.blend) * other
    if g.constant >= 0.0:
        return out + np.sqrt(g.constant) * generator.standard_normal(columns)
    return out - np.outer(np.ones(len(g)), _lowered(g, out))


def _lowered(g: ImplicitRelationship, drawn: Floats) -> Floats:
    """What to take off so that the covariance B of `drawn` becomes B + constant, below 0.

    v - 1 b h'v with h = B^-1 1 has the covariance B + (b^2 q - 2 b) 11', q = 1'h.
    """
    size = len(g)
    b_times = LinearOperator((size, size), lambda x: g.times(x.ravel()) - g.constant * x.sum())
    h, failed = cg(b_times, np.ones(size), rtol=1e-8, maxiter=5 * size)
    q = float(h.sum())
    if failed or 1.0 + g.constant * q <= 0.0:
        raise SolveError(
            "The tuned relationships are not positive definite: nothing can be drawn from them. "
            "Use tune: none, or blend: 0.05."
        )
    b = (1.0 - np.sqrt(1.0 + g.constant * q)) / q
    return np.asarray(b * (h @ drawn))
