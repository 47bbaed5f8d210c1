"""Use cases of traits and records."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hub import animals, audit, farms
from hub.animals.models import Animal
from hub.animals.rules import latest_today
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.records import repository, rules
from hub.records.models import Record, Trait
from hub.records.schemas import (
    FarmRecordQuery,
    FarmRecordRead,
    RecordCorrect,
    RecordCreate,
    RecordQuery,
    RecordRead,
    TraitRead,
)
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


async def traits(tx: Transaction) -> list[TraitRead]:
    """All traits of the hub in order of code."""
    tx.actor.require(Permission.RECORDS_READ)
    return [TraitRead.model_validate(trait) for trait in await repository.traits(tx.session)]


async def trait(tx: Transaction, code: str) -> TraitRead:
    """One trait."""
    tx.actor.require(Permission.RECORDS_READ)
    found = await repository.trait(tx.session, code)
    if found is None:
        raise Missing("records.no_such_trait", f"There is no trait {code!r}.")
    return TraitRead.model_validate(found)


async def of_animal(tx: Transaction, animal_id: UUID, query: RecordQuery) -> Page[RecordRead]:
    """Records of an animal, newest first."""
    tx.actor.require(Permission.RECORDS_READ)
    animal = await animals.find(tx, animal_id)
    page = await repository.of_animal(tx.session, animal.id, query)
    return Page([RecordRead.model_validate(record) for record in page.items], page.next_cursor)


async def of_farm(tx: Transaction, farm_id: UUID, query: FarmRecordQuery) -> Page[FarmRecordRead]:
    """Records of a farm with the tags of its animals, newest first."""
    tx.actor.require(Permission.RECORDS_READ)
    await farms.require_visible(tx, farm_id)
    page = await repository.of_farm(tx.session, farm_id, query)
    tags = await repository.tags(tx.session, {record.animal_id for record in page.items})
    rows = [
        FarmRecordRead.model_validate(
            {**RecordRead.model_validate(record).model_dump(), "trait_code": record.trait_code,
             "tag": tags[record.animal_id]}
        )
        for record in page.items
    ]  # fmt: skip
    return Page(rows, page.next_cursor)


async def get(tx: Transaction, record_id: UUID) -> RecordRead:
    """One record that the caller may see."""
    tx.actor.require(Permission.RECORDS_READ)
    return RecordRead.model_validate(await _find(tx, record_id))


async def get_many(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, RecordRead]:
    """The visible ones of these records by id; the others are left out."""
    tx.actor.require(Permission.RECORDS_READ)
    found = await repository.get_many(tx.session, ids)
    return {record.id: RecordRead.model_validate(record) for record in found}


async def add(tx: Transaction, animal_id: UUID, new: RecordCreate) -> RecordRead:
    """Record an observation on an animal of a farm on which the caller works.

    A record that the client gave an id is stored once, however often it is sent.
    """
    tx.actor.require(Permission.RECORDS_WRITE)
    animal = await animals.find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    if new.id and (stored := await repository.get(tx.session, new.id)):
        return _as_it_was(stored, animal, new)
    trait = await _trait_for(tx, new.trait)
    record = _made(tx, trait, animal, new)
    with _refusing_taken(), _refusing_again(animal.tag, trait):
        await repository.add(tx.session, record)
    await audit.write(
        tx, "records:add", subject_id=record.id, farm_id=record.farm_id,
        animal_id=animal.id, after=new.model_dump(),
    )  # fmt: skip
    return RecordRead.model_validate(record)


async def add_many(tx: Transaction, new: Sequence[tuple[Animal, RecordCreate]]) -> None:
    """Record observations on animals of farms on which the caller was found to work.

    The same is checked as of one; no record of these ids or days may be there yet.
    """
    tx.actor.require(Permission.RECORDS_WRITE)
    if not new:
        return
    traits = {one.trait: await _trait_for(tx, one.trait) for _, one in new}
    made = [_made(tx, traits[one.trait], animal, one) for animal, one in new]
    first, trait = new[0][0], traits[new[0][1].trait]
    with _refusing_taken(), _refusing_again(first.tag, trait):
        await repository.add_many(tx.session, made)
    acts = {
        record.id: {"animal_id": animal.id, "after": one.model_dump()}
        for record, (animal, one) in zip(made, new, strict=True)
    }
    await audit.write_many(tx, "records:add", first.farm_id, acts)


async def same(
    tx: Transaction, record_id: UUID, animal_id: UUID, trait: str, on: date
) -> tuple[RecordRead | None, list[RecordRead]]:
    """The record of an id, and the others of a trait of an animal on a day."""
    tx.actor.require(Permission.RECORDS_READ)
    rows = await repository.same(tx.session, record_id, animal_id, trait, on)
    found = {row.id: RecordRead.model_validate(row) for row in rows}
    return found.pop(record_id, None), list(found.values())


async def correct(tx: Transaction, record_id: UUID, changed: RecordCorrect) -> RecordRead:
    """Put right what was recorded wrongly; what it was before stays in the log."""
    tx.actor.require(Permission.RECORDS_WRITE)
    record = await _to_write(tx, record_id)
    given = changed.changes()
    changes = {name: value for name, value in given.items() if getattr(record, name) != value}
    if changes:
        await _apply(tx, record, changes, changed.reason)
    return RecordRead.model_validate(record)


async def remove(tx: Transaction, record_id: UUID, reason: str) -> None:
    """Take a record away; what it was, and why it went, stays in the log."""
    tx.actor.require(Permission.RECORDS_WRITE)
    record = await _to_write(tx, record_id)
    before = RecordRead.model_validate(record).model_dump()
    await repository.remove(tx.session, record)
    await audit.write(
        tx, "records:remove", subject_id=record_id, farm_id=record.farm_id,
        animal_id=record.animal_id, before=before, reason=reason,
    )  # fmt: skip


async def _apply(tx: Transaction, record: Record, changes: dict[str, Any], reason: str) -> None:
    animal = await animals.find_to_change(tx, changes.get("animal_id", record.animal_id))
    if animal.farm_id != record.farm_id:
        message = f"{animal.tag} is an animal of another farm than this record."
        remedy = "Name an animal of the same farm, or remove the record and add it there."
        raise _refusal([FieldError("animal_id", message, remedy)])
    trait = await _trait_for(tx, record.trait_code)
    facts = {name: changes.get(name, getattr(record, name)) for name in ("value", "recorded_on")}
    _check(trait, animal, **facts)
    before = {name: getattr(record, name) for name in changes}
    if record.source_import_id and changes.keys() & {"value", "recorded_on", "animal_id"}:
        # What it says now stands in no file; the log keeps which file it stood in.
        before |= {"source_import_id": record.source_import_id, "source_row": record.source_row}
        record.source_import_id = record.source_row = None
    for name, value in changes.items():
        setattr(record, name, value)
    with _refusing_again(animal.tag, trait):
        await repository.store(tx.session, record)
    await audit.write(
        tx, "records:correct", subject_id=record.id, farm_id=record.farm_id,
        animal_id=record.animal_id, before=before, after=changes, reason=reason,
    )  # fmt: skip


async def _find(tx: Transaction, record_id: UUID) -> Record:
    record = await repository.get(tx.session, record_id)
    if record is None:
        raise Missing("records.not_found", "There is no such record, or you may not see it.")
    return record


async def _to_write(tx: Transaction, record_id: UUID) -> Record:
    """The record, locked, on a farm on which the caller works."""
    record = await _find(tx, record_id)
    await farms.require_write(tx, record.farm_id)
    await repository.lock(tx.session, record)
    return record


def _made(tx: Transaction, trait: Trait, animal: Animal, new: RecordCreate) -> Record:
    """A record as it is to be stored, if it can be so."""
    _check(trait, animal, new.value, new.recorded_on)
    values = new.model_dump(exclude={"id", "trait"})
    return Record(
        id=new.id or new_id(), farm_id=animal.farm_id, animal_id=animal.id, trait_code=trait.code,
        person_id=tx.actor.person_id, **values,
    )  # fmt: skip


def _check(trait: Trait, animal: Animal, value: float, recorded_on: date | None) -> None:
    problems = rules.problems_of_record(
        trait, animal, value=value, recorded_on=recorded_on, today=latest_today(datetime.now(UTC))
    )
    if problems:
        raise _refusal(problems)


def _as_it_was(stored: Record, animal: Animal, new: RecordCreate) -> RecordRead:
    """The stored record if the same was sent again; another one under its id is refused."""
    read = RecordRead.model_validate(stored)
    sent = new.model_dump(exclude={"id"})
    same = read.model_dump(include=set(sent)) == sent and read.animal_id == animal.id
    if not same:
        raise _taken()
    return read


async def _trait_for(tx: Transaction, code: str) -> Trait:
    found = await repository.trait(tx.session, code)
    if found is None:
        known = [trait.code for trait in await repository.traits(tx.session)]
        raise _refusal([rules.unknown_trait_problem(code, known)])
    return found


def _refusal(problems: list[FieldError]) -> Invalid:
    text = " ".join(problem.message for problem in problems)
    return Invalid("records.refused", text, errors=problems)


def _taken() -> Conflict:
    return Conflict(
        "records.id_taken",
        "Another record has this id already. Correct that one, or send this one under a new id.",
        errors=[FieldError("id", "The id is taken.", "Make a new UUIDv7.")],
    )


def _refusing_taken() -> AbstractContextManager[None]:
    return refusing_duplicates("pk_record", _taken())


def _refusing_again(tag: str, trait: Trait) -> AbstractContextManager[None]:
    refusal = Conflict(
        "records.duplicate",
        f"{tag} has a record of {trait.name} for this date and occasion already. If it is another "
        "one, name its occasion (for example 'evening').",
    )
    return refusing_duplicates("uq_record_occasion", refusal)
