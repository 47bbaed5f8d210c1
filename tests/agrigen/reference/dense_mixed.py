"""Linear mixed models by dense linear algebra: generalized least squares through V itself.

y = X b + Z u + e with var(u) = C and var(e) = R. Nothing here knows the mixed-model equations or
the package: it is the slow second opinion on them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Dense:
    """One model at given variances; X has full column rank."""

    y: np.ndarray
    x: np.ndarray
    z: np.ndarray
    c: np.ndarray
    r: np.ndarray

    @cached_property
    def v_inverse(self) -> np.ndarray:
        """Inverse of var(y)."""
        return np.linalg.inv(self.v)

    @cached_property
    def v(self) -> np.ndarray:
        """var(y)."""
        return self.z @ self.c @ self.z.T + self.r

    @cached_property
    def _orthonormal(self) -> tuple[np.ndarray, np.ndarray]:
        """X = Q T with orthonormal Q: powers of a covariate are nearly dependent as they are."""
        return np.linalg.qr(self.x)

    @cached_property
    def _q_variance(self) -> np.ndarray:
        q, _ = self._orthonormal
        return np.linalg.inv(q.T @ self.v_inverse @ q)

    @cached_property
    def b_variance(self) -> np.ndarray:
        """Sampling variance of the fixed solutions."""
        back = np.linalg.inv(self._orthonormal[1])
        return back @ self._q_variance @ back.T

    @cached_property
    def p(self) -> np.ndarray:
        """The projection that removes the fixed effects."""
        vq = self.v_inverse @ self._orthonormal[0]
        return self.v_inverse - vq @ self._q_variance @ vq.T

    @cached_property
    def b(self) -> np.ndarray:
        """Best linear unbiased estimates of the fixed effects."""
        q, t = self._orthonormal
        return np.linalg.solve(t, self._q_variance @ (q.T @ self.v_inverse @ self.y))

    @cached_property
    def u(self) -> np.ndarray:
        """Best linear unbiased predictions of the random effects."""
        return self.c @ self.z.T @ self.p @ self.y

    @cached_property
    def u_error(self) -> np.ndarray:
        """var(u - u-hat), all of it."""
        cz = self.c @ self.z.T
        return self.c - cz @ self.p @ cz.T

    def function(self, k: np.ndarray, m: np.ndarray) -> tuple[float, float]:
        """Prediction of k'b + m'u and its error variance."""
        estimate = k @ self.b + m @ self.u
        q, t = self._orthonormal
        cross = np.linalg.solve(t, self._q_variance @ (q.T @ self.v_inverse @ self.z @ self.c))
        error = k @ self.b_variance @ k + m @ self.u_error @ m - 2 * k @ cross @ m
        return float(estimate), float(error)

    @cached_property
    def log_likelihood(self) -> float:
        """REML log-likelihood with its constant."""
        n, rank = self.x.shape
        of_x = 2 * np.log(np.abs(np.diag(self._orthonormal[1]))).sum()
        of_x -= np.linalg.slogdet(self._q_variance)[1]
        determinants = np.linalg.slogdet(self.v)[1] + of_x
        quadratic = self.y @ self.p @ self.y
        return float(-0.5 * ((n - rank) * np.log(2 * np.pi) + determinants + quadratic))

    def score(self, derivative: np.ndarray) -> float:
        """Derivative of the log-likelihood where var(y) changes by `derivative`."""
        py = self.p @ self.y
        return float(-0.5 * (np.sum(self.p * derivative) - py @ derivative @ py))

    def information(self, first: np.ndarray, second: np.ndarray) -> float:
        """Average information of two parameters (Gilmour, Thompson and Cullis 1995)."""
        py = self.p @ self.y
        return float(0.5 * py @ first @ self.p @ second @ py)


def numeric_gradient(
    function: Callable[[np.ndarray], float], at: np.ndarray, step: float = 1e-4
) -> np.ndarray:
    """Central differences, each step relative to its parameter."""
    gradient = np.empty(at.size)
    for i in range(at.size):
        width = step * max(abs(at[i]), 1e-3)
        up, down = at.copy(), at.copy()
        up[i] += width
        down[i] -= width
        gradient[i] = (function(up) - function(down)) / (2 * width)
    return gradient


def independent_columns(x: np.ndarray, tolerance: float = 1e-8) -> np.ndarray:
    """Mask of the columns that do not depend on earlier ones (Gram-Schmidt, twice)."""
    kept: list[np.ndarray] = []
    mask = np.zeros(x.shape[1], bool)
    for j in range(x.shape[1]):
        length = np.linalg.norm(x[:, j])
        if length == 0:
            continue
        rest = x[:, j] / length
        for _ in range(2):
            for q in kept:
                rest = rest - q * (q @ rest)
        size = np.linalg.norm(rest)
        if size > tolerance:
            kept.append(rest / size)
            mask[j] = True
    return mask
