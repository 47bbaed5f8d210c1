"""Random effects and records drawn from a design's own model."""

import numpy as np

from agrigen._kernels import gibbs as kernels
from agrigen._kernels import pedigree_structure
from agrigen.evaluation.arrays import Block, Covariances, Design
from agrigen.evaluation.operator import record_arrays
from agrigen.types import Floats


def draw_effects(
    design: Design, covariances: Covariances, generator: np.random.Generator
) -> Floats:
    """Unknowns with random effects from N(0, K (x) G); fixed columns and fixed groups are 0."""
    x = np.zeros(design.size)
    for block, g in zip(design.blocks, covariances.blocks, strict=True):
        x[block.span] = _levels(block, g, generator).ravel()
    x[design.pinned] = 0.0
    return x


def _levels(block: Block, g: Floats, generator: np.random.Generator) -> Floats:
    z = generator.standard_normal((block.levels, block.width)) @ np.linalg.cholesky(g).T
    s = block.structure
    if s.sire is None or s.dam is None or s.precision is None:
        return np.asarray(z)
    n = s.sire.size
    z[:n] *= np.sqrt(s.precision)[:, None]  # `spread` divides by the precision
    if s.base is not None:
        random = s.base.any()
        z[n:] = np.linalg.cholesky(np.linalg.inv(s.base)) @ z[n:] if random else 0.0
    z = np.ascontiguousarray(z)
    pedigree_structure.spread_columns(s.sire, s.dam, *s.weights, s.precision, z)
    return z


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
