"""The quarantine over REST: reports of imports, and what is done about refused rows."""

from typing import Any
from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import etl
from hub.etl import quarantine
from hub.etl.quarantine import (
    ChangesQuery,
    Finding,
    FindingCount,
    FindingsQuery,
    MendAnswer,
    MendByRule,
    MendingRead,
    MendingsQuery,
    RowChangeRead,
)
from hub.etl.report import Format, Which
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input, Output
from hub.storage.paging import Page

routes = Routes("Imports")

IMPORT = {"import_id": SAMPLE_ID}
MENDING = {**IMPORT, "mending_id": SAMPLE_ID}
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class FindingCounts(Output):
    """How often each rule was broken."""

    items: list[FindingCount]


class ReportQuery(Input):
    """Which rows the workbook shows."""

    rows: Which = Field(
        default="auto",
        description="all rows of the file, or those in which something was found; auto shows "
        "all of a small file",
    )


@routes.get(
    "/imports/{import_id}/findings",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=FindingsQuery,
    returns=PageOf[Finding],
    example={"path": IMPORT, "query": {"severity": "error"}},
)
async def list_findings(call: Call, import_id: UUID) -> Page[Finding]:
    """List what was found, one by one, in the order of the file; narrow it by rule and column."""
    return await quarantine.findings(call.tx, import_id, call.query)


@routes.get(
    "/imports/{import_id}/findings/summary",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=FindingsQuery,
    returns=FindingCounts,
    example={"path": IMPORT},
)
async def count_findings(call: Call, import_id: UUID) -> dict[str, Any]:
    """Count what was found by rule and column, with an example and the commonest wrong values."""
    return {"items": await quarantine.finding_counts(call.tx, import_id, call.query)}


@routes.get(
    "/imports/{import_id}/report.json",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    returns=Answer,
    produces="application/json",
    example={"path": IMPORT},
)
async def get_import_report_json(call: Call, import_id: UUID) -> Answer:
    """Download the import, the counts of its findings, and every finding, as JSON."""
    return await _report(call, import_id, "json")


@routes.get(
    "/imports/{import_id}/report.csv",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    returns=Answer,
    produces="text/csv",
    example={"path": IMPORT},
)
async def get_import_report(call: Call, import_id: UUID) -> Answer:
    """Download every finding as a table: file, row, column, value, rule, severity, remedy."""
    return await _report(call, import_id, "csv")


@routes.get(
    "/imports/{import_id}/report.xlsx",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=ReportQuery,
    returns=Answer,
    produces=TYPES["xlsx"],
    example={"path": IMPORT},
)
async def get_import_report_workbook(call: Call, import_id: UUID) -> Answer:
    """Download the file's rows as a workbook with wrong cells marked and commented."""
    return await _report(call, import_id, "xlsx", rows=call.query.rows)


async def _report(call: Call, import_id: UUID, form: Format, rows: Which = "auto") -> Answer:
    file = await etl.write_report(call.tx, call.app.objects, import_id, form, rows=rows)
    name = f"import-{import_id}-report.{form}"
    return Answer(
        b"", TYPES[form], name, pieces=etl.report_pieces(file), size=etl.report_size(file)
    )


@routes.post(
    "/imports/{import_id}/mend-by-rule",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="imports:mend-by-rule",
    body=MendByRule,
    returns=MendAnswer,
    example={
        "path": IMPORT,
        "body": {
            "filter": {"rule": "bad_date", "column": "date"},
            "action": {"do": "date_order", "order": "mdy"},
            "dry_run": True,
        },
    },
)
async def mend_import_by_rule(call: Call, import_id: UUID) -> MendAnswer:
    """Do one thing about many refused rows and load the good ones; `dry_run` shows it first.

    Replace texts, change the unit or the order of dates, set a value, leave rows out with a reason,
    take them back, or load them again as they stand. Rows named one by one are done at once, more
    by the job in `mending`.
    """
    return await quarantine.mend_by_rule(call.tx, import_id, call.body)


@routes.get(
    "/imports/{import_id}/mendings",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=MendingsQuery,
    returns=PageOf[MendingRead],
    example={"path": IMPORT},
)
async def list_mendings(call: Call, import_id: UUID) -> Page[MendingRead]:
    """List what was done about an import's refused rows, by whom, newest first."""
    return await quarantine.mendings(call.tx, import_id, call.query)


@routes.get(
    "/imports/{import_id}/mendings/{mending_id}",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    returns=MendingRead,
    example={"path": MENDING},
)
async def get_mending(call: Call, import_id: UUID, mending_id: UUID) -> MendingRead:
    """Show one act on refused rows and how far it is."""
    return await quarantine.get_mending(call.tx, import_id, mending_id)


@routes.post(
    "/imports/{import_id}/mendings/{mending_id}/undo",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="imports:undo",
    returns=MendingRead,
    example={"path": MENDING},
)
async def undo_mending(call: Call, import_id: UUID, mending_id: UUID) -> MendingRead:
    """Put back what an act changed, in rows that are neither loaded nor changed since."""
    return await quarantine.undo(call.tx, import_id, mending_id)


@routes.get(
    "/imports/{import_id}/changes",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=ChangesQuery,
    returns=PageOf[RowChangeRead],
    example={"path": IMPORT},
)
async def list_row_changes(call: Call, import_id: UUID) -> Page[RowChangeRead]:
    """List every cell of refused rows that was changed: before, after, who and when."""
    return await quarantine.changes(call.tx, import_id, call.query)
