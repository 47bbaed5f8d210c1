"""Use cases of invitations.

Whoever invites could do it themselves: accepting is done with the rights that they have at that
moment, in one transaction with the use that it takes.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr, ValidationError

from hub import accounts, audit, farms, mail
from hub.accounts import LocalAccount, LocalAccountCreate, PersonUpdate, codes, passwords
from hub.accounts.addresses import checked
from hub.actor import Actor
from hub.errors import Conflict, Denied, FieldError, Gone, Invalid, Missing
from hub.farms import MemberAdd, MemberRole
from hub.permissions import Permission
from hub.sharing import projects
from hub.sharing.invitations import policy, repository
from hub.sharing.invitations.models import Invitation
from hub.sharing.invitations.schemas import (
    InvitationCreate,
    InvitationKind,
    InvitationMade,
    InvitationRead,
    InvitationShown,
    InvitationsQuery,
)
from hub.sharing.schemas import ProjectMemberAdd, ProjectRole
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction, begin


async def make(
    tx: Transaction, sealer: Sealer, base_url: str, new: InvitationCreate
) -> InvitationMade:
    """Make an invitation; its link is shown once, and mailed where an address is given."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    address = checked(new.email) if new.email else ""
    roles = await policy.roles_to_give(tx, new)
    code, moment = codes.new_code(), datetime.now(UTC)
    invitation = Invitation(
        id=new_id(),
        kind=new.kind.value,
        digest=code.digest,
        place=(new.place or new.part or ""),
        note=new.note,
        roles=sorted(roles),
        farm_id=new.farm_id,
        project_id=new.project_id,
        uses=new.uses,
        used=0,
        expires_at=moment + timedelta(days=new.days),
        made_by=tx.actor.person_id,
        created_at=moment,
    )
    await repository.add(tx.session, invitation)
    await audit.write(
        tx, "invitations:make", subject_id=invitation.id, farm_id=new.farm_id, kind=new.kind,
        project_id=new.project_id, place=invitation.place, roles=invitation.roles, uses=new.uses,
    )  # fmt: skip
    if address:
        await _mail(tx, sealer, address, code)
    read = InvitationRead.model_validate(invitation)
    return InvitationMade(**read.model_dump(), url=f"{base_url}/hub/invitation#{code.text}")


async def search(tx: Transaction, query: InvitationsQuery) -> Page[InvitationRead]:
    """The invitations that one made, and those to one's farms; all of them for stewards."""
    tx.actor.require(Permission.ACCOUNT_READ)
    page = await repository.search(tx.session, query)
    return Page([InvitationRead.model_validate(one) for one in page.items], page.next_cursor)


async def revoke(tx: Transaction, invitation_id: UUID) -> None:
    """Let nobody accept it any more; who has accepted it stays a member."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    invitation = await repository.get(tx.session, invitation_id)
    if invitation is None:
        raise Missing("invitations.not_found", "There is no such invitation that you may see.")
    if invitation.revoked_at is None:
        await repository.revoke(tx.session, invitation, datetime.now(UTC))
        await audit.write(
            tx, "invitations:revoke", subject_id=invitation.id, farm_id=invitation.farm_id
        )


async def look(engine: Engine, code: str) -> InvitationShown:
    """What an invitation says; Gone when it cannot be accepted any more."""
    async with engine.begin() as connection:
        found = await repository.shown(connection, codes.digest_of(code))
    if found is None:
        raise _over()
    return InvitationShown.model_validate(found)


async def accept(engine: Engine, code: str, person: Actor) -> InvitationShown:
    """Make a person a member, as the invitation says."""
    person.require(Permission.ACCOUNT_WRITE)
    shown = await look(engine, code)
    async with begin(engine, await _host(engine, shown)) as tx:
        await _use(tx, code, person.person_id)
        if shown.kind is InvitationKind.HUB:
            roles = person.roles | shown.roles
            await accounts.change(tx, person.person_id, PersonUpdate(roles=roles))
        else:
            await _join(tx, shown, person.person_id)
        await _note(tx, shown, person.person_id)
    return shown


async def join(engine: Engine, code: str, new: LocalAccountCreate) -> LocalAccount:
    """Make an account for somebody who has none, and a member of it; both or neither."""
    shown = await look(engine, code)
    person_id = new_id()
    values = {
        "id": person_id,
        "username": new.username,
        "name": new.name,
        "hash": await passwords.hash_password(new.password.get_secret_value()),
    }
    async with begin(engine, await _host(engine, shown)) as tx:
        _require_able(tx.actor, shown)
        if not await repository.join(tx.session, codes.digest_of(code), values):
            raise Conflict(
                "accounts.username_taken",
                f"The user name {new.username!r} is taken, or the invitation is over. Choose "
                "another name; if it is your account, sign in and open the invitation again.",
            )
        await _use(tx, code, person_id)
        if shown.kind is not InvitationKind.HUB:
            await _join(tx, shown, person_id)
        await audit.write(tx, "accounts:create", subject_id=person_id, username=new.username)
        await _note(tx, shown, person_id)
    return LocalAccount(id=person_id, username=new.username, name=new.name, roles=shown.roles)


def new_account(username: str, name: str, password: str) -> LocalAccountCreate:
    """The account that somebody wants, or every problem with it; never the password itself."""
    try:
        return LocalAccountCreate(username=username, name=name, password=SecretStr(password))
    except ValidationError as error:
        problems = [
            FieldError(".".join(map(str, problem["loc"])), problem["msg"])
            for problem in error.errors(include_input=False)
        ]
    raise Invalid("accounts.refused", "The account cannot be made like this.", errors=problems)


async def _mail(tx: Transaction, sealer: Sealer, address: str, code: codes.Code) -> None:
    connection = await tx.session.connection()
    found = await repository.shown(connection, code.digest)
    shown = InvitationShown.model_validate(found)
    until = f"{shown.expires_at:%Y-%m-%d %H:%M} UTC"
    told = {"host": shown.host, "what": shown.what, "until": until}
    await mail.post(
        tx.session, sealer, address, "invitation", secrets={"code": code.text}, **told
    )  # fmt: skip


async def _host(engine: Engine, shown: InvitationShown) -> Actor:
    """Whoever invited, with what they may do now."""
    try:
        return await accounts.actor_of(engine, shown.made_by)
    except (Denied, Missing):
        raise _over() from None


def _require_able(host: Actor, shown: InvitationShown) -> None:
    """A new account gets no roles that its host may not give by now, having lost some."""
    check = accounts.require_over if shown.kind is InvitationKind.HUB else accounts.require_within
    try:
        check(host, shown.roles)
    except Denied:
        raise _over() from None


async def _use(tx: Transaction, code: str, person_id: UUID) -> None:
    if not await repository.use(tx.session, codes.digest_of(code), person_id):
        raise _over()


async def _join(tx: Transaction, shown: InvitationShown, person_id: UUID) -> None:
    """A place for somebody who has none there yet: accepting never lowers anybody."""
    try:
        if shown.farm_id:
            there = await farms.members(tx, shown.farm_id)
            _require_new(person_id in {member.person_id for member in there})
            place = MemberAdd(person_id=person_id, role=MemberRole(shown.place))
            await farms.add_member(tx, shown.farm_id, place)
        elif shown.project_id:
            members = await projects.project_members(tx, shown.project_id)
            _require_new(person_id in {member.person_id for member in members})
            part = ProjectMemberAdd(person_id=person_id, role=ProjectRole(shown.place))
            await projects.add_project_member(tx, shown.project_id, part)
    except (Denied, Missing):  # whoever invited may not any more
        raise _over() from None


async def _note(tx: Transaction, shown: InvitationShown, person_id: UUID) -> None:
    await audit.write(
        tx, "invitations:accept", subject_id=shown.id, farm_id=shown.farm_id, person=person_id
    )  # fmt: skip


def _require_new(there: bool) -> None:
    if there:
        raise Conflict("invitations.member", "You belong to it already; nothing was changed.")


def _over() -> Gone:
    return Gone(
        "invitations.over",
        "This invitation is not right, is used up, too old, or was taken back. Ask whoever invited "
        "you for a new one.",
    )
