"""Simulated herds with known variances, for estimates that have no published counterpart."""

import numpy as np
import pandas as pd

import agrigen as ag


def family(animals, generations, rng):
    """Pedigree of overlapping sires and dams; parents are the animals of one generation before."""
    each = animals // generations
    sire, dam = [0] * each, [0] * each
    for k in range(1, generations):
        first = (k - 1) * each + 1
        sire += list(first + 2 * rng.integers(0, each // 6, each))
        dam += list(first + 1 + 2 * rng.integers(0, each // 3, each))
    pedigree = ag.Pedigree(range(1, len(sire) + 1), sire, dam)
    return pedigree, np.array(sire), np.array(dam)


def breeding_values(sire, dam, g, rng):
    """Values of all animals for a genetic covariance matrix that may be singular."""
    values, vectors = np.linalg.eigh(np.atleast_2d(g).astype(float))
    half = vectors * np.sqrt(np.clip(values, 0, None))
    out = np.zeros((len(sire), len(half)))
    for i, parents in enumerate(zip(sire, dam, strict=True)):
        known = [p - 1 for p in parents if p]
        mean = 0.5 * out[known].sum(axis=0)
        out[i] = mean + np.sqrt(1 - 0.25 * len(known)) * half @ rng.normal(size=len(half))
    return out


def herd(g, r, *, seed, animals=400, generations=4):
    """Pedigree and one record an animal of traits y, z, ...: genetic g, residual r."""
    rng = np.random.default_rng(seed)
    pedigree, sire, dam = family(animals, generations, rng)
    r = np.atleast_2d(r).astype(float)
    values = breeding_values(sire, dam, g, rng)
    values = values + rng.multivariate_normal(np.zeros(len(r)), r, len(values))
    frame = pd.DataFrame(values, columns=list("yzw")[: len(r)])
    n = len(frame)
    return pedigree, frame.assign(animal=np.arange(1, n + 1), dam=dam, sex=rng.integers(0, 2, n))
