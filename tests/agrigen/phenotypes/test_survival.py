"""Kaplan-Meier: the classical example, another program, laws and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag

# Freireich and others 1963, Blood 21:699: weeks in remission under 6-mercaptopurine.
WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12


def test_the_remission_times_of_every_textbook():
    frame = ag.survival_curve(WEEKS, RELAPSED).frame.query("events > 0")
    # Kaplan-Meier table of the 6-MP group with Greenwood's errors, as textbooks print it.
    assert frame["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert frame["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    share = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    error = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert frame["survival"].tolist() == pytest.approx(share, abs=5e-4)
    assert frame["standard_error"].tolist() == pytest.approx(error, abs=5e-5)
    assert frame["lower"].tolist()[:2] == pytest.approx([0.720, 0.653], abs=5e-4)
    assert frame["upper"].tolist()[:2] == pytest.approx([1.000, 0.996], abs=5e-4)


def test_the_median_is_the_first_time_at_or_below_half():
    curve = ag.survival_curve(WEEKS, RELAPSED)
    assert curve.quantile() == 23
    assert repr(curve) == "Survival of 21 animals, 9 events; median 23"
    assert np.isnan(curve.quantile(0.9))
    assert curve.at([0, 6, 8, 40]) == pytest.approx([1, 0.857143, 0.806723, np.nan], nan_ok=True)
    assert "Kaplan" in ag.cite(curve)


def test_animals_that_came_late_are_at_risk_only_then():
    # lifelines 0.30.3: KaplanMeierFitter().fit(time, event, entry=entry).survival_function_
    time = [28, 19, 20, 27, 17, 23, 25, 7, 2, 9, 9, 26]
    event = [1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1]
    entry = [8, 6, 6, 2, 3, 2, 5, 0, 0, 0, 3, 3]
    curve = ag.survival_curve(time, event, entry=entry)
    share = curve.at([2, 7, 9, 17, 19, 20, 23, 25, 26, 27, 28])
    assert share == pytest.approx([1, 1, 0.8, 0.7, 0.6, 0.6, 0.48, 0.36, 0.24, 0.12, 0])


times = st.lists(st.integers(1, 50), min_size=1, max_size=30)


@given(times)
def test_without_censoring_it_is_the_share_that_is_left(when):
    frame = ag.survival_curve(when, True).frame
    left = [np.mean(np.array(when) > time) for time in frame["time"]]
    assert frame["survival"].to_numpy() == pytest.approx(left, abs=1e-12)


@given(times, st.integers(2, 5))
def test_every_animal_twice_changes_no_share(when, copies):
    event = [index % 3 > 0 for index in range(len(when))]
    one = ag.survival_curve(when, event).frame
    many = ag.survival_curve(when * copies, event * copies).frame
    assert many["survival"].to_numpy() == pytest.approx(one["survival"].to_numpy())


def test_open_cows_count_for_as_long_as_they_were_seen():
    days = ag.phenotypes.days_open(
        ["2026-01-01"] * 3, ["2026-03-02", None, None],
        last_seen=[None, "2026-02-10", "2026-07-01"],
    )  # fmt: skip
    assert days["days"].tolist() == [60, 40, 181]
    curve = ag.survival_curve(days["days"], days["conceived"])
    assert curve.at(60) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("time", "event", "options", "message"),
    [
        ([], [], {}, "There are no animals"),
        ([5, None], [True, True], {}, "A time, event or entry is missing"),
        ([5], [2], {}, "An event is neither true nor false: 2"),
        ([5], [True], {"entry": 5}, "left when it came or before"),
        ([5], [True], {"confidence": 95}, "The confidence is 95"),
    ],
)
def test_what_cannot_be_is_refused_in_words(time, event, options, message):
    with pytest.raises(ag.DataError, match=message):
        ag.survival_curve(time, event, **options)


def test_a_frame_column_of_flags_is_taken():
    frame = pd.DataFrame({"days": [3, 4], "gone": pd.array([True, False], dtype="boolean")})
    assert ag.survival_curve(frame["days"], frame["gone"]).frame["events"].tolist() == [1, 0]
