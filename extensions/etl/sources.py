"""Watched places: set one up, change it, run it now, see what it took."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub.etl import watching
from hub.etl.watching import (
    SourceCreate,
    SourceFileRead,
    SourceFilesQuery,
    SourcePlacesRead,
    SourceRead,
    SourcesQuery,
    SourceUpdate,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Imports")

SOURCE = {"source_id": SAMPLE_ID}


@routes.get(
    "/sources",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    query=SourcesQuery,
    returns=PageOf[SourceRead],
    example={"query": {"enabled": True}},
)
async def list_sources(call: Call) -> Page[SourceRead]:
    """List watched places, newest first: when they ran, when they run next, what went wrong."""
    return await watching.search(call.tx, call.query)


@routes.post(
    "/sources",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    act="sources:create",
    body=SourceCreate,
    returns=SourceRead,
    status=201,
    location="/sources/{id}",
    example={
        "body": {
            "farm_id": SAMPLE_ID,
            "name": "Weighing scale",
            "kind": "records",
            "place": "folder:hill/scale",
            "pattern": "*.csv",
            "mapping": {"traits": {"weaning_weight": "kg"}},
            "schedule": "*/15 6-20 * * *",
            "timezone": "Europe/Paris",
        }
    },
)
async def create_source(call: Call) -> SourceRead:
    """Watch a folder, a bucket or a database: what is new there is imported on a schedule."""
    return await watching.create(call.tx, call.app.settings, call.body)


@routes.get(
    "/sources/places",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    returns=SourcePlacesRead,
    example={},
)
async def list_source_places(call: Call) -> SourcePlacesRead:
    """List the places that the operator lets be watched."""
    return await watching.places(call.tx, call.app.settings)


@routes.get(
    "/sources/{source_id}",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    returns=SourceRead,
    example={"path": SOURCE},
)
async def get_source(call: Call, source_id: UUID) -> SourceRead:
    """Show a watched place, and how its last run went."""
    return await watching.get(call.tx, source_id)


@routes.patch(
    "/sources/{source_id}",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    act="sources:update",
    body=SourceUpdate,
    returns=SourceRead,
    example={"path": SOURCE, "body": {"enabled": False}},
)
async def change_source(call: Call, source_id: UUID) -> SourceRead:
    """Change a watched place; `enabled` pauses its schedule and takes it up again."""
    return await watching.change(call.tx, call.app.settings, source_id, call.body)


@routes.delete(
    "/sources/{source_id}",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    act="sources:delete",
    example={"path": SOURCE},
)
async def delete_source(call: Call, source_id: UUID) -> None:
    """Watch a place no longer; what was imported from it stays."""
    await watching.remove(call.tx, source_id)


@routes.post(
    "/sources/{source_id}/run",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    act="sources:run",
    returns=SourceRead,
    status=202,
    example={"path": SOURCE},
)
async def run_source(call: Call, source_id: UUID) -> SourceRead:
    """Look into a place now, also when it is paused; `job_id` tells how far that is."""
    return await watching.run_now(call.tx, source_id)


@routes.get(
    "/sources/{source_id}/files",
    permission=P.SOURCES_MANAGE,
    reach=Reach.STEWARDS,
    query=SourceFilesQuery,
    returns=PageOf[SourceFileRead],
    example={"path": SOURCE},
)
async def list_source_files(call: Call, source_id: UUID) -> Page[SourceFileRead]:
    """List the files that were seen, last seen first, with the import of each or the reason."""
    return await watching.files(call.tx, source_id, call.query)
