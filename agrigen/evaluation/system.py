"""The mixed-model equations of a design: pattern once, values at any covariances, and traces."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import contributions as places
from agrigen._kernels import equations as kernels
from agrigen.evaluation.arrays import Block, Covariances, Design, pattern_inverses
from agrigen.types import Floats, Integers

REMEMBERED = 40_000_000
"""Pairs of entries of W in one record of which the place is remembered: 160 MB."""

KernelBlock = tuple[int, int, np.ndarray, np.ndarray, Floats]


@dataclass(frozen=True, eq=False)
class Traces:
    """What a symmetric matrix Z on the pattern of C gives, the adjoint of `System.values`.

    Attributes
    ----------
    blocks
        Of each block (width, width): sum over levels l, m of K^-1[l, m] Z[(l, i), (m, j)].
    patterns
        Shape (patterns, traits, traits): sum over records of weight * W_t Z W_t'.
    """

    blocks: list[Floats]
    patterns: Floats


@dataclass(frozen=True, eq=False)
class _Pattern:
    """Rows of the lower triangle, and where contributions go: places, or W by column."""

    start: Integers
    columns: np.ndarray
    places: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    meets: tuple[np.ndarray, ...] = ()


class System:
    """C = W' R^-1 W + blockdiag(K^-1 (x) G^-1), as its sparse lower triangle.

    `lower` holds the pattern; its data are not the values of any matrix. A pinned unknown has a
    1 on the diagonal and nothing else.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self.size = design.size
        records = design.records
        rows = (records.first, records.column, records.value)
        if design.pinned.any():
            rows = kernels.without_pinned(*rows, design.pinned)
        self._rows = rows
        self._records = (
            kernels.record_of(records.start),
            records.start,
            records.trait,
            records.pattern,
            records.weight,
            *rows,
        )

    @cached_property
    def _parts(self) -> list[tuple[slice, KernelBlock]]:
        return [*self._random_parts(), (self.design.fixed, _FIXED)]

    @cached_property
    def _remembers(self) -> bool:
        return self._pairs <= REMEMBERED

    @cached_property
    def _pairs(self) -> int:
        return int(places.count_pairs(self._records))

    @cached_property
    def _pattern(self) -> _Pattern:
        """Built when the matrix is first asked for: products alone do not need it."""
        return self._merged(self._pairs) if self._remembers else self._searched()

    @property
    def rank(self) -> int:
        """Fixed unknowns that are not pinned."""
        return self.design.rank

    @property
    def observations(self) -> int:
        """Number of observed values."""
        return int(self.design.records.y.size)

    @property
    def lower(self) -> csr_array:
        """Pattern of the lower triangle, columns sorted, int32 indices; the data are zeros."""
        shape = (self.size, self.size)
        columns = self._pattern.columns
        start = self._pattern.start
        if start[-1] < np.iinfo(np.int32).max:
            start = start.astype(np.int32)
        return csr_array((np.zeros(columns.size), columns, start), shape=shape)

    def values(self, covariances: Covariances) -> Floats:
        """Entries of C, aligned with `lower.data`."""
        rinv = self.residual_inverse(covariances)
        precisions = [np.ascontiguousarray(np.linalg.inv(g)) for g in covariances.blocks]
        precisions.append(np.zeros((0, 0)))
        whole, pinned = self._pattern, self.design.pinned
        pattern = (whole.start, whole.columns)
        parts = zip(self._parts, precisions, strict=True)
        if self._remembers:
            out = np.zeros(whole.columns.size)
            places.fill_records(self._records, rinv, whole.places, out)
            for (span, block), precision in parts:
                places.fill_block(span.start, span.stop, pattern, pinned, block, precision, out)
            return out
        out = np.empty(whole.columns.size)
        work = np.zeros(self.size)
        about = (whole.meets, self._records, rinv, work, out)
        for (span, block), precision in parts:
            kernels.fill(span.start, span.stop, pattern, pinned, block, precision, *about)
        return out

    def traces(self, z: Floats) -> Traces:
        """The adjoint of `values`: z holds entries of a symmetric matrix, aligned likewise."""
        patterns = np.zeros(self.design.records.observed.shape + self._traits)
        blocks = [np.zeros((block[1], block[1])) for _, block in self._parts]
        whole, pinned = self._pattern, self.design.pinned
        pattern = (whole.start, whole.columns)
        if self._remembers:
            places.trace_records(self._records, z, whole.places, patterns)
            for (span, block), out in zip(self._parts[:-1], blocks, strict=False):
                places.trace_block(span.start, span.stop, pattern, pinned, block, z, out)
            return Traces(blocks[:-1], patterns)
        work = np.zeros(self.size)
        about = (whole.meets, self._records, z, work)
        for (span, block), out in zip(self._parts, blocks, strict=True):
            kernels.trace(span.start, span.stop, pattern, pinned, block, *about, out, patterns)
        return Traces(blocks[:-1], patterns)

    def rhs(self, covariances: Covariances) -> Floats:
        """W' R^-1 y."""
        return self.adjoint(self.weighted(self.design.records.y, covariances))

    def fitted(self, x: Floats) -> Floats:
        """W x, for x (unknowns,) or (unknowns, k)."""
        columns = _columns(x)
        out = np.empty((self.observations, columns.shape[1]))
        kernels.fitted(*self._rows, columns, out)
        return out.reshape((self.observations, *x.shape[1:]))

    def adjoint(self, v: Floats) -> Floats:
        """W' v, for v (observations,) or (observations, k); 0 where pinned."""
        columns = _columns(v)
        out = np.zeros((self.size, columns.shape[1]))
        kernels.adjoint(*self._rows, columns, out)
        return out.reshape((self.size, *v.shape[1:]))

    def weighted(self, v: Floats, covariances: Covariances) -> Floats:
        """R^-1 v, for v (observations,) or (observations, k)."""
        return self.by_record(self.residual_inverse(covariances), v, weighted=True)

    def by_record(self, matrices: Floats, v: Floats, *, weighted: bool = False) -> Floats:
        """Each record's part of v times the matrix of its pattern (and its weight)."""
        columns = _columns(v)
        out = np.empty_like(columns)
        kernels.weighted(self._records, matrices, columns, out, int(weighted))
        return out.reshape(v.shape)

    def residual_inverse(self, covariances: Covariances) -> Floats:
        """Inverse residual covariance of each pattern, zero for traits that it lacks."""
        return pattern_inverses(self.design, covariances)

    def log_residual(self, covariances: Covariances) -> float:
        """log |R|."""
        total = -self._log_weights
        records = self.design.records
        for p, (observed, group) in enumerate(zip(records.observed, records.group, strict=True)):
            matrix = covariances.residual[group][np.ix_(observed, observed)]
            total += float(self.pattern_counts[p]) * float(np.linalg.slogdet(matrix)[1])
        return total

    def log_penalty(self, covariances: Covariances) -> float:
        """Sum over blocks of log |K (x) G|; fixed groups count nothing."""
        return sum(
            freedom(block) * float(np.linalg.slogdet(matrix)[1])
            + block.width * float(block.structure.log_determinant)
            for block, matrix in zip(self.design.blocks, covariances.blocks, strict=True)
        )

    def block_squares(self, x: Floats) -> list[Floats]:
        """u' K^-1 u of each block, shape (width, width)."""
        out = []
        for block in self.design.blocks:
            u = x[block.span].reshape(block.levels, block.width)
            square = u.T @ block.structure.inverse_times(u)
            out.append((square + square.T) / 2)
        return out

    def residual_squares(self, e: Floats) -> Floats:
        """Sum over the records of each pattern of weight * e e', (patterns, traits, traits)."""
        out = np.zeros(self.design.records.observed.shape + self._traits)
        kernels.squares(self._records, e, out)
        return out

    @cached_property
    def pattern_counts(self) -> Integers:
        """Records of each pattern."""
        records = self.design.records
        return np.bincount(records.pattern, minlength=records.group.size).astype(np.int64)

    @cached_property
    def _log_weights(self) -> float:
        records = self.design.records
        return float(np.diff(records.start) @ np.log(records.weight))

    @property
    def _traits(self) -> tuple[int]:
        return (self.design.records.observed.shape[1],)

    def _random_parts(self) -> list[tuple[slice, KernelBlock]]:
        inverses: dict[int, csr_array] = {}  # blocks of one structure share its inverse
        parts = []
        for block in self.design.blocks:
            key = id(block.structure)
            if key not in inverses:
                inverses[key] = block.structure.inverse_lower()
            lower = inverses[key]
            arrays = (
                lower.indptr.astype(np.int32, copy=False),
                lower.indices.astype(np.int32, copy=False),
                lower.data,
            )
            parts.append((block.span, (block.offset, block.width, *arrays)))
        return parts

    def _merged(self, count: int) -> _Pattern:
        """Pattern, and the place in it of every pair of entries of W."""
        pairs = places.pairs_by_column(self._records, self.size, count)
        start = np.zeros(self.size + 1, np.int64)
        columns = np.empty(0, np.int32)
        found = np.empty(count, np.int32)
        by_column = [
            (span, (*block[:2], *places.transposed(*block[2:4]))) for span, block in self._parts
        ]
        mark = np.empty(self.size, np.int32)
        for place in (start[1:], start):
            if place is start:
                np.cumsum(start, out=start)
                columns = np.empty(int(start[-1]), np.int32)
                place = start[:-1].copy()
            mark.fill(-1)
            for span, block in by_column:
                places.merge(
                    span.start,
                    span.stop,
                    self.design.pinned,
                    block,
                    pairs,
                    mark,
                    place,
                    columns,
                    found,
                )
        return _Pattern(start, columns, found)

    def _searched(self) -> _Pattern:
        """Pattern alone; the places of contributions are found again each time."""
        meets = kernels.by_column(*self._rows, self.size)
        start = np.zeros(self.size + 1, np.int64)
        columns = np.empty(0, np.int32)
        mark = np.empty(self.size, np.int32)
        for _ in ("count", "write"):
            mark.fill(-1)
            for span, block in self._parts:
                kernels.symbolic(
                    span.start,
                    span.stop,
                    self.design.pinned,
                    block,
                    meets,
                    self._records,
                    mark,
                    start[1:] if not columns.size else np.empty(self.size, np.int64),
                    start,
                    columns,
                )
            if not columns.size:
                np.cumsum(start, out=start)
                columns = np.empty(int(start[-1]), np.int32)
        kernels.sort_rows(start, columns)
        return _Pattern(start, columns, meets=meets)


_NONE = np.zeros(1, np.int32)
_FIXED: KernelBlock = (0, 0, _NONE, _NONE, np.zeros(1))


def freedom(block: Block) -> int:
    """Levels of a block that have a covariance: all but fixed groups."""
    return block.levels - block.structure.fixed_groups


def _columns(v: Floats) -> Floats:
    return np.ascontiguousarray(v.reshape(v.shape[0], -1), dtype=np.float64)
