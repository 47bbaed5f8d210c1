"""Projects and classes over REST."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import sharing
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.sharing import (
    ProjectCreate,
    ProjectMemberAdd,
    ProjectMemberRead,
    ProjectRead,
    ProjectsQuery,
    ProjectUpdate,
)
from hub.storage.paging import Page

routes = Routes("Projects and classes")

PROJECT = {"project_id": SAMPLE_ID}


@routes.get(
    "/projects",
    permission=P.PROJECTS_READ,
    reach=Reach.PROJECTS,
    query=ProjectsQuery,
    returns=PageOf[ProjectRead],
    example={"query": {"kind": "project"}},
)
async def list_projects(call: Call) -> Page[ProjectRead]:
    """List the projects and classes one belongs to, or that one's farms share with."""
    return await sharing.search_projects(call.tx, call.query)


@routes.post(
    "/projects",
    permission=P.PROJECTS_MANAGE,
    reach=Reach.ONESELF,
    act="projects:create",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=ProjectCreate,
    returns=ProjectRead,
    status=201,
    location="/projects/{id}",
    example={
        "body": {
            "kind": "project",
            "code": "LAMBS",
            "name": "Lamb weights of hill flocks",
            "purpose": "Breeding values for lamb weights that hill farms can use",
        }
    },
)
async def create_project(call: Call) -> ProjectRead:
    """Make a project or a class, and lead it."""
    return await sharing.create_project(call.tx, call.body)


@routes.get(
    "/projects/{project_id}",
    permission=P.PROJECTS_READ,
    reach=Reach.PROJECTS,
    returns=ProjectRead,
    example={"path": PROJECT},
)
async def get_project(call: Call, project_id: UUID) -> ProjectRead:
    """Show a project or class and one's place in it."""
    return await sharing.get_project(call.tx, project_id)


@routes.patch(
    "/projects/{project_id}",
    permission=P.PROJECTS_MANAGE,
    reach=Reach.PROJECTS_LED,
    act="projects:update",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=ProjectUpdate,
    returns=ProjectRead,
    example={"path": PROJECT, "body": {"name": "Lamb and ewe weights of hill flocks"}},
)
async def update_project(call: Call, project_id: UUID) -> ProjectRead:
    """Change what a project or class is called, what it is for, or when it ends."""
    return await sharing.update_project(call.tx, project_id, call.body)


@routes.get(
    "/projects/{project_id}/members",
    permission=P.PROJECTS_READ,
    reach=Reach.PROJECTS,
    returns=PageOf[ProjectMemberRead],
    example={"path": PROJECT},
)
async def list_project_members(call: Call, project_id: UUID) -> Page[ProjectMemberRead]:
    """List who belongs to a project or class, as far as one may know."""
    return Page(await sharing.project_members(call.tx, project_id))


@routes.post(
    "/projects/{project_id}/members",
    permission=P.PROJECTS_MANAGE,
    reach=Reach.PROJECTS_LED,
    act="projects:add_member",
    step_up=True,
    rate=Rate.SENSITIVE,
    body=ProjectMemberAdd,
    returns=ProjectMemberRead,
    example={"path": PROJECT, "body": {"username": "sam", "role": "member"}},
)
async def put_project_member(call: Call, project_id: UUID) -> ProjectMemberRead:
    """Give a person a place in a project or class, or change it."""
    return await sharing.add_project_member(call.tx, project_id, call.body)


@routes.delete(
    "/projects/{project_id}/members/{person_id}",
    permission=P.PROJECTS_MANAGE,
    reach=Reach.PROJECTS_LED,
    act="projects:remove_member",
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": PROJECT | {"person_id": SAMPLE_ID}},
)
async def remove_project_member(call: Call, project_id: UUID, person_id: UUID) -> None:
    """Take a person's place in a project or class away."""
    await sharing.remove_project_member(call.tx, project_id, person_id)
