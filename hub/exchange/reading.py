"""What a farm has, as the messages of a collection."""

from collections.abc import Collection as Some
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import animals, evaluations, performance
from hub.animals import AnimalRead
from hub.evaluations import AnimalValue
from hub.events.models import Event
from hub.events.schemas import EventRead
from hub.exchange import outgoing, repository
from hub.exchange.collections import COLLECTIONS, Collection, Path
from hub.exchange.herd import OURS, Herd, Message, scheme_in
from hub.exchange.repository import Found, Wanted
from hub.exchange.schemas import ExchangeQuery
from hub.exchange.words import DEATHS
from hub.farms.models import Farm
from hub.performance import FarmLactationQuery
from hub.permissions import Permission
from hub.records import RecordRead
from hub.records.models import Record, Trait
from hub.storage.transaction import Transaction

_ALIVE = ("sold", "slaughtered")
_MILK = "TestDayResult."
_SCORE = "ConformationScore."


@dataclass(frozen=True)
class Members:
    """A page of a collection."""

    messages: list[Message]
    total: int | None
    next_cursor: str | None


def herd_of(farm: Farm) -> Herd:
    return Herd(farm.id, farm.code, farm.species, farm.time_zone)


async def members(tx: Transaction, farm: Farm, path: Path, query: ExchangeQuery) -> Members:
    """One page of a collection of a farm."""
    collection = COLLECTIONS[path]
    tx.actor.require(permission(collection))
    wanted = Wanted(
        farm.id, query.modified_from, query.modified_to, await _asked(tx, farm, query),
        query.cursor, query.limit,
    )  # fmt: skip
    herd = herd_of(farm)
    if path is Path.LACTATIONS:
        return await _lactations(tx, herd, wanted)
    if path is Path.BREEDING_VALUES:
        return await _breeding_values(tx, herd, wanted)
    found = await _find(tx, path, wanted)
    messages = await _messages(tx, herd, path, found.page.items)
    return Members(messages, found.total, found.page.next_cursor)


def permission(collection: Collection) -> Permission:
    """What one must be allowed to see a collection."""
    if collection.entity in ("animal", "birth"):
        return Permission.ANIMALS_READ
    if collection.entity in ("event", "withdrawal"):
        return Permission.EVENTS_READ
    if collection.entity == "breeding_value":
        return Permission.EVALUATIONS_READ
    return Permission.RECORDS_READ


async def _lactations(tx: Transaction, herd: Herd, wanted: Wanted) -> Members:
    """Lactations with test days; they are worked out, so all are told, whatever has changed."""
    query = FarmLactationQuery(limit=wanted.limit, cursor=wanted.cursor)
    page = await performance.lactations_of_farm(tx, herd.farm_id, query)
    chosen = [
        one for one in page.items if wanted.animals is None or one.animal_id in wanted.animals
    ]
    herd = await with_animals(tx, herd, {one.animal_id for one in chosen})
    messages = [
        _worked_out(herd, Path.LACTATIONS, f"{one.event_id}/lactation",
                    herd.when(one.last_test_on), outgoing.lactation(one, herd))
        for one in chosen
    ]  # fmt: skip
    return Members(messages, None, page.next_cursor)


async def _breeding_values(tx: Transaction, herd: Herd, wanted: Wanted) -> Members:
    """What published evaluations say of a page of animals, a message for each evaluation."""
    everything = replace(wanted, modified_from=None, modified_to=None)
    found = await repository.animals(tx.session, everything)
    herd = await with_animals(tx, herd, found.page.items)
    messages = []
    for id_ in found.page.items:
        by_evaluation: dict[UUID, list[AnimalValue]] = {}
        for value in await evaluations.of_animal(tx, id_):
            by_evaluation.setdefault(value.evaluation_id, []).append(value)
        messages += [
            _worked_out(herd, Path.BREEDING_VALUES, f"{id_}/{evaluation}",
                        outgoing.stamp(some[0].published_at or datetime.now(UTC)),
                        outgoing.breeding_values(some, herd))
            for evaluation, some in by_evaluation.items()
        ]  # fmt: skip
    return Members(messages, None, found.page.next_cursor)


def _worked_out(herd: Herd, path: Path, id_: str, modified: str, body: Message) -> Message:
    meta = {"source": OURS, "sourceId": id_, "modified": modified}
    resource = COLLECTIONS[path].resource
    return {"resourceType": resource, "id": id_, "meta": meta, "location": herd.location, **body}


async def _asked(tx: Transaction, farm: Farm, query: ExchangeQuery) -> tuple[UUID, ...] | None:
    """The animals of the filter; None when everything is asked for."""
    if query.animal_id is None or query.animal_scheme is None:
        return None
    bearers = await animals.resolve(tx, [query.animal_id], farm.id)
    found = await animals.get_many(tx, bearers.get(query.animal_id, ()))
    scheme = scheme_in(query.animal_scheme)
    return tuple(one.id for one in found.values() if _bears(one, scheme, query.animal_id))


def _bears(one: AnimalRead, scheme: str, value: str) -> bool:
    return any((name.scheme, name.value) == (scheme, value) for name in one.identifiers)


async def _find(tx: Transaction, path: Path, wanted: Wanted) -> Found:
    collection = COLLECTIONS[path]
    session = tx.session
    match collection.entity:
        case "animal" | "birth":
            return await repository.animals(session, wanted, born_here=collection.entity == "birth")
        case "event" | "withdrawal":
            disposals = {Path.DEATHS: tuple(DEATHS), Path.DEPARTURES: _ALIVE}.get(path)
            return await repository.events(
                session, wanted, collection.kinds, disposals=disposals,
                withholding=collection.entity == "withdrawal",
            )  # fmt: skip
        case "record":
            return await repository.records(session, wanted, await traits_of(tx, path))
        case "test_day":
            return await repository.test_days(session, wanted, await traits_of(tx, path))
        case _:
            return await repository.test_day_results(session, wanted, await traits_of(tx, path))


async def traits_of(tx: Transaction, path: Path) -> dict[str, Trait]:
    """The traits that a collection of measurements is about, by code."""
    every = await repository.traits(tx.session)
    if path is Path.WEIGHTS:
        return {one.code: one for one in every if one.icar == "Weight"}
    prefix = _SCORE if path is Path.CONFORMATION_SCORES else _MILK
    return {one.code: one for one in every if one.icar.startswith(prefix)}


async def _messages(tx: Transaction, herd: Herd, path: Path, items: Sequence[Any]) -> list[Message]:
    match COLLECTIONS[path].entity:
        case "animal" | "birth":
            return await of_animals(tx, herd, path, items)
        case "event" | "withdrawal":
            return await of_events(tx, herd, path, items)
        case "record":
            return await of_records(tx, herd, path, items)
        case "test_day":
            return [_of_test_day(herd, day) for day in items]
        case _:
            return await of_test_days(tx, herd, items)


async def with_animals(tx: Transaction, herd: Herd, ids: Some[UUID]) -> Herd:
    """The farm with these animals and their parents, as far as they may be seen."""
    found = await animals.get_many(tx, ids)
    above = {parent for one in found.values() for parent in _above(one)} - found.keys()
    return replace(herd, animals={**await animals.get_many(tx, above), **found})


def _above(one: AnimalRead) -> Iterable[UUID]:
    named = (one.sire_id, one.dam_id, one.recipient_dam_id, one.foster_dam_id)
    yield from (id_ for id_ in named if id_)
    yield from (sire.id for sire in one.possible_sires)


async def of_animals(tx: Transaction, herd: Herd, path: Path, ids: Sequence[UUID]) -> list[Message]:
    """Animals, or their births, as messages."""
    herd = await with_animals(tx, herd, ids)
    names = await repository.names_of(tx.session, herd.farm_id, COLLECTIONS[path].resource, ids)
    make = outgoing.animal if path is Path.ANIMALS else outgoing.birth
    suffix = "" if path is Path.ANIMALS else "/birth"
    return [
        _whole(herd, path, herd.animals[one], make(herd.animals[one], herd), names.get(one), suffix)
        for one in ids
        if one in herd.animals
    ]


async def of_events(
    tx: Transaction, herd: Herd, path: Path, items: Sequence[Event]
) -> list[Message]:
    """Events, or what they withhold, as messages."""
    mentioned = {id_ for one in items for id_ in _mentioned(one)}
    herd = await with_animals(tx, herd, mentioned)
    # What a treatment withholds has its name at the source.
    named = COLLECTIONS[Path.TREATMENTS if path is Path.WITHDRAWALS else path].resource
    names = await repository.names_of(tx.session, herd.farm_id, named, [i.id for i in items])
    messages = []
    for item in items:
        one = _read(item, herd)
        if path is Path.WITHDRAWALS:
            messages += [
                _of_treatment(herd, path, one, body, names.get(one.id), product)
                for product, body in outgoing.withdrawals(one, herd)
            ]
        else:
            messages.append(_whole(herd, path, one, outgoing.event(one, herd), names.get(one.id)))
    return messages


def _of_treatment(
    herd: Herd, path: Path, one: EventRead, body: Message, name: Any | None, product: str
) -> Message:
    message = _whole(herd, path, one, body, None, f"/{product}")
    if name:
        message["meta"] |= {"source": name.source, "sourceId": f"{name.source_id}/{product}"}
    return message


def _mentioned(one: Event) -> Iterable[UUID]:
    yield one.animal_id
    for name in ("sire_id", "donor_id"):
        if found := one.details.get(name):
            yield UUID(found)
    yield from (UUID(id_) for id_ in one.details.get("sire_ids") or ())
    young = (born.get("animal_id") for born in one.details.get("offspring", ()))
    yield from (UUID(id_) for id_ in young if id_)


def _read(one: Event, herd: Herd) -> EventRead:
    fields = {name: getattr(one, name) for name in _EVENT_FIELDS}
    animal = herd.animals.get(one.animal_id)
    return EventRead.model_validate(fields | {"tag": animal.tag if animal else ""})


_EVENT_FIELDS = tuple(EventRead.model_fields.keys() - {"tag", "warnings"})


async def of_records(
    tx: Transaction, herd: Herd, path: Path, items: Sequence[Record]
) -> list[Message]:
    """Weighings or scores as messages."""
    herd = await with_animals(tx, herd, {one.animal_id for one in items})
    resource = COLLECTIONS[path].resource
    names = await repository.names_of(tx.session, herd.farm_id, resource, [i.id for i in items])
    traits = await traits_of(tx, path)
    messages = []
    for item in items:
        one = RecordRead.model_validate(item)
        if path is Path.WEIGHTS:
            body = outgoing.weight(one, herd)
        else:
            scored = traits[one.trait].icar.removeprefix(_SCORE)
            body = outgoing.score(one, herd, scored)
        messages.append(_whole(herd, path, one, body, names.get(one.id)))
    return messages


async def of_test_days(
    tx: Transaction, herd: Herd, groups: Sequence[Sequence[UUID]]
) -> list[Message]:
    """Results of test days: the records of one animal on one day are one message."""
    path = Path.TEST_DAY_RESULTS
    ids = [id_ for group in groups for id_ in group]
    found = await repository.records_by_id(tx.session, ids)
    herd = await with_animals(tx, herd, {one.animal_id for one in found.values()})
    names = await repository.names_of(tx.session, herd.farm_id, COLLECTIONS[path].resource, ids)
    labels = {
        code: (trait.icar.removeprefix(_MILK), trait.unit)
        for code, trait in (await traits_of(tx, path)).items()
    }
    messages = []
    for group in groups:
        some = [RecordRead.model_validate(found[id_]) for id_ in sorted(group)]
        latest = max(one.updated_at for one in some)
        whole = some[0].model_copy(update={"updated_at": latest})
        body = outgoing.test_day_result(some, herd, labels)
        name = next((names[one.id] for one in some if one.id in names), None)
        messages.append(_whole(herd, path, whole, body, name, "/test-day"))
    return messages


def _of_test_day(herd: Herd, day: Any) -> Message:
    at = outgoing.test_day(day, herd)
    return _worked_out(herd, Path.TEST_DAYS, f"{herd.farm_id}/{day}", at["endDate"], at)


def _whole(
    herd: Herd, path: Path, one: Any, body: Message, name: Any | None, suffix: str = ""
) -> Message:
    """A message with its frame; fields that a partner sent and the hub has no place for as sent.

    While nobody has changed the thing here since, they go before ours, which say less.
    """
    source = (name.source, name.source_id) if name else (OURS, f"{one.id}{suffix}")
    head = outgoing.frame(
        COLLECTIONS[path].resource, herd, id=f"{one.id}{suffix}", created=one.created_at,
        modified=one.updated_at, deleted=getattr(one, "voided", False), source=source,
    )  # fmt: skip
    if name is None:
        return head | body
    untouched = one.updated_at <= name.updated_at
    return head | (body | name.kept if untouched else name.kept | body)


async def changed(tx: Transaction, farm: Farm, rows: Sequence[Any]) -> list[Message]:
    """What changed, each thing once and as it is now, in the order of its last change."""
    herd = herd_of(farm)
    order = {row.entity_id: row.seq for row in rows}
    messages = [(row.seq, _gone(herd, row)) for row in rows if row.gone]
    latest = max(order.values(), default=0)
    by_path = await _by_path(tx, [row for row in rows if not row.gone])
    for path, items in by_path.items():
        for one in await _messages(tx, herd, path, items):
            messages.append((order.get(UUID(one["id"].partition("/")[0]), latest), one))
    return [one for _, one in sorted(messages, key=lambda pair: pair[0])]


async def _by_path(tx: Transaction, rows: Sequence[Any]) -> dict[Path, list[Any]]:
    """Changed things by the collection that shows them; what ADE has no message for is left out."""
    ids = {name: [row.entity_id for row in rows if row.entity == name] for name in _ENTITIES}
    found: dict[Path, list[Any]] = {Path.ANIMALS: ids["animal"]}
    for event in await repository.events_by_id(tx.session, ids["event"]):
        if path := path_of(event):
            found.setdefault(path, []).append(event)
    records = await repository.records_by_id(tx.session, ids["record"])
    for path in (Path.WEIGHTS, Path.CONFORMATION_SCORES):
        traits = await traits_of(tx, path)
        found[path] = [one for one in records.values() if one.trait_code in traits]
    milk = await traits_of(tx, Path.TEST_DAY_RESULTS)
    days = [one.id for one in records.values() if one.trait_code in milk]
    found[Path.TEST_DAY_RESULTS] = await repository.whole_test_days(tx.session, days, milk)
    return found


_ENTITIES = ("animal", "event", "record")


def path_of(event: Event) -> Path | None:
    """The collection that shows an event."""
    if event.kind == "disposal":
        return Path.DEATHS if event.details["disposal"] in DEATHS else Path.DEPARTURES
    places = (path for path, one in COLLECTIONS.items() if event.kind in one.kinds)
    return next(places, None)


def _gone(herd: Herd, row: Any) -> Message:
    """What is no longer there; of its fields nothing is left."""
    resources = {"animal": Path.ANIMALS, "event": Path.REMARKS, "record": Path.WEIGHTS}
    meta = {
        "source": OURS, "sourceId": str(row.entity_id), "isDeleted": True,
        "modified": outgoing.stamp(row.changed_at),
    }  # fmt: skip
    return {
        "resourceType": COLLECTIONS[resources[row.entity]].resource, "id": str(row.entity_id),
        "meta": meta, "location": herd.location,
    }  # fmt: skip
