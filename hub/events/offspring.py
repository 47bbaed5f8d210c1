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
from hub.events.known import Known
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
    tx: Transaction, known: Known, event: Event, was: Happening | None, now: Happening | None
) -> None:
    """Let the animals be what the birth says now."""
    others, before, after = known.others(event.id), _young(was), _young(now)
    for id_ in before.keys() - after.keys():
        await _withdraw(tx, event, id_)
    if now is None:
        return
    known = await known.with_others(tx, after)
    birth, known = await _birth(tx, known, others, now)
    past, known = await _birth(tx, known, others, was) if was else (None, known)
    there = known.visible(after)
    new = {id_: young for id_, young in after.items() if id_ not in {*there, *before}}
    await _add(tx, known, event, birth, new)
    for id_, young in there.items():
        told = birth.animal(after[id_])
        if id_ in before and past:
            await _change(tx, young, past.animal(before[id_]), told)
        else:
            await _link(tx, known.animal, id_, told)
        weight = after[id_].birth_weight_kg
        await weights.follow(tx, event, young, "birth_weight", weight, birth.on)
    await _resize(tx, others, now, birth.size)


def _young(h: Happening | None) -> dict[UUID, Newborn]:
    """Those that are animals."""
    told = Parturition.model_validate(h.details).offspring if h else ()
    return {one.animal_id: one for one in told if one.animal_id}


async def _birth(
    tx: Transaction, known: Known, others: list[Happening], h: Happening
) -> tuple[_Birth, Known]:
    parents = newborns.parents(known.subject, others, h)
    known = await known.with_others(tx, {parents.dam, *parents.sires})
    visible = known.visible({parents.dam, *parents.sires})
    sires = tuple(sire for sire in parents.sires if sire in visible)
    breeds = tuple(one.breed for one in visible.values()) if sires else ()
    told = newborns.Parents(parents.dam, parents.recipient, sires)
    return _Birth(h.on, told, breeds, len(newborns.litter(others, h))), known


async def _add(
    tx: Transaction, known: Known, event: Event, birth: _Birth, young: dict[UUID, Newborn]
) -> None:
    """The animals that the birth brings, with their weights."""
    if not young:
        return
    dam = known.animal
    new = {
        id_: AnimalCreate(id=id_, farm_id=dam.farm_id, **birth.animal(one))
        for id_, one in young.items()
    }
    parents = known.visible({*birth.parents.sires, birth.parents.dam, dam.id})
    made = await animals.create_many(tx, dam.farm_id, dam.species, new, parents)
    told = [(one, young[one.id].birth_weight_kg) for one in made]
    weighed = [(one, kg) for one, kg in told if kg is not None]
    await weights.of_new(tx, event, "birth_weight", weighed, birth.on)


async def _link(tx: Transaction, dam: Animal, id_: UUID, values: dict[str, Any]) -> None:
    """An animal that was there before its birth was told gets what it does not say itself."""
    known = (await animals.get_many(tx, {id_}))[id_]
    if known.farm_id != dam.farm_id or known.tag != values["tag"]:
        message = f"{known.tag} has the id of an offspring with the tag {values['tag']}."
        remedy = "Send the offspring without animal_id, or with a new one."
        error = FieldError("details.offspring", message, remedy)
        raise Conflict("events.offspring_id_taken", f"{message} {remedy}", errors=[error])
    empty = {name: values[name] for name in values if not getattr(known, name, None)}
    await animals.update(tx, id_, AnimalUpdate(**_updatable(empty)))


async def _change(
    tx: Transaction, young: Animal, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Take over what the birth says differently now."""
    changes = {name: value for name, value in after.items() if value != before[name]}
    if not changes:
        return
    if "birth_date" in changes:
        await _check_life(tx, young, changes["birth_date"])
    moves = await repository.happenings(tx.session, {young.id}, repository.MOVES)
    if moves:
        changes.pop("status", None)  # its own events say where it is
    await animals.update(tx, young.id, AnimalUpdate(**_updatable(changes)))


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
    await weights.withdraw(tx, event, id_, "birth_weight")
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
