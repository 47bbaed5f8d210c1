"""Events from phones: the same lambing told by two, corrections, and dates of bad clocks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub import animals, collect, events
from hub.actor import Actor
from hub.animals import AnimalQuery
from hub.collect import ReviewResolve
from hub.errors import HubError
from hub.events import EventQuery
from hub.storage.base import new_id
from tests.hub.collect.conftest import Scene
from tests.hub.collect.phone import Phone


def lambing(ewe: UUID, *tags: str, on: str = "2026-03-10") -> dict[str, Any]:
    young = [{"animal_id": str(new_id()), "tag": tag, "sex": "F", "state": "live"} for tag in tags]
    details = {"kind": "parturition", "ease": 1, "offspring": young}
    return {"animal_id": str(ewe), "occurred_on": on, "details": details}


def heat(ewe: UUID, on: str = "2025-10-01") -> dict[str, Any]:
    return {"animal_id": str(ewe), "occurred_on": on, "details": {"kind": "heat"}}


async def result_of(phone: Phone, operation: dict[str, Any]) -> dict[str, Any]:
    await phone.push()
    return phone.results[operation["op_id"]]


async def tags(scene: Scene, text: str) -> list[str]:
    async with scene.as_(scene.fiona) as tx:
        page = await animals.search(tx, AnimalQuery(farm=scene.hill, text=text, limit=100))
    return sorted(one.tag for one in page.items)


async def told(scene: Scene, ewe: UUID, kind: str) -> list[UUID]:
    """Events of the ewe that were not voided."""
    async with scene.as_(scene.fiona) as tx:
        page = await events.search(tx, EventQuery(animal=ewe, kind=kind))
    return [one.id for one in page.items]


async def resolve(scene: Scene, actor: Actor, review: str, keep: str) -> None:
    async with scene.as_(actor) as tx:
        await collect.resolve(tx, UUID(review), ReviewResolve(keep=keep))


async def twice(
    scene: Scene, ewe: UUID, first: dict[str, Any], second: dict[str, Any]
) -> tuple[Phone, dict[str, Any], dict[str, Any]]:
    """Fiona's phone tells the lambing, then Walt's: his phone, operation and result."""
    fiona, walt = scene.phone(), scene.phone(scene.walt)
    one = await result_of(fiona, fiona.do("event", "create", new_id(), first))
    assert one["state"] == "applied", one
    operation = walt.do("event", "create", new_id(), second)
    return walt, operation, await result_of(walt, operation)


async def test_a_lambing_told_by_two_phones_makes_its_lambs_once(scene: Scene) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    walt, operation, result = await twice(
        scene, ewe, lambing(ewe, "SAME1", "SAME2"), lambing(ewe, "SAME1", "SAME2")
    )
    assert (result["state"], result["code"]) == ("duplicate", "collect.possible_duplicate")
    assert await tags(scene, "SAME") == ["SAME1", "SAME2"]
    assert len(await told(scene, ewe, "parturition")) == 1
    lamb = operation["values"]["details"]["offspring"][1]["animal_id"]
    weight = walt.do("record", "create", new_id(), {
        "animal_id": lamb, "trait": "weaning_weight", "value": 30, "recorded_on": "2026-06-20",
    })  # fmt: skip
    assert (await result_of(walt, weight))["state"] == "waiting"
    await resolve(scene, scene.fiona, result["review_id"], "server")
    later = walt.do("record", "create", new_id(), {
        "animal_id": lamb, "trait": "weaning_weight", "value": 31, "recorded_on": "2026-06-27",
    })  # fmt: skip
    assert (await result_of(walt, later))["state"] == "applied"
    assert walt.results[weight["op_id"]]["state"] == "applied", "it is of the hub's lamb"
    copy = await walt.pull_all(scene.hill)
    weighed = {values["animal_id"] for (kind, _), (_, values) in copy.items() if kind == "record"}
    [hub_lamb] = [
        id_ for (kind, id_), (_, v) in copy.items() if kind == "animal" and v["tag"] == "SAME2"
    ]
    assert hub_lamb in weighed and lamb not in weighed


async def test_more_young_of_one_lambing_may_be_told_by_the_second_phone(scene: Scene) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    _, _, result = await twice(scene, ewe, lambing(ewe, "MORE1"), lambing(ewe, "MORE2"))
    assert result["state"] == "duplicate"
    await resolve(scene, scene.walt, result["review_id"], "both")
    assert await tags(scene, "MORE") == ["MORE1", "MORE2"]


async def test_the_second_phones_lambing_can_take_the_place_of_the_first(scene: Scene) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    walt, operation, result = await twice(
        scene, ewe, lambing(ewe, "WRONG1"), lambing(ewe, "RIGHT1", "RIGHT2")
    )
    await resolve(scene, scene.fiona, result["review_id"], "phone")
    assert [str(one) for one in await told(scene, ewe, "parturition")] == [operation["entity_id"]]
    assert await tags(scene, "RIGHT") == ["RIGHT1", "RIGHT2"]
    reply = [operation]
    walt.outbox = reply
    assert (await result_of(walt, operation))["state"] == "applied"


async def test_a_decision_that_is_not_possible_leaves_the_question_open(scene: Scene) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    _, _, result = await twice(
        scene, ewe, lambing(ewe, "TAKEN1"), lambing(ewe, "TAKEN1", on="2026-03-11")
    )
    with pytest.raises(HubError, match="TAKEN1"):
        await resolve(scene, scene.fiona, result["review_id"], "both")
    await resolve(scene, scene.fiona, result["review_id"], "server")


async def test_other_events_told_twice_are_both_kept_and_asked_about(scene: Scene) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    _, operation, result = await twice(scene, ewe, heat(ewe), heat(ewe))
    assert (result["state"], result["code"]) == ("applied", "collect.possible_duplicate")
    assert len(await told(scene, ewe, "heat")) == 2
    await resolve(scene, scene.walt, result["review_id"], "server")
    assert operation["entity_id"] not in [str(one) for one in await told(scene, ewe, "heat")]
    _, operation, result = await twice(scene, ewe, heat(ewe, "2025-10-18"), heat(ewe, "2025-10-18"))
    await resolve(scene, scene.walt, result["review_id"], "both")
    assert len(await told(scene, ewe, "heat")) == 3


async def test_an_event_is_corrected_and_voided_from_the_phone(scene: Scene) -> None:
    ewe, phone, event = await scene.ewe(birth_date="2023-03-01"), scene.phone(), new_id()
    phone.do("event", "create", event, heat(ewe))
    correction = {"reason": "another day", "occurred_on": "2025-10-02"}
    phone.do("event", "correct", event, correction)
    assert [one["state"] for one in (await phone.push() or {})["results"]] == ["applied"] * 2
    copy = await phone.pull_all(scene.hill)
    first, shown = copy["event", str(event)]
    assert (shown["occurred_on"], shown["revision"]) == ("2025-10-02", 2)
    assert shown["device"] == phone.device
    phone.do("event", "void", event, {"reason": "it was her sister"})
    await phone.push()
    second, shown = (await phone.pull_all(scene.hill))["event", str(event)]
    assert shown["voided"] and second > first


async def test_an_impossible_event_is_kept_with_the_reason_and_its_fruits_wait(
    scene: Scene,
) -> None:
    ram, phone = await scene.ewe(sex="M", birth_date="2023-03-01"), scene.phone()
    operation = phone.do("event", "create", new_id(), lambing(ram, "NEVER1"))
    lamb = UUID(operation["values"]["details"]["offspring"][0]["animal_id"])
    patch = phone.do("animal", "patch", lamb, {"name": "Ghost"})
    assert (await result_of(phone, operation))["code"] == "events.refused"
    assert phone.results[patch["op_id"]]["state"] == "waiting"
    assert await tags(scene, "NEVER") == []


async def test_events_dated_by_a_clock_that_is_years_wrong_are_flagged_or_kept_aside(
    scene: Scene,
) -> None:
    ewe = await scene.ewe(birth_date="2023-03-01")
    ahead = scene.phone(clock=timedelta(days=5 * 365))
    result = await result_of(ahead, ahead.do("event", "create", new_id(), heat(ewe, "2031-11-01")))
    assert result["state"] == "rejected" and "2031-11-01" in result["text"]
    assert "days ahead" in result["warnings"][-1]["message"]
    behind = scene.phone(clock=timedelta(days=-400))
    result = await result_of(
        behind, behind.do("event", "create", new_id(), heat(ewe, "2025-01-05"))
    )
    assert result["state"] == "applied"
    assert "collect.clock" in [one["code"] for one in result["warnings"]]


async def test_what_is_typed_of_a_merged_animal_reaches_the_one_that_stayed(scene: Scene) -> None:
    keep, other = await scene.ewe(), await scene.ewe()
    phone = scene.phone()
    await phone.pull_all(scene.hill)
    async with scene.as_(scene.walt) as tx:
        await animals.merge(tx, keep, other)
    weight = phone.do("record", "create", new_id(), {
        "animal_id": str(other), "trait": "weaning_weight", "value": 30,
        "recorded_on": "2026-06-20",
    })  # fmt: skip
    event = phone.do("event", "create", new_id(), heat(other))
    patch = phone.do("animal", "patch", other, {"name": "Twin"}, farm=scene.hill)
    await phone.push()
    assert phone.results[weight["op_id"]]["state"] == "applied"
    assert phone.results[event["op_id"]]["state"] == "applied"
    assert phone.results[patch["op_id"]]["code"] == "animals.merged"
    copy = await phone.pull_all(scene.hill)
    assert ("animal", str(other)) not in copy
    assert copy["event", event["entity_id"]][1]["animal_id"] == str(keep)


async def test_an_event_id_used_for_another_event_is_refused(scene: Scene) -> None:
    ewe, phone, event = await scene.ewe(birth_date="2023-03-01"), scene.phone(), new_id()
    phone.do("event", "create", event, heat(ewe))
    other = phone.do("event", "create", event, heat(ewe, "2025-11-20"))
    assert (await result_of(phone, other))["state"] == "rejected"
