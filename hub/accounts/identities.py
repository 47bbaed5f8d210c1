"""People of institutions: known by what the institution calls them, never by name or address.

`(issuer, subject)` is the identity (OpenID Connect Core, 2). An e-mail address joins an identity to
a person only if the institution vouches for it, the person proved the same address here, and the
caller asks for it, because that trusts the institution with the account.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub import audit
from hub.accounts.models import PersonIdentity
from hub.accounts.schemas import LocalAccount, disabled
from hub.errors import Conflict, Invalid
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates

LONGEST = 255  # of issuer and subject, OpenID Connect Core, 2
_LONGEST_USERNAME = 64  # JupyterHub's pattern
_BY_IDENTITY = text("SELECT * FROM app.by_identity(:issuer, :subject)")
_JOIN = text(
    "SELECT app.join_identity(:id, :issuer, :subject, :username, :name, :roles, :addresses)"
)


async def by_identity(engine: Engine, issuer: str, subject: str) -> LocalAccount | None:
    """The person whom an institution calls so; None for one who comes for the first time."""
    _check(issuer, subject)
    async with engine.begin() as connection:
        return await _known(connection, issuer, subject)


async def join(
    engine: Engine,
    issuer: str,
    subject: str,
    *,
    preferred: str,
    name: str = "",
    roles: frozenset[Role] = frozenset(),
    proven_addresses: tuple[str, ...] = (),
) -> LocalAccount:
    """The person of this identity; a new one, with a user name of their own, at first sight.

    `proven_addresses` are digests (`accounts.address_digests`) of an address that the institution
    says it verified, given only where the operator trusts it with that: then somebody who proved
    the same address here is that person.
    """
    _check(issuer, subject)
    values = {
        "issuer": issuer, "subject": subject, "name": name[:200], "roles": sorted(roles),
        "addresses": list(proven_addresses),
    }  # fmt: skip
    async with engine.begin() as connection:
        for username in usernames(preferred):
            made = await connection.execute(_JOIN, {"id": new_id(), "username": username, **values})
            if made.scalar_one() is not None:
                break
        person = await _known(connection, issuer, subject)
    if person is None:
        raise Conflict("accounts.not_joined", "This sign-in could not be joined to an account.")
    return person


async def link(tx: Transaction, issuer: str, subject: str) -> UUID:
    """Let the caller sign in through an institution as well, which just proved who they are."""
    _check(issuer, subject)
    tx.actor.require_recent()
    row = PersonIdentity(
        id=new_id(), person_id=tx.actor.person_id, issuer=issuer, subject=subject
    )  # fmt: skip
    taken = Conflict(
        "accounts.identity_taken",
        "This identity at the institution belongs to an account already. Sign in through the "
        "institution to use that account.",
    )
    with refusing_duplicates("uq_person_identity_issuer_subject", taken):
        tx.session.add(row)
        await tx.session.flush()
    await audit.write(tx, "accounts:link", subject_id=tx.actor.person_id, issuer=issuer)
    return row.id


def usernames(preferred: str) -> Iterator[str]:
    """User names like the one that somebody would like, plain first, then numbered."""
    plain = unicodedata.normalize("NFKD", preferred).casefold().partition("@")[0]
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    base = re.sub(r"[^a-z0-9._-]+", "-", letters).strip("._-")[:_LONGEST_USERNAME] or "person"
    yield base
    for number in count(2):
        ending = f"-{number}"
        yield base[: _LONGEST_USERNAME - len(ending)] + ending


async def _known(connection: AsyncConnection, issuer: str, subject: str) -> LocalAccount | None:
    """The person, None when there is none; somebody who was disabled is refused."""
    rows = await connection.execute(_BY_IDENTITY, {"issuer": issuer, "subject": subject})
    found = rows.one_or_none()
    if found is None:
        return None
    if found.disabled_at:
        raise disabled(found.username)
    return LocalAccount.model_validate(found)


def _check(issuer: str, subject: str) -> None:
    for value in (issuer, subject):
        if not 0 < len(value) <= LONGEST or "\x00" in value:
            raise Invalid(
                "accounts.identity",
                "The institution sent no usable identity: issuer and subject have "
                f"1 to {LONGEST} characters.",
            )
