"""Groups of animals, and who was in which of them from when to when."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from hub import audit, farms
from hub.animals import named, repository
from hub.animals.models import Animal, Group, GroupMember
from hub.animals.reading import find as find_animal
from hub.animals.schemas import ParentRead
from hub.animals.schemas_farm import (
    GroupCreate,
    GroupJoin,
    GroupMemberRead,
    GroupRead,
    GroupUpdate,
    MembersQuery,
)
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page, fetch_page
from hub.storage.transaction import Transaction


async def create(tx: Transaction, new: GroupCreate) -> GroupRead:
    """A new group of a farm on which the caller works."""
    return await _read(tx, await named.add(tx, Group, new, "groups"))


async def update(tx: Transaction, group_id: UUID, changed: GroupUpdate) -> GroupRead:
    """Change a group, archive it, or use it again."""
    group = await named.find(tx, Group, group_id, "groups")
    return await _read(tx, await named.change(tx, group, changed, "groups"))


async def get(tx: Transaction, group_id: UUID) -> GroupRead:
    return await _read(tx, await named.find(tx, Group, group_id, "groups"))


async def of_farm(tx: Transaction, farm_id: UUID, *, archived: bool = False) -> list[GroupRead]:
    """The groups of a farm with how many animals are in each now."""
    groups = await named.of_farm(tx, Group, farm_id, archived=archived)
    counted = await _inside(tx, [group.id for group in groups])
    return [_shown(group, counted.get(group.id, 0)) for group in groups]


async def members(
    tx: Transaction, group_id: UUID, query: MembersQuery | None = None
) -> Page[GroupMemberRead]:
    """Who is in a group on a day; without a day, everybody who ever was."""
    query = query or MembersQuery()
    group = await named.find(tx, Group, group_id, "groups")
    statement = select(GroupMember).where(GroupMember.group_id == group.id, *_on(query.on))
    page = await fetch_page(
        tx.session, statement, [GroupMember.from_on, GroupMember.id],
        cursor=query.cursor, limit=query.limit,
    )  # fmt: skip
    return Page(await _members(tx, page.items), page.next_cursor)


async def of_animal(tx: Transaction, animal_id: UUID) -> list[GroupMemberRead]:
    """Every time that an animal spent in a group, the first one first."""
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await find_animal(tx, animal_id)
    statement = select(GroupMember).where(GroupMember.animal_id == animal.id)
    found = await tx.session.scalars(statement.order_by(GroupMember.from_on, GroupMember.id))
    return await _members(tx, found.all())


async def join(tx: Transaction, group_id: UUID, new: GroupJoin) -> list[GroupMemberRead]:
    """Take animals into a group from a day on; one refused animal refuses all."""
    group = await _to_write(tx, group_id)
    if new.id and (stored := await tx.session.get(GroupMember, new.id)):
        return await _members(tx, [_same(stored, group, new)])
    animals = await repository.get_many(tx.session, set(new.animal_ids))
    joined = [
        GroupMember(
            id=new.id or new_id(), farm_id=group.farm_id, group_id=group.id, animal_id=animal_id,
            from_on=new.from_on, to_on=new.to_on,
        )
        for animal_id in dict.fromkeys(new.animal_ids)
    ]  # fmt: skip
    await _check(tx, group, animals, joined)
    tx.session.add_all(joined)
    await tx.session.flush()
    for member in joined:
        after = {"group": group.name, "group_id": group.id, "from_on": new.from_on}
        await _note(tx, member, "animals:join", None, {**after, "to_on": new.to_on})
    return await _members(tx, joined)


async def leave(tx: Transaction, group_id: UUID, animal_id: UUID, on: date) -> GroupMemberRead:
    """Let an animal leave a group; `on` is its first day outside."""
    group = await _to_write(tx, group_id)
    animal = await find_animal(tx, animal_id)
    inside = (GroupMember.group_id == group.id, GroupMember.animal_id == animal.id)
    statement = select(GroupMember).where(*inside, GroupMember.to_on.is_(None)).with_for_update()
    member = await tx.session.scalar(statement)
    if member is None:
        raise Missing("groups.not_inside", f"{animal.tag} is not in {group.name}.")
    if on < member.from_on:
        message = f"{animal.tag} came into {group.name} on {member.from_on}, after {on}."
        error = FieldError("on", message, "Correct the date.")
        raise Invalid("groups.left_before", message, errors=[error])
    member.to_on = on
    await tx.session.flush()
    await _note(tx, member, "animals:leave", {"group": group.name}, {"to_on": on})
    [shown] = await _members(tx, [member])
    return shown


# --- checks


async def _to_write(tx: Transaction, group_id: UUID) -> Group:
    tx.actor.require(Permission.ANIMALS_WRITE)
    group = await named.find(tx, Group, group_id, "groups")
    await farms.require_write(tx, group.farm_id)
    return group


def _same(stored: GroupMember, group: Group, new: GroupJoin) -> GroupMember:
    if (stored.group_id, stored.animal_id, stored.from_on) == (
        group.id, new.animal_ids[0], new.from_on,
    ):  # fmt: skip
        return stored
    raise Conflict("groups.id_taken", "This id is that of another stay in a group already.")


async def _check(
    tx: Transaction,
    group: Group,
    animals: dict[UUID, Animal],
    joined: Sequence[GroupMember],
) -> None:
    statement = select(GroupMember).where(
        GroupMember.group_id == group.id,
        GroupMember.animal_id.in_([member.animal_id for member in joined]),
    )
    stays: dict[UUID, list[GroupMember]] = {}
    for stay in await tx.session.scalars(statement):
        stays.setdefault(stay.animal_id, []).append(stay)
    problems = []
    for number, member in enumerate(joined):
        animal = animals.get(member.animal_id)
        found = _problem(group, animal, member, stays.get(member.animal_id, ()))
        if found:
            problems.append(FieldError(f"animal_ids.{number}", *found))
    if problems:
        told = " ".join(problem.message for problem in problems[:5])
        raise Invalid("groups.refused", told, errors=problems)


def _problem(
    group: Group, animal: Animal | None, new: GroupMember, stays: Collection[GroupMember]
) -> tuple[str, str] | None:
    if animal is None or animal.farm_id != group.farm_id:
        return "The farm of this group has no such animal.", "Name animals of this farm."
    if animal.birth_date and new.from_on < animal.birth_date:
        message = f"{animal.tag} was born on {animal.birth_date}, after {new.from_on}."
        return message, "Correct the date."
    for stay in stays:
        if (stay.to_on is None or stay.to_on > new.from_on) and (
            new.to_on is None or new.to_on > stay.from_on
        ):
            until = f" to {stay.to_on}" if stay.to_on else ""
            message = f"{animal.tag} is in {group.name} from {stay.from_on}{until} already."
            return message, "Leave it out, or correct the dates."
    return None


# --- reading


def _on(day: date | None) -> list[ColumnElement[bool]]:
    if day is None:
        return []
    still = or_(GroupMember.to_on.is_(None), GroupMember.to_on > day)
    return [GroupMember.from_on <= day, still]


async def _members(tx: Transaction, found: Sequence[GroupMember]) -> list[GroupMemberRead]:
    animals = await repository.parents(tx.session, {one.animal_id for one in found})
    statement = select(Group.id, Group.name).where(Group.id.in_({one.group_id for one in found}))
    groups: dict[UUID, str] = {row.id: row.name for row in await tx.session.execute(statement)}
    columns = ("id", "farm_id", "group_id", "animal_id", "from_on", "to_on")
    return [
        GroupMemberRead(
            **{name: getattr(one, name) for name in columns},
            group=groups[one.group_id],
            animal=ParentRead.model_validate(animals[one.animal_id]),
        )
        for one in found
    ]


async def _read(tx: Transaction, group: Group) -> GroupRead:
    return _shown(group, (await _inside(tx, [group.id])).get(group.id, 0))


async def _inside(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, int]:
    inside = (GroupMember.group_id.in_(ids), GroupMember.to_on.is_(None))
    statement = select(GroupMember.group_id, func.count()).where(*inside)
    rows = await tx.session.execute(statement.group_by(GroupMember.group_id))
    return dict(rows.tuples().all())


def _shown(group: Group, animals: int) -> GroupRead:
    columns = GroupRead.model_fields.keys() - {"animals"}
    return GroupRead(**{name: getattr(group, name) for name in columns}, animals=animals)


async def _note(
    tx: Transaction, member: GroupMember, action: str, before: Any, after: dict[str, Any]
) -> None:
    await audit.write(
        tx, action, subject_id=member.animal_id, farm_id=member.farm_id, before=before, after=after
    )
