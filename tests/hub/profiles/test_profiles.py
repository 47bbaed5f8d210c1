"""Profiles are kept in the store, suggestions and usage come from one's own data only."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import audit, events, mail, profiles
from hub.actor import Actor
from hub.errors import Invalid, Missing
from hub.events import EventCreate
from hub.permissions import Role
from hub.profiles import ProfileUpdate, Suggestion, WeightUnit
from hub.profiles.repository import change
from hub.storage.dynamodb import Store
from tests.database import As, Make


@pytest.fixture(scope="module")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


async def choose(as_: As, store: Store, actor: Actor, **changes: object) -> profiles.ProfileRead:
    async with as_(actor) as tx:
        return await profiles.update(tx, store, ProfileUpdate.model_validate(changes))


async def test_nobody_chose_anything_yet(as_, store, make):
    new = await make.person("new", Role.STUDENT)
    async with as_(new) as tx:
        found = await profiles.get(tx, store)
    assert (found.language, found.weight_unit, found.suggestions) == ("en", "kg", True)
    assert found.changed_at is None


async def test_a_choice_is_there_at_the_next_view_and_others_stay(as_, store, fiona):
    await choose(as_, store, fiona, weight_unit="lb", phone="+41 44 000 00 00")
    await choose(as_, store, fiona, time_zone="Europe/Zurich")
    async with as_(fiona) as tx:
        found = await profiles.get(tx, store)
    assert found.weight_unit is WeightUnit.POUND
    assert (found.time_zone, found.phone) == ("Europe/Zurich", "+41 44 000 00 00")
    assert datetime.now(UTC) - found.changed_at < timedelta(minutes=1)


async def test_two_devices_that_change_two_fields_lose_neither(as_, store, fiona):
    for turn in range(10):
        await asyncio.gather(
            choose(as_, store, fiona, organization=f"Flock {turn}"),
            choose(as_, store, fiona, about=f"About {turn}"),
        )
        async with as_(fiona) as tx:
            found = await profiles.get(tx, store)
        assert (found.organization, found.about) == (f"Flock {turn}", f"About {turn}")


@pytest.mark.parametrize(
    "changes", [{"time_zone": "Mars/Base"}, {"weight_unit": "stone"}, {"role": "admin"},
                {"cards": ["<script>"]}, {"phone": "1\n2"}, {"suggestions_off": ["everything"]}]
)  # fmt: skip
def test_what_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError):
        ProfileUpdate.model_validate(changes)


async def test_letters_about_safety_cannot_be_switched_off(as_, store, fiona):
    with pytest.raises(Invalid, match="cannot be switched off"):
        await choose(as_, store, fiona, mail_off=["password_changed"])
    await choose(as_, store, fiona, mail_off=["data_shared"])
    assert await profiles.mail_is_unwanted(store, fiona.person_id, "data_shared")
    assert not await profiles.mail_is_unwanted(store, fiona.person_id, "place_given")
    assert set(mail.KINDS) > set(mail.OPTIONAL)


async def test_a_farm_one_does_not_see_cannot_be_the_first(as_, store, fiona, make):
    other = await make.farm("ELSEWHERE", owner=await make.person("omar", Role.FARMER))
    with pytest.raises(Missing):
        await choose(as_, store, fiona, default_farm_id=other)
    own = await make.farm("OWN", owner=fiona)
    assert (await choose(as_, store, fiona, default_farm_id=own)).default_farm_id == own
    assert (await choose(as_, store, fiona, default_farm_id=None)).default_farm_id is None


async def test_a_value_of_a_newer_release_does_not_hide_the_others(as_, store, fiona):
    await store.run(change, fiona.person_id, {"weight_unit": "stone", "phone": "1"})
    async with as_(fiona) as tx:
        found = await profiles.get(tx, store)
    assert (found.weight_unit, found.phone) == (WeightUnit.KILOGRAM, "1")


async def asked(as_: As, store: Store, actor: Actor) -> list[profiles.SuggestionRead]:
    async with as_(actor) as tx:
        return await profiles.suggestions(tx, store)


async def test_suggestions_come_from_ones_own_farm_and_end_when_switched_off(as_, store, make):
    greta = await make.person("greta", Role.FARMER)
    farm = await make.farm("GRETA", owner=greta)
    ewe = await make.animal(farm, "G1", sex="F", birth_date=date(2020, 3, 1))
    await make.animal(farm, "G2", sex="F")
    first = {one.kind: one for one in await asked(as_, store, greta)}
    assert set(first) == {Suggestion.SECOND_FACTOR, Suggestion.COMPLETE_HERD}
    assert "2 have no sire" in first[Suggestion.COMPLETE_HERD].reason
    ram = await make.animal(farm, "G3", sex="M", birth_date=date(2020, 3, 1))
    last_year = (datetime.now(UTC) - timedelta(days=350)).date()
    details = {"kind": "mating", "method": "natural", "sire_ids": [str(ram)]}
    new = EventCreate.model_validate(
        {"animal_id": ewe, "occurred_on": last_year, "details": details}
    )
    async with as_(greta) as tx:
        await events.record(tx, new)
    found = {one.kind: one for one in await asked(as_, store, greta)}
    assert f"{last_year:%Y-%m-%d} with 1 mating" in found[Suggestion.MATING_SEASON].reason
    await choose(as_, store, greta, suggestions_off=["mating_season", "second_factor"])
    left = {one.kind for one in await asked(as_, store, greta)}
    assert left == {Suggestion.COMPLETE_HERD, Suggestion.LESSON}
    await choose(as_, store, greta, suggestions=False)
    assert await asked(as_, store, greta) == []


async def test_what_happens_on_another_farm_changes_nothing_here(as_, store, make, engine):
    hans, nina = [await make.person(name, Role.FARMER) for name in ("hans", "nina")]
    await make.farm("HANS", owner=hans)
    elsewhere = await make.farm("NINA", owner=nina)
    before = await asked(as_, store, hans)
    for number in range(5):
        await make.animal(elsewhere, f"N{number}")
    assert await asked(as_, store, hans) == before


async def test_one_sees_what_one_did_and_nothing_of_others(as_, make, engine: AsyncEngine):
    ida, jo = [await make.person(name, Role.FARMER) for name in ("ida", "jo")]
    for actor, times in ((ida, 3), (jo, 1)):
        for _ in range(times):
            async with as_(actor) as tx:
                await audit.write(tx, "animals:update")
    async with as_(ida) as tx:
        found = await profiles.usage(tx)
    assert [(one.what, one.times) for one in found.acts] == [("animals:update", 3)]
    assert (found.active_days, found.days) == (1, 30)
