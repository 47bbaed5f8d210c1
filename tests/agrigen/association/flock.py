"""A small population with families, a gene, missing genotypes and markers of one allele."""

import numpy as np
import pandas as pd

import agrigen as ag


def flock(animals=180, markers=240, seed=3):
    """Genotypes on three chromosomes, and records of a trait with sex and age."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.05, 0.95, markers)
    sires = rng.binomial(1, p, (12, 2, markers))
    sire = rng.integers(0, 12, animals)
    paternal = sires[sire, rng.integers(0, 2, animals)]
    dosages = (paternal + rng.binomial(1, p, (animals, markers))).astype(np.int8)
    dosages[:, 10] = 0
    effects = rng.normal(size=markers) * 0.12
    effects[100] = 1.2
    sex = rng.choice(["f", "m"], animals)
    age = rng.uniform(50, 90, animals)
    y = dosages @ effects + (sex == "m") * 1.5 + 0.03 * age + rng.normal(size=animals)
    dosages[rng.random((animals, markers)) < 0.02] = -1
    dosages[: animals // 2, 20] = -1
    names = [f"m{k}" for k in range(markers)]
    third = markers // 3
    chromosomes = ["1"] * third + ["2"] * third + ["3"] * (markers - 2 * third)
    positions = np.tile(np.arange(1, third + 1) * 50_000, 3)[:markers]
    known = ag.MarkerMap.of(
        names, chromosomes=chromosomes, positions=positions, counted=["A"] * markers,
        other=["G"] * markers,
    )  # fmt: skip
    ids = [f"s{k}" for k in range(animals)]
    data = pd.DataFrame({"id": ids, "sex": sex, "age": age, "y": y})
    data["sick"] = (y > np.median(y)).astype(int)
    return ag.Genotypes.from_dosages(dosages, ids, known), data
