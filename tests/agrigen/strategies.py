"""Hypothesis strategies: pedigrees of any shape, and herds with records on them."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import agrigen as ag


@st.composite
def parents(draw, largest=30):
    """Parents before offspring: even animals may be sires, odd ones dams."""
    n = draw(st.integers(1, largest))
    sire, dam = [], []
    for i in range(n):
        males = [-1, *range(0, i, 2)]
        females = [-1, *range(1, i, 2)]
        sire.append(draw(st.sampled_from(males)))
        dam.append(draw(st.sampled_from(females)))
    return np.array(sire), np.array(dam)


def pedigree_of(sire, dam, order=None):
    """A pedigree of animals a0, a1, ... whose rows come in the given order."""
    order = range(len(sire)) if order is None else order
    name = [f"a{i}" for i in range(len(sire))] + [""]
    rows = [(name[i], name[sire[i]], name[dam[i]]) for i in order]
    return ag.Pedigree(*map(list, zip(*rows, strict=True)))


@st.composite
def herds(draw):
    """A pedigree and records with a factor, a covariate, groups and repeated records."""
    sire, dam = draw(parents(largest=14))
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    records = draw(st.integers(4, 25))
    animal = rng.integers(0, len(sire), records)
    frame = pd.DataFrame(
        {
            "animal": [f"a{i}" for i in animal],
            "year": rng.integers(2019, 2022, records),
            "age": rng.uniform(1, 9, records).round(1),
            "herd": rng.choice(list("xyz"), records),
            "w": rng.uniform(0.5, 3, records),
            "y": rng.normal(50, 5, records),
        }
    )
    return pedigree_of(sire, dam), frame
