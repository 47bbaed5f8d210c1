"""Gain, feed conversion and residual feed intake."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import average_daily_gain, feed_conversion, gain_on_test


def test_gain_and_conversion():
    assert average_daily_gain(250, 355, 70) == pytest.approx(1.5)
    assert feed_conversion([700, 700], [100, 0]) == pytest.approx([7, np.nan], nan_ok=True)


def test_gain_on_test_is_the_slope_of_the_weights(reference):
    cows = pd.read_csv(reference / "data" / "agridat" / "diggle.cow.txt", sep="\t").dropna()
    found = gain_on_test(cows["animal"], cows["day"], cows["weight"]).set_index("animal")
    assert len(found) == cows["animal"].nunique() == 26
    for name, rows in cows.groupby("animal"):
        slope, intercept = np.polyfit(rows["day"], rows["weight"], 1)
        middle = (rows["day"].min() + rows["day"].max()) / 2
        assert found.loc[name, "gain"] == pytest.approx(slope)
        assert found.loc[name, "mid_weight"] == pytest.approx(intercept + slope * middle)


@given(
    st.floats(0.2, 2), st.floats(100, 400), st.lists(st.integers(0, 90), min_size=2, unique=True)
)
def test_weights_on_a_line_give_the_line(gain, start, days):
    days = np.array(days)
    found = gain_on_test(["a"] * days.size, days, start + gain * days).iloc[0]
    assert found["gain"] == pytest.approx(gain)
    assert found["mid_weight"] == pytest.approx(start + gain * (days.min() + days.max()) / 2)


def test_one_weighing_gives_no_gain():
    found = gain_on_test(["a", "b", "b"], [1, 1, 8], [100, 100, 107])
    assert np.isnan(found["gain"][0])
    assert found["gain"][1] == pytest.approx(1)


def herd(seed=1, size=30):
    rng = np.random.default_rng(seed)
    gain, weight = rng.normal(1.5, 0.2, size), rng.normal(400, 30, size)
    return 2 + 2 * gain + 0.08 * weight**0.75 + rng.normal(0, 0.3, size), gain, weight


def test_residual_intake_sums_to_nothing_and_follows_neither_gain_nor_weight():
    intake, gain, weight = herd()
    found = ag.phenotypes.residual_feed_intake(intake, gain, weight)
    assert found.residual.sum() == pytest.approx(0, abs=1e-9)
    for other in (gain, weight**0.75):
        assert np.corrcoef(found.residual, other)[0, 1] == pytest.approx(0, abs=1e-9)
    assert "Koch RM" in ag.cite(found)


def test_groups_are_regressed_apart_and_missing_animals_stay_missing():
    intake, gain, weight = herd()
    intake[3] = np.nan
    group = np.repeat(["a", "b"], 15)
    found = ag.phenotypes.residual_feed_intake(intake, gain, weight, group=group)
    alone = ag.phenotypes.residual_feed_intake(intake[15:], gain[15:], weight[15:])
    assert np.isnan(found.residual[3])
    assert found.residual[15:] == pytest.approx(alone.residual)
    assert found.to_frame()["animals"].tolist() == [14, 15]
    assert repr(found) == "Residual feed intake of 29 animals in 2 groups"


def test_too_few_animals_are_refused():
    with pytest.raises(ag.DataError, match=r"Group 0 has 3 animals.*Give at least four"):
        ag.phenotypes.residual_feed_intake([8, 9, 10], [1, 1.2, 1.4], [400, 410, 390])
    with pytest.raises(ag.DataError, match=r"group \(2,\). Give one value for each"):
        ag.phenotypes.residual_feed_intake([8, 9, 10], 1, 400, group=["a", "b"])
    with pytest.raises(ag.DataError, match=r"animal \(3,\), day \(2,\)"):
        ag.phenotypes.gain_on_test(["a", "a", "b"], [1, 2], [3, 4])
    with pytest.raises(ag.DataError, match="There are no days between"):
        average_daily_gain(1, 2, 0)
