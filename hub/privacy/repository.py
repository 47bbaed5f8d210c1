"""Queries about consents, exports, erasures and classes; the rest is asked by the map."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import bindparam
from sqlalchemy.types import Text

from hub.accounts.models import Person
from hub.privacy.held import Held
from hub.privacy.models import Consent, Erasure, LegalHold, PersonalExport, TeachingGrant

_WORDS = ARRAY(Text)
_ABOUT = text("SELECT app.held_about_me(:held, :people, :farm, :columns)").bindparams(
    bindparam("people", type_=_WORDS), bindparam("columns", type_=_WORDS)
)
_ERASE = text(
    "SELECT app.erase_rows(:erasure, :held, :people, :farm, :gone, :values, :redact, :words)"
).bindparams(
    bindparam("people", type_=_WORDS), bindparam("redact", type_=_WORDS),
    bindparam("words", type_=_WORDS), bindparam("values", type_=JSONB),
)  # fmt: skip
_DUE = text("SELECT id, person_id, sealed, steps, hub_at, created_at FROM app.erasures_due()")
_LOCK = text("SELECT app.erasure_lock(:erasure)")
_BEGIN = text("SELECT person_id, username, name, address FROM app.erasure_begin(:erasure)")
_NOTE = text("SELECT app.erasure_note(:erasure, :step, :told, :sealed)").bindparams(
    bindparam("told", type_=JSONB)
)
_WISH = text(
    "INSERT INTO app.erasure (id, person_id, asked_by, due_at) "
    "VALUES (:id, :person_id, :asked_by, :due_at)"
)
_FAILED = text("SELECT app.erasure_failed(:erasure, :error)")
_FINISH = text("SELECT app.erasure_finish(:erasure, :certificate)").bindparams(
    bindparam("certificate", type_=JSONB)
)
_FILES = text("SELECT app.erase_files(:erasure)")
_PERSON = text("SELECT app.erase_person(:erasure)")
_FOR_HUB = text("SELECT id, sealed FROM app.hub_erasures()")
_HUB_DONE = text("SELECT app.hub_erased(:erasure)")
_EXPIRE = text("SELECT app.expire_personal_exports()")
_CLASS = text("SELECT id FROM app.find_class(:code)")
_KEY = text("SELECT app.class_key(:class, :fresh)")
_ANIMALS = text("SELECT * FROM app.class_animals(:class)")
OPEN = ("waiting", "running")


# --- consents


async def decisions(session: AsyncSession, person_id: UUID) -> Sequence[Consent]:
    """All of the caller, the latest first."""
    mine = select(Consent).where(Consent.person_id == person_id)
    return (await session.scalars(mine.order_by(Consent.at.desc(), Consent.id.desc()))).all()


async def decide(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(Consent).values(**values))


# --- exports


async def add_export(session: AsyncSession, export: PersonalExport) -> PersonalExport:
    session.add(export)
    await session.flush()
    await session.refresh(export)
    return export


async def get_export(session: AsyncSession, export_id: UUID) -> PersonalExport | None:
    return await session.get(PersonalExport, export_id)


async def open_export(session: AsyncSession, person_id: UUID) -> PersonalExport | None:
    """One that is being made; row policies show one's own only."""
    wanted = select(PersonalExport).where(
        PersonalExport.person_id == person_id, PersonalExport.state.in_(("queued", "running"))
    )
    return (await session.scalars(wanted.limit(1))).first()


async def change_export(
    session: AsyncSession, export_id: UUID, values: Mapping[str, Any], *, was: str = ""
) -> bool:
    """Whether it was there, and in the state it was to be in."""
    statement = update(PersonalExport).where(PersonalExport.id == export_id)
    if was:
        statement = statement.where(PersonalExport.state == was)
    found = await session.execute(statement.values(**values).returning(PersonalExport.id))
    return found.first() is not None


async def expire_exports(connection: AsyncConnection) -> None:
    await connection.execute(_EXPIRE)


async def held_about_me(session: AsyncSession, held: Held) -> AsyncIterator[dict[str, Any]]:
    """Rows of a table that are about the caller, with what they are told."""
    values = {"held": held.name, "people": held.whose, "farm": held.farm, "columns": held.told}
    async for row in await session.stream(_ABOUT, values):
        yield row[0]


# --- erasures


async def person(session: AsyncSession, person_id: UUID) -> Person | None:
    """Somebody whom the caller may know."""
    return await session.get(Person, person_id)


async def add_erasure(
    session: AsyncSession, erasure_id: UUID, person_id: UUID, asked_by: UUID, due_at: datetime
) -> None:
    """Without reading it back: what the columns are by default, the database says."""
    values = {"id": erasure_id, "person_id": person_id, "asked_by": asked_by, "due_at": due_at}
    await session.execute(_WISH, values)


async def erasure_of(session: AsyncSession, person_id: UUID) -> Erasure | None:
    """The latest wish of somebody."""
    wanted = select(Erasure).where(Erasure.person_id == person_id)
    return (await session.scalars(wanted.order_by(Erasure.id.desc()).limit(1))).first()


async def take_back(session: AsyncSession, erasure_id: UUID) -> bool:
    waits = (Erasure.id == erasure_id) & (Erasure.state == "waiting")
    statement = update(Erasure).where(waits).values(state="taken_back").returning(Erasure.id)
    return (await session.execute(statement)).first() is not None


async def hold_of(session: AsyncSession, person_id: UUID) -> LegalHold | None:
    wanted = select(LegalHold).where(LegalHold.person_id == person_id, LegalHold.ended_at.is_(None))
    return (await session.scalars(wanted.limit(1))).first()


async def add_hold(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(LegalHold).values(**values))


async def end_hold(session: AsyncSession, hold: LegalHold, now: datetime) -> None:
    hold.ended_at = now
    await session.flush()


async def due(connection: AsyncConnection) -> Sequence[Row[Any]]:
    return (await connection.execute(_DUE)).all()


async def lock(connection: AsyncConnection, erasure_id: UUID) -> bool:
    """Whether this worker may; the lock ends with the transaction."""
    return bool((await connection.execute(_LOCK, {"erasure": erasure_id})).scalar_one())


async def begin(connection: AsyncConnection, erasure_id: UUID) -> Row[Any] | None:
    return (await connection.execute(_BEGIN, {"erasure": erasure_id})).one_or_none()


async def note(
    connection: AsyncConnection, erasure_id: UUID, step: str, told: Any, sealed: str | None
) -> None:
    values = {"erasure": erasure_id, "step": step, "told": told, "sealed": sealed}
    await connection.execute(_NOTE, values)


async def failed(connection: AsyncConnection, erasure_id: UUID, error: str) -> None:
    await connection.execute(_FAILED, {"erasure": erasure_id, "error": error})


async def finish(session: AsyncSession, erasure_id: UUID, certificate: dict[str, Any]) -> None:
    await session.execute(_FINISH, {"erasure": erasure_id, "certificate": certificate})


async def erase_files(connection: AsyncConnection, erasure_id: UUID) -> list[str]:
    """Digests of objects that nothing names any more."""
    return list((await connection.execute(_FILES, {"erasure": erasure_id})).scalars())


async def erase_rows(
    connection: AsyncConnection, erasure_id: UUID, held: Held, *, gone: bool = False,
    people: Sequence[str] = (), farm: str = "", values: Mapping[str, Any] | None = None,
    redact: Sequence[str] = (), words: Sequence[str] = (),
) -> int:  # fmt: skip
    """How many rows were deleted or changed."""
    given = {
        "erasure": erasure_id, "held": held.name, "people": list(people), "farm": farm,
        "gone": gone, "values": dict(values or {}), "redact": list(redact), "words": list(words),
    }  # fmt: skip
    return int((await connection.execute(_ERASE, given)).scalar_one())


async def erase_person(connection: AsyncConnection, erasure_id: UUID) -> None:
    await connection.execute(_PERSON, {"erasure": erasure_id})


async def for_hub(connection: AsyncConnection) -> Sequence[Row[Any]]:
    return (await connection.execute(_FOR_HUB)).all()


async def hub_done(connection: AsyncConnection, erasure_id: UUID) -> None:
    await connection.execute(_HUB_DONE, {"erasure": erasure_id})


# --- classes


async def find_class(session: AsyncSession, code: str) -> UUID | None:
    return await session.scalar(_CLASS, {"code": code})


async def add_teaching_grant(session: AsyncSession, grant: TeachingGrant) -> TeachingGrant:
    session.add(grant)
    await session.flush()
    await session.refresh(grant)
    return grant


async def teaching_grants(session: AsyncSession, farm_id: UUID) -> Sequence[TeachingGrant]:
    wanted = select(TeachingGrant).where(TeachingGrant.farm_id == farm_id)
    return (await session.scalars(wanted.order_by(TeachingGrant.id.desc()))).all()


async def teaching_grant(session: AsyncSession, grant_id: UUID) -> TeachingGrant | None:
    return await session.get(TeachingGrant, grant_id)


async def class_key(session: AsyncSession, class_id: UUID, fresh: str) -> str | None:
    """The class's sealed key; None for those who are not in it."""
    return await session.scalar(_KEY, {"class": class_id, "fresh": fresh})


async def class_animals(session: AsyncSession, class_id: UUID) -> Sequence[Row[Any]]:
    return (await session.execute(_ANIMALS, {"class": class_id})).all()
