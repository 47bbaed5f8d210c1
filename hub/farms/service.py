"""Use cases of farms."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hub import audit, mail
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.farms import people, policy, repository
from hub.farms.models import Farm, FarmMember
from hub.farms.policy import require_owner, require_visible, require_write
from hub.farms.schemas import (
    BirthYearCount,
    Count,
    FarmCreate,
    FarmQuery,
    FarmRead,
    FarmSummary,
    FarmUpdate,
    MemberAdd,
    MemberRead,
    MemberRole,
    TraitCount,
)
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import MAX_LIMIT, Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates

__all__ = [
    "add_member",
    "create",
    "get",
    "members",
    "mine",
    "remove_member",
    "require_owner",
    "require_visible",
    "require_write",
    "search",
    "shared",
    "summary",
    "update",
]


async def search(tx: Transaction, query: FarmQuery) -> Page[FarmRead]:
    """Visible farms in order of code."""
    tx.actor.require(Permission.FARMS_READ)
    page = await repository.search(tx.session, query, tx.actor.person_id)
    return Page(await _read(tx, list(page.items)), page.next_cursor)


async def get(tx: Transaction, farm_id: UUID) -> FarmRead:
    """One farm, with the caller's place on it."""
    tx.actor.require(Permission.FARMS_READ)
    [farm] = await _read(tx, [await policy.require_visible(tx, farm_id)])
    return farm


async def mine(tx: Transaction) -> list[FarmRead]:
    """The farms that the caller belongs to, with their place there."""
    tx.actor.require(Permission.ACCOUNT_READ)
    query = FarmQuery(mine=True, limit=MAX_LIMIT)
    page = await repository.search(tx.session, query, tx.actor.person_id)
    return await _read(tx, list(page.items))


async def belonging(tx: Transaction) -> frozenset[UUID]:
    """Ids of the farms that the caller belongs to, in whatever place."""
    return frozenset(await repository.roles_of(tx.session, tx.actor.person_id))


async def shared(tx: Transaction) -> frozenset[UUID]:
    """Ids of the farms that everybody sees: studs, ram circles."""
    return await repository.shared(tx.session)


async def create(tx: Transaction, new: FarmCreate) -> FarmRead:
    """Add a farm; for stewards."""
    _require_steward(tx)
    farm = Farm(id=new_id(), **new.model_dump())
    taken = Conflict("farms.duplicate_code", f"There is a farm {new.code} already. Choose a code.")
    with refusing_duplicates("uq_farm_code", taken):
        await repository.add(tx.session, farm)
    await audit.write(
        tx, "farms:create", subject_id=farm.id, farm_id=farm.id, after=new.model_dump()
    )
    [read] = await _read(tx, [farm])
    return read


async def update(tx: Transaction, farm_id: UUID, changed: FarmUpdate) -> FarmRead:
    """Change the given fields of a farm; for stewards."""
    _require_steward(tx)
    farm = await policy.require_visible(tx, farm_id)
    changes = {n: value for n, value in changed.changes().items() if getattr(farm, n) != value}
    before = {name: getattr(farm, name) for name in changes}
    await repository.change(tx.session, farm, changes)
    if changes:
        await audit.write(
            tx, "farms:update", subject_id=farm.id, farm_id=farm.id, before=before, after=changes
        )
    [read] = await _read(tx, [farm])
    return read


async def members(tx: Transaction, farm_id: UUID) -> list[MemberRead]:
    """Who belongs to a farm: all of them for its owners and for stewards, oneself for others."""
    tx.actor.require(Permission.FARMS_READ)
    await policy.require_visible(tx, farm_id)
    return await _named(tx, await repository.members(tx.session, farm_id))


async def add_member(tx: Transaction, farm_id: UUID, new: MemberAdd) -> MemberRead:
    """Give a person a place on a farm, or change it; for its owners and for stewards."""
    farm = await policy.require_owner(tx, farm_id)
    _require_future(new.valid_until)
    await repository.hold_members(tx.session, farm_id)
    person_id = new.person_id or (await people.by_username(tx, new.username or "")).id
    before = await repository.member(tx.session, farm_id, person_id)
    role_before = before.role if before else None
    if new.role is not MemberRole.OWNER or new.valid_until:
        await _require_another_owner(tx, farm, person_id)
    member = await _put(tx, farm_id, person_id, new)
    until = new.valid_until.isoformat() if new.valid_until else None
    await audit.write(
        tx, "farms:add_member", subject_id=person_id, farm_id=farm_id, before=role_before,
        after=new.role, until=until,
    )  # fmt: skip
    await _tell(tx, person_id, "place_given", farm, place=new.role.value)
    [read] = await _named(tx, [member])
    return read


async def _put(tx: Transaction, farm_id: UUID, person_id: UUID, new: MemberAdd) -> FarmMember:
    """Whether an id is somebody's is found out by the foreign key, and said like this."""
    nobody = Missing("farms.no_such_person", "There is nobody with this id.")
    with refusing_duplicates("fk_farm_member_person_id", nobody):
        return await repository.put_member(
            tx.session, farm_id, person_id, new.role.value, new.valid_until
        )


async def remove_member(tx: Transaction, farm_id: UUID, person_id: UUID) -> None:
    """Take a person's place on a farm away; for its owners and for stewards."""
    farm = await policy.require_owner(tx, farm_id)
    await repository.hold_members(tx.session, farm_id)
    member = await repository.member(tx.session, farm_id, person_id)
    if member is None:
        raise Missing("farms.no_such_member", "This person does not belong to this farm.")
    await _require_another_owner(tx, farm, person_id)
    role = member.role
    await repository.remove_member(tx.session, member)
    await audit.write(tx, "farms:remove_member", subject_id=person_id, farm_id=farm_id, before=role)
    await _tell(tx, person_id, "place_ended", farm)


async def _require_another_owner(tx: Transaction, farm: Farm, person_id: UUID) -> None:
    """An owner does not leave a farm to nobody; a steward may."""
    if {"steward", "admin"} & tx.actor.roles:
        return
    if await repository.lasting_owners(tx.session, farm.id) == {person_id}:
        raise Conflict(
            "farms.last_owner",
            f"{farm.name} ({farm.code}) would have no owner. Make somebody else its owner first.",
        )


def _require_future(until: datetime | None) -> None:
    if until is not None and until <= datetime.now(UTC):
        message = f"The place would end at {until:%Y-%m-%d %H:%M}, which is over."
        raise Invalid("farms.end_is_over", f"{message} Give a later time, or none.")


async def _tell(tx: Transaction, person_id: UUID, kind: str, farm: Farm, **values: str) -> None:
    if person_id != tx.actor.person_id:
        await mail.notify(
            tx, person_id, kind, farm=f"{farm.name} ({farm.code})", by=tx.actor.username, **values
        )


async def _named(tx: Transaction, found: Sequence[FarmMember]) -> list[MemberRead]:
    known = await people.names(tx, [member.person_id for member in found])
    read = []
    for member in found:
        told = MemberRead.model_validate(member)
        if who := known.get(member.person_id):
            told = told.model_copy(update={"username": who.username, "name": who.name})
        read.append(told)
    return read


async def summary(tx: Transaction, farm_id: UUID) -> FarmSummary:
    """A flock or herd at one glance: animals by kind and birth year, records by trait."""
    tx.actor.require(Permission.ANIMALS_READ)
    [farm] = await _read(tx, [await policy.require_visible(tx, farm_id)])
    animals = await repository.count_animals(tx.session, farm_id)
    records = await repository.count_records(tx.session, farm_id)
    years = await repository.count_birth_years(tx.session, farm_id)
    return FarmSummary(
        farm=farm,
        animals=sum(row.animals for row in animals),
        alive=sum(row.animals for row in animals if row.status == "alive"),
        records=sum(row.records for row in records),
        counts=[Count.model_validate(row) for row in animals],
        birth_years=[BirthYearCount.model_validate(row) for row in years],
        traits=[TraitCount.model_validate(row) for row in records],
    )


def _require_steward(tx: Transaction) -> None:
    """The row policies let stewards write farms; a role without that is told so here."""
    tx.actor.require(Permission.FARMS_WRITE)
    if not {"steward", "admin"} & tx.actor.roles:
        raise Denied("farms.stewards_only", "Only stewards of the hub change farms and members.")


async def _read(tx: Transaction, farms: list[Farm]) -> list[FarmRead]:
    roles = await repository.roles_of(tx.session, tx.actor.person_id)
    writable = await repository.writable(tx.session)
    return [
        FarmRead.model_validate(
            {
                **{column: getattr(farm, column) for column in _COLUMNS},
                "my_role": roles.get(farm.id),
                "may_write": farm.id in writable,
            }
        )
        for farm in farms
    ]


_COLUMNS = ("id", "code", "name", "species", "region", "shared", "time_zone",
            "created_at")  # fmt: skip
