"""Lineage: from which files a result was made, what rests on a file, and events for others."""

import json
from typing import get_args
from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Answer, Call, Routes
from hub import lineage
from hub.errors import FieldError, Invalid
from hub.lineage import (
    GraphQuery,
    GraphRead,
    OpenLineageQuery,
    RestingValue,
    RestingValuesQuery,
    Start,
    ValueLineage,
    ValueQuery,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Lineage")

NDJSON = "application/x-ndjson"
DATASET = {"type": "dataset", "id": SAMPLE_ID}


@routes.get(
    "/lineage/openlineage",
    permission=P.LINEAGE_READ,
    reach=Reach.FARMS_SEEN,
    query=OpenLineageQuery,
    returns=Answer,
    produces=NDJSON,
    example={"query": {"since": "2026-01-01"}},
)
async def list_openlineage_events(call: Call) -> Answer:
    """List what the runs that one may see did, as OpenLineage events, one a line."""
    found = await lineage.openlineage(call.tx, call.query, call.app.settings.base_url)
    return Answer("".join(json.dumps(one) + "\n" for one in found).encode(), NDJSON)


@routes.get(
    "/lineage/{type}/{id}",
    permission=P.LINEAGE_READ,
    reach=Reach.FARMS_SEEN,
    query=GraphQuery,
    returns=GraphRead,
    example={"path": DATASET, "query": {"direction": "both"}},
)
async def get_lineage(call: Call, type: str, id: UUID) -> GraphRead:
    """Show what a thing was made from, what was made from it, or both, as a graph.

    Of what one may not see, the graph says the type and nothing else.
    """
    return await lineage.graph(call.tx, _start(type), id, call.query)


@routes.get(
    "/lineage/{type}/{id}/breeding-values",
    permission=P.LINEAGE_READ,
    reach=Reach.FARMS_SEEN,
    query=RestingValuesQuery,
    returns=PageOf[RestingValue],
    example={"path": DATASET, "query": {"limit": 10}},
)
async def list_resting_breeding_values(call: Call, type: str, id: UUID) -> Page[RestingValue]:
    """List the published breeding values that rest on a file, import, dataset or genotype set."""
    return await lineage.resting_values(call.tx, _start(type), id, call.query)


@routes.get(
    "/evaluations/{evaluation_id}/values/{animal_id}/lineage",
    permission=P.LINEAGE_READ,
    reach=Reach.FARMS_SEEN,
    query=ValueQuery,
    returns=ValueLineage,
    example={
        "path": {"evaluation_id": SAMPLE_ID, "animal_id": SAMPLE_ID},
        "query": {"generations": 1, "limit": 20},
    },
)
async def get_breeding_value_lineage(
    call: Call, evaluation_id: UUID, animal_id: UUID
) -> ValueLineage:
    """Show from which rows of which files, and which events, a breeding value was computed.

    Listed are the rows of the animal and its relatives, the nearest first, and the graph from the
    files to the value.
    """
    return await lineage.value(
        call.tx, call.app.objects, evaluation_id, animal_id, call.query
    )  # fmt: skip


def _start(text: str) -> Start:
    if text in get_args(Start):
        return text  # type: ignore[return-value]
    remedy = f"Types are {', '.join(get_args(Start))}."
    error = FieldError("type", f"There is no type {text!r}.", remedy)
    raise Invalid("lineage.unknown_type", f"There is no type {text!r}. {remedy}", errors=[error])
