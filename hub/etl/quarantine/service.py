"""Use cases of the quarantine: read what was refused, mend it, leave it out, load it again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hub import audit, farms, jobs
from hub.errors import Conflict, FieldError, Invalid, Missing
from hub.etl import repository as imports
from hub.etl.models import Import, ImportRow, Mending, RowChange
from hub.etl.quarantine import preview, repository, work
from hub.etl.quarantine.plan import plan
from hub.etl.quarantine.schemas import (
    MOST_NAMED,
    ChangesQuery,
    Discard,
    Finding,
    FindingCount,
    FindingsQuery,
    MendAnswer,
    MendByRule,
    MendingKind,
    MendingRead,
    MendingsQuery,
    Replay,
    RowChangeRead,
    TakeBack,
)
from hub.etl.schemas import ImportRead, Mend, Problem, ProblemsQuery, RejectedRow
from hub.etl.service import require
from hub.jobs.app import BULK
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

KIND = "mending"
TASK = "imports.mend"


async def problems(tx: Transaction, import_id: UUID, query: ProblemsQuery) -> Page[RejectedRow]:
    """The rows that were refused, in the order of the file, with every reason and remedy."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    page = await imports.rejected(tx.session, import_id, query)
    return Page([_read(row) for row in page.items], page.next_cursor)


def _read(row: ImportRow) -> RejectedRow:
    found = [Problem.model_validate(problem) for problem in row.problems]
    return RejectedRow(row=row.row_number, state=row.state, values=row.raw, problems=found)


async def findings(tx: Transaction, import_id: UUID, query: FindingsQuery) -> Page[Finding]:
    """Everything that was found, one by one, in the order of the file."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    page = await repository.findings(tx.session, import_id, query)
    found = [_finding(number, state, one) for number, state, one in page.items]
    return Page(found, page.next_cursor)


def _finding(number: int, state: str, found: dict[str, Any]) -> Finding:
    problem = Problem.model_validate(found)
    return Finding.model_validate({**problem.model_dump(), "number": number, "state": state})


async def finding_counts(
    tx: Transaction, import_id: UUID, query: FindingsQuery
) -> list[FindingCount]:
    """How often each rule was broken in each column, errors first, with the commonest values."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    found = await repository.finding_counts(tx.session, import_id, query)
    return [FindingCount.model_validate(one) for one in found]


async def held(tx: Transaction, import_id: UUID) -> Import:
    """The import, locked until the transaction ends; refuses where nothing can be mended."""
    tx.actor.require(Permission.IMPORTS_WRITE)
    row = await require(tx, import_id, lock=True)
    await farms.require_write(tx, row.farm_id)
    if row.state != "done" or row.dry_run:
        raise Conflict(
            "imports.not_mendable",
            "Rows are mended when the import is done; a dry run has loaded none to add to.",
        )
    return row


async def mend(tx: Transaction, import_id: UUID, mended: Mend) -> ImportRead:
    """Check corrected rows again and load the good ones; rows still wrong stay with new reasons."""
    row = await held(tx, import_id)
    wanted = {new.row: dict(new.values) for new in mended.rows}
    there = await imports.rows(tx.session, row.id, sorted(wanted))
    _require_mendable(wanted, there)
    if row.kind == "events":
        there = await work.of_births(tx, row, there.values())
    mending = await _add(tx, row, "by_hand", {"rows": sorted(wanted)}, {})
    cells = {number: _new(there[number], values) for number, values in wanted.items()}
    await work.load(tx, row, mending, there, {n: new for n, new in cells.items() if new})
    close(mending)
    await audit.write(
        tx, "imports:mend", subject_id=row.id, farm_id=row.farm_id, mending=mending.id,
        rows=len(wanted), loaded=mending.rows_loaded,
    )  # fmt: skip
    return ImportRead.model_validate(await imports.flush(tx.session, row))


def _new(row: ImportRow, values: dict[str, str]) -> dict[str, str]:
    plain = {name: value.strip() for name, value in values.items()}
    return {name: value for name, value in plain.items() if (row.raw.get(name) or "") != value}


def _require_mendable(wanted: dict[int, dict[str, str]], there: dict[int, ImportRow]) -> None:
    errors = [
        FieldError(f"rows.{number}", f"Row {number} is not among the refused rows.", _SEE_PROBLEMS)
        for number in wanted
        if number not in there or there[number].state != "rejected"
    ]
    errors += [
        FieldError(f"rows.{number}", f"The file has no column {name!r}.", _SEE_PROBLEMS)
        for number, values in wanted.items()
        if number in there
        for name in values.keys() - there[number].raw.keys()
    ]
    if errors:
        raise Invalid("imports.cannot_mend", "Some rows cannot be mended.", errors=errors)


async def mend_by_rule(tx: Transaction, import_id: UUID, asked: MendByRule) -> MendAnswer:
    """Do one thing about many refused rows, or show what it would change.

    Rows named one by one are done at once, more by a job in pieces.
    """
    row = await held(tx, import_id)
    chosen = await plan(tx, row, asked)
    answer = await preview.answer(tx, chosen)
    if asked.dry_run:
        return await preview.tried(tx, row, chosen, answer)
    action = asked.action.model_dump(mode="json", exclude_none=True)
    if chosen.header:  # found now: a colleague may mend the rows that say which, before the job
        action["column"] = chosen.header
    mending = await _add(
        tx, row, _kind(asked), asked.filter.model_dump(mode="json", exclude_none=True), action,
        column=chosen.header, reason=getattr(asked.action, "reason", ""),
    )  # fmt: skip
    await _begin(tx, row, mending, at_once=asked.filter.rows is not None)
    return answer.model_copy(update={"mending": await _told(tx, mending)})


def _kind(asked: MendByRule) -> MendingKind:
    match asked.action:
        case Discard():
            return "discard"
        case TakeBack():
            return "take_back"
        case Replay():
            return "replay"
    return "by_rule"


async def undo(tx: Transaction, import_id: UUID, mending_id: UUID) -> MendingRead:
    """Put back what an act changed, in rows that are neither loaded nor changed since."""
    row = await held(tx, import_id)
    done = await _mending(tx, row, mending_id)
    if done.kind in ("replay", "undo"):
        raise Conflict(
            "quarantine.not_undoable",
            "This changed no cell of its own, so there is nothing to undo. Mend the rows instead.",
        )
    if done.state not in jobs.FINAL:
        raise Conflict(
            "quarantine.under_way",
            "The mending is still at work. Cancel its job or wait for it, then undo it.",
        )
    if await repository.undone(tx.session, done.id):
        raise Conflict("quarantine.undone", "This mending is undone already.")
    mending = await _add(tx, row, "undo", {}, {}, undoes_id=done.id, column=done.column)
    await _begin(tx, row, mending, at_once=done.rows_changed <= MOST_NAMED)
    return await _told(tx, mending)


async def mendings(tx: Transaction, import_id: UUID, query: MendingsQuery) -> Page[MendingRead]:
    """What was done about an import's refused rows, newest first."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    page = await repository.mendings(tx.session, import_id, query.cursor, query.limit)
    names = await imports.people(tx.session, (one.person_id for one in page.items))
    found = [MendingRead.model_validate(one) for one in page.items]
    told = [one.model_copy(update=_by(names, one.person_id)) for one in found]
    return Page(told, page.next_cursor)


def _by(names: dict[UUID, str], person_id: UUID) -> dict[str, str]:
    return {"person_name": names.get(person_id, "")}


async def get_mending(tx: Transaction, import_id: UUID, mending_id: UUID) -> MendingRead:
    """One act on refused rows, as far as it is now."""
    tx.actor.require(Permission.IMPORTS_READ)
    row = await require(tx, import_id)
    return MendingRead.model_validate(await _mending(tx, row, mending_id))


async def changes(tx: Transaction, import_id: UUID, query: ChangesQuery) -> Page[RowChangeRead]:
    """Every cell that was changed: before, after, who and when."""
    tx.actor.require(Permission.IMPORTS_READ)
    await require(tx, import_id)
    page = await repository.changes(tx.session, import_id, query)
    names = await imports.people(tx.session, (one.person_id for one in page.items))
    return Page([_change(one, names) for one in page.items], page.next_cursor)


def _change(one: RowChange, names: dict[UUID, str]) -> RowChangeRead:
    return RowChangeRead(
        row=one.row_number, column=one.column, before=one.before, after=one.after, at=one.at,
        person_id=one.person_id, mending_id=one.mending_id, undone=one.undone_id is not None,
        **_by(names, one.person_id),
    )  # fmt: skip


async def work_on(tx: Transaction, mending_id: UUID) -> Mending:
    """A mending, locked, for the job that does it."""
    mending = await repository.mending(tx.session, mending_id, lock=True)
    if mending is None:
        raise _missing()
    return mending


async def extent(tx: Transaction, mending: Mending) -> int:
    """How many rows a mending is about."""
    if mending.undoes_id:
        undone = await repository.mending(tx.session, mending.undoes_id)
        return undone.rows_changed if undone else 0
    row = await require(tx, mending.import_id)
    asked = MendByRule.model_validate({"filter": mending.filter, "action": mending.action})
    return await repository.count(tx.session, (await plan(tx, row, asked)).wanted)


def close(mending: Mending) -> None:
    """The mending is over."""
    mending.state, mending.finished_at = "done", datetime.now(UTC)


async def _add(
    tx: Transaction, row: Import, kind: MendingKind, chosen: dict[str, Any],
    action: dict[str, Any], **values: Any,
) -> Mending:  # fmt: skip
    mending = Mending(
        id=new_id(), import_id=row.id, farm_id=row.farm_id, person_id=tx.actor.person_id,
        kind=kind, filter=chosen, action=action, **values,
    )  # fmt: skip
    return await repository.flush(tx.session, await repository.add(tx.session, mending))


async def _begin(tx: Transaction, row: Import, mending: Mending, *, at_once: bool) -> None:
    """Do a few rows now; queue a job for more, one after the other on a farm."""
    if at_once:
        while not await work.step(tx, row, mending, work.PIECE):
            pass
        close(mending)
    else:
        job = await jobs.create(
            tx, KIND, mending.id, TASK, queue=BULK, lock=f"farm:{row.farm_id}",
            mending_id=str(mending.id),
        )  # fmt: skip
        mending.job_id = job.id
    await audit.write(
        tx, f"imports:{mending.kind}", subject_id=row.id, farm_id=row.farm_id, mending=mending.id,
        filter=mending.filter, does=mending.action, undoes=mending.undoes_id,
    )  # fmt: skip


async def _told(tx: Transaction, mending: Mending) -> MendingRead:
    return MendingRead.model_validate(await repository.flush(tx.session, mending))


async def _mending(tx: Transaction, row: Import, mending_id: UUID) -> Mending:
    mending = await repository.mending(tx.session, mending_id)
    if mending is None or mending.import_id != row.id:
        raise _missing()
    return mending


def _missing() -> Missing:
    return Missing("quarantine.not_found", "There is no such mending that you may see.")


_SEE_PROBLEMS = "Read the import's problems for the rows and columns there are."
