"""Partners' messages: taken tolerantly, corrected under their own names, refused with the place."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any
from uuid import UUID, uuid4

import pytest

from agrigen.io.icar_ade import validate
from hub import animals, events, exchange
from hub.animals import AnimalQuery, AnimalRead
from hub.errors import Invalid, Missing
from hub.evaluations import AnimalValue
from hub.exchange import ChangesQuery, ExchangeQuery, Path, outgoing
from hub.exchange.herd import OURS, Herd
from tests.database import As
from tests.hub.exchange.conftest import SCHEME, World

NOW = datetime(2026, 1, 1, tzinfo=UTC)
META = {"source": "com.example.herd", "modified": "2026-03-14T13:00:00Z"}


def heat(name: str, tag: str = "E2", **more: Any) -> dict[str, Any]:
    """A heat as a partner sends it."""
    meta = {**META, "sourceId": name, **more.pop("meta", {})}
    animal = {"scheme": "org.agrigen.tag", "id": tag}
    return {"animal": animal, "eventDateTime": "2025-11-02", "meta": meta, **more}


async def send(world: World, as_: As, path: str, message: Any, farm: str = "HILL") -> Any:
    async with as_(world.fiona) as tx:
        return await exchange.take(tx, SCHEME, farm, path, message)


async def told(world: World, as_: As, taken: Any) -> Any:
    """The event that a message became."""
    async with as_(world.fiona) as tx:
        return await events.get(tx, UUID(taken.message["id"]))


async def test_a_message_sent_anew_is_a_correction_and_one_deleted_is_voided(
    world: World, as_: As
) -> None:
    first = await send(world, as_, "heats", heat("h1"))
    assert first.created
    again = await send(world, as_, "heats", heat("h1"))
    weak = await send(
        world, as_, "heats", heat("h1", visualDetection={"heatIntensity": "VeryWeak"})
    )
    assert first.message["id"] == again.message["id"] == weak.message["id"]
    one = await told(world, as_, first)
    assert (one.revision, one.details.intensity) == (2, "weak")
    assert weak.message["visualDetection"] == {"heatIntensity": "VeryWeak"}
    gone = await send(world, as_, "heats", heat("h1", meta={"isDeleted": True}))
    assert gone.message["meta"]["isDeleted"] is True
    one = await told(world, as_, first)
    assert one.voided and one.reason == "Deleted by com.example.herd"


async def test_national_codes_and_unknown_fields_come_back_until_something_changes_here(
    world: World, as_: As
) -> None:
    code = [{"scheme": "dk.reasons", "id": "17"}]
    sent = heat("h2", eventDateTime="2025-12-02T00:00:00Z", certainty="Suspect",
                extendedReasons=code)  # fmt: skip
    taken = await send(world, as_, "heats", sent)
    assert taken.message["extendedReasons"] == code
    assert taken.message["certainty"] == "Suspect"
    assert any("extendedReasons" in note for note in taken.notes)
    assert taken.message["eventDateTime"] == "2025-12-02T19:00:00Z"  # noon in Denver


async def test_a_bad_message_does_not_keep_the_others_out(world: World, as_: As) -> None:
    messages = [
        heat("b1", eventDateTime="2025-12-24"),
        heat("b2", tag="NOBODY"),
        heat("b3", eventDateTime="soon", certainty="Maybe"),
        "heat",
    ]
    async with as_(world.fiona) as tx:
        results = await exchange.take_all(tx, SCHEME, "HILL", "heats", messages)
    assert [("id" in one) for one in results] == [True, False, False, False]
    assert results[1]["meta"]["sourceId"] == "b2"
    assert "NOBODY is no animal of Hill" in results[1]["messages"][0]["detail"]
    assert {one["instance"] for one in results[2]["messages"]} == {"eventDateTime", "certainty"}
    for one in results:
        assert not validate(one, "icarBatchResult")


async def test_an_arrival_brings_an_unknown_animal_and_a_sire_nobody_knows_is_added(
    world: World, as_: As
) -> None:
    animal = {"scheme": "uk.cts.eartag", "id": "UK1"}
    detail = {"identifier": animal, "specie": "Sheep", "gender": "Female",
              "birthDate": "2022-03-01T12:00:00Z"}  # fmt: skip
    meta = {**META, "sourceId": "a1"}
    await send(world, as_, "arrivals", {"animal": animal, "eventDateTime": "2025-09-01",
               "arrivalReason": "Purchase", "animalDetail": detail, "meta": meta})  # fmt: skip
    served = {
        "animal": animal, "eventDateTime": "2025-10-01", "inseminationType": "Insemination",
        "sireIdentifiers": [{"scheme": "fr.sire", "id": "FR99"}], "sireOfficialName": "Ulysse",
        "farmContainer": 6202, "meta": {**META, "sourceId": "i1"},
    }  # fmt: skip
    taken = await send(world, as_, "inseminations", served)
    assert taken.message["farmContainer"] == "6202"
    async with as_(world.fiona) as tx:
        [sire] = (await animals.search(tx, AnimalQuery(farm=world.hill, text="FR99"))).items
        [ewe] = (await animals.search(tx, AnimalQuery(farm=world.hill, text="UK1"))).items
        query = ExchangeQuery(animal_scheme="uk.cts.eartag", animal_id="UK1")
        page = await exchange.members(tx, SCHEME, "HILL", "inseminations", query)
    assert (sire.name, sire.sex, sire.status) == ("Ulysse", "M", "unknown")
    assert (ewe.status, str(ewe.birth_date)) == ("alive", "2022-03-01")
    assert [one["meta"]["sourceId"] for one in page.messages] == ["i1"]


async def test_pounds_are_weighed_in_kilograms_and_come_back_as_pounds(
    world: World, as_: As
) -> None:
    weight = {"measurement": 100, "units": "LBR", "method": "WalkOver"}
    animal = {"scheme": "std.iso.11785", "id": "982000123456789"}
    message = {"animal": animal, "eventDateTime": "2025-08-01", "weight": weight,
               "meta": {**META, "sourceId": "w1"}}  # fmt: skip
    taken = await send(world, as_, "weights", message)
    assert taken.message["weight"] == weight
    assert taken.message["animal"] == {"scheme": "org.agrigen.tag", "id": "E1"}
    gone = {**message, "meta": {**message["meta"], "isDeleted": True}}
    await send(world, as_, "weights", gone)
    async with as_(world.fiona) as tx:
        page = await exchange.members(tx, SCHEME, "HILL", "weights", ExchangeQuery())
    assert "w1" not in {one["meta"]["sourceId"] for one in page.messages}


@pytest.mark.parametrize(
    ("path", "message", "sentence"),
    [
        ("heats", {"animal": {"scheme": "a", "id": "E2"}}, "does not say when"),
        ("animals", {"identifier": {"scheme": "a", "id": "B1"}, "specie": "Buffalo",
                     "gender": "Female"}, "no rules for Buffalo"),
        ("weights", heat("x1"), "no measurement"),
        ("inseminations", heat("x2", inseminationType="Implantation"), "has no parents"),
        ("test-days", {}, "worked out"),
        ("heats", heat("x5", eventDateTime="9999-12-31T23:59:59-14:00"), "is no date"),
        ("parturitions", heat("x4", totalProgeny=1e9), "1e\\+09 young are no litter"),
        ("deaths", heat("x3", eventDateTime="2031-01-01"), "future|today|days"),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_refused_in_words(
    world: World, as_: As, path: str, message: Any, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        await send(world, as_, path, message)


async def test_fields_of_our_own_in_another_shape_are_no_reason_to_fail(
    world: World, as_: As
) -> None:
    odd = {"sireIdentifiers": 5, "explanation": {"a": 1}, "defects": True}
    taken = await send(world, as_, "heats", heat("x6", **{OURS: odd}))
    assert (await told(world, as_, taken)).kind == "heat"


async def test_unknown_locations_and_collections_are_named(world: World, as_: As) -> None:
    with pytest.raises(Missing, match=r"no location uk\.cph/1"):
        async with as_(world.fiona) as tx:
            await exchange.members(tx, "uk.cph", "1", "heats", ExchangeQuery())
    with pytest.raises(Missing, match="There are animals, births"):
        async with as_(world.fiona) as tx:
            await exchange.members(tx, SCHEME, "HILL", "cows", ExchangeQuery())
    async with as_(world.fiona) as tx:
        assert {one["identifier"]["id"] for one in await exchange.locations(tx)} >= {"HILL"}


async def test_the_feed_tells_every_thing_once_and_only_what_changed_since(
    world: World, as_: As
) -> None:
    found: list[dict[str, Any]] = []
    token = None
    while True:
        async with as_(world.fiona) as tx:
            feed = await exchange.changes(tx, world.hill, ChangesQuery(since=token, limit=7))
        token = feed.token
        if not feed.messages:
            break
        found += feed.messages
    names = [(one["resourceType"], one["id"]) for one in found]
    assert len(names) > 20
    assert {"icarAnimalCoreResource", "icarReproHeatEventResource"} <= {name for name, _ in names}
    taken = await send(world, as_, "heats", heat("f1", eventDateTime="2025-12-30"))
    async with as_(world.fiona) as tx:
        feed = await exchange.changes(tx, world.hill, ChangesQuery(since=token))
        other = await exchange.changes(tx, world.hill, ChangesQuery(since=exchange_token("x", 3)))
        with pytest.raises(Invalid, match="token"):
            await exchange.changes(tx, world.hill, ChangesQuery(since="made up"))
    assert [one["id"] for one in feed.messages] == [taken.message["id"]]
    assert other.restart and not other.messages


def exchange_token(epoch: str, seq: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([epoch, seq]).encode()).decode()


EXAMPLES = {
    "exampleDryOffEventResources_Finland": Path.DRYING_OFFS,
    "exampleDryOffEventResources_Sweden": Path.DRYING_OFFS,
    "exampleInseminationEventResources_Finland": Path.INSEMINATIONS,
    "examplePregnancyCheckEventResources_Finland": Path.PREGNANCY_CHECKS,
}


@pytest.mark.parametrize(("name", "path"), EXAMPLES.items())
async def test_the_published_examples_are_taken_once_their_animals_are_known(
    world: World, as_: As, reference: FilePath, name: str, path: Path
) -> None:
    folder = reference.parent / "icar" / "ade-develop-2024-02-08" / "examples"
    if not folder.is_dir():
        pytest.skip(f"no published ADE examples at {folder}")
    messages = json.loads((folder / f"{name}.json").read_text())["member"]
    cows = [
        {"identifier": one["animal"], "specie": "Sheep", "gender": "Female",
         "birthDate": "2015-01-01T12:00:00Z",
         "meta": {**META, "sourceId": one["animal"]["id"]}}
        for one in messages
    ]  # fmt: skip
    async with as_(world.fiona) as tx:
        await exchange.take_all(tx, SCHEME, "BROOK", Path.ANIMALS, cows)
        results = await exchange.take_all(tx, SCHEME, "BROOK", path, messages)
    told = [m["detail"] for one in results for m in one["messages"] if m["severity"] == "Error"]
    # A cow that never calved is not dried off: the hub says so, and has read the message.
    assert all("id" in one for one in results) or path is Path.DRYING_OFFS, told


def test_breeding_values_fit_their_schema_and_name_trait_and_role() -> None:
    ewe = uuid4()
    shown = {"id": ewe, "farm_id": ewe, "tag": "E1", "name": "", "species": "sheep", "breed": "",
             "sex": "F", "birth_date": None, "birth_type": None, "status": "alive",
             "sire_id": None, "dam_id": None, "created_at": NOW, "updated_at": NOW}  # fmt: skip
    value = AnimalValue.model_construct(
        animal_id=ewe, evaluation="May", trait="weight", role="maternal", value=1.5,
        reliability=0.4,
    )  # fmt: skip
    herd = Herd(ewe, "HILL", "sheep", "UTC", {ewe: AnimalRead.model_validate(shown)})
    body = outgoing.breeding_values([value], herd)
    assert body["breedingValues"][0]["traitLabel"]["id"] == "weight.maternal"
    whole = {"resourceType": "icarBreedingValueResource", "id": "1", **body}
    assert not validate(whole, "icarBreedingValueResource")
