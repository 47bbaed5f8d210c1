"""Contents, corrected milk, cell scores and one milking for two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import (
    component_yield,
    corrected_milk,
    daily_yield,
    milking_factor,
    somatic_cell_score,
    somatic_cells,
)


@pytest.mark.parametrize(("cells", "score"), [(12.5, 0), (25, 1), (100, 3), (200, 4), (6400, 9)])
def test_cell_scores_are_those_of_the_table(cells, score):
    assert somatic_cell_score(cells) == pytest.approx(score)


@given(st.floats(1, 20000))
def test_a_score_goes_back_to_its_count_and_doubling_adds_one(cells):
    assert somatic_cells(somatic_cell_score(cells)) == pytest.approx(cells)
    assert somatic_cell_score(2 * cells) == pytest.approx(somatic_cell_score(cells) + 1)


def test_standard_milk_is_not_corrected():
    assert corrected_milk(30, 4, kind="fcm") == pytest.approx(30)
    assert corrected_milk(30, 4, 3.3, kind="fpcm") == pytest.approx(30, rel=1e-4)
    assert corrected_milk(30, 3.5, 3.2, kind="ecm") == pytest.approx(30, rel=0.02)


def test_published_examples_of_corrected_milk():
    # 80 lb of 3.5 % fat are 74 lb of 4 % milk (Gaines's formula in an extension page).
    assert corrected_milk(80, 3.5, kind="fcm") == pytest.approx(74)
    assert corrected_milk(28, 4.1, 3.3, kind="ecm") == pytest.approx(
        0.327 * 28 + 12.95 * 1.148 + 7.2 * 0.924
    )


def test_one_milking_is_multiplied_for_the_day():
    morning, day = np.array([16.0, 14, np.nan]), np.array([28.0, 26, 30])
    factor = milking_factor(morning, day)
    assert factor == pytest.approx(54 / 30)
    assert daily_yield(10, factor=factor) == pytest.approx(18)
    assert daily_yield(10) == 20


def test_contents_are_percent():
    assert component_yield([28.2, None], [3.65, 4]) == pytest.approx([1.0293, np.nan], nan_ok=True)
    with pytest.raises(ag.DataError, match=r"A content is no percentage: 365\.0 in row 0"):
        component_yield(28.2, 365)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: somatic_cell_score(0), "A cell count is not above 0"),
        (lambda: corrected_milk(30, 4, kind="xcm"), "Give one of fcm, ecm, fpcm"),
        (lambda: milking_factor(20, 10), "A milking is more than its day"),
        (lambda: milking_factor(0, 0), "There is no milk to compare"),
        (lambda: daily_yield(10, factor=0.5), "A factor is below 1"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ag.DataError, match=message):
        call()
