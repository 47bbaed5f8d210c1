"""The names of animals in time: new tags, lost ones, and whoever bears what somebody reads."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agrigen.errors import DataError
from agrigen.phenotypes import read_identifier
from hub import audit, farms
from hub.animals import checking, repository, taken
from hub.animals.models import Animal, AnimalIdentifier
from hub.animals.normal import bare, normal
from hub.animals.reading import find, find_to_change, read
from hub.animals.schemas import (
    AnimalMatch,
    AnimalRead,
    IdentifierChange,
    IdentifierRead,
    IdentifierState,
    OtherIdentifier,
    TagReason,
)
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.transaction import Transaction

MOST_MATCHES = 20
LONG = 8
"""Marks of this length mean one animal, whatever scheme they are said to be of."""


async def lookup(tx: Transaction, farm_id: UUID | None, written: str) -> list[AnimalMatch]:
    """Whoever bears what somebody typed or scanned, in any spelling; the nearest first.

    A short number finds the animals whose identifiers end with it. Those that bear it now go
    before those that bore it once.
    """
    tx.actor.require(Permission.ANIMALS_READ)
    if farm_id:
        await farms.require_visible(tx, farm_id)
    found = await _bearers(tx.session, farm_id, bare(written))
    if not found:
        _check_readable(written)
    animals = await repository.get_many(tx.session, {one.animal_id for one in found})
    shown = {one.id: one for one in await read(tx, list(animals.values()))}
    first: dict[UUID, AnimalIdentifier] = {}
    for one in found:
        first.setdefault(one.animal_id, one)
    whole = bare(written)[::-1]
    return [
        AnimalMatch(
            animal=shown[one.animal_id],
            identifier=IdentifierRead.model_validate(one),
            exact=one.backwards == whole,
        )
        for one in first.values()
        if one.animal_id in shown
    ]


async def retag(
    tx: Transaction,
    animal_id: UUID,
    scheme: str,
    value: str,
    on: date,
    reason: TagReason = TagReason.REPLACED,
) -> AnimalRead:
    """Give an animal another tag of a scheme from a day on; the one before ends that day.

    The tag of an animal that is no longer on the farm may be used again.
    """
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await _to_write(tx, animal_id)
    _check_day(animal, on)
    await _free(tx, animal, OtherIdentifier(scheme=scheme, value=value), on)
    ended = await _end(tx.session, animal, scheme, on, reason)
    before = {"tag": animal.tag, "identifiers": [one.value for one in ended]}
    if scheme == "tag" or animal.tag in before["identifiers"]:
        animal.tag = value
    await _add(tx.session, animal, OtherIdentifier(scheme=scheme, value=value, valid_from=on))
    after = {"tag": animal.tag, "identifiers": [value], "scheme": scheme, "on": on}
    await _note(tx, animal, "animals:retag", before, {**after, "reason": reason})
    return await _shown(tx, animal)


async def add(tx: Transaction, animal_id: UUID, new: OtherIdentifier) -> AnimalRead:
    """A further name of an animal, beside those that it has."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await _to_write(tx, animal_id)
    if new.valid_from:
        _check_day(animal, new.valid_from)
    await refuse_taken(tx, animal.farm_id, [new], animal)
    await _add(tx.session, animal, new)
    await _note(tx, animal, "animals:identify", None, new.model_dump())
    return await _shown(tx, animal)


async def change(
    tx: Transaction, animal_id: UUID, identifier_id: UUID, changed: IdentifierChange
) -> AnimalRead:
    """Correct from when to when a name was borne, and how it ended."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await _to_write(tx, animal_id)
    found = await tx.session.get(AnimalIdentifier, identifier_id)
    if found is None or found.animal_id != animal.id:
        raise Missing("animals.no_such_identifier", "The animal has no such identifier.")
    values = changed.changes()
    _check_main(animal, found, values)
    before = {name: getattr(found, name) for name in values}
    for name, value in values.items():
        setattr(found, name, value)
    _check_period(found)
    await tx.session.flush()
    about = {"scheme": found.scheme, "value": found.value}
    await _note(tx, animal, "animals:identify", {**about, **before}, {**about, **values})
    return await _shown(tx, animal)


async def refuse_taken(
    tx: Transaction, farm_id: UUID, names: Sequence[OtherIdentifier], animal: Animal | None = None
) -> None:
    """Refuse names that another animal of the farm bears now, however they were written there."""
    for one, _, tag in await _borne(tx.session, farm_id, names, animal):
        raise _taken(one, tag)


async def refuse_taken_tags(
    tx: Transaction, farm_id: UUID, tags: Sequence[OtherIdentifier], animal: Animal | None = None
) -> None:
    """Refuse tags that another animal bears in another spelling, or another one of them.

    The same spelling is told apart, by the database.
    """
    found = await _borne(tx.session, farm_id, tags, animal)
    written = {one.value for one, _, _ in found}
    same = select(Animal.tag).where(Animal.farm_id == farm_id, Animal.tag.in_(written))
    spelled_so = set(await tx.session.scalars(same)) if found else set()
    for one, _, tag in found:
        if one.value not in spelled_so:
            raise _taken(one, tag)
    first: dict[tuple[str, str], str] = {}
    for one in tags:
        before = first.setdefault((one.scheme, bare(one.value)), one.value)
        if before != one.value:
            raise _taken(one, before)


# --- finding


async def _bearers(
    session: AsyncSession, farm_id: UUID | None, text: str
) -> list[AnimalIdentifier]:
    """Identifiers that are this, or end with it; those borne now first, then the shortest."""
    if not text:
        return []
    statement = select(AnimalIdentifier).where(_ends_with(text))
    if farm_id:
        statement = statement.where(AnimalIdentifier.farm_id == farm_id)
    order = (
        AnimalIdentifier.backwards != text[::-1],
        AnimalIdentifier.state != IdentifierState.ACTIVE.value,
        AnimalIdentifier.backwards,
        AnimalIdentifier.animal_id,
    )
    return list(await session.scalars(statement.order_by(*order).limit(MOST_MATCHES)))


def _ends_with(text: str) -> ColumnElement[bool]:
    """A range of the text written backwards, as the index has it.

    LIKE would say the same, but row policies keep PostgreSQL from using it before them.
    """
    start = text[::-1]
    column = AnimalIdentifier.backwards
    after = start[:-1] + chr(ord(start[-1]) + 1)
    return and_(column.op("~>=~")(start), column.op("~<~")(after))


def _check_readable(written: str) -> None:
    """Say what is wrong with what nobody bears: a transponder of no animal, lost digits."""
    try:
        read_identifier(written)
    except DataError as error:
        raise Invalid("animals.unreadable", str(error.problems[0])) from None


async def _bearing(session: AsyncSession, farm_id: UUID, name: OtherIdentifier) -> Iterable[Animal]:
    """Animals of a farm that bear the same mark now: of the scheme, or of any when it is long."""
    text = bare(name.value)
    same = [
        AnimalIdentifier.farm_id == farm_id,
        AnimalIdentifier.backwards == text[::-1],
        AnimalIdentifier.state == IdentifierState.ACTIVE.value,
    ]
    if len(text) < LONG:
        same.append(AnimalIdentifier.scheme == name.scheme)
    statement = select(Animal).join(AnimalIdentifier, AnimalIdentifier.animal_id == Animal.id)
    return (await session.scalars(statement.where(*same))).unique().all()


async def _borne(
    session: AsyncSession, farm_id: UUID, names: Sequence[OtherIdentifier],
    animal: Animal | None = None,
) -> list[tuple[OtherIdentifier, UUID, str]]:  # fmt: skip
    """Of these names, each with id and tag of another animal of the farm that bears it now.

    As `_bearing`, for several names in one query.
    """
    if not names:
        return []
    forms = [bare(one.value)[::-1] for one in names]
    statement = select(
        AnimalIdentifier.backwards, AnimalIdentifier.scheme, Animal.id, Animal.tag
    ).join(Animal, Animal.id == AnimalIdentifier.animal_id).where(
        AnimalIdentifier.farm_id == farm_id, AnimalIdentifier.backwards.in_(forms),
        AnimalIdentifier.state == IdentifierState.ACTIVE.value,
    )  # fmt: skip
    rows = (await session.execute(statement)).all()
    return [
        (one, row.id, row.tag)
        for one, form in zip(names, forms, strict=True)
        for row in rows
        if row.backwards == form
        and (row.scheme == one.scheme or len(form) >= LONG)
        and (animal is None or row.id != animal.id)
    ]


# --- writing


async def _to_write(tx: Transaction, animal_id: UUID) -> Animal:
    animal = await find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    return animal


async def _free(tx: Transaction, animal: Animal, name: OtherIdentifier, on: date) -> None:
    """Let go of a mark that an animal bears which has left; one that is here keeps it."""
    for bearer in await _bearing(tx.session, animal.farm_id, name):
        if bearer.id == animal.id:
            message = f"{animal.tag} bears {name.value} already."
            raise Conflict("animals.same_tag", message + " Give the tag that it bears now.")
        if bearer.status in ("alive", "unknown"):
            raise _taken(name, bearer.tag)
        await _reuse(tx, bearer, name, on)


async def _reuse(tx: Transaction, bearer: Animal, name: OtherIdentifier, on: date) -> None:
    """End a mark of an animal that has left; its tag then says when it was born."""
    statement = select(AnimalIdentifier).where(
        AnimalIdentifier.animal_id == bearer.id,
        AnimalIdentifier.backwards == bare(name.value)[::-1],
        AnimalIdentifier.state == IdentifierState.ACTIVE.value,
    )
    before = bearer.tag
    for one in await tx.session.scalars(statement):
        one.state = IdentifierState.REUSED.value
        one.valid_to = max(on, one.valid_from or on)
        if one.value == bearer.tag:
            bearer.tag = await _former(tx.session, bearer)
    await tx.session.flush()
    await _note(tx, bearer, "animals:retag", {"tag": before}, {"tag": bearer.tag, "reused": on})


async def _former(session: AsyncSession, animal: Animal) -> str:
    """A free tag for an animal whose tag another one bears now."""
    born = f" ({animal.birth_date.year})" if animal.birth_date else ""
    for number in range(1, 1000):
        tag = f"{animal.tag}{born}" if born and number == 1 else f"{animal.tag}{born} #{number}"
        taken = select(Animal.id).where(Animal.farm_id == animal.farm_id, Animal.tag == tag)
        if await session.scalar(taken) is None:
            return tag
    raise Conflict("animals.duplicate_tag", f"The tag {animal.tag} was used too often.")


async def _end(
    session: AsyncSession, animal: Animal, scheme: str, on: date, reason: TagReason
) -> list[AnimalIdentifier]:
    """End the marks of a scheme that an animal bears."""
    statement = select(AnimalIdentifier).where(
        AnimalIdentifier.animal_id == animal.id,
        AnimalIdentifier.scheme == scheme,
        AnimalIdentifier.state == IdentifierState.ACTIVE.value,
    )
    ended = list(await session.scalars(statement))
    lost = reason is TagReason.LOST
    for one in ended:
        one.state = (IdentifierState.LOST if lost else IdentifierState.RETIRED).value
        one.valid_to = max(on, one.valid_from or on)
    await session.flush()
    return ended


async def _add(session: AsyncSession, animal: Animal, new: OtherIdentifier) -> None:
    with taken.tag(animal.tag), taken.identifier():
        session.add(
            AnimalIdentifier(
                id=new_id(), farm_id=animal.farm_id, animal_id=animal.id, scheme=new.scheme,
                value=new.value, normalized=normal(new.value), valid_from=new.valid_from,
            )
        )  # fmt: skip
        await session.flush()


async def _note(
    tx: Transaction, animal: Animal, action: str, before: Any, after: dict[str, Any]
) -> None:
    await audit.write(
        tx, action, subject_id=animal.id, farm_id=animal.farm_id, before=before, after=after
    )


async def _shown(tx: Transaction, animal: Animal) -> AnimalRead:
    await repository.store(tx.session, animal)
    [shown] = await read(tx, [await find(tx, animal.id)])
    return shown


# --- refusals


def _taken(name: OtherIdentifier, bearer: str) -> Conflict:
    message = f"{bearer} of this farm bears {name.value} already."
    remedy = f"Correct it here or at {bearer}; if it is the same animal, merge the two entries."
    error = FieldError("value", message, remedy)
    return Conflict("animals.duplicate_identifier", f"{message} {remedy}", errors=[error])


def _check_day(animal: Animal, on: date) -> None:
    problems = []
    if animal.birth_date and on < animal.birth_date:
        message = f"{animal.tag} was born on {animal.birth_date}, after {on}."
        problems.append(FieldError("on", message, "Correct this date or the birth date."))
    if on > checking.today():
        problems.append(FieldError("on", f"{on} is in the future.", "Correct the date."))
    if problems:
        raise checking.refusal(problems)


def _check_main(animal: Animal, found: AnimalIdentifier, values: dict[str, Any]) -> None:
    ends = values.get("state", "active") != "active" or values.get("valid_to")
    if found.value == animal.tag and ends:
        message = f"{animal.tag} is the tag by which the animal is known."
        remedy = "Give it another tag (retag); this one then ends."
        raise checking.refusal([FieldError("state", message, remedy)])


def _check_period(found: AnimalIdentifier) -> None:
    if found.valid_from and found.valid_to and found.valid_to < found.valid_from:
        message = f"{found.value} would end on {found.valid_to}, before {found.valid_from}."
        raise checking.refusal([FieldError("valid_to", message, "Correct one of the dates.")])
