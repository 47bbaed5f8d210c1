"""Pedigree quantities as they are defined, one animal after the other."""

from functools import cache

import numpy as np


def meuwissen_luo(sire, dam):
    """Inbreeding by Meuwissen and Luo 1992: a row of T at a time, youngest ancestor first."""
    n = len(sire)
    f = np.zeros(n)
    d = np.zeros(n)
    for i in range(n):
        d[i] = 1.0 - sum(0.25 * (1.0 + f[p]) for p in (sire[i], dam[i]) if p >= 0)
        share = {i: 1.0}
        total = 0.0
        while share:
            j = max(share)
            part = share.pop(j)
            total += part * part * d[j]
            for p in (sire[j], dam[j]):
                if p >= 0:
                    share[p] = share.get(p, 0.0) + 0.5 * part
        f[i] = total - 1.0
    return f


def tabular_with_metafounders(sire, dam, gamma):
    """A of animals, then metafounders: groups are levels behind the animals (Legarra 2015)."""
    n, groups = len(sire), len(gamma)
    a = np.zeros((n + groups, n + groups))
    a[n:, n:] = gamma
    for i in range(n):
        before = [*range(i), *range(n, n + groups)]
        parents = [p for p in (sire[i], dam[i]) if p >= 0]
        for j in before:
            a[i, j] = a[j, i] = 0.5 * sum(a[j, p] for p in parents)
        a[i, i] = 1.0 + (0.5 * a[sire[i], dam[i]] if len(parents) == 2 else 0.0)
    return a


def qp_inverse(sire, dam, groups, d):
    """A-inverse with fixed groups: the sum of t t' / d, t = 1, -1/2, -1/2 (Quaas 1988)."""
    n = len(sire)
    out = np.zeros((n + groups, n + groups))
    for i in range(n):
        t = np.zeros(n + groups)
        t[i] = 1.0
        for p in (sire[i], dam[i]):
            if p >= 0:
                t[p] -= 0.5
        out += np.outer(t, t) / d[i]
    return out


def dominance(sire, dam, a):
    """Cockerham's D from additive relationships; unknown parents are unrelated to everybody."""

    def rel(i, j):
        return a[i, j] if i >= 0 and j >= 0 else 0.0

    n = len(sire)
    out = np.diag(2.0 - np.diag(a))
    for i in range(n):
        for j in range(i):
            s, d, t, e = sire[i], dam[i], sire[j], dam[j]
            out[i, j] = out[j, i] = 0.25 * (rel(s, t) * rel(d, e) + rel(s, e) * rel(d, t))
    return out


def equivalent_generations(sire, dam):
    """Every known ancestor on every line adds 1/2 for each generation to it."""

    def climb(i, weight):
        return sum(weight / 2 + climb(p, weight / 2) for p in (sire[i], dam[i]) if p >= 0)

    return np.array([climb(i, 1.0) for i in range(len(sire))])


def founder_shares(sire, dam, reference):
    """Expected share of the genes of a reference from each (animal, lacking parent)."""

    @cache
    def shares(i):
        out = {}
        for role, p in (("sire", sire[i]), ("dam", dam[i])):
            if p < 0:
                out[i, role] = out.get((i, role), 0.0) + 0.5
            else:
                for key, value in shares(p).items():
                    out[key] = out.get(key, 0.0) + 0.5 * value
        return out

    total = {}
    for i in reference:
        for key, value in shares(i).items():
            total[key] = total.get(key, 0.0) + value / len(reference)
    return total


def gene_drop_ancestors(sire, dam, reference, chosen):
    """Share of the reference's genes that pass through the chosen animals, each counted once."""

    @cache
    def through(i):
        if i in chosen:
            return 1.0
        return sum(0.5 * through(p) for p in (sire[i], dam[i]) if p >= 0)

    return sum(through(i) for i in reference) / len(reference)
