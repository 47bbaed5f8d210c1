"""Operations of phones: each applied once, each with a result, none holding up the others."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic_core import to_json

from hub import animals, collect, records
from hub.collect import OperationMend, OperationsQuery, Push
from hub.errors import Conflict, Invalid, Missing
from hub.records import RecordQuery
from hub.storage.base import new_id
from tests.hub.collect.conftest import Scene
from tests.hub.collect.phone import Phone


def weight(animal: UUID | str, value: float = 30.0, on: str = "2026-06-20") -> dict[str, Any]:
    return {"animal_id": str(animal), "trait": "weaning_weight", "value": value, "recorded_on": on}


def lamb(scene: Scene, tag: str, **more: Any) -> dict[str, Any]:
    return {"farm_id": str(scene.hill), "tag": tag, **more}


async def states(phone: Phone) -> list[str]:
    """Push everything; the states of the results."""
    reply = await phone.push()
    assert reply
    return [one["state"] for one in reply["results"]]


async def kept(scene: Scene, phone: Phone) -> dict[str, Any]:
    async with scene.as_(phone.actor) as tx:
        page = await collect.operations_of(tx, OperationsQuery(device=phone.device, limit=100))
    return {str(one.op_id): one for one in page.items}


async def weights(scene: Scene, animal: UUID) -> list[float]:
    async with scene.as_(scene.fiona) as tx:
        page = await records.of_animal(tx, animal, RecordQuery())
    return [one.value for one in page.items]


async def test_an_animal_and_its_weight_are_stored_in_one_push(scene: Scene) -> None:
    phone, animal = scene.phone(), new_id()
    phone.do("animal", "create", animal, lamb(scene, "ONE"))
    phone.do("record", "create", new_id(), weight(animal))
    assert await states(phone) == ["applied", "applied"]
    assert await weights(scene, animal) == [30.0]
    copy = await phone.pull_all(scene.hill)
    assert copy["animal", str(animal)][1]["tag"] == "ONE"


async def test_a_push_that_is_sent_again_does_nothing_twice(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    phone.do("record", "create", new_id(), weight(ewe))
    await phone.push(lose_reply=True)
    reply = await phone.push()
    assert reply
    assert [(one["state"], one["replayed"]) for one in reply["results"]] == [("applied", True)]
    assert await weights(scene, ewe) == [30.0]


async def test_the_same_thing_under_another_operation_is_a_duplicate(scene: Scene) -> None:
    phone, ewe, record = scene.phone(), await scene.ewe(), new_id()
    phone.do("record", "create", record, weight(ewe))
    phone.do("record", "create", record, weight(ewe))
    assert await states(phone) == ["applied", "duplicate"]


async def test_other_content_under_a_used_id_is_refused_and_kept(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    first = phone.do("record", "create", new_id(), weight(ewe))
    await phone.push()
    phone.outbox = [{**first, "values": weight(ewe, 31.0)}]
    await phone.push(lose_reply=True)
    reply = await phone.push()
    assert reply
    [result] = reply["results"]
    assert (result["state"], result["code"]) == ("rejected", "collect.op_id_reused")
    found = await kept(scene, phone)
    assert found[first["op_id"]].state == "applied"
    assert found[result["kept_as"]].received["values"]["value"] == 31.0
    assert len(found) == 2


async def test_a_refused_operation_holds_nothing_up_and_is_kept_as_typed(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    bad = phone.do("record", "create", new_id(), weight(ewe, 9999))
    phone.do("record", "create", new_id(), weight(ewe, 32.0))
    assert await states(phone) == ["rejected", "applied"]
    result = phone.results[bad["op_id"]]
    assert result["code"] == "records.refused" and "9999" in result["text"]
    assert result["errors"][0]["where"] == "value"
    assert (await kept(scene, phone))[bad["op_id"]].received["values"]["value"] == 9999


async def test_what_needs_a_refused_thing_waits_and_follows_when_that_is_mended(
    scene: Scene,
) -> None:
    phone, animal = scene.phone(), new_id()
    bad = phone.do("animal", "create", animal, lamb(scene, "LATE", birth_date="2999-01-01"))
    after = phone.do("record", "create", new_id(), weight(animal))
    assert await states(phone) == ["rejected", "waiting"]
    mended = OperationMend(values=lamb(scene, "LATE", birth_date="2026-03-01"))
    async with scene.as_(scene.fiona) as tx:
        done = await collect.mend(tx, UUID(bad["op_id"]), mended)
    assert done.state == "applied" and done.received["values"]["birth_date"] == "2999-01-01"
    assert done.mended and done.mended["values"]["birth_date"] == "2026-03-01"
    assert (await kept(scene, phone))[after["op_id"]].state == "applied"
    assert await weights(scene, animal) == [30.0]
    phone.outbox = [bad, after]
    assert await states(phone) == ["applied", "applied"], "replays tell what became of them"


async def test_what_needs_a_discarded_thing_can_be_mended_to_another(scene: Scene) -> None:
    phone, animal, ewe = scene.phone(), new_id(), await scene.ewe()
    bad = phone.do("animal", "create", animal, lamb(scene, ""))
    after = phone.do("record", "create", new_id(), weight(animal))
    await phone.push()
    async with scene.as_(scene.fiona) as tx:
        assert (await collect.discard(tx, UUID(bad["op_id"]))).state == "discarded"
    found = (await kept(scene, phone))[after["op_id"]]
    assert (found.state, found.result.code) == ("rejected", "animals.not_found")
    async with scene.as_(scene.fiona) as tx:
        done = await collect.mend(tx, UUID(after["op_id"]), OperationMend(values=weight(ewe)))
    assert done.state == "applied" and await weights(scene, ewe) == [30.0]


async def test_what_is_settled_cannot_be_mended(scene: Scene) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    done = phone.do("record", "create", new_id(), weight(ewe))
    await phone.push()
    with pytest.raises(Conflict, match="applied; only refused ones"):
        async with scene.as_(scene.fiona) as tx:
            await collect.mend(tx, UUID(done["op_id"]), OperationMend())
    with pytest.raises(Missing):
        async with scene.as_(scene.walt) as tx:
            await collect.mend(tx, UUID(done["op_id"]), OperationMend())


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"entity": "tractor"}, "collect.unknown_operation", "Use one of: animal"),
        ({"kind": "explode"}, "collect.unknown_operation", "Use one of: create, correct, void"),
        ({"seq": "first"}, "collect.unacceptable", "seq"),
        ({"entity_id": "x"}, "collect.unacceptable", "entity_id"),
        ({"values": {"animal_id": "x"}}, "collect.no_id", "animal_id is not an id"),
        ({"values": {"text": "a" * 70_000}}, "collect.too_large", "at most 65,536"),
        ({"values": {"animal_id": str(new_id()), "trait": "\0"}}, "collect.unacceptable", "trait"),
        (
            {"values": {"animal_id": str(new_id()), "value": float("inf")}},
            "collect.unacceptable",
            "",
        ),
        ({"surplus": 1}, "collect.unacceptable", "surplus"),
    ],
)
async def test_what_the_hub_does_not_understand_is_refused_alone(
    scene: Scene, change: dict[str, Any], code: str, words: str
) -> None:
    phone, ewe = scene.phone(), await scene.ewe()
    bad = phone.do("record", "create", new_id(), weight(ewe))
    bad.update(change)
    phone.do("record", "create", new_id(), weight(ewe))
    assert await states(phone) == ["rejected", "applied"]
    result = phone.results[bad["op_id"]]
    assert result["code"] == code and words in result["text"]
    assert bad["op_id"] in await kept(scene, phone)


async def test_an_operation_without_an_id_is_named_by_its_place(scene: Scene) -> None:
    phone = scene.phone()
    phone.outbox = [{"entity": "record"}]
    with pytest.raises(Invalid, match="no op_id") as refused:
        await phone.push()
    assert refused.value.errors[0].where == "operations.0.op_id"


async def test_operations_of_a_page_of_the_version_before_are_understood(scene: Scene) -> None:
    phone, ewe = scene.phone(schema_version=1), await scene.ewe()
    values = {"animal_id": str(ewe), "trait": "weaning_weight", "value": 30, "on": "2026-06-20"}
    old = phone.do("record", "record", new_id(), values)
    await phone.push(lose_reply=True)
    phone.schema_version = 2  # the page was renewed before the answer came, and its outbox with it
    renewed = {name: value for name, value in values.items() if name != "on"}
    phone.outbox = [{**old, "kind": "create", "values": {**renewed, "recorded_on": values["on"]}}]
    reply = await phone.push()
    assert reply and reply["results"][0]["replayed"]
    assert await weights(scene, ewe) == [30.0]
    found = (await kept(scene, phone))[old["op_id"]]
    assert found.state == "applied" and found.received["values"] == values


@pytest.mark.parametrize(("version", "words"), [(0, "Load the page again"), (99, "being updated")])
async def test_pages_of_other_times_are_told_to_wait_or_load_again(
    scene: Scene, version: int, words: str
) -> None:
    phone = scene.phone(schema_version=version)
    phone.do("record", "create", new_id(), weight(new_id()))
    with pytest.raises(Conflict, match=words):
        await phone.push()
    with pytest.raises(Conflict, match=words):
        await phone.pull(scene.hill)


async def test_a_wrong_clock_is_flagged_and_orders_nothing(scene: Scene) -> None:
    phone, ewe = scene.phone(clock=timedelta(days=-3 * 365)), await scene.ewe()
    phone.do("record", "create", new_id(), weight(ewe))
    reply = await phone.push()
    assert reply and reply["clock_offset_seconds"] > 3 * 364 * 86400
    assert "days behind" in reply["warnings"][0]["message"]
    [result] = reply["results"]
    assert [one["code"] for one in result["warnings"]] == ["collect.clock"]
    [stored] = (await kept(scene, phone)).values()
    assert stored.clock_offset_seconds == pytest.approx(3 * 365 * 86400, rel=1e-3)
    right = scene.phone(clock=timedelta(seconds=200))
    right.do("record", "create", new_id(), weight(ewe, on="2026-06-21"))
    reply = await right.push()
    assert reply and not reply["warnings"] and not reply["results"][0]["warnings"]


async def test_nobody_writes_on_a_farm_of_others_whatever_the_phone_says(scene: Scene) -> None:
    phone, ewe = scene.phone(scene.marc), await scene.ewe()
    phone.do("record", "create", new_id(), weight(ewe))
    phone.do("animal", "create", new_id(), lamb(scene, "STRAY"))
    phone.do("animal", "patch", ewe, {"name": "Stolen"})
    assert await states(phone) == ["rejected"] * 3
    codes = [one["code"] for one in phone.results.values()]
    assert codes == ["animals.not_found", "farms.not_found", "animals.not_found"]
    assert await kept(scene, scene.phone()) == {}


async def test_a_mistake_of_ours_is_kept_aside_as_well(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(records, "add", broken)
    phone, animal = scene.phone(), new_id()
    bad = phone.do("record", "create", new_id(), weight(animal))
    phone.do("animal", "create", animal, lamb(scene, "FINE"))
    assert await states(phone) == ["rejected", "applied"]
    assert phone.results[bad["op_id"]]["code"] == "collect.unexpected"
    monkeypatch.undo()
    async with scene.as_(scene.fiona) as tx:
        assert (await collect.mend(tx, UUID(bad["op_id"]), OperationMend())).state == "applied"


def test_too_many_operations_at_once_are_refused() -> None:
    body = {"device": "phone-00", "schema_version": 2, "sent_at": "2026-01-01T00:00:00Z"}
    with pytest.raises(ValueError, match="at most 500"):
        Push.model_validate_json(to_json(body | {"operations": [{}] * 501}))


async def test_animals_are_not_created_twice_by_two_phones_with_one_outbox(scene: Scene) -> None:
    phone, animal = scene.phone(), new_id()
    phone.do("animal", "create", animal, lamb(scene, "TWIN"))
    other = scene.phone()
    other.outbox = list(phone.outbox)
    assert await states(phone) == ["applied"]
    assert await states(other) == ["applied"]
    async with scene.as_(scene.fiona) as tx:
        assert (await animals.get(tx, animal)).tag == "TWIN"
