"""Mixed-model tests written as the formulas are: dense V, one marker at a time."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit


def filled(column):
    """Dosages with the mean for missing."""
    column = np.where(column < 0, np.nan, column.astype(float))
    return np.where(np.isnan(column), np.nanmean(column), column)


def likelihood(at, y, x, k, *, restricted):
    """Profile log-likelihood of [X marker] at a log ratio; the restricted one as in GEMMA."""
    n, c = x.shape
    v = np.exp(at) * k + np.eye(n)
    vi = np.linalg.inv(v)
    xvx = x.T @ vi @ x
    r = y - x @ np.linalg.solve(xvx, x.T @ vi @ y)
    q = r @ vi @ r
    value = -np.linalg.slogdet(v)[1]
    if not restricted:
        return 0.5 * (value + n * (np.log(n / q) - np.log(2 * np.pi) - 1))
    df = n - c
    value -= np.linalg.slogdet(xvx)[1] - np.linalg.slogdet(x.T @ x)[1]
    return 0.5 * (value + df * (np.log(df / q) - np.log(2 * np.pi) - 1))


def best(y, x, k, *, restricted):
    """Highest log-likelihood over ratios from 1e-5 to 1e5, and its log ratio."""
    grid = np.linspace(np.log(1e-5), np.log(1e5), 60)
    values = [likelihood(at, y, x, k, restricted=restricted) for at in grid]
    top = int(np.argmax(values))
    bounds = (grid[max(0, top - 1)], grid[min(59, top + 1)])
    found = minimize_scalar(
        lambda at: -likelihood(at, y, x, k, restricted=restricted),
        bounds=bounds, method="bounded", options={"xatol": 1e-8},
    )  # fmt: skip
    return found.x, -found.fun


def least_squares(at, y, x, k):
    """Effect of the last column and its standard error at a log ratio."""
    vi = np.linalg.inv(np.exp(at) * k + np.eye(y.size))
    xvx = np.linalg.inv(x.T @ vi @ x)
    beta = xvx @ x.T @ vi @ y
    r = y - x @ beta
    return beta[-1], np.sqrt(xvx[-1, -1] * (r @ vi @ r) / (y.size - x.shape[1]))


def logistic_score(y, x, k, marker, variance):
    """Chi-square of the score test of a logistic mixed model, its variance given."""
    u = np.zeros(y.size)
    b = np.zeros(x.shape[1])
    for _ in range(200):
        eta = x @ b + u
        mu = expit(eta)
        w = mu * (1 - mu)
        vi = np.linalg.inv(np.diag(1 / w) + variance * k)
        z = eta + (y - mu) / w
        b = np.linalg.solve(x.T @ vi @ x, x.T @ vi @ z)
        u = variance * k @ vi @ (z - x @ b)
    p = vi - vi @ x @ np.linalg.solve(x.T @ vi @ x, x.T @ vi)
    py = p @ z
    slope = py @ k @ py - np.trace(p @ k)
    return (marker @ (y - mu)) ** 2 / (marker @ p @ marker), slope
