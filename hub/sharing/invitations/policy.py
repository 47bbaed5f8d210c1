"""Who may invite to what, and which roles an account gets that an invitation makes."""

from hub import accounts, farms
from hub.errors import Denied
from hub.farms import MemberRole
from hub.permissions import Permission, Role
from hub.sharing import projects
from hub.sharing.invitations.schemas import InvitationCreate, InvitationKind
from hub.sharing.schemas import ProjectKind, ProjectRole
from hub.storage.transaction import Transaction

_BY_PLACE = {
    MemberRole.OWNER: Role.FARMER,
    MemberRole.WORKER: Role.FARMER,
    MemberRole.ADVISER: Role.ADVISER,
    MemberRole.READER: Role.ADVISER,
}
_BY_PART = {
    (ProjectKind.PROJECT, ProjectRole.LEAD): Role.RESEARCHER,
    (ProjectKind.PROJECT, ProjectRole.MEMBER): Role.RESEARCHER,
    (ProjectKind.CLASS, ProjectRole.LEAD): Role.INSTRUCTOR,
}


async def roles_to_give(tx: Transaction, new: InvitationCreate) -> frozenset[Role]:
    """The roles of a new account, never above those of whoever invites; Denied for others."""
    if new.kind is InvitationKind.FARM:
        roles = await _of_farm(tx, new)
    elif new.kind is InvitationKind.PROJECT:
        roles = await _of_project(tx, new)
    else:
        roles = new.roles
        accounts.require_over(tx.actor, roles)
    accounts.require_within(tx.actor, roles)
    return roles


async def _of_farm(tx: Transaction, new: InvitationCreate) -> frozenset[Role]:
    assert new.farm_id and new.place
    await farms.require_owner(tx, new.farm_id)
    return frozenset({_BY_PLACE[new.place]})


async def _of_project(tx: Transaction, new: InvitationCreate) -> frozenset[Role]:
    assert new.project_id and new.part
    tx.actor.require(Permission.PROJECTS_MANAGE)
    project = await projects.get_project(tx, new.project_id)
    if project.my_role is not ProjectRole.LEAD and not {"steward", "admin"} & tx.actor.roles:
        raise Denied(
            "invitations.leads_only",
            f"Only a lead of {project.name} ({project.code}), or a steward of the hub, invites.",
        )
    return frozenset({_BY_PART.get((project.kind, new.part), Role.STUDENT)})
