"""Queries about projects, their members and grants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.farms.models import Farm, FarmMember
from hub.sharing.models import DataGrant, Project, ProjectMember
from hub.sharing.schemas import ProjectsQuery
from hub.storage.paging import Page, fetch_page

_FIND = text("SELECT id, code, name, purpose FROM app.find_project(:code)")
_LED = text("SELECT :project = ANY(app.my_led_projects())")
_BEHIND = text("SELECT grant_id, person_id FROM app.people_behind(:grants)")
_RESTS = text("SELECT noun, id, name, person_id, made_at FROM app.rests_on(:grant)")
_NEW = ("id", "kind", "code", "name", "purpose", "made_by", "valid_until")
_HERE = func.app.is_current(ProjectMember.valid_from, ProjectMember.valid_until)
_ACTIVE = (
    DataGrant.revoked_at.is_(None)
    & func.app.is_current(DataGrant.valid_from, DataGrant.valid_until)
).label("active")


async def project(session: AsyncSession, project_id: UUID) -> Project | None:
    return await session.get(Project, project_id)


async def find_project(session: AsyncSession, code: str) -> Row[Any] | None:
    return (await session.execute(_FIND, {"code": code})).one_or_none()


async def leads(session: AsyncSession, project_id: UUID) -> bool:
    """Whether the caller decides about the project, as a lead or a steward."""
    return bool(await session.scalar(_LED, {"project": project_id}))


async def projects(session: AsyncSession, query: ProjectsQuery) -> Page[Project]:
    statement = select(Project)
    if query.kind:
        statement = statement.where(Project.kind == query.kind.value)
    return await fetch_page(
        session, statement, [Project.code], cursor=query.cursor, limit=query.limit
    )


async def add_project(session: AsyncSession, project: Project) -> None:
    """Without reading it back: a trigger makes its maker the lead, who may read it afterwards."""
    values = {name: getattr(project, name) for name in _NEW}
    await session.execute(insert(Project).values(**values))


async def change_project(session: AsyncSession, project: Project, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(project, name, value)
    await session.flush()
    await session.refresh(project)


async def roles_of(session: AsyncSession, person_id: UUID) -> dict[UUID, str]:
    """The person's place in each of their projects and classes."""
    here = (ProjectMember.person_id == person_id, _HERE)
    statement = select(ProjectMember.project_id, ProjectMember.role).where(*here)
    return {row.project_id: row.role for row in await session.execute(statement)}


async def members(session: AsyncSession, project_id: UUID) -> Sequence[ProjectMember]:
    statement = select(ProjectMember).where(ProjectMember.project_id == project_id)
    return (await session.scalars(statement.order_by(ProjectMember.person_id))).all()


async def member(session: AsyncSession, project_id: UUID, person_id: UUID) -> ProjectMember | None:
    return await session.get(ProjectMember, (person_id, project_id))


async def lasting_leads(session: AsyncSession, project_id: UUID) -> frozenset[UUID]:
    """Leads whose place does not end."""
    statement = select(ProjectMember.person_id).where(
        ProjectMember.project_id == project_id,
        ProjectMember.role == "lead",
        ProjectMember.valid_until.is_(None),
    )
    return frozenset(await session.scalars(statement))


async def hold_members(session: AsyncSession, project_id: UUID) -> None:
    """One change of a project's places at a time."""
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"places:{project_id}", 0))
    await session.execute(select(lock))


async def put_member(
    session: AsyncSession,
    project_id: UUID,
    person_id: UUID,
    role: str,
    valid_until: datetime | None,
) -> ProjectMember:
    """Give a place from now on, or change the one the person has."""
    statement = insert(ProjectMember).values(
        person_id=person_id, project_id=project_id, role=role, valid_until=valid_until
    )
    new = statement.excluded
    began = case((_HERE, ProjectMember.valid_from), else_=func.now())
    changed = {"role": new.role, "valid_from": began, "valid_until": new.valid_until,
               "updated_at": func.now()}  # fmt: skip
    keys = [ProjectMember.person_id, ProjectMember.project_id]
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    result = await session.scalars(
        upsert.returning(ProjectMember), execution_options={"populate_existing": True}
    )
    return result.one()


async def remove_member(session: AsyncSession, member: ProjectMember) -> None:
    await session.delete(member)
    await session.flush()


async def add_grant(session: AsyncSession, grant: DataGrant) -> None:
    session.add(grant)
    await session.flush()


async def grant(session: AsyncSession, farm_id: UUID, grant_id: UUID) -> DataGrant | None:
    """The grant, kept from changes by others."""
    statement = select(DataGrant).where(DataGrant.id == grant_id, DataGrant.farm_id == farm_id)
    return await session.scalar(statement.with_for_update())


async def change_grant(session: AsyncSession, grant_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(DataGrant).where(DataGrant.id == grant_id).values(**values))


async def grants_of_farms(session: AsyncSession, farms: Collection[UUID]) -> Sequence[Row[Any]]:
    """Each with whether it is active, and its farm's code; newest first."""
    return await _grants(session, DataGrant.farm_id.in_(farms))


async def one_grant(session: AsyncSession, grant_id: UUID) -> Row[Any]:
    [found] = await _grants(session, DataGrant.id == grant_id)
    return found


async def grants_with(session: AsyncSession, person_id: UUID) -> Sequence[Row[Any]]:
    """Grants to a person and to projects in which they see data."""
    theirs = select(ProjectMember.project_id).where(
        ProjectMember.person_id == person_id, ProjectMember.role != "student", _HERE
    )
    return await _grants(
        session, or_(DataGrant.person_id == person_id, DataGrant.project_id.in_(theirs))
    )


async def _grants(session: AsyncSession, which: Any) -> list[Row[Any]]:
    statement = (
        select(DataGrant, _ACTIVE, Farm.code, Project)
        .outerjoin(Farm, Farm.id == DataGrant.farm_id)
        .outerjoin(Project, Project.id == DataGrant.project_id)
        .where(which)
        .order_by(DataGrant.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(await session.execute(statement))


async def owned_farms(session: AsyncSession, person_id: UUID) -> Sequence[UUID]:
    """Farms that the person owns now, themselves."""
    statement = select(FarmMember.farm_id).where(
        FarmMember.person_id == person_id,
        FarmMember.role == "owner",
        func.app.is_current(FarmMember.valid_from, FarmMember.valid_until),
    )
    return (await session.scalars(statement)).all()


async def people_behind(session: AsyncSession, grants: Collection[UUID]) -> Sequence[Row[Any]]:
    return (await session.execute(_BEHIND, {"grants": list(grants)})).all()


async def rests_on(session: AsyncSession, grant_id: UUID) -> Sequence[Row[Any]]:
    return (await session.execute(_RESTS, {"grant": grant_id})).all()
