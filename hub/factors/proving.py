"""Proving that one has a factor: challenges that count once, codes, passkeys.

What is over must stay over whatever comes after, so each step here is a transaction of the caller
that is committed before the next one begins.
"""

import secrets
from datetime import UTC, datetime, timedelta

from hub import audit, mail
from hub.errors import Denied, Gone, Limited
from hub.factors import codes, passkeys, repository, totp
from hub.factors.models import Factor
from hub.factors.passkeys import Answer
from hub.factors.schemas import PasskeyOwner
from hub.settings import Settings
from hub.storage.postgres import Engine
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction

PENDING_MINUTES = 10
ANSWER_MINUTES = 5
MOST_WRONG = 5
MOST_STRANGERS = 2000  # open at a time: nobody fills the table
_CHALLENGE_BYTES = 32


def _now() -> datetime:
    return datetime.now(UTC)


# --- the second step of a sign-in


async def start_pending(tx: Transaction) -> str:
    """The key of a sign-in whose first factor was right; whoever holds it may try the second."""
    key = secrets.token_urlsafe(_CHALLENGE_BYTES)
    await _ask(tx, "pending", key.encode(), timedelta(minutes=PENDING_MINUTES))
    return key


async def is_pending(tx: Transaction, key: str) -> bool:
    return await repository.is_open(tx.session, passkeys.digest(key.encode()), MOST_WRONG, _now())


async def count_try(tx: Transaction, key: str) -> None:
    """Count a try before it is looked at; after five one starts again with the first factor."""
    digest = passkeys.digest(key.encode())
    if await repository.count_try(tx.session, digest, MOST_WRONG, _now()) is None:
        raise over()


async def end_pending(tx: Transaction, key: str) -> None:
    """The sign-in is finished, once."""
    if not await repository.take(tx.session, "pending", passkeys.digest(key.encode()), _now()):
        raise over()


def over() -> Gone:
    return Gone(
        "factors.over",
        "This sign-in is over: it took longer than ten minutes, or five codes were wrong. Start "
        "again with your name.",
    )


# --- codes


async def prove_totp(tx: Transaction, sealer: Sealer, code: str) -> frozenset[str]:
    """The method when the code is that of one of the person's apps, now and for the first time."""
    now = _now()
    for factor in await repository.all_of(tx.session, tx.actor.person_id):
        step = totp.step_of(secret_of(sealer, factor), code, now, factor.last_step)
        if step is not None and await repository.use_step(tx.session, factor.id, step, now):
            return frozenset({"otp"})
    raise Denied(
        "factors.wrong_code",
        "This code is not right, or was used before. Wait for the next one. If codes are never "
        "right, set the clock of your phone.",
    )


def secret_of(sealer: Sealer, factor: Factor) -> str:
    """The secret of an app; nothing for a passkey, whose codes are then all wrong."""
    return sealer.open(f"factor:{factor.id}", factor.secret).decode() if factor.secret else ""


async def prove_recovery(tx: Transaction, code: str) -> frozenset[str]:
    """The method when this is an unused recovery code; its owner is told."""
    digest = codes.digest(code)
    if not await repository.use_code(tx.session, tx.actor.person_id, digest, _now()):
        raise Denied(
            "factors.wrong_recovery_code",
            "This is not one of your recovery codes, or it was used before. Each works once.",
        )
    left = await repository.codes_left(tx.session, tx.actor.person_id)
    await audit.write(tx, "recovery_codes:use", subject_id=tx.actor.person_id, left=left)
    await mail.notify(tx, tx.actor.person_id, "recovery_code_used", left=left)
    return frozenset({"otp"})


# --- passkeys


async def ask_passkey(tx: Transaction, settings: Settings) -> Answer:
    """Options for the browser to prove one of the person's passkeys."""
    party = passkeys.require_possible(settings)
    there = await repository.all_of(tx.session, tx.actor.person_id)
    return passkeys.options_to_prove(party, there, await ask(tx, "prove"))


async def ask(tx: Transaction, purpose: str) -> bytes:
    """A fresh random value for a passkey to sign, kept for a few minutes."""
    value = secrets.token_bytes(_CHALLENGE_BYTES)
    await _ask(tx, purpose, value, timedelta(minutes=ANSWER_MINUTES))
    return value


async def _ask(tx: Transaction, purpose: str, value: bytes, kept: timedelta) -> None:
    await repository.ask(
        tx.session,
        person_id=tx.actor.person_id,
        purpose=purpose,
        digest=passkeys.digest(value),
        wrong=0,
        expires_at=_now() + kept,
    )


async def take(tx: Transaction, purpose: str, answer: Answer) -> bytes:
    """The challenge in an answer, when we asked it of this person and nobody answered it yet."""
    value = passkeys.challenge_in(answer)
    if not await repository.take(tx.session, purpose, passkeys.digest(value), _now()):
        raise _unasked()
    return value


def _unasked() -> Gone:
    return Gone(
        "factors.challenge_over",
        "The passkey answered something that was not asked, was answered before, or was asked too "
        "long ago. Start again.",
    )


async def prove_passkey(
    tx: Transaction, settings: Settings, answer: Answer, challenge: bytes
) -> frozenset[str]:
    """The methods when one of the person's own passkeys signed the challenge."""
    party = passkeys.require_possible(settings)
    credential = passkeys.credential_in(answer)
    factor = await repository.passkey(tx.session, tx.actor.person_id, credential)
    if factor is None:
        raise Denied(
            "factors.unknown_passkey",
            "This passkey does not belong to this account. Choose another, or sign in with a code.",
        )
    uses = passkeys.proved(party, answer, challenge, factor)
    if not await repository.use_passkey(tx.session, factor, uses, _now()):
        raise _unasked()
    return frozenset({"hwk" if not factor.synced else "swk", "user", "mfa"})


# --- signing in with a passkey and nothing else; nobody is known yet


async def ask_anybody(engine: Engine, settings: Settings) -> Answer:
    """Options for the browser to offer whichever passkeys it has for this hub."""
    party = passkeys.require_possible(settings)
    value = secrets.token_bytes(_CHALLENGE_BYTES)
    async with engine.begin() as connection:
        if await repository.strangers(connection, _now()) >= MOST_STRANGERS:
            raise Limited(
                "sign_in.too_many",
                "Too many people are signing in with passkeys. Try again in a minute, or sign in "
                "with your name.",
                retry_after=60,
            )
        await repository.ask(
            connection,
            person_id=None,
            purpose="sign_in",
            digest=passkeys.digest(value),
            wrong=0,
            expires_at=_now() + timedelta(minutes=ANSWER_MINUTES),
        )
    return passkeys.options_to_prove(party, (), value)


async def whose_passkey(engine: Engine, answer: Answer) -> tuple[PasskeyOwner, bytes]:
    """Who says to answer, and the challenge, which is over; the signature is checked next."""
    value = passkeys.challenge_in(answer)
    credential = passkeys.credential_in(answer)
    async with engine.begin() as connection:
        asked = await repository.take(connection, "sign_in", passkeys.digest(value), _now())
    if not asked:
        raise _unasked()
    async with engine.begin() as connection:
        found = await repository.passkey_owner(connection, credential)
    if found is None:
        raise Denied(
            "factors.unknown_passkey",
            "No account here has this passkey. It may have been removed: sign in with your name.",
        )
    return PasskeyOwner.model_validate(found), value
