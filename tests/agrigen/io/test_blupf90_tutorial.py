"""Jobs of Masuda's BLUPF90 tutorial are read, and their published solutions come out."""

import json

import numpy as np
import pytest

import agrigen as ag
from agrigen.io.blupf90 import read_blupf90


@pytest.fixture(scope="module")
def tutorial(reference):
    """Folder of the tutorial's files."""
    return reference / "data" / "blupf90_tutorial"


@pytest.fixture(scope="module")
def published(reference):
    """Printed solutions of an example, with half a unit of their last digit."""

    def read(name: str, key: str) -> tuple[np.ndarray, float]:
        text = (reference / "worked_examples" / f"blupf90_{name}.json").read_text()
        value = json.loads(text)["published"][key]
        return np.array(value["value"]), value["atol"]

    return read


def solution(evaluation, effect: str, trait: str | None = None) -> np.ndarray:
    """Solutions of an effect, levels as numbers ascending."""
    rows = evaluation.solutions.query("effect == @effect")
    if trait is not None:
        rows = rows.query("trait == @trait")
    order = rows["level"].map(lambda word: int(word or 0)).argsort(kind="stable")
    return rows["solution"].to_numpy()[order]


def test_a_random_factor_with_a_covariate(tutorial, published):
    result = read_blupf90(tutorial / "quick_tour/mixed_model/param2.txt").evaluate()
    printed, atol = published("qt_mixed2", "sol")
    factor = solution(result, "effect1") + solution(result, "(Intercept)")
    ours = [*factor, *solution(result, "effect2"), *solution(result, "effect3")]
    assert ours == pytest.approx(printed, abs=atol)


def test_an_animal_model_without_inbreeding(tutorial, published):
    data_set = read_blupf90(tutorial / "quick_tour/mixed_model/param3.txt")
    assert not data_set.model.inbreeding
    result = data_set.evaluate()
    printed, atol = published("qt_animal3", "contrasts_and_u")
    ours = [
        *solution(result, "effect1")[1:],
        *solution(result, "effect2")[1:],
        *solution(result, "effect3"),
        *solution(result, "effect4"),
    ]
    assert ours == pytest.approx(printed, abs=atol)


def test_an_animal_model_with_a_random_factor(tutorial, published):
    result = read_blupf90(tutorial / "quick_tour/mixed_model/param3a.txt").evaluate()
    printed, _ = published("qt_animal3a", "sol")
    factor = solution(result, "effect1") + solution(result, "(Intercept)")
    ours = [
        *factor,
        *solution(result, "effect2"),
        *solution(result, "effect3"),
        *solution(result, "effect4"),
    ]
    # The printed solutions are iterated, not exact: the reference file says 3.3e-6.
    assert ours == pytest.approx(printed, abs=5e-6)


def test_an_instruction_file_gives_what_its_renumbered_job_gives(tutorial):
    raw = read_blupf90(tutorial / "renumf90/animalmodel/renum3.txt").evaluate()
    renumbered = read_blupf90(tutorial / "quick_tour/mixed_model/param3.txt").evaluate()
    by_id = raw.breeding_values.set_index("id")["breeding_value"]
    coded = renumbered.breeding_values.set_index("id")["breeding_value"]
    coded.index = [f"ID{int(code):03d}" for code in coded.index]
    assert np.abs(by_id - coded).max() < 1e-12


def test_two_traits_with_their_covariances(tutorial):
    data_set = read_blupf90(tutorial / "quick_tour/mt/param5.txt")
    assert data_set.model.traits == ("trait1", "trait2")
    assert data_set.variances["effect4"].tolist() == [[0.5, -0.25], [-0.25, 1.0]]
    raw = read_blupf90(tutorial / "renumf90/mt/renum5.txt").evaluate().breeding_values
    coded = data_set.evaluate().breeding_values
    for trait in data_set.model.traits:
        a = raw[raw["trait"] == trait].set_index("id")["breeding_value"]
        b = coded[coded["trait"] == trait].set_index("id")["breeding_value"]
        b.index = [f"ID{int(code):03d}" for code in b.index]
        assert np.abs(a - b).max() < 1e-12


def test_inbreeding_of_an_instruction_file_counts(tutorial):
    assert read_blupf90(tutorial / "renumf90/advanced/renum9d.txt").model.inbreeding
    assert not read_blupf90(tutorial / "renumf90/animalmodel/renum3.txt").model.inbreeding


def test_columns_can_have_names(tutorial):
    path = tutorial / "quick_tour/mixed_model/param3.txt"
    names = {1: "weight", 2: "farm", 3: "sex", 4: "age", 5: "animal"}
    model = read_blupf90(path, names=names).model
    assert model.traits == ("weight",)
    assert [effect.name for effect in model.effects] == ["farm", "sex", "age", "animal"]


def test_unknown_dams_are_refused_or_left_out(tutorial):
    path = tutorial / "renumf90/advanced/renum9b.txt"
    with pytest.raises(ag.ModelError, match="level 0 in 1 records"):
        read_blupf90(path)
    kept = read_blupf90(path, zero="drop")
    assert any(note.kind == "level_zero" for note in kept.notes)
    assert kept.evaluate().summary["records"]["used"] == 9


def test_unknown_parent_groups_become_groups_of_the_pedigree(tutorial):
    data_set = read_blupf90(tutorial / "renumf90/advanced/renum9c.txt")
    assert set(data_set.pedigree.groups) == {"group -1", "group -2", "group -3", "group -4"}


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("quick_tour/ssgblup/param4.txt", "OPTION SNP_file asks for genotypes"),
        ("renumf90/genomic/renum4.txt", "SNP_FILE asks for genotypes"),
        ("genomic_analysis/param6.txt", "RANDOM_TYPE user_file of effect 2"),
        ("variance_components/adv_aireml/aireml2.txt", "residual variance follow a curve"),
        ("renumf90/animalmodel/renum3a.txt", "RANDOM diagnonal is not known"),
    ],
)
def test_what_cannot_be_said_here_is_refused_by_name(tutorial, file, what):
    with pytest.raises(ag.NotAvailable, match=what):
        read_blupf90(tutorial / file)


def test_residual_classes_of_a_gibbs_job_become_residual_groups(tutorial):
    data_set = read_blupf90(tutorial / "variance_components/adv_gibbs/gibbs2.txt")
    assert data_set.model.residual_by == "c14"
    assert data_set.variances["residual"] == {"1": 100.0, "2": 100.0, "3": 100.0}


def test_options_that_are_not_carried_over_are_noted(tutorial):
    data_set = read_blupf90(tutorial / "variance_components/aireml/aireml1.txt")
    assert "se_covar_function" in str(data_set.notes[0])
    assert "note:" in repr(data_set)


def test_variances_estimated_from_a_job_are_those_that_airemlf90_prints(tutorial):
    data_set = read_blupf90(tutorial / "variance_components/aireml/aireml1.txt")
    found = ag.reml(
        data_set.model, data_set.data, data_set.pedigree, start=data_set.variances
    ).to_frame()
    # Masuda's tutorial, "Restricted maximum likelihood with AIREMLF90": estimates and errors,
    # the errors by the average information one round before the end.
    assert found["value"].tolist() == pytest.approx([38.538, 62.691], abs=5e-4)
    assert found["se"].tolist() == pytest.approx([3.6703, 2.5593], rel=1e-3)
