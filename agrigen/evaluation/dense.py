"""Cholesky factor and inverse of a large dense matrix, block by block over our own threads."""

from functools import partial

import numpy as np
from scipy.linalg import blas, lapack

from agrigen.evaluation.threads import each, plain_blas
from agrigen.types import Floats

BLOCK = 256


def cholesky(a: Floats) -> bool:
    """Replace the upper triangle (Fortran order) by U, a = U'U; False if not positive definite."""
    n = a.shape[0]
    with plain_blas():
        for k in range(0, n, BLOCK):
            e = min(k + BLOCK, n)
            u, info = lapack.dpotrf(a[k:e, k:e], lower=0, clean=0)
            if info != 0:
                return False
            a[k:e, k:e] = u
            # The widest first, so that the threads end together.
            parts = _parts(e, n)[::-1]
            each(partial(_row, a, u, k, e), parts)
            each(partial(_remainder, a, k, e), parts)
    return True


def inverse(u: Floats, *, keep: bool = True) -> Floats:
    """Inverse of U'U, both triangles; in the place of U unless that is to be kept.

    From the last block on, as in the selected inverse: with V = U_kk^-1 U_kr for the rest r,
    Z_kr = -V Z_rr and Z_kk = (U_kk' U_kk)^-1 - Z_kr V'.
    """
    n = u.shape[0]
    z = np.empty((n, n), order="F") if keep else u
    with plain_blas():
        for k in reversed(range(0, n, BLOCK)):
            e = min(k + BLOCK, n)
            block = lapack.dpotri(u[k:e, k:e], lower=0)[0]
            v = blas.dtrsm(1.0, u[k:e, k:e], u[k:e, e:], lower=0) if e < n else u[k:e, e:]
            z[k:e, k:e] = np.triu(block) + np.triu(block, 1).T
            if e == n:
                continue
            each(partial(_product, z, v, k, e), _parts(e, n))
            z[k:e, k:e] -= z[k:e, e:] @ v.T
    return z


def _parts(start: int, stop: int) -> list[tuple[int, int]]:
    return [(s, min(s + BLOCK, stop)) for s in range(start, stop, BLOCK)]


def _row(a: Floats, u: Floats, k: int, e: int, part: tuple[int, int]) -> None:
    columns = slice(*part)
    a[k:e, columns] = blas.dtrsm(1.0, u, a[k:e, columns], lower=0, trans_a=1)


def _remainder(a: Floats, k: int, e: int, part: tuple[int, int]) -> None:
    s, t = part
    a[e:t, s:t] -= a[k:e, e:t].T @ a[k:e, s:t]


def _product(z: Floats, v: Floats, k: int, e: int, part: tuple[int, int]) -> None:
    columns = slice(*part)
    z[k:e, columns] = -(v @ z[e:, columns])
    z[columns, k:e] = z[k:e, columns].T
