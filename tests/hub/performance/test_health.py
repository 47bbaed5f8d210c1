"""Withdrawals to the day, and the medicine book."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from hub import performance
from hub.actor import Actor
from hub.errors import Invalid, Missing
from hub.events.models import Event
from hub.performance import AnimalHealth, HealthQuery, MedicineQuery, MedicineUseQuery, rules
from hub.permissions import Role
from hub.storage.base import new_id
from tests.database import As, Make

DAY = date(2024, 5, 1)


class Scene:
    fiona: Actor
    marc: Actor
    hill: UUID
    ewe: UUID
    other: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    scene.ewe = await make.animal(scene.hill, "E1", sex="F")
    scene.other = await make.animal(scene.hill, "E2", sex="F")
    sold = await make.animal(scene.hill, "E3", sex="F", status="sold")
    found = await happen(make, scene, scene.ewe, "diagnosis", DAY, disease="mastitis", site="left")
    course = {
        "product": "Penicillin", "substance": "benzylpenicillin", "medicine_group": "antibiotic",
        "withdrawal_meat_days": 10, "withdrawal_milk_days": 4, "batch": "B7",
        "diagnosis_id": str(found),
    }  # fmt: skip
    for after in (0, 1, 2):
        await treat(make, scene, scene.ewe, DAY + timedelta(days=after), **course)
    await treat(make, scene, scene.ewe, DAY + timedelta(days=30), **course)
    await treat(make, scene, scene.other, DAY, product="Drench", medicine_group="anthelmintic")
    await treat(make, scene, scene.other, DAY, product="Vaccine", withdrawal_meat_days=0)
    await treat(make, scene, scene.other, DAY, voided=True, product="X", withdrawal_meat_days=90)
    await treat(make, scene, sold, DAY, product="Drench", withdrawal_meat_days=90)
    return scene


async def treat(make: Make, scene: Scene, animal: UUID, on: date, **details: Any) -> UUID:
    return await happen(make, scene, animal, "treatment", on, **details)


async def happen(
    make: Make,
    scene: Scene,
    animal: UUID,
    kind: str,
    on: date,
    *,
    voided: bool = False,
    **more: Any,
) -> UUID:
    event_id = new_id()
    await make._insert(
        Event, id=event_id, farm_id=scene.hill, animal_id=animal, kind=kind, occurred_on=on,
        details={"kind": kind, **more}, person_id=scene.fiona.person_id, voided=voided,
    )  # fmt: skip
    return event_id


async def health(as_: As, scene: Scene, animal: UUID, on: date) -> AnimalHealth:
    async with as_(scene.fiona) as tx:
        return await performance.health(tx, animal, HealthQuery(on=on))


@pytest.mark.parametrize(
    ("day", "meat", "milk"),
    [
        (-1, None, None),
        (0, 10, 4),
        (2, 12, 6),
        (6, 12, 6),
        (7, 12, None),
        (12, 12, None),
        (13, None, None),
    ],
)
async def test_meat_and_milk_are_withheld_to_the_day(
    scene: Scene, as_: As, day: int, meat: int | None, milk: int | None
) -> None:
    """Treated on days 0, 1 and 2 with 10 days for meat and 4 for milk."""
    found = await health(as_, scene, scene.ewe, DAY + timedelta(days=day))
    assert found.meat_until == (None if meat is None else DAY + timedelta(days=meat))
    assert found.milk_until == (None if milk is None else DAY + timedelta(days=milk))


async def test_what_was_found_and_given_is_told_newest_first(scene: Scene, as_: As) -> None:
    found = await health(as_, scene, scene.ewe, DAY)
    assert [one.disease for one in found.diagnoses] == ["mastitis"]
    assert [(one.treated_on - DAY).days for one in found.treatments] == [30, 2, 1, 0]
    first = found.treatments[-1]
    assert (first.disease, first.batch, first.tag) == ("mastitis", "B7", "E1")
    assert first.meat_until == DAY + timedelta(days=10)


async def test_an_unknown_withdrawal_is_pointed_at_and_none_is_none(scene: Scene, as_: As) -> None:
    found = await health(as_, scene, scene.other, DAY)
    assert (found.meat_until, found.milk_until) == (None, None)
    unknown = {one.event_id for one in found.treatments if one.product == "Drench"}
    assert set(found.withdrawal_unknown) == unknown
    assert {one.product for one in found.treatments} == {"Drench", "Vaccine"}
    assert (
        await health(as_, scene, scene.other, DAY + timedelta(days=60))
    ).withdrawal_unknown == []


async def test_the_list_of_a_farm_has_the_living_on_whom_something_runs(
    scene: Scene, as_: As
) -> None:
    async with as_(scene.fiona) as tx:
        on = DAY + timedelta(days=5)
        found = await performance.withdrawals(tx, scene.hill, HealthQuery(on=on))
        [one] = found.animals
        assert (one.tag, one.meat_until) == ("E1", DAY + timedelta(days=12))
        assert len(one.treatments) == 3
        over = HealthQuery(on=DAY + timedelta(days=20))
        assert (await performance.withdrawals(tx, scene.hill, over)).animals == []


async def test_the_medicine_book_comes_in_pages(scene: Scene, as_: As) -> None:
    query, book = MedicineQuery(limit=3, start=DAY), []
    async with as_(scene.fiona) as tx:
        while True:
            page = await performance.medicine(tx, scene.hill, query)
            book += page.items
            if not page.next_cursor:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
        narrow = MedicineQuery(medicine_group="antibiotic", end=DAY)
        assert len((await performance.medicine(tx, scene.hill, narrow)).items) == 1
    assert len(book) == 7
    assert [one.treated_on for one in book] == sorted((o.treated_on for o in book), reverse=True)


async def test_antibiotics_are_counted_in_courses(scene: Scene, as_: As) -> None:
    """Three days in a row are one course, a month later is another; two animals are present."""
    async with as_(scene.fiona) as tx:
        query = MedicineUseQuery(start=DAY, end=DAY + timedelta(days=60))
        found = await performance.medicine_use(tx, scene.hill, query)
        with pytest.raises(Invalid, match="ends before it begins"):
            wrong = MedicineUseQuery(start=DAY, end=DAY - timedelta(days=1))
            await performance.medicine_use(tx, scene.hill, wrong)
    of = {one.medicine_group: one for one in found.groups}
    assert found.animals_present == 2
    antibiotic = of["antibiotic"]
    assert (antibiotic.treatments, antibiotic.courses, antibiotic.animals) == (4, 2, 1)
    assert antibiotic.courses_per_100 == 100


async def test_nobody_else_reads_it(scene: Scene, as_: As) -> None:
    async with as_(scene.marc) as tx:
        with pytest.raises(Missing):
            await performance.health(tx, scene.ewe)
        for act in (
            performance.withdrawals(tx, scene.hill, HealthQuery()),
            performance.medicine(tx, scene.hill, MedicineQuery()),
            performance.medicine_use(tx, scene.hill, MedicineUseQuery(start=DAY, end=DAY)),
        ):
            with pytest.raises(Missing):
                await act


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 400), st.integers(0, 401))
def test_a_withdrawal_runs_on_its_day_and_so_many_days_after(
    day: date, length: int, after: int
) -> None:
    until = rules.withheld_until(day, length)
    assert (rules.running([until, None], day + timedelta(days=after)) is not None) == (
        after <= length
    )


def test_classes_of_carcasses_are_written_as_people_do() -> None:
    assert [rules.conformation(one) for one in (1, 5, 11, 15, 17)] == ["P-", "O", "U", "E+", "S"]
    assert [rules.fat_class(one) for one in (1, 8, 15)] == ["1-", "3", "5+"]
