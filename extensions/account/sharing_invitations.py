"""Invitations to farms, projects and the hub: made, listed, taken back, accepted."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.sharing import invitations
from hub.sharing.invitations import (
    Acceptance,
    InvitationCreate,
    InvitationMade,
    InvitationRead,
    InvitationShown,
    InvitationsQuery,
)
from hub.storage.paging import Page

routes = Routes("Invitations")


@routes.get(
    "/invitations",
    permission=P.ACCOUNT_READ,
    reach=Reach.DECIDED,
    query=InvitationsQuery,
    returns=PageOf[InvitationRead],
)
async def list_invitations(call: Call) -> Page[InvitationRead]:
    """List the invitations that one made, and those to one's farms, the newest first."""
    return await invitations.search(call.tx, call.query)


@routes.post(
    "/invitations",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.DECIDED,
    act="invitations:make",
    body=InvitationCreate,
    returns=InvitationMade,
    status=201,
    errors=(403, 404, 422),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"body": {"farm_id": SAMPLE_ID, "place": "worker", "note": "Nora, for the lambing"}},
)
async def make_invitation(call: Call) -> InvitationMade:
    """Invite to a farm that one owns, a project or class that one leads, or, as an
    administrator, to the hub.

    The link is shown once. Whoever opens it joins, and makes an account first if they have none.
    """
    return await invitations.make(call.tx, call.app.sealer, call.app.settings.base_url, call.body)


@routes.delete(
    "/invitations/{invitation_id}",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.DECIDED,
    act="invitations:revoke",
    errors=(404,),
    rate=Rate.SENSITIVE,
    example={"path": {"invitation_id": SAMPLE_ID}},
)
async def revoke_invitation(call: Call, invitation_id: UUID) -> None:
    """Take an invitation back; who has accepted it stays a member."""
    await invitations.revoke(call.tx, invitation_id)


@routes.post(
    "/invitations/accept",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.SECRET,
    act="invitations:accept",
    body=Acceptance,
    returns=InvitationShown,
    errors=(409, 410),
    rate=Rate.SENSITIVE,
    example={"body": {"code": "Jx1cV0lq7o2n9kq3d4f5g6h7j8k9l0m1n2b3v4c5x6z"}},
)
async def accept_invitation(call: Call) -> InvitationShown:
    """Accept an invitation with the code of its link."""
    return await invitations.accept(call.app.engine, call.body.code.get_secret_value(), call.actor)
