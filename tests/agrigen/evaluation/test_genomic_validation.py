"""Hidden records with genomic effects; slow: do genomic predictions mean what they say?"""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.simulate import Genome, gene_drop

GENOME = Genome(10, loci_per_chromosome=60)
GENETIC, RESIDUAL = 40.0, 60.0
NORMAL_95 = 1.959964


def population(seed, *, founders=60, animals=260, genotyped=None):
    """Founders in linkage equilibrium and offspring; every locus is a marker, and all act."""
    rng = np.random.default_rng(seed)
    known = range(founders, animals)
    ids = [f"a{k}" for k in range(animals)]
    sire = [""] * founders + [f"a{2 * rng.integers(0, k // 8)}" for k in known]
    dam = [""] * founders + [f"a{1 + 2 * rng.integers(0, k // 4)}" for k in known]
    pedigree = ag.Pedigree(ids, sire, dam)
    p = rng.uniform(0.2, 0.8, GENOME.n_loci)
    haplotypes = gene_drop(pedigree, GENOME, frequency=p, rng=rng)
    order = [list(pedigree.ids).index(id) for id in ids]
    dosages = haplotypes.sum(axis=1)[order]
    effects = rng.normal(size=p.size) * np.sqrt(GENETIC / np.sum(2 * p * (1 - p)))
    true = (dosages - 2 * p) @ effects
    data = pd.DataFrame({
        "animal": ids, "herd": rng.integers(0, 10, animals), "born": np.arange(animals) // 40,
        "y": 100 + true + rng.normal(0, np.sqrt(RESIDUAL), animals),
    })  # fmt: skip
    chosen = np.arange(animals) if genotyped is None else np.flatnonzero(rng.random(animals) < 0.5)
    genotypes = ag.Genotypes.from_dosages(dosages[chosen], [ids[k] for k in chosen])
    return pedigree, genotypes, data, pd.Series(true, ids)


VARIANCES = {"g": GENETIC, "residual": RESIDUAL}


@pytest.mark.parametrize("method", ["gblup", "single_step"])
def test_records_of_the_youngest_are_predicted(method):
    pedigree, genotypes, data, _ = population(1)
    model = ag.Model("y", [ag.Fixed("herd"), ag.Genomic(method=method)])
    use = None if method == "gblup" else pedigree
    found = ag.validate(model, data, use, VARIANCES, genotypes=genotypes, column="born", after=4)
    row = found.table.iloc[0]
    assert row.animals == (data.born > 4).sum()
    assert 0.4 < row.dispersion < 1.6
    assert 0.2 < row.accuracy <= 1
    assert row.predictivity > 0


def test_every_animal_is_predicted_once_in_folds():
    _, genotypes, data, _ = population(2, animals=120)
    model = ag.Model("y", [ag.Fixed("herd"), ag.Genomic()])
    found = ag.cross_validate(model, data, None, VARIANCES, genotypes=genotypes, folds=3)
    assert sorted(found.pairs.id) == sorted(data.animal)
    with pytest.raises(ag.DataError, match="Families of a sire need a pedigree"):
        ag.cross_validate(model, data, None, VARIANCES, genotypes=genotypes, families="sire")
    with pytest.raises(ag.DataError, match="are not in the genotypes"):
        ag.validate(model, data, None, VARIANCES, genotypes=genotypes, column="born", after=1,
                    focal=["stranger", "x", "y"])  # fmt: skip


# Simulation: all loci are known, and their effects are normal, so that GBLUP is the true model.


def replicate(seed, method):
    half = method == "single_step"
    pedigree, genotypes, data, true = population(seed, genotyped=0.5 if half else None)
    effect = ag.Genomic(method=method)
    if half:  # relative to the base, as A is; base frequencies are 0.5 in the mean only
        effect = ag.Genomic(method=method, frequencies="base", blend=0.01, tune="none")
    model = ag.Model("y", [ag.Fixed("herd"), effect])
    young = data.born > 4
    records = data.assign(y=data.y.where(~young))
    use = pedigree if half else None
    result = ag.evaluate(model, records, use, VARIANCES, genotypes=genotypes)
    values = result.breeding_values.set_index("id")
    ids = data.animal[young]
    u, t = values.breeding_value[ids], true[ids]
    spread = u - u.mean()
    error = (t - t.mean()) - spread
    return {
        "slope": spread @ (t - t.mean()) / (spread @ spread),
        "covered": np.mean(np.abs(error) < NORMAL_95 * values.se[ids]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("method", ["gblup", "single_step"])
def test_dispersion_is_one_and_intervals_cover(method):
    table = pd.DataFrame([replicate(seed, method) for seed in range(100, 220)])
    error = table.slope.std(ddof=1) / np.sqrt(len(table))
    print(f"\n{method}: slope {table.slope.mean():.4f} +- {error:.4f}, covered "
          f"{table.covered.mean():.4f}")  # fmt: skip
    assert abs(table.slope.mean() - 1) < 3 * error
    assert 0.93 <= table.covered.mean() <= 0.97
