"""Sign-in sessions over REST: one's own, those of others for administrators, how the hub is used.

Ending a session asks for a fresh sign-in: whoever finds an open browser cannot sign its owner out
everywhere else.
"""

from uuid import UUID

from pydantic import Field

from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import audit, sessions, tokens
from hub.errors import Missing
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.sessions import Ended, SessionFigures, SessionRead, SessionsEnded
from hub.storage.paging import Page

routes = Routes("Sessions")

_ID = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PERSON = "0198c2a4-7c1e-7f2a-9d3b-0123456789ab"


class WhichSessions(Input):
    """Which of one's own sessions are ended."""

    this_too: bool = Field(default=False, description="Also the one of the browser that asks")


@routes.get(
    "/me/sessions", permission=P.ACCOUNT_READ, reach=Reach.ONESELF, returns=PageOf[SessionRead]
)
async def list_my_sessions(call: Call) -> Page[SessionRead]:
    """List the browsers in which one is signed in, the last used first.

    Those that were ended in the last seven days follow, with the reason.
    """
    return Page(await sessions.shown(call.tx, call.app.dynamodb, call.actor.username))


@routes.delete(
    "/me/sessions",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="sessions:end_all",
    query=WhichSessions,
    returns=SessionsEnded,
    step_up=True,
    rate=Rate.SENSITIVE,
)
async def end_my_sessions(call: Call) -> SessionsEnded:
    """Sign out everywhere else, or everywhere."""
    actor = call.actor
    but = None if call.query.this_too else actor.session_id
    return await _end_all(call, actor.person_id, actor.username, but, Ended.REVOKED)


@routes.delete(
    "/me/sessions/{session_id}",
    permission=P.ACCOUNT_WRITE,
    reach=Reach.ONESELF,
    act="sessions:end",
    errors=(404,),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": {"session_id": _ID}},
)
async def end_my_session(call: Call, session_id: str) -> None:
    """Sign out of one browser; it is out at its next request."""
    actor = call.actor
    await _end(call, actor.person_id, actor.username, session_id, Ended.REVOKED)


@routes.get(
    "/people/{person_id}/sessions",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    returns=PageOf[SessionRead],
    errors=(404,),
    example={"path": {"person_id": _PERSON}},
)
async def list_sessions_of(call: Call, person_id: UUID) -> Page[SessionRead]:
    """List the browsers in which somebody is signed in."""
    username = await _username(call, person_id)
    return Page(await sessions.shown(call.tx, call.app.dynamodb, username))


@routes.delete(
    "/people/{person_id}/sessions",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="sessions:end_all",
    returns=SessionsEnded,
    errors=(404,),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": {"person_id": _PERSON}},
)
async def end_sessions_of(call: Call, person_id: UUID) -> SessionsEnded:
    """Sign somebody out everywhere."""
    username = await _username(call, person_id)
    return await _end_all(call, person_id, username, None, Ended.ADMINISTRATOR)


@routes.delete(
    "/people/{person_id}/sessions/{session_id}",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="sessions:end",
    errors=(404,),
    step_up=True,
    rate=Rate.SENSITIVE,
    example={"path": {"person_id": _PERSON, "session_id": _ID}},
)
async def end_session_of(call: Call, person_id: UUID, session_id: str) -> None:
    """Sign somebody out of one browser."""
    username = await _username(call, person_id)
    await _end(call, person_id, username, session_id, Ended.ADMINISTRATOR)


@routes.delete(
    "/sessions",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    act="sessions:end_everybody",
    returns=SessionsEnded,
    step_up=True,
    rate=Rate.SENSITIVE,
)
async def end_everybodys_sessions(call: Call) -> SessionsEnded:
    """Sign everybody out but the caller, after a break-in for instance."""
    ended = await sessions.end_everybody(call.tx, call.actor.session_id)
    await audit.write(call.tx, "sessions:end_everybody", ended=ended)
    return SessionsEnded(ended=ended)


@routes.get(
    "/sessions/analytics",
    permission=P.PEOPLE_MANAGE,
    reach=Reach.ADMINISTRATORS,
    returns=SessionFigures,
)
async def session_analytics(call: Call) -> SessionFigures:
    """Count active people, sign-ins by method, devices, lengths and endings of thirty days.

    Counts only, nothing about one person; a count below five is not told.
    """
    return await sessions.figures(call.tx)


async def _username(call: Call, person_id: UUID) -> str:
    username = await sessions.username_of(call.tx, person_id)
    if username is None:
        raise Missing("accounts.not_found", "There is no such person.")
    return username


async def _end(call: Call, person_id: UUID, username: str, digest: str, reason: Ended) -> None:
    app = call.app
    if not await sessions.end(app.engine, app.dynamodb, person_id, username, digest, reason=reason):
        raise Missing(
            "sessions.not_found",
            "There is no such session, or it is over already. The list of sessions shows all.",
        )
    await audit.write(call.tx, "sessions:end", subject_id=person_id, session=digest, reason=reason)


async def _end_all(
    call: Call, person_id: UUID, username: str, but: str | None, reason: Ended
) -> SessionsEnded:
    app = call.app
    ended = await sessions.end_all(
        app.engine, app.dynamodb, person_id, username, but=but, reason=reason
    )
    # What signs somebody in again by itself ends too; an administrator ends every token.
    kinds = () if reason is Ended.ADMINISTRATOR else (tokens.Kind.FAMILY,)
    await tokens.end_all(app.engine, app.dynamodb, person_id, *kinds)
    await audit.write(call.tx, "sessions:end_all", subject_id=person_id, ended=ended, reason=reason)
    return SessionsEnded(ended=ended)
