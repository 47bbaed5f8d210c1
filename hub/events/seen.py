"""Stored animals and events as the state machine sees them, and events as people do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.animals import AnimalRead
from hub.animals.models import Animal
from hub.events import repository
from hub.events.machine import Happening, Subject
from hub.events.models import Event
from hub.events.plausible import Finding, findings
from hub.events.schemas import EventRead, Notice
from hub.storage.transaction import Transaction

_COLUMNS = tuple(name for name in EventRead.model_fields if name not in ("tag", "warnings"))


def subject_of(animal: Animal | AnimalRead) -> Subject:
    return Subject(
        animal.id, animal.tag, animal.sex, animal.species, animal.birth_date, animal.status
    )


def happening_of(event: Event, changes: Mapping[str, Any] | None = None) -> Happening:
    """The event as it is, or as it would be with these changes."""
    names = ("id", "kind", "occurred_on", "details", "occurred_at")
    return Happening(*((changes or {}).get(name, getattr(event, name)) for name in names))


async def happenings(tx: Transaction, animal_id: UUID) -> list[Happening]:
    """Everything that happened to one animal."""
    found = await repository.happenings(tx.session, {animal_id})
    return found.get(animal_id, [])


def told_of(
    event: Event, animal: Animal, found: Iterable[Finding], more: Iterable[Notice] = ()
) -> EventRead:
    """An event with what is unusual about it, of what was found of all events of the animal."""
    told = [*notices_of(found).get(event.id, ()), *more, *_of_duplicate(event)]
    return _shown(event, animal.tag, told)


async def read(
    tx: Transaction, events: Sequence[Event], notices: dict[UUID, list[Notice]] | None = None
) -> list[EventRead]:
    """Events with the tags of their animals."""
    tags = await repository.tags(tx.session, {event.animal_id for event in events})
    return [
        _shown(event, tags[event.animal_id], (notices or {}).get(event.id, ())) for event in events
    ]


def read_one(event: Event, animal: Animal, happened: Iterable[Happening]) -> EventRead:
    """An event with what is unusual about it among all that happened to the animal."""
    return told_of(event, animal, findings(subject_of(animal), happened))


def _shown(event: Event, tag: str, warnings: Iterable[Notice]) -> EventRead:
    columns = {name: getattr(event, name) for name in _COLUMNS}
    return EventRead.model_validate({**columns, "tag": tag, "warnings": tuple(warnings)})


def notices_of(found: Iterable[Finding]) -> dict[UUID, list[Notice]]:
    """What is unusual, by event; a refusal that slipped in with an import is told as well."""
    notices: dict[UUID, list[Notice]] = {}
    for one in found:
        notice = Notice(code=f"events.{one.code}", message=one.message, event_id=one.earlier)
        notices.setdefault(one.about.id, []).append(notice)
    return notices


def _of_duplicate(event: Event) -> list[Notice]:
    first = event.possible_duplicate_of
    if first is None:
        return []
    message = "Somebody else told something very much like this; void one if they are the same."
    return [Notice(code="events.possible_duplicate", message=message, event_id=first)]


def notice_of_status(animal: Animal, happened: Iterable[Happening]) -> list[Notice]:
    """It is said to be sold or dead, but not since when: an import, or somebody set it by hand."""
    if animal.status not in ("sold", "dead") or any(h.kind == "disposal" for h in happened):
        return []
    message = f"{animal.tag} is marked as {animal.status}, but nobody recorded its disposal."
    return [Notice(code="events.status_without_event", message=message)]


def content(event: Any) -> dict[str, Any]:
    """What of an event is told by people, for comparing what was sent with what is stored."""
    names = ("animal_id", "occurred_on", "occurred_at", "details", "remark", "device",
             "recorded_at", "group_id")  # fmt: skip
    return {name: getattr(event, name) for name in names}
