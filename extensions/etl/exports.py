"""Exports: take along what one may see."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Answer, Call, Routes
from hub import exports
from hub.exports import ExportCreate, ExportRead, ExportsQuery, TableQuery, TableTold
from hub.limits import Rate
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Exports")

EXPORT = {"export_id": SAMPLE_ID}
ZIP = "application/zip"


@routes.post(
    "/exports",
    permission=P.EXPORTS_RUN,
    rate=Rate.HEAVY,
    reach=Reach.FARMS_SEEN,
    act="exports:create",
    body=ExportCreate,
    returns=ExportRead,
    status=202,
    location="/exports/{id}",
    example={
        "body": {
            "farm_ids": [SAMPLE_ID],
            "kinds": ["animals", "records"],
            "format": "csv",
            "filters": {"from": "2024-01-01", "traits": ["weaning_weight"]},
        }
    },
)
async def start_export(call: Call) -> ExportRead:
    """Ask for tables of farms, or genotypes of a set, as one archive.

    The archive holds the data, a dictionary of all columns, and where they are from. What one may
    not see is not in it. It is kept for a week.
    """
    return await exports.create(call.tx, call.body)


@routes.get(
    "/exports",
    permission=P.EXPORTS_RUN,
    reach=Reach.MADE,
    query=ExportsQuery,
    returns=PageOf[ExportRead],
    example={"query": {"state": "done"}},
)
async def list_exports(call: Call) -> Page[ExportRead]:
    """List one's own exports, newest first."""
    return await exports.search(call.tx, call.query)


@routes.get(
    "/exports/tables",
    permission=P.EXPORTS_RUN,
    reach=Reach.EVERYBODY,
    query=PageQuery,
    returns=PageOf[TableTold],
)
async def list_export_tables(call: Call) -> Page[TableTold]:
    """List every table there is to take along, on one page, with its columns in words."""
    return Page(exports.told())


@routes.get(
    "/exports/{export_id}",
    permission=P.EXPORTS_RUN,
    reach=Reach.MADE,
    returns=ExportRead,
    example={"path": EXPORT},
)
async def get_export(call: Call, export_id: UUID) -> ExportRead:
    """Show an export: how far it is, how many rows it has, until when it is kept."""
    return await exports.get(call.tx, export_id)


@routes.post(
    "/exports/{export_id}/cancel",
    permission=P.EXPORTS_RUN,
    reach=Reach.MADE,
    act="jobs:cancel",
    returns=ExportRead,
    example={"path": EXPORT},
)
async def cancel_export(call: Call, export_id: UUID) -> ExportRead:
    """Stop an export that waits or is being made."""
    return await exports.cancel(call.tx, export_id)


@routes.delete(
    "/exports/{export_id}",
    permission=P.EXPORTS_RUN,
    reach=Reach.MADE,
    act="exports:remove",
    example={"path": EXPORT},
)
async def remove_export(call: Call, export_id: UUID) -> None:
    """Throw an export away before its time."""
    await exports.remove(call.tx, export_id)


@routes.get(
    "/exports/{export_id}/content",
    permission=P.EXPORTS_RUN,
    reach=Reach.MADE,
    returns=Answer,
    produces=ZIP,
    example={"path": EXPORT},
)
async def download_export(call: Call, export_id: UUID) -> Answer:
    """Download the archive of an export, as long as one still sees every farm in it."""
    found, pieces = await exports.content(call.tx, call.app.objects, export_id)
    return Answer(b"", ZIP, found.name, pieces=pieces, size=found.size)


@routes.get(
    "/farms/{farm_id}/export/{kind}.{format}",
    permission=P.EXPORTS_RUN,
    reach=Reach.FARMS_SEEN,
    query=TableQuery,
    returns=Answer,
    produces="application/octet-stream",
    example={"path": {"farm_id": SAMPLE_ID, "kind": "animals", "format": "csv"}},
)
async def export_table(call: Call, farm_id: UUID, kind: str, format: str) -> Answer:
    """Download one table of a farm at once, when it has no more than 50,000 rows.

    Imports read the file without a mapping; nothing changes when it goes in again unchanged.
    """
    name, media, content = await exports.table(call.tx, farm_id, kind, format, call.query)
    return Answer(content, media, name)
