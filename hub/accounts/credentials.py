"""Use cases of passwords and addresses: sign in, change, reset, prove an address.

A reset is asked for by anybody: the request is stored, whatever the name, and the worker finds out
whether there is anybody to write to. So the answer and its time are the same for every name.
"""

import asyncio
import logging
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

from hub import audit, mail
from hub.accounts import addresses, codes, passwords, repository
from hub.accounts.password_rules import LONGEST, problem
from hub.accounts.schemas import LONGEST_USERNAME, LocalAccount
from hub.actor import Actor
from hub.errors import Conflict, Denied, FieldError, Gone, Invalid
from hub.permissions import Permission
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer, open_sealer
from hub.storage.transaction import Transaction, begin
from hub.storage.unique import refusing_duplicates

EVERY_SECONDS = 2.0
_TURNS_UNTIL_TIDY = 1800  # about an hour
_AT_ONCE = 20
log = logging.getLogger(__name__)


class CodeOwner(NamedTuple):
    """Whose account a code opens."""

    id: UUID
    username: str
    name: str


async def sign_in_locally(engine: Engine, username: str, password: str) -> LocalAccount | None:
    """The account when the password is right, else None, in equal time for unknown names."""
    plausible = len(username) <= LONGEST_USERNAME and "\x00" not in username
    async with engine.begin() as connection:
        found = await repository.local_account(connection, username if plausible else "")
    stored = found.password_hash if found else None
    if not await passwords.is_right(stored, password[: LONGEST + 1]) or found is None:
        return None
    if passwords.is_outdated(found.password_hash):
        after = await passwords.hash_password(password)
        async with engine.begin() as connection:
            await repository.change_password(connection, found.id, found.password_hash, after)
    return LocalAccount.model_validate(found)


async def standing(engine: Engine, username: str) -> LocalAccount | None:
    """The local account as it is now, with its roles; None when it may not sign in any more."""
    async with engine.begin() as connection:
        found = await repository.local_account(connection, username)
    return LocalAccount.model_validate(found) if found else None


async def may_sign_in(engine: Engine, username: str) -> bool:
    """Whether there is a local account of this name that is not disabled."""
    return await standing(engine, username) is not None


async def change_password(tx: Transaction, current: str, new: str) -> None:
    """Put a new password in the place of the current one, which must be given."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    connection = await tx.session.connection()
    found = await repository.local_account(connection, tx.actor.username)
    stored = found.password_hash if found else None
    right = await passwords.is_right(stored, current[: LONGEST + 1])
    if found is None or found.id != tx.actor.person_id:
        raise Conflict(
            "accounts.no_password",
            "Your account has no password here: you sign in through your institution.",
        )
    if not right:
        raise Denied(
            "accounts.wrong_password",
            "The current password is not right. If you forgot it, sign out and ask for a new one.",
        )
    after = await _hash_of(new, found.username, found.name, where="new")
    if not await repository.change_password(connection, found.id, stored or "", after):
        raise Conflict("accounts.changed", "The password was changed meanwhile. Sign in again.")
    await audit.write(tx, "accounts:change_password", subject_id=found.id)
    await mail.notify(tx, found.id, "password_changed")


async def ask_reset(engine: Engine, sealer: Sealer, name: str) -> None:
    """Note that somebody asks for a new password for a user name or an address."""
    sealed = sealer.seal("reset", name.strip()[: addresses.LONGEST].encode("utf-8", "replace"))
    async with engine.begin() as connection:
        await repository.add_reset_request(connection, sealed)


async def answer_resets(engine: Engine, sealer: Sealer) -> int:
    """Mail a code to each person who was asked for and proved an address; says how many."""
    mailed = 0
    async with engine.begin() as connection:
        for request in await repository.take_reset_requests(connection, _AT_ONCE):
            name = sealer.open("reset", request.sealed).decode().replace("\x00", "")
            code, until = codes.new_code(), request.created_at + codes.RESET_FOR
            person_id = await repository.make_reset_code(
                connection, name, addresses.digests(sealer, name), code.digest, until
            )
            if person_id:
                secrets = {"code": code.text}
                await mail.post(connection, sealer, person_id, "reset", secrets=secrets)
                mailed += 1
    return mailed


async def code_owner(engine: Engine, code: str, *purposes: str) -> CodeOwner | None:
    """Whose code it is, if it is for one of these; None when it is wrong, used or too old."""
    async with engine.begin() as connection:
        found = await repository.code_owner(connection, codes.digest_of(code), purposes)
    return CodeOwner(found.id, found.username, found.name) if found else None


async def redeem_password(engine: Engine, code: str, new: str) -> CodeOwner:
    """Set a password with a mailed code, once. Second factors stay as they are.

    Whoever calls this ends the sessions of the person, for the old password may be known to others.
    """
    owner = await code_owner(engine, code, "reset", "activate")
    if owner is None:
        raise _over()
    after = await _hash_of(new, owner.username, owner.name, where="password")
    async with begin(engine, _themself(owner)) as tx:
        connection = await tx.session.connection()
        if not await repository.redeem_password(connection, codes.digest_of(code), after):
            raise _over()
        await audit.write(tx, "accounts:reset_password", subject_id=owner.id)
        await mail.notify(tx, owner.id, "password_changed")
    return owner


async def ask_address(tx: Transaction, sealer: Sealer, address: str) -> None:
    """Mail a code to an address that the caller says is theirs; nothing changes until it is used.

    The answer is the same whether or not the address is somebody's already.
    """
    tx.actor.require(Permission.ACCOUNT_WRITE)
    address, me = addresses.checked(address), tx.actor.person_id
    code = codes.new_code()
    row = {
        "person_id": me,
        "purpose": "verify",
        "digest": code.digest,
        "sealed": addresses.seal(sealer, me, address),
        "address_digest": addresses.digests(sealer, address)[0],
        "expires_at": datetime.now(UTC) + codes.VERIFY_FOR,
    }
    await repository.add_code(tx.session, row)
    told = {"username": tx.actor.username}
    await mail.post(tx.session, sealer, address, "verify", secrets={"code": code.text}, **told)
    await audit.write(tx, "accounts:ask_address", subject_id=me)


async def redeem_address(engine: Engine, sealer: Sealer, username: str, code: str) -> None:
    """Make an address that of the signed-in person, who shows the code that was mailed there."""
    taken = Conflict(
        "accounts.address_taken",
        "This address belongs to another account. Take it away there first, or use another one.",
    )
    owner = await code_owner(engine, code, "verify")
    if owner is None or owner.username != username:
        raise _over()
    async with begin(engine, _themself(owner)) as tx:
        connection = await tx.session.connection()
        with refusing_duplicates("uq_person_address_digest", taken):
            spent = await repository.redeem_address(connection, username, codes.digest_of(code))
        if spent is None:
            raise _over()
        await audit.write(tx, "accounts:change_address", subject_id=owner.id)
        if spent.before:
            before = addresses.opened(sealer, owner.id, spent.before)
            values = {"username": username, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
            await mail.post(tx.session, sealer, before, "address_changed", secrets={}, **values)


async def my_address(tx: Transaction, sealer: Sealer) -> str:
    """The address that the caller proved; empty without one."""
    tx.actor.require(Permission.ACCOUNT_READ)
    found = await repository.address(tx.session, tx.actor.person_id)
    return addresses.opened(sealer, tx.actor.person_id, found.sealed) if found else ""


async def forget_address(tx: Transaction) -> None:
    """Take the caller's address away; without one a password cannot be reset by mail."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await repository.remove_address(tx.session, tx.actor.person_id)
    await audit.write(tx, "accounts:remove_address", subject_id=tx.actor.person_id)


async def keep(
    engine: Engine,
    settings: Settings,
    *,
    every: float = EVERY_SECONDS,
    unwanted: mail.Unwanted | None = None,
) -> None:
    """Answer requests for resets and send letters, until cancelled."""
    sealer = open_sealer(settings)
    for turn in count():
        try:
            await answer_resets(engine, sealer)
            await mail.deliver(engine, sealer, settings, unwanted=unwanted)
            if turn % _TURNS_UNTIL_TIDY == 0:
                await repository.tidy(engine)
        except Exception as error:  # the next turn may succeed; letters wait
            log.warning("letters could not be sent", exc_info=error)
        await asyncio.sleep(every)


async def _hash_of(password: str, *about: str, where: str) -> str:
    """The hash of a password that was found good enough."""
    if wrong := problem(password, *about):
        raise Invalid(
            "accounts.password_refused",
            f"{wrong} Nothing was changed.",
            errors=[FieldError(where, wrong)],
        )
    return await passwords.hash_password(password)


def _themself(owner: CodeOwner) -> Actor:
    """Somebody who showed a code that only they were sent; they may do nothing else with it."""
    return Actor(owner.id, owner.username, frozenset(), frozenset())


def _over() -> Gone:
    return Gone(
        "accounts.code",
        "This code is not right, was used already, or is too old. Ask for a new one.",
    )
