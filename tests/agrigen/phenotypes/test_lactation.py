"""The test-interval method: the guideline's example, laws, real lactations and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import IntervalRules, persistency, yield_between
from tests.agrigen.phenotypes import herd

CALVED = pd.Timestamp("2000-03-25")
# ICAR Guidelines, Section 2, Procedure 2, Table 1: date, kg of milk, percent of fat.
GUIDELINE = [
    ("04-08", 28.2, 3.65), ("05-06", 24.8, 3.45), ("06-05", 26.6, 3.40), ("07-07", 23.2, 3.55),
    ("08-02", 20.2, 3.85), ("08-30", 17.8, 4.05), ("09-25", 13.2, 4.45), ("10-27", 9.6, 4.65),
    ("11-22", 5.8, 4.95), ("12-20", 4.4, 5.25),
]  # fmt: skip
DRY = (pd.Timestamp("2000-12-31") - CALVED).days


def guideline():
    days = [(pd.Timestamp(f"2000-{day}") - CALVED).days for day, _, _ in GUIDELINE]
    milk, fat = zip(*[(kg, percent) for _, kg, percent in GUIDELINE], strict=True)
    return pd.DataFrame({"lactation": 1, "dim": days, "milk": milk, "fat": fat})


def test_the_guidelines_worked_example():
    result = ag.lactation_yields(guideline(), components=["fat"], end={1: DRY})
    row = result.frame.iloc[0]
    assert row["end_dim"] == 281
    assert row["milk_kg"] == pytest.approx(4960.0, abs=0.05)
    assert row["fat_kg"] == pytest.approx(189.52, abs=0.005)
    assert row["fat_percent"] == pytest.approx(3.82, abs=0.005)
    assert row["milk_305_kg"] == row["milk_kg"], "it ended before day 305 and counts as it is"
    assert row["longest_interval"] == 32
    assert row["flags"] == ""
    assert "ICAR (2020)" in ag.cite(result)


def test_each_interval_of_the_guidelines_table():
    parts = [394.8, 742.0, 771.0, 796.8, 564.2, 532.0, 403.0, 364.8, 200.2, 142.8]
    days = [0, *guideline()["dim"]]
    for first, last, part in zip(days[:-1], days[1:], parts, strict=True):
        assert yield_between(guideline(), first, last)[1] == pytest.approx(part)


def lactations(draw):
    tests = []
    for name in range(draw(st.integers(1, 4))):
        days = sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=12)))
        milk = draw(st.lists(st.floats(0, 60), min_size=len(days), max_size=len(days)))
        tests.append(pd.DataFrame({"lactation": name, "dim": days, "milk": milk}))
    return pd.concat(tests, ignore_index=True)


lactations = st.composite(lactations)()


@given(lactations, st.randoms())
@settings(deadline=None)
def test_the_order_of_rows_does_not_matter(tests, random):
    order = list(range(len(tests)))
    random.shuffle(order)
    one = ag.lactation_yields(tests).frame.set_index("lactation")
    other = ag.lactation_yields(tests.iloc[order]).frame.set_index("lactation")
    pd.testing.assert_frame_equal(one, other.loc[one.index])


@given(lactations, st.integers(1, 399))
@settings(deadline=None)
def test_spans_sum_to_the_whole(tests, middle):
    whole = yield_between(tests, 0, 400)
    split = yield_between(tests, 0, middle) + yield_between(tests, middle, 400)
    assert split.to_numpy() == pytest.approx(whole.to_numpy(), nan_ok=True)


@given(lactations)
@settings(deadline=None)
def test_a_test_on_the_line_between_two_changes_nothing(tests):
    before = ag.lactation_yields(tests).frame["milk_kg"]
    extra = []
    for name, rows in tests.groupby("lactation"):
        if len(rows) > 1 and rows["dim"].iloc[1] - rows["dim"].iloc[0] > 1:
            day = rows["dim"].iloc[0] + 1
            extra.append((name, day, np.interp(day, rows["dim"], rows["milk"])))
    more = pd.concat([tests, pd.DataFrame(extra, columns=tests.columns)])
    assert ag.lactation_yields(more).frame["milk_kg"].to_numpy() == pytest.approx(before.to_numpy())


@given(lactations, st.floats(0.1, 10))
@settings(deadline=None)
def test_yields_scale_with_the_unit(tests, scale):
    one = ag.lactation_yields(tests).frame["milk_kg"]
    other = ag.lactation_yields(tests.assign(milk=scale * tests["milk"])).frame["milk_kg"]
    assert other.to_numpy() == pytest.approx(scale * one.to_numpy())


def test_it_is_the_sum_of_the_days_of_a_lactation_milked_daily(reference):
    days = herd.daily(reference)
    every = ag.lactation_yields(days, end={"cow": 430}).frame.iloc[0]
    # Half a day of the first and the last test is all that differs.
    assert every["milk_kg"] == pytest.approx(days["milk"].sum(), abs=30)
    monthly = days[days["dim"] % 30 == 15]
    found = ag.lactation_yields(monthly, end={"cow": 430}).frame.iloc[0]["milk_305_kg"]
    assert found == pytest.approx(days["milk"][:305].sum(), rel=0.05)


def test_a_lactation_in_progress_is_summed_to_its_last_test_and_never_projected():
    row = ag.lactation_yields(guideline()[:3]).frame.iloc[0]
    assert not row["finished"]
    assert row["end_dim"] == 72
    assert row["milk_kg"] == pytest.approx(394.8 + 742.0 + 771.0)
    assert np.isnan(row["milk_305_kg"])


def test_a_lactation_beyond_305_days_is_cut_there():
    tests = pd.DataFrame({"lactation": 1, "dim": [5, 295, 315], "milk": [30, 20, 10]})
    row = ag.lactation_yields(tests).frame.iloc[0]
    # 5 days at 30, then 290 at the mean of 30 and 20, then 10 days from 20 down to 15.
    assert row["milk_305_kg"] == pytest.approx(150 + 7250 + 175)
    assert row["milk_kg"] == pytest.approx(150 + 7250 + 300)


def test_missing_contents_are_interpolated_and_said():
    tests = guideline()
    tests.loc[4, "fat"] = np.nan
    row = ag.lactation_yields(tests, components=["fat"], end={1: DRY}).frame.iloc[0]
    kilograms = tests["milk"] * tests["fat"] / 100
    known = kilograms.drop(4)
    days = tests["dim"].drop(4)
    expected = np.trapezoid(known, days) + 14 * known.iloc[0] + 11 * known.iloc[-1]
    assert row["fat_kg"] == pytest.approx(expected)
    assert row["milk_kg"] == pytest.approx(4960.0)
    assert row["flags"] == "content interpolated"


def test_excluded_tests_are_left_out():
    tests = guideline().assign(ill=[False] * 9 + [True])
    row = ag.lactation_yields(tests, excluded="ill").frame.iloc[0]
    assert row["tests"] == 9


def test_flags_name_what_is_doubtful():
    tests = pd.DataFrame({"lactation": list("aabbc"), "dim": [80, 100, 10, 90, 20], "milk": 20})
    flags = ag.lactation_yields(tests).frame.set_index("lactation")["flags"]
    assert flags.to_dict() == {"a": "late first test", "b": "long interval", "c": "few tests"}
    late = ag.lactation_yields(tests, end={"c": 120}).frame.set_index("lactation")["flags"]
    assert late["c"] == "long interval; few tests"
    quiet = IntervalRules(None, None, None)
    assert set(ag.lactation_yields(tests, rules=quiet).frame["flags"]) == {""}


def test_persistency_is_the_second_hundred_days_over_the_first():
    flat = pd.DataFrame({"lactation": ["a", "a", "b"], "dim": [10, 210, 10], "milk": [30, 30, 20]})
    assert persistency(flat).tolist() == pytest.approx([100, np.nan], nan_ok=True)


def test_a_lactation_without_milk_has_no_yield():
    tests = pd.DataFrame({"lactation": ["a", "b"], "dim": [10, 10], "milk": [None, 20]})
    frame = ag.lactation_yields(tests).frame
    assert frame["tests"].tolist() == [0, 1]
    assert np.isnan(frame["milk_kg"][0])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"milk": -1}, {}, "milk is below 0"),
        ({"dim": -1}, {}, "dim is no day since calving"),
        ({"dim": 14}, {}, "A test day comes twice: 1 day 14"),
        ({"lactation": None}, {}, "A row has no name"),
        ({}, {"milk": "kg"}, "There is no column 'kg'. The columns are lactation, dim, milk, fat"),
        ({}, {"end": {1: 200}}, r"after the end of its lactation: 1 \(end 200\)"),
        ({}, {"end": {7: 300}}, "end names lactations without tests: 7"),
        ({}, {"end": 300}, "end is no mapping"),
        ({"fat": 120}, {"components": ["fat"]}, "A content is no percentage"),
    ],
)
def test_what_cannot_be_is_refused_in_words(change, options, message):
    with pytest.raises(ag.DataError, match=message):
        ag.lactation_yields(guideline().assign(**change), **options)


def test_a_million_test_days_take_seconds():
    size = 100_000
    dim = np.tile(np.arange(15, 305, 29), size)
    tests = pd.DataFrame({"lactation": np.repeat(np.arange(size), 10), "dim": dim})
    tests["milk"] = 30 - 0.05 * dim
    frame = ag.lactation_yields(tests, end=pd.Series(305.0, np.arange(size))).frame
    expected = 15 * tests["milk"][0] + np.trapezoid(tests["milk"][:10], dim[:10])
    expected += (305 - dim[9]) * tests["milk"][9]
    assert frame["milk_305_kg"].to_numpy() == pytest.approx(np.full(size, expected))
