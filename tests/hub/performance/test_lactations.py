"""Lactations of animals and farms, from parturitions, dry-offs and test days."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio

from agrigen.phenotypes import best_prediction, dairy_standards
from hub import performance
from hub.actor import Actor
from hub.errors import Missing
from hub.events.models import Event
from hub.performance import AnimalLactations, FarmLactationQuery, LactationQuery
from hub.permissions import Role
from hub.storage.base import new_id
from tests.database import As, Make

# ICAR Guidelines, Section 2, Procedure 2: calved on 25 March, dried off on 31 December.
CALVED, DRIED = date(2023, 3, 25), date(2023, 12, 31)
TESTS = [
    (date(2023, 4, 8), 28.2, 3.65), (date(2023, 5, 6), 24.8, 3.45), (date(2023, 6, 5), 26.6, 3.40),
    (date(2023, 7, 7), 23.2, 3.55), (date(2023, 8, 2), 20.2, 3.85), (date(2023, 8, 30), 17.8, 4.05),
    (date(2023, 9, 25), 13.2, 4.45), (date(2023, 10, 27), 9.6, 4.65),
    (date(2023, 11, 22), 5.8, 4.95), (date(2023, 12, 20), 4.4, 5.25),
]  # fmt: skip


class Scene:
    marc: Actor
    fiona: Actor
    lind: UUID
    cow: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    scene = Scene()
    scene.marc = await make.person("marc", Role.FARMER)
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.lind = await make.farm("LIND", species="cattle", owner=scene.marc)
    scene.cow = await cow(make, scene, "C1")
    await happen(make, scene, scene.cow, "parturition", CALVED)
    await happen(make, scene, scene.cow, "dry_off", DRIED)
    for on, milk, fat in TESTS:
        await make.record(scene.lind, scene.cow, "milk_yield", milk, on=on)
        await make.record(scene.lind, scene.cow, "fat_percent", fat, on=on)
    await make.record(scene.lind, scene.cow, "somatic_cell_count", 200, on=TESTS[-1][0])
    return scene


async def cow(make: Make, scene: Scene, tag: str) -> UUID:
    return await make.animal(scene.lind, tag, species="cattle", sex="F")


async def happen(
    make: Make, scene: Scene, animal: UUID, kind: str, on: date, **values: Any
) -> UUID:
    event_id = new_id()
    details = {"kind": kind, **values.pop("details", {})}
    await make._insert(
        Event, id=event_id, farm_id=scene.lind, animal_id=animal, kind=kind, occurred_on=on,
        details=details, person_id=scene.marc.person_id, **values,
    )  # fmt: skip
    return event_id


async def lactations(
    as_: As, scene: Scene, animal: UUID, days: int | None = None
) -> AnimalLactations:
    async with as_(scene.marc) as tx:
        return await performance.lactations_of_animal(tx, animal, LactationQuery(days=days))


async def milk(make: Make, scene: Scene, animal: UUID, calved: date, **on: float) -> None:
    for day, kilograms in on.items():
        when = calved + timedelta(days=int(day.removeprefix("day")))
        await make.record(scene.lind, animal, "milk_yield", kilograms, on=when)


async def test_the_example_of_icar_comes_out(scene: Scene, as_: As) -> None:
    [found] = (await lactations(as_, scene, scene.cow)).lactations
    assert (found.milk_kg, found.fat_kg, found.days_in_milk) == (4960.0, 189.52, 281)
    assert (round(found.fat_percent or 0, 2), found.tests, found.parity) == (3.82, 10, 1)
    assert (found.finished, found.ended_on, found.milk_standard_kg) == (True, DRIED, 4960.0)
    assert found.last_scc == 200
    assert found.mean_scs == 4
    assert found.projected_kg is None
    assert found.projection == "The lactation is finished."
    assert found.curve.kind == "wilmink"
    assert [one.milk_kg for one in found.test_days] == [milk for _, milk, _ in TESTS]


async def test_an_abortion_into_milk_begins_a_lactation_and_a_calf_of_next_morning_none(
    make: Make, scene: Scene, as_: As
) -> None:
    animal = await cow(make, scene, "AB")
    calved, lost = date(2022, 1, 1), date(2023, 2, 1)
    for on in (calved, calved + timedelta(days=1)):
        await happen(make, scene, animal, "parturition", on)
    await milk(make, scene, animal, calved, day20=30, day50=34)
    await happen(make, scene, animal, "abortion", date(2022, 3, 1))  # she went on giving milk
    await happen(make, scene, animal, "dry_off", date(2022, 12, 1))
    await happen(make, scene, animal, "abortion", lost, details={"in_milk": True})
    await milk(make, scene, animal, lost, day20=22, day50=24)
    second, first = (await lactations(as_, scene, animal)).lactations
    assert (first.parity, first.calved_on, first.tests) == (1, calved, 2)
    assert (second.parity, second.calved_on, second.tests) == (2, lost, 2)
    async with as_(scene.marc) as tx:
        query = FarmLactationQuery(calved_from=lost, calved_to=lost)
        page = await performance.lactations_of_farm(tx, scene.lind, query)
    assert [(one.tag, one.parity) for one in page.items] == [("AB", 2)]


async def test_one_in_progress_is_projected_with_reliability(
    make: Make, scene: Scene, as_: As
) -> None:
    animal = await cow(make, scene, "C2")
    calved = date.today() - timedelta(days=100)
    await happen(make, scene, animal, "parturition", calved)
    await milk(make, scene, animal, calved, day20=30, day50=34, day80=33)
    [found] = (await lactations(as_, scene, animal)).lactations
    assert not found.finished
    assert found.milk_standard_kg is None
    assert found.milk_kg == pytest.approx(20 * 30 + 30 * 32 + 30 * 33.5)
    assert found.projected_kg
    assert 0.5 < (found.reliability or 0) < 0.95
    assert "this herd's level by its last" in found.projection
    days = [one.day for one in found.curve.points]
    assert (found.curve.kind, days[0], days[-1]) == ("best prediction", 1, 301)
    assert found.test_days[0].dim == 20


async def test_the_prediction_is_the_library_s_at_the_level_of_the_herd(
    make: Make, scene: Scene, as_: As
) -> None:
    """The same function on the same tests: nothing is computed twice."""
    import pandas as pd

    animal = await cow(make, scene, "C3")
    calved = date.today() - timedelta(days=60)
    await happen(make, scene, animal, "parturition", calved)
    await milk(make, scene, animal, calved, day10=25, day40=28)
    [found] = (await lactations(as_, scene, animal)).lactations
    tests = pd.DataFrame({"lactation": 1, "dim": [10, 40], "milk": [25.0, 28.0]})
    standard = dairy_standards()[1]
    at = {level: best_prediction(tests, standard, expected={1: level}).frame for level in (1, 2)}
    low, high = (at[level]["yield_kg"][0] for level in (1, 2))
    level = (found.projected_kg - low) / (high - low) + 1
    assert 0.2 * standard.mean.sum() < level < standard.mean.sum()
    assert found.reliability == pytest.approx(at[1]["reliability"][0], abs=5e-4)


async def test_ends_are_taken_from_the_next_birth_or_long_silence(
    make: Make, scene: Scene, as_: As
) -> None:
    animal = await cow(make, scene, "C4")
    for calved in (date(2020, 1, 1), date(2021, 2, 1)):
        await happen(make, scene, animal, "parturition", calved)
        await milk(make, scene, animal, calved, day30=20, day60=20)
    second, first = (await lactations(as_, scene, animal)).lactations
    assert (first.parity, second.parity) == (1, 2)
    for one in (first, second):
        assert (one.finished, one.days_in_milk, one.milk_kg) == (True, 74, 1480)
        assert "no dry-off recorded: counted to 14 days after the last test" in one.remarks


async def test_tests_after_the_dry_off_and_missing_contents_are_told(
    make: Make, scene: Scene, as_: As
) -> None:
    animal = await cow(make, scene, "C5")
    calved = date(2022, 1, 1)
    await happen(make, scene, animal, "parturition", calved)
    await happen(make, scene, animal, "dry_off", calved + timedelta(days=200))
    await milk(make, scene, animal, calved, day30=20, day130=20, day160=10, day210=5)
    for day in (30, 160):
        on = calved + timedelta(days=day)
        await make.record(scene.lind, animal, "fat_percent", 4, on=on)
    await make.record(scene.lind, animal, "milk_yield", 9, on=calved - timedelta(days=9))
    found = await lactations(as_, scene, animal)
    [one] = found.lactations
    assert one.tests == 3
    assert one.remarks == [
        "long interval", "content interpolated", "tests after the end, left out: 1",
    ]  # fmt: skip
    assert one.fat_kg == pytest.approx(30 * 0.8 + 130 * 0.6 + 40 * 0.4)
    assert [test.used for test in one.test_days] == [True, True, True, False]
    assert found.tests_without_calving == 1


async def test_voided_events_do_not_count(make: Make, scene: Scene, as_: As) -> None:
    animal = await cow(make, scene, "C6")
    await happen(make, scene, animal, "parturition", CALVED, voided=True)
    await milk(make, scene, animal, CALVED, day30=20)
    found = await lactations(as_, scene, animal)
    assert found.lactations == []
    assert found.tests_without_calving == 1


async def test_the_list_of_a_farm_says_the_same_in_pages(scene: Scene, as_: As) -> None:
    found, query = [], FarmLactationQuery(limit=2)
    async with as_(scene.marc) as tx:
        while True:
            page = await performance.lactations_of_farm(tx, scene.lind, query)
            found += page.items
            if not page.next_cursor:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
        for one in found:
            card = await performance.lactations_of_animal(tx, one.animal_id)
            [same] = [other for other in card.lactations if other.event_id == one.event_id]
            assert same.model_dump(include=set(type(one).model_fields)) == one.model_dump()
    assert [one.calved_on for one in found] == sorted((o.calved_on for o in found), reverse=True)
    assert len(found) >= 4
    assert {one.tag for one in found} >= {"C1", "C2"}


async def test_sheep_are_projected_by_their_own_farm_when_it_has_tests_enough(
    make: Make, scene: Scene, as_: As
) -> None:
    farm = await make.farm("MILK", species="sheep", owner=scene.marc)
    ewe = await make.animal(farm, "E1", sex="F")
    lambed = date.today() - timedelta(days=60)
    await make._insert(
        Event, id=new_id(), farm_id=farm, animal_id=ewe, kind="parturition", occurred_on=lambed,
        details={"kind": "parturition"}, person_id=scene.marc.person_id,
    )  # fmt: skip
    await make.record(farm, ewe, "milk_yield", 2, on=lambed + timedelta(days=30))
    [found] = (await lactations(as_, scene, ewe)).lactations
    assert (found.standard_days, found.projected_kg) == (180, None)
    assert "needs 500 tests of the farm" in found.projection
    await _flock(make, farm, scene)
    [found] = (await lactations(as_, scene, ewe)).lactations
    assert found.projection == "This farm's own 601 tests."
    assert found.projected_kg == pytest.approx(270, rel=0.4)


async def _flock(make: Make, farm: UUID, scene: Scene) -> None:
    """A hundred ewes with six tests each."""
    rng = np.random.default_rng(1)
    lambed = date.today() - timedelta(days=200)
    async with make._engine.begin() as connection:
        for n in range(100):
            ewe, level = new_id(), rng.normal(1, 0.2)
            await connection.exec_driver_sql(
                "INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, status) "
                "VALUES (%s, %s, %s, '', 'sheep', '', 'F', 'alive')",
                (ewe, farm, f"F{n}"),
            )
            await connection.exec_driver_sql(
                "INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, remark,"
                " reason, device, revision, voided, person_id) VALUES (%s, %s, %s, 'parturition', "
                "%s, '{\"kind\": \"parturition\"}', '', '', '', 1, false, %s)",
                (new_id(), farm, ewe, lambed, scene.marc.person_id),
            )
            for day in range(5 + n % 20, 180, 30):
                value = max((2 - day / 180) * level + rng.normal(0, 0.15), 0.1)
                await connection.exec_driver_sql(
                    "INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, "
                    "occasion, value, attributes) VALUES (%s, %s, %s, 'milk_yield', %s, '', %s, "
                    "'{}')",
                    (new_id(), farm, ewe, lambed + timedelta(days=day), float(value)),
                )


async def test_lactations_of_another_farm_are_missing(scene: Scene, as_: As) -> None:
    async with as_(scene.fiona) as tx:
        with pytest.raises(Missing):
            await performance.lactations_of_animal(tx, scene.cow)
        with pytest.raises(Missing):
            await performance.lactations_of_farm(tx, scene.lind, FarmLactationQuery())
