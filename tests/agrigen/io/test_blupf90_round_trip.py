"""A model written as a BLUPF90 job means the same to BLUPF90 and to our own reader."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.io.blupf90 import read_blupf90
from agrigen.io.blupf90_instruction import write_renumf90
from agrigen.io.blupf90_results import read_blupf90_solutions
from agrigen.io.blupf90_write import write_blupf90
from tests.agrigen.reference.dense_blupf90 import solve_job, write_solutions

KEY = ["effect", "trait", "level", "coefficient"]

MODELS = {
    "repeated records with weights and a polynomial": (
        ag.Model(
            "weight",
            [
                ag.Fixed("farm"),
                ag.Fixed("sex"),
                ag.Covariate("age", degree=2),
                ag.Animal(),
                ag.Random("pe", "animal"),
            ],
            weights="precision",
            inbreeding=False,
        ),
        {"a": 8.0, "pe": 3.0, "residual": 14.0},
    ),
    "slopes within levels, and a mean but no factor": (
        ag.Model(
            "weight",
            [ag.Covariate("age", within="farm"), ag.Animal(), ag.Random("farm:sex")],
            inbreeding=False,
        ),
        {"a": 8.0, "farm:sex": 1.0, "residual": 14.0},
    ),
    "two traits with different effects": (
        ag.Model(
            ["weight", "fleece"],
            [
                ag.Fixed("farm"),
                ag.Fixed("sex", traits=["weight"]),
                ag.Covariate("age", traits=["fleece"]),
                ag.Animal(),
                ag.Random("pe", "animal", traits=["fleece"]),
            ],
            inbreeding=False,
        ),
        {
            "a": [[8.0, 0.6], [0.6, 0.3]],
            "pe": 0.2,
            "residual": [[14.0, 1.0], [1.0, 0.5]],
        },
    ),
    "a correlated maternal effect": (
        ag.Model(
            "weight",
            [
                ag.Fixed("farm"),
                ag.Animal(),
                ag.Animal("m", "dam", correlated_with="a"),
                ag.Random("mpe", "dam"),
            ],
            inbreeding=False,
        ),
        {"a": [[8.0, -1.0], [-1.0, 3.0]], "mpe": 1.5, "residual": 14.0},
    ),
    "random regression on Legendre polynomials": (
        ag.Model(
            "weight",
            [
                ag.Fixed("farm"),
                ag.Covariate("curve", basis=ag.Basis("legendre", "days", order=2, range=(5, 304))),
                ag.Animal(basis=ag.Basis("legendre", "days", order=2, range=(5, 304))),
                ag.Random("pe", "animal", basis=ag.Basis("spline", "days", knots=(5, 100, 304))),
            ],
            inbreeding=False,
        ),
        {
            "a": [[6.0, 0.5, 0.1], [0.5, 2.0, 0.2], [0.1, 0.2, 1.0]],
            "pe": [[2.0, 0.4, 0.1], [0.4, 2.0, 0.3], [0.1, 0.3, 2.0]],
            "residual": 14.0,
        },
    ),
    "two traits with correlated maternal curves": (
        ag.Model(
            ["weight", "fleece"],
            [
                ag.Fixed("farm"),
                ag.Animal(basis=ag.Basis("legendre", "days", order=1, range=(5, 304))),
                ag.Animal("m", "dam", traits=["weight"], correlated_with="a"),
            ],
            inbreeding=False,
        ),
        {
            "a": (np.diag([6.0, 2.0, 0.4, 0.2, 3.0]) + 0.1 * (np.ones((5, 5)) - np.eye(5))),
            "residual": [[14.0, 1.0], [1.0, 0.5]],
        },
    ),
    "residual groups with proportional variances": (
        ag.Model("weight", [ag.Fixed("farm"), ag.Animal()], residual_by="sex", inbreeding=False),
        {"a": 8.0, "residual": {"f": 14.0, "m": 20.0}},
    ),
}


def by_key(solutions: pd.DataFrame) -> pd.Series:
    """Solutions by effect, trait, level and coefficient."""
    frame = solutions.fillna({"coefficient": -1})
    return frame.set_index(KEY)["solution"].sort_index()


@pytest.fixture(params=MODELS, ids=lambda name: name.replace(" ", "_"))
def case(request, flock, tmp_path):
    """A model with its records, its job and our own evaluation."""
    model, variances = MODELS[request.param]
    data, pedigree = flock
    job = write_blupf90(model, data, pedigree, variances, tmp_path / "job")
    return job, ag.evaluate(model, data, pedigree, variances)


def test_what_blupf90_computes_from_the_job_is_our_evaluation(case):
    job, evaluation = case
    path = write_solutions(job.folder / "solutions", solve_job(job.parameters))
    there = by_key(read_blupf90_solutions(path, job.folder))
    ours = by_key(evaluation.solutions)
    assert list(there.index) == list(ours.index)
    fixed = evaluation.summary["dependent"]
    if not fixed:
        np.testing.assert_allclose(there, ours, rtol=1e-9, atol=1e-8)
    random = [effect.name for effect in evaluation.model.random]
    assert np.abs(there - ours).loc[random].max() < 1e-8


def test_a_job_read_back_gives_the_same_evaluation(case):
    job, evaluation = case
    again = read_blupf90(job.parameters).evaluate()
    ours, theirs = evaluation.breeding_values, again.breeding_values
    first = evaluation.model.animal.name
    names = dict(zip(_genetic(again.model), _genetic(evaluation.model), strict=True))
    traits = dict(zip(again.model.traits, evaluation.model.traits, strict=True))
    keys = [key for key in ("effect", "trait", "id") if key in ours.columns]
    if "effect" in keys:
        theirs = theirs.assign(
            effect=theirs["effect"].map(names), trait=theirs["trait"].map(traits)
        )
        assert first in set(ours["effect"])
    if any(effect.basis for effect in evaluation.model.random):
        return  # sums over a range of days, which a job does not know: see the next test
    for column in ("breeding_value", "se", "reliability"):
        a, b = (frame.set_index(keys)[column] for frame in (ours, theirs))
        assert np.abs(a - b.reindex(a.index)).max() < 1e-8


@pytest.mark.parametrize(
    "name",
    ["random regression on Legendre polynomials", "two traits with correlated maternal curves"],
)
def test_curves_read_back_have_the_same_values_at_every_record(name, flock, tmp_path):
    model, variances = MODELS[name]
    data, pedigree = flock
    used = data[(data["farm"] != "") & data["weight"].notna()]
    job = write_blupf90(model, used, pedigree, variances, tmp_path)
    read = read_blupf90(job.parameters)
    ours, theirs = ag.evaluate(model, used, pedigree, variances), read.evaluate()
    for effect, other in zip(model.random, read.model.random, strict=True):
        if effect.basis is None:
            continue
        here = curve_values(ours, effect, used, "weight")
        there = curve_values(theirs, other, read.data, read.model.traits[0])
        assert np.abs(here - there).max() < 1e-8


def curve_values(evaluation, effect, data, trait) -> np.ndarray:
    """Value of an effect's curves for each record."""
    rows = evaluation.solutions.query("effect == @effect.name and trait == @trait")
    table = rows.pivot(index="level", columns="coefficient", values="solution")
    functions = effect.basis.evaluate(data[effect.basis.column].to_numpy(float))
    return (functions * table.loc[data[effect.column].astype(str)].to_numpy()).sum(axis=1)


def _genetic(model: ag.Model) -> list[str]:
    return [effect.name for effect in model.random if isinstance(effect, ag.Animal)]


def test_inbreeding_is_written_as_a_code_and_read_from_the_pedigree(flock, tmp_path):
    data, pedigree = flock
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()])
    variances = {"a": 8.0, "residual": 14.0}
    job = write_blupf90(model, data, pedigree, variances, tmp_path)
    assert "add_an_upginb" in job.parameters.read_text()
    assert pedigree.inbreeding().max() > 0
    ours = ag.evaluate(model, data, pedigree, variances).breeding_values.set_index("id")
    read = read_blupf90(job.parameters)
    assert not read.notes
    again = read.evaluate().breeding_values.set_index("id")
    assert np.abs(ours["breeding_value"] - again["breeding_value"]).max() < 1e-10
    # The program itself has the code rounded to four digits.
    path = write_solutions(tmp_path / "solutions", solve_job(job.parameters))
    there = by_key(read_blupf90_solutions(path, tmp_path)).loc["a"].droplevel([0, 2])
    assert np.abs(there - ours["breeding_value"].sort_index()).max() < 1e-3


@pytest.mark.parametrize("inbreeding", [False, True])
def test_unknown_parent_groups_are_written_as_parents_behind_the_animals(
    flock, tmp_path, inbreeding
):
    data, plain = flock
    parents = plain.to_frame().assign(sire=lambda f: f["sire"].replace("", "old"))
    parents["dam"] = parents["dam"].replace("", "new")
    pedigree = ag.Pedigree(*(parents[c] for c in ("id", "sire", "dam")), groups=["old", "new"])
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()], inbreeding=inbreeding)
    variances = {"a": 8.0, "residual": 14.0}
    job = write_blupf90(model, data, pedigree, variances, tmp_path)
    assert ("add_an_upginb" if inbreeding else "add_an_upg\n") in job.parameters.read_text()
    ours = ag.evaluate(model, data, pedigree, variances).breeding_values.set_index("id")
    read = read_blupf90(job.parameters)
    assert set(read.pedigree.groups) == {"group 61", "group 62"}
    again = read.evaluate().breeding_values.set_index("id")["breeding_value"]
    # Levels of groups are free up to a constant: animals are compared within their mean.
    animals = list(plain.ids)
    here = ours["breeding_value"].loc[animals]
    assert np.abs((here - here.mean()) - (again - again.loc[animals].mean()).loc[animals]).max() < (
        1e-8
    )
    if not inbreeding:
        path = write_solutions(tmp_path / "solutions", solve_job(job.parameters))
        there = by_key(read_blupf90_solutions(path, tmp_path)).loc["a"].droplevel([0, 2])
        there = there.loc[animals] - there.loc[animals].mean()
        assert np.abs(there - (here - here.mean())).max() < 1e-8


def test_a_sire_model_is_written_with_sires_and_maternal_grandsires(flock, tmp_path):
    rng = np.random.default_rng(3)
    bulls = ag.Pedigree(
        ["b1", "b2", "b3", "b4", "b5", "b6"],
        ["", "", "b1", "b1", "b3", "b4"],
        ["", "", "", "", "", ""],
    )
    data = pd.DataFrame({"sire": rng.choice(bulls.ids, 40), "farm": rng.choice(["n", "s"], 40)})
    data["milk"] = rng.normal(30, 3, 40)
    effects = [ag.Fixed("farm"), ag.Animal("s", "sire", relationship="sire_mgs")]
    model = ag.Model("milk", effects, inbreeding=False)
    variances = {"s": 1.0, "residual": 9.0}
    job = write_blupf90(model, data, bulls, variances, tmp_path)
    assert "add_sire" in job.parameters.read_text()
    ours = by_key(ag.evaluate(model, data, bulls, variances).solutions)
    path = write_solutions(tmp_path / "solutions", solve_job(job.parameters))
    assert np.abs(by_key(read_blupf90_solutions(path, tmp_path)) - ours).max() < 1e-8
    again = read_blupf90(job.parameters)
    assert again.model.animal.relationship == "sire_mgs"


@pytest.mark.parametrize(
    "name",
    [
        "repeated records with weights and a polynomial",
        "slopes within levels, and a mean but no factor",
        "two traits with different effects",
        "a correlated maternal effect",
    ],
)
def test_an_instruction_for_renumf90_reads_back_as_the_same_evaluation(name, flock, tmp_path):
    model, variances = MODELS[name]
    data, pedigree = flock
    job = write_renumf90(model, data, pedigree, variances, tmp_path)
    # RENUMF90 makes permanent environments itself, for all traits or not at all.
    wanted = {"pe": "OPTIONAL\npe\n", "mpe": "OPTIONAL\nmat mpe\n"}
    for effect in model.random:
        text = wanted.get(effect.name if effect.traits is None else "", "")
        assert text in job.parameters.read_text()
    ours = ag.evaluate(model, data, pedigree, variances).breeding_values
    theirs = read_blupf90(job.parameters).evaluate().breeding_values
    # Effects and traits keep their order under other names.
    assert ours["id"].tolist() != [] and len(ours) == len(theirs)
    count = len(ours) // len(pedigree)
    for part in range(count):
        rows = slice(part * len(pedigree), (part + 1) * len(pedigree))
        a, b = (frame.iloc[rows].set_index("id")["breeding_value"] for frame in (ours, theirs))
        assert np.abs(a - b.reindex(a.index)).max() < 1e-8


def test_what_an_instruction_has_no_word_for_is_refused(flock, tmp_path):
    data, pedigree = flock
    model, variances = MODELS["random regression on Legendre polynomials"]
    with pytest.raises(ag.NotAvailable, match="is a curve"):
        write_renumf90(model, data, pedigree, variances, tmp_path)
    farms = data.assign(farm=data["farm"].replace("north", "far north"))
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()])
    with pytest.raises(ag.DataError, match="'far north' cannot be ids or levels"):
        write_renumf90(model, farms, pedigree, {"a": 8.0, "residual": 14.0}, tmp_path)


def test_original_ids_come_back_from_the_pedigree_file(flock, tmp_path):
    data, pedigree = flock
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()])
    job = write_blupf90(model, data, pedigree, {"a": 8.0, "residual": 14.0}, tmp_path)
    assert set(read_blupf90(job.parameters).pedigree.ids) == set(pedigree.ids)


def test_a_zero_that_is_a_value_is_not_a_missing_record(flock, tmp_path):
    data, pedigree = flock
    data = data.assign(weight=data["weight"].where(data.index != 0, 0.0))
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()])
    job = write_blupf90(model, data, pedigree, {"a": 8.0, "residual": 14.0}, tmp_path)
    assert (read_blupf90(job.parameters).data["trait1"] == 0.0).sum() == 1


def test_residual_groups_that_are_no_multiples_are_refused(flock, tmp_path):
    data, pedigree = flock
    model = ag.Model(["weight", "fleece"], [ag.Fixed("farm"), ag.Animal()], residual_by="sex")
    variances = {
        "a": [[8.0, 0.6], [0.6, 0.3]],
        "residual": {"f": [[14.0, 1.0], [1.0, 0.5]], "m": [[14.0, -1.0], [-1.0, 0.5]]},
    }
    with pytest.raises(ag.NotAvailable, match="multiples of one matrix"):
        write_blupf90(model, data, pedigree, variances, tmp_path)


@pytest.mark.skipif(
    not (shutil.which("blupf90+") or shutil.which("blupf90")),
    reason="no blupf90+ or blupf90 on PATH; the dense reading of the job stands in for it",
)
def test_blupf90_itself_gives_the_same_breeding_values(flock, tmp_path):
    data, pedigree = flock
    model, variances = MODELS["repeated records with weights and a polynomial"]
    job = write_blupf90(model, data, pedigree, variances, tmp_path)
    program = shutil.which("blupf90+") or shutil.which("blupf90")
    subprocess.run([program], input=job.parameters.name, text=True, cwd=tmp_path, check=True)
    there = by_key(read_blupf90_solutions(tmp_path / "solutions", tmp_path))
    ours = by_key(ag.evaluate(model, data, pedigree, variances).solutions)
    assert np.abs(there - ours).loc[["a", "pe"]].max() < 1e-4
