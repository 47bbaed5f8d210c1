"""Between the first factor and the second: a sealed cookie that is no session and opens no page.

It says who proved what, and has the key of a sign-in that the database counts: ten minutes, five
tries, one end. Without that row it is worth nothing, so a kept copy cannot be used again.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from jupyterhub.handlers import BaseHandler

from hub import accounts, factors
from hub.actor import Actor
from hub.errors import Unavailable
from hub.jupyterhub.sign_in import next_page
from hub.jupyterhub.sign_in.flow import Proven
from hub.permissions import Permission, Role
from hub.storage.transaction import begin

COOKIE = "agrigen-first-factor"
_PURPOSE = "first-factor"
_LONGEST_NEXT = 1500  # browsers drop cookies above 4096 bytes, sealed and all


@dataclass(frozen=True)
class Pending:
    """A sign-in, or the step-up of a session (`session` is its digest), that wants a second factor.

    `second` are the methods it was proved with, empty until then.
    """

    key: str
    proven: Proven
    next_url: str = ""
    session: str = ""
    second: frozenset[str] = frozenset()

    @property
    def complete(self) -> Proven:
        """The person with both factors."""
        methods = self.proven.methods | self.second
        return replace(self.proven, level=2, methods=methods, at=datetime.now(UTC))


async def person(handler: BaseHandler, proven: Proven) -> Actor:
    """Somebody who proved a first factor, for what they may do to their own factors."""
    own = frozenset({Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE})
    return await accounts.identify(
        handler.authenticator.means.engine,
        username=proven.username,
        name=proven.name,
        roles=proven.roles,
        permissions=own,
    )


async def start(handler: BaseHandler, proven: Proven, next_url: str, session: str) -> None:
    """Send the person to the page of second factors."""
    async with begin(handler.authenticator.means.engine, await person(handler, proven)) as tx:
        key = await factors.start_pending(tx)
    fitting = next_url if len(next_url) <= _LONGEST_NEXT else ""
    keep(handler, Pending(key, proven, next_page.checked(fitting), session))
    handler.redirect(f"{handler.hub.base_url}second-factor")


def keep(handler: BaseHandler, pending: Pending) -> None:
    """Write it down in this browser until the browser is closed."""
    values = {
        **asdict(pending),
        "second": sorted(pending.second),
        "proven": _plain(pending.proven),
    }
    sealed = handler.authenticator.means.sealer.seal(_PURPOSE, json.dumps(values).encode())
    handler._set_cookie(
        COOKIE, sealed, encrypted=False, path=handler.hub.base_url, expires_days=None
    )


def kept(handler: BaseHandler) -> Pending | None:
    """What this browser has of it; whether it is still open is asked of the database."""
    value = handler.get_cookie(COOKIE)
    if not value:
        return None
    try:
        values = json.loads(handler.authenticator.means.sealer.open(_PURPOSE, value))
    except (Unavailable, ValueError):
        return None
    given = {**values, "second": frozenset(values["second"]), "proven": _proven(values["proven"])}
    return Pending(**given)


def forget(handler: BaseHandler) -> None:
    """The first factor counts no longer in this browser."""
    handler.clear_cookie(COOKIE, path=handler.hub.base_url)


def _plain(proven: Proven) -> dict[str, Any]:
    return asdict(proven) | {
        "roles": _sorted(proven.roles),
        "methods": _sorted(proven.methods),
        "person_id": proven.person_id and str(proven.person_id),
        "at": proven.at and proven.at.isoformat(),
    }


def _proven(values: dict[str, Any]) -> Proven:
    return Proven(
        **values
        | {
            "roles": frozenset(map(Role, values["roles"])),
            "methods": frozenset(values["methods"]),
            "person_id": values["person_id"] and UUID(values["person_id"]),
            "at": values["at"] and datetime.fromisoformat(values["at"]).astimezone(UTC),
        }
    )


def _sorted(words: Iterable[str]) -> list[str]:
    return sorted(map(str, words))
