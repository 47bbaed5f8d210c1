"""Compiled loops of association tests with mixed models.

Records and markers are rotated: the covariance of a record is s (ratio * d + 1), with d the
eigenvalues of the relationships and ratio = genetic over residual variance. For a marker x and
records y, everything that a likelihood needs are the sums of xx, xy and yy with the weights
v = 1 / (ratio d + 1), d v^2 and d^2 v^3 (Zhou and Stephens 2012). Rows of x may be float32: sums
are float64.
"""

import numpy as np
from numba import njit

from agrigen.types import Floats

STEPS = 60
CLOSE = 1e-5
"""A Newton step in log ratio after which the next would be below rounding: they square."""
GROUP = 8
"""Factors multiplied before a logarithm is taken."""

SUMS = {"reassoc", "contract", "nsz"}


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _sums(ratio, d, x, y, s):  # type: ignore[no-untyped-def]
    """s = xx, xy, yy with weights v; d v^2; d^2 v^3; and the sums of d v and (d v)^2."""
    a0 = 0.0
    a1 = 0.0
    a2 = 0.0
    b0 = 0.0
    b1 = 0.0
    b2 = 0.0
    c0 = 0.0
    c1 = 0.0
    c2 = 0.0
    h1 = 0.0
    h2 = 0.0
    for i in range(np.uint64(y.size)):
        v = 1.0 / (ratio * d[i] + 1.0)
        w = d[i] * v
        xi = np.float64(x[i])
        yi = y[i]
        xx = xi * xi * v
        xy = xi * yi * v
        yy = yi * yi * v
        a0 += xx
        b0 += xy
        c0 += yy
        xx *= w
        xy *= w
        yy *= w
        a1 += xx
        b1 += xy
        c1 += yy
        a2 += xx * w
        b2 += xy * w
        c2 += yy * w
        h1 += w
        h2 += w * w
    s[0] = a0
    s[1] = b0
    s[2] = c0
    s[3] = a1
    s[4] = b1
    s[5] = c1
    s[6] = a2
    s[7] = b2
    s[8] = c2
    s[9] = h1
    s[10] = h2


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _log_determinant(ratio, d):  # type: ignore[no-untyped-def]
    """Sum of log(ratio d + 1)."""
    total = 0.0
    whole = d.size // GROUP * GROUP
    for i in range(0, whole, GROUP):
        product = 1.0
        for k in range(GROUP):
            product *= ratio * d[i + k] + 1.0
        total += np.log(product)
    for i in range(whole, d.size):
        total += np.log(ratio * d[i] + 1.0)
    return total


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _determinant_slopes(ratio, d):  # type: ignore[no-untyped-def]
    """Sums of d v and of (d v)^2."""
    h1 = 0.0
    h2 = 0.0
    for i in range(np.uint64(d.size)):
        w = d[i] / (ratio * d[i] + 1.0)
        h1 += w
        h2 += w * w
    return h1, h2


@njit(nogil=True, error_model="numpy")
def _slopes(ratio, d, det, x, y, restricted, size, s):  # type: ignore[no-untyped-def]
    """First and second derivative of the profile log-likelihood by log ratio."""
    _sums(ratio, d, x, y, s)
    beta = s[1] / s[0]
    q0 = s[2] - beta * s[1]
    q1 = s[5] - 2.0 * beta * s[4] + beta * beta * s[3]
    q2 = s[8] - 2.0 * beta * s[7] + beta * beta * s[6]
    t = s[4] - beta * s[3]
    q2 -= t * t / s[0]
    if restricted:
        h1 = s[9] - s[3] / s[0]
        h2 = s[10] - 2.0 * s[6] / s[0] + (s[3] / s[0]) ** 2
    else:
        h1, h2 = _determinant_slopes(ratio, det)
    first = -0.5 * h1 + 0.5 * size * q1 / q0
    second = 0.5 * h2 + 0.5 * size * ((q1 / q0) ** 2 - 2.0 * q2 / q0)
    g = first * ratio
    return g, second * ratio * ratio + g


@njit(nogil=True, error_model="numpy")
def _likelihood(ratio, d, det, x, y, restricted, size, s):  # type: ignore[no-untyped-def]
    """Profile log-likelihood with its constants; the restricted one as GEMMA defines it."""
    _sums(ratio, d, x, y, s)
    quadratic = s[2] - s[1] * s[1] / s[0]
    value = size * (np.log(size) - np.log(2.0 * np.pi) - 1.0 - np.log(quadratic))
    value -= _log_determinant(ratio, det)
    if restricted:
        plain = 0.0
        for i in range(x.size):
            plain += np.float64(x[i]) * np.float64(x[i])
        value -= np.log(s[0] / plain)
    return 0.5 * value


@njit(nogil=True, error_model="numpy")
def _root(low, high, start, d, det, x, y, restricted, size, s):  # type: ignore[no-untyped-def]
    """Log ratio between low and high where the slope falls through zero: guarded Newton."""
    at = start
    for _ in range(STEPS):
        g, h = _slopes(np.exp(at), d, det, x, y, restricted, size, s)
        if g > 0.0:
            low = at
        else:
            high = at
        reached = at - g / h if h < 0.0 else 0.5 * (low + high)
        if reached <= low or reached >= high:
            reached = 0.5 * (low + high)
        moved = abs(reached - at)
        at = reached
        if moved < CLOSE:
            break
    return at


@njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _grid_slopes(x, y, v0, v1, yy0, yy1, h1, restricted, size, slopes):  # type: ignore[no-untyped-def]
    """Signs of the slope of the likelihood at the points of the grid."""
    for k in range(v0.shape[0]):
        w0 = v0[k]
        w1 = v1[k]
        a0 = 0.0
        a1 = 0.0
        b0 = 0.0
        b1 = 0.0
        for i in range(np.uint64(y.size)):
            xi = np.float64(x[i])
            xx = xi * xi
            xy = xi * y[i]
            a0 += xx * w0[i]
            a1 += xx * w1[i]
            b0 += xy * w0[i]
            b1 += xy * w1[i]
        beta = b0 / a0
        q0 = yy0[k] - beta * b0
        q1 = yy1[k] - 2.0 * beta * b1 + beta * beta * a1
        slope = h1[k] - (a1 / a0 if restricted else 0.0)
        slopes[k] = size * q1 / q0 - slope


@njit(cache=True, nogil=True, error_model="numpy")
def exact_tests(
    x: np.ndarray,
    y: Floats,
    d: Floats,
    det: Floats,
    restricted: bool,
    size: float,
    start: float,
    grid: Floats,
    v0: Floats,
    v1: Floats,
    yy0: Floats,
    yy1: Floats,
    h1: Floats,
    out: Floats,
) -> None:
    """Effect, its error, log ratio and log-likelihood of each row of x, the ratio its own.

    `det` are eigenvalues of the covariance whose determinant counts: d itself where restricted,
    those before fixed effects were removed otherwise. `size` is the number of contrasts less one,
    or of records. The slope at `grid` (log ratios) finds every maximum; the highest is taken.
    """
    points = grid.size
    slopes = np.empty(points)
    s = np.empty(11)
    degrees = y.size - 1.0
    for m in range(x.shape[0]):
        row = x[m]
        _grid_slopes(row, y, v0, v1, yy0, yy1, h1, restricted, size, slopes)
        best = grid[0]
        value = -np.inf
        found = 0
        for k in range(-1, points):
            if k < 0:
                if slopes[0] > 0.0:
                    continue
                at = grid[0]
            elif k == points - 1:
                if slopes[k] <= 0.0:
                    continue
                at = grid[k]
            elif slopes[k] > 0.0 and slopes[k + 1] <= 0.0:
                near = start if grid[k] < start < grid[k + 1] else 0.5 * (grid[k] + grid[k + 1])
                at = _root(grid[k], grid[k + 1], near, d, det, row, y, restricted, size, s)
            else:
                continue
            found += 1
            if found == 1 and restricted:
                best = at
                continue
            if found == 2 and restricted:
                value = _likelihood(np.exp(best), d, det, row, y, restricted, size, s)
            new = _likelihood(np.exp(at), d, det, row, y, restricted, size, s)
            if new > value:
                best = at
                value = new
        _sums(np.exp(best), d, row, y, s)
        beta = s[1] / s[0]
        out[m, 0] = beta
        out[m, 1] = np.sqrt((s[2] - beta * s[1]) / (degrees * s[0]))
        out[m, 2] = best
        out[m, 3] = value


@njit(cache=True, nogil=True, error_model="numpy", fastmath=SUMS)
def weighted_sums(x: np.ndarray, w: Floats, wy: Floats, out: Floats) -> None:
    """Sums of x x w and of x wy of each row of x."""
    for m in range(x.shape[0]):
        row = x[m]
        a = 0.0
        b = 0.0
        for i in range(np.uint64(w.size)):
            xi = np.float64(row[i])
            a += xi * xi * w[i]
            b += xi * wy[i]
        out[m, 0] = a
        out[m, 1] = b


@njit(cache=True, nogil=True, error_model="numpy")
def without_missing(
    start: np.ndarray, missing: np.ndarray, columns: Floats, out: Floats, first: int, last: int
) -> None:
    """Take the products of columns of the samples that miss a marker from out[marker]."""
    width = columns.shape[1]
    for marker in range(first, last):
        for place in range(start[marker], start[marker + 1]):
            row = columns[missing[place]]
            for i in range(width):
                for j in range(width):
                    out[marker - first, i, j] -= row[i] * row[j]
