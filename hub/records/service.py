"""Use cases of traits and records."""

from datetime import UTC, datetime
from uuid import UUID

from hub import animals, audit, farms
from hub.animals.rules import latest_today
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.records import repository, rules
from hub.records.models import Record, Trait
from hub.records.schemas import RecordCreate, RecordQuery, RecordRead, TraitRead
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
    await animals.find(tx, animal_id)
    page = await repository.of_animal(tx.session, animal_id, query)
    return Page([RecordRead.model_validate(record) for record in page.items], page.next_cursor)


async def add(tx: Transaction, animal_id: UUID, new: RecordCreate) -> RecordRead:
    """Record an observation on an animal of a farm on which the caller works."""
    tx.actor.require(Permission.RECORDS_WRITE)
    animal = await animals.find(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    trait = await _trait_for(tx, new.trait)
    problems = rules.problems_of_record(
        trait, animal, value=new.value, recorded_on=new.recorded_on,
        today=latest_today(datetime.now(UTC)),
    )  # fmt: skip
    if problems:
        raise _refusal(problems)
    record = Record(
        id=new_id(), farm_id=animal.farm_id, animal_id=animal.id, trait_code=trait.code,
        **new.model_dump(include={"recorded_on", "occasion", "value", "attributes"}),
    )  # fmt: skip
    with refusing_duplicates("uq_record_occasion", _duplicate(animal.tag, trait)):
        await repository.add(tx.session, record)
    await audit.write(
        tx, "records:add", subject_id=record.id, farm_id=record.farm_id,
        animal_id=animal.id, after=new.model_dump(),
    )  # fmt: skip
    return RecordRead.model_validate(record)


async def _trait_for(tx: Transaction, code: str) -> Trait:
    found = await repository.trait(tx.session, code)
    if found is None:
        known = [trait.code for trait in await repository.traits(tx.session)]
        raise _refusal([rules.unknown_trait_problem(code, known)])
    return found


def _refusal(problems: list[FieldError]) -> Invalid:
    text = " ".join(problem.message for problem in problems)
    return Invalid("records.refused", text, errors=problems)


def _duplicate(tag: str, trait: Trait) -> Conflict:
    return Conflict(
        "records.duplicate",
        f"{tag} has a record of {trait.name} for this date and occasion already. If it is another "
        "one, name its occasion (for example 'evening').",
    )
