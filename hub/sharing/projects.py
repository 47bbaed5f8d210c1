"""Use cases of projects and classes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hub import audit, farms, mail
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.permissions import Permission
from hub.sharing import repository
from hub.sharing.models import Project, ProjectMember
from hub.sharing.schemas import (
    ProjectCreate,
    ProjectFound,
    ProjectKind,
    ProjectMemberAdd,
    ProjectMemberRead,
    ProjectRead,
    ProjectRole,
    ProjectsQuery,
    ProjectUpdate,
)
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


async def search_projects(tx: Transaction, query: ProjectsQuery) -> Page[ProjectRead]:
    """Projects and classes that the caller belongs to or that farms of theirs share with."""
    tx.actor.require(Permission.PROJECTS_READ)
    page = await repository.projects(tx.session, query)
    return Page(await _read(tx, page.items), page.next_cursor)


async def get_project(tx: Transaction, project_id: UUID) -> ProjectRead:
    """One project or class, with the caller's place in it."""
    tx.actor.require(Permission.PROJECTS_READ)
    [read] = await _read(tx, [await _visible(tx, project_id)])
    return read


async def find_project(tx: Transaction, code: str) -> ProjectFound:
    """A project that a farm can share with, by its whole code."""
    found = await repository.find_project(tx.session, code)
    if found is None:
        message = f"There is no project with the code {code!r} that goes on."
        raise Missing("projects.no_such_code", f"{message} Ask the project for its exact code.")
    return ProjectFound.model_validate(found)


async def create_project(tx: Transaction, new: ProjectCreate) -> ProjectRead:
    """Make a project or class; whoever makes it leads it."""
    tx.actor.require(Permission.PROJECTS_MANAGE)
    _require_future(new.valid_until)
    project = Project(id=new_id(), made_by=tx.actor.person_id, **new.model_dump())
    taken = Conflict("projects.duplicate_code", f"The code {new.code} is taken. Choose another.")
    with refusing_duplicates("uq_project_code", taken):
        await repository.add_project(tx.session, project)
    after = new.model_dump(mode="json")
    await audit.write(tx, "projects:create", subject_id=project.id, after=after)
    return await get_project(tx, project.id)


async def update_project(tx: Transaction, project_id: UUID, changed: ProjectUpdate) -> ProjectRead:
    """Change the given fields; for its leads and stewards."""
    project = await _led(tx, project_id)
    given = changed.model_dump(exclude_unset=True)
    given = {name: value for name, value in given.items() if value or name == "valid_until"}
    if given.get("valid_until"):
        _require_future(changed.valid_until)
    changes = {n: v for n, v in given.items() if getattr(project, n) != v}
    before = {name: str(getattr(project, name)) for name in changes}
    if changes:
        await repository.change_project(tx.session, project, changes)
        after = {name: str(value) for name, value in changes.items()}
        await audit.write(tx, "projects:update", subject_id=project_id, before=before, after=after)
    [read] = await _read(tx, [project])
    return read


async def project_members(tx: Transaction, project_id: UUID) -> list[ProjectMemberRead]:
    """Who belongs to it: all of them for its leads and stewards, oneself for others."""
    tx.actor.require(Permission.PROJECTS_READ)
    await _visible(tx, project_id)
    return await _named(tx, await repository.members(tx.session, project_id))


async def add_project_member(
    tx: Transaction, project_id: UUID, new: ProjectMemberAdd
) -> ProjectMemberRead:
    """Give a person a place in a project or class, or change it; for its leads and stewards."""
    project = await _led(tx, project_id)
    _require_fitting(project, new)
    await repository.hold_members(tx.session, project_id)
    person_id = new.person_id or (await farms.by_username(tx, new.username or "")).id
    if new.role is not ProjectRole.LEAD or new.valid_until:
        await _require_another_lead(tx, project, person_id)
    nobody = Missing("projects.no_such_person", "There is nobody with this id.")
    with refusing_duplicates("fk_project_member_person_id", nobody):
        member = await repository.put_member(
            tx.session, project_id, person_id, new.role.value, new.valid_until
        )
    until = new.valid_until.isoformat() if new.valid_until else None
    await audit.write(
        tx, "projects:add_member", subject_id=person_id, project=str(project_id),
        after=new.role.value, until=until,
    )  # fmt: skip
    await _tell(tx, person_id, "project_place_given", project, place=new.role.value)
    [read] = await _named(tx, [member])
    return read


async def remove_project_member(tx: Transaction, project_id: UUID, person_id: UUID) -> None:
    """Take a person's place in a project or class away; for its leads and stewards."""
    project = await _led(tx, project_id)
    await repository.hold_members(tx.session, project_id)
    member = await repository.member(tx.session, project_id, person_id)
    if member is None:
        raise Missing("projects.no_such_member", "This person does not belong to it.")
    await _require_another_lead(tx, project, person_id)
    role = member.role
    await repository.remove_member(tx.session, member)
    await audit.write(
        tx, "projects:remove_member", subject_id=person_id, project=str(project_id), before=role
    )
    await _tell(tx, person_id, "project_place_ended", project)


async def _visible(tx: Transaction, project_id: UUID) -> Project:
    project = await repository.project(tx.session, project_id)
    if project is None:
        message = "There is no such project or class, or you do not belong to it."
        raise Missing("projects.not_found", message)
    return project


async def _led(tx: Transaction, project_id: UUID) -> Project:
    tx.actor.require(Permission.PROJECTS_MANAGE)
    project = await _visible(tx, project_id)
    if not await repository.leads(tx.session, project_id):
        raise Denied(
            "projects.leads_only",
            f"Only a lead of {project.name} ({project.code}), or a steward of the hub, changes it.",
        )
    return project


async def _require_another_lead(tx: Transaction, project: Project, person_id: UUID) -> None:
    if {"steward", "admin"} & tx.actor.roles:
        return
    if await repository.lasting_leads(tx.session, project.id) == {person_id}:
        raise Conflict(
            "projects.last_lead",
            f"{project.name} ({project.code}) would have no lead. Make somebody else lead first.",
        )


def _require_fitting(project: Project, new: ProjectMemberAdd) -> None:
    _require_future(new.valid_until)
    if new.role is ProjectRole.STUDENT and project.kind == ProjectKind.PROJECT:
        message = "Students have places in classes; a project has leads and members."
        raise Invalid("projects.no_students", f"{message} Make them a member, or make a class.")


def _require_future(until: datetime | None) -> None:
    if until is not None and until <= datetime.now(UTC):
        message = f"It would end at {until:%Y-%m-%d %H:%M}, which is over."
        raise Invalid("projects.end_is_over", f"{message} Give a later time, or none.")


async def _tell(
    tx: Transaction, person_id: UUID, kind: str, project: Project, **values: str
) -> None:
    if person_id != tx.actor.person_id:
        name = f"{project.name} ({project.code})"
        await mail.notify(tx, person_id, kind, project=name, by=tx.actor.username, **values)


async def _read(tx: Transaction, found: Sequence[Project]) -> list[ProjectRead]:
    roles = await repository.roles_of(tx.session, tx.actor.person_id)
    return [
        ProjectRead.model_validate(project).model_copy(
            update={"my_role": ProjectRole(roles[project.id]) if project.id in roles else None}
        )
        for project in found
    ]


async def _named(tx: Transaction, found: Sequence[ProjectMember]) -> list[ProjectMemberRead]:
    known = await farms.names(tx, [member.person_id for member in found])
    read = []
    for member in found:
        told = ProjectMemberRead.model_validate(member)
        if who := known.get(member.person_id):
            told = told.model_copy(update={"username": who.username, "name": who.name})
        read.append(told)
    return read
