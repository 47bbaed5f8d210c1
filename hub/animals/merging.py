"""Two entries of one animal made one, and made two again: nothing that was written is lost."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json, to_jsonable_python
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub import audit, farms
from hub.animals import checking, repository, rules
from hub.animals.models import Animal, AnimalMerge, PossibleSire
from hub.animals.reading import PARENTS, find_to_change
from hub.animals.schemas import MergeRead
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.transaction import Transaction

_BLANK = {"sex": "U", "status": "unknown"}
_FILLED = (
    "name", "breed", "breed_fractions", "sex", "birth_date", "birth_type", "status", *PARENTS,
    "place_id", "coat",
)  # fmt: skip

_MERGE = text("SELECT app.merge_animals(:id, :keep, :other, cast(:filled AS jsonb))")
_UNMERGE = text("SELECT app.unmerge_animals(:id)")
_REARS = text(
    "SELECT EXISTS (SELECT FROM app.animal WHERE id = :one "
    "AND :other IN (recipient_dam_id, foster_dam_id))"
)


async def merge(tx: Transaction, keep_id: UUID, other_id: UUID) -> MergeRead:
    """Make two entries of one animal one: `keep_id` stays and takes what the other has.

    What is unknown of the one that stays is taken from the other; where both say something, the
    one that stays is believed. Whatever named the other entry names the one that stays.
    """
    tx.actor.require(Permission.ANIMALS_WRITE)
    keep, other = await find_to_change(tx, keep_id), await find_to_change(tx, other_id)
    for animal in (keep, other):
        await farms.require_write(tx, animal.farm_id)
    await _lock(tx, keep_id, other_id)
    filled = _filled(keep, other)
    if problems := await _problems(tx, keep, other, {n: v["after"] for n, v in filled.items()}):
        raise _refusal(problems)
    merge_id, tag = new_id(), other.tag
    values = {"id": merge_id, "keep": keep.id, "other": other.id}
    await tx.session.execute(_MERGE, {**values, "filled": to_json(filled).decode()})
    tx.session.expunge(other)
    await tx.session.refresh(keep)
    return await _told(tx, merge_id, "animals:merge", other=tag)


async def unmerge(tx: Transaction, merge_id: UUID) -> MergeRead:
    """Make of a merged animal the two entries that it was; what was written since stays."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    found = await _find(tx.session, merge_id)
    await farms.require_write(tx, found.farm_id)
    await _lock(tx, found.keep_id)
    found = await _find(tx.session, merge_id)
    await _check_undoable(tx.session, found)
    keep = await find_to_change(tx, found.keep_id)
    await tx.session.execute(_UNMERGE, {"id": merge_id})
    await tx.session.refresh(keep)
    return await _told(tx, merge_id, "animals:unmerge", other=found.other["tag"])


async def merges(tx: Transaction, farm_id: UUID) -> list[MergeRead]:
    """Every merge of a farm, newest first."""
    tx.actor.require(Permission.ANIMALS_READ)
    await farms.require_visible(tx, farm_id)
    statement = select(AnimalMerge).where(AnimalMerge.farm_id == farm_id)
    found = await tx.session.scalars(statement.order_by(AnimalMerge.id.desc()))
    return [_read(one) for one in found]


async def _lock(tx: Transaction, *ids: UUID) -> None:
    """Wait for whoever writes events of these animals, then for whoever changes parents.

    A birth is corrected in the same order; in the other one the two would wait for each other.
    """
    rows = select(Animal).where(Animal.id.in_(ids)).order_by(Animal.id).with_for_update()
    there = (await tx.session.scalars(rows, execution_options={"populate_existing": True})).all()
    for id_ in set(ids) - {one.id for one in there}:  # merged meanwhile: it is said into whom
        tx.session.expunge_all()
        await find_to_change(tx, id_)
    await repository.lock_pedigree(tx.session)


def _filled(keep: Animal, other: Animal) -> dict[str, dict[str, Any]]:
    """What the other entry adds to the facts of the one that stays: before and after."""
    after = {name: getattr(other, name) for name in _FILLED if _unknown(keep, name)}
    after["defects"] = [*keep.defects, *(d for d in other.defects if d not in keep.defects)]
    after["custom"] = {**other.custom, **keep.custom}
    after["note"] = "\n".join(dict.fromkeys(note for note in (keep.note, other.note) if note))
    return {
        name: {"before": getattr(keep, name), "after": value}
        for name, value in after.items()
        if value != getattr(keep, name)
    }


def _unknown(animal: Animal, name: str) -> bool:
    value = getattr(animal, name)
    return not value or value == _BLANK.get(name)


async def _problems(
    tx: Transaction, keep: Animal, other: Animal, given: Mapping[str, Any]
) -> list[FieldError]:
    """Why they cannot be one animal; found before anything is moved."""
    problems = _contradictions(keep, other)
    if problems or await _related(tx.session, keep, other):
        return problems or [_kin(keep, other)]
    facts = checking.facts(keep, given)
    named = checking.named_parents(keep, (), given)
    problems = await checking.problems(tx, facts, named, kept=named)
    one = await repository.offspring_facts(tx.session, keep.id)
    two = await repository.offspring_facts(tx.session, other.id)
    first = min((day for day in (one.first_birth, two.first_birth) if day), default=None)
    both = rules.Offspring(one.as_sire + two.as_sire, one.as_dam + two.as_dam, first)
    problems += rules.problems_with_offspring(facts, both)
    if both.as_sire and both.as_dam:
        problems.append(_two_sexes(keep, both))
    return problems


def _contradictions(keep: Animal, other: Animal) -> list[FieldError]:
    if keep.id == other.id:
        return [_problem("This is one entry, not two.", "Name the other entry of the animal.")]
    if keep.farm_id != other.farm_id:
        remedy = "An animal that changed farms has an entry on each."
        return [_problem(f"{keep.tag} and {other.tag} stand on different farms.", remedy)]
    problems = []
    if keep.species != other.species:
        message = f"{keep.tag} is of species {keep.species}, {other.tag} of {other.species}."
        problems.append(_problem(message, "Merge entries of one animal only."))
    if "U" not in (keep.sex, other.sex) and keep.sex != other.sex:
        message = f"{keep.tag} and {other.tag} are of different sexes."
        problems.append(_problem(message, "Correct the sex of one of them if they are one animal."))
    return problems


async def _related(session: AsyncSession, keep: Animal, other: Animal) -> bool:
    """Whether one descends from the other, was carried or reared by it, or may be its young."""
    for one, two in ((keep.id, other.id), (other.id, keep.id)):
        if await repository.is_ancestor(session, one, two):
            return True
        if await session.scalar(_REARS, {"one": one, "other": two}):
            return True
        if await session.get(PossibleSire, (one, two)):
            return True
    return False


def _kin(keep: Animal, other: Animal) -> FieldError:
    message = f"One of {keep.tag} and {other.tag} is an ancestor or a dam of the other."
    return _problem(message, "Correct the parents in between if they are one animal.")


def _two_sexes(keep: Animal, both: rules.Offspring) -> FieldError:
    message = (
        f"Together they are sire of {both.as_sire} and dam of {both.as_dam} animals, "
        f"so {keep.tag} would be male and female."
    )
    return _problem(message, "First correct the parents of those animals.")


def _problem(message: str, remedy: str) -> FieldError:
    return FieldError("other_id", message, remedy)


def _refusal(problems: Sequence[FieldError]) -> Invalid:
    told = " ".join(problem.message for problem in problems)
    return Invalid("animals.not_one_animal", told, errors=problems)


async def _find(session: AsyncSession, merge_id: UUID) -> AnimalMerge:
    found = await session.get(AnimalMerge, merge_id, populate_existing=True)
    if found is None:
        raise Missing("animals.no_such_merge", "There is no such merge, or you may not see it.")
    return found


async def _check_undoable(session: AsyncSession, found: AnimalMerge) -> None:
    if found.undone_at:
        raise Conflict("animals.merge_undone", "This merge was undone already.")
    later = select(func.count()).where(
        AnimalMerge.keep_id == found.keep_id,
        AnimalMerge.created_at > found.created_at,
        AnimalMerge.undone_at.is_(None),
    )
    if await session.scalar(later):
        message = "Another entry was merged into this animal later. Undo that merge first."
        raise Conflict("animals.later_merge", message)
    tag = found.other["tag"]
    taken = select(Animal.id).where(Animal.farm_id == found.farm_id, Animal.tag == tag)
    if await session.scalar(taken):
        message = f"The tag {tag} is that of another animal now. Give that one another first."
        raise Conflict("animals.duplicate_tag", message)


async def _told(tx: Transaction, merge_id: UUID, action: str, *, other: str) -> MergeRead:
    """The merge as it is now, written to the history of the animal that stayed."""
    found = await _find(tx.session, merge_id)
    merged = {"merge_id": merge_id, "other_id": found.other_id, "other_tag": other}
    facts = {name: value["before"] for name, value in found.filled.items()}
    given = {name: value["after"] for name, value in found.filled.items()}
    before, after = (facts, given) if action == "animals:merge" else (given, facts)
    await audit.write(
        tx, action, subject_id=found.keep_id, farm_id=found.farm_id,
        before=before, after=after, **to_jsonable_python(merged),
    )  # fmt: skip
    return _read(found)


def _read(found: AnimalMerge) -> MergeRead:
    return MergeRead(
        id=found.id, farm_id=found.farm_id, keep_id=found.keep_id, other_id=found.other_id,
        other_tag=found.other["tag"], filled=tuple(sorted(found.filled)), moved=found.moved,
        created_at=found.created_at, undone_at=found.undone_at,
    )  # fmt: skip
