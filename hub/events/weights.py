"""Weights that are told with an event become records, and follow its corrections."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID, uuid5

from hub import records
from hub.animals.models import Animal
from hub.events.models import Event
from hub.records import RecordCorrect, RecordCreate
from hub.storage.transaction import Transaction


async def follow(
    tx: Transaction, event: Event, animal: Animal, trait: str, kg: float | None, on: date
) -> None:
    """Let the record of this event's weight be what the event says now."""
    if kg is None:
        await withdraw(tx, event, animal.id, trait)
        return
    new = _record(event, animal.id, trait, kg, on)
    stored, others = await records.same(tx, _id(event, animal.id, trait), animal.id, trait, on)
    if stored is None:
        told_by_hand = any((one.value, one.occasion) == (kg, "") for one in others)
        await records.add_many(tx, [] if told_by_hand else [(animal, new)])
    elif (stored.value, stored.recorded_on) != (kg, on):
        changed = RecordCorrect(value=kg, recorded_on=on, reason=event.reason[:200])
        await records.correct(tx, stored.id, changed)


async def withdraw(tx: Transaction, event: Event, animal_id: UUID, trait: str) -> None:
    """The event says no weight of the animal any more."""
    record_id = _id(event, animal_id, trait)
    if record_id in await records.get_many(tx, [record_id]):
        await records.remove(tx, record_id, event.reason or "The event says no weight any more")


async def of_new(
    tx: Transaction, event: Event, trait: str, weights: Iterable[tuple[Animal, float]], on: date
) -> None:
    """Records of animals that the event itself made, of which nothing can be recorded yet."""
    new = [(animal, _record(event, animal.id, trait, kg, on)) for animal, kg in weights]
    await records.add_many(tx, new)


def _record(event: Event, animal_id: UUID, trait: str, kg: float, on: date) -> RecordCreate:
    return RecordCreate(
        id=_id(event, animal_id, trait), trait=trait, value=kg, recorded_on=on, device=event.device
    )


def _id(event: Event, animal_id: UUID, trait: str) -> UUID:
    """The same whenever the event says a weight of the animal."""
    return uuid5(event.id, f"{trait}:{animal_id}")
