"""Weights that are told with an event become records, and follow its corrections."""

from datetime import date
from uuid import UUID, uuid5

from hub import records
from hub.errors import Missing
from hub.events.models import Event
from hub.records import RecordCorrect, RecordCreate, RecordQuery, RecordRead
from hub.storage.transaction import Transaction


async def follow(
    tx: Transaction, event: Event, animal_id: UUID, trait: str, kg: float | None, on: date
) -> None:
    """Let the record of this event's weight be what the event says now."""
    record_id = uuid5(event.id, f"{trait}:{animal_id}")
    stored = await _stored(tx, record_id)
    if stored is None:
        if kg is not None and not await _known(tx, animal_id, trait, kg, on):
            new = RecordCreate(
                id=record_id, trait=trait, value=kg, recorded_on=on, device=event.device
            )
            await records.add(tx, animal_id, new)
    elif kg is None:
        await records.remove(tx, record_id, event.reason or "The event says no weight any more")
    elif (stored.value, stored.recorded_on) != (kg, on):
        changed = RecordCorrect(value=kg, recorded_on=on, reason=event.reason[:200])
        await records.correct(tx, record_id, changed)


async def _stored(tx: Transaction, record_id: UUID) -> RecordRead | None:
    try:
        return await records.get(tx, record_id)
    except Missing:
        return None


async def _known(tx: Transaction, animal_id: UUID, trait: str, kg: float, on: date) -> bool:
    """Whether the same weight of the day was recorded by hand."""
    page = await records.of_animal(tx, animal_id, RecordQuery(trait=trait, limit=100))
    return any((one.recorded_on, one.value, one.occasion) == (on, kg, "") for one in page.items)
