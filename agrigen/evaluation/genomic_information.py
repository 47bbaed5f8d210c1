"""Approximate prediction error variances with genomic relationships, by information.

In the manner of Misztal et al. (2013) and Edel et al. (2019). What the records of a genotyped
animal and of its relatives say is put into one number d, as of an own record: such that with the
relationships of the pedigree it gives the error variance of the pedigree model. It is then joined
with the genomic relationships in full: PEV = diag((K^-1 / variance + diag(d))^-1), K^-1 the inverse
of G. Animals without genotypes hear of it through the pedigree.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import lapack

from agrigen._kernels import iterative as block_kernels
from agrigen.errors import ModelError, Problem, SolveError
from agrigen.evaluation.arrays import Block
from agrigen.evaluation.relatives import joined
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats, Integers

if TYPE_CHECKING:
    from agrigen.relationship.covariance import GenomicCovariance

LIMIT = 15_000
"""Genotyped animals up to which G is inverted: 1.8 GB, three times."""

MATCHES, SETTLED = 8, 1e-3
"""Steps in which d is found, each a Cholesky factor, and the relative change that ends them."""

MANY = 5_000
"""Genotyped animals above which one step has to do."""

TELLS = 5
"""Times that the pedigree is told of what genotypes say: telling one animal tells its relatives."""


def genomic_pev(
    block: Block,
    g: Floats,
    information: Floats,
    covariance: "GenomicCovariance",
    by_pedigree: Floats | None = None,
) -> Floats:
    """PEV (levels, width) of a block with genomic relationships; nan of fixed groups.

    `by_pedigree` is that of the model with relationships of the pedigree alone, where it is known;
    otherwise information of relatives stands for it.

    Raises
    ------
    ModelError
        For more genotyped animals than an inverse is made of.
    """
    count = covariance.places.size
    if count > LIMIT:
        text = f"Reliabilities of {count:,} genotyped animals cannot be found by information."
        remedy = f"Use reliability: sampled; the limit is {LIMIT:,}."
        raise ModelError([Problem("genotyped", (), text, remedy)])
    if block.structure.sire is None:
        return _genotyped(g, information, covariance)
    return _single_step(block, g, information, covariance, by_pedigree)


def _genotyped(g: Floats, information: Floats, covariance: "GenomicCovariance") -> Floats:
    """PEV of the genotyped animals from what is known of each without the others."""
    scale = covariance.part.g.diagonal
    inverse = covariance.inverse
    out = np.empty((scale.size, len(g)))
    with plain_blas():
        for c, own in enumerate(_alone(g, information, scale).T):
            out[:, c] = _inverse_diagonal(inverse / g[c, c], own)
    return out


def _alone(g: Floats, information: Floats, scale: Floats) -> Floats:
    """Information about each component, what others say about it included, (levels, width)."""
    if len(g) == 1:
        return np.asarray(information[:, :, 0])
    total = information + np.linalg.inv(g) / scale[:, None, None]
    block_kernels.invert_blocks(total)
    left = np.diagonal(total, axis1=1, axis2=2)
    return np.asarray(np.maximum(1.0 / left - 1.0 / (np.diag(g) * scale[:, None]), 0.0))


def _inverse_diagonal(precision: Floats, added: Floats) -> Floats:
    """Diagonal of the inverse of a matrix with something added to its diagonal."""
    total = np.array(precision, order="F")
    total[np.diag_indices_from(total)] += added
    lower, failed = lapack.dpotrf(total, lower=1, overwrite_a=1, clean=1)
    if failed:
        raise SolveError("The inverse of the genomic relationships is not positive definite.")
    half, _ = lapack.dtrtri(lower, lower=1, overwrite_c=1)
    return np.asarray(np.einsum("ij,ij->j", half, half))


def _single_step(
    block: Block,
    g: Floats,
    information: Floats,
    covariance: "GenomicCovariance",
    by_pedigree: Floats | None,
) -> Floats:
    places, structure, related = covariance.places, block.structure, covariance.part.related
    if related is None:
        raise ValueError("a single step needs relationships of the genotyped animals")
    pedigree = replace(block, structure=replace(structure, dense=None))
    own = structure.own[places]
    swept = _variances(joined(pedigree, g, information))
    before = swept if by_pedigree is None else by_pedigree
    found = np.empty((places.size, len(g)))
    with plain_blas():
        inverse, used = related.inverse(), covariance.inverse
        for c, variance in enumerate(np.diag(g)):
            d = _matching(inverse / variance, before[places, c], own * variance)
            found[:, c] = _inverse_diagonal(used / variance, d)
    left = found / (np.diag(g) * covariance.part.g.diagonal[:, None])  # 1 - reliability
    ratio = left * np.diag(g) * own[:, None] / before[places]
    out = _told(pedigree, g, information, places, ratio * swept[places])
    out *= before / swept * (structure.scale / structure.own)[:, None]
    out[places] = found
    return out


def _matching(precision: Floats, target: Floats, prior: Floats) -> Floats:
    """d with diag((precision + diag(d))^-1) = target, nearly; `prior` is that of no d at all."""
    wanted = np.maximum(1.0 / target - 1.0 / prior, 0.0)
    d = wanted.copy()
    for _ in range(MATCHES if len(prior) <= MANY else 1):
        reached = 1.0 / _inverse_diagonal(precision, d) - 1.0 / prior
        ratio = np.divide(wanted, reached, out=np.zeros_like(d), where=reached > 0.0)
        d *= ratio
        if np.abs(ratio - 1.0)[wanted > 0.0].max(initial=0.0) < SETTLED:
            break
    return d


def _told(
    pedigree: Block, g: Floats, information: Floats, places: Integers, wanted: Floats
) -> Floats:
    """PEV of all animals when those of the genotyped ones are made what genotypes say."""
    known = information.copy()
    rows = np.arange(len(g))
    for _ in range(TELLS):
        now = _variances(joined(pedigree, g, known))
        diagonal = known[places[:, None], rows, rows] + 1.0 / wanted - 1.0 / now[places]
        known[places[:, None], rows, rows] = np.maximum(diagonal, 0.0)
    out = _variances(joined(pedigree, g, known))
    groups = 0 if pedigree.structure.base is None else len(pedigree.structure.base)
    out[len(out) - groups :] = np.nan
    return out


def _variances(total: Floats) -> Floats:
    """PEV (levels, width) of what is known; `total` is used up."""
    block_kernels.invert_blocks(total)
    return np.diagonal(total, axis1=1, axis2=2).copy()
