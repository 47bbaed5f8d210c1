"""DMU jobs are read as the models they declare."""

import numpy as np
import pytest

import agrigen as ag
from agrigen.io.dmu import read_dmu
from agrigen.io.dmu_write import write_dmu

DRIVER = """$COMMENT
Lambs of three farms

$ANALYSE 11 9 0 0

$DATA  ASCII (4,4,-99) records.txt

$VARIABLE
# integers
animal dam farm sex
# reals
weight fleece age precision

$MODEL
1
0
1 4 3 3 4 1
1 1
1 3(0)
0

$VAR_STR 1 PED 2 ASCII pedigree.txt

$PRIOR
1 1 1 8.0
2 1 1 14.0
"""
ONE = "1\n0\n1 4 3 3 4 1\n1 1\n1 3(0)\n0"
PRIOR = "1 1 1 8.0\n2 1 1 14.0"


@pytest.fixture
def job(flock, tmp_path):
    """Writes the flock as DMU files, with a model and priors."""
    data, pedigree = flock
    number = {id: place for place, id in enumerate(pedigree.ids, start=1)}
    farms = {"north": 1, "south": 2, "west": 3, "": 0}
    rows = [
        [number[r.animal], number[r.dam], farms[r.farm], 1 + (r.sex == "m")]
        + [-99 if np.isnan(x) else x for x in (r.weight, r.fleece, r.age, r.precision)]
        for r in data.itertuples()
    ]
    text = "\n".join(" ".join(str(cell) for cell in row) for row in rows)
    (tmp_path / "records.txt").write_text(text + "\n")
    lines = [
        f"{n} {number.get(row.sire, 0)} {number.get(row.dam, 0)} {n}"
        for n, row in enumerate(pedigree.to_frame().itertuples(), start=1)
    ]
    (tmp_path / "pedigree.txt").write_text("\n".join(lines) + "\n")

    def write(model: str = ONE, prior: str = PRIOR, old: str = "", new: str = ""):
        driver = DRIVER.replace(ONE, model).replace(PRIOR, prior)
        assert old in driver
        (tmp_path / "job.DIR").write_text(driver.replace(old, new) if old else driver)
        return tmp_path / "job.DIR"

    return write


def breeding_values(evaluation, effect: int = 0, trait: int = 0) -> np.ndarray:
    """Breeding values of an effect and trait, by their places, in the order of the pedigree."""
    frame = evaluation.breeding_values
    if "effect" in frame:
        animals = [e.name for e in evaluation.model.random if isinstance(e, ag.Animal)]
        frame = frame[frame["effect"] == animals[effect]]
        frame = frame[frame["trait"] == evaluation.model.traits[trait]]
    return frame["breeding_value"].to_numpy()


def test_a_job_is_the_model_that_it_declares(job, flock):
    data_set = read_dmu(job())
    effects = [ag.Fixed("farm"), ag.Fixed("sex"), ag.Covariate("age"), ag.Animal()]
    model = ag.Model("weight", effects, weights="precision", inbreeding=False)
    assert data_set.model.traits == ("weight",)
    assert [effect.name for effect in data_set.model.effects] == ["farm", "sex", "age", "animal"]
    assert data_set.model.weights == "precision"
    assert data_set.variances == {"animal": 8.0, "residual": 14.0}
    ours = ag.evaluate(model, *flock, {"a": 8.0, "residual": 14.0})
    theirs = data_set.evaluate()
    assert np.abs(breeding_values(ours) - breeding_values(theirs)).max() < 1e-10
    assert theirs.summary["records"]["used"] == ours.summary["records"]["used"]
    assert "left out" in str(data_set.notes[0])


def test_two_traits_with_a_correlated_maternal_effect(job, flock):
    model = "2\n0\n0\n1 0 3 3 1 2\n2 0 3 3 4 1\n2 1 1\n1 1\n0\n1 3\n0"
    prior = (
        "1 1 1 8\n1 2 1 -1\n1 2 2 3\n1 3 1 0.6\n1 3 3 0.3\n1 3 2 0.1\n2 1 1 14\n2 2 1 1\n2 2 2 1"
    )
    data_set = read_dmu(job(model, prior, old="PED 2", new="PED 1"))
    assert data_set.model.inbreeding
    # Ours by effect, then trait: direct weight, direct fleece, maternal weight.
    expected = [[8.0, 0.6, -1.0], [0.6, 0.3, 0.1], [-1.0, 0.1, 3.0]]
    assert np.asarray(data_set.variances["animal"]).tolist() == expected
    ours = ag.evaluate(
        ag.Model(
            ["weight", "fleece"],
            [
                ag.Fixed("farm"),
                ag.Fixed("sex", traits=["fleece"]),
                ag.Covariate("age", traits=["fleece"]),
                ag.Animal(),
                ag.Animal("m", "dam", traits=["weight"], correlated_with="a"),
            ],
        ),
        *flock,
        {"a": expected, "residual": [[14.0, 1.0], [1.0, 1.0]]},
    )
    theirs = data_set.evaluate()
    for effect, trait in ((0, 0), (0, 1), (1, 0)):
        a, b = (breeding_values(e, effect, trait) for e in (ours, theirs))
        assert np.abs(a - b).max() < 1e-9


def test_a_mean_is_column_zero_and_needs_no_factor(job):
    data_set = read_dmu(job("1\n1 0 2 0 1\n1 1\n0\n0"))
    assert [effect.name for effect in data_set.model.effects] == ["animal"]
    with pytest.raises(ag.ModelError, match="has no mean"):
        read_dmu(job("1\n1 0 1 1\n1 1\n0\n0"))


def test_variances_can_stand_in_a_file_or_be_absent(job, tmp_path):
    (tmp_path / "variances").write_text("1 1 1 8.0d0\n2 1 1 14.0\n")
    path = job(old=f"$PRIOR\n{PRIOR}", new="$PRIOR variances")
    assert read_dmu(path).variances == {"animal": 8.0, "residual": 14.0}
    absent = read_dmu(job(old=f"$PRIOR\n{PRIOR}"))
    assert absent.variances == {"animal": 1.0, "residual": 1.0}
    assert "DMU takes 1" in str(absent.notes[0])


def test_residual_covariances_can_be_zero(job):
    model = "2\n1 0 2 3 1\n2 0 2 3 1\n1 1\n1 1\n0\n0\n1\n1 2"
    prior = "1 1 1 8\n1 2 1 0.6\n1 2 2 0.3\n2 1 1 14\n2 2 1 1\n2 2 2 1"
    assert np.asarray(read_dmu(job(model, prior)).variances["residual"])[0, 1] == 0.0


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("$DATA  ASCII (4,4,-99)", "$DATA  BINARY (4,4,-99)", "$DATA is BINARY"),
        ("$DATA  ASCII (4,4,-99)", "$DATA  ASCII", "$DATA 'ASCII records.txt' cannot be read"),
        ("PED 2 ASCII", "PGMIX 1 ASCII", "covariance structure PGMIX"),
        ("PED 2 ASCII", "PED 9 ASCII", "method 1 to 4 or 6"),
        ("1 3(0)", "1 3(4)", "regression 3(4) is nested"),
        ("$MODEL\n1\n", "$MODEL\n1 0 0 1 0\n", "1 of 1 traits are censored or categories"),
        ("animal dam farm sex", "animal dam", "$VARIABLE names 6 of 8 columns"),
        ("2 1 1 14.0", "2 1 one 14.0", "$PRIOR '2 1 one 14.0' cannot be read"),
        ("1 4 3 3 4 1", "1 4 3 3", "$MODEL cannot be read"),
    ],
)
def test_a_job_that_cannot_be_said_here_is_refused(job, old, new, what):
    with pytest.raises(ag.ModelError) as refused:
        read_dmu(job(old=old, new=new))
    assert what in str(refused.value)


WRITTEN = {
    "weights and a polynomial": (
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
        ),
        {"a": 8.0, "pe": 3.0, "residual": 14.0},
    ),
    "a mean only": (
        ag.Model("weight", [ag.Animal(), ag.Random("farm")], inbreeding=False),
        {"a": 8.0, "farm": 2.0, "residual": 14.0},
    ),
    "two traits and a maternal effect of one": (
        ag.Model(
            ["weight", "fleece"],
            [
                ag.Fixed("farm"),
                ag.Fixed("sex", traits=["fleece"]),
                ag.Animal(),
                ag.Animal("m", "dam", traits=["weight"], correlated_with="a"),
            ],
        ),
        {
            "a": [[8.0, 0.6, -1.0], [0.6, 0.3, 0.1], [-1.0, 0.1, 3.0]],
            "residual": [[14.0, 1.0], [1.0, 1.0]],
        },
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_written_job_reads_back_as_the_same_evaluation(name, flock, tmp_path):
    model, variances = WRITTEN[name]
    data, pedigree = flock
    job = write_dmu(model, data, pedigree, variances, tmp_path)
    ours = ag.evaluate(model, data, pedigree, variances).breeding_values
    again = read_dmu(job.parameters)
    assert again.model.inbreeding == model.inbreeding
    theirs = again.evaluate().breeding_values
    words = job.levels.query("table == 'renadd.ped'").set_index("code")["level"]
    theirs["id"] = theirs["id"].astype(int).map(words)
    for start in range(0, len(ours), len(pedigree)):
        rows = slice(start, start + len(pedigree))
        a, b = (frame.iloc[rows].set_index("id") for frame in (ours, theirs))
        assert np.abs(a["breeding_value"] - b["breeding_value"].reindex(a.index)).max() < 1e-8


def test_groups_are_negative_parents(flock, tmp_path):
    data, plain = flock
    parents = plain.to_frame()
    pedigree = ag.Pedigree(
        parents["id"],
        parents["sire"].replace("", "old"),
        parents["dam"].replace("", "new"),
        groups=["old", "new"],
    )
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal()], inbreeding=False)
    job = write_dmu(model, data, pedigree, {"a": 8.0, "residual": 14.0}, tmp_path)
    assert "PED 6" in job.parameters.read_text()
    assert set(read_dmu(job.parameters).pedigree.groups) == {"group -1", "group -2"}


def test_curves_are_not_written(flock, tmp_path):
    data, pedigree = flock
    basis = ag.Basis("legendre", "days", order=1, range=(5, 304))
    model = ag.Model("weight", [ag.Fixed("farm"), ag.Animal(basis=basis)])
    variances = {"a": [[6.0, 0.5], [0.5, 2.0]], "residual": 14.0}
    with pytest.raises(ag.NotAvailable, match="curves or slopes"):
        write_dmu(model, data, pedigree, variances, tmp_path)
