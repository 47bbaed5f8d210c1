"""The inverse of genomic relationships by a core of animals: the algorithm for proven and young."""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.linalg import blas, lapack

from agrigen._kernels import apy as kernels
from agrigen._kernels.relationship import TILE, bit_planes, decode_values
from agrigen.errors import SolveError, name_some
from agrigen.evaluation.dense import cholesky, inverse
from agrigen.evaluation.progress import NO_STAGES, Stages
from agrigen.evaluation.threads import each, plain_blas
from agrigen.genotypes import Genotypes
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.products import missing_list, spread_sums
from agrigen.relationship.crossproduct import PANEL, centered_products
from agrigen.relationship.implicit import ImplicitRelationship
from agrigen.types import Floats, Integers

TILES = 64
"""Tiles of one part of the dot products."""

MARKERS = 512
"""Markers of a block of matrix products, where genotypes are missing."""

COLUMNS = 64
"""Columns of A22 made at a time."""

PIVOT = 1e-6
"""Least variance of an animal given the core, in units of its own, that counts as above zero."""


@dataclass(frozen=True, eq=False)
class CoreRelationship:
    """Relationships whose inverse is sparse: others depend on each other through the core alone.

    With c for the core and n for the others, P = G_cc^-1 G_cn and the variance that the core
    leaves, M = diag(G_nn - G_nc P): G has G_nc P + M in the place of G_nn, and its inverse is
    that of G_cc at the core plus [-P; I] M^-1 [-P', I] (Misztal et al. 2014; Misztal 2016). With
    all animals in the core it is the inverse of G. Memory: 8 (2 c^2 + c n) bytes, and while they
    are made a copy of the packed genotypes and their bits; G_nn is not formed, but for its
    diagonal.

    Attributes
    ----------
    core, others
        Places among the genotyped animals.
    block, root
        G_cc, and U with G_cc = U'U.
    across
        P.
    left
        Diagonal of M.
    """

    whole: ImplicitRelationship
    core: Integers
    others: Integers
    block: Floats
    root: Floats
    across: Floats
    left: Floats

    @classmethod
    def of(
        cls, g: ImplicitRelationship, core: Integers, stage: Stages = NO_STAGES
    ) -> "CoreRelationship":
        """From the packed genotypes of the core and of the others.

        Raises
        ------
        SolveError
            If G_cc is not positive definite, or an animal is nothing but a combination of core
            animals.
        """
        other = np.ones(len(g), np.bool_)
        other[core] = False
        others = np.flatnonzero(other)
        block, across = core_blocks(g, core, others, stage)
        stage(0.7, "inverting relationships of the core")
        root = np.array(block, order="F")
        if not cholesky(root):
            raise SolveError(_NOT_POSITIVE.format(count=core.size))
        left = g.diagonal[others].copy()
        with plain_blas():
            parts = np.array_split(np.arange(others.size), max(1, -(-others.size // 512)))
            each(partial(_condition, root, across, left), [p for p in parts if p.size])
        wrong = left <= PIVOT * g.diagonal[others]
        if wrong.any():
            names = [str(id) for id in g.genotypes.ids[others[wrong]]]
            raise SolveError(_NOTHING_LEFT.format(names=name_some(names)))
        return cls(g, core, others, block, root, across, left)

    def times(self, x: Floats, related: Floats | None = None) -> Floats:
        """G x for a vector or a matrix."""
        x = np.asarray(x, dtype=np.float64)
        y = np.empty_like(x)
        inside = x[self.others]
        y[self.core] = self.block @ (x[self.core] + self.across @ inside)
        y[self.others] = self.across.T @ y[self.core] + _by_row(self.left, inside)
        return y

    def inverse_times(self, x: Floats) -> Floats:
        """The inverse times a vector or a matrix."""
        x = np.asarray(x, dtype=np.float64)
        y = np.empty_like(x)
        rest = _by_row(1.0 / self.left, x[self.others] - self.across.T @ x[self.core])
        y[self.others] = rest
        y[self.core] = lapack.dpotrs(self.root, x[self.core], lower=0)[0] - self.across @ rest
        return y

    def marker_effects(self, dual: Floats) -> Floats:
        """Effects of the markers from G^-1 u."""
        return self.whole.marker_effects(dual)

    @property
    def explained(self) -> float:
        """Share of the variance of the others that the core explains; 1 where there are none."""
        mine = self.whole.diagonal[self.others]
        return 1.0 - float(self.left.mean() / mine.mean()) if mine.size else 1.0

    @property
    def diagonal(self) -> Floats:
        """Diagonal of G: unchanged."""
        return self.whole.diagonal

    @cached_property
    def inverse_diagonal(self) -> Floats:
        """Diagonal of the inverse."""
        out = np.empty(len(self.whole))
        out[self.others] = 1.0 / self.left
        out[self.core] = np.diagonal(self._core_inverse)
        out[self.core] += np.einsum("cn,cn,n->c", self.across, self.across, 1.0 / self.left)
        return out

    @cached_property
    def inverse(self) -> Floats:
        """The inverse, dense: 8 n^2 bytes for n genotyped animals."""
        n = len(self.whole)
        out = np.zeros((n, n))
        out[np.ix_(self.core, self.core)] = self._core_inverse
        weighted = self.across / self.left
        out[np.ix_(self.core, self.core)] += weighted @ self.across.T
        out[np.ix_(self.core, self.others)] = -weighted
        out[np.ix_(self.others, self.core)] = -weighted.T
        out[self.others, self.others] = 1.0 / self.left
        return out

    @property
    def logdet(self) -> float:
        """Log-determinant of G."""
        return float(2.0 * np.log(np.diagonal(self.root)).sum() + np.log(self.left).sum())

    @cached_property
    def _core_inverse(self) -> Floats:
        return inverse(self.root)


def core_blocks(
    g: ImplicitRelationship, core: Integers, others: Integers, stage: Stages = NO_STAGES
) -> tuple[Floats, Floats]:
    """Blended and tuned G of the core, and of the core with the others."""
    block = centered_products(g.genotypes[core], g.frequencies, g.scale, np.dtype(np.float64))
    across = _products(g, core, others, stage)
    for part in (block, across):
        part *= g.share
        part += g.constant
    block[np.diag_indices_from(block)] += g.ridge
    if g.blend:
        for low in range(0, core.size, COLUMNS):
            rows = slice(low, low + COLUMNS)
            columns = g.related_columns(core[rows])
            block[rows] += columns[core].T
            across[rows] += columns[others].T
    return block, across


def _products(g: ImplicitRelationship, core: Integers, others: Integers, stage: Stages) -> Floats:
    """Z_c Z_n' / scale: whole numbers by counting bits, matrix products where some are missing."""
    rows, columns = g.genotypes[core], g.genotypes[others]
    out = np.zeros((core.size, others.size))
    if not others.size:
        return out
    if missing_list(g.genotypes)[1].size:
        _add_matrix_products(rows, columns, g.frequencies, out, stage)
    else:
        _add_counted(rows, columns, g.frequencies, out, stage)
    out /= g.scale
    return out


def _add_counted(
    rows: Genotypes, columns: Genotypes, frequencies: Floats, out: Floats, stage: Stages
) -> None:
    mean = 2.0 * frequencies - 1.0
    for some in np.array_split(np.arange(mean.size), -(-mean.size // PANEL)):
        stage(0.6 * some[0] / mean.size, "genomic relationships of the core")
        words = (some.size + 63) // 64
        below = -(-len(rows) // TILE) * TILE
        size = below + -(-len(columns) // TILE) * TILE
        known, minus = (np.empty((size, words), np.uint64) for _ in range(2))
        for genotypes, first in ((rows, 0), (columns, below)):
            packed, planes = (
                genotypes.packed[some[0] : some[-1] + 1],
                (known[first:], minus[first:]),
            )
            in_parts(partial(bit_planes, packed, len(genotypes), *planes), words, 8)
        tiles = below // TILE * ((size - below) // TILE)
        in_parts(partial(kernels.add_rectangle, known, minus, below, out), tiles, TILES)
    left, right = (spread_sums(part, mean) - mean.sum() for part in (rows, columns))
    out -= left[:, None]
    out -= right - mean @ mean


def _add_matrix_products(
    rows: Genotypes, columns: Genotypes, frequencies: Floats, out: Floats, stage: Stages
) -> None:
    p = frequencies[:, None]
    codes = np.concatenate([2.0 - 2.0 * p, 0.0 * p, 1.0 - 2.0 * p, -2.0 * p], axis=1)
    parts = np.array_split(np.arange(len(columns)), max(1, -(-len(columns) // 512)))
    with plain_blas():
        for low in range(0, len(codes), MARKERS):
            stage(0.6 * low / len(codes), "genomic relationships of the core")
            some = slice(low, low + MARKERS)
            left, right = (
                _decoded(part.packed[some], codes[some], len(part)) for part in (rows, columns)
            )
            each(partial(_add_product, left, right, out), parts)


def _add_product(left: Floats, right: Floats, out: Floats, part: Integers) -> None:
    span = slice(part[0], part[-1] + 1)
    out[:, span] += left.T @ right[:, span]


def _decoded(packed: np.ndarray, values: Floats, samples: int) -> Floats:
    out = np.empty((len(packed), samples))
    in_parts(partial(decode_values, packed, values, out), len(out), 64)
    return out


def _condition(root: Floats, across: Floats, left: Floats, part: Integers) -> None:
    """G_cn becomes P, and the variance of the others what the core leaves of it."""
    span = slice(part[0], part[-1] + 1)
    half = blas.dtrsm(1.0, root, across[:, span], lower=0, trans_a=1)
    left[span] -= np.einsum("cn,cn->n", half, half)
    across[:, span] = blas.dtrsm(1.0, root, half, lower=0)


def _by_row(scale: Floats, x: Floats) -> Floats:
    return scale * x if x.ndim == 1 else scale[:, None] * x


_NOT_POSITIVE = (
    "The genomic relationships of the {count} core animals are not positive definite: two of them "
    "have the same genotypes, or there are fewer markers than core animals. Take fewer core "
    "animals, choose them by pruning, or blend: blend: 0.05."
)
_NOTHING_LEFT = (
    "Nothing is left of the variance of {names} given the core: the same genotypes as a core "
    "animal, or more core animals than markers. Take fewer core animals, or blend: blend: 0.05."
)
