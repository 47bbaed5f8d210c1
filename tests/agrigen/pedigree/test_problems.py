"""Every impossible pedigree is refused, and all that is wrong is said at once."""

import pytest

import agrigen as ag


def kinds(*columns, **details):
    return [problem.kind for problem in ag.Pedigree.check(*columns, **details)]


def test_a_loop_names_its_animals_in_order():
    problems = ag.Pedigree.check(["1", "2", "3", "4"], ["3", "1", "2", "1"], ["", "", "", ""])
    assert [problem.kind for problem in problems] == ["loop"]
    assert problems[0].animals == ("1", "3", "2")
    assert "1 <- 3 <- 2 <- 1" in problems[0].message


def test_two_separate_loops_are_two_problems():
    assert kinds(list("abcd"), list("badc"), [""] * 4).count("loop") == 2


def test_an_animal_that_is_its_own_dam():
    problems = ag.Pedigree.check(["1", "2"], ["", "1"], ["", "2"])
    assert [(problem.kind, problem.animals) for problem in problems] == [("own_parent", ("2",))]


def test_an_animal_used_as_sire_and_as_dam():
    assert kinds(["1", "2", "3"], ["", "1", ""], ["", "", "1"]) == ["both_sexes"]


def test_sire_and_dam_of_one_animal_cannot_be_the_same():
    assert kinds(["1", "2"], ["", "1"], ["", "1"]) == ["both_sexes"]


def test_a_sire_recorded_as_female():
    assert kinds(["1", "2"], ["", "1"], ["", ""], sex=["F", "M"]) == ["sire_is_female"]


def test_a_dam_recorded_as_male():
    assert kinds(["1", "2"], ["", ""], ["", "1"], sex=["male", ""]) == ["dam_is_male"]


def test_rows_of_one_animal_that_contradict_each_other():
    problems = ag.Pedigree.check(["1", "2", "3", "3"], ["", "", "1", "2"], [""] * 4)
    assert [problem.kind for problem in problems] == ["duplicate"]
    assert "a different sire" in problems[0].message


def test_equal_rows_are_one_animal():
    pedigree = ag.Pedigree(
        ["1", "2", "2"], ["", "1", "1"], ["", "", ""], birth=["", "2020-01-01"] * 1 + ["2020-01-01"]
    )
    assert list(pedigree.ids) == ["1", "2"]


def test_an_offspring_born_before_its_parent():
    births = ["2020-05-01", "2020-04-30"]
    assert kinds(["1", "2"], ["", "1"], ["", ""], birth=births) == ["born_before_parent"]
    assert kinds(["1", "2"], ["", "1"], ["", ""], birth=[2020, 2021]) == []


def test_a_birth_date_that_is_none():
    assert kinds(["1"], [""], [""], birth=["31.02.2020"]) == ["unreadable_birth"]


def test_a_sex_that_means_nothing():
    assert kinds(["1"], [""], [""], sex=["x"]) == ["unknown_sex"]


def test_a_row_without_an_id():
    assert kinds(["1", " "], ["", "1"], ["", ""]) == ["missing_id"]


def test_a_column_that_is_not_there_is_named():
    import pandas as pd

    with pytest.raises(ag.PedigreeError, match="no column dam; its columns are id, sire, mother"):
        ag.Pedigree.from_frame(pd.DataFrame({"id": [1], "sire": [0], "mother": [0]}))


def test_all_problems_come_together_and_the_message_shows_ten():
    ids = [f"a{i}" for i in range(13)]
    with pytest.raises(ag.PedigreeError) as caught:
        ag.Pedigree(ids, ids, [""] * 13)
    assert len(caught.value.problems) == 13
    assert "... and 3 more" in str(caught.value)


def test_a_message_says_what_to_do():
    with pytest.raises(ag.PedigreeError, match="Correct one parent on the loop"):
        ag.Pedigree(["1", "2"], ["2", "1"], ["", ""])
