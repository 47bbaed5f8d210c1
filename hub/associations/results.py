"""Use cases of results: the tests of markers, windows, and what is drawn of them."""

import asyncio
import json
from uuid import UUID

from hub.associations import service
from hub.associations.schemas import (
    AssociationRead,
    MarkerRead,
    MarkersQuery,
    PointsRead,
    WindowRead,
    WindowsQuery,
)
from hub.datasets import parquet
from hub.errors import Missing
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

MARKERS = "markers.parquet"
WINDOWS = "windows.parquet"
EXCLUDED = "excluded.parquet"
POINTS = "points.json"
PROVENANCE = "provenance.json"
_ORDERS = {"p": "-minus_log10_p", "position": None, "-inclusion": "-inclusion"}


async def markers(
    tx: Transaction, objects: ObjectStore, association_id: UUID, query: MarkersQuery
) -> Page[MarkerRead]:
    """Tests of markers; they name no animals, so who may see the study reads all of them."""
    wanted = parquet.Slice(
        query.limit,
        query.cursor,
        equal={"chromosome": query.chromosome},
        least={"position": query.start},
        most={"position": query.stop, "p": query.max_p},
        order=_ORDERS[query.order],
    )
    page = await _page(tx, objects, association_id, MARKERS, wanted)
    return Page([MarkerRead.model_validate(row) for row in page.items], page.next_cursor)


async def windows(
    tx: Transaction, objects: ObjectStore, association_id: UUID, query: WindowsQuery
) -> Page[WindowRead]:
    """Windows along the genome, of the size that the study was asked for."""
    wanted = parquet.Slice(
        query.limit,
        query.cursor,
        equal={"chromosome": query.chromosome},
        order=_ORDERS[query.order],
    )
    page = await _page(tx, objects, association_id, WINDOWS, wanted)
    return Page([WindowRead.model_validate(row) for row in page.items], page.next_cursor)


async def points(tx: Transaction, objects: ObjectStore, association_id: UUID) -> PointsRead:
    """The points of both pictures."""
    association = await service.get(tx, association_id)
    return PointsRead.model_validate(json.loads(await _file(objects, association, POINTS)))


async def content(tx: Transaction, objects: ObjectStore, association_id: UUID) -> bytes:
    """The tests of all markers as CSV."""
    association = await service.get(tx, association_id)
    stored = await _file(objects, association, MARKERS)
    return await asyncio.to_thread(parquet.to_csv, stored)


async def _page(
    tx: Transaction,
    objects: ObjectStore,
    association_id: UUID,
    name: str,
    wanted: parquet.Slice,
) -> Page[dict[str, object]]:
    association = await service.get(tx, association_id)
    stored = await _file(objects, association, name)
    return await asyncio.to_thread(parquet.page, stored, wanted)


async def _file(objects: ObjectStore, association: AssociationRead, name: str) -> bytes:
    if name in association.objects:
        return await asyncio.to_thread(objects.get, association.objects[name])
    raise Missing(
        "associations.no_results", f"The study has no results: it is {association.state}."
    )
