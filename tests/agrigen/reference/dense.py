"""Mixed-model equations by dense linear algebra: BLUP as generalized least squares."""

import numpy as np


def dense_blup(y, x, terms, residual):
    """b and every u from V = sum Z K Z' + R, with prediction error variances.

    terms: (Z, covariance of u) pairs; residual: variance of each record.
    Returns b (minimum norm where X is rank deficient), list of u, list of PEV.
    """
    v = np.diag(residual).astype(float)
    for z, k in terms:
        v += z @ k @ z.T
    vi = np.linalg.inv(v)
    xvx = np.linalg.pinv(x.T @ vi @ x)
    b = xvx @ x.T @ vi @ y
    p = vi - vi @ x @ xvx @ x.T @ vi
    us = [k @ z.T @ p @ y for z, k in terms]
    pevs = [np.diag(k - k @ z.T @ p @ z @ k) for z, k in terms]
    return b, us, pevs


def reml_log_likelihood(y, x, terms, residual):
    """REML log-likelihood with its constant, for X of full column rank."""
    v = np.diag(residual).astype(float)
    for z, k in terms:
        v += z @ k @ z.T
    vi = np.linalg.inv(v)
    xvx = x.T @ vi @ x
    p = vi - vi @ x @ np.linalg.inv(xvx) @ x.T @ vi
    n, rank = x.shape
    determinants = np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1]
    return -0.5 * ((n - rank) * np.log(2 * np.pi) + determinants + y @ p @ y)
