"""Use cases of privacy: consents, archives about oneself, wishes to be erased, holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub import accounts, audit, jobs
from hub.accounts.models import Person
from hub.errors import Conflict, FieldError, Gone, Invalid, Missing
from hub.permissions import Permission, Role
from hub.privacy import repository
from hub.privacy.models import Erasure, PersonalExport
from hub.privacy.schemas import (
    TERMS,
    ConsentRead,
    ConsentWrite,
    Decision,
    ErasureAsk,
    ErasureRead,
    HoldWrite,
    PersonalExportRead,
    Purpose,
)
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

KIND = "personal_export"
TASK = "privacy.export"
KEPT = timedelta(hours=24)


# --- consents


async def consents(tx: Transaction) -> list[ConsentRead]:
    """Every purpose, what the caller decided about it, and when."""
    tx.actor.require(Permission.ACCOUNT_READ)
    rows = await repository.decisions(tx.session, tx.actor.person_id)
    found = []
    for purpose in Purpose:
        history = [Decision.model_validate(row) for row in rows if row.purpose == purpose]
        given = bool(history) and history[0].given
        found.append(
            ConsentRead(purpose=purpose, sentence=purpose.sentence, terms=TERMS, given=given,
                        history=history)
        )  # fmt: skip
    return found


async def decide(tx: Transaction, purpose: Purpose, said: ConsentWrite) -> ConsentRead:
    """Agree to a purpose, or take that back; both are noted, with the wording that was read."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    if said.given and said.terms != TERMS:
        message = f"The wording is that of {TERMS} by now. Read it, and decide about that."
        raise Conflict("privacy.terms", message, terms=TERMS)
    now = datetime.now(UTC)
    await repository.decide(
        tx.session, id=new_id(), person_id=tx.actor.person_id, purpose=purpose.value,
        given=said.given, terms=said.terms, at=now,
    )  # fmt: skip
    await audit.write(
        tx, "privacy:decide", purpose=purpose.value, given=said.given, terms=said.terms
    )
    return next(one for one in await consents(tx) if one.purpose is purpose)


# --- archives


async def ask_export(tx: Transaction) -> PersonalExportRead:
    """Have everything packed that is held about the caller."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    if await repository.open_export(tx.session, tx.actor.person_id):
        raise Conflict("privacy.export_open", "An archive about you is being made already.")
    export = await repository.add_export(
        tx.session, PersonalExport(id=new_id(), person_id=tx.actor.person_id)
    )
    lock = f"privacy:{tx.actor.person_id}"
    job = await jobs.create(tx, KIND, export.id, TASK, lock=lock, export_id=str(export.id))
    await repository.change_export(tx.session, export.id, {"job_id": job.id})
    await audit.write(tx, "privacy:export", subject_id=export.id)
    await tx.session.refresh(export)
    return PersonalExportRead.model_validate(export)


async def get_export(tx: Transaction, export_id: UUID) -> PersonalExportRead:
    tx.actor.require(Permission.ACCOUNT_READ)
    return PersonalExportRead.model_validate(await _export(tx, export_id))


async def take_export(
    tx: Transaction, objects: ObjectStore, export_id: UUID
) -> tuple[PersonalExportRead, Iterator[bytes]]:
    """The archive, handed out once; afterwards nobody can fetch it again."""
    tx.actor.require(Permission.ACCOUNT_WRITE)
    export = await _export(tx, export_id)
    over = export.expires_at is not None and export.expires_at <= datetime.now(UTC)
    if export.state in {"taken", "expired"} or over:
        message = "The archive was fetched already, or a day has passed. Ask for a new one."
        raise Gone("privacy.export_gone", message)
    digest, told = export.object, PersonalExportRead.model_validate(export)
    values = {"state": "taken", "object": ""}
    if not await repository.change_export(tx.session, export_id, values, was="done"):
        message = f"The archive is {export.state}; it can be fetched when it is done."
        raise Conflict("privacy.export_not_done", message)
    await audit.write(tx, "privacy:take_export", subject_id=export_id, sha256=export.sha256)
    return told, _once(objects, digest)


def _once(objects: ObjectStore, digest: str) -> Iterator[bytes]:
    try:
        yield from objects.pieces(digest)
    finally:
        objects.delete(digest)


async def follow(tx: Transaction, export_id: UUID, state: str, error: str) -> None:
    """Keep the archive's state equal to its job's."""
    over = datetime.now(UTC) if state in jobs.FINAL else None
    values = {"state": state, "error": error, "finished_at": over}
    await repository.change_export(tx.session, export_id, values)


async def _export(tx: Transaction, export_id: UUID) -> PersonalExport:
    export = await repository.get_export(tx.session, export_id)
    if export is None:
        raise Missing("privacy.no_export", "There is no such archive of yours.")
    return export


# --- erasures


async def ask_erasure(
    tx: Transaction, said: ErasureAsk, grace_days: float, person_id: UUID | None = None
) -> ErasureRead:
    """Wish oneself to be erased or, as an administrator, somebody else."""
    who = await _whom(tx, person_id)
    person = await _named(tx, who, said.username)
    if Role.ADMIN.value in person.roles:
        await accounts.keep_an_admin(tx, who)
    found = await repository.erasure_of(tx.session, who)
    if found is not None and found.state in (*repository.OPEN, "done"):
        raise Conflict("privacy.erasure_open", f"The erasure is {found.state} already.")
    hold = await repository.hold_of(tx.session, who)
    if hold is not None:
        message = f"Nothing may be erased for now: {hold.reason}"
        raise Conflict("privacy.hold", message, reason=hold.reason)
    due = datetime.now(UTC) + timedelta(days=grace_days)
    new = new_id()
    await repository.add_erasure(tx.session, new, who, tx.actor.person_id, due)
    await audit.write(tx, "privacy:ask_erasure", subject_id=who, due_at=due)
    return await _told(tx, await _erasure(tx, who))


async def get_erasure(tx: Transaction, person_id: UUID | None = None) -> ErasureRead:
    """The latest wish, and what stops it."""
    who = await _whom(tx, person_id, write=False)
    return await _told(tx, await _erasure(tx, who))


async def take_back_erasure(tx: Transaction, person_id: UUID | None = None) -> ErasureRead:
    """Stay after all, as long as the erasure did not begin."""
    who = await _whom(tx, person_id)
    found = await _erasure(tx, who)
    if not await repository.take_back(tx.session, found.id):
        message = f"The erasure is {found.state}; it can no longer be taken back."
        raise Conflict("privacy.erasure_begun", message)
    await audit.write(tx, "privacy:take_back_erasure", subject_id=who)
    await tx.session.refresh(found)
    return await _told(tx, found)


async def hold(tx: Transaction, person_id: UUID, said: HoldWrite) -> None:
    """Keep somebody from being erased; whoever is concerned is told why."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    if await repository.person(tx.session, person_id) is None:
        raise _nobody()
    if await repository.hold_of(tx.session, person_id):
        raise Conflict("privacy.hold_there", "There is a hold on this person already.")
    await repository.add_hold(
        tx.session, id=new_id(), person_id=person_id, made_by=tx.actor.person_id,
        reason=said.reason,
    )  # fmt: skip
    await audit.write(tx, "privacy:hold", subject_id=person_id)


async def end_hold(tx: Transaction, person_id: UUID) -> None:
    """Let an erasure go on again."""
    tx.actor.require(Permission.PEOPLE_MANAGE)
    found = await repository.hold_of(tx.session, person_id)
    if found is None:
        raise Missing("privacy.no_hold", "There is no hold on this person.")
    await repository.end_hold(tx.session, found, datetime.now(UTC))
    await audit.write(tx, "privacy:end_hold", subject_id=person_id)


async def _whom(tx: Transaction, person_id: UUID | None, *, write: bool = True) -> UUID:
    if person_id is None:
        tx.actor.require(Permission.ACCOUNT_WRITE if write else Permission.ACCOUNT_READ)
        return tx.actor.person_id
    tx.actor.require(Permission.PEOPLE_MANAGE)
    return person_id


async def _named(tx: Transaction, person_id: UUID, said: str) -> Person:
    person = await repository.person(tx.session, person_id)
    if person is None:
        raise _nobody()
    if said != person.username:
        raise Invalid(
            "privacy.name",
            "This is not the user name. Type it exactly as it is, to show that it is meant.",
            errors=[FieldError("username", "Is not the user name.")],
        )
    return person


async def _erasure(tx: Transaction, person_id: UUID) -> Erasure:
    found = await repository.erasure_of(tx.session, person_id)
    if found is None:
        raise Missing("privacy.no_erasure", "Nobody asked for this person to be erased.")
    return found


async def _told(tx: Transaction, erasure: Erasure) -> ErasureRead:
    stops = None
    if erasure.state == "waiting":
        stops = await repository.hold_of(tx.session, erasure.person_id)
    read = ErasureRead.model_validate(erasure)
    return read.model_copy(update={"hold": stops.reason if stops else ""})


def _nobody() -> Missing:
    return Missing("privacy.nobody", "There is no such person.")
