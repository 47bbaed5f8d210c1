"""Given variances: which row is which, and what cannot be."""

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.evaluation.model import block_components, row_order
from agrigen.evaluation.variances import check_variances, covariances, plain

MATERNAL = ag.Model(
    ["wwg", "pwg"],
    [
        ag.Fixed("sex"),
        ag.Animal("a", "calf"),
        ag.Random("pe", "dam"),
        ag.Animal("m", "dam", traits=["wwg"], correlated_with="a"),
    ],
)
A = [[20.0, 18.0, -4.0], [18.0, 40.0, 1.0], [-4.0, 1.0, 10.0]]
PE = [[5.0, 1.0], [1.0, 6.0]]
R = [[40.0, 11.0], [11.0, 30.0]]
FINE = {"a": A, "pe": PE, "residual": R}
ONE = ag.Model("y", [ag.Animal()], residual_by="sex")


def refused(change, model=MATERNAL, **options):
    with pytest.raises(ag.ModelError) as caught:
        check_variances(model, {**FINE, **change}, **options)
    return " ".join(map(str, caught.value.problems))


def test_matrices_come_back_by_block():
    checked = check_variances(MATERNAL, FINE)
    assert plain(checked) == FINE
    found = covariances(MATERNAL, checked, ["residual"])
    assert [block.tolist() for block in found.blocks] == [A, PE]
    assert found.residual.tolist() == [R]


def test_a_block_may_go_by_the_name_of_any_of_its_effects():
    checked = check_variances(MATERNAL, {"m": A, "pe": PE, "residual": R})
    assert list(checked) == ["a", "pe", "residual"]


def test_a_number_and_a_matrix_of_one_number_are_the_same():
    checked = check_variances(ONE, {"a": [[20]], "residual": np.float64(40)})
    assert plain(checked) == {"a": 20.0, "residual": 40.0}


def test_arrays_and_frames_are_matrices():
    given = {"a": np.array(A), "pe": pd.DataFrame(PE), "residual": tuple(map(tuple, R))}
    assert plain(check_variances(MATERNAL, given)) == FINE


def test_the_row_order_is_said_in_words():
    assert row_order(block_components(MATERNAL, MATERNAL.blocks[0])) == "a: wwg, pwg; m: wwg"
    curve = ag.Basis("legendre", "dim", order=1, range=(4, 310))
    model = ag.Model(["milk", "fat"], [ag.Animal(basis=curve)])
    rows = block_components(model, model.blocks[0])
    assert row_order(rows) == "a: milk 0, milk 1, fat 0, fat 1"


def test_a_matrix_of_the_wrong_size_is_answered_with_its_rows():
    assert "Give a matrix of 3 rows and columns (a: wwg, pwg; m: wwg)." in refused({"a": R})
    assert "The variance of 'pe' is 5." in refused({"pe": 5})
    assert "is [[1, 2], [3]]" in refused({"pe": [[1, 2], [3]]})
    assert "is [['1', 0], [0, 1]]" in refused({"pe": [["1", 0], [0, 1]]})


def test_what_is_absent_or_unknown_is_named():
    said = refused({"litter": 3})
    assert "'litter', which is no random effect" in said
    assert "Random effects are a, pe, residual." in said
    with pytest.raises(ag.ModelError, match=r"for 'pe'(?s:.*)for 'residual'"):
        check_variances(MATERNAL, {"a": A})


def test_starting_values_need_not_be_complete():
    assert list(check_variances(MATERNAL, {"pe": PE}, complete=False)) == ["pe"]


def test_correlated_effects_have_one_matrix():
    assert "Give it once, under 'a'." in refused({"m": [[10]]})


@pytest.mark.parametrize(
    ("pe", "says"),
    [
        ([[5, 1], [2, 6]], "The covariance of pe wwg and pe pwg is 1 above and 2 below"),
        ([[5, 1], [1, 0]], "The variance of pe pwg is 0"),
        ([[5, 9], [9, 6]], "The correlation of pe wwg and pe pwg is 1.643"),
        ([[4, 6], [6, 9]], "The correlation of pe wwg and pe pwg is 1 "),
        ([[5, float("nan")], [1, 6]], "Give a matrix of 2 rows"),
        ([[True, 0], [0, 1]], "Give a matrix of 2 rows"),
    ],
)
def test_impossible_covariances(pe, says):
    assert says in refused({"pe": pe})


def test_correlations_that_contradict_each_other():
    impossible = [[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]]
    said = refused({"a": impossible})
    assert "not positive definite" in said
    assert "the rows are a: wwg, pwg; m: wwg" in said


def test_residual_variances_by_group():
    checked = check_variances(ONE, {"a": 1, "residual": {1: 3, "F": [[4]]}})
    assert plain(checked)["residual"] == {"1": 3.0, "F": 4.0}
    assert covariances(ONE, checked, ["F", "1"]).residual.ravel().tolist() == [4.0, 3.0]
    with pytest.raises(ag.ModelError, match="given for sex M"):
        covariances(ONE, checked, ["F", "M"])


def test_one_residual_variance_serves_all_groups():
    checked = check_variances(ONE, {"a": 1, "residual": 3})
    assert covariances(ONE, checked, ["F", "M"]).residual.ravel().tolist() == [3.0, 3.0]


def test_residual_groups_need_their_column():
    model = ag.Model("y", [ag.Animal()])
    with pytest.raises(ag.ModelError, match="residual_by: column"):
        check_variances(model, {"a": 1, "residual": {"F": 3}})
    with pytest.raises(ag.ModelError, match="variance of 'residual M' is 0"):
        check_variances(ONE, {"a": 1, "residual": {"F": 3, "M": 0}})
