"""What follows from an event, in the same transaction and by the services of the nouns below.

Status, place and foster dam of an animal are what its events say, all of them in their order; so
they are found anew, whether an event is recorded, corrected or voided.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from hub import animals
from hub.animals import AnimalUpdate, Status
from hub.animals.models import Animal
from hub.events import offspring, repository, seen, weights
from hub.events.known import Known
from hub.events.machine import Happening, in_order
from hub.events.models import Event
from hub.storage.transaction import Transaction

_STATUS = {
    "sold": Status.SOLD, "slaughtered": Status.DEAD, "died": Status.DEAD,
    "euthanized": Status.DEAD, "lost": Status.UNKNOWN,
}  # fmt: skip


async def follow(
    tx: Transaction, known: Known, event: Event, was: Happening | None, now: Happening | None
) -> None:
    """Bring everything that an event has a say in to what its events say now."""
    animal = known.animal
    if event.kind == "parturition":
        await offspring.follow(tx, known, event, was, now)
    elif event.kind == "weaning":
        kg = now.details["weight_kg"] if now else None
        on = (now or was or seen.happening_of(event)).on
        if was or kg is not None:
            await weights.follow(tx, event, animal, "weaning_weight", kg, on)
    elif event.kind in ("arrival", "disposal", "movement", "fostering"):
        others = known.others(event.id)
        happened = in_order([*others, now] if now else others)
        changes = await _said(tx, animal, event, happened, was)
        await animals.change(tx, animal, AnimalUpdate(**changes))


async def _said(
    tx: Transaction, animal: Animal, event: Event, happened: Iterable[Happening],
    was: Happening | None,
) -> dict[str, Any]:  # fmt: skip
    """What the animal's events say of it, where this one has a say."""
    if event.kind == "movement":
        last = _last(happened, "movement")
        back = was.details["from_place_id"] if was else None
        return {"place_id": last.details["place_id"] if last else back}
    if event.kind == "fostering":
        last = _last(happened, "fostering")
        foster = UUID(last.details["foster_dam_id"]) if last and _fostered(last) else None
        return {"foster_dam_id": None if foster == animal.dam_id else foster}
    last = _last(happened, "arrival", "disposal")
    if last is None:
        return {"status": await _status_at_birth(tx, animal)}
    arrived = last.kind == "arrival"
    return {"status": Status.ALIVE if arrived else _STATUS[last.details["disposal"]]}


def _last(happened: Iterable[Happening], *kinds: str) -> Happening | None:
    last = None
    for h in happened:
        last = h if h.kind in kinds else last
    return last


def _fostered(h: Happening) -> bool:
    return h.details["foster_dam_id"] is not None


async def _status_at_birth(tx: Transaction, animal: Animal) -> Status:
    dams = {dam for dam in (animal.dam_id, animal.recipient_dam_id) if dam}
    for birth in await repository.births_of(tx.session, dams, animal.id):
        for one in birth.details["offspring"]:
            if one["animal_id"] == str(animal.id) and one["state"] != "live":
                return Status.DEAD
    return Status.ALIVE
