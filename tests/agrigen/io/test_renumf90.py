"""Instruction files of RENUMF90: what they ask RENUMF90 to do is done to the raw files."""

import numpy as np
import pytest

import agrigen as ag

HEAD = """DATAFILE
raw.dat
SKIP_HEADER
1
TRAITS
5
FIELDS_PASSED TO OUTPUT

WEIGHT(S)

RESIDUAL_VARIANCE
14.0
"""
ANIMAL = """EFFECT
1 cross alpha
RANDOM
animal
FILE
raw.ped
FILE_POS
1 2 3 0 0
"""


@pytest.fixture
def instruction(flock, tmp_path):
    """Writes the flock as raw files, with a header, and an instruction."""
    data, pedigree = flock
    columns = ["animal", "farm", "sex", "days", "weight"]
    used = data[columns].assign(
        weight=data["weight"].fillna(0.0), farm=data["farm"].replace("", "none")
    )
    used["level"], used["slope"] = 1.0, (used["days"] - 150) / 100
    used.to_csv(tmp_path / "raw.dat", sep=" ", index=False)
    rows = pedigree.to_frame()[["id", "sire", "dam"]].replace("", "0")
    rows.to_csv(tmp_path / "raw.ped", sep=" ", index=False, header=False)

    def write(text: str):
        (tmp_path / "renum.par").write_text(text)
        return tmp_path / "renum.par"

    return write, used


def evaluated(effects, used, pedigree, variances) -> ag.Evaluation:
    """The same by our own model."""
    data = used.assign(weight=used["weight"].where(used["weight"] != 0.0))
    return ag.evaluate(ag.Model("weight", effects, inbreeding=False), data, pedigree, variances)


def solutions(evaluation) -> np.ndarray:
    """Solutions of the animal effect, by animal."""
    name = evaluation.model.animal.name
    rows = evaluation.solutions[evaluation.solutions["effect"] == name]
    return rows.sort_values(["level", "coefficient"])["solution"].to_numpy()


def test_combined_columns_are_an_interaction(flock, instruction):
    write, used = instruction
    text = "COMBINE\n9 2 3\n" + HEAD + "EFFECT\n9 cross alpha\n" + ANIMAL
    data_set = ag.read_blupf90(write(text + "PED_DEPTH\n0\n(CO)VARIANCES\n8.0\n"))
    assert data_set.model.effects[0] == ag.Fixed("effect1", "c2:c3")
    ours = evaluated(
        [ag.Fixed("farm:sex"), ag.Animal()], used, flock[1], {"a": 8.0, "residual": 14.0}
    )
    assert np.abs(solutions(data_set.evaluate()) - solutions(ours)).max() < 1e-9


def test_a_nested_covariate_is_a_slope_within_levels(flock, instruction):
    write, used = instruction
    nested = "EFFECT\n2 cross alpha\nEFFECT\n4 cov\nNESTED\n2 alpha\n"
    data_set = ag.read_blupf90(write(HEAD + nested + ANIMAL + "PED_DEPTH\n0\n(CO)VARIANCES\n8\n"))
    effects = [ag.Fixed("farm"), ag.Covariate("days", within="farm"), ag.Animal()]
    ours = evaluated(effects, used, flock[1], {"a": 8.0, "residual": 14.0})
    assert np.abs(solutions(data_set.evaluate()) - solutions(ours)).max() < 1e-9


def test_a_random_regression_becomes_a_curve(flock, instruction):
    write, used = instruction
    curve = "RANDOM_REGRESSION\ndata\nRR_POSITION\n6 7\n(CO)VARIANCES\n6.0 0.5\n0.5 2.0\n"
    text = HEAD + "EFFECT\n2 cross alpha\n" + ANIMAL + "PED_DEPTH\n0\n" + curve
    data_set = ag.read_blupf90(write(text))
    basis = data_set.model.animal.basis
    assert (basis.kind, basis.order, basis.column) == ("legendre", 1, "c7")
    # Intercept and slope are sqrt(1/2) and sqrt(3/2) x of Legendre: x = slope on -1 to 1.
    low, high = used["slope"].min(), used["slope"].max()
    functions = basis.evaluate(used["slope"].to_numpy())
    turn = np.linalg.lstsq(functions, used[["level", "slope"]].to_numpy(), rcond=None)[0]
    given = np.array([[6.0, 0.5], [0.5, 2.0]])
    assert basis.range == (low, high)
    name = data_set.model.animal.name
    assert np.allclose(data_set.variances[name], turn @ given @ turn.T)


def test_the_depth_of_the_pedigree_is_kept_as_renumf90_keeps_it(flock, instruction):
    write, used = instruction
    pedigree = flock[1]
    text = HEAD + "EFFECT\n2 cross alpha\n" + ANIMAL
    one = ag.read_blupf90(write(text + "PED_DEPTH\n1\n(CO)VARIANCES\n8\n"))
    frame = pedigree.to_frame().set_index("id")
    own = set(used["animal"])
    parents = {p for id in own for p in frame.loc[id, ["sire", "dam"]] if p}
    assert set(one.pedigree.ids) == own | parents
    kept = one.pedigree.to_frame().set_index("id")
    assert (kept.loc[sorted(parents - own), ["sire", "dam"]] == "").all(axis=None)
    cut = any(frame.loc[p, "sire"] and frame.loc[p, "sire"] not in own | parents
              for p in parents - own)  # fmt: skip
    assert any(note.kind == "depth" for note in one.notes) == cut
    everything = ag.read_blupf90(write(text + "PED_DEPTH\n0\n(CO)VARIANCES\n8\n"))
    assert set(everything.pedigree.ids) == set(pedigree.ids)


def test_what_an_instruction_does_not_say_is_noted(instruction):
    write, _ = instruction
    path = write(HEAD + "EFFECT\n2 cross alpha\n" + ANIMAL)
    kinds = [note.kind for note in ag.read_blupf90(path).notes]
    assert {"inbreeding", "no_variance"} <= set(kinds)
    counted = ag.read_blupf90(path, inbreeding=True)
    assert counted.model.inbreeding
    assert "inbreeding" not in [note.kind for note in counted.notes]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (HEAD.replace("TRAITS\n5\n", "TRAITS\n5 6\n") + "EFFECT\n2 cross alpha\n", "2 traits"),
        (HEAD + "EFFECT\n2 cross alpha\nRANDOM\nsire\n", "RANDOM sire"),
        (HEAD + "EFFECT\n1 cross alpha\nRANDOM\nanimal\n", "has no FILE"),
        (HEAD + "EFFECT\n2 cross alpha\n" + ANIMAL + "UPG_TYPE\nyob\n", "UPG_TYPE yob"),
        (HEAD + "EFFECT\n2 cross alpha\n" + ANIMAL + "INBREEDING\nfile f\n", "INBREEDING file f"),
        ("DATAFILE\nraw.dat\nTRAITS\n5\n", "has no RESIDUAL_VARIANCE, EFFECT"),
    ],
)
def test_an_instruction_that_cannot_be_followed_is_refused(instruction, text, what):
    write, _ = instruction
    with pytest.raises(ag.ModelError) as refused:
        ag.read_blupf90(write(text))
    assert what in str(refused.value)
