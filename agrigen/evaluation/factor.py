"""Sparse Cholesky factor with a dense tail: order, analyze, factor, solve, invert."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array

from agrigen._kernels import dependent, selected, sparse, symbolic, tail
from agrigen.errors import SolveError
from agrigen.evaluation.dense import cholesky, inverse
from agrigen.evaluation.ordering import Hints, Plan, best_plan, degrees, inverse_order, tail_size
from agrigen.evaluation.threads import in_parts
from agrigen.types import Floats, Indices, Integers

__all__ = ["Factor", "Hints", "SelectedInverse", "dependent_columns"]

TAIL_LIMIT = 12_000
"""Largest dense tail: 1.2 GB."""

WIDE = 16
SLACK = 0.3
"""Share of zeros that a panel of up to WIDE columns may store to be joined with another."""


@dataclass(frozen=True, eq=False)
class SelectedInverse:
    """Entries of the inverse: `values` at the entries of the lower triangle, and the diagonal."""

    values: Floats
    diagonal: Floats


class Factor:
    """L of a symmetric positive definite matrix given by the pattern of its lower triangle.

    Analysis happens once for a pattern, `factorize` once for each set of values.
    """

    def __init__(self, lower: csr_array, hints: Hints | None = None) -> None:
        # The rows of the lower triangle are the columns of the upper one.
        plan = best_plan(lower, hints)
        self.order = plan.order
        self.size = int(plan.order.size)
        self.sparse = self.size - tail_size(plan.counts, TAIL_LIMIT)
        self.work = plan.work
        self.nonzeros = int(plan.counts.sum())
        self._first, below = symbolic.supernodes(plan.parent, plan.counts, self.sparse, WIDE, SLACK)
        width = np.diff(self._first).astype(np.int64)
        self._rfirst = _starts(below)
        self._vfirst = _starts(width * (width + below))
        self._plan: Plan | None = plan
        self._entries = lower.nnz
        self._values = np.empty(0)
        self._tail: Floats = np.empty((0, 0))

    def _analyze(self, plan: Plan) -> None:
        """Rows of the panels; left until values come, because many patterns are only weighed."""
        places = (self._first, self._rfirst, self._vfirst)
        rows = np.empty(self._rfirst[-1], np.int32)
        self._target = np.empty(self._entries, np.int64)
        symbolic.pattern(*plan.columns, plan.parent, *places, rows, self._target)
        split = sparse.split(self._first, self._rfirst, rows)
        self._panels = (self._first, self._rfirst, rows, self._vfirst)
        self._parted = (self._first, self._rfirst, split, rows, self._vfirst)
        self._values = np.empty(self._vfirst[-1])
        self._tail = np.empty((self.size - self.sparse,) * 2, order="F")

    def factorize(self, values: Floats) -> "Factor":
        """Numeric factor for the values of the lower triangle, in the order given to init."""
        if self._plan is not None:
            self._analyze(self._plan)
            self._plan = None
        # The lower triangle in C order is the upper one in Fortran order: tail = U'U.
        dense = self._tail.T
        dense.fill(0.0)
        self._values.fill(0.0)
        in_parts(
            lambda k, n: sparse.scatter(values, self._target, self._values, dense.reshape(-1), k, n)
        )
        failed = sparse.factorize(*self._panels, self._values)
        if failed < 0:
            in_parts(lambda k, n: tail.tail_update(*self._parted, self._values, dense, k, n))
        if failed >= 0 or not cholesky(self._tail):
            raise SolveError(
                "The mixed-model equations are not positive definite in double precision. "
                "Check for variances of very different size and for covariates of extreme scale."
            )
        return self

    @property
    def logdet(self) -> float:
        """Logarithm of the determinant of the matrix."""
        diagonal = sparse.diagonal(*self._panels, self._values)
        return float(2.0 * (np.log(diagonal).sum() + np.log(np.diag(self._tail)).sum()))

    def solve(self, b: Floats) -> Floats:
        """x of A x = b; b may have several columns."""
        x = np.asfortranarray(b[self.order].reshape(self.size, -1))
        for column in x.T:
            sparse.forward(*self._panels, self._values, column)
        x[self.sparse :] = lapack.dpotrs(self._tail, x[self.sparse :], lower=0)[0]
        for column in x.T:
            sparse.backward(*self._panels, self._values, column)
        out = np.empty_like(x)
        out[self.order] = x
        return out.reshape(b.shape)

    def inverse(self, *, keep: bool = True) -> SelectedInverse:
        """Entries of the inverse where the matrix has entries, exact.

        Unless the factor is to be kept, its dense tail makes room: it cannot solve any more until
        it is given values again.
        """
        panels, dense = self._invert(keep=keep)
        values = np.empty(self._target.size)
        flat = dense.reshape(-1)
        in_parts(lambda k, n: sparse.gather(self._target, panels, flat, values, k, n))
        return SelectedInverse(values, self._diagonal(panels, dense))

    def inverse_diagonal(self) -> Floats:
        """Diagonal of the inverse, exact."""
        return self._diagonal(*self._invert())

    def _invert(self, *, keep: bool = True) -> tuple[Floats, Floats]:
        """Panels of the inverse and its tail, a lower triangle."""
        dense = inverse(self._tail, keep=keep).T
        panels = np.empty_like(self._values)
        in_parts(lambda k, n: tail.tail_product(*self._parted, self._values, dense, panels, k, n))
        selected.selected_inverse(*self._parted, self._values, panels)
        return panels, dense

    def _diagonal(self, panels: Floats, dense: Floats) -> Floats:
        out = np.empty(self.size)
        out[self.order] = np.concatenate([sparse.diagonal(*self._panels, panels), np.diag(dense)])
        return out


def dependent_columns(lower: csr_array, *, natural: bool) -> np.ndarray:
    """Which columns of a positive semidefinite matrix depend linearly on earlier ones.

    `natural` keeps the order of the columns; otherwise columns that meet few others go first,
    which keeps large models sparse.
    """
    n = lower.shape[0]
    order = np.arange(n) if natural else np.argsort(degrees(lower), kind="stable")
    start = lower.indptr.astype(np.int64)
    rows = lower.indices.astype(np.int32, copy=False)
    place = inverse_order(order)
    upper = symbolic.permuted_upper(start, rows, place)
    first, below = dependent.factor_pattern(*upper, symbolic.elimination_tree(*upper))
    astart, arows, source = symbolic.permuted_lower(start, rows, place)
    dropped = np.zeros(n, np.bool_)
    dropped[order] = dependent.dependent_columns(astart, arows, lower.data[source], first, below)
    return dropped


def _starts(sizes: Integers | Indices) -> Integers:
    starts = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
