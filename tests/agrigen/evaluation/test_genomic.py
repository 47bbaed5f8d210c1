"""Genomic models: published examples, equal routes to one answer, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest

import agrigen as ag


@pytest.fixture(scope="module")
def mrode(reference):
    """Mrode's chapter 11 and 12: 14 genotyped animals, 8 of them with records."""
    folder = reference / "worked_examples"
    examples = {
        name: json.loads((folder / f"ex_{name}.json").read_text()) for name in ("11_2", "12_1")
    }
    given = examples["11_2"]["inputs"]
    ids = [str(id) for id in given["id"]]
    dosages = [[int(count) for count in given["genotypes"][id]] for id in ids]
    place = [given["id"].index(id) for id in given["reference"]]
    records = {
        "animal": [ids[k] for k in place],
        "dyd": [given["dyd"][k] for k in place],
        "edc": [given["edc"][k] for k in place],
    }
    pedigree = examples["12_1"]["inputs"]["pedigree"]
    return {
        "genotypes": ag.Genotypes.from_dosages(dosages, ids),
        "records": pd.DataFrame(records),
        "pedigree": ag.Pedigree(pedigree["id"], pedigree["sire"], pedigree["dam"]),
        "variances": {"g": given["var"]["a"], "residual": given["var"]["e"]},
        "published": {
            key: value
            for example in examples.values()
            for key, value in example["published"].items()
        },
    }


def fit(data, effect, **options):
    pedigree = data["pedigree"] if effect.method == "single_step" else None
    return ag.evaluate(
        ag.Model("dyd", [effect]),
        data["records"],
        pedigree,
        data["variances"],
        genotypes=data["genotypes"],
        **options,
    )


def test_marker_effects_and_genomic_values_of_mrode_11_2(mrode):
    result = fit(mrode, ag.Genomic(method="snp"))
    wanted = mrode["published"]["mu_snp"]
    found = [result.solutions.solution[0], *result.marker_effects.value]
    np.testing.assert_allclose(found, wanted["value"], atol=wanted["atol"])
    wanted = mrode["published"]["dgv"]
    np.testing.assert_allclose(
        result.breeding_values.breeding_value, wanted["value"], atol=wanted["atol"]
    )


@pytest.mark.parametrize("core", [None, 14])
@pytest.mark.parametrize("solver", ["direct", "pcg"])
def test_single_step_of_mrode_12_1(mrode, solver, core):
    result = fit(mrode, ag.Genomic(method="single_step", core=core), solver=solver)
    values = result.breeding_values.set_index("id").breeding_value
    for name, first, last in (("ungenotyped_1_12", 1, 12), ("genotyped_13_26", 13, 26)):
        wanted = mrode["published"][name]
        found = values.reindex([str(id) for id in range(first, last + 1)])
        np.testing.assert_allclose(found, wanted["value"], atol=wanted["atol"])


@pytest.fixture(scope="module")
def simulated():
    rng = np.random.default_rng(3)
    ids = [f"x{k}" for k in range(60)]
    sires = [""] * 20 + [f"x{rng.integers(0, 10)}" for _ in range(40)]
    dams = [""] * 20 + [f"x{rng.integers(10, 20)}" for _ in range(40)]
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 200), (60, 200))
    return {
        "pedigree": ag.Pedigree(ids, sires, dams),
        "genotypes": ag.Genotypes.from_dosages(dosages, ids),
        "records": pd.DataFrame({"animal": ids, "dyd": rng.normal(size=60)}),
        "variances": {"g": 1.0, "residual": 2.0},
    }


def test_single_step_with_all_animals_genotyped_is_gblup(simulated):
    blended = ag.Genomic(method="single_step", blend=0.1, tune="none")
    whole = fit(simulated, blended)
    g = ag.grm(simulated["genotypes"]).blend(
        0.1, ag.PartialRelationship(simulated["pedigree"], simulated["genotypes"].ids)
    )
    n = len(g)
    y = simulated["records"].dyd.to_numpy()
    v = g.matrix + 2.0 * np.eye(n)
    one = np.linalg.solve(v, np.ones(n))
    mean = (one @ y) / one.sum()
    exact = g.matrix @ np.linalg.solve(v, y - mean)
    found = whole.breeding_values.set_index("id").breeding_value.reindex(list(g.ids))
    np.testing.assert_allclose(found, exact, atol=1e-10)


def test_genomic_values_are_the_sums_of_marker_effects(simulated):
    result = fit(simulated, ag.Genomic())
    z = simulated["genotypes"].dosages().astype(float)
    z -= z.mean(axis=0)
    found = z @ result.marker_effects.value.to_numpy()
    np.testing.assert_allclose(found, result.breeding_values.breeding_value, atol=1e-6)


def test_iteration_and_factor_agree(simulated):
    results = [
        fit(simulated, ag.Genomic(method="single_step"), solver=solver)
        for solver in ("direct", "pcg")
    ]
    one, two = (result.breeding_values.breeding_value for result in results)
    assert np.abs(one - two).max() < 1e-6
    assert results[0].breeding_values.reliability.between(0, 1).all()


def test_variances_with_genomic_relationships(simulated):
    estimated = ag.reml(
        ag.Model("dyd", [ag.Genomic()]),
        simulated["records"],
        genotypes=simulated["genotypes"],
    )
    assert set(estimated.covariances) == {"g", "residual"}
    assert estimated.converged


def test_records_of_animals_without_genotypes_are_named(simulated):
    some = {**simulated, "genotypes": simulated["genotypes"][:50]}
    with pytest.raises(ag.DataError, match=r"10 animals with records are not genotyped: x50"):
        fit(some, ag.Genomic())
    assert len(fit(some, ag.Genomic(method="single_step")).breeding_values) == 60


def test_genotyped_animals_that_are_not_in_the_pedigree_are_named(simulated):
    ids = [f"x{k}" for k in range(59)] + ["stranger"]
    genotypes = ag.Genotypes.from_dosages(simulated["genotypes"].dosages(), ids)
    with pytest.raises(ag.DataError, match="not in the pedigree: stranger"):
        fit({**simulated, "genotypes": genotypes}, ag.Genomic(method="single_step"))


def test_a_genomic_effect_needs_genotypes(simulated):
    with pytest.raises(ag.DataError, match="'g' needs genotypes"):
        ag.evaluate(
            ag.Model("dyd", [ag.Genomic()]), simulated["records"], None, simulated["variances"]
        )


def test_a_model_file_names_the_genotypes(simulated, tmp_path):
    simulated["genotypes"].write(tmp_path / "chip.bed")
    simulated["records"].to_csv(tmp_path / "records.csv", index=False)
    (tmp_path / "model.yaml").write_text(
        "data: records.csv\ngenotypes: chip.bed\nformula: dyd ~ genomic(animal)\n"
        "variances: {g: 1, residual: 2}\n"
    )
    spec = ag.load_model(tmp_path / "model.yaml")
    result = ag.evaluation.evaluate_file(spec)
    expected = fit(simulated, ag.Genomic())
    np.testing.assert_allclose(
        result.breeding_values.breeding_value, expected.breeding_values.breeding_value
    )
    written = result.write(tmp_path / "results")
    assert len(pd.read_csv(written / "snp_effects.csv")) == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "bayes"}, "method 'bayes'"),
        ({"tune": "more"}, "tuning 'more'"),
        ({"blend": 2}, "blend 2"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, words):
    with pytest.raises(ag.ModelError, match=words):
        ag.Model("y", [ag.Genomic(**options)])


def test_a_model_file_names_a_core(simulated, tmp_path):
    (tmp_path / "model.yaml").write_text(
        "data: r.csv\npedigree: p.csv\ngenotypes: g.bed\ntraits: [dyd]\neffects:\n"
        "  - {name: g, type: genomic, column: animal, method: single_step, core: 98%}\n"
        "variances: {g: 1, residual: 2}\n"
    )
    model = ag.load_model(tmp_path / "model.yaml").model
    assert model.effects[0].core == ag.Core(0.98)
    result = fit(simulated, model.effects[0], solver="pcg")
    assert "Misztal I (2016)" in ag.cite(result)


def test_iteration_gives_no_reliabilities_unless_asked(simulated):
    assert fit(simulated, ag.Genomic(), solver="pcg").breeding_values.reliability.isna().all()
