"""The fastest mixed-model test: scores by packed products, their variance from some markers.

With P of the model without markers, x'Py of all markers is one product of packed genotypes with a
vector. x'Px is nearly proportional to x'Mx, what fixed effects leave of x: the factor is the mean
of some hundred markers for which both are computed (GRAMMAR-Gamma, Svishcheva et al. 2012). What
comes out strong is computed in full, so strong results are those of the approximate method.
Relationships are only made tridiagonal: eigenvectors are not needed.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.linalg import eigvalsh_tridiagonal, lapack, solveh_banded

from agrigen.association.blocks import decoded
from agrigen.association.filters import Markers
from agrigen.association.mixed import Null, Tests, search, tests_of
from agrigen.association.prepare import Prepared
from agrigen.evaluation.threads import plain_blas
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.types import Floats
from agrigen.variance.dense_likelihood import refuse_negative

SAMPLE = 400
"""Markers that the factor comes from."""

STRONG = 3.0
"""Absolute t from which a marker is computed in full: one in 370 without effects."""

BLOCK = 512


@dataclass(frozen=True, eq=False)
class Tridiagonal:
    """A'KA = Q T Q', Q kept as reflections."""

    diagonal: Floats
    beside: Floats
    reflections: Floats
    scales: Floats

    @classmethod
    def of(cls, matrix: Floats) -> "Tridiagonal":
        """Of a symmetric matrix."""
        work = int(lapack.dsytrd_lwork(len(matrix), lower=1)[0])
        packed, diagonal, beside, scales, _ = lapack.dsytrd(
            np.asfortranarray(matrix), lower=1, lwork=work, overwrite_a=1
        )
        return cls(diagonal, beside, np.asfortranarray(packed[1:, :-1]), scales)

    def turn(self, values: Floats, *, back: bool = False) -> Floats:
        """Q' v, or Q v, of columns."""
        out = np.array(values, order="F")
        which = b"N" if back else b"T"
        work = 64 * out.shape[1]
        turned = lapack.dormqr(b"L", which, self.reflections, self.scales, out[1:], work)[0]
        out[1:] = turned
        return out

    def solve(self, ratio: float, values: Floats) -> Floats:
        """(ratio T + I)^-1 v."""
        bands = np.zeros((2, self.diagonal.size))
        bands[0] = ratio * self.diagonal + 1.0
        bands[1, :-1] = ratio * self.beside
        return cast(Floats, solveh_banded(bands, values, lower=True, check_finite=False))


def calibrated(
    prepared: Prepared, markers: Markers, relationship: Floats, name: str
) -> tuple[Tests, Null, float]:
    """Tests of all markers, the model without markers, and y'Py."""
    contrasts = prepared.contrasts
    with plain_blas():
        basis = Tridiagonal.of(contrasts.matrix(relationship))
        y = basis.turn(contrasts.reduce(prepared.y)[:, None])[:, 0]
        values = eigvalsh_tridiagonal(basis.diagonal, basis.beside, lapack_driver="sterf")
        refuse_negative(values, name)
        null = search(
            np.maximum(values, 0.0), lambda ratio: float(y @ basis.solve(ratio, y)), float(y.size)
        )
        ratio = float(np.exp(null.at))
        solved = basis.solve(ratio, y)
        projected = contrasts.expand(basis.turn(solved[:, None], back=True)[:, 0])
        chosen = np.unique(np.linspace(0, markers.left.size - 1, SAMPLE).astype(np.int64))
        sampled = _products(prepared, markers.take(chosen), basis, ratio)
        products = float(np.mean(sampled / markers.left[chosen])) * markers.left
        products[chosen] = sampled
        centered = CenteredGenotypes(prepared.genotypes[:, markers.places], markers.frequency)
        score = centered.transposed_times(projected)
        yy = float(y @ solved)
        tests = tests_of(products, score, yy, y.size - 1, null)
        strong = np.flatnonzero(np.abs(tests.beta) > STRONG * tests.se)
        products[strong] = _products(prepared, markers.take(strong), basis, ratio)
    return tests_of(products, score, yy, y.size - 1, null), null, yy


def _products(prepared: Prepared, markers: Markers, basis: Tridiagonal, ratio: float) -> Floats:
    """x'Px in full."""
    out = np.empty(markers.places.size)
    kind = np.dtype(np.float64)
    for first in range(0, out.size, BLOCK):
        part = slice(first, first + BLOCK)
        rows = decoded(prepared.genotypes, markers.places[part], markers.mean[part], kind)
        turned = basis.turn(prepared.contrasts.reduce(rows.T))
        out[part] = np.einsum("ij,ij->j", turned, basis.solve(ratio, turned))
    return out
