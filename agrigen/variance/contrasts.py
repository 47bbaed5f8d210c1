"""Error contrasts: records less everything that the fixed effects explain, in an orthonormal basis.

With Q = [Q1 A] of the QR decomposition of X, the restricted likelihood of y is the likelihood of
A'y (Patterson and Thompson 1971): fixed effects are gone from every further step.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.linalg import lapack, qr

from agrigen.types import Floats


@dataclass(frozen=True, eq=False)
class Contrasts:
    """A, the orthonormal complement of the fixed columns, kept as reflections.

    Attributes
    ----------
    reflections, scales
        Of the QR decomposition, as LAPACK keeps them.
    logdet
        log |X'X|.
    """

    reflections: Floats
    scales: Floats
    logdet: float

    @classmethod
    def of(cls, fixed: Floats) -> "Contrasts":
        """Of fixed columns of full rank, shape (records, columns)."""
        (reflections, scales), upper = qr(fixed, mode="raw", check_finite=False)
        diagonal = np.abs(np.diagonal(upper))
        return cls(np.asfortranarray(reflections), scales, float(2.0 * np.log(diagonal).sum()))

    @property
    def records(self) -> int:
        """Records."""
        return int(self.reflections.shape[0])

    @property
    def rank(self) -> int:
        """Fixed columns."""
        return int(self.reflections.shape[1])

    @property
    def degrees(self) -> int:
        """Records less fixed columns."""
        return self.records - self.rank

    @property
    def basis(self) -> Floats:
        """Q1, an orthonormal basis of the fixed columns."""
        return self._turned(np.eye(self.records, self.rank), b"N")

    def reduce(self, values: Floats) -> Floats:
        """A' v of a vector or of columns."""
        return self._turned(values, b"T")[self.rank :]

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Q1' v and A' v."""
        turned = self._turned(values, b"T")
        return turned[: self.rank], turned[self.rank :]

    def expand(self, values: Floats) -> Floats:
        """A v of a vector or of columns."""
        padded = np.zeros((self.records, *values.shape[1:]))
        padded[self.rank :] = values
        return self._turned(padded, b"N")

    def matrix(self, covariance: Floats) -> Floats:
        """A' K A of a symmetric matrix."""
        once = self._turned(covariance, b"T")[self.rank :]
        twice = self._turned(np.ascontiguousarray(once.T), b"T")[self.rank :]
        return (twice + twice.T) / 2.0

    def _turned(self, values: Floats, which: bytes) -> Floats:
        columns = np.array(values, dtype=np.float64, order="F", ndmin=2)
        if values.ndim == 1:
            columns = np.asfortranarray(columns.T)
        work = max(1, 64 * columns.shape[1])
        turned = lapack.dormqr(b"L", which, self.reflections, self.scales, columns, work)[0]
        return cast(Floats, turned[:, 0] if values.ndim == 1 else turned)
