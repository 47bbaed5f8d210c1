"""Dense REML of several traits against sparse REML with the same relationships, and on mice."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen import variance
from tests.agrigen.variance import herds

# Estimates that stop when the next step would gain so little differ by about its root.
dense_reml = partial(variance.dense_reml, tolerance=1e-12)
reml = partial(variance.reml, tolerance=1e-12)

MODEL = ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Animal("g")])
GENOMIC = ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Genomic("g")])


@pytest.fixture(scope="module")
def genotyped():
    """90 genotyped animals with two traits that share genes, and G as the sparse way takes it."""
    rng = np.random.default_rng(8)
    ids = [f"a{k}" for k in range(90)]
    genotypes = ag.Genotypes.from_dosages(
        rng.binomial(2, rng.uniform(0.1, 0.9, 160), (90, 160)), ids
    )
    g = ag.grm(genotypes)
    z = genotypes.dosages() - 2 * genotypes.frequencies()
    b = rng.normal(size=(160, 2)) @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T / np.sqrt(g.scale)
    u = z @ b
    records = pd.DataFrame({
        "animal": ids, "sex": rng.integers(0, 2, 90), "y": 3 + u[:, 0] + rng.normal(size=90),
        "z": 5 + u[:, 1] + rng.normal(size=90), "age": rng.uniform(0, 9, 90),
    })  # fmt: skip
    ridge = 1e-8 * np.diag(g.matrix).mean()
    return genotypes, (ids, g.matrix + ridge * np.eye(90)), records


def gaps(records):
    some = records.copy()
    some.loc[::5, "z"] = np.nan
    some.loc[3::7, "y"] = np.nan
    return some


def agree(found, wanted):
    apart = np.abs(found.variances.value - wanted.variances.value)
    assert (apart <= 1e-4 * wanted.variances.se).all()
    np.testing.assert_allclose(found.variances.se, wanted.variances.se, rtol=1e-4)
    assert found.log_likelihood == pytest.approx(wanted.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(found.correlations.value, wanted.correlations.value, atol=1e-5)
    np.testing.assert_allclose(found.correlations.se, wanted.correlations.se, atol=1e-5)


@pytest.mark.parametrize("method", ["eigen", "cholesky"])
def test_complete_records_give_what_the_sparse_way_gives(genotyped, method):
    genotypes, g, records = genotyped
    wanted = reml(GENOMIC, records, genotypes=genotypes)
    found = dense_reml(MODEL, records, g, method=method)
    agree(found, wanted)
    assert found.converged
    assert repr(found).startswith("DenseTraits of y, z")


def test_missing_records_in_either_trait(genotyped):
    genotypes, g, records = genotyped
    some = gaps(records)
    wanted = reml(GENOMIC, some, genotypes=genotypes)
    agree(dense_reml(MODEL, some, g), wanted)
    with pytest.raises(ag.ModelError, match="records that have all traits"):
        dense_reml(MODEL, some, g, method="eigen")


def test_fixed_effects_of_one_trait_only(genotyped):
    genotypes, g, records = genotyped
    age = ag.Covariate("age", traits=["z"])
    wanted = reml(
        ag.Model(["y", "z"], [ag.Fixed("sex"), age, ag.Genomic("g")]), records, genotypes=genotypes
    )
    agree(dense_reml(ag.Model(["y", "z"], [ag.Fixed("sex"), age, ag.Animal("g")]), records, g),
          wanted)  # fmt: skip


@pytest.mark.parametrize("complete", [True, False])
def test_breeding_values_equal_those_of_the_equations(genotyped, complete):
    genotypes, g, records = genotyped
    data = records if complete else gaps(records)
    found = dense_reml(MODEL, data, g)
    wanted = ag.evaluate(GENOMIC, data, None, found.covariances, genotypes=genotypes)
    ours, theirs = found.breeding_values, wanted.breeding_values
    assert list(ours.trait) == list(theirs.trait)
    for column in ("breeding_value", "se", "reliability"):
        np.testing.assert_allclose(ours[column], theirs[column], atol=2e-6)


def test_genomic_and_pedigree_relationships_together_and_a_random_effect():
    pedigree, records = herds.herd([[1, 0.5], [0.5, 1]], [[1, 0.3], [0.3, 1]], seed=3, animals=160)
    records = records.assign(pen=np.arange(len(records)) % 12)
    rng = np.random.default_rng(1)
    records["y"] += rng.normal(size=12)[records.pen]
    records["z"] += rng.normal(size=12)[records.pen]
    effects = [ag.Fixed("sex"), ag.Random("pen"), ag.Animal("a")]
    wanted = reml(ag.Model(["y", "z"], effects), records, pedigree)
    agree(dense_reml(ag.Model(["y", "z"], effects), records, pedigree), wanted)
    noise = rng.normal(size=(len(pedigree), 300))
    other = noise @ noise.T / 300
    both = dense_reml(
        ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Animal("a")]), records,
        {"a": {"pedigree": pedigree, "noise": (pedigree.ids, other)}}, max_iterations=40,
    )  # fmt: skip
    assert {"a: pedigree", "a: noise", "residual"} == set(both.variances.effect)
    alone = dense_reml(ag.Model(["y", "z"], [ag.Fixed("sex"), ag.Animal("a")]), records, pedigree)
    assert both.log_likelihood >= alone.log_likelihood - 1e-6


def test_one_trait_twice_is_one_trait_alone(genotyped):
    """Two traits without any record in common: the likelihood falls apart."""
    _, g, records = genotyped
    first, second = records[:45].assign(z=np.nan), records[45:].assign(y=np.nan)
    both = dense_reml(MODEL, pd.concat([first, second]), g)
    assert any("No record has both" in str(note) for note in both.notes)
    assert both.variances.set_index("parameter").value["residual(y, z)"] == 0


def test_a_profile_climbs_the_dense_likelihood(genotyped):
    _, g, records = genotyped
    found = dense_reml(MODEL, records, g)
    curve = found.profile("g(y, z)", 5)
    assert curve.interval[0] < curve.estimate < curve.interval[1]
    assert curve.frame.log_likelihood.max() == pytest.approx(found.log_likelihood, abs=1e-6)


def test_mice_length_and_weight(reference):
    """Single-trait estimates of the parts, and a genetic correlation inside its limits."""
    folder = reference / "data" / "bglr_mice"
    genotypes = ag.Genotypes.read(folder / "mice.bed")[:500]
    data = pd.read_csv(folder / "pheno.csv")[:500]
    g = ag.grm(genotypes)
    traits = ["Obesity.BodyLength", "Obesity.EndNormalBW"]
    effects = [ag.Fixed("GENDER"), ag.Animal("a", "SUBJECT.NAME")]
    both = dense_reml(ag.Model(traits, effects), data, g)
    assert both.converged
    genetic = both.correlations.iloc[0]
    assert -1 < genetic.value < 1
    assert 0 < genetic.se < 0.5
    alone = sum(dense_reml(ag.Model(trait, effects), data, g).log_likelihood for trait in traits)
    assert both.log_likelihood > alone


def test_what_dense_reml_cannot_fit_is_named(genotyped):
    _, g, records = genotyped
    weighted = ag.Model(["y", "z"], [ag.Animal("g")], weights="age")
    with pytest.raises(ag.NotAvailable, match="has weights"):
        dense_reml(weighted, records, g)
    with pytest.raises(ag.DataError, match="are not in the relationships 'g'"):
        dense_reml(MODEL, records, (g[0][:80], g[1][:80, :80]))
    with pytest.raises(ag.ModelError, match="no method 'best'"):
        dense_reml(MODEL, records, g, method="best")
