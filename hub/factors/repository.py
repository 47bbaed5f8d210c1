"""Queries about factors, recovery codes and challenges."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.factors.models import Challenge, Factor, RecoveryCode
from hub.storage.base import new_id

_PASSKEY_OWNER = text("SELECT * FROM app.passkey_owner(:credential)")
_RESET = text("SELECT * FROM app.reset_factors(:person)")
_UNKNOWN_OPEN = text(
    "SELECT count(*) FROM app.challenge WHERE purpose = 'sign_in' AND used_at IS NULL "
    "AND expires_at > :now"
)
_PURGE = text("SELECT app.purge_challenges()")
# Two requests that add or remove a factor of one person go one after the other.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('factors:' || :person, 0))")

Session = AsyncSession | AsyncConnection


async def lock(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(_LOCK, {"person": str(person_id)})


async def all_of(session: AsyncSession, person_id: UUID) -> Sequence[Factor]:
    """Confirmed factors in the order they were added."""
    mine = (Factor.person_id == person_id, Factor.confirmed_at.is_not(None))
    return (await session.scalars(select(Factor).where(*mine).order_by(Factor.id))).all()


async def get(session: AsyncSession, person_id: UUID, factor_id: UUID) -> Factor | None:
    mine = (Factor.person_id == person_id, Factor.id == factor_id)
    return await session.scalar(select(Factor).where(*mine))


async def unconfirmed(session: AsyncSession, person_id: UUID) -> Factor | None:
    mine = (Factor.person_id == person_id, Factor.confirmed_at.is_(None))
    return await session.scalar(select(Factor).where(*mine))


async def passkey(session: AsyncSession, person_id: UUID, credential: bytes) -> Factor | None:
    """Only one's own: another person's passkey is not found."""
    mine = (Factor.person_id == person_id, Factor.credential == credential)
    return await session.scalar(select(Factor).where(*mine))


async def add(session: AsyncSession, factor: Factor) -> Factor:
    session.add(factor)
    await session.flush()
    return factor


async def remove_unconfirmed(session: AsyncSession, person_id: UUID) -> None:
    mine = (Factor.person_id == person_id, Factor.confirmed_at.is_(None))
    await session.execute(delete(Factor).where(*mine))


async def remove(session: AsyncSession, factor: Factor) -> None:
    await session.delete(factor)
    await session.flush()


async def use_step(session: AsyncSession, factor_id: UUID, step: int, now: datetime) -> bool:
    """Whether this time step was unused until now, in whichever process."""
    fresh = Factor.last_step.is_(None) | (Factor.last_step < step)
    statement = update(Factor).where(Factor.id == factor_id, fresh)
    changed = statement.values(last_step=step, last_used_at=now).returning(Factor.id)
    return (await session.execute(changed)).scalar_one_or_none() is not None


async def use_passkey(session: AsyncSession, factor: Factor, uses: int, now: datetime) -> bool:
    """Whether nobody else used this passkey since it was read."""
    same = (Factor.id == factor.id, Factor.uses == factor.uses)
    changed = update(Factor).where(*same).values(uses=uses, last_used_at=now).returning(Factor.id)
    return (await session.execute(changed)).scalar_one_or_none() is not None


async def passkey_owner(session: Session, credential: bytes) -> Row[Any] | None:
    found = await session.execute(_PASSKEY_OWNER, {"credential": credential})
    return found.one_or_none()


async def reset(session: AsyncSession, person_id: UUID) -> Row[Any] | None:
    """The person's user name and how many factors went."""
    return (await session.execute(_RESET, {"person": person_id})).one_or_none()


async def strangers(session: Session, now: datetime) -> int:
    """How many sign-ins with a passkey alone are open, of people not known yet."""
    return int((await session.execute(_UNKNOWN_OPEN, {"now": now})).scalar_one())


async def replace_codes(session: AsyncSession, person_id: UUID, digests: Iterable[str]) -> None:
    await remove_codes(session, person_id)
    rows = [{"id": new_id(), "person_id": person_id, "digest": one} for one in digests]
    await session.execute(insert(RecoveryCode), rows)


async def remove_codes(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


async def use_code(session: AsyncSession, person_id: UUID, digest: str, now: datetime) -> bool:
    """Whether there was such a code and it was unused until now."""
    mine = (
        RecoveryCode.person_id == person_id,
        RecoveryCode.digest == digest,
        RecoveryCode.used_at.is_(None),
    )
    changed = update(RecoveryCode).where(*mine).values(used_at=now).returning(RecoveryCode.id)
    return (await session.execute(changed)).scalar_one_or_none() is not None


async def codes_left(session: AsyncSession, person_id: UUID) -> int:
    mine = (RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return await session.scalar(select(func.count()).select_from(RecoveryCode).where(*mine)) or 0


async def ask(session: Session, **values: Any) -> UUID:
    """Store a challenge; those long over go."""
    await session.execute(_PURGE)
    challenge_id = new_id()
    await session.execute(insert(Challenge).values(id=challenge_id, **values))
    return challenge_id


async def take(session: Session, purpose: str, digest: str, now: datetime) -> bool:
    """Whether this challenge was open; it is over from here on."""
    open_ = (
        Challenge.purpose == purpose,
        Challenge.digest == digest,
        Challenge.used_at.is_(None),
        Challenge.expires_at > now,
    )
    taken = update(Challenge).where(*open_).values(used_at=now).returning(Challenge.id)
    return (await session.execute(taken)).scalar_one_or_none() is not None


async def count_try(session: Session, digest: str, most: int, now: datetime) -> int | None:
    """Which try this is of a pending sign-in, counted before it is looked at; None: no more."""
    open_ = (
        Challenge.purpose == "pending",
        Challenge.digest == digest,
        Challenge.used_at.is_(None),
        Challenge.expires_at > now,
        Challenge.wrong < most,
    )
    counted = update(Challenge).where(*open_).values(wrong=Challenge.wrong + 1)
    return (await session.execute(counted.returning(Challenge.wrong))).scalar_one_or_none()


async def is_open(session: Session, digest: str, most: int, now: datetime) -> bool:
    """Whether a pending sign-in may still be finished."""
    open_ = (
        Challenge.purpose == "pending",
        Challenge.digest == digest,
        Challenge.used_at.is_(None),
        Challenge.expires_at > now,
        Challenge.wrong < most,
    )
    return (
        await session.execute(select(Challenge.id).where(*open_))
    ).scalar_one_or_none() is not None
