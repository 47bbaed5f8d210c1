"""Imports: start one, follow it, read what was refused, mend it."""

from uuid import UUID

from pydantic import Field

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import etl
from hub.etl import (
    CleanedRead,
    ImportCreate,
    ImportRead,
    ImportsQuery,
    Mend,
    ProblemsQuery,
    RejectedRow,
    RulesRead,
    WorkbookKind,
)
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page

routes = Routes("Imports")

IMPORT = {"import_id": SAMPLE_ID}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkbookQuery(Input):
    """Which workbook."""

    kind: WorkbookKind = "events"
    filled: bool = Field(default=False, description="With what the farm has, not empty")


@routes.post(
    "/imports",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="imports:create",
    body=ImportCreate,
    returns=ImportRead,
    status=202,
    location="/imports/{id}",
    example={
        "body": {
            "farm_id": SAMPLE_ID,
            "file_id": SAMPLE_ID,
            "kind": "records",
            "mapping": {"columns": {"animal": "ear_tag", "date": "weighed_on"}},
        }
    },
)
async def start_import(call: Call) -> ImportRead:
    """Take a file in for a farm: good rows go in, bad rows are kept with the reason."""
    return await etl.create(call.tx, call.body)


@routes.get(
    "/imports",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=ImportsQuery,
    returns=PageOf[ImportRead],
    example={"query": {"state": "done"}},
)
async def list_imports(call: Call) -> Page[ImportRead]:
    """List the imports of the farms on which one works, newest first."""
    return await etl.search(call.tx, call.query)


@routes.get("/imports/rules", permission=P.IMPORTS_READ, reach=Reach.EVERYBODY, returns=RulesRead)
async def list_import_rules(call: Call) -> RulesRead:
    """Show by which rules files of each kind are judged, and their versions."""
    return etl.rules()


@routes.get(
    "/imports/{import_id}",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    returns=ImportRead,
    example={"path": IMPORT},
)
async def get_import(call: Call, import_id: UUID) -> ImportRead:
    """Show an import and how far it is."""
    return await etl.get(call.tx, import_id)


@routes.get(
    "/imports/{import_id}/cleaning",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    returns=CleanedRead,
    example={"path": IMPORT},
)
async def get_import_cleaning(call: Call, import_id: UUID) -> CleanedRead:
    """Show what each step of cleaning changed, with the first cells before and after."""
    return await etl.cleaned(call.tx, call.app.objects, import_id)


@routes.get(
    "/imports/{import_id}/problems",
    permission=P.IMPORTS_READ,
    reach=Reach.FARMS_WORKED,
    query=ProblemsQuery,
    returns=PageOf[RejectedRow],
    example={"path": IMPORT},
)
async def list_import_problems(call: Call, import_id: UUID) -> Page[RejectedRow]:
    """List the refused rows in the order of the file, each with every reason and remedy."""
    return await etl.problems(call.tx, import_id, call.query)


@routes.post(
    "/imports/{import_id}/mend",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="imports:mend",
    body=Mend,
    returns=ImportRead,
    example={"path": IMPORT, "body": {"rows": [{"row": 12, "values": {"weight": "31.5"}}]}},
)
async def mend_import(call: Call, import_id: UUID) -> ImportRead:
    """Send corrected cells of refused rows; good rows go in, the others keep their reasons."""
    return await etl.mend(call.tx, import_id, call.body)


@routes.post(
    "/imports/{import_id}/cancel",
    permission=P.IMPORTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="jobs:cancel",
    returns=ImportRead,
    example={"path": IMPORT},
)
async def cancel_import(call: Call, import_id: UUID) -> ImportRead:
    """Stop an import; rows that are in stay in."""
    return await etl.cancel(call.tx, import_id)


@routes.post(
    "/imports/{import_id}/retry",
    permission=P.IMPORTS_WRITE,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_WORKED,
    act="jobs:retry",
    returns=ImportRead,
    example={"path": IMPORT},
)
async def retry_import(call: Call, import_id: UUID) -> ImportRead:
    """Go on with a failed or cancelled import."""
    return await etl.retry(call.tx, import_id)


@routes.get(
    "/farms/{farm_id}/workbook",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=WorkbookQuery,
    returns=Answer,
    produces=XLSX,
    example={"path": {"farm_id": SAMPLE_ID}, "query": {"kind": "events"}},
)
async def get_workbook(call: Call, farm_id: UUID) -> Answer:
    """Download an Excel workbook to fill in and import, empty or with what the farm has."""
    query: WorkbookQuery = call.query
    name, content = await etl.workbook(call.tx, farm_id, query.kind, filled=query.filled)
    return Answer(content, XLSX, name)
