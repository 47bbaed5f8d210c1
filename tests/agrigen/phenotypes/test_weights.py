"""Adjusted weights: the guidelines' own examples, and what adjusting must and must not do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes.weights import POUND_KG, AgeOfDam

kilograms = st.floats(1, 60)
ages = st.integers(1, 200)


def weaned(**changes):
    calf = {"weight": 520, "age_days": 210, "birth_weight": 85, "dam_age_years": 2, "sex": "bull"}
    calf |= changes
    return ag.phenotypes.weaning_weight_205(calf.pop("weight"), calf.pop("age_days"), **calf)


def test_the_205_day_weight_of_a_two_year_olds_bull_calf():
    # (520 - 85) / 210 x 205 + 85 + 60, BIF's factors.
    assert weaned() == pytest.approx(569.64, abs=0.005)
    assert weaned(sex="heifer") == pytest.approx(563.64, abs=0.005)


@pytest.mark.parametrize(
    ("age", "male", "female"),
    [(2, 60, 54), (3, 40, 36), (4, 20, 18), (5, 0, 0), (10.9, 0, 0), (11, 20, 18), (15, 20, 18)],
)
def test_the_table_of_dams_ages(age, male, female):
    table = ag.phenotypes.BIF_AGE_OF_DAM
    assert table.added([age, age], ["M", "F"]) == pytest.approx([male, female])


def test_kilograms_give_what_pounds_give():
    metric = weaned(weight=520 * POUND_KG, birth_weight=85 * POUND_KG, unit="kg")
    assert metric / POUND_KG == pytest.approx(weaned())


def test_one_age_of_dam_serves_calves_of_both_sexes():
    both = weaned(weight=[520, 520], sex=["bull", "heifer"])
    assert list(both) == [weaned()[0], weaned(sex="heifer")[0]]
    with pytest.raises(ag.DataError, match=r"group \(2,\). Give one value for each"):
        ag.phenotypes.weight_ratio([1, 2, 3], ["a", "b"])
    with pytest.raises(ag.DataError, match=r"sex \(3,\). Give one value for each"):
        ag.phenotypes.frame_score([50, 51], 400, ["M", "F", "F"])


def test_calves_weaned_too_young_or_too_old_are_not_adjusted():
    adjusted = weaned(weight=[520] * 4, age_days=[159, 160, 250, 251])
    assert np.isnan(adjusted).tolist() == [True, False, False, True]


def test_the_365_day_weight_of_the_angus_example():
    adjusted = ag.phenotypes.yearling_weight_365(
        1085, 363, weaning_weight=660, weaning_age_days=209, adjusted_205=731
    )
    assert round(float(adjusted)) == 1173


def test_a_ratio_is_100_at_the_mean_of_the_group():
    ratio = ag.phenotypes.weight_ratio([500, 550, 600, 400], ["a", "a", "a", "b"])
    assert ratio == pytest.approx([500 / 5.5, 100, 600 / 5.5, 100])
    assert np.isnan(ag.phenotypes.weight_ratio([500, 550], ["a", None])[1])


@pytest.mark.parametrize(
    ("months", "inches"),
    [  # Frame scores 1 to 9, BIF's table of bulls (Montana State University Extension).
        (5, [33.5, 35.5, 37.5, 39.5, 41.6, 43.6, 45.6, 47.7, 49.7]),
        (8, [37.2, 39.2, 41.2, 43.2, 45.2, 47.2, 49.3, 51.3, 53.3]),
        (12, [41.0, 43.0, 45.0, 47.0, 49.0, 51.0, 53.0, 55.0, 57.0]),
        (21, [45.3, 47.3, 49.2, 51.2, 53.2, 55.1, 57.1, 59.1, 61.0]),
    ],
)
def test_frame_scores_are_those_of_the_published_table(months, inches):
    score = ag.phenotypes.frame_score(inches, [months * 30.4375] * 9, "M")
    assert score == pytest.approx(np.arange(1, 10), abs=0.05)


def test_a_yearling_bull_of_50_inches_has_frame_five_and_a_half():
    assert ag.phenotypes.frame_score(50, 365, "bull") == pytest.approx(5.5, abs=0.01)
    assert ag.phenotypes.frame_score(127, 365, "bull", unit="cm") == pytest.approx(5.5, abs=0.01)
    assert np.isnan(ag.phenotypes.frame_score(50, 700, "bull"))


@given(kilograms, kilograms, ages)
def test_at_the_target_age_nothing_is_adjusted(weight, birth, age):
    adjusted = ag.phenotypes.adjusted_weight(weight, age, target_days=age, birth_weight=birth)
    assert adjusted == pytest.approx(weight)


@given(kilograms, kilograms, ages, st.floats(0.1, 10))
def test_the_unit_does_not_matter(weight, birth, age, scale):
    one = ag.phenotypes.adjusted_weight(weight, age, target_days=50, birth_weight=birth)
    other = ag.phenotypes.adjusted_weight(
        scale * weight, age, target_days=50, birth_weight=scale * birth
    )
    assert other == pytest.approx(scale * one)


@given(kilograms, st.floats(0.05, 0.5), ages)
def test_a_lamb_that_grows_evenly_has_its_true_weight_at_50_and_100_days(birth, gain, age):
    weight = birth + gain * age
    for target in (50, 100):
        adjusted = ag.phenotypes.adjusted_weight(
            weight, age, target_days=target, birth_weight=birth
        )
        assert adjusted == pytest.approx(birth + gain * target)


def test_a_lamb_weighed_twice_is_carried_from_50_to_100_days():
    at_50 = ag.phenotypes.adjusted_weight(19, 48, target_days=50, birth_weight=4)
    at_100 = ag.phenotypes.adjusted_later_weight(
        34, 98, earlier_weight=19, earlier_age_days=48, adjusted_earlier=at_50, days=50
    )
    assert at_50 == pytest.approx(19.625)
    assert at_100 == pytest.approx(34.625)


def test_missing_numbers_stay_missing():
    adjusted = ag.phenotypes.adjusted_weight(
        [20, None, 20, 20], [50, 50, None, 50], target_days=60, birth_weight=[4, 4, 4, None]
    )
    assert np.isnan(adjusted).tolist() == [False, True, True, True]
    assert np.isnan(weaned(sex=None))
    assert np.isnan(weaned(dam_age_years=None))


def test_factors_of_classes_bring_weights_to_the_base():
    factors = ag.phenotypes.ClassFactors(
        "flock", "2026", True, {"sex": {"M": 1.0, "F": 1.1}, "reared": {1: 1.0, 2: 1.2}}
    )
    lambs = pd.DataFrame({"sex": ["M", "F", "F"], "reared": [2, 1, None]})
    adjusted = factors.apply([20, 20, 20], lambs)
    assert adjusted[:2] == pytest.approx([24, 22])
    assert np.isnan(adjusted[2])
    with pytest.raises(ag.DataError, match=r"reared has no factor: 3 in row 2.*knows 1, 2"):
        factors.apply([20, 20, 20], lambs.assign(reared=[1, 2, 3]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": -1}, "weight is not above 0: -1.0 in row 0"),
        ({"weight": "heavy"}, "weight is not made of numbers"),
        ({"age_days": -3}, "An age is below 0 days"),
        ({"sex": "x"}, "No sex: x in row 0. Give M"),
        ({"dam_age_years": 1}, "A dam is too young for the table"),
        ({"unit": "stone"}, "unit is 'stone'. Give one of lb, kg"),
        ({"weight": [1, 2], "age_days": [200, 200, 200]}, "Lengths differ"),
        ({"weight": [500, 510, 520], "sex": ["M", "F"]}, r"sex \(2,\). Give one value for each"),
        ({"weight": float("inf")}, "weight is infinite"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes, message):
    with pytest.raises(ag.DataError, match=message):
        weaned(**changes)


def test_a_table_must_fit_together():
    with pytest.raises(ag.DataError, match="classes of x do not fit"):
        AgeOfDam("x", "1", "lb", (2, 3), (1,), (1, 2))


def test_a_later_weight_must_be_later():
    with pytest.raises(ag.DataError, match="The later weight is not later"):
        ag.phenotypes.yearling_weight_365(
            900, 330, weaning_weight=600, weaning_age_days=330, adjusted_205=600
        )
