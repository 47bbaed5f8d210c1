"""Single-step models by dense algebra, from their published formulas; shares no code with agrigen.

H of all levels from relationships of a pedigree and of markers, APY's G-inverse by its blocks,
and the mixed-model equations of Liu et al. (2014) with marker effects among the unknowns.
"""

import numpy as np


def genomic(dosages, a22, *, blend=0.0, tune="none", centre=None, other_is_identity=False):
    """G of dosages (-1 missing), blended with A22 (or I), then tuned as Chen et al. (2011)."""
    x = np.array(dosages, dtype=float)
    x[x < 0] = np.nan
    p = np.nanmean(x, axis=0) / 2 if centre is None else np.full(x.shape[1], centre)
    z = np.nan_to_num(x - 2 * p)
    g = z @ z.T / (2 * np.sum(p * (1 - p)))
    g = (1 - blend) * g + blend * (np.eye(len(g)) if other_is_identity else a22)
    if tune == "chen":
        n = len(g)
        off = ~np.eye(n, dtype=bool)
        b = (np.diag(a22).mean() - a22[off].mean()) / (np.diag(g).mean() - g[off].mean())
        g = a22[off].mean() - b * g[off].mean() + b * g
    if tune == "vitezica":
        a = a22.mean() - g.mean()
        g = a + (1 - a / 2) * g
    return g


def combined(a, places, g):
    """H of Legarra et al. (2009): relationships of all levels given those of some."""
    other = np.setdiff1d(np.arange(len(a)), places)
    a22 = a[np.ix_(places, places)]
    b = a[np.ix_(other, places)] @ np.linalg.inv(a22)
    h = np.empty_like(a)
    h[np.ix_(places, places)] = g
    h[np.ix_(other, places)] = b @ g
    h[np.ix_(places, other)] = (b @ g).T
    h[np.ix_(other, other)] = a[np.ix_(other, other)] + b @ (g - a22) @ b.T
    return h


def apy_inverse(g, core):
    """Misztal (2016): the inverse of G by its core."""
    n = len(g)
    rest = np.setdiff1d(np.arange(n), core)
    inverse = np.zeros((n, n))
    own = np.linalg.inv(g[np.ix_(core, core)])
    inverse[np.ix_(core, core)] = own
    for i in rest:
        t = np.zeros(n)
        t[i] = 1.0
        t[core] = -own @ g[core, i]
        m = g[i, i] - g[i, core] @ own @ g[core, i]
        inverse += np.outer(t, t) / m
    return inverse


def blup(y, x, z, k, ratio):
    """Fixed and random effects by V = Z K Z' + ratio I, in units of the genetic variance."""
    v = z @ k @ z.T + ratio * np.eye(len(y))
    inside = np.linalg.solve(v, np.column_stack([x, y]))
    b = np.linalg.lstsq(x.T @ inside[:, :-1], x.T @ inside[:, -1], rcond=None)[0]
    return b, k @ z.T @ (inside[:, -1] - inside[:, :-1] @ b)


def liu(y, z, a, places, dosages, share, ratio):
    """Mean, effects of animals and of markers: equations of Liu et al. (2014), solved as a whole.

    `share` is that of the residual polygenic effect, and y = mean + z u + e.
    """
    p = dosages.mean(axis=0) / 2
    m = dosages - 2 * p
    scale = 2 * np.sum(p * (1 - p))
    n, markers = len(a), m.shape[1]
    inverse = np.linalg.inv(a)
    a22 = np.linalg.inv(a[np.ix_(places, places)])
    k = np.zeros((1 + n + markers,) * 2)
    animal, marker = slice(1, 1 + n), slice(1 + n, None)
    there = 1 + np.asarray(places)
    w = np.column_stack([np.ones(len(y)), z])
    k[: 1 + n, : 1 + n] += w.T @ w
    k[animal, animal] += ratio * inverse
    k[np.ix_(there, there)] += ratio * (1 / share - 1) * a22
    across = -ratio / share * a22 @ m
    k[there, marker] += across
    k[marker, there] += across.T
    k[marker, marker] += ratio * (m.T @ a22 @ m / share + np.eye(markers) * scale / (1 - share))
    right = np.concatenate([w.T @ y, np.zeros(markers)])
    found = np.linalg.solve(k, right)
    return found[0], found[animal], found[marker]
