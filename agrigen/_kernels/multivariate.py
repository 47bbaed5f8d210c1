"""Compiled REML and tests of markers for several traits.

Records are rotated and fixed effects gone: row i has the covariance d_i Vg + Ve between traits. In
the basis T of traits with T Ve T' = I and T Vg T' = diag(values) all traits are independent, with
the weights w = 1 / (d values + 1). So sums over rows are those of single traits; the expected
information falls into blocks of two, the genetic and the residual (co)variance of one pair of
traits (Zhou and Stephens 2014 use T as well; the steps here are Fisher's scoring, with EM where a
step does not raise the likelihood).
"""

import numpy as np
from numba import njit

from agrigen.types import Floats

STEPS = 200
HALVINGS = 8
GAIN = 1e-10
"""Expected gain in log-likelihood that ends the search."""

NONE = 1e-12
"""Genetic variance, in residual variances, that counts as none."""

SMALLEST = 1e-9
"""Least eigenvalue of a residual covariance after a step, in those before it."""

FULL = 1e200


@njit(nogil=True, error_model="numpy")
def _basis(vg, ve):  # type: ignore[no-untyped-def]
    """Values and T of two covariances; values below 0 are 0. The last is whether Ve is positive."""
    own, q = np.linalg.eigh(ve)
    if own[0] <= SMALLEST * own[-1] or own[0] <= 0.0:
        return own, q, False
    half = np.ascontiguousarray((q / np.sqrt(own)).T)
    inner = half @ np.ascontiguousarray(vg) @ np.ascontiguousarray(half.T)
    values, turn = np.linalg.eigh(0.5 * (inner + inner.T))
    return np.maximum(values, 0.0), np.ascontiguousarray(turn.T) @ half, True


@njit(nogil=True, error_model="numpy")
def _sums(x, z, d, values, sums, slopes, information, w, r):  # type: ignore[no-untyped-def]
    """Log-likelihood without the part of T; effects, slopes and information at T.

    sums[k]: xx and xy of trait k. slopes[0, k, l] and [1, k, l]: twice the slope by the genetic and
    the residual (co)variance (once off the diagonal). information[p, k, l]: sums of w w d^p.
    """
    traits, rows = z.shape
    slopes[:] = 0.0
    information[:] = 0.0
    sums[:] = 0.0
    logs = 0.0
    product = 1.0
    quadratic = 0.0
    for k in range(traits):
        value = values[k]
        xx = 0.0
        xy = 0.0
        yy = 0.0
        for i in range(rows):
            wi = 1.0 / (value * d[i] + 1.0)
            w[k, i] = wi
            product *= value * d[i] + 1.0
            if product > FULL:
                logs += np.log(product)
                product = 1.0
            yy += z[k, i] * z[k, i] * wi
            if x.size:
                xx += x[i] * x[i] * wi
                xy += x[i] * z[k, i] * wi
        effect = 0.0
        if x.size:
            effect = xy / xx
            logs += np.log(xx)
        sums[k, 0] = xx
        sums[k, 1] = xy
        quadratic += yy - effect * xy
        g = 0.0
        e = 0.0
        gx = 0.0
        ex = 0.0
        for i in range(rows):
            wi = w[k, i]
            if x.size:
                r[k, i] = wi * (z[k, i] - x[i] * effect)
                xw = x[i] * wi
                ex += xw * xw
                gx += xw * xw * d[i]
            else:
                r[k, i] = wi * z[k, i]
            e += wi
            g += wi * d[i]
        if x.size:
            e -= ex / xx
            g -= gx / xx
        slopes[0, k, k] -= g
        slopes[1, k, k] -= e
    for k in range(traits):
        for j in range(k + 1):
            f0 = 0.0
            f1 = 0.0
            f2 = 0.0
            g = 0.0
            e = 0.0
            for i in range(rows):
                ww = w[k, i] * w[j, i]
                rr = r[k, i] * r[j, i]
                f0 += ww
                ww *= d[i]
                f1 += ww
                f2 += ww * d[i]
                e += rr
                g += rr * d[i]
            information[0, k, j] = f0
            information[1, k, j] = f1
            information[2, k, j] = f2
            slopes[0, k, j] += g
            slopes[1, k, j] += e
    return -0.5 * (logs + np.log(product) + quadratic)


@njit(nogil=True, error_model="numpy")
def _step(values, slopes, information, genetic, residual):  # type: ignore[no-untyped-def]
    """The scoring step of both covariances in the basis; returns the gain it lets expect."""
    gain = 0.0
    for k in range(values.size):
        # A direction without genetic variance stays without while the slope points below 0, but
        # it may turn: its covariance s with another direction then brings the variance s^2 / value.
        still_k = values[k] <= NONE and slopes[0, k, k] <= 0.0
        for j in range(k + 1):
            still_j = values[j] <= NONE and slopes[0, j, j] <= 0.0
            f0, f1, f2 = information[0, k, j], information[1, k, j], information[2, k, j]
            g, e = slopes[0, k, j], slopes[1, k, j]
            if still_k and not still_j:
                f2 -= slopes[0, k, k] / max(values[j], NONE)
            elif still_j and not still_k:
                f2 -= slopes[0, j, j] / max(values[k], NONE)
            determinant = f0 * f2 - f1 * f1
            if (still_k and still_j) or determinant <= 1e-12 * f0 * f2:
                sg = 0.0
                se = e / f0
            else:
                sg = (f0 * g - f1 * e) / determinant
                se = (f2 * e - f1 * g) / determinant
            genetic[k, j] = genetic[j, k] = sg
            residual[k, j] = residual[j, k] = se
            gain += (0.25 if k == j else 0.5) * (sg * g + se * e)
    return gain


@njit(nogil=True, error_model="numpy")
def _fit(x, y, d, t, values, z, w, r, sums):  # type: ignore[no-untyped-def]
    """REML from the covariances of (t, values): the new t, values, log-likelihood and steps.

    Without a marker x is empty.
    """
    traits, rows = y.shape
    slopes = np.empty((2, traits, traits))
    information = np.empty((3, traits, traits))
    genetic = np.empty((traits, traits))
    residual = np.empty((traits, traits))
    weight = rows - 1.0 if x.size else float(rows)
    t = np.ascontiguousarray(t)
    y = np.ascontiguousarray(y)
    z[:] = t @ y
    turned = weight * np.log(abs(np.linalg.det(t)))
    value = turned + _sums(x, z, d, values, sums, slopes, information, w, r)
    for done in range(STEPS):
        gain = _step(values, slopes, information, genetic, residual)
        if gain < GAIN:
            return t, values, value, done
        share = 1.0
        better = False
        for trial in range(HALVINGS + 1):
            if trial == HALVINGS:  # EM: the likelihood rises, or nothing can be gained
                for k in range(traits):
                    for j in range(traits):
                        a, b = max(k, j), min(k, j)
                        genetic[k, j] = values[k] * slopes[0, a, b] * values[j] / rows
                        residual[k, j] = slopes[1, a, b] / rows
                share = 1.0
            vg = share * genetic + np.diag(values)
            ve = share * residual + np.eye(traits)
            new_values, turn, positive = _basis(vg, ve)
            share *= 0.5
            if not positive:
                continue
            new_t = np.ascontiguousarray(turn) @ t
            z[:] = new_t @ y
            turned = weight * np.log(abs(np.linalg.det(new_t)))
            old_slopes = slopes.copy()
            old_information = information.copy()
            new = turned + _sums(x, z, d, new_values, sums, slopes, information, w, r)
            if new >= value - 1e-11 * abs(value):
                better = new > value
                t = new_t
                values = new_values
                value = new
                break
            slopes[:] = old_slopes
            information[:] = old_information
        if not better:
            break
    z[:] = t @ y
    turned = weight * np.log(abs(np.linalg.det(t)))
    value = turned + _sums(x, z, d, values, sums, slopes, information, w, r)
    return t, values, value, done + 1


@njit(cache=True, nogil=True, error_model="numpy")
def null_covariances(y: Floats, d: Floats, vg: Floats, ve: Floats) -> tuple[Floats, Floats, float]:
    """Values, T and restricted log-likelihood (without constants) of the model without markers.

    y: traits x contrasts; vg and ve: where the search starts.
    """
    values, t, _ = _basis(vg, ve)
    z, w, r = np.empty_like(y), np.empty_like(y), np.empty_like(y)
    none, t = y[0, :0], np.ascontiguousarray(t)
    t, values, value, _ = _fit(none, y, d, t, values, z, w, r, np.empty((y.shape[0], 2)))
    return values, t, value


@njit(cache=True, nogil=True, error_model="numpy")
def exact_tests(x: Floats, y: Floats, d: Floats, values: Floats, t: Floats, out: Floats) -> None:
    """Chi-square, effects and their covariance of each row of x, covariances re-estimated.

    The search starts from (values, t). out: chi-square, log-likelihood, steps, effects of the
    traits, and their covariance row by row.
    """
    traits = y.shape[0]
    z, w, r = np.empty_like(y), np.empty_like(y), np.empty_like(y)
    sums = np.empty((traits, 2))
    for m in range(x.shape[0]):
        own, _, value, steps = _fit(x[m], y, d, t, values, z, w, r, sums)
        back = np.linalg.inv(own)
        chi = 0.0
        for k in range(traits):
            chi += sums[k, 1] * sums[k, 1] / sums[k, 0]
        out[m, 0] = chi
        out[m, 1] = value
        out[m, 2] = steps
        for k in range(traits):
            effect = 0.0
            for j in range(traits):
                effect += back[k, j] * sums[j, 1] / sums[j, 0]
                covariance = 0.0
                for q in range(traits):
                    covariance += back[k, q] * back[j, q] / sums[q, 0]
                out[m, 3 + traits + k * traits + j] = covariance
            out[m, 3 + k] = effect
