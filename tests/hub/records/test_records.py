"""Records: added by those who work on the farm, refused with every reason."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from hub import audit, records
from hub.actor import Actor
from hub.audit import AuditQuery
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.permissions import Role
from hub.records import RecordCreate, RecordQuery, RecordRead
from hub.storage.base import new_id
from tests.database import As, Make

BORN = date(2024, 3, 1)


class Scene:
    fiona: Actor
    ada: Actor
    calf: UUID
    shared: UUID
    hidden: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.ada = await make.person("ada", Role.ADMIN)
    hill = await make.farm("HILL", owner=scene.fiona)
    scene.calf = await make.animal(hill, "L1", birth_date=BORN)
    scene.shared = await make.animal(await make.farm("RAMS", shared=True), "R1")
    scene.hidden = await make.animal(await make.farm("LIND"), "C1")
    return scene


def weight(value: float = 30, on: date | None = BORN, **others: object) -> RecordCreate:
    return RecordCreate(trait="weaning_weight", value=value, recorded_on=on, **others)


async def add(as_: As, actor: Actor, animal: UUID, new: RecordCreate) -> RecordRead:
    async with as_(actor) as tx:
        return await records.add(tx, animal, new)


async def test_a_record_is_added_and_logged(scene: Scene, as_: As) -> None:
    attributes = {"group": "hill 1", "twin": True, "parity": 2, "share": 0.5}
    record = await add(as_, scene.fiona, scene.calf, weight(31.5, attributes=attributes))
    assert (record.trait, record.value, record.recorded_on) == ("weaning_weight", 31.5, BORN)
    assert record.attributes == attributes
    async with as_(scene.ada) as tx:
        [event] = (await audit.search(tx, AuditQuery(subject_id=record.id))).items
    assert (event.action, event.person_id) == ("records:add", scene.fiona.person_id)
    assert event.details["after"]["value"] == 31.5
    assert event.details["animal_id"] == str(scene.calf)


async def test_a_weight_before_birth_is_refused(scene: Scene, as_: As) -> None:
    with pytest.raises(Invalid, match="before birth"):
        await add(as_, scene.fiona, scene.calf, weight(on=BORN - timedelta(days=1)))


async def test_every_problem_is_told_at_once(scene: Scene, as_: As) -> None:
    wrong = RecordCreate(trait="milk_305d", value=1e9, recorded_on=date(2999, 1, 1))
    with pytest.raises(Invalid) as refusal:
        await add(as_, scene.fiona, scene.calf, wrong)
    assert [error.where for error in refusal.value.errors] == ["trait", "value", "recorded_on"]
    with pytest.raises(Invalid, match="no trait 'wool'") as refusal:
        await add(as_, scene.fiona, scene.calf, RecordCreate(trait="wool", value=1))
    assert "weaning_weight" in refusal.value.errors[0].remedy


@pytest.mark.parametrize("on", [date(2024, 7, 1), None])
async def test_the_same_occasion_is_recorded_once(scene: Scene, as_: As, on: date | None) -> None:
    await add(as_, scene.fiona, scene.calf, weight(on=on))
    with pytest.raises(Conflict) as refusal:
        await add(as_, scene.fiona, scene.calf, weight(32, on=on))
    assert refusal.value.code == "records.duplicate"
    await add(as_, scene.fiona, scene.calf, weight(32, on=on, occasion="evening"))


async def test_only_who_works_on_the_farm_records(scene: Scene, as_: As) -> None:
    with pytest.raises(Denied):
        await add(as_, scene.fiona, scene.shared, weight())
    for animal in (scene.hidden, new_id()):
        with pytest.raises(Missing):
            await add(as_, scene.fiona, animal, weight())
        with pytest.raises(Missing):
            async with as_(scene.fiona) as tx:
                await records.of_animal(tx, animal, RecordQuery())


async def test_records_of_an_animal_come_newest_first_and_in_pages(
    scene: Scene, make: Make, as_: As
) -> None:
    farm = await make.farm("PAGES", owner=scene.fiona)
    animal = await make.animal(farm, "P")
    for n in range(4):
        await make.record(farm, animal, "milk_yield", 20 + n, on=date(2024, 1, 1 + n))
    await make.record(farm, animal, "milk_yield", 19)
    await make.record(farm, animal, "fat_percent", 4, on=date(2024, 1, 1))
    async with as_(scene.fiona) as tx:
        query, values = RecordQuery(trait="milk_yield", limit=2), []
        while True:
            page = await records.of_animal(tx, animal, query)
            values.append([record.value for record in page.items])
            if not page.next_cursor:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
        assert len((await records.of_animal(tx, animal, RecordQuery())).items) == 6
    assert values == [[23, 22], [21, 20], [19]]


async def test_traits_say_unit_and_range(scene: Scene, as_: As) -> None:
    async with as_(scene.fiona) as tx:
        codes = [trait.code for trait in await records.traits(tx)]
        trait = await records.trait(tx, "weaning_weight")
        with pytest.raises(Missing):
            await records.trait(tx, "wool")
    assert codes == sorted(codes)
    assert (trait.unit, trait.lowest, trait.highest) == ("kg", 3, 500)
