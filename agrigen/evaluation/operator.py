"""The mixed-model equations as products with vectors: records and pedigrees are read, no matrix."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.sparse import coo_array

from agrigen._kernels import iterative as kernels
from agrigen.errors import SolveError
from agrigen.evaluation.arrays import Block, Covariances, Design, pattern_inverses
from agrigen.evaluation.factor import Factor
from agrigen.pedigree.structure import Dense
from agrigen.types import Floats, Integers

Part = Callable[[Floats, Floats], float]

THREADS_FROM = 100_000
"""Unknowns from which two threads pay. The sums are the same with one."""

FIXED_ENTRIES = 4_000_000
"""Entries among the fixed columns above which only their diagonal preconditions."""

FACTOR_ENTRIES = 20_000_000
"""The same for the Cholesky factor of these entries."""


class Operator:
    """C of C x = W' R^-1 y at given covariances.

    Every sum is taken in two halves of the records and of each pedigree, each with a vector of its
    own, however many processors there are: the same bits on every machine.
    """

    def __init__(self, design: Design, covariances: Covariances) -> None:
        self.design = design
        self.covariances = covariances
        self.pinned = np.flatnonzero(design.pinned)
        self.rinv = pattern_inverses(design, covariances)
        self.ginv = [np.ascontiguousarray(np.linalg.inv(g)) for g in covariances.blocks]
        self._halves = [self._half(0), self._half(1)]
        threads = design.size >= THREADS_FROM and (os.cpu_count() or 1) > 1
        self._pool = ThreadPoolExecutor(1) if threads else None

    def close(self) -> None:
        """Let the second thread go."""
        if self._pool is not None:
            self._pool.shutdown()

    def both(self, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
        """Two independent halves of some work, at once where there is a second thread."""
        if self._pool is None:
            return first(), second()
        later = self._pool.submit(second)
        return first(), later.result()

    def add_product(self, x: Floats, y: Floats, other: Floats) -> float:
        """Add C x to y and other, which belong to the halves; x' C x. x is 0 where pinned."""
        one, two = self._halves
        parts = self.both(lambda: _sum(one, x, y), lambda: _sum(two, x, other))
        y[self.pinned] = 0.0
        other[self.pinned] = 0.0
        return float(parts[0] + parts[1])

    def times(self, x: Floats) -> Floats:
        """C x; a pinned unknown has a 1 on its diagonal."""
        inside = np.array(x, dtype=np.float64)
        inside[self.pinned] = 0.0
        y, other = np.zeros_like(inside), np.zeros_like(inside)
        self.add_product(inside, y, other)
        y += other
        y[self.pinned] = x[self.pinned]
        return y

    def gather(self, data: Floats, out: Floats) -> Floats:
        """out = W' R^-1 data, of one value an observation; 0 where pinned."""
        out.fill(0.0)
        kernels.gather(record_arrays(self.design), self.rinv, data, out)
        out[self.pinned] = 0.0
        return out

    def _half(self, half: int) -> list[Part]:
        parts = [self._records_part(half)]
        for block, ginv in zip(self.design.blocks, self.ginv, strict=True):
            if block.structure.sire is not None or not block.structure.genetic:
                parts.append(_block_part(block, ginv, half))
            base, dense = block.structure.base, block.structure.dense
            if half == 0 and base is not None and base.any():
                parts.append(_groups_part(block, base, ginv))
            if half == 1 and dense is not None:
                parts.append(_dense_part(block, dense, ginv))
        return parts

    def _records_part(self, half: int) -> Part:
        arrays = record_arrays(self.design)
        ends = halves(self.design.records.weight.size)[half]
        if self.rinv.shape[1] == 1:
            rinv = np.ascontiguousarray(self.rinv[:, 0, 0])
            return lambda x, y: kernels.records_one(*ends, arrays, rinv, x, y)
        return lambda x, y: kernels.records_many(*ends, arrays, self.rinv, x, y)


def halves(n: int) -> list[tuple[int, int]]:
    """The two parts of n things."""
    return [(0, n // 2), (n // 2, n)]


def _sum(parts: list[Part], x: Floats, y: Floats) -> float:
    return sum(part(x, y) for part in parts)


def _block_part(block: Block, ginv: Floats, half: int) -> Part:
    structure, span = block.structure, block.span
    shape = (block.levels, block.width)
    if not structure.genetic:
        ends = halves(block.levels)[half]
        return lambda x, y: kernels.independent(
            *ends, ginv, x[span].reshape(shape), y[span].reshape(shape)
        )
    animals = animal_arrays(block)
    ends = halves(animals[0].size)[half]
    if block.width == 1:
        number = float(ginv[0, 0])
        return lambda x, y: kernels.pedigree_one(*ends, animals, number, x[span], y[span])
    return lambda x, y: kernels.pedigree_many(
        *ends, animals, ginv, x[span].reshape(shape), y[span].reshape(shape)
    )


def animal_arrays(block: Block) -> tuple[Any, ...]:
    """The pedigree of a block as the kernels take it."""
    s = block.structure
    return s.sire, s.dam, *s.weights, s.precision


def _groups_part(block: Block, base: Floats, ginv: Floats) -> Part:
    span = slice(block.span.stop - base.shape[0] * block.width, block.span.stop)

    def part(x: Floats, y: Floats) -> float:
        inside = x[span].reshape(-1, block.width)
        product = (base @ inside @ ginv).ravel()
        y[span] += product
        return float(product @ x[span])

    return part


def _dense_part(block: Block, dense: Dense, ginv: Floats) -> Part:
    def part(x: Floats, y: Floats) -> float:
        values = x[block.span].reshape(-1, block.width)[dense.places]
        product = dense.times(values) @ ginv
        y[block.span].reshape(-1, block.width)[dense.places] += product
        return float(np.sum(product * values))

    return part


def record_arrays(design: Design) -> tuple[Any, ...]:
    """Records as the kernels take them."""
    r = design.records
    return r.start, r.trait, r.first, r.column, r.value, r.pattern, r.weight


class Preconditioner:
    """Blocks of C inverted: those of each level, and all fixed columns together.

    The fixed part is a sparse Cholesky factor; where that would be too large, its diagonal.
    """

    def __init__(self, operator: Operator) -> None:
        design = operator.design
        self.design = design
        self.levels = [
            level_inverses(operator, block, ginv)
            for block, ginv in zip(design.blocks, operator.ginv, strict=True)
        ]
        self.kept = np.flatnonzero(~design.pinned[design.fixed]) + design.fixed.start
        self._fixed = fixed_solver(operator, self.kept)

    def advance(
        self, operator: Operator, step: float, vectors: tuple[Floats, ...]
    ) -> tuple[float, float]:
        """x += step p, r -= step (q + other), q = M^-1 r, for (p, x, r, q, other); r'r, r'q."""
        rr, rz = self._advance_fixed(step, vectors)
        for block, inverse in zip(self.design.blocks, self.levels, strict=True):
            for square, product in self._advance_block(operator, block, inverse, step, vectors):
                rr += square
                rz += product
        return rr, rz

    def _advance_block(
        self,
        operator: Operator,
        block: Block,
        inverse: Floats,
        step: float,
        vectors: tuple[Floats, ...],
    ) -> tuple[tuple[float, float], ...]:
        ends = halves(block.levels)
        if block.width == 1:
            values: tuple[Any, ...] = (inverse.ravel(), *(v[block.span] for v in vectors))
            kernel = kernels.advance_one
        else:
            shape = (block.levels, block.width)
            values = (inverse, *(v[block.span].reshape(shape) for v in vectors))
            kernel = kernels.advance_many
        return operator.both(
            lambda: kernel(*ends[0], step, *values), lambda: kernel(*ends[1], step, *values)
        )

    def _advance_fixed(self, step: float, vectors: tuple[Floats, ...]) -> tuple[float, float]:
        p, x, r, q, other = vectors
        kept = self.kept
        x[kept] += step * p[kept]
        r[kept] -= step * (q[kept] + other[kept])
        q[self.design.fixed] = 0.0
        q[kept] = self._fixed(r[kept])
        return float(r[kept] @ r[kept]), float(r[kept] @ q[kept])


def level_inverses(operator: Operator, block: Block, ginv: Floats) -> Floats:
    """Inverse of the block of C of each level, (levels, width, width); 0 where pinned."""
    out = np.zeros((block.levels, block.width, block.width))
    kernels.level_blocks(
        record_arrays(operator.design), operator.rinv, block.offset, block.width, out
    )
    pinned = operator.design.pinned[block.span]
    kernels.add_prior(inverse_diagonal(block), ginv, pinned, out)
    kernels.invert_blocks(out)
    return out


def inverse_diagonal(block: Block) -> Floats:
    """Diagonal of K^-1."""
    structure = block.structure
    if not structure.genetic:
        return np.ones(block.levels)
    out = np.zeros(block.levels)
    if structure.dense is not None:
        out[structure.dense.places] = structure.dense.diagonal
    if structure.sire is None:
        return out
    kernels.inverse_diagonal(animal_arrays(block), out)
    if structure.base is not None:
        out[structure.sire.size :] += np.diag(structure.base)
    return out


class FixedProducts:
    """X' R^-1 X of the fixed columns that are not pinned, at any residual covariances."""

    def __init__(self, design: Design) -> None:
        records = design.records
        patterns = records.group.size
        keys, self.sums = kernels.fixed_products(
            record_arrays(design),
            patterns,
            design.fixed.start,
            design.pinned,
            FIXED_ENTRIES,
        )
        size = design.fixed.stop - design.fixed.start
        place = np.cumsum(~design.pinned[design.fixed]) - 1
        self.kept = np.flatnonzero(~design.pinned[design.fixed]) + design.fixed.start
        self.known = bool(keys.size) or not self.kept.size
        pair, self.pattern = keys // patterns, keys % patterns
        trait = _trait_of(design)
        self.traits = trait[pair // size], trait[pair % size]
        pairs, self.entry = np.unique(pair, return_inverse=True)
        count = self.kept.size
        rows, columns = place[pairs // size], place[pairs % size]
        there = coo_array((np.arange(pairs.size) + 1, (rows, columns)), shape=(count, count))
        lower = there.tocsr()
        lower.sort_indices()
        self._order = lower.data - 1
        lower.indices = lower.indices.astype(np.int32)
        lower.indptr = lower.indptr.astype(np.int32)
        lower.data = np.zeros(pairs.size)
        self.lower = lower

    def values(self, rinv: Floats) -> Floats:
        """Entries aligned with `lower.data`."""
        parts = self.sums * rinv[self.pattern, self.traits[0], self.traits[1]]
        return np.bincount(self.entry, parts, minlength=self._order.size)[self._order]


def _trait_of(design: Design) -> Integers:
    """The trait of every fixed column."""
    records = design.records
    trait = np.zeros(design.fixed.stop - design.fixed.start, np.int64)
    if records.observed.shape[1] > 1:
        observation = np.repeat(np.arange(records.y.size), np.diff(records.first))
        mine = records.column >= design.fixed.start
        trait[records.column[mine] - design.fixed.start] = records.trait[observation[mine]]
    return trait


def fixed_solver(operator: Operator, kept: Integers) -> Callable[[Floats], Floats]:
    """Solve with X' R^-1 X, or with its diagonal where a factor is too large or fails."""
    if not kept.size:
        return np.copy
    products = FixedProducts(operator.design)
    if products.known:
        factor = Factor(products.lower)
        if factor.nonzeros <= FACTOR_ENTRIES:
            try:
                return factor.factorize(products.values(operator.rinv)).solve
            except SolveError:  # nearly dependent columns: the diagonal still works
                pass
    diagonal = 1.0 / _fixed_diagonal(operator)[kept - operator.design.fixed.start]
    return lambda r: diagonal * r


def _fixed_diagonal(operator: Operator) -> Floats:
    fixed = operator.design.fixed
    out = np.zeros((fixed.stop - fixed.start, 1, 1))
    kernels.level_blocks(record_arrays(operator.design), operator.rinv, fixed.start, 1, out)
    return out.ravel()
