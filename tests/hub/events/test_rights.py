"""Who may tell and see events, what others are named in them, and what holds under pressure."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub import animals, events
from hub.actor import Actor
from hub.animals.models import Place
from hub.errors import Conflict, Denied, HubError, Invalid, Missing
from hub.events import EventCorrect, EventCreate, EventQuery, EventRead
from hub.permissions import Permission, Role, granted
from hub.storage.base import new_id
from tests.database import As, Make

ON = date(2025, 10, 20)


class Scene:
    fiona: Actor
    ann: Actor
    marc: Actor
    stella: Actor
    hill: UUID
    dairy: UUID
    studs: UUID
    ewe: UUID
    ram: UUID
    cow: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make) -> Scene:
    """Fiona owns HILL, Ann advises it; DAIRY is Marc's and hidden from both; STUDS is shared."""
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.ann = await make.person("ann", Role.ADVISER, Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.stella = await make.person("stella", Role.STEWARD)
    scene.hill = await make.farm("HILL", owner=scene.fiona, adviser=scene.ann)
    scene.dairy = await make.farm("DAIRY", species="cattle", owner=scene.marc)
    scene.studs = await make.farm("STUDS", shared=True)
    scene.ewe = await make.animal(scene.hill, "E1", sex="F", birth_date=date(2022, 3, 1))
    scene.ram = await make.animal(scene.studs, "R1", sex="M", birth_date=date(2021, 3, 1))
    scene.cow = await make.animal(
        scene.dairy, "C1", sex="F", species="cattle", birth_date=date(2021, 1, 1)
    )
    return scene


async def tell(
    as_: As, actor: Actor, animal: UUID, kind: str, on: date = ON, event_id: UUID | None = None,
    **details: object,
) -> EventRead:  # fmt: skip
    new = EventCreate(
        id=event_id, animal_id=animal, occurred_on=on, details={"kind": kind, **details}
    )
    async with as_(actor) as tx:
        return await events.record(tx, new)


async def refusal(
    as_: As, actor: Actor, animal: UUID, kind: str, on: date = ON, **details: object
) -> HubError:
    with pytest.raises(HubError) as refused:
        await tell(as_, actor, animal, kind, on, **details)
    return refused.value


# --- who


async def test_events_are_told_where_one_works_and_seen_where_one_looks(
    scene: Scene, as_: As, make: Make
) -> None:
    event = await tell(as_, scene.fiona, scene.ewe, "remark")
    assert (event.person_id, event.tag) == (scene.fiona.person_id, "E1")
    async with as_(scene.ann) as tx:
        assert (await events.get(tx, event.id)).id == event.id
        with pytest.raises(Denied):
            await events.void(tx, event.id, "no")
    async with as_(scene.marc) as tx:
        for looking in (events.get, events.history):
            with pytest.raises(Missing):
                await looking(tx, event.id)
        with pytest.raises(Missing):
            await events.void(tx, event.id, "no")
        assert (await events.search(tx, EventQuery())).items == []
        with pytest.raises(Missing):
            await events.due(tx, scene.hill)
    for actor, animal, kind in (
        (scene.ann, scene.ewe, Denied), (scene.marc, scene.ewe, Missing),
        (scene.fiona, scene.cow, Missing), (scene.fiona, scene.ram, Denied),
    ):  # fmt: skip
        assert isinstance(await refusal(as_, actor, animal, "remark"), kind)
    looking = granted({Role.FARMER}) - {Permission.EVENTS_WRITE}
    reader = await make.person("reader", Role.FARMER, permissions=looking)
    await make.member(scene.hill, reader, "owner")
    assert (await refusal(as_, reader, scene.ewe, "remark")).code == "permission.missing"


async def test_the_id_of_a_hidden_event_is_taken(scene: Scene, as_: As) -> None:
    hidden = await tell(as_, scene.marc, scene.cow, "heat")
    with pytest.raises(Conflict) as refused:
        await tell(as_, scene.fiona, scene.ewe, "heat", event_id=hidden.id)
    assert refused.value.code == "events.id_taken"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM app.event WHERE id = :id",
        "UPDATE app.event SET kind = 'remark', details = '{\"kind\": \"remark\"}' WHERE id = :id",
        "UPDATE app.event SET farm_id = :other WHERE id = :id",
        "UPDATE app.event SET animal_id = :cow WHERE id = :id",
        "UPDATE app.event_revision SET remark = 'x' WHERE event_id = :id",
        "DELETE FROM app.event_revision WHERE event_id = :id",
        "INSERT INTO app.event_revision SELECT * FROM app.event_revision WHERE event_id = :id",
        "INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, remark, "
        "revision, voided, reason, person_id, device) SELECT uuidv7(), farm_id, :cow, kind, "
        "occurred_on, details, '', 1, false, '', person_id, '' FROM app.event WHERE id = :id",
    ],
)
async def test_the_hub_itself_cannot_rewrite_history(scene: Scene, as_: As, sql: str) -> None:
    event = await tell(as_, scene.fiona, scene.ewe, "heat", on=ON + timedelta(days=1))
    with pytest.raises(DBAPIError, match=r"permission denied|never change|not of this farm"):
        async with as_(scene.fiona) as tx:
            names = {"id": event.id, "other": scene.dairy, "cow": scene.cow}
            used = {name: value for name, value in names.items() if f":{name}" in sql}
            await tx.session.execute(text(sql), used)


async def test_every_change_is_a_revision_whoever_makes_it(scene: Scene, as_: As) -> None:
    event = await tell(as_, scene.fiona, scene.ewe, "heat", on=ON + timedelta(days=2))
    async with as_(scene.stella) as tx:
        sql = "UPDATE app.event SET remark = 'by SQL', revision = 9, person_id = :p WHERE id = :id"
        values = {"id": event.id, "p": scene.fiona.person_id}
        await tx.session.execute(text(sql), values)
    async with as_(scene.fiona) as tx:
        first, second = await events.history(tx, event.id)
    assert (first.revision, second.revision, second.remark) == (1, 2, "by SQL")
    assert (first.person_id, second.person_id) == (scene.fiona.person_id, scene.stella.person_id)


# --- correcting


async def test_a_correction_says_why_and_meets_nobody_elses(scene: Scene, as_: As) -> None:
    event = await tell(as_, scene.fiona, scene.ewe, "heat", on=ON + timedelta(days=40))
    right = EventCorrect(reason="read the collar", details={"kind": "heat", "intensity": "strong"})
    async with as_(scene.fiona) as tx:
        changed = await events.correct(tx, event.id, right)
        again = await events.correct(tx, event.id, right)
    assert (changed.revision, changed.reason, again.revision) == (2, "read the collar", 2)
    async with as_(scene.fiona) as tx:
        late = EventCorrect(reason="r", remark="x", expected_revision=1)
        with pytest.raises(Conflict, match="revision 2"):
            await events.correct(tx, event.id, late)
        other = EventCorrect(reason="r", details={"kind": "remark"})
        with pytest.raises(Invalid, match="is a heat, not a remark"):
            await events.correct(tx, event.id, other)
        await events.void(tx, event.id, "not she")
        with pytest.raises(Conflict, match="voided"):
            await events.correct(tx, event.id, EventCorrect(reason="r", remark="x"))


async def test_a_correction_leaves_a_possible_life(scene: Scene, as_: As, make: Make) -> None:
    ewe = await make.animal(scene.hill, "E9", sex="F", birth_date=date(2022, 3, 1))
    mated = await tell(as_, scene.fiona, ewe, "mating", method="natural", sire_ids=[scene.ram])
    lambed = ON + timedelta(days=147)
    await tell(as_, scene.fiona, ewe, "parturition", lambed, offspring=[{}])
    async with as_(scene.fiona) as tx:
        with pytest.raises(Invalid, match="Then the lambing of 2026-03-16 could not be") as refused:
            too_late = EventCorrect(reason="r", occurred_on=lambed - timedelta(days=40))
            await events.correct(tx, mated.id, too_late)
    assert refused.value.errors[0].remedy == "First correct or void the lambing of 2026-03-16."
    async with as_(scene.fiona) as tx:
        assert (await events.get(tx, mated.id)).revision == 1


async def test_one_bad_event_spoils_nothing_around_it(scene: Scene, as_: As, make: Make) -> None:
    """As phones send them: a savepoint for each."""
    ewe = await make.animal(scene.hill, "E10", sex="F", birth_date=date(2022, 3, 1))

    def new(kind: str, on: date, **details: object) -> EventCreate:
        return EventCreate(animal_id=ewe, occurred_on=on, details={"kind": kind, **details})

    async with as_(scene.fiona) as tx:
        sold = await events.record(tx, new("disposal", ON, disposal="sold"))
        with pytest.raises(Invalid):
            async with tx.session.begin_nested():
                await events.record(tx, new("heat", ON + timedelta(days=1)))
        with pytest.raises(Invalid):
            async with tx.session.begin_nested():
                await events.record(tx, new("heat", ON - timedelta(days=1)))
                await events.correct(
                    tx, sold.id, EventCorrect(reason="r", occurred_on=ON - timedelta(days=2))
                )
        assert (await events.get(tx, sold.id)).occurred_on == ON
        await events.record(tx, new("remark", ON + timedelta(days=1)))
    async with as_(scene.fiona) as tx:
        kinds = [one.kind for one in (await events.of_animal(tx, ewe, EventQuery())).items]
    assert kinds == ["remark", "disposal"]


# --- what is named


async def test_sires_are_males_of_age_that_were_there(scene: Scene, as_: As, make: Make) -> None:
    born = date(2021, 3, 1)
    wether = await make.animal(scene.hill, "S1", sex="F", birth_date=born)
    young = await make.animal(scene.hill, "S2", sex="M", birth_date=ON - timedelta(days=40))
    dead = await make.animal(scene.hill, "S3", sex="M", birth_date=born)
    bull = await make.animal(scene.studs, "S4", sex="M", birth_date=born, species="cattle")
    await tell(as_, scene.fiona, dead, "disposal", ON - timedelta(days=1), disposal="died")
    for sire, said in (
        (wether, "is female, not a ram"), (young, "was 40 days old"), (dead, "since the death of"),
        (bull, "of species cattle"), (scene.cow, "no such sire"), (new_id(), "no such sire"),
        (scene.ewe, "its own"),
    ):  # fmt: skip
        refused = await refusal(
            as_, scene.fiona, scene.ewe, "mating", method="natural", sire_ids=[sire]
        )
        assert (refused.code, refused.errors[0].where) == ("events.refused", "details.sire_ids.0")
        assert said in refused.message
    straw = await tell(
        as_, scene.fiona, scene.ewe, "mating", ON, method="ai", sire_ids=[dead], straw="S3 2024"
    )
    assert straw.warnings == ()  # semen outlives the ram
    with pytest.raises(Invalid, match="sire in a mating of E1"):
        ram = await make.animal(scene.hill, "S5", sex="M", birth_date=born)
        await tell(as_, scene.fiona, scene.ewe, "mating", method="natural", sire_ids=[ram])
        await tell(as_, scene.fiona, ram, "disposal", ON - timedelta(days=9), disposal="died")


async def test_other_things_that_are_named_exist(scene: Scene, as_: As, make: Make) -> None:
    for kind, details, said in (
        ("fostering", {"foster_dam_id": scene.ram}, "is male, not a ewe"),
        ("fostering", {"foster_dam_id": scene.cow}, "no such dam"),
        ("embryo_transfer", {"donor_id": new_id(), "sire_id": scene.ram}, "no such dam"),
        ("movement", {"place_id": new_id()}, "no such place"),
        ("treatment", {"product": "D", "diagnosis_id": new_id()}, "no such diagnosis"),
    ):  # fmt: skip
        assert said in (await refusal(as_, scene.fiona, scene.ewe, kind, **details)).message
    found = await tell(as_, scene.fiona, scene.ewe, "diagnosis", disease="foot rot")
    await tell(as_, scene.fiona, scene.ewe, "treatment", product="D", diagnosis_id=found.id)
    field = new_id()
    await make._insert(Place, id=field, farm_id=scene.hill, name="Low field")
    moved = await tell(as_, scene.fiona, scene.ewe, "movement", place_id=field)
    async with as_(scene.fiona) as tx:
        assert (await animals.get(tx, scene.ewe)).place_id == field
        await events.void(tx, moved.id, "stayed")
        assert (await animals.get(tx, scene.ewe)).place_id is None


async def test_tomorrow_has_not_happened_and_imported_deaths_are_told(
    scene: Scene, as_: As, make: Make
) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=2)
    assert "in the future" in (await refusal(as_, scene.fiona, scene.ewe, "heat", soon)).message
    old = await make.animal(scene.hill, "E11", sex="F", status="dead")
    event = await tell(as_, scene.fiona, old, "heat")
    assert [one.code for one in event.warnings] == ["events.status_without_event"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"details": {"kind": "mating", "method": "natural", "sire_ids": []}},
        {"details": {"kind": "mating", "method": "natural", "sire_ids": [new_id(), new_id()]}},
        {"details": {"kind": "mating", "method": "ai", "until": "2025-12-01", "straw": "x"}},
        {"details": {"kind": "pregnancy_check", "method": "milk", "result": "empty",
                     "foetus_count": 1}},
        {"details": {"kind": "parturition", "offspring": []}},
        {"details": {"kind": "parturition", "offspring": [{"tag": "A"}, {"tag": "A"}]}},
        {"details": {"kind": "disposal", "disposal": "sold", "reason": "because"}},
        {"details": {"kind": "heat", "color": "red"}},
        {"details": {"kind": "wedding"}},
        {"occurred_at": "2025-10-25T10:00:00Z"},
        {"remark": "a\x00b"},
        {"occurred_on": "0001-01-01"},
        {"details": {"kind": "mating", "method": "group", "sire_ids": [new_id()],
                     "until": "9999-12-31"}},
    ],
)  # fmt: skip
def test_nonsense_does_not_reach_the_database(wrong: dict[str, object]) -> None:
    good = {"animal_id": new_id(), "occurred_on": ON, "details": {"kind": "heat"}}
    EventCreate(**good)
    with pytest.raises(ValidationError):
        EventCreate(**{**good, **wrong})


# --- at once


async def test_one_ewe_lambs_once_though_two_phones_say_so(
    scene: Scene, as_: As, make: Make
) -> None:
    ewe = await make.animal(scene.hill, "E12", sex="F", birth_date=date(2022, 3, 1))

    async def lamb(number: int) -> EventRead | HubError:
        offspring = [{"tag": f"TWIN{number}", "sex": "F"}]
        try:
            return await tell(as_, scene.fiona, ewe, "parturition", offspring=offspring)
        except HubError as error:
            return error

    told = await asyncio.gather(*(lamb(number) for number in range(4)))
    [first] = [one for one in told if isinstance(one, EventRead)]
    refused = [one for one in told if isinstance(one, HubError)]
    assert {one.code for one in refused} == {"events.possible_duplicate"}
    assert {one.attributes["event_id"] for one in refused} == {str(first.id)}
    same = new_id()
    again = await asyncio.gather(
        *(tell(as_, scene.fiona, ewe, "heat", ON + timedelta(days=60), same) for _ in range(3))
    )
    assert [one.id for one in again] == [same] * 3


async def test_work_of_a_farm_is_listed_in_order_of_day(scene: Scene, as_: As, make: Make) -> None:
    today = datetime.now(UTC).date()
    farm = await make.farm("WORK", species="cattle", owner=scene.fiona)
    cow = await make.animal(
        farm, "W1", sex="F", species="cattle", birth_date=date(2021, 1, 1), name="Bess"
    )
    calf = await make.animal(
        farm, "W2", sex="F", species="cattle", dam_id=cow, birth_date=today - timedelta(days=50)
    )
    gone = await make.animal(farm, "W3", sex="F", species="cattle", birth_date=date(2021, 1, 1))
    straw = {"method": "ai", "straw": "HOLCAN1"}
    await tell(as_, scene.fiona, cow, "mating", today - timedelta(days=21), **straw)
    await tell(as_, scene.fiona, gone, "mating", today - timedelta(days=21), **straw)
    await tell(as_, scene.fiona, gone, "disposal", today, disposal="sold")
    await tell(
        as_, scene.fiona, calf, "treatment", today, product="Dewormer", withdrawal_meat_days=7
    )
    async with as_(scene.fiona) as tx:
        items = await events.due(tx, farm, today, today + timedelta(days=14))
        with pytest.raises(Invalid, match="366 days"):
            await events.due(tx, farm, today, today + timedelta(days=999))
    assert [(one.tag, one.kind, (one.due_on - today).days) for one in items] == [
        ("W1", "heat_watch", 0), ("W2", "withdrawal_end", 8), ("W2", "wean", 10),
        ("W1", "pregnancy_check", 11),
    ]  # fmt: skip
    assert items[0].name == "Bess"
