"""Intervals, rates and litters: worked examples, laws and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import (
    Rate,
    age_at_first_birth,
    birth_intervals,
    conception_rate,
    days_open,
    litter_summary,
    non_return_rate,
    pregnancy_rate,
)

BIRTHS = pd.DataFrame(
    {"animal": list("babaa"),
     "date": ["2024-03-01", "2024-01-10", "2025-03-11", "2025-01-20", "2026-02-04"]}
)  # fmt: skip


def test_intervals_are_of_one_animal_in_order():
    found = birth_intervals(BIRTHS, least_days=300)
    assert found["animal"].tolist() == list("bbaaa")
    assert found["parity"].tolist() == [1, 2, 1, 2, 3]
    assert found["interval_days"].dropna().tolist() == [375, 376, 380]


def test_twins_of_one_day_are_one_birth():
    found = birth_intervals(pd.concat([BIRTHS, BIRTHS[:1]]))
    assert len(found) == 5


def test_births_too_close_are_refused():
    with pytest.raises(ag.DataError, match=r"Births are too close: b 375 .*below 376 days"):
        birth_intervals(BIRTHS, least_days=376)
    with pytest.raises(ag.DataError, match=r"date is no date: 1\.3\.2024.*Write dates as"):
        birth_intervals(BIRTHS.assign(date="1.3.2024"))


def test_age_at_first_birth_in_months_and_days():
    assert age_at_first_birth("2024-01-01", "2026-01-01", unit="days") == pytest.approx(731)
    assert age_at_first_birth("2024-01-01", "2026-01-01") == pytest.approx(24.016, abs=1e-3)
    with pytest.raises(ag.DataError, match="not after the mother's own"):
        age_at_first_birth("2026-01-01", "2024-01-01")


def test_the_pregnancy_rate_of_the_california_example():
    # Cow A conceives on day 120: 70 days, her fourth cycle. Cow B is open on day 90: 2 cycles.
    assert pregnancy_rate(120, True, waiting_days=50).share == 0.25
    assert pregnancy_rate(90, False, waiting_days=50) == Rate(0, 2)
    herd = pregnancy_rate([120, 90], [True, False], waiting_days=50)
    assert herd == Rate(1, 6)


@given(st.integers(0, 300), st.booleans())
def test_no_female_has_more_pregnancies_than_cycles(days, conceived):
    rate = pregnancy_rate(days, conceived, waiting_days=50)
    assert rate.events <= rate.eligible


SERVICES = pd.DataFrame(
    {"animal": ["returns", "returns", "holds", "late", "sold", "recent", "again"],
     "date": ["2026-01-01", "2026-01-22", "2026-01-01", "2026-01-01", "2026-01-01", "2026-04-20",
              "2026-01-01"]}
)  # fmt: skip


def test_non_return_leaves_out_whom_nobody_can_know():
    exits = pd.Series({"sold": "2026-02-01"})
    late = pd.DataFrame({"animal": ["late", "again"], "date": ["2026-04-01", "2026-01-02"]})
    services = pd.concat([SERVICES, late])
    rate = non_return_rate(services, until="2026-05-01", exits=exits, same_heat_days=2)
    # holds, late (after the window) and again (the same heat) of four; sold and recent are out.
    assert rate == Rate(3, 4, 2)
    strict = non_return_rate(services, until="2026-05-01", exits=exits)
    assert strict == Rate(2, 4, 2)
    wider = non_return_rate(services, until="2026-05-01", exits=exits, window_days=90)
    assert wider.events == 1


def test_conception_counts_known_outcomes():
    rate = conception_rate([True, False, None, True])
    assert rate == Rate(2, 3, 1)
    assert repr(rate) == "2 of 3 (66.7 %, 20.8 to 93.9), 1 left out"
    assert np.isnan(Rate(0, 0).share)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share(counts):
    events, eligible = counts
    low, high = Rate(events, eligible).interval()
    assert 0 <= low <= events / eligible + 1e-12
    assert events / eligible - 1e-12 <= high <= 1


def test_litters_of_a_flock():
    ewes = pd.DataFrame({"born": [2, 1, 0, 3], "alive": [2, 1, 0, 2], "weaned": [2, 0, 0, 2]})
    row = litter_summary(ewes).iloc[0]
    assert row["fertility"] == 0.75
    assert row["litter_size"] == 2
    assert row["stillborn"] == pytest.approx(1 / 6)
    assert row["survival"] == 0.8
    product = row["fertility"] * row["litter_size"] * (1 - row["stillborn"]) * row["survival"]
    assert row["weaned_per_exposed"] == pytest.approx(product) == pytest.approx(1)
    assert len(litter_summary(ewes.assign(year=[1, 1, 2, 2]), group="year")) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: non_return_rate(SERVICES, until="2026-02-01"), "after the last day of recording"),
        (lambda: age_at_first_birth(45000, 45800), "birth is a number and no date"),
        (lambda: age_at_first_birth(["2025-01-01"] * 2, ["2026-01-01"] * 3), "Lengths differ"),
        (lambda: days_open(["2025-01-01"] * 2, [None] * 3, last_seen="2026-01-01"),
         "Lengths differ"),
        (lambda: non_return_rate(SERVICES, until=None), "until is no date"),
        (lambda: non_return_rate(SERVICES, until="2027-01-01",
                                 exits=pd.Series(["2026-12-01"] * 2, ["a", "a"])),
         "exits has an animal twice"),
        (lambda: conception_rate([3]), "An outcome is neither yes nor no"),
        (lambda: pregnancy_rate(5, True, waiting_days=0, cycle_days=0), "A cycle has 0 days"),
        (lambda: days_open("2026-01-01", None, last_seen=None), "neither conceived nor was last"),
        (lambda: days_open("2026-01-01", "2025-01-01", last_seen=None), "before she calved"),
        (lambda: age_at_first_birth("2026-01-01", "2026-01-01", unit="y"), "Give months or days"),
        (lambda: litter_summary(pd.DataFrame({"born": [1], "alive": [2], "weaned": [0]})),
         "More were born alive than born"),
        (lambda: litter_summary(pd.DataFrame({"born": [1], "alive": [1]})), "no column 'weaned'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(call, message):
    with pytest.raises(ag.DataError, match=message):
        call()
