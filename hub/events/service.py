"""Use cases of events: record, correct, void, and read what is recorded.

Whatever is written, the whole sequence of the animal's events is looked at afterwards: an event may
be told late, and a correction may make a later event impossible.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import animals, audit, farms
from hub.animals.models import Animal
from hub.animals.rules import latest_today
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.events import consequences, duplicates, plausible, relations, repository, seen
from hub.events.details import Parturition
from hub.events.known import Known, load
from hub.events.machine import Happening
from hub.events.models import Event
from hub.events.newborns import with_ids
from hub.events.schemas import (
    AnimalEventQuery,
    EventCorrect,
    EventCreate,
    EventQuery,
    EventRead,
    EventRevisionRead,
    same_day,
)
from hub.events.species import rules_of
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


async def record(tx: Transaction, new: EventCreate) -> EventRead:
    """Record what happened to an animal of a farm on which the caller works.

    The same event sent again (by its `id`) is answered with the stored one.
    """
    tx.actor.require(Permission.EVENTS_WRITE)
    animal = await animals.hold(tx, new.animal_id)
    event = _made(tx, new, animal)
    h = seen.happening_of(event)
    known = await load(tx, animal, h, new.id)
    if known.sent_before:
        return await _sent_before(tx, known, event)
    _mark_duplicate(known, event, confirmed=new.confirmed_not_duplicate)
    found = await _check(tx, known, [*known.happened, h], h)
    with refusing_duplicates("pk_event", _taken()):
        await repository.add(tx.session, event)
    moves = h.kind in ("arrival", "disposal")
    told = [] if moves else seen.notice_of_status(animal, known.happened)
    await consequences.follow(tx, known, event, was=None, now=h)
    await _audit(tx, "events:record", event, after=new.model_dump(mode="json"))
    return seen.told_of(event, animal, found, told)


async def correct(tx: Transaction, event_id: UUID, changed: EventCorrect) -> EventRead:
    """Put right what was told wrongly; what was told before stays as a revision."""
    tx.actor.require(Permission.EVENTS_WRITE)
    event, animal = await _event_to_write(tx, event_id)
    if event.voided:
        message = "This event is voided. Record it anew if it did happen."
        raise Conflict("events.voided", message)
    if changed.expected_revision not in (None, event.revision):
        raise _revised(event)
    given = _changes(event, changed)
    changes = {name: value for name, value in given.items() if getattr(event, name) != value}
    if changes:
        now = seen.happening_of(event, changes)
        changes |= changed.model_dump(include={"reason", "device", "recorded_at"})
        await _change(tx, animal, event, changes, now)
        await _audit(tx, "events:correct", event, reason=changed.reason)
    return await _read_one(tx, event, animal)


async def void(tx: Transaction, event_id: UUID, reason: str) -> EventRead:
    """Say that an event did not happen; it stays as a revision, and counts no more."""
    tx.actor.require(Permission.EVENTS_WRITE)
    event, animal = await _event_to_write(tx, event_id)
    if not event.voided:
        await _change(tx, animal, event, {"voided": True, "reason": reason}, None)
        await _audit(tx, "events:void", event, reason=reason)
    return await _read_one(tx, event, animal)


async def get(tx: Transaction, event_id: UUID) -> EventRead:
    """One event that the caller may see, with what is unusual about it."""
    tx.actor.require(Permission.EVENTS_READ)
    event = await _find(tx, event_id)
    return await _read_one(tx, event, await animals.find(tx, event.animal_id))


async def get_many(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, EventRead]:
    """The visible ones of these events by id, without warnings."""
    tx.actor.require(Permission.EVENTS_READ)
    found = await repository.get_many(tx.session, ids)
    return {shown.id: shown for shown in await seen.read(tx, found)}


async def search(tx: Transaction, query: EventQuery) -> Page[EventRead]:
    """Visible events, newest first, without warnings."""
    tx.actor.require(Permission.EVENTS_READ)
    if query.farm:
        await farms.require_visible(tx, query.farm)
    page = await repository.search(tx.session, query)
    return Page(await seen.read(tx, page.items), page.next_cursor)


async def of_animal(tx: Transaction, animal_id: UUID, query: AnimalEventQuery) -> Page[EventRead]:
    """Events of an animal, newest first, with what is unusual about each."""
    tx.actor.require(Permission.EVENTS_READ)
    animal = await animals.find(tx, animal_id)
    narrowed = {**query.model_dump(), "animal": animal.id}
    page = await repository.search(tx.session, EventQuery.model_validate(narrowed))
    everything = await seen.happenings(tx, animal.id)
    notices = seen.notices_of(plausible.findings(seen.subject_of(animal), everything))
    return Page(await seen.read(tx, page.items, notices), page.next_cursor)


async def history(tx: Transaction, event_id: UUID) -> list[EventRevisionRead]:
    """Every revision of an event, the first one first."""
    tx.actor.require(Permission.EVENTS_READ)
    await _find(tx, event_id)
    revisions = await repository.revisions(tx.session, event_id)
    return [EventRevisionRead.model_validate(one) for one in revisions]


async def _find(tx: Transaction, event_id: UUID) -> Event:
    event = await repository.get(tx.session, event_id)
    if event is None:
        raise Missing("events.not_found", "There is no such event, or you may not see it.")
    return event


async def _event_to_write(tx: Transaction, event_id: UUID) -> tuple[Event, Animal]:
    event = await _find(tx, event_id)
    animal = await animals.hold(tx, event.animal_id)
    await repository.reread(tx.session, event)
    return event, animal


async def _read_one(tx: Transaction, event: Event, animal: Animal) -> EventRead:
    return seen.read_one(event, animal, await seen.happenings(tx, animal.id))


def _made(tx: Transaction, new: EventCreate, animal: Animal) -> Event:
    event_id = new.id or new_id()
    details = new.details
    if isinstance(details, Parturition):
        details = with_ids(details, event_id)
    return Event(
        id=event_id, farm_id=animal.farm_id, animal_id=animal.id, kind=new.kind.value,
        occurred_on=new.occurred_on, occurred_at=_utc(new.occurred_at),
        details=details.model_dump(mode="json"), remark=new.remark, revision=1, voided=False,
        reason="", person_id=tx.actor.person_id, device=new.device,
        recorded_at=_utc(new.recorded_at), group_id=new.group_id,
    )  # fmt: skip


def _utc(at: datetime | None) -> datetime | None:
    """As the database answers it."""
    return at.astimezone(UTC) if at else None


async def _sent_before(tx: Transaction, known: Known, sent: Event) -> EventRead:
    """The stored event, if what is sent is what was told first."""
    stored = await _find(tx, sent.id)
    first = await repository.first_revision(tx.session, stored.id)
    told, again = seen.content(first or stored), seen.content(sent)
    if told != again:
        raise _taken()
    return seen.read_one(stored, known.animal, known.happened)


def _mark_duplicate(known: Known, event: Event, *, confirmed: bool) -> None:
    animal, told = known.animal, [one for one in known.told if one.kind == event.kind]
    if event.kind == "parturition":
        rules = rules_of(animal.species)
        twin = duplicates.twin_birth(event, told, rules)
        if twin and not confirmed:
            raise duplicates.refuse_twin_birth(animal.tag, event, twin, rules)
    elif not confirmed:
        event.possible_duplicate_of = duplicates.possible_duplicate(event, told)


def _changes(event: Event, changed: EventCorrect) -> dict[str, Any]:
    """What the correction comes to, as it is stored; a time of another day is dropped."""
    changes = changed.changes()
    on, at = changes.get("occurred_on"), event.occurred_at
    if on and at and not same_day(at, on):
        changes.setdefault("occurred_at", None)
    details = changes.get("details")
    if details is None:
        return changes
    if details.kind != event.kind:
        message = f"This event is a {event.kind}, not a {details.kind}."
        remedy = "Void it, and record the other one."
        error = FieldError("details.kind", message, remedy)
        raise Invalid("events.refused", f"{message} {remedy}", errors=[error])
    if isinstance(details, Parturition):
        before = Parturition.model_validate(event.details)
        details = with_ids(details, event.id, before)
    return changes | {"details": details.model_dump(mode="json")}


async def _change(
    tx: Transaction, animal: Animal, event: Event, changes: dict[str, Any], now: Happening | None
) -> None:
    """Store another revision, if what remains is possible, and let what follows from it follow."""
    was = seen.happening_of(event)
    known = await load(tx, animal, now)
    others = known.others(event.id)
    if now or event.kind not in _LEAVES_NOTHING:
        await _check(tx, known, [*others, now] if now else others, now)
    for name, value in changes.items():
        setattr(event, name, value)
    await repository.store(tx.session, event)
    await consequences.follow(tx, known, event, was=was, now=now)


_LEAVES_NOTHING = {"remark", "diagnosis", "treatment", "movement", "heat"}


async def _check(
    tx: Transaction, known: Known, after: list[Happening], h: Happening | None
) -> list[plausible.Finding]:
    """Refuse what makes a possible sequence impossible, and whatever is named wrongly.

    What is unusual, and was impossible before, is answered.
    """
    subject = known.subject
    every = plausible.findings(subject, after)
    found = [one for one in every if one.refused]
    if found:
        before = {one.same for one in plausible.findings(subject, known.happened) if one.refused}
        found = [one for one in found if one.same not in before]
    errors = [_error(one, h, rules_of(subject.species)) for one in found]
    if h:
        errors += relations.too_late(h.on, latest_today(datetime.now(UTC)))
        errors += await relations.problems(tx, known, h)
    if errors:
        raise _refusal(errors, next((one.earlier for one in found if one.earlier), None))
    return every


def _error(one: plausible.Finding, h: Happening | None, rules: Any) -> FieldError:
    if h and one.about.id == h.id:
        return FieldError(one.where, one.message, one.remedy)
    what = f"the {plausible.noun(one.about, rules)} of {one.about.on}"
    message = f"Then {what} could not be: {one.message}"
    return FieldError("occurred_on", message, f"First correct or void {what}.")


def _refusal(errors: Iterable[FieldError], earlier: UUID | None) -> Invalid:
    errors = list(errors)
    text = " ".join(f"{error.message} {error.remedy}".strip() for error in errors)
    named = {"event_id": str(earlier)} if earlier else {}
    return Invalid("events.refused", text, errors=errors, **named)


def _taken() -> Conflict:
    return Conflict(
        "events.id_taken",
        "Another event has this id already. Correct that one, or send this one under a new id.",
        errors=[FieldError("id", "The id is taken.", "Make a new UUIDv7.")],
    )


def _revised(event: Event) -> Conflict:
    return Conflict(
        "events.revised",
        f"Somebody has corrected this event meanwhile (revision {event.revision}). Read it again, "
        "then correct what is still wrong.",
        revision=event.revision,
    )


async def _audit(tx: Transaction, action: str, event: Event, **details: Any) -> None:
    await audit.write(
        tx, action, subject_id=event.id, farm_id=event.farm_id, animal_id=event.animal_id,
        kind=event.kind, revision=event.revision, **details,
    )  # fmt: skip
