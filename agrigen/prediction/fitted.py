"""Marker effects of an evaluation, with what is known of their errors.

Given the breeding values u of the genotyped animals the effects are a = share / scale Z' G^-1 u and
the mean is constant 1' G^-1 u. A new animal's value is k' G^-1 u with k its relationships to the
genotyped ones through markers, so that its prediction has the variance k' G^-1 S G^-1 k, S the
covariance matrix of the solutions u: genetic less prediction error covariance, both exact.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array

from agrigen.errors import ModelError, Problem
from agrigen.evaluation.arrays import Block, Component, Covariances, Design
from agrigen.evaluation.solve import Solution
from agrigen.evaluation.tables import residual_gradient
from agrigen.evaluation.threads import plain_blas
from agrigen.prediction.effects import MarkerEffects, Precision
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.relationship.covariance import GenomicCovariance

VALUES = 20_000_000
"""Numbers that the factor of the errors may have: 80 MB. Beyond, its largest directions stay."""

TINY = 1e-10
"""Of the largest eigenvalue: directions with less hold no information."""

BLOCK = 2048


def marker_model(
    design: Design,
    covariances: Covariances,
    solution: Solution,
    *,
    effect: str | None,
    reliability: bool,
    values: int = VALUES,
    origin: dict[str, Any],
) -> MarkerEffects:
    """Effects of the markers behind one genomic effect of a solved model."""
    place, block = _block(design, effect)
    genomic = design.genomic[block.name]
    matrix = covariances.blocks[place]
    gradient = residual_gradient(design, covariances, solution.values)
    dual = gradient[block.span].reshape(block.levels, block.width) @ matrix  # K^-1 u
    duals = [genomic.dual(column) for column in dual.T]  # G^-1 u
    precision = _precision(block, matrix, genomic, solution, values) if reliability else None
    own = {"effect": block.name, "method": _method(design, block.name), **origin}
    return MarkerEffects(
        genomic.genotypes.markers, genomic.frequencies, _traits(block.components),
        np.stack([genomic.g.marker_effects(column) for column in duals]),
        genomic.constant * np.array([column.sum() for column in duals]),
        np.diag(matrix).copy(), genomic.scale, genomic.share, genomic.constant,
        genomic.polygenic, precision, own,
    )  # fmt: skip


def _block(design: Design, effect: str | None) -> tuple[int, Block]:
    known = [name for name in design.genomic if effect in (None, name)]
    if not known:
        there = ", ".join(design.genomic) or "none"
        text = f"There is no genomic effect {effect or ''!r}; the model has {there}."
        raise ModelError([Problem("no_genomic", (), text, "Add ag.Genomic() to the model.")])
    return next((k, b) for k, b in enumerate(design.blocks) if b.name == known[0])


def _traits(components: tuple[Component, ...]) -> tuple[str, ...]:
    return tuple(
        c.trait if c.coefficient is None else f"{c.trait} {c.coefficient}" for c in components
    )


def _method(design: Design, name: str) -> str:
    return str(next(getattr(e, "method", "") for e in design.model.random if e.name == name))


def _precision(
    block: Block, matrix: Floats, genomic: "GenomicCovariance", solution: Solution, values: int
) -> Precision | None:
    """None where prediction error covariances of the genotyped animals are not known."""
    columns = genomic.frequencies.size + 1
    most = max(1, values // (columns * block.width))
    halves, kept = [], 1.0
    with plain_blas():
        for c in range(block.width):
            error = _error_covariances(block, c, genomic.places, solution)
            if error is None:
                return None
            g = genomic.relationship.matrix
            half, part = _half(matrix[c, c] * g - error, genomic.inverse, most)
            halves.append(half)
            kept = min(kept, part)
        factor = np.zeros((block.width, max(map(len, halves)), columns), np.float32)
        for c, half in enumerate(halves):
            factor[c, : len(half)] = _by_marker(half, genomic)
    return Precision(factor, kept)


def _error_covariances(
    block: Block, component: int, places: Integers, solution: Solution
) -> Floats | None:
    """Prediction error covariances of some levels; the factor has them where G^-1 is dense."""
    if solution.inverse is None or solution.system is None:
        return None
    lower = solution.system.lower
    whole = csr_array((solution.inverse.values, lower.indices, lower.indptr), shape=lower.shape)
    mine = block.offset + places * block.width + component
    part = whole[mine][:, mine]
    if part.nnz < places.size * (places.size + 1) // 2:
        return None
    dense: Floats = part.toarray()
    return np.asarray(dense + dense.T - np.diag(np.diagonal(dense)))


def _half(spread: Floats, inverse: Floats, most: int) -> tuple[Floats, float]:
    """H = S^(1/2)' G^-1 in the directions that vary most among the genotyped animals.

    With it the part of the variance of their predictions that these directions keep.
    """
    values, vectors = eigh(spread, driver="evd", check_finite=False)
    inside = np.flatnonzero(values > TINY * max(values[-1], 1e-300))[-most:]
    half = (vectors[:, inside] * np.sqrt(values[inside])).T @ inverse
    return half, float(values[inside].sum() / np.maximum(values, 0.0).sum())


def _by_marker(half: Floats, genomic: "GenomicCovariance") -> Floats:
    """H [share / scale Z, constant 1]: a column a marker, and one of the mean."""
    p = genomic.frequencies
    out = np.empty((len(half), p.size + 1))
    for places, block in genomic.genotypes.iter_blocks(BLOCK, np.float64):
        z = np.where(np.isnan(block), 0.0, block - 2 * p[places])
        out[:, places] = half @ z
    out[:, :-1] *= genomic.share / genomic.scale
    out[:, -1] = genomic.constant * half.sum(axis=1)
    return out
