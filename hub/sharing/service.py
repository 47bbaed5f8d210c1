"""Use cases of grants: what a farm shares with whom, until when, and what rests on it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms, mail
from hub.errors import Conflict, Invalid, Missing
from hub.farms import Known
from hub.permissions import Permission
from hub.sharing import projects, repository
from hub.sharing.kinds import TERMS, DataKind
from hub.sharing.models import DataGrant, Project
from hub.sharing.schemas import (
    LONGEST,
    GrantCreate,
    GrantRead,
    GrantUpdate,
    KindRead,
    MyGrants,
    Party,
    RestsOn,
)
from hub.storage.base import new_id
from hub.storage.transaction import Transaction


async def mine(tx: Transaction) -> MyGrants:
    """What is shared with the caller, what farms of theirs share, and what each kind means."""
    tx.actor.require(Permission.SHARING_READ)
    me = tx.actor.person_id
    owned = await repository.owned_farms(tx.session, me)
    return MyGrants(
        with_me=await _read(tx, await repository.grants_with(tx.session, me)),
        mine=await _read(tx, await repository.grants_of_farms(tx.session, owned)),
        kinds=[KindRead(kind=kind, sentence=kind.sentence) for kind in DataKind],
    )


async def of_farm(tx: Transaction, farm_id: UUID) -> list[GrantRead]:
    """What a farm shares and shared: all of it for who decides, what reaches one for others."""
    tx.actor.require(Permission.SHARING_READ)
    await farms.require_visible(tx, farm_id)
    return await _read(tx, await repository.grants_of_farms(tx.session, [farm_id]))


async def give(tx: Transaction, farm_id: UUID, new: GrantCreate) -> GrantRead:
    """Share kinds of a farm's data with a person or project; the caller agrees in doing so."""
    await farms.require_owner(tx, farm_id)
    _require_near(new.valid_until)
    person_id = project_id = None
    if new.username is not None:
        person_id = (await farms.by_username(tx, new.username)).id
    else:
        project_id = (await projects.find_project(tx, new.project or "")).id
    grant = DataGrant(
        id=new_id(), farm_id=farm_id, person_id=person_id, project_id=project_id,
        kinds=sorted(kind.value for kind in new.kinds), purpose=new.purpose, terms=TERMS,
        valid_until=new.valid_until, agreed_by=tx.actor.person_id,
        **({"valid_from": new.valid_from} if new.valid_from else {}),
    )  # fmt: skip
    await repository.add_grant(tx.session, grant)
    told = new.model_dump(mode="json") | {"terms": TERMS}
    await audit.write(tx, "sharing:grant", subject_id=grant.id, farm_id=farm_id, after=told)
    return await _told(tx, grant.id, "data_shared", purpose=new.purpose)


async def set_end(
    tx: Transaction, farm_id: UUID, grant_id: UUID, changed: GrantUpdate
) -> GrantRead:
    """Give a grant another end; a later one is a new consent of whoever sets it."""
    grant = await _decided(tx, farm_id, grant_id)
    _require_near(changed.valid_until)
    if changed.valid_until <= max(datetime.now(UTC), grant.valid_from):
        message = "The end is over already, or before the beginning."
        raise Invalid("sharing.end_is_over", f"{message} Revoke the grant to end it at once.")
    before = grant.valid_until
    values = {"valid_until": changed.valid_until, "updated_at": datetime.now(UTC)}
    await repository.change_grant(tx.session, grant_id, values)
    await audit.write(
        tx, "sharing:set_end", subject_id=grant_id, farm_id=farm_id, before=before.isoformat(),
        after=changed.valid_until.isoformat(),
    )  # fmt: skip
    return await _told(tx, grant_id, "sharing_changed")


async def revoke(tx: Transaction, farm_id: UUID, grant_id: UUID) -> None:
    """End a grant at once and for good."""
    await _decided(tx, farm_id, grant_id)
    people = await _behind(tx, [grant_id])
    now = datetime.now(UTC)
    values = {"revoked_at": now, "revoked_by": tx.actor.person_id, "updated_at": now}
    await repository.change_grant(tx.session, grant_id, values)
    await audit.write(tx, "sharing:revoke", subject_id=grant_id, farm_id=farm_id)
    await _told(tx, grant_id, "sharing_ended", also=people.get(grant_id, ()))


async def rests_on(tx: Transaction, farm_id: UUID, grant_id: UUID) -> list[RestsOn]:
    """What was made from data that a grant gave: datasets, exports, evaluations, studies."""
    await farms.require_owner(tx, farm_id)
    if await repository.grant(tx.session, farm_id, grant_id) is None:
        raise _no_grant()
    rows = await repository.rests_on(tx.session, grant_id)
    known = await farms.names(tx, [row.person_id for row in rows])
    return [
        RestsOn(noun=row.noun, id=row.id, name=row.name, made_at=row.made_at,
                by=known[row.person_id].called if row.person_id in known else "")
        for row in rows
    ]  # fmt: skip


async def _decided(tx: Transaction, farm_id: UUID, grant_id: UUID) -> DataGrant:
    """The grant, when the caller may end it and it is not over for good."""
    await farms.require_owner(tx, farm_id)
    grant = await repository.grant(tx.session, farm_id, grant_id)
    if grant is None:
        raise _no_grant()
    if grant.revoked_at is not None:
        message = f"This was revoked on {grant.revoked_at:%Y-%m-%d} and stays so."
        raise Conflict("sharing.revoked", f"{message} Share again to share anew.")
    return grant


def _no_grant() -> Missing:
    return Missing("sharing.not_found", "This farm has no such grant.")


def _require_near(until: datetime) -> None:
    if until > datetime.now(UTC) + LONGEST:
        message = "Data is shared for ten years at most."
        raise Invalid("sharing.too_long", f"{message} Give an earlier end; it can be renewed.")


async def _told(
    tx: Transaction, grant_id: UUID, kind: str, *, also: Sequence[UUID] = (), **values: str
) -> GrantRead:
    """The grant as it is now; whom it concerns is told by mail."""
    row = await repository.one_grant(tx.session, grant_id)
    [read] = await _read(tx, [row])
    grant, farm = row.DataGrant, row.code
    people = (await _behind(tx, [grant_id])).get(grant_id, ())
    owners = {one.person_id for one in await farms.members(tx, grant.farm_id)
              if one.role is farms.MemberRole.OWNER}  # fmt: skip
    whom = read.person or read.project
    for person_id in {grant.person_id, *people, *also, *owners} - {None, tx.actor.person_id}:
        await mail.notify(
            tx, person_id, kind, farm=farm, by=tx.actor.username, kinds=", ".join(grant.kinds),
            whom=(whom.name or whom.code) if whom else "", until=f"{grant.valid_until:%Y-%m-%d}",
            **values,
        )  # fmt: skip
    return read


async def _behind(tx: Transaction, grants: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Who sees data through each of these grants to projects, for those who decide."""
    found: dict[UUID, list[UUID]] = {}
    for row in await repository.people_behind(tx.session, grants):
        found.setdefault(row.grant_id, []).append(row.person_id)
    return found


async def _read(tx: Transaction, rows: Sequence[Any]) -> list[GrantRead]:
    behind = await _behind(tx, [row.DataGrant.id for row in rows])
    people = {one for group in behind.values() for one in group}
    for row in rows:
        people |= {row.DataGrant.person_id, row.DataGrant.agreed_by} - {None}
    known = await farms.names(tx, people)
    return [_one(row, known, behind.get(row.DataGrant.id, ())) for row in rows]


def _one(row: Any, known: Mapping[UUID, Known], behind: Sequence[UUID]) -> GrantRead:
    grant: DataGrant = row.DataGrant
    same = ("id", "farm_id", "kinds", "purpose", "terms", "agreed_at", "valid_from",
            "valid_until", "revoked_at")  # fmt: skip
    return GrantRead.model_validate({
        **{name: getattr(grant, name) for name in same},
        "farm": row.code or "",
        "person": _person(known, grant.person_id) if grant.person_id else None,
        "project": _project(row.Project, grant.project_id),
        "agreed_by": _person(known, grant.agreed_by),
        "active": row.active,
        "people": sorted(known[one].called for one in behind if one in known),
    })  # fmt: skip


def _person(known: Mapping[UUID, Known], person_id: UUID) -> Party:
    who = known.get(person_id)
    return Party(id=person_id, code=who.username if who else "", name=who.name if who else "")


def _project(project: Project | None, project_id: UUID | None) -> Party | None:
    if project_id is None:
        return None
    known = project is not None
    code, name = (project.code, project.name) if known and project else ("", "")
    return Party(id=project_id, code=code, name=name)
