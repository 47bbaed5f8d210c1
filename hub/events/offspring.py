"""A birth makes animals; correcting or voiding it follows to them, as far as nothing hangs on them.

What people changed of an animal afterwards stays: only what the birth itself says is taken over,
and only where it says something else than before.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from hub import animals, records
from hub.animals import AnimalCreate, AnimalUpdate, Status
from hub.animals.models import Animal
from hub.animals.removing import remove
from hub.errors import Conflict, FieldError, Missing
from hub.events import newborns, plausible, repository, seen, weights
from hub.events.details import Newborn, Parturition
from hub.events.machine import Happening
from hub.events.models import Event
from hub.records import RecordQuery
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class _Birth:
    """What a birth says of all its young."""

    on: date
    parents: newborns.Parents
    parents_breeds: tuple[str, ...]
    size: int

    def animal(self, young: Newborn) -> dict[str, Any]:
        """One of them as an animal."""
        return {
            "tag": young.tag, "name": young.name, "sex": young.sex,
            "breed": newborns.breed_of(young.breed, self.parents_breeds),
            "birth_date": self.on, "birth_type": min(self.size, newborns.LARGEST_LITTER),
            "status": Status.ALIVE if young.state == "live" else Status.DEAD,
            "sire_id": self.parents.sire, "dam_id": self.parents.dam,
            "recipient_dam_id": self.parents.recipient,
            "possible_sires": self.parents.possible_sires,
        }  # fmt: skip


async def follow(
    tx: Transaction, dam: Animal, event: Event, was: Happening | None, now: Happening | None
) -> None:
    """Let the animals be what the birth says now."""
    others = [h for h in await seen.happenings(tx, dam.id) if h.id != event.id]
    before, after = _young(was), _young(now)
    for id_ in before.keys() - after.keys():
        await _withdraw(tx, event, id_)
    if now is None:
        return
    birth = await _birth(tx, dam, others, now)
    past = await _birth(tx, dam, others, was) if was else None
    for id_, young in after.items():
        if id_ in before and past:
            await _change(tx, id_, past.animal(before[id_]), birth.animal(young))
        else:
            await _add(tx, dam, id_, birth.animal(young))
        weight = young.birth_weight_kg
        await weights.follow(tx, event, id_, "birth_weight", weight, birth.on)
    await _resize(tx, others, now, birth.size)


def _young(h: Happening | None) -> dict[UUID, Newborn]:
    """Those that are animals."""
    told = Parturition.model_validate(h.details).offspring if h else ()
    return {one.animal_id: one for one in told if one.animal_id}


async def _birth(tx: Transaction, dam: Animal, others: list[Happening], h: Happening) -> _Birth:
    parents = newborns.parents(seen.subject_of(dam), others, h)
    visible = await animals.get_many(tx, {parents.dam, *parents.sires})
    sires = tuple(sire for sire in parents.sires if sire in visible)
    breeds = tuple(one.breed for one in visible.values()) if sires else ()
    known = newborns.Parents(parents.dam, parents.recipient, sires)
    return _Birth(h.on, known, breeds, len(newborns.litter(others, h)))


async def _add(tx: Transaction, dam: Animal, id_: UUID, values: dict[str, Any]) -> None:
    known = (await animals.get_many(tx, {id_})).get(id_)
    if known is None:
        await animals.create(tx, AnimalCreate(id=id_, farm_id=dam.farm_id, **values))
        return
    if known.farm_id != dam.farm_id or known.tag != values["tag"]:
        message = f"{known.tag} has the id of an offspring with the tag {values['tag']}."
        remedy = "Send the offspring without animal_id, or with a new one."
        error = FieldError("details.offspring", message, remedy)
        raise Conflict("events.offspring_id_taken", f"{message} {remedy}", errors=[error])
    empty = {name: values[name] for name in values if not getattr(known, name, None)}
    await animals.update(tx, id_, AnimalUpdate(**_updatable(empty)))


async def _change(
    tx: Transaction, id_: UUID, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Take over what the birth says differently now; an animal that is gone stays gone."""
    changes = {name: value for name, value in after.items() if value != before[name]}
    if not changes or id_ not in await animals.get_many(tx, {id_}):
        return
    if "birth_date" in changes:
        await _check_life(tx, await animals.find(tx, id_), changes["birth_date"])
    moves = await repository.happenings(tx.session, {id_}, ("arrival", "disposal"))
    if moves:
        changes.pop("status", None)  # its own events say where it is
    await animals.update(tx, id_, AnimalUpdate(**_updatable(changes)))


def _updatable(changes: dict[str, Any]) -> dict[str, Any]:
    """Without nothing where something must stand."""
    return {
        name: value for name, value in changes.items()
        if value is not None or name in ("sire_id", "dam_id", "recipient_dam_id")
    }  # fmt: skip


async def _check_life(tx: Transaction, young: Animal, birth_date: date) -> None:
    """What happened to the young since must be possible with the new birth date, too."""
    happened = await seen.happenings(tx, young.id)
    subject = seen.subject_of(young)
    moved = type(subject)(
        subject.id, subject.tag, subject.sex, subject.species, birth_date, subject.status
    )
    known = {one.same for one in plausible.findings(subject, happened) if one.refused}
    for one in plausible.findings(moved, happened):
        if one.refused and one.same not in known:
            error = FieldError("occurred_on", one.message, "Correct that event first.")
            raise Conflict("events.offspring_in_the_way", one.message, errors=[error])


async def _resize(tx: Transaction, others: list[Happening], now: Happening, size: int) -> None:
    """The young of the other parts of this birth are of the same litter."""
    mine = _young(now).keys()
    for young in newborns.litter(others, now):
        if young.animal_id and young.animal_id not in mine:
            size = min(size, newborns.LARGEST_LITTER)
            await animals.update(tx, young.animal_id, AnimalUpdate(birth_type=size))


async def _withdraw(tx: Transaction, event: Event, id_: UUID) -> None:
    """Take away an animal that was not born then; refuse when anything else is known of it."""
    try:
        young = await animals.find(tx, id_)
    except Missing:
        return
    await weights.follow(tx, event, id_, "birth_weight", None, event.occurred_on)
    if young.id != id_:
        return  # found to be another animal since, which stays
    if young.created_at not in await repository.written_at(tx.session, event.id):
        dams = ("dam_id", "recipient_dam_id")
        unlinked = dict.fromkeys(one for one in dams if getattr(young, one) == event.animal_id)
        await animals.update(tx, id_, AnimalUpdate(**unlinked))
        return  # it was there before the birth was recorded
    told, voided = await repository.count_events(tx.session, id_)
    page = await records.of_animal(tx, id_, RecordQuery(limit=1))
    if told > voided or page.items or await animals.count_offspring(tx, id_):
        raise _in_use(young.tag)
    if voided:  # events are never deleted, so their animal stays, unlinked
        alone = AnimalUpdate(
            dam_id=None, sire_id=None, recipient_dam_id=None, possible_sires=(),
            status=Status.UNKNOWN,
        )  # fmt: skip
        await animals.update(tx, id_, alone)
        return
    try:
        await remove(tx, id_, reason=f"Voided birth: {event.reason}")
    except Conflict:
        raise _in_use(young.tag) from None


def _in_use(tag: str) -> Conflict:
    message = f"More is known of {tag} (events, records, offspring, genotypes or photos)."
    remedy = "Void or remove that first, or correct this birth so that the animal stays."
    error = FieldError("details.offspring", message, remedy)
    return Conflict("events.offspring_in_use", f"{message} {remedy}", errors=[error], tag=tag)
