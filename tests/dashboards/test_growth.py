"""Weights, lactations and condition, and how they are drawn."""

import pandas as pd
import pytest

from agrigen.client import Item
from dashboards.components.units import in_unit, known_unit, weight, weight_with_unit
from dashboards.growth import data, pictures, views
from dashboards.growth.data import Growth, Health, Milk
from dashboards.growth.state import GrowthState


def young(tag: str, kg: float | None, *, unused: tuple[str, ...] = ()) -> Item:
    skipped = [{"weighed_on": "2026-06-01", "reason": one, "record_id": "x"} for one in unused]
    adjusted = {
        "target_days": 50, "weight_kg": kg, "ratio": 101.0, "reason": "straight line from birth",
        "record_id": "r", "not_used": skipped,
    }  # fmt: skip
    weighing = {"weighed_on": "2026-05-01", "weight_kg": 20.0, "age_days": 48, "daily_gain_kg": 0.3}
    return Item(
        animal_id=tag, tag=tag, sex="F", birth_date="2026-03-14", birth_weight_kg=4.5,
        birth_weight_assumed=False, daily_gain_kg=0.3, weighings=[weighing], adjusted=[adjusted],
    )  # fmt: skip


@pytest.fixture
def growth() -> Growth:
    flock = [young(f"L{place}", 18.0 + place) for place in range(9)]
    flock.append(young("<i>", None, unused=("At 95 days of age: outside 30 to 70 days.",)))
    sires = pd.DataFrame({
        "measure": ["50-day weight, kg"] * 3, "sire": ["S1", "S2", "*"], "animals": [9, 4, 1],
        "mean": [20.0, 21.0, 19.0], "adjusted_mean": [20.5, None, 19.0],
        "standard_error": [0.4, None, 1.0],
    })  # fmt: skip
    return Growth(2026, flock, sires)


def test_a_weight_is_told_in_the_unit_of_the_viewer():
    assert weight_with_unit(45.359237, "lb") == "100.0 lb"
    assert weight(31.54, "kg") == "31.5"
    assert weight(None, "lb") == "–"
    assert in_unit(1.0, "kg") == 1.0
    assert known_unit("stone") == "kg"


def test_the_heaviest_stand_first_and_those_without_a_weight_last(growth):
    order = [one["tag"] for one in data.heaviest_first(growth.young, growth.usual)]
    assert order[0] == "L8"
    assert order[-1] == "<i>"


def test_a_weighing_that_was_not_used_says_why(growth):
    html = views.weight_list(growth.young, growth, "kg", lambda id: id)
    assert "1 not used" in html
    assert "outside 30 to 70 days" in html
    assert "22.0 (101)" in html
    assert "<i>" not in html.replace("<i ", "")


def test_sires_are_compared_as_if_in_one_class_without_the_rest(growth):
    assert data.sires_of(growth.sires, 50)["shown"].tolist() == [21.0, 20.5]
    assert data.sires_of(pd.DataFrame(), 50).empty


def test_growth_is_drawn_with_one_animal_marked(growth):
    made = views.growth_pictures(growth, "L3", "lb")
    assert len(made) == 3
    points = data.gains(growth.young)
    assert points["age"].tolist()[:2] == [0, 48]
    plot = pictures.weights_by_age(points, "L3", "kg")
    assert "L3" in [item.label["value"] for item in plot.legend[0].items]


def test_a_tag_is_found_by_its_end_unless_several_have_it():
    assert data.find_tag(["UK 00012", "UK 00112"], "0012") == "UK 00012"
    assert data.find_tag(["UK 00012", "UK 00112"], "12") is None
    assert data.find_tag(["A1", "a12", "A1"], "a1") == "A1"
    assert data.find_tag(["A1"], " ") is None


def test_digits_in_the_address_stay_a_text():
    state = GrowthState(year=2025, animal="00704")
    assert (state.year, state.animal) == ("2025", "00704")
    state.param.update(animal=704)
    assert state.animal == "704"


def test_a_fall_of_a_fifth_between_tests_is_marked():
    tests = [{"dim": dim, "milk_kg": milk} for dim, milk in ((70, 20.0), (40, 30.0), (100, None),
                                                             (130, 19.0))]  # fmt: skip
    told = data.tests_with_drops(tests)
    assert [one["dim"] for one in told] == [40, 70, 100, 130]
    assert [one["drop"] for one in told] == [False, True, False, False]


@pytest.fixture
def lactations() -> pd.DataFrame:
    row = {
        "animal_id": "c", "tag": "C<1>", "parity": 2, "calved_on": pd.Timestamp("2026-03-01"),
        "finished": False, "days_in_milk": 120, "standard_days": 305, "milk_kg": 3600.0,
        "milk_standard_kg": None,
        "projected_kg": 8000.0, "projected_error_kg": 500.0, "reliability": 0.8,
        "last_milk_kg": 28.0, "mean_scs": 2.4, "remarks": ["One test only."],
    }  # fmt: skip
    over = {"finished": True, "animal_id": "d", "milk_standard_kg": 7000.0, "projected_kg": None}
    return pd.DataFrame([row, {**row, **over}])


def test_running_lactations_say_what_is_to_expect(lactations):
    drops = pd.DataFrame([{"animal_id": "c", "text": "Milk fell by 25 %."}])
    milk = Milk(lactations, pd.DataFrame(), drops)
    assert len(milk.running) == 1
    html = views.lactations(milk.running, drops, "kg", lambda id: id)
    for text in ("8,000 ± 500", "80 %", "Milk fell by 25 %.", "One test only.", "C&lt;1&gt;"):
        assert text in html
    assert "with falling milk" in views.milk_tiles(milk, "kg")
    assert "7,000 kg" in views.milk_tiles(milk, "kg")


def test_a_herd_without_running_lactations_shows_those_that_are_over(lactations):
    milk = Milk(lactations[lactations["finished"]], pd.DataFrame(), pd.DataFrame())
    assert "No lactation is running" in views.lactations_title(milk)
    assert "7,000" in views.lactations(milk.listed, milk.drops, "kg", lambda id: id)


def test_only_falling_milk_is_taken_from_the_alerts():
    alerts = pd.DataFrame({"kind": ["milk_drop", "overdue"], "text": ["a", "b"]})
    assert data.milk_drops(alerts)["text"].tolist() == ["a"]
    assert data.milk_drops(pd.DataFrame()).empty


def test_the_last_score_of_an_animal_counts():
    scores = pd.DataFrame({
        "animal_id": ["a", "a", "b"], "tag": ["A", "A", "B"], "value": [1.5, 3.0, 2.0],
        "recorded_on": pd.to_datetime(["2026-01-01", "2026-06-01", "2026-06-01"]),
    })  # fmt: skip
    html = views.condition(Health(pd.DataFrame(), scores), lambda id: id)
    assert "mean of 2 animals" in html
    assert ">B<" in html
    assert ">A<" not in html
    assert "Nothing is withheld today" in views.withdrawals(Health(pd.DataFrame(), scores), str)
