"""Best prediction: a dense selection index, USDA's program, real lactations with tests hidden."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import daily_prediction
from tests.agrigen.phenotypes import herd

DAYS = np.arange(1, 366.0)


def wood(a, b, c):
    return a * DAYS**b * np.exp(-c * DAYS)


# Holstein milk in kg of BESTPRED 2.0rc7, first and later lactations: Wood's curves of means and
# standard deviations, and the correlation function (USDA, public domain).
FIRST = ag.LactationStandard(
    wood(13.0097, 0.2673, 0.00262), wood(5.3807, 0.054, -0.0003), 0.214, 0.998
)
LATER = ag.LactationStandard(
    wood(22.0087, 0.2155, 0.00357), wood(8.7545, 0.0282, 0.000439), 0.132, 0.997
)
TESTS = pd.DataFrame(
    {"lactation": "a", "dim": [12, 45, 77, 110], "milk": [30.1, 36.5, 35.2, 31.9], "parity": 1}
)


def dense(standard, dim, milk, days=305, expected=None, error=0.0):
    """The selection index by its definition, with every covariance formed one by one."""

    def covariance(i, j):
        share = 1.0 if i == j else (1 - standard.own) * standard.correlation ** abs(i - j)
        return share * standard.deviation[i - 1] * standard.deviation[j - 1]

    whole = range(1, days + 1)
    P = np.array([[covariance(i, j) for j in dim] for i in dim])
    P += np.diag([error * covariance(i, i) for i in dim])
    G = np.array([[covariance(i, j) for j in whole] for i in dim])
    mean = standard.mean[:days] * (1 if expected is None else expected / standard.mean[:days].sum())
    at = standard.mean[np.array(dim) - 1] * mean[0] / standard.mean[0]
    index = np.linalg.inv(P) @ G.sum(axis=1)
    total = np.array([[covariance(i, j) for j in whole] for i in whole])
    reliability = index @ P @ index / total.sum()
    return mean.sum() + index @ (np.array(milk) - at), reliability, total


@given(
    st.sets(st.integers(1, 365), min_size=1, max_size=6),
    st.integers(0, 2**31),
    st.sampled_from([100, 305]),
)
@settings(max_examples=10, deadline=None)
def test_it_is_the_dense_selection_index(days, seed, length):
    dim = sorted(days)
    milk = np.random.default_rng(seed).uniform(5, 60, len(dim))
    tests = pd.DataFrame({"lactation": 7, "dim": dim, "milk": milk, "e": 0.3})
    row = ag.best_prediction(tests, FIRST, expected={7: 9000}, error="e", days=length).frame.iloc[0]
    kilograms, reliability, total = dense(FIRST, dim, milk, length, 9000, 0.3)
    assert row["yield_kg"] == pytest.approx(kilograms)
    assert row["reliability"] == pytest.approx(reliability)
    assert row["standard_error"] == pytest.approx(np.sqrt(total.sum() * (1 - reliability)))


@pytest.mark.parametrize(
    ("standard", "expected", "tests", "kilograms", "reliability"),
    [  # bestpred 0.2.1 (the port of USDA's BESTPRED), Settings(mtrait=1, use3X=0, units K),
        # herdavg=(expected, 0, 0, 0), agefac=(1, 1, 1, 1), cowid="H", parity 1 and 3.
        (FIRST, 9000, 1, 10465.33709523877, 0.5438516415711208),
        (FIRST, 9000, 2, 10557.195629809165, 0.6645124696747501),
        (FIRST, 9000, 4, 9757.18806392638, 0.8104503952003171),
        (LATER, 10500, 1, 9683.386017528435, 0.5308214803244679),
        (LATER, 10500, 2, 9578.132222104396, 0.6489078193459026),
        (LATER, 10500, 4, 9011.191812729056, 0.8137930565632993),
    ],
)
def test_it_is_what_the_usdas_program_gives(standard, expected, tests, kilograms, reliability):
    row = ag.best_prediction(TESTS[:tests], standard, expected={"a": expected}).frame.iloc[0]
    # The program keeps its curves and correlations in single precision.
    assert row["yield_kg"] == pytest.approx(kilograms, rel=2e-6)
    assert row["reliability"] == pytest.approx(reliability, rel=1e-5)


def test_an_average_cow_is_predicted_average():
    dim = np.array([10, 100, 200])
    tests = pd.DataFrame({"lactation": 1, "dim": dim, "milk": FIRST.mean[dim - 1]})
    row = ag.best_prediction(tests, FIRST).frame.iloc[0]
    assert row["yield_kg"] == pytest.approx(FIRST.mean[:305].sum())
    assert row["persistency"] == pytest.approx(0, abs=1e-9)


def test_every_day_tested_leaves_nothing_to_predict():
    milk = 20 + 5 * np.cos(DAYS[:305])
    tests = pd.DataFrame({"lactation": 1, "dim": DAYS[:305].astype(int), "milk": milk})
    row = ag.best_prediction(tests, FIRST).frame.iloc[0]
    assert row["yield_kg"] == pytest.approx(milk.sum())
    assert row["reliability"] == pytest.approx(1)
    assert row["standard_error"] == pytest.approx(0, abs=1e-2)


@given(st.lists(st.integers(1, 305), min_size=2, max_size=8, unique=True))
@settings(deadline=None)
def test_more_tests_are_never_less_reliable(days):
    tests = pd.DataFrame({"lactation": 1, "dim": days, "milk": 25.0})
    few = ag.best_prediction(tests[:-1], FIRST).frame.iloc[0]
    all_of_them = ag.best_prediction(tests, FIRST).frame.iloc[0]
    assert 0 < few["reliability"] <= all_of_them["reliability"] + 1e-12 <= 1 + 1e-9
    assert few["persistency_reliability"] <= all_of_them["persistency_reliability"] + 1e-12


def test_predicted_days_sum_to_the_predicted_yield():
    days = daily_prediction(TESTS["dim"], TESTS["milk"], FIRST, expected=9000)
    row = ag.best_prediction(TESTS, FIRST, expected={"a": 9000}).frame.iloc[0]
    assert days["predicted"].sum() == pytest.approx(row["yield_kg"])
    assert days["expected"].sum() == pytest.approx(9000)
    at = days.set_index("day").loc[TESTS["dim"]]
    assert at["predicted"].to_numpy() == pytest.approx(TESTS["milk"].to_numpy())
    assert at["standard_error"].to_numpy() == pytest.approx(0, abs=1e-6)


def test_persistency_is_independent_of_yield():
    rng = np.random.default_rng(3)
    days = np.arange(1, 306)
    root = np.linalg.cholesky(FIRST.covariance(days, days))
    milk = FIRST.mean[:305] + (root @ rng.standard_normal((305, 400))).T
    use = np.arange(5, 305, 10)
    tests = pd.DataFrame(
        {"lactation": np.repeat(np.arange(400), use.size), "dim": np.tile(days[use], 400),
         "milk": milk[:, use].ravel()}
    )  # fmt: skip
    frame = ag.best_prediction(tests, FIRST).frame
    assert np.corrcoef(frame["yield_kg"], frame["persistency"])[0, 1] == pytest.approx(0, abs=0.15)
    error = frame["yield_kg"] - milk.sum(axis=1)
    assert error.std() == pytest.approx(frame["standard_error"].iloc[0], rel=0.15)
    assert np.corrcoef(frame["yield_kg"], milk.sum(axis=1))[0, 1] ** 2 == pytest.approx(
        frame["reliability"].iloc[0], abs=0.02
    )
    found = ag.LactationStandard.from_tests(tests)
    assert found.own == pytest.approx(FIRST.own, abs=0.05)
    assert found.correlation == pytest.approx(FIRST.correlation, abs=0.001)
    assert found.deviation == pytest.approx(FIRST.deviation[:305], rel=0.15)


def test_standards_by_parity_are_those_of_the_parities():
    both = pd.concat([TESTS, TESTS.assign(lactation="b", parity=4)])
    frame = ag.best_prediction(both, {1: FIRST, 2: LATER}, parity="parity").frame
    alone = [ag.best_prediction(TESTS, one).frame["yield_kg"][0] for one in (FIRST, LATER)]
    assert frame["yield_kg"].tolist() == pytest.approx(alone)


def test_lactations_without_tests_get_the_mean_and_no_reliability():
    tests = pd.DataFrame({"lactation": ["a"], "dim": [400], "milk": [20]})
    row = ag.best_prediction(tests, FIRST).frame.iloc[0]
    assert row["tests"] == 0
    assert row["reliability"] == 0
    assert row["yield_kg"] == pytest.approx(FIRST.mean[:305].sum())


@pytest.fixture(scope="module")
def hidden(reference):
    """Half of the lactations make the standards; of the others later tests are hidden."""
    tests = herd.monthly(reference)
    teach, test = tests[tests["lactation"] % 2 == 0], tests[tests["lactation"] % 2 == 1]
    groups = {1: teach["parity"] == 1, 2: teach["parity"] == 2, 3: teach["parity"] >= 3}
    standards = {one: ag.LactationStandard.from_tests(teach[use]) for one, use in groups.items()}
    whole = herd.nearly_whole(test)
    ends = pd.Series(305.0, whole["lactation"].unique())
    known = ag.lactation_yields(whole, end=ends).frame.set_index("lactation")["milk_305_kg"]
    return standards, whole, known


def test_real_correlations_are_near_the_published_ones(hidden):
    standards, _, _ = hidden
    assert standards[1].own == pytest.approx(0.214, abs=0.1)
    for one in standards.values():
        assert one.correlation == pytest.approx(0.997, abs=0.002)


@pytest.mark.parametrize(("tests", "error", "flat"), [(3, 0.062, 0.17), (5, 0.037, 0.075)])
def test_yields_in_progress_are_predicted_with_a_third_of_the_error(hidden, tests, error, flat):
    standards, whole, known = hidden
    part = whole[whole.groupby("lactation").cumcount() < tests]
    found = ag.best_prediction(part, standards, parity="parity").frame.set_index("lactation")
    miss = found["yield_kg"] - known
    assert miss.abs().mean() / known.mean() < error
    assert abs(miss.mean()) / known.mean() < 0.02
    assert (miss / found["standard_error"]).std() < 1.1
    ends = pd.Series(305.0, known.index)
    simple = ag.lactation_yields(part, end=ends).frame.set_index("lactation")["milk_305_kg"]
    assert (simple - known).abs().mean() / known.mean() > flat


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"standard": {1: FIRST}}, "Name the column of parities"),
        ({"standard": {2: FIRST}, "parity": "parity"}, "A parity has no standard: 1.0"),
        ({"days": 400}, "The standard has 365 days"),
        ({"expected": {"a": 0}}, "An expected yield is not above 0"),
        ({"expected": {"z": 9000}}, "expected names lactations without tests: z"),
    ],
)
def test_what_cannot_be_is_refused_in_words(options, message):
    with pytest.raises(ag.DataError, match=message):
        ag.best_prediction(TESTS, **({"standard": FIRST} | options))


def test_half_days_are_refused():
    with pytest.raises(ag.DataError, match=r"dim is no whole day: 12\.5 in row 0"):
        ag.best_prediction(TESTS.assign(dim=TESTS["dim"] + 0.5), FIRST)


def test_a_standard_that_cannot_be_is_refused():
    with pytest.raises(ag.DataError, match=r"own is 1\.5"):
        ag.LactationStandard([1, 2], [1, 1], 1.5, 0.9)
    with pytest.raises(ag.DataError, match="The deviation of a day is not above 0"):
        ag.LactationStandard([1, 2], [1, 0], 0.1, 0.9)
    with pytest.raises(ag.DataError, match="4 tests to day 305 do not make a standard"):
        ag.LactationStandard.from_tests(TESTS)
    with pytest.raises(ag.DataError, match="A day is outside the standard"):
        daily_prediction([400], [20], FIRST)
    with pytest.raises(ag.DataError, match="A day comes twice"):
        daily_prediction([40, 40], [20, 21], FIRST)


def test_missing_tests_and_a_single_day_are_taken_as_they_are():
    one = daily_prediction([10, 40], [30, None], FIRST)
    assert one["predicted"].to_numpy() == pytest.approx(
        daily_prediction(10, 30, FIRST)["predicted"].to_numpy()
    )
    row = ag.best_prediction(TESTS, FIRST, days=1).frame.iloc[0]
    assert row["persistency"] == 0
