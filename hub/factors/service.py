"""Use cases of one's own factors: list, add, name, remove, recovery codes; reset by admins."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from hub import audit, mail
from hub.errors import Conflict, Denied, Gone, Invalid, Missing
from hub.factors import codes, passkeys, proving, repository, totp
from hub.factors.models import Factor
from hub.factors.passkeys import Answer
from hub.factors.schemas import FactorRead, FactorsRead, RecoveryCodes, TotpStarted
from hub.permissions import Permission, Role
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.sealing import Sealer
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates

MOST_FACTORS = 20
CONFIRM_WITHIN = timedelta(minutes=15)


async def mine(tx: Transaction, settings: Settings) -> FactorsRead:
    """The caller's factors, the codes left, and what the caller's roles ask for."""
    tx.actor.require(Permission.ACCOUNT_READ)
    return FactorsRead(
        factors=[FactorRead.model_validate(one) for one in await _all(tx)],
        recovery_codes_left=await repository.codes_left(tx.session, tx.actor.person_id),
        wanted_level=settings.wanted_level(tx.actor.roles),
        passkeys_possible=passkeys.relying_party(settings).is_possible,
    )


async def kinds(tx: Transaction) -> frozenset[str]:
    """With what the person can prove themselves: totp, passkey, recovery."""
    found = {one.kind for one in await _all(tx)}
    if found and await repository.codes_left(tx.session, tx.actor.person_id):
        found.add("recovery")
    return frozenset(found)


async def first_only(tx: Transaction) -> None:
    """Refuse where there is a factor: then it must be proved before another one is added."""
    await repository.lock(tx.session, tx.actor.person_id)
    if await _all(tx):
        raise Conflict("factors.not_first", "You have a second factor by now: sign in with it.")


async def _all(tx: Transaction) -> list[Factor]:
    return list(await repository.all_of(tx.session, tx.actor.person_id))


# --- authenticator apps


async def start_totp(tx: Transaction, settings: Settings, sealer: Sealer, name: str) -> TotpStarted:
    """A secret for an app; it counts when a code of it has been seen. One is open at a time."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await _room_for_one(tx)
    await repository.remove_unconfirmed(tx.session, tx.actor.person_id)
    factor_id, secret = new_id(), totp.new_secret()
    factor = Factor(
        id=factor_id,
        person_id=tx.actor.person_id,
        kind="totp",
        name=name,
        secret=sealer.seal(f"factor:{factor_id}", secret.encode()),
    )
    await repository.add(tx.session, factor)
    return _started(tx, settings, factor, secret)


async def open_totp(tx: Transaction, settings: Settings, sealer: Sealer) -> TotpStarted:
    """The app that waits to be confirmed, or a new one: a page loaded again shows the same."""
    found = await repository.unconfirmed(tx.session, tx.actor.person_id)
    if found is None or _too_late(found):
        return await start_totp(tx, settings, sealer, "Authenticator app")
    return _started(tx, settings, found, proving.secret_of(sealer, found))


def _started(tx: Transaction, settings: Settings, factor: Factor, secret: str) -> TotpStarted:
    place = urlsplit(settings.base_url).hostname or "agrigen"
    address = totp.address(secret, tx.actor.username, place)
    return TotpStarted(
        id=factor.id,
        name=factor.name,
        secret=secret,
        address=address,
        picture=totp.picture(address),
    )


async def confirm_totp(tx: Transaction, sealer: Sealer, factor_id: UUID, code: str) -> FactorRead:
    """Make an app count: it shows the right code."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await repository.lock(tx.session, tx.actor.person_id)
    factor = await _get(tx, factor_id)
    if factor.kind != "totp" or factor.confirmed_at is not None:
        raise Conflict("factors.confirmed", "This factor counts already; nothing is to confirm.")
    if _too_late(factor):
        raise Gone("factors.unconfirmed_over", "This took too long. Start adding the app again.")
    now = datetime.now(UTC)
    step = totp.step_of(proving.secret_of(sealer, factor), code, now, None)
    if step is None:
        raise Invalid(
            "factors.wrong_code",
            "The app shows another code. Type the one it shows now; if it is never right, set the "
            "clock of your phone.",
        )
    factor.confirmed_at, factor.last_step = now, step
    return await _added(tx, factor)


def _too_late(factor: Factor) -> bool:
    return factor.created_at < datetime.now(UTC) - CONFIRM_WITHIN


# --- passkeys


async def passkey_options(tx: Transaction, settings: Settings, name: str = "") -> Answer:
    """What the browser needs to make a passkey for this account."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    party = passkeys.require_possible(settings)
    there = await _all(tx)
    challenge = await proving.ask(tx, "enroll")
    return passkeys.options_to_add(
        party, tx.actor.person_id, tx.actor.username, name, there, challenge
    )


async def add_passkey(
    tx: Transaction, settings: Settings, name: str, answer: Answer, challenge: bytes | None = None
) -> FactorRead:
    """Add a passkey that answered; the challenge is taken here unless it was before."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await _room_for_one(tx)
    if challenge is None:
        challenge = await proving.take(tx, "enroll", answer)
    columns = passkeys.added(passkeys.require_possible(settings), answer, challenge)
    factor = Factor(
        id=new_id(),
        person_id=tx.actor.person_id,
        kind="passkey",
        name=name,
        confirmed_at=datetime.now(UTC),
        **columns,
    )
    known = Conflict("factors.passkey_known", "This passkey is in use already. Choose another.")
    with refusing_duplicates("uq_factor_credential", known):
        await repository.add(tx.session, factor)
    return await _added(tx, factor)


async def _added(tx: Transaction, factor: Factor) -> FactorRead:
    await tx.session.flush()
    await tx.session.refresh(factor)
    await audit.write(tx, "factors:add", subject_id=factor.id, kind=factor.kind, name=factor.name)
    await mail.notify(tx, tx.actor.person_id, "factor_added", factor=_in_words(factor))
    return FactorRead.model_validate(factor)


def _in_words(factor: Factor) -> str:
    kind = "the passkey" if factor.kind == "passkey" else "the authenticator app"
    return f"{kind} \u201c{factor.name}\u201d"


async def _room_for_one(tx: Transaction) -> None:
    await repository.lock(tx.session, tx.actor.person_id)
    if len(await _all(tx)) >= MOST_FACTORS:
        raise Conflict(
            "factors.too_many",
            f"An account has {MOST_FACTORS} factors at most. Remove one that you no longer use.",
        )


# --- naming and removing


async def rename(tx: Transaction, factor_id: UUID, name: str) -> FactorRead:
    """Call a factor something else in the list."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    factor = await _get(tx, factor_id)
    await audit.write(tx, "factors:rename", subject_id=factor.id, before=factor.name, after=name)
    factor.name = name
    await tx.session.flush()
    await tx.session.refresh(factor)
    return FactorRead.model_validate(factor)


async def remove(tx: Transaction, settings: Settings, factor_id: UUID) -> None:
    """Take a factor away; the last one stays where the roles ask for two factors."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await repository.lock(tx.session, tx.actor.person_id)
    factor = await _get(tx, factor_id)
    others = [one for one in await _all(tx) if one.id != factor.id]
    counted = factor.confirmed_at is not None
    if counted and not others and settings.wanted_level(tx.actor.roles) > 1:
        raise Conflict(
            "factors.last",
            "Your roles ask for two factors, and this is your last. Add another one first.",
        )
    await repository.remove(tx.session, factor)
    if not others:
        await repository.remove_codes(tx.session, tx.actor.person_id)
    if counted:
        await audit.write(
            tx, "factors:remove", subject_id=factor.id, kind=factor.kind, name=factor.name
        )
        await mail.notify(tx, tx.actor.person_id, "factor_removed", factor=_in_words(factor))


async def _get(tx: Transaction, factor_id: UUID) -> Factor:
    found = await repository.get(tx.session, tx.actor.person_id, factor_id)
    if found is None:
        raise Missing("factors.not_found", "You have no such factor.")
    return found


# --- recovery codes


async def renew_codes(tx: Transaction) -> RecoveryCodes:
    """Ten new codes; those of before work no more."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    await repository.lock(tx.session, tx.actor.person_id)
    if not await _all(tx):
        raise Conflict(
            "factors.none",
            "Recovery codes replace a second factor, and you have none. Add one first.",
        )
    fresh = codes.new_codes()
    await repository.replace_codes(
        tx.session, tx.actor.person_id, [codes.digest(one) for one in fresh]
    )
    await audit.write(tx, "recovery_codes:renew", subject_id=tx.actor.person_id)
    await mail.notify(tx, tx.actor.person_id, "recovery_codes_renewed")
    return RecoveryCodes(codes=fresh)


# --- for administrators


async def reset(tx: Transaction, person_id: UUID) -> str:
    """Take all factors of somebody who lost them; whose user name it is, for ending sessions."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    if Role.ADMIN not in tx.actor.roles:
        raise Denied("accounts.admins_only", "Only administrators take factors of others away.")
    if person_id == tx.actor.person_id:
        raise Invalid("accounts.not_oneself", "Ask another administrator to change your account.")
    await repository.lock(tx.session, person_id)
    found = await repository.reset(tx.session, person_id)
    if found is None:
        raise Missing("accounts.not_found", "There is no such person.")
    await audit.write(tx, "factors:reset", subject_id=person_id, count=found.gone)
    await mail.notify(tx, person_id, "factors_reset", by=tx.actor.username)
    return str(found.username)
