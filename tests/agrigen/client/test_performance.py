"""A cow's year and a lamb's growth through the API and the client, as a notebook would."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from agrigen import client
from agrigen.client import Hub, Item, Missing
from tests.hub.performance.test_lactations import CALVED, DRIED, TESTS
from tests.hubs import LiveApi

BORN = date(2024, 3, 1)


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


def farm_of(steward: Hub, species: str) -> Item:
    code = f"P{uuid4().hex[:8]}"
    return steward.farms.create(code=code, name=f"Farm {code}", species=species)


@pytest.fixture(scope="module")
def cow(steward: Hub) -> Item:
    """The example of ICAR's Procedure 2."""
    farm = farm_of(steward, "cattle")
    animal = steward.animals.create(
        farm_id=farm.id, tag="COW", sex="F", birth_date=date(2021, 1, 1)
    )
    steward.events.record(animal.id, "parturition", CALVED, offspring=[{"sex": "F"}])
    steward.events.record(animal.id, "dry_off", DRIED)
    for on, milk, fat in TESTS:
        for trait, value in (("milk_yield", milk), ("fat_percent", fat)):
            steward.records.add(animal.id, trait=trait, value=value, recorded_on=on)
    return animal


def test_the_example_of_icar_comes_out(steward: Hub, cow: Item) -> None:
    [row] = steward.performance.lactations(cow.farm_id).to_dict("records")
    assert (row["milk_kg"], row["fat_kg"]) == (4960.0, 189.52)
    assert (row["tag"], row["days_in_milk"], row["calved_on"].date()) == ("COW", 281, CALVED)
    assert steward.performance.test_days(cow)["milk_kg"].tolist() == [milk for _, milk, _ in TESTS]


def test_a_correction_and_a_removal_change_the_yield(steward: Hub, cow: Item) -> None:
    found = steward.records.of_farm(cow.farm_id, "milk_yield", from_=date(2023, 12, 1))
    [record] = found.to_dict("records")
    assert (record["tag"], record["value"]) == ("COW", 4.4)
    steward.records.correct(record["id"], value=44.0, reason="the decimal point")
    [higher] = steward.performance.lactations_of(cow)
    assert higher.milk_kg == pytest.approx(4960 + 39.6 * (28 / 2 + 11))
    steward.records.remove(record["id"], reason="another cow's")
    [without] = steward.performance.lactations_of(cow)
    assert (without.tests, len(without.test_days)) == (9, 10)
    with pytest.raises(Missing):
        steward.records.get(record["id"])
    steward.records.add(cow.id, trait="milk_yield", value=4.4, recorded_on=TESTS[-1][0])


def test_a_lamb_s_card_and_the_list_of_its_farm(steward: Hub, live_api: LiveApi) -> None:
    farm = farm_of(steward, "sheep")
    lamb = steward.animals.create(farm_id=farm.id, tag="L1", sex="M", birth_date=BORN)
    for trait, value, age in (
        ("birth_weight", 4, 0),
        ("weight", 16, 40),
        ("muscle_depth", 24, 95),
        ("body_condition", 3.5, 95),
        ("weight", 40, 150),
        ("carcass_weight", 20, 152),
        ("carcass_conformation", 11, 152),
    ):
        on = BORN + timedelta(days=age)
        steward.records.add(lamb.id, trait=trait, value=value, recorded_on=on)
    [row] = steward.performance.weights(farm, born_from=BORN).to_dict("records")
    assert (row["tag"], row["weight_50"], row["weighings"]) == ("L1", 19, 2)
    card = steward.performance.of_animal(lamb)
    assert card.dressing_percent == 50
    kinds = {one["kind"]: one for one in card.sessions}
    assert kinds["carcass"]["grades"] == {"carcass_conformation": "U"}
    assert kinds["ultrasound"]["values"] == {"muscle_depth": 24}
    assert kinds["condition"]["values"] == {"body_condition": 3.5}
    treated = BORN + timedelta(days=60)
    steward.events.record(
        lamb.id, "treatment", treated, product="Oxy", medicine_group="antibiotic",
        withdrawal_meat_days=28, batch="7",
    )  # fmt: skip
    last = treated + timedelta(days=28)
    assert steward.performance.withdrawals(farm, on=last)["tag"].tolist() == ["L1"]
    assert steward.performance.withdrawals(farm, on=last + timedelta(days=1)).empty
    assert steward.performance.health(lamb, on=last).meat_until == last.isoformat()
    assert steward.performance.medicine(farm, treated)["batch"].tolist() == ["7"]
    use = steward.performance.medicine_use(farm, treated, last)
    assert use["courses_per_100"].tolist() == [100]
    with client.connect(live_api.url, live_api.token("farmer")) as farmer, pytest.raises(Missing):
        farmer.performance.of_animal(lamb)


def test_a_feeding_test_tells_intake_gain_and_residual_intake(steward: Hub) -> None:
    farm = farm_of(steward, "sheep")
    intakes = (1.2, 1.3, 1.5, 1.4, 1.6)
    for n, intake in enumerate(intakes):
        lamb = steward.animals.create(farm_id=farm.id, tag=f"F{n}", birth_date=BORN)
        for day in range(2):
            on = BORN + timedelta(days=60 + 30 * day)
            weight = 20 + n + day * (8 + n * n % 3)
            steward.records.add(lamb.id, trait="weight", value=weight, recorded_on=on)
            steward.records.add(lamb.id, trait="feed_intake", value=intake, recorded_on=on)
    found = steward.performance.feed(farm, BORN, BORN + timedelta(days=120))
    assert found["intake_kg"].tolist() == list(intakes)
    assert found["daily_gain_kg"].tolist() == pytest.approx(
        [8 / 30, 9 / 30, 9 / 30, 8 / 30, 9 / 30], abs=1e-4
    )
    assert found["residual_intake_kg"].sum() == pytest.approx(0, abs=0.005)
    assert found["feed_conversion"][0] == pytest.approx(1.2 * 30 / 8, abs=0.01)
