"""Gibbs samplers of marker effects, one marker after the other, as the papers write them.

Random numbers are taken in the order of `agrigen.bayesian`, so that the same generator gives
the same draws; the algebra is the simple one: residuals are updated after every marker.
"""

import numpy as np


class SlowSampler:
    """y = X b + M a + e with residual variances residual / w; M centered, no missing genotypes."""

    def __init__(self, y, x, m, w, priors, start, generator):
        self.y, self.x, self.m, self.w = y, x, m, w
        self.priors, self.random = priors, generator
        self.method = priors.method.name
        p = m.shape[1]
        self.b = np.zeros(x.shape[1])
        self.a = np.zeros(p)
        self.label = np.zeros(p, int)
        self.residual = start["residual"]
        self.pi = priors.pi.copy()
        self.lambda2 = (priors.lasso_shape - 1) / priors.lasso_rate
        self.tau = np.full(p, 2 / self.lambda2)
        self.variance = np.full(p, start.get("markers", 0.0))

    def step(self):
        self.fixed()
        self.markers()
        self.hyper()
        self.residuals()

    def error(self):
        return self.y - self.x @ self.b - self.m @ self.a

    def fixed(self):
        """b ~ N((X'WX)^-1 X'W (y - M a), (X'WX)^-1 residual)."""
        noise = self.random.standard_normal(len(self.y)) * np.sqrt(self.residual / self.w)
        xw = self.x.T * self.w
        self.b = self.b + np.linalg.solve(xw @ self.x, xw @ (self.error() + noise))

    def markers(self):
        p, gamma = self.a.size, self.priors.mixture
        if gamma.size == 2:
            uniform = self.random.logistic(size=p)
        else:
            uniform = self.random.random(p if gamma.size > 2 else 0)
        normal = self.random.standard_normal(p)
        base = self.residual * self.tau if self.method == "bayes_lasso" else self.variance
        e = self.error()
        for j in range(p):
            x = self.m[:, j]
            e = e + x * self.a[j]
            right = x @ (self.w * e) / self.residual
            square = x @ (self.w * x) / self.residual
            variances = gamma * base[j] * self.priors.unit[j]
            logs = np.log(self.pi) + np.array(
                [self.marginal(right, square, v) if v > 0 else 0.0 for v in variances]
            )
            k = self.choose(logs, uniform[j] if gamma.size > 1 else 0.0)
            self.label[j] = k
            self.a[j] = 0.0
            if variances[k] > 0:
                precision = square + 1 / variances[k]
                self.a[j] = right / precision + normal[j] / np.sqrt(precision)
            e = e - x * self.a[j]

    @staticmethod
    def marginal(right, square, v):
        """Log density of the records with an effect from N(0, v) over that without."""
        return -0.5 * np.log(1 + square * v) + 0.5 * right**2 / (square + 1 / v)

    @staticmethod
    def choose(logs, u):
        if logs.size == 1:
            return 0
        if logs.size == 2:
            return int(u < logs[1] - logs[0])
        share = np.exp(logs - logs.max())
        return int(np.searchsorted(np.cumsum(share / share.sum()), u, side="right"))

    def hyper(self):
        priors, random, p = self.priors, self.random, self.a.size
        if self.method == "bayes_lasso":
            mean = np.sqrt(self.lambda2 * self.residual / self.a**2)
            uniform, normal = random.random(p), random.standard_normal(p)
            self.tau = 1 / self.inverse_gaussian(mean, self.lambda2, uniform, normal)
            shape, rate = priors.lasso_shape + p, priors.lasso_rate + self.tau.sum() / 2
            self.lambda2 = random.gamma(shape, 1 / rate)
            return
        prior = priors.variances["markers"]
        inside = self.a != 0
        share = priors.mixture[self.label] * priors.unit
        squares = np.where(inside, self.a**2 / np.where(inside, share, 1.0), 0.0)
        if priors.method.own:
            chi = random.chisquare(prior.degrees + inside)
            self.variance = (squares + prior.scale) / chi
        else:
            chi = random.chisquare(prior.degrees + inside.sum())
            self.variance[:] = (squares.sum() + prior.scale) / chi
        if priors.estimate_pi:
            counts = np.bincount(self.label, minlength=self.pi.size)
            self.pi = random.dirichlet(counts + priors.pi_counts)

    @staticmethod
    def inverse_gaussian(mean, shape, uniform, normal):
        """Michael, Schucany and Haas 1976."""
        y = normal**2
        root = np.sqrt(4 * mean * shape * y + (mean * y) ** 2)
        x = mean + mean**2 * y / (2 * shape) - mean / (2 * shape) * root
        return np.where(uniform <= mean / (mean + x), x, mean**2 / x)

    def residuals(self):
        e = self.error()
        square, count = e @ (self.w * e), e.size
        if self.method == "bayes_lasso":
            square, count = square + (self.a**2 / self.tau).sum(), count + self.a.size
        prior = self.priors.variances["residual"]
        chi = self.random.chisquare(count + prior.degrees)
        self.residual = (square + prior.scale) / chi
