"""Small populations for the samplers of marker effects."""

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen.bayesian.fit import prepare
from agrigen.bayesian.priors import read_priors
from agrigen.bayesian.reading import read

METHODS = ("ridge", "bayes_a", "bayes_b", "bayes_c", "bayes_cpi", "bayes_r", "bayes_lasso")


def flock(animals=80, markers=150, *, qtl=4, heritability=0.5, missing=0.0, seed=1):
    """Genotypes on two chromosomes; a trait of some of the markers, with sex and weights."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.2, 0.8, markers)
    dosages = rng.binomial(2, p, (animals, markers)).astype(np.int8)
    effects = np.zeros(markers)
    chosen = rng.choice(markers, qtl, replace=False)
    effects[chosen] = rng.choice([-1.0, 1.0], qtl)
    g = (dosages - 2 * p) @ effects
    scale = np.sqrt(heritability / (2 * p * (1 - p) * effects**2).sum())
    sex = rng.choice(["f", "m"], animals)
    y = 10 + (sex == "m") + g * scale + rng.normal(size=animals) * np.sqrt(1 - heritability)
    dosages[rng.random(dosages.shape) < missing] = -1
    half = markers // 2
    known = ag.MarkerMap.of(
        [f"m{k}" for k in range(markers)],
        chromosomes=["1"] * half + ["2"] * (markers - half),
        positions=100_000 * (1 + np.arange(markers) % half),
        counted=["A"] * markers,
        other=["G"] * markers,
    )
    ids = [f"a{k}" for k in range(animals)]
    data = pd.DataFrame({"id": ids, "sex": sex, "y": y, "w": rng.uniform(0.5, 2.0, animals)})
    genotypes = ag.Genotypes.from_dosages(dosages, ids, known)
    return genotypes, data, effects * scale, g * scale


def setup(genotypes, data, method, priors=None, *, formula="y ~ sex + genomic(id)", **options):
    """Everything that chains share, in double precision."""
    pedigree = options.pop("pedigree", None)
    weights = options.pop("weights", None)
    model = ag.Model.from_formula(formula, weights=weights)
    single = options.pop("single_step", False)
    task = read(model, data, genotypes, pedigree, method, single_step=single)
    return prepare(task, read_priors(priors), options.pop("dtype", np.float64))
