"""Ids, unknown parents, founders without a row, and looking animals up."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag


@pytest.mark.parametrize("unknown", ["", " ", "0", "NA", None, float("nan"), 0, "."])
def test_what_people_write_for_unknown_parents(unknown):
    pedigree = ag.Pedigree(["1", "2"], ["", unknown], [unknown, unknown])
    assert list(pedigree.sire) == [-1, -1]
    assert list(pedigree.dam) == [-1, -1]


def test_numbers_become_strings_and_missing_makes_no_fraction():
    frame = pd.DataFrame({"id": [1, 2, 3], "sire": [np.nan, np.nan, 1.0], "dam": [None, None, 2]})
    pedigree = ag.Pedigree.from_frame(frame)
    assert list(pedigree.ids) == ["1", "2", "3"]
    assert pedigree.sire.dtype == np.int32
    assert (pedigree.sire[2], pedigree.dam[2]) == (0, 1)


def test_offspring_listed_before_their_parents_are_put_after_them():
    pedigree = ag.Pedigree(["c", "b", "a"], ["b", "", ""], ["a", "", ""])
    assert list(pedigree.ids) == ["b", "a", "c"]


def test_parents_without_a_row_become_founders():
    pedigree = ag.Pedigree(["c"], ["a"], ["b"])
    assert list(pedigree.ids) == ["a", "b", "c"]
    assert pedigree.implied_founders == ["a", "b"]


def test_relationships_by_id():
    pedigree = ag.Pedigree(["s", "d", "x", "y"], ["", "", "s", "s"], ["", "", "d", "x"])
    assert pedigree.relationship("x", "s") == 0.5
    assert pedigree.relationship("y", "y") == 1.25  # a sire mated to his daughter
    assert pedigree.relationship_matrix(["s", "y"]).tolist() == [[1.0, 0.75], [0.75, 1.25]]
    assert pedigree.ancestors("y") == ["s", "x", "d"]
    assert pedigree.ancestors("y", generations=1) == ["s", "x"]
    assert pedigree.descendants("d") == ["x", "y"]
    assert list(pedigree.generation) == [0, 0, 1, 2]
    assert "x" in pedigree
    assert len(pedigree) == 4


def test_an_animal_that_is_not_there():
    with pytest.raises(ag.DataError, match="'z' is not in the pedigree"):
        ag.Pedigree(["a"], [""], [""]).index("z")


def test_one_row_an_animal_with_parents_by_id():
    frame = ag.Pedigree([1, 2], [0, 1], [0, 0]).to_frame()
    assert frame.to_dict("list") == {
        "id": ["1", "2"],
        "sire": ["", "1"],
        "dam": ["", ""],
        "generation": [0, 1],
        "inbreeding": [0.0, 0.0],
    }


def test_an_empty_pedigree_is_a_pedigree():
    pedigree = ag.Pedigree([], [], [])
    assert len(pedigree) == 0
    assert pedigree.inbreeding().size == 0
    assert "0 animals" in repr(pedigree)


def test_a_csv_file(tmp_path):
    path = tmp_path / "pedigree.csv"
    path.write_text("id,sire,dam\n007,,\n8,007,\n")
    assert list(ag.Pedigree.read_csv(path).ids) == ["007", "8"]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        ag.Pedigree(["1", "2"], [""], ["", ""])


def test_a_dense_matrix_of_too_many_animals_is_refused():
    n = 20_001
    pedigree = ag.Pedigree(range(1, n + 1), [0] * n, [0] * n)
    with pytest.raises(ag.DataError, match=r"takes 3\.2 GB"):
        pedigree.relationship_matrix()
