"""A farm's alerts as its people see them, and its calendar."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import icalendar
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import events, work
from hub.actor import Actor
from hub.errors import Missing
from hub.events import EventCreate
from hub.permissions import Role
from hub.storage.transaction import begin
from hub.work import AlertKind, AlertMarkCreate, AlertsQuery, FeedCreate, NotificationsQuery
from tests.database import As, Make

TODAY = datetime.now(UTC).date()
MATED = TODAY - timedelta(days=100)


class Scene:
    fiona: Actor
    marc: Actor
    hill: UUID
    ewe: UUID
    ram: UUID


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(make: Make, as_: As) -> Scene:
    """A ewe mated with her half brother, treated and lighter than before; milk of a goat."""
    scene = Scene()
    scene.fiona = await make.person("fiona", Role.FARMER)
    scene.marc = await make.person("marc", Role.FARMER)
    scene.hill = await make.farm("HILL", owner=scene.fiona)
    old = {"birth_date": date(2019, 3, 1)}
    father = await make.animal(scene.hill, "R0", sex="M", **old)
    young = {"birth_date": date(2023, 3, 1), "sire_id": father}
    scene.ewe = await make.animal(scene.hill, "E1", sex="F", **young)
    scene.ram = await make.animal(scene.hill, "R1", sex="M", **young)
    other = await make.animal(scene.hill, "E2", sex="F", **young)
    goat = await make.animal(scene.hill, "G1", sex="F", species="goat", **old)
    mating = {"kind": "mating", "method": "natural", "sire_ids": [scene.ram]}
    drench = {"kind": "treatment", "product": "Drench", "withdrawal_meat_days": 14}
    async with as_(scene.fiona) as tx:
        for animal, on, details in (
            (scene.ewe, MATED, mating),
            (scene.ewe, TODAY - timedelta(days=3), drench),
            (other, TODAY - timedelta(days=20), drench),
            (other, TODAY - timedelta(days=25), {"kind": "parturition", "offspring": [{}]}),
        ):
            new = EventCreate(animal_id=animal, occurred_on=on, details=details)
            await events.record(tx, new)
    for days, kg in ((40, 70.0), (10, 60.0)):
        on = TODAY - timedelta(days=days)
        await make.record(scene.hill, scene.ewe, "weight", kg, on)
        await make.record(scene.hill, other, "weight", kg, on)  # less by her lambs
    for days, kg in ((70, 4.0), (40, 3.6), (10, 3.0)):
        on = TODAY - timedelta(days=days)
        await make.record(scene.hill, goat, "milk_yield", kg, on)
    return scene


async def alerts(scene: Scene, as_: As, **more: object) -> list[work.AlertRead]:
    async with as_(scene.fiona) as tx:
        return await work.alerts(tx, scene.hill, AlertsQuery(on=TODAY, **more))


async def test_each_reason_is_told_in_the_language_asked_for(scene: Scene, as_: As) -> None:
    found = {one.kind: one for one in await alerts(scene, as_, language="fr")}
    texts = {kind: one.text for kind, one in found.items()}
    given, free = (f"{TODAY + timedelta(days=days):%d/%m/%Y}" for days in (-3, 12))
    assert texts[AlertKind.WITHDRAWAL] == (
        f"E1 : pas de viande à vendre avant le {free}, après Drench le {given}."
    )
    assert "consanguinité des petits serait de 12,5 %" in texts[AlertKind.INBRED_MATING]
    assert texts[AlertKind.MILK_DROP].startswith("G1 : le lait a baissé de 25 %")
    assert texts[AlertKind.WEIGHT_LOSS].startswith("E1 : a perdu 14 % de son poids")
    lost = [one.tag for one in await alerts(scene, as_) if one.kind is AlertKind.WEIGHT_LOSS]
    assert lost == ["E1"]
    kinds = [one.kind for one in await alerts(scene, as_)]
    assert kinds == sorted(kinds, key=list(AlertKind).index)


async def test_a_limit_above_the_inbreeding_says_nothing(scene: Scene, as_: As) -> None:
    kinds = {one.kind for one in await alerts(scene, as_, inbreeding_limit=0.125)}
    assert AlertKind.INBRED_MATING not in kinds


async def test_what_one_has_seen_stays_away_until_its_day(scene: Scene, as_: As) -> None:
    [drop] = [one for one in await alerts(scene, as_) if one.kind is AlertKind.MILK_DROP]
    seen = AlertMarkCreate(key=drop.key, until=TODAY + timedelta(days=1))
    async with as_(scene.fiona) as tx:
        await work.mark(tx, scene.hill, seen)
        there = await work.notifications(tx, NotificationsQuery(on=TODAY))
    assert drop.key not in {one.key for one in await alerts(scene, as_)}
    assert there.unseen == len(there.alerts) - 1
    assert there.alerts[-1].key == drop.key
    async with as_(scene.fiona) as tx:
        tomorrow = await work.alerts(tx, scene.hill, AlertsQuery(on=seen.until))
        await work.unmark(tx, scene.hill, seen)
    assert drop.key in {one.key for one in tomorrow}
    assert drop.key in {one.key for one in await alerts(scene, as_)}


async def test_another_farmer_sees_nothing(scene: Scene, as_: As) -> None:
    async with as_(scene.marc) as tx:
        with pytest.raises(Missing):
            await work.alerts(tx, scene.hill, AlertsQuery(on=TODAY))
        with pytest.raises(Missing):
            await work.create_feed(tx, scene.hill, FeedCreate())
        assert (await work.notifications(tx, NotificationsQuery())).alerts == []


async def test_a_calendar_program_reads_what_is_due_until_it_is_ended(
    scene: Scene, as_: As, engine: AsyncEngine, make: Make
) -> None:
    async with as_(scene.fiona) as tx:
        made = await work.create_feed(tx, scene.hill, FeedCreate(language="fr"))
        query = NotificationsQuery(on=TODAY, language="fr")
        content = await work.calendar(tx, scene.hill, query)
    births = [
        one for one in icalendar.Calendar.from_ical(content).walk("VEVENT")
        if one["summary"] == "E1: mise bas attendue"
    ]  # fmt: skip
    assert [one.decoded("dtstart") for one in births] == [MATED + timedelta(days=147)]
    assert b"BEGIN:VCALENDAR" in await work.open_feed(engine, made.secret)
    async with as_(scene.fiona) as tx:
        listed = await work.feeds(tx, scene.hill)
        await work.revoke_feed(tx, made.id)
    assert made.secret not in str(listed)
    for secret in (made.secret, "guessed"):
        with pytest.raises(Missing):
            await work.open_feed(engine, secret)


async def test_a_calendar_shows_no_more_than_its_person_may_see(
    scene: Scene, engine: AsyncEngine, make: Make
) -> None:
    gone = await make.person("gone", Role.FARMER)
    farm = await make.farm("GONE", owner=gone)
    async with begin(engine, gone) as tx:
        made = await work.create_feed(tx, farm, FeedCreate())
    await make.leave(farm, gone)
    with pytest.raises(Missing):
        await work.open_feed(engine, made.secret)
    async with begin(engine, gone) as tx:
        assert (await work.revoke_feed(tx, made.id)).revoked_at
