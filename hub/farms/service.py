"""Use cases of farms."""

from uuid import UUID

from hub import accounts, audit
from hub.errors import Conflict, Denied, Missing
from hub.farms import policy, repository
from hub.farms.models import Farm
from hub.farms.policy import require_visible, require_write
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
    """Who belongs to a farm: all of them for a steward, oneself for others."""
    tx.actor.require(Permission.FARMS_READ)
    await policy.require_visible(tx, farm_id)
    found = await repository.members(tx.session, farm_id)
    return [MemberRead.model_validate(member) for member in found]


async def add_member(tx: Transaction, farm_id: UUID, new: MemberAdd) -> MemberRead:
    """Give a person a place on a farm, or change it; for stewards."""
    _require_steward(tx)
    await policy.require_visible(tx, farm_id)
    person_id = new.person_id or (await accounts.by_username(tx, new.username or "")).id
    before = await repository.member(tx.session, farm_id, person_id)
    role_before = before.role if before else None
    member = await repository.put_member(tx.session, farm_id, person_id, new.role.value)
    await audit.write(
        tx,
        "farms:add_member",
        subject_id=person_id,
        farm_id=farm_id,
        before=role_before,
        after=new.role,
    )
    return MemberRead.model_validate(member)


async def remove_member(tx: Transaction, farm_id: UUID, person_id: UUID) -> None:
    """Take a person's place on a farm away; for stewards."""
    _require_steward(tx)
    member = await repository.member(tx.session, farm_id, person_id)
    if member is None:
        raise Missing("farms.no_such_member", "This person does not belong to this farm.")
    role = member.role
    await repository.remove_member(tx.session, member)
    await audit.write(tx, "farms:remove_member", subject_id=person_id, farm_id=farm_id, before=role)


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
