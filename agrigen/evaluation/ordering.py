"""In which order the equations are eliminated: it decides how much there is to compute.

Animals other than sires, youngest first, leave almost no fill: without the sires every animal is
tied to its dam only, so the elimination tree follows the dams. Sires and the levels of fixed
effects, which meet everything, come last as one dense block.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import ordering, symbolic
from agrigen.types import Flags, Floats, Indices, Integers

LATE_DEGREE = 150
LATE_LIMIT = 4_000
"""Without hints, equations that meet more others than this come last, but at most so many.

Searching through their long lists made the order of 400,000 animals take 25 s; at the end they
fill in anyway.
"""

SEARCH_LIMIT = 60_000
SEARCH_WORK = 1e9
"""With hints, minimum degree is tried as well up to this many equations, if it may save much."""

EVERYWHERE = 0.05
"""Share of all others that an intercept, a covariate or a level met by everybody meets."""

LAPACK_GAIN = 20.0
"""Cubed size of a dense block that costs as much as one squared count of a sparse column."""


@dataclass(frozen=True, eq=False)
class Hints:
    """What the model knows about its equations.

    Attributes
    ----------
    rank
        Smaller is eliminated earlier; equal ranks keep their order.
    late
        Equations that meet very many others, such as sires and levels of fixed effects. They come
        after all the rest, by rank among themselves: herd-years before sires, because herds are
        tied together by sires only (a thousandth of the work with 30,000 herd-years).
    """

    rank: Integers
    late: Flags


@dataclass(frozen=True, eq=False)
class Plan:
    """An elimination order and what follows from it.

    `columns` is the lower triangle by column in this order: starts, rows, places of the entries
    in the matrix that was given.
    """

    order: Integers
    parent: Indices
    counts: Integers
    columns: tuple[Integers, Indices, Indices]

    @property
    def work(self) -> float:
        """Multiplications and additions of the factor."""
        return float((self.counts.astype(np.float64) ** 2).sum())


def best_plan(lower: csr_array, hints: Hints | None) -> Plan:
    """The plan of least work among those that are quick to find."""
    start = lower.indptr.astype(np.int64)
    rows = lower.indices.astype(np.int32, copy=False)
    if hints is None:
        return analyze(start, rows, minimum_degree_order(lower))
    plan = analyze(start, rows, structural_order(lower, hints))
    if start.size - 1 > SEARCH_LIMIT or plan.work < SEARCH_WORK:
        return plan
    other = analyze(start, rows, minimum_degree_order(lower))
    return other if other.work < plan.work else plan


def analyze(start: Integers, rows: Indices, order: Integers) -> Plan:
    """Tree and counts of an order, which is rearranged subtree by subtree."""
    upper = symbolic.permuted_upper(start, rows, inverse_order(order))
    parent = symbolic.elimination_tree(*upper)
    postorder = symbolic.postorder(parent)
    above = parent[postorder]
    parent = np.where(above >= 0, inverse_order(postorder)[above], np.int32(-1))
    order = order[postorder]
    columns = symbolic.permuted_lower(start, rows, inverse_order(order))
    counts = symbolic.column_counts(columns[0], columns[1], parent)
    return Plan(order, parent, counts, columns)


def structural_order(lower: csr_array, hints: Hints) -> Integers:
    """Equations by rank, then the late ones by rank; those that meet nearly all are the last."""
    early = np.flatnonzero(~hints.late)
    late = np.flatnonzero(hints.late)
    everywhere = degrees(lower)[late] > EVERYWHERE * lower.shape[0]
    early = early[np.argsort(hints.rank[early], kind="stable")]
    late = late[np.lexsort((hints.rank[late], everywhere))]
    return np.concatenate([early, late])


def minimum_degree_order(lower: csr_array) -> Integers:
    """Minimum degree, but equations that meet very many others come last."""
    n = lower.shape[0]
    ones = csr_array((np.ones(lower.nnz, np.int8), lower.indices, lower.indptr), shape=lower.shape)
    full = (ones + ones.T).tocsr()
    degree = np.diff(full.indptr)
    late_count = max(1, min(LATE_LIMIT, n // 20))
    dense = degree > max(LATE_DEGREE, int(np.sort(degree)[-min(n, late_count)]))
    sparse = np.flatnonzero(~dense)
    rest = full[sparse][:, sparse].tocsr()
    rest.sort_indices()
    found = ordering.minimum_degree(rest.indptr.astype(np.int64), rest.indices.astype(np.int32))
    late = np.flatnonzero(dense)
    late = late[np.argsort(degree[late], kind="stable")]
    return np.concatenate([sparse[found], late]).astype(np.int64)


def degrees(lower: csr_array) -> Integers:
    """How many entries each equation has, the diagonal twice."""
    below = np.bincount(lower.indices, minlength=lower.shape[0])
    return np.asarray(below + np.diff(lower.indptr), dtype=np.int64)


def inverse_order(order: Integers | Indices) -> Indices:
    """Place of each equation in an order."""
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size, dtype=np.int32)
    return place


def tail_size(counts: Integers, limit: int) -> int:
    """How many of the last columns, up to a limit, to store in full for LAPACK: the cheapest."""
    limit = min(limit, counts.size)
    sparse: Floats = np.cumsum(counts[::-1][:limit].astype(np.float64) ** 2)
    sizes = np.arange(1, limit + 1)
    return int(sizes[np.argmin(sizes**3 / LAPACK_GAIN - sparse)])
