"""Messages of partners into the hub: new ones, corrections under the same name, and voids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from agrigen.io.icar_ade import Finding, mend, validate
from hub import animals, events, farms, records
from hub.animals import AnimalCreate, AnimalUpdate, OtherIdentifier, Sex, Status
from hub.errors import FieldError, Invalid
from hub.events.models import Event
from hub.events.schemas import EventCorrect, EventCreate
from hub.exchange import incoming, outgoing, reading, repository
from hub.exchange.collections import COLLECTIONS, Path
from hub.exchange.herd import OURS, Herd, Message
from hub.exchange.incoming import Measured, Mention, Told, refuse
from hub.exchange.models import ExchangeSource
from hub.farms.models import Farm
from hub.records import RecordCorrect, RecordCreate
from hub.records.models import Record
from hub.storage.transaction import Transaction

_FRAME = {"resourceType", "@self", "meta", "location", "id", "animal", "eventDateTime",
          "identifier", "birthDate", "managementTag"}  # fmt: skip
"""Fields that are always written from what the hub knows."""

_EXTENSIONS = (OURS, "animal")
"""Fields that ADE does not have; it forgot the animal of embryo flushings."""

REASON = "Sent anew by {source}"
VOIDED = "Deleted by {source}"


@dataclass
class Taken:
    """What became of a message: the message as it stands now, and what is to be told of it."""

    message: Message
    notes: list[str] = field(default_factory=list)
    created: bool = True


@dataclass
class _Sent:
    """A message on its way in."""

    farm: Farm
    herd: Herd
    path: Path
    message: Message
    unknown: dict[str, Any]
    notes: list[str]

    @property
    def resource(self) -> str:
        return COLLECTIONS[self.path].resource

    @property
    def source(self) -> str:
        return str(self.message.get("meta", {}).get("source", ""))[:200]

    @property
    def source_id(self) -> str:
        meta = self.message.get("meta", {})
        return str(meta.get("sourceId", self.message.get("id", "")))[:200]

    @property
    def deleted(self) -> bool:
        return bool(self.message.get("meta", {}).get("isDeleted"))


async def take(tx: Transaction, farm: Farm, path: Path, message: Any) -> Taken:
    """One message into the hub; everything wrong with it is told at once."""
    sent = _opened(farm, path, message)
    known = await _known(tx, sent)
    if sent.deleted:
        return await _void(tx, sent, known)
    match COLLECTIONS[path].entity:
        case "animal" | "birth":
            id_, created = await _animal(tx, sent, known)
            ids = [id_]
        case "event":
            ids, created = await _events(tx, sent, known)
        case _:
            ids, created = await _records(tx, sent, known)
    await _name(tx, sent, ids)
    return Taken(await _shown(tx, sent, ids), sent.notes, created)


def _opened(farm: Farm, path: Path, message: Any) -> _Sent:
    """The message mended, and refused with every place that does not fit its schema."""
    resource = COLLECTIONS[path].resource
    value, notes, unknown = mend(message, resource, zone=farm.time_zone, extensions=_EXTENSIONS)
    if isinstance(value, dict) and isinstance(value.get("medicine"), dict):
        # Most programs know a medicine by its name alone, which says all that ADE asks for.
        name = str(value["medicine"].get("name", ""))
        value["medicine"] = outgoing.medicine(name) | value["medicine"]
    found = validate(value, resource)
    if isinstance(value, dict) and value.get("resourceType") not in (resource, None):
        # The catalog of ADE itself misspells two names, so the address decides.
        notes.append(f"resourceType {value['resourceType']} was taken as {resource}")
        value["resourceType"] = resource
    if found:
        raise Invalid(
            "exchange.not_ade", f"The message does not fit the schema of {resource}.",
            errors=[_error(one, resource) for one in found],
        )  # fmt: skip
    if unknown:
        notes.append(f"kept, but not used: {', '.join(sorted(unknown))}")
    return _Sent(farm, reading.herd_of(farm), path, value, unknown, notes)


def _error(one: Finding, resource: str) -> FieldError:
    where = one.where.removeprefix(resource).lstrip(".")
    return FieldError(where or "message", one.message, one.remedy)


async def _known(tx: Transaction, sent: _Sent) -> list[ExchangeSource]:
    """What was sent under this name before; our own names are those of things here."""
    if not sent.source or not sent.source_id:
        sent.notes.append("without meta.source and meta.sourceId: it cannot be corrected later")
        return []
    return await repository.named(
        tx.session, sent.farm.id, sent.source, sent.source_id, sent.resource
    )


async def _name(tx: Transaction, sent: _Sent, ids: Sequence[UUID]) -> None:
    """Remember the partner's names, and the fields that the hub has no place for."""
    if not sent.source or not sent.source_id:
        return
    several = COLLECTIONS[sent.path].entity == "event"
    parts = [f"#{place + 1}" if place and several else "" for place in range(len(ids))]
    links = [
        {
            "farm_id": sent.farm.id, "source": sent.source, "resource": sent.resource,
            "source_id": f"{sent.source_id}{part}", "entity_id": id_,
            "entity": _entity(sent.path), "kept": {},
        }
        for id_, part in zip(ids, parts, strict=True)
    ]  # fmt: skip
    for link in links:
        await repository.name(tx.session, link)
    shown = await _bare(tx, sent, ids)  # as it would be without what is kept
    for place, link in enumerate(links):
        kept = _kept(sent, shown[place if several else 0])
        if kept:
            await repository.name(tx.session, link | {"kept": kept})


def _entity(path: Path) -> str:
    entity = COLLECTIONS[path].entity
    return {"birth": "animal", "test_day_result": "record"}.get(entity, entity)


def _kept(sent: _Sent, ours: Message) -> Message:
    """The fields of the message that would come back otherwise than they were sent."""
    top = {name: value for name, value in sent.unknown.items() if "." not in name}
    told = {**sent.message, **top}
    return {k: v for k, v in told.items() if k not in _FRAME and ours.get(k) != v}


async def _shown(tx: Transaction, sent: _Sent, ids: Sequence[UUID]) -> Message:
    return (await _bare(tx, sent, ids))[0]


async def _bare(tx: Transaction, sent: _Sent, ids: Sequence[UUID]) -> list[Message]:
    """The things as messages."""
    match COLLECTIONS[sent.path].entity:
        case "animal" | "birth":
            return await reading.of_animals(tx, sent.herd, sent.path, ids)
        case "event":
            found = {one.id: one for one in await repository.events_by_id(tx.session, ids)}
            return await reading.of_events(tx, sent.herd, sent.path, [found[id_] for id_ in ids])
        case "record":
            rows = await repository.records_by_id(tx.session, ids)
            return await reading.of_records(tx, sent.herd, sent.path, [rows[id_] for id_ in ids])
        case _:
            return await reading.of_test_days(tx, sent.herd, [ids])


async def _resolved(
    tx: Transaction, sent: _Sent, mentions: Sequence[Mention], others: Sequence[str] = ()
) -> dict[str, UUID]:
    """Ids of the animals that a message speaks of; parents that nobody knows are added.

    They are looked for on the farm, parents then on shared farms (studs), as imports do: the same
    tag on another farm is another animal.
    """
    wanted = list({one.id for one in mentions} | set(others))
    found = await animals.resolve(tx, wanted, sent.farm.id)
    seen = await animals.get_many(tx, {id_ for ids in found.values() for id_ in ids})
    shared = await farms.shared(tx)
    parents = {one.id for one in mentions if one.sex != "U"}
    ids: dict[str, UUID] = {}
    for name, bearers in found.items():
        homes = {sent.farm.id, *(shared if name in parents else ())}
        fitting = [id_ for id_ in bearers if id_ in seen and seen[id_].farm_id in homes]
        if len(fitting) > 1:
            raise refuse(
                "animal", f"{name} is the identifier of several animals.",
                "Send an identifier that only one animal bears.",
            )  # fmt: skip
        if fitting:
            ids[name] = fitting[0]
    for one in mentions:
        if one.id not in ids and one.sex != "U":
            ids[one.id] = await _stub(tx, sent, one)
    return ids


async def _stub(tx: Transaction, sent: _Sent, one: Mention) -> UUID:
    """A parent of whom nothing but the name is known."""
    sent.notes.append(f"{one.id} was not known and has been added")
    new = AnimalCreate(
        farm_id=sent.farm.id, tag=one.id, scheme=one.scheme, name=one.name, sex=Sex(one.sex),
        status=Status.UNKNOWN,
    )  # fmt: skip
    return (await animals.create(tx, new)).id


def _id_of(mention: Mention, ids: dict[str, UUID], farm: Farm) -> UUID:
    if mention.id not in ids:
        raise refuse(
            "animal.id", f"{mention.id} is no animal of {farm.name} ({farm.code}).",
            "Send the animal first (animals, births or arrivals), or correct the identifier.",
        )  # fmt: skip
    return ids[mention.id]


async def _animal(
    tx: Transaction, sent: _Sent, known: Sequence[ExchangeSource]
) -> tuple[UUID, bool]:
    """An animal, or the birth of one: added, or changed where it is known."""
    message = sent.message if sent.path is Path.ANIMALS else _detail(sent)
    own, others = incoming.names(message)
    ids = await _resolved(tx, sent, [own, *incoming.parents_of_animal(message)])
    fields = incoming.animal(message, ids, sent.herd)
    id_ = known[0].entity_id if known else ids.get(own.id)
    if id_ is None:
        names = {(one.scheme, one.id) for one in others} - {(own.scheme, own.id)}
        new = AnimalCreate(
            farm_id=sent.farm.id, tag=own.id, scheme=own.scheme,
            identifiers=tuple(OtherIdentifier(scheme=s, value=v) for s, v in sorted(names)),
            **fields,
        )  # fmt: skip
        return (await animals.create(tx, new)).id, True
    fields.pop("species")
    await animals.update(tx, id_, AnimalUpdate(**fields))
    return id_, False


def _detail(sent: _Sent) -> Message:
    """The animal of a movement: its detail, or what little the movement itself says."""
    message = sent.message
    detail = dict(message.get("animalDetail") or {})
    detail.setdefault("identifier", incoming.subject(message) and message["animal"])
    detail.setdefault("specie", sent.herd.species.title())
    detail.setdefault("gender", "Unknown")
    if "eventDateTime" in message and sent.path is Path.BIRTHS:
        detail.setdefault("birthDate", message["eventDateTime"])
    return detail


async def _events(
    tx: Transaction, sent: _Sent, known: Sequence[ExchangeSource]
) -> tuple[list[UUID], bool]:
    """An event: recorded, or corrected where it is known."""
    mention = incoming.subject(sent.message)
    others = incoming.newborns(sent.message) if sent.path is Path.PARTURITIONS else ()
    ids = await _resolved(tx, sent, [mention, *incoming.parents(sent.message)], others)
    if sent.path is Path.ARRIVALS and mention.id not in ids:
        ids[mention.id], _ = await _animal(tx, sent, ())
    animal_id = _id_of(mention, ids, sent.farm)
    told = incoming.events(sent.resource, sent.message, ids, sent.herd)
    stored = {one.id: one for one in await repository.events_by_id(
        tx.session, [one.entity_id for one in known])}  # fmt: skip
    before = [stored[one.entity_id] for one in known if one.entity_id in stored]
    done = []
    for place, one in enumerate(told):
        if place < len(before):
            done.append(await _corrected(tx, sent, before[place], one))
        else:
            done.append(await _recorded(tx, sent, animal_id, one))
    for old in before[len(told) :]:
        if not old.voided:
            await events.void(tx, old.id, REASON.format(source=sent.source))
    return done, not before


async def _recorded(tx: Transaction, sent: _Sent, animal_id: UUID, one: Told) -> UUID:
    new = EventCreate(
        animal_id=animal_id, occurred_on=one.occurred_on, occurred_at=one.occurred_at,
        details=one.details, remark=one.remark,
    )  # fmt: skip
    recorded = await events.record(tx, new)
    sent.notes.extend(notice.message for notice in recorded.warnings)
    return recorded.id


async def _corrected(tx: Transaction, sent: _Sent, stored: Event, one: Told) -> UUID:
    """A new revision where the message says something else than before."""
    same = (
        stored.occurred_on == one.occurred_on
        and stored.occurred_at == one.occurred_at
        and stored.remark == one.remark
        and _same_details(stored.details, one.details.model_dump(mode="json"))
    )
    if same:
        return stored.id
    if stored.kind != one.details.kind:
        raise refuse(
            "meta.sourceId", f"Under this name an event of kind {stored.kind} was sent before.",
            "Send the new event under a name of its own, and delete the old one.",
        )  # fmt: skip
    change = EventCorrect(
        reason=REASON.format(source=sent.source or "the sender"), occurred_on=one.occurred_on,
        occurred_at=one.occurred_at, details=one.details, remark=one.remark,
    )  # fmt: skip
    return (await events.correct(tx, stored.id, change)).id


def _same_details(stored: dict[str, Any], new: dict[str, Any]) -> bool:
    """Equal but for the ids that the hub gave to newborns."""
    bare = [_without_ids(one) for one in (stored, new)]
    return bare[0] == bare[1]


def _without_ids(details: dict[str, Any]) -> dict[str, Any]:
    if "offspring" not in details:
        return details
    young = [{k: v for k, v in one.items() if k != "animal_id"} for one in details["offspring"]]
    return {**details, "offspring": young}


async def _records(
    tx: Transaction, sent: _Sent, known: Sequence[ExchangeSource]
) -> tuple[list[UUID], bool]:
    """Records: added, or corrected where they are known."""
    mention = incoming.subject(sent.message)
    ids = await _resolved(tx, sent, [mention])
    animal_id = _id_of(mention, ids, sent.farm)
    scores = {
        trait.icar.partition(".")[2]: code
        for code, trait in (await reading.traits_of(tx, Path.CONFORMATION_SCORES)).items()
    }
    told = incoming.records(sent.resource, sent.message, sent.herd, scores)
    rows = await repository.records_by_id(tx.session, [one.entity_id for one in known])
    before = {row.trait_code: row for row in rows.values()}
    done = [await _record(tx, sent, animal_id, one, before.pop(one.trait, None)) for one in told]
    for gone in before.values():
        await repository.forget(tx.session, sent.farm.id, [gone.id])
        await records.remove(tx, gone.id, REASON.format(source=sent.source))
    return done, not rows


async def _record(
    tx: Transaction, sent: _Sent, animal_id: UUID, one: Measured, stored: Record | None
) -> UUID:
    fields = {
        "value": one.value, "recorded_on": one.recorded_on, "occasion": one.occasion,
        "method": one.method, "device": one.device, "attributes": one.attributes,
    }  # fmt: skip
    if stored:
        reason = REASON.format(source=sent.source or "the sender")
        change = RecordCorrect(animal_id=animal_id, reason=reason, **fields)
        return (await records.correct(tx, stored.id, change)).id
    there = await repository.same_record(
        tx.session, animal_id, one.trait, one.recorded_on, one.occasion
    )
    if there and there.value == one.value:
        sent.notes.append(f"the same record of {one.trait} was there already")
        return there.id
    return (await records.add(tx, animal_id, RecordCreate(trait=one.trait, **fields))).id


async def _void(tx: Transaction, sent: _Sent, known: Sequence[ExchangeSource]) -> Taken:
    """What was sent under this name did not happen."""
    if not known:
        sent.notes.append("nothing was known under this name, so nothing was deleted")
        return Taken(sent.message, sent.notes, created=False)
    if _entity(sent.path) == "animal":
        raise refuse(
            "meta.isDeleted", "Animals are not deleted: their events and offspring stay.",
            "Send their departure or death, or merge duplicates in the hub.",
        )  # fmt: skip
    reason = VOIDED.format(source=sent.source)
    ids = [one.entity_id for one in known]
    if _entity(sent.path) == "event":
        for one in await repository.events_by_id(tx.session, ids):
            if not one.voided:
                await events.void(tx, one.id, reason)
        return Taken(await _shown(tx, sent, ids), sent.notes, created=False)
    await repository.forget(tx.session, sent.farm.id, ids)
    for id_ in await repository.records_by_id(tx.session, ids):
        await records.remove(tx, id_, reason)
    return Taken(sent.message, sent.notes, created=False)
