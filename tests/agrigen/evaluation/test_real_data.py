"""Real data: variance components and breeding values against R's lme4, nlme and gremlin.

The peers' numbers are in tests/agrigen/golden/r with the script that made them; the data are in
the folder of reference data. Components must agree to 1e-4 of the variance that they share, the
restricted log-likelihoods, constant included, to 1e-6: both programs stop at the same top.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from tests.agrigen.reference.dense_model import dense_model

GOLDEN = Path(__file__).parents[1] / "golden" / "r"
DAYS = ag.Basis("legendre", "day", order=2, range=(122, 781))
SAME_TOP = 1e-6
COMPONENT = 1e-4


def golden(name):
    """What the peer found: variances by their names, log-likelihood, fixed solutions."""
    given = json.loads((GOLDEN / f"{name}.json").read_text())
    if "components" in given:
        given["variances"] = {
            row["group"]: row["variance"] for row in given["components"] if not row.get("term_2")
        }
    return given


@pytest.fixture(scope="module")
def data(reference):
    return reference / "data"


@pytest.fixture(scope="module")
def tits(data):
    return pd.read_csv(data / "mcmcglmm_bluetits" / "BTdata.csv")


@pytest.fixture(scope="module")
def tits_pedigree(data):
    return ag.Pedigree.read_csv(data / "mcmcglmm_bluetits" / "BTped.csv", id="animal")


@pytest.fixture(scope="module")
def gryphons(data):
    return pd.read_csv(data / "sommer_gryphon" / "DT_gryphon.csv")


def assert_same(found, expected, names):
    """Components by our name (names: ours to the peer's), and the likelihood at the top."""
    assert found.converged
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=SAME_TOP)
    variances = found.variances.set_index("parameter").value
    total = sum(abs(value) for value in expected["variances"].values())
    for ours, theirs in names.items():
        assert variances[ours] == pytest.approx(
            expected["variances"][theirs], abs=COMPONENT * total
        )


@pytest.mark.parametrize(
    ("trait", "effects"),
    [
        ("tarsus", [ag.Fixed("sex"), ag.Covariate("hatchdate")]),
        ("back", [ag.Fixed("sex")]),
    ],
)
def test_blue_tits_with_pedigree_and_foster_nest_as_lme4(tits, tits_pedigree, trait, effects):
    model = ag.Model(trait, [*effects, ag.Animal(), ag.Random("nest", "fosternest")])
    expected = golden(f"bluetits_{trait}_animal_fosternest")
    found = ag.reml(model, tits, tits_pedigree)
    names = {"a": "animal", "nest": "fosternest", "residual": "residual"}
    assert_same(found, expected, names)
    result = ag.evaluate(model, tits, tits_pedigree, found.covariances)
    fixed = result.solutions[result.solutions.se.notna()].solution.iloc[: len(expected["fixed"])]
    np.testing.assert_allclose(fixed, list(expected["fixed"].values()), atol=1e-5)
    assert len(result.breeding_values) == len(tits_pedigree)


def test_residual_variance_by_sex_as_nlme(tits):
    model = ag.Model("tarsus", [ag.Fixed("sex"), ag.Random("dam")], residual_by="sex")
    found = ag.reml(model, tits)
    expected = golden("bluetits_tarsus_dam_residual_by_sex")
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=SAME_TOP)
    variances = found.variances.set_index("parameter").value
    assert variances["dam"] == pytest.approx(expected["dam"], rel=COMPONENT)
    for sex, value in expected["residual"].items():
        assert variances[f"residual[{sex}]"] == pytest.approx(value, rel=COMPONENT)


def test_two_traits_and_their_covariances_as_nlme(tits):
    model = ag.Model(["tarsus", "back"], [ag.Fixed("sex"), ag.Random("dam")])
    found = ag.reml(model, tits)
    expected = golden("bluetits_two_traits_dam")
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=SAME_TOP)
    np.testing.assert_allclose(found.covariances["dam"], expected["dam"], atol=2e-5)
    np.testing.assert_allclose(found.covariances["residual"], expected["residual"], atol=2e-5)


@pytest.mark.parametrize("trait", ["BWT", "TARSUS"])
def test_gryphons_by_year_and_mother_as_lme4(gryphons, trait):
    effects = [ag.Fixed("SEX"), ag.Random("BYEAR"), ag.Random("MOTHER")]
    found = ag.reml(ag.Model(trait, effects), gryphons)
    names = {"BYEAR": "BYEAR", "MOTHER": "MOTHER", "residual": "Residual"}
    assert_same(found, golden(f"gryphon_{trait.lower()}_year_mother"), names)


def test_the_pedigree_of_the_gryphons_is_refused_because_it_has_loops(data):
    with pytest.raises(ag.PedigreeError) as caught:
        ag.Pedigree.read_csv(data / "sommer_gryphon" / "P_gryphon.csv")
    kinds = {problem.kind for problem in caught.value.problems}
    assert kinds == {"own_parent", "loop"}


def test_mastitis_cases_with_a_pedigree_of_sires_as_lme4(data):
    records = pd.read_csv(data / "pedigreemm_mastitis" / "mastitis.csv")
    sires = ag.Pedigree.read_csv(data / "pedigreemm_mastitis" / "pedSires.csv")
    model = ag.Model(
        "NCM",
        [
            ag.Covariate("log_dim", "DIM", transform="log"),
            ag.Animal("s", "sire"),
            ag.Random("herd"),
        ],
    )
    names = {"s": "sire", "herd": "herd", "residual": "residual"}
    found = ag.reml(model, records, sires)
    assert_same(found, golden("mastitis_ncm_sire_herd"), names)


def test_random_regression_of_cows_weight_as_lme4(data):
    cows = pd.read_csv(data / "agridat" / "diggle.cow.txt", sep="\t")
    curve = ag.Covariate("curve", basis=DAYS)
    model = ag.Model("weight", [ag.Fixed("iron"), curve, ag.Random("animal", basis=DAYS)])
    found = ag.reml(model, cows)
    given = golden("cows_weight_random_regression")
    assert found.log_likelihood == pytest.approx(given["log_likelihood"], abs=SAME_TOP)
    expected = np.zeros((3, 3))
    for row in given["components"]:
        if row["group"] == "animal":
            i, j = int(row["term_1"][1]), int((row.get("term_2") or row["term_1"])[1])
            expected[i, j] = expected[j, i] = row["variance"]
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    difference = (np.array(found.covariances["animal"]) - expected) / scale
    assert np.abs(difference).max() < COMPONENT
    assert found.covariances["residual"] == pytest.approx(
        given["variances"]["Residual"], rel=COMPONENT
    )


def test_chicks_with_dams_within_sires_as_lme4(data):
    chicks = pd.read_csv(data / "agridat" / "becker.chicken.txt", sep="\t")
    model = ag.Model("weight", [ag.Random("male"), ag.Random("dam", "male:female")])
    names = {"male": "male", "dam": "dam", "residual": "Residual"}
    assert_same(ag.reml(model, chicks), golden("chicks_weight_sire_dam"), names)


def test_weighted_records_as_lme4(data):
    calves = pd.read_csv(data / "agridat" / "harvey.lsmeans.txt", sep="\t")
    calves["w"] = calves.weanage / 100
    effects = [
        ag.Fixed("line"),
        ag.Fixed("damage"),
        ag.Covariate("weanage"),
        ag.Covariate("weight"),
    ]
    model = ag.Model("adg", [*effects, ag.Random("sire", "line:sire")], weights="w")
    names = {"sire": "sire_in_line", "residual": "Residual"}
    assert_same(ag.reml(model, calves), golden("calves_adg_weighted"), names)


def test_milk_components_are_gremlins(reference):
    folder = reference / "milk"
    given = json.loads((folder / "M2_reml_gremlin.json").read_text())["M2"]
    estimates = {row["component"]: row for row in given["varcomp"]}
    model = ag.Model(
        "milk",
        [
            ag.Fixed("lact"),
            ag.Covariate("ldim", "dim", transform="log"),
            ag.Animal(column="id"),
            ag.Random("pe", "id"),
            ag.Random("herd"),
        ],
    )
    pedigree = ag.Pedigree.read_csv(folder / "pedCows.csv")
    found = ag.reml(model, pd.read_csv(folder / "milk.csv"), pedigree)
    table = found.variances.set_index("parameter")
    names = {"a": "G.id2", "pe": "G.pe2", "herd": "G.herd", "residual": "ResVar1"}
    for ours, theirs in names.items():
        assert table.value[ours] == pytest.approx(estimates[theirs]["Estimate"], rel=1e-4)
        assert table.se[ours] == pytest.approx(estimates[theirs]["Std..Error"], rel=1e-3)
    constant = -0.5 * (3397 - 6) * np.log(2 * np.pi)  # gremlin leaves it out
    assert found.log_likelihood == pytest.approx(given["logLik"] + constant, abs=1e-4)


@pytest.mark.slow
def test_curves_of_four_thousand_lactations_as_lme4(data):
    days = pd.read_csv(data / "test_days" / "mr_test_file.csv")
    days["parity"] = days.Parity.clip(upper=4)
    curve = ag.Basis("legendre", "DaysInMilk", order=1, range=(1, 305))
    fixed = ag.Basis("legendre", "DaysInMilk", order=2, range=(1, 305))
    model = ag.Model(
        "MilkingYield",
        [
            ag.Fixed("parity"),
            ag.Covariate("curve", basis=fixed),
            ag.Random("lactation", "TestId", basis=curve),
        ],
    )
    found, expected = ag.reml(model, days), golden("test_days_random_regression")
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-5)
    np.testing.assert_allclose(
        found.covariances["lactation"], expected["lactation"], rtol=COMPONENT
    )
    assert found.covariances["residual"] == pytest.approx(expected["residual"], rel=COMPONENT)


@pytest.mark.slow
def test_two_traits_of_blue_tits_with_their_pedigree_are_at_the_dense_top(tits, tits_pedigree):
    """No peer of this kind is at hand: 1,656 observations by dense algebra say where the top is."""
    effects = [ag.Fixed("sex"), ag.Animal(), ag.Random("nest", "fosternest")]
    model = ag.Model(["tarsus", "back"], effects)
    found = ag.reml(model, tits, tits_pedigree)
    parents = tits_pedigree.to_frame()[["id", "sire", "dam"]].itertuples(index=False)
    dense = dense_model(model.to_mapping(), tits, [tuple(row) for row in parents])
    at = dense.at(found.covariances)
    assert found.log_likelihood == pytest.approx(at.log_likelihood, abs=1e-6)
    for part, matrix in dense.matrices(found.covariances):
        for i in range(2):
            for j in range(i + 1):
                change = np.zeros((2, 2))
                change[i, j] = change[j, i] = 1.0
                derivative = part.z @ np.kron(part.kinship.k, change) @ part.z.T
                # In units of the component: what the likelihood would gain by a change of it all.
                scale = np.sqrt(matrix[i, i] * matrix[j, j])
                assert abs(at.score(derivative) * scale) < 1e-3
