"""Tables that are kept beside breeding values: percentiles, trends, reliabilities, history."""

import pandas as pd
import pytest

from hub.evaluations import tables

VALUES = pd.DataFrame(
    {
        "trait": ["w"] * 8,
        "effect": ["a"] * 4 + ["m"] * 4,
        "id": list("1234") * 2,
        "breed": ["Texel", "Texel", "Texel", "Suffolk"] * 2,
        "farm": ["HILL", "HILL", "BROOK", "BROOK"] * 2,
        "birth_date": ["2020-03-01", "2020-04-01", "2020-03-05", None] * 2,
        "breeding_value": [1.0, 3.0, 2.0, 9.0, -1.0, -3.0, -2.0, 0.0],
        "reliability": [0.1, 0.5, 0.52, 0.99, 0.0, 1.0, float("nan"), 0.2],
    }
)


def test_an_animal_is_compared_with_its_breed_in_each_effect():
    percentiles = tables.percentile(VALUES).round(1).tolist()
    assert percentiles == [16.7, 83.3, 50.0, 50.0, 83.3, 16.7, 50.0, 50.0]


def test_a_trend_counts_the_animals_of_all_farms_but_the_largest():
    found = tables.trends(VALUES).to_dict("records")
    assert [(row["effect"], row["birth_year"], row["animals"], row["others"]) for row in found] == [
        ("a", 2020, 3, 1),
        ("m", 2020, 3, 1),
    ]
    assert [row["mean"] for row in found] == [2.0, -2.0]


def test_there_is_no_trend_without_dates_of_birth():
    assert tables.trends(VALUES.assign(birth_date=None)).empty


def test_animals_are_counted_by_reliability():
    direct, maternal = tables.reliabilities(VALUES)
    assert direct["counts"][2] == 1
    assert direct["counts"][10] == 2
    assert (sum(direct["counts"]), sum(maternal["counts"])) == (4, 3)
    assert maternal["mean"] == pytest.approx(0.4)


def test_a_long_history_is_thinned_and_keeps_its_ends():
    shown = tables.thinned(pd.DataFrame({"iteration": range(10_000)}))
    assert len(shown) == tables.MOST_HISTORY
    assert (shown[0]["iteration"], shown[-1]["iteration"]) == (0, 9_999)
    assert tables.thinned(pd.DataFrame()) == []


def test_variances_of_an_early_evaluation_are_read():
    early = b"effect,trait_1,trait_2,value,se\nNA,w,w,20.0,\n"
    [row] = tables.rows_of(early, tables.VARIANCE_COLUMNS)
    assert row == {
        "effect": "NA", "trait_1": "w", "trait_2": "w", "coefficient_1": None,
        "coefficient_2": None, "value": 20.0, "se": None, "group": None,
    }  # fmt: skip
