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
from hub.records import (
    FarmRecordQuery,
    RecordCorrect,
    RecordCreate,
    RecordQuery,
    RecordRead,
)
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


async def test_a_record_sent_again_is_stored_once(scene: Scene, as_: As) -> None:
    new = weight(25, on=date(2024, 8, 1), id=new_id(), method="scale", device="phone 7")
    first = await add(as_, scene.fiona, scene.calf, new)
    assert await add(as_, scene.fiona, scene.calf, new) == first
    assert (first.id, first.method, first.person_id) == (new.id, "scale", scene.fiona.person_id)
    with pytest.raises(Conflict) as refusal:
        other = new.model_copy(update={"value": 26})
        await add(as_, scene.fiona, scene.calf, other)
    assert refusal.value.code == "records.id_taken"


async def test_an_id_of_a_hidden_record_is_taken_and_tells_nothing(
    scene: Scene, make: Make, as_: As
) -> None:
    farm = await make.farm("FAR")
    hidden = await make.record(farm, await make.animal(farm, "F1"), "weight", 40, on=BORN)
    with pytest.raises(Conflict) as refusal:
        await add(as_, scene.fiona, scene.calf, weight(id=hidden, on=date(2024, 8, 2)))
    assert refusal.value.code == "records.id_taken"
    for act in (
        lambda tx: records.get(tx, hidden),
        lambda tx: records.correct(tx, hidden, RecordCorrect(value=1)),
        lambda tx: records.remove(tx, hidden, "no"),
    ):
        with pytest.raises(Missing):
            async with as_(scene.fiona) as tx:
                await act(tx)


async def test_a_correction_stays_visible_in_the_log(scene: Scene, as_: As) -> None:
    record = await add(as_, scene.fiona, scene.calf, weight(51.3, on=date(2024, 9, 1)))
    async with as_(scene.fiona) as tx:
        right = RecordCorrect(value=31.5, recorded_on=date(2024, 9, 2), reason="misread")
        corrected = await records.correct(tx, record.id, right)
        assert await records.correct(tx, record.id, right) == corrected
    assert (corrected.value, corrected.recorded_on) == (31.5, date(2024, 9, 2))
    async with as_(scene.ada) as tx:
        [event, _] = (await audit.search(tx, AuditQuery(subject_id=record.id))).items
    assert (event.action, event.details["reason"]) == ("records:correct", "misread")
    assert event.details["before"] == {"value": 51.3, "recorded_on": "2024-09-01"}
    assert event.details["after"] == {"value": 31.5, "recorded_on": "2024-09-02"}


async def test_a_record_of_the_wrong_animal_moves_within_the_farm(
    scene: Scene, make: Make, as_: As
) -> None:
    farm = await make.farm("MOVE", owner=scene.fiona)
    first, second = [await make.animal(farm, tag) for tag in ("A", "B")]
    record = await add(as_, scene.fiona, first, weight())
    async with as_(scene.fiona) as tx:
        moved = await records.correct(tx, record.id, RecordCorrect(animal_id=second))
    assert moved.animal_id == second
    async with as_(scene.fiona) as tx:
        with pytest.raises(Invalid, match="another farm"):
            await records.correct(tx, record.id, RecordCorrect(animal_id=scene.calf))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"value": 400}, "of sheep of 400 kg is outside 3 to 100 kg"),
     ({"recorded_on": BORN - timedelta(days=1)}, "before birth")],
)  # fmt: skip
async def test_a_correction_that_cannot_be_is_refused(
    scene: Scene, as_: As, wrong: dict[str, object], told: str
) -> None:
    record = await add(as_, scene.fiona, scene.calf, weight(occasion=f"wrong {told[:9]}"))
    with pytest.raises(Invalid, match=told):
        async with as_(scene.fiona) as tx:
            await records.correct(tx, record.id, RecordCorrect(**wrong))
    with pytest.raises(ValueError, match="value cannot be null"):
        RecordCorrect(value=None)


async def test_a_removed_record_is_gone_and_its_reason_kept(scene: Scene, as_: As) -> None:
    record = await add(as_, scene.fiona, scene.calf, weight(20, on=date(2024, 10, 1)))
    async with as_(scene.fiona) as tx:
        await records.remove(tx, record.id, "weighed another lamb")
        with pytest.raises(Missing):
            await records.get(tx, record.id)
    async with as_(scene.ada) as tx:
        [event, _] = (await audit.search(tx, AuditQuery(subject_id=record.id))).items
    assert (event.action, event.details["reason"]) == ("records:remove", "weighed another lamb")
    assert event.details["before"]["value"] == 20


async def test_who_only_looks_changes_nothing(scene: Scene, make: Make, as_: As) -> None:
    ann = await make.person("ann", Role.FARMER)
    farm = await make.farm("LOOK", owner=scene.fiona, adviser=ann)
    record = await make.record(farm, await make.animal(farm, "L"), "weight", 40, on=BORN)
    for act in (
        lambda tx: records.correct(tx, record, RecordCorrect(value=41)),
        lambda tx: records.remove(tx, record, "no"),
    ):
        with pytest.raises(Denied):
            async with as_(ann) as tx:
                await act(tx)


async def test_records_of_a_farm_come_with_tags_in_pages(scene: Scene, make: Make, as_: As) -> None:
    farm = await make.farm("LIST", owner=scene.fiona)
    for n in range(3):
        animal = await make.animal(farm, f"T{n}")
        await make.record(farm, animal, "weight", 30 + n, on=date(2024, 5, 1 + n))
        await make.record(farm, animal, "body_condition", 3, on=date(2024, 5, 1 + n))
    query = {"trait": "weight", "from": date(2024, 5, 2), "limit": 1}
    async with as_(scene.fiona) as tx:
        first = await records.of_farm(tx, farm, FarmRecordQuery.model_validate(query))
        query["cursor"] = first.next_cursor
        last = await records.of_farm(tx, farm, FarmRecordQuery.model_validate(query))
        assert len((await records.of_farm(tx, farm, FarmRecordQuery())).items) == 6
        with pytest.raises(Missing):
            await records.of_farm(tx, new_id(), FarmRecordQuery())
    assert [(one.tag, one.value, one.trait) for one in (*first.items, *last.items)] == [
        ("T2", 32, "weight"), ("T1", 31, "weight"),
    ]  # fmt: skip
    assert last.next_cursor is None


async def test_traits_have_icar_s_names_and_ranges_by_species(scene: Scene, as_: As) -> None:
    async with as_(scene.fiona) as tx:
        traits = {one.code: one for one in await records.traits(tx)}
    assert traits["milk_urea"].icar == "TestDayResult.UREA"
    assert traits["weaning_weight"].ranges["sheep"] == (3, 100)
    assert traits["type_udder_depth"].kind == "type"
    assert all(one.kind for one in traits.values())
