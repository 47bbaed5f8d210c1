"""Sparse Cholesky factor with a dense tail: order, analyze, factor, solve, invert."""

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array

from agrigen._kernels import ordering
from agrigen._kernels import sparse as kernels
from agrigen.errors import SolveError
from agrigen.types import Floats, Integers

TAIL_LIMIT = 12_000
"""Largest dense tail: 1.2 GB."""

TAIL_DENSITY = 0.5
"""Share of non-zeros in the tail's triangle from which LAPACK is faster than sparse columns."""


LATE_DEGREE = 150
LATE_LIMIT = 4_000
"""Columns that meet more others than this are ordered last, but at most so many.

Searching through their long lists made the order of 400,000 animals take 25 s; at the end they
fill in anyway.
"""


class Factor:
    """L of a symmetric positive definite matrix given by its lower triangle.

    Analysis happens once for a pattern, `factorize` once for each set of values.
    """

    def __init__(self, lower: csr_array) -> None:
        # The rows of the lower triangle are the columns of the upper one.
        start = lower.indptr.astype(np.int64)
        rows = lower.indices.astype(np.int32)
        order = elimination_order(lower)
        order = order[self._tree(start, rows, order)]
        place = _inverse(order)
        ustart, urows, usource = kernels.permuted_upper(start, rows, place)
        parent = kernels.elimination_tree(ustart, urows)
        counts = kernels.column_counts(ustart, urows, parent)
        self.size = int(order.size)
        self.order = order
        self.sparse = self.size - _tail(counts)
        self.first, self.rows = kernels.factor_pattern(ustart, urows, parent, counts, self.sparse)
        self.astart, self.arows, source = kernels.lower_by_column(ustart, urows)
        self.source = usource[source]
        self.work = float((counts.astype(np.float64) ** 2).sum())
        self.nonzeros = int(counts.sum())
        self.values = np.empty(0)
        self.tail: Floats = np.empty((0, 0))

    @staticmethod
    def _tree(start: Integers, rows: np.ndarray, order: Integers) -> np.ndarray:
        ustart, urows, _ = kernels.permuted_upper(start, rows, _inverse(order))
        postorder: np.ndarray = kernels.postorder(kernels.elimination_tree(ustart, urows))
        return postorder

    def factorize(self, values: Floats) -> "Factor":
        """Numeric factor for the values of the lower triangle, in the order given to init."""
        tail = np.zeros((self.size - self.sparse,) * 2)
        self.values = np.empty(self.rows.size)
        failed = kernels.factorize(
            self.astart,
            self.arows,
            values[self.source],
            self.first,
            self.rows,
            self.sparse,
            self.values,
            tail,
        )
        # The lower triangle in C order is the upper one in Fortran order: tail = U'U.
        self.tail, info = lapack.dpotrf(tail.T, lower=0, overwrite_a=1, clean=0)
        if failed >= 0 or info != 0:
            raise SolveError(
                "The mixed-model equations are not positive definite in double precision. "
                "Check for variances of very different size and for covariates of extreme scale."
            )
        return self

    @property
    def logdet(self) -> float:
        """Logarithm of the determinant of the matrix."""
        diagonal = self.values[self.first[:-1]]
        return float(2.0 * (np.log(diagonal).sum() + np.log(np.diag(self.tail)).sum()))

    def solve(self, b: Floats) -> Floats:
        """x of A x = b."""
        x = b[self.order]
        kernels.forward(self.first, self.rows, self.values, self.sparse, x)
        x[self.sparse :] = lapack.dpotrs(self.tail, x[self.sparse :], lower=0)[0]
        kernels.backward(self.first, self.rows, self.values, self.sparse, x)
        out = np.empty_like(x)
        out[self.order] = x
        return out

    def inverse_diagonal(self) -> Floats:
        """Diagonal of the inverse, exact, from the selected inverse."""
        inverse, _ = lapack.dpotri(self.tail, lower=0)
        full = np.triu(inverse)
        full += np.triu(inverse, 1).T
        selected = np.empty_like(self.values)
        kernels.selected_inverse(
            self.first, self.rows, self.values, self.sparse, np.ascontiguousarray(full), selected
        )
        out = np.empty(self.size)
        out[self.order] = np.concatenate([selected[self.first[:-1]], np.diag(full)])
        return out


def elimination_order(lower: csr_array) -> Integers:
    """Minimum degree, but columns that meet very many others come last, as the tail.

    Intercept, covariates, large levels and sires of very many offspring would only slow the
    search: taken out, the rest of a pedigree is nearly a forest.
    """
    n = lower.shape[0]
    full = (lower + lower.T).tocsr()
    full.sort_indices()
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


def dependent_columns(lower: csr_array, *, natural: bool) -> np.ndarray:
    """Which columns of a positive semidefinite matrix depend linearly on earlier ones.

    `natural` keeps the order of the columns; otherwise columns that meet few others go first,
    which keeps large models sparse.
    """
    n = lower.shape[0]
    full = (lower + lower.T).tocsr()
    order = np.arange(n) if natural else np.argsort(np.diff(full.indptr), kind="stable")
    start = lower.indptr.astype(np.int64)
    ustart, urows, usource = kernels.permuted_upper(
        start, lower.indices.astype(np.int32), _inverse(order)
    )
    parent = kernels.elimination_tree(ustart, urows)
    counts = kernels.column_counts(ustart, urows, parent)
    first, rows = kernels.factor_pattern(ustart, urows, parent, counts, n)
    astart, arows, source = kernels.lower_by_column(ustart, urows)
    dropped = np.zeros(n, np.bool_)
    dropped[order] = kernels.dependent_columns(
        astart, arows, lower.data[usource[source]], first, rows
    )
    return dropped


def _inverse(order: Integers) -> Integers:
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return place


def _tail(counts: Integers) -> int:
    """Size of the largest tail that is dense enough for LAPACK."""
    limit = min(TAIL_LIMIT, counts.size)
    last = counts[::-1][:limit]
    sizes = np.arange(1, limit + 1)
    dense = np.cumsum(last) >= TAIL_DENSITY * sizes * (sizes + 1) / 2
    return int(sizes[dense].max(initial=1))
