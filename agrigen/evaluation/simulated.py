"""Random effects and records drawn from a design's own model."""

import numpy as np

from agrigen._kernels import gibbs as kernels
from agrigen.evaluation.arrays import Block, Covariances, Design
from agrigen.evaluation.operator import record_arrays
from agrigen.pedigree.draw import draw
from agrigen.types import Floats


def draw_effects(
    design: Design, covariances: Covariances, generator: np.random.Generator
) -> Floats:
    """Unknowns with random effects from N(0, K (x) G); fixed columns and fixed groups are 0."""
    x = np.zeros(design.size)
    for block, g in zip(design.blocks, covariances.blocks, strict=True):
        x[block.span] = (_levels(design, block, generator) @ np.linalg.cholesky(g).T).ravel()
    x[design.pinned] = 0.0
    return x


def _levels(design: Design, block: Block, generator: np.random.Generator) -> Floats:
    """N(0, K) for every component."""
    if block.name in design.genomic:
        # Relationships need the sparse factor of this package.
        from agrigen.relationship.draws import draw_genomic

        return draw_genomic(design.genomic[block.name], block.width, generator)
    return draw(block.structure, generator.standard_normal((block.levels, block.width)))


def residual_roots(design: Design, covariances: Covariances) -> Floats:
    """Cholesky factor of the residual covariance of each pattern, zero for traits it lacks."""
    records = design.records
    patterns, traits = records.observed.shape
    out = np.zeros((patterns, traits, traits))
    for p in range(patterns):
        there = np.ix_(records.observed[p], records.observed[p])
        out[p][there] = np.linalg.cholesky(covariances.residual[records.group[p]][there])
    return out


def add_residuals(
    design: Design, covariances: Covariances, values: Floats, generator: np.random.Generator
) -> Floats:
    """Values of the observations plus residuals from N(0, R)."""
    z = generator.standard_normal(values.size)
    out = np.empty_like(values)
    roots = residual_roots(design, covariances)
    kernels.add_noise(record_arrays(design), roots, z, values, out)
    return out


def fitted(design: Design, x: Floats) -> Floats:
    """W x."""
    records = design.records
    e = np.empty(records.y.size)
    kernels.residuals(record_arrays(design), np.zeros(e.size), x, e)
    return np.negative(e, out=e)
