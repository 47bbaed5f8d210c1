"""Which session of ours rests on which session of an institution, so that both can be ended.

Items of the table of credentials (hub/storage/dynamodb.py):

| owner                      | credential       | what for                                      |
|----------------------------|------------------|-----------------------------------------------|
| `vouched#<handle>`         | `institution`    | what the institution said, its token sealed   |
| `session#<digest>`         | `institution`    | the handle: signing out here signs out there  |
| `subject#<issuer>#<who>`   | session's digest | signing out there ends all sessions of a person |
| `sid#<issuer>#<session>`   | session's digest | ... or the one of that browser                |
"""

import secrets
import time
from dataclasses import dataclass

from hub import sessions
from hub.jupyterhub.sign_in.means import Means
from hub.storage.dynamodb import CREDENTIALS, ConditionFailedError, Item, Store, key

DAYS_KEPT = 30
_KIND = "institution"


@dataclass(frozen=True)
class Vouched:
    """What an institution said at a sign-in, as far as signing out needs it."""

    institution: str
    issuer: str
    subject: str
    sid: str
    id_token: str


@dataclass(frozen=True)
class Resting:
    """A session of ours that rests on an institution's."""

    username: str
    digest: str


async def keep(means: Means, vouched: Vouched) -> str:
    """Store it and give the handle for `Proven.vouched`."""
    handle = secrets.token_urlsafe(24)
    sealed = means.sealer.seal(f"vouched:{handle}", vouched.id_token.encode())
    item = {
        "institution": vouched.institution,
        "issuer": vouched.issuer,
        "subject": vouched.subject,
        "sid": vouched.sid,
        "id_token": sealed,
    }
    await means.store.run(_create, key("vouched", handle), _KIND, item)
    return handle


async def bind(means: Means, handle: str, username: str, session_id: str) -> None:
    """Remember that this new session of ours rests on what the institution said."""
    if not handle or (said := await _said(means, handle)) is None:
        return
    ours = sessions.digest_of(session_id)
    await means.store.run(_create, key("session", ours), _KIND, {"handle": handle})
    owners = [key("subject", said.issuer, said.subject)]
    owners += [key("sid", said.issuer, said.sid)] if said.sid else []
    who = {"name": username, "subject": said.subject}
    for owner in owners:
        await means.store.run(_create, owner, ours, who)


async def of_session(means: Means, session_id: str) -> Vouched | None:
    """What stands behind a session of ours, if an institution does."""
    item = await means.store.run(
        Store.get, CREDENTIALS, key("session", sessions.digest_of(session_id)), _KIND
    )
    return await _said(means, item["handle"]) if item else None


async def to_end(means: Means, issuer: str, subject: str, sid: str) -> list[Resting]:
    """The sessions that end with the institution's: of one browser, or all of a person."""
    owner = key("sid", issuer, sid) if sid else key("subject", issuer, subject)
    items = await means.store.run(Store.query, CREDENTIALS, owner)
    return [
        Resting(item["name"], item["credential"])
        for item in items
        if not subject or item["subject"] == subject
    ]


async def first_time(means: Means, issuer: str, jti: str, seconds: int) -> bool:
    """Whether this notice of an institution was not seen before; it is seen from now on."""
    try:
        await means.store.run(_create, key("notice", issuer, jti), _KIND, {}, seconds)
    except ConditionFailedError:
        return False
    return True


async def _said(means: Means, handle: str) -> Vouched | None:
    item = await means.store.run(Store.get, CREDENTIALS, key("vouched", handle), _KIND)
    if item is None:
        return None
    opened = means.sealer.open(f"vouched:{handle}", item["id_token"]).decode()
    return Vouched(item["institution"], item["issuer"], item["subject"], item["sid"], opened)


def _create(
    store: Store, owner: str, kind: str, item: Item, seconds: int = DAYS_KEPT * 86_400
) -> None:
    ends = int(time.time()) + seconds
    store.create(CREDENTIALS, {"owner": owner, "credential": kind, "ttl": ends, **item})
