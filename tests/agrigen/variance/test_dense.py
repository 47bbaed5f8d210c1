"""Dense REML: five other programs on 1,814 mice, and laws on small data."""

import json

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.relationship import grm
from agrigen.variance import dense_reml

MODEL = ag.Model("Obesity.BodyLength", [ag.Fixed("GENDER"), ag.Animal("a", "SUBJECT.NAME")])


@pytest.fixture(scope="module")
def mice(reference):
    folder = reference / "data" / "bglr_mice"
    return ag.Genotypes.read(folder / "mice.bed"), pd.read_csv(folder / "pheno.csv")


@pytest.fixture(scope="module")
def vanraden(mice):
    return dense_reml(MODEL, mice[1], grm(mice[0]))


@pytest.fixture(scope="module")
def peers(reference):
    text = (reference / "results" / "mice" / "R_peers_BodyLength.json").read_text()
    return json.loads(text)["BodyLength"]


@pytest.fixture(scope="module")
def small():
    """120 animals of a pedigree with two records each, and a pedigree relationship."""
    rng = np.random.default_rng(5)
    ids = [f"a{k}" for k in range(120)]
    sire = [""] * 30 + [f"a{k}" for k in rng.integers(0, 15, 90)]
    dam = [""] * 30 + [f"a{k}" for k in rng.integers(15, 30, 90)]
    pedigree = ag.Pedigree(ids, sire, dam)
    a = pedigree.relationship_matrix(ids)
    u = np.linalg.cholesky(a) @ rng.normal(size=120) * 2
    rows = np.tile(np.arange(120), 2)
    y = u[rows] + rng.normal(size=120)[rows] + rng.normal(size=240) * 1.5
    data = pd.DataFrame({
        "id": np.array(ids)[rows], "sex": rng.choice(["f", "m"], 240),
        "age": rng.uniform(50, 90, 240), "weight": 40 + y,
    })  # fmt: skip
    return pedigree, ids, a, data


FORMULA = "weight ~ sex + linear(age) + animal(id, name=a)"


def test_components_equal_gaston_and_regress(vanraden, peers):
    gaston = peers["gaston_lmm.diago"]
    found = vanraden.variances["value"]
    # gaston stops at 1e-8 in its ratio; both routes of it differ by 1e-8
    assert found[0] == pytest.approx(gaston["tau"], rel=5e-7)
    assert found[1] == pytest.approx(gaston["sigma2"], rel=5e-7)
    assert found[:2].to_numpy() == pytest.approx(peers["regress"]["sigma"], rel=1e-5)


def test_components_and_their_errors_equal_sommer(vanraden, peers):
    sommer = peers["sommer_mmer"]
    found = vanraden.variances
    assert found["value"][:2].to_numpy() == pytest.approx([sommer["Vu"], sommer["Ve"]], rel=2e-4)
    # sommer inverts a bent G, so its errors are those of a slightly other model
    assert found["se"][:2].to_numpy() == pytest.approx(sommer["SE"], rel=0.05)


def test_likelihoods_equal_gaston_regress_and_gemma(vanraden, peers):
    half_pi = 0.5 * (1814 - 2) * np.log(2 * np.pi)
    gaston = peers["gaston_lmm.aireml"]["logL"]
    assert vanraden.log_likelihood + half_pi == pytest.approx(gaston, abs=1e-6)
    regress = peers["regress"]["llik"]
    assert vanraden.contrast_log_likelihood + half_pi == pytest.approx(regress, abs=1e-6)
    assert vanraden.contrast_log_likelihood == pytest.approx(-1376.38, abs=0.005)


def test_heritability_and_fixed_effects_equal_rrblup(vanraden, peers):
    peer = peers["rrBLUP_mixed.solve"]
    assert vanraden.heritability["value"][0] == pytest.approx(peer["h2"], rel=1e-5)
    kept = vanraden.fixed.dropna()
    assert kept["value"].to_numpy() == pytest.approx(peer["beta"], rel=2e-6)
    assert kept["se"].to_numpy() == pytest.approx(peer["beta_SE"], rel=1e-5)


def test_breeding_values_and_their_errors_equal_rrblup(vanraden, reference):
    peer = pd.read_csv(reference / "results/mice/BodyLength_rrBLUP_gblup.csv").set_index("id")
    ours = vanraden.breeding_values.set_index("id")
    # rrBLUP's ratio of variances is optimized to about 1e-5
    assert np.abs(ours["breeding_value"] - peer["u"]).max() < 1e-5
    assert np.abs(ours["se"] - peer["u_se"]).max() < 1e-5


def test_gcta_is_equal_to_its_last_digit(mice, reference):
    genotypes, data = mice
    lines = (reference / "results/mice/gcta_reml1.hsq").read_text().splitlines()
    gcta = dict(line.split("\t", 1) for line in lines if "\t" in line)
    # GCTA's matrix: its autosomes, each marker over its own 2pq
    autosomes = genotypes[:, genotypes.markers.chromosomes != "X"]
    result = dense_reml(MODEL, data, grm(autosomes, "vanraden2"))
    for row, name in enumerate(["V(G)", "V(e)", "Vp"]):
        value, se = map(float, gcta[name].split("\t"))
        assert result.variances["value"][row] == pytest.approx(value, abs=6e-7)
        assert result.variances["se"][row] == pytest.approx(se, abs=2e-6)
    value, se = map(float, gcta["V(G)/Vp"].split("\t"))
    assert result.heritability["value"][0] == pytest.approx(value, abs=6e-7)
    assert result.heritability["se"][0] == pytest.approx(se, abs=5e-6)
    half_pi = 0.5 * (1814 - 2) * np.log(2 * np.pi)
    assert result.log_likelihood + half_pi == pytest.approx(float(gcta["logL"]), abs=6e-4)
    test = result.test("a")
    assert test["log_likelihood_without"] + half_pi == pytest.approx(193.598, abs=6e-4)
    assert test["statistic"] == pytest.approx(float(gcta["LRT"]), abs=1.1e-3)
    fixed = [float(line.split("\t")[0]) for line in lines[-2:]]
    assert result.fixed["value"][[0, 2]].to_numpy() == pytest.approx(fixed, abs=6e-7)


def test_a_pedigree_as_dense_matrix_gives_what_the_sparse_way_gives(small):
    pedigree, ids, a, data = small
    sparse = ag.reml(ag.Model.from_formula(FORMULA), data, pedigree)
    for given in ((ids, a), pedigree, pd.DataFrame(a, index=ids, columns=ids)):
        dense = dense_reml(FORMULA, data, given)
        assert dense.log_likelihood == pytest.approx(sparse.log_likelihood, abs=1e-7)
        assert dense.fit.variances == pytest.approx(sparse.variances["value"], rel=1e-4)


def test_several_terms_by_cholesky_equal_the_sparse_way(small):
    pedigree, ids, a, data = small
    formula = FORMULA + " + pe(id)"
    sparse = ag.reml(ag.Model.from_formula(formula), data, pedigree)
    dense = dense_reml(formula, data, {"a": (ids, a)})
    assert dense.log_likelihood == pytest.approx(sparse.log_likelihood, abs=1e-7)
    assert dense.fit.variances == pytest.approx(sparse.variances["value"], rel=1e-3)
    evaluation = ag.evaluate(
        ag.Model.from_formula(formula), data, pedigree,
        {"a": dense.covariances["a"], "pe": dense.covariances["pe"],
         "residual": dense.covariances["residual"]},
    )  # fmt: skip
    theirs = evaluation.breeding_values.set_index("id")
    ours = dense.breeding_values.query("term == 'a'").set_index("id")
    assert np.abs(ours["breeding_value"] - theirs["breeding_value"]).max() < 1e-6


def test_eigenvalues_and_cholesky_agree(small):
    _, ids, a, data = small
    one = dense_reml(FORMULA, data, (ids, a), method="eigen")
    two = dense_reml(FORMULA, data, (ids, a), method="cholesky")
    assert one.fit.variances == pytest.approx(two.fit.variances, rel=1e-6)
    assert one.fit.value == pytest.approx(two.fit.value, abs=1e-9)
    assert np.diag(one.fit.sampling) == pytest.approx(np.diag(two.fit.sampling), rel=1e-6)


def test_an_effect_may_be_the_sum_of_two_matrices(small):
    _, ids, a, data = small
    result = dense_reml(
        FORMULA, data, {"a": {"pedigree": (ids, a), "identity": (ids, np.eye(120))}}
    )
    pe = dense_reml(FORMULA + " + pe(id)", data, {"a": (ids, a)})
    assert list(result.variances["term"][:2]) == ["a: pedigree", "a: identity"]
    assert result.fit.value == pytest.approx(pe.fit.value, abs=1e-7)
    assert result.heritability["term"].tolist()[-1] == "total"


def test_order_of_ids_and_animals_without_records_do_not_matter(small):
    _, ids, a, data = small
    some = data[data["id"] != "a7"]
    turned = np.random.default_rng(1).permutation(120)
    one = dense_reml(FORMULA, some, (ids, a))
    two = dense_reml(FORMULA, some, (np.array(ids)[turned], a[np.ix_(turned, turned)]))
    assert one.fit.variances == pytest.approx(two.fit.variances, rel=1e-8)
    mine = one.breeding_values.set_index("id")["breeding_value"]
    theirs = two.breeding_values.set_index("id")["breeding_value"]
    assert np.abs(mine - theirs.loc[mine.index]).max() < 1e-8
    assert mine["a7"] != 0


def test_a_variance_without_evidence_ends_at_zero(small):
    _, ids, a, data = small
    noise = data.assign(weight=np.random.default_rng(9).normal(size=len(data)))
    noise["weight"] -= noise.groupby("id")["weight"].transform("mean")
    result = dense_reml("weight ~ sex + animal(id, name=a)", noise, (ids, a))
    assert result.converged
    assert result.fit.variances[0] == 0
    assert result.test("a")["p"] == 0.5


def test_animals_without_relationships_are_named(small):
    _, ids, a, data = small
    with pytest.raises(ag.DataError, match=r"1 animal of 120 .* not in .*: a3\."):
        dense_reml(FORMULA, data, ([*ids[:3], "x", *ids[4:]], a))


def test_matrices_that_cannot_be_are_refused(small):
    _, ids, a, data = small
    turned = -a
    with pytest.raises(ag.SolveError, match=r"not positive definite: .* eigenvalue"):
        dense_reml(FORMULA, data, (ids, turned))
    crooked = a.copy()
    crooked[0, 1] += 0.5
    with pytest.raises(ag.DataError, match="not symmetric"):
        dense_reml(FORMULA, data, (ids, crooked))
    with pytest.raises(ag.DataError, match="have shape"):
        dense_reml(FORMULA, data, (ids, a[:-1]))
    holes = a.copy()
    holes[4, 4] = np.nan
    with pytest.raises(ag.DataError, match="a4 are not all numbers"):
        dense_reml(FORMULA, data, (ids, holes))


def test_records_that_cannot_be_are_refused(small):
    _, ids, a, data = small
    with pytest.raises(ag.DataError, match="nothing varies"):
        dense_reml(FORMULA, data.assign(weight=40.0), (ids, a))
    few = data.head(4).assign(sex=list("abcd"))
    with pytest.raises(ag.DataError, match="too few for"):
        dense_reml(FORMULA, few, (ids, a))
    with pytest.raises(ag.ModelError, match="Give a matrix for each"):
        dense_reml("weight ~ sex + pe(id)", data, {"a": (ids, a)})
