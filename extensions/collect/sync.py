"""Synchronization of phones: operations in, changes out, and what a person has to decide."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import collect
from hub.collect import (
    OperationMend,
    OperationRead,
    OperationsQuery,
    Pull,
    PullQuery,
    Push,
    PushReply,
    ReviewRead,
    ReviewResolve,
    ReviewsQuery,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Phones")

OPERATION = {
    "op_id": SAMPLE_ID,
    "seq": 1,
    "entity": "record",
    "entity_id": SAMPLE_ID,
    "kind": "create",
    "values": {
        "animal_id": SAMPLE_ID,
        "trait": "weaning_weight",
        "value": 31.5,
        "recorded_on": "2026-06-20",
    },
    "tz": "America/Toronto",
    "recorded_at_device": "2026-06-20T14:03:00Z",
}


@routes.post(
    "/collect/push",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="",
    body=Push,
    returns=PushReply,
    example={
        "body": {
            "device": "phone-0198c2a4",
            "schema_version": 2,
            "sent_at": "2026-06-20T18:00:00Z",
            "operations": [OPERATION],
        }
    },
)
async def push_operations(call: Call) -> PushReply:
    """Send what was done on a phone; each operation is applied once, however often it is sent.

    What cannot be applied is kept with the reason, can be mended, and holds up nothing behind it.
    """
    return await collect.push(call.tx, call.body)


@routes.get(
    "/collect/pull",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_BELONGED,
    query=PullQuery,
    returns=Pull,
    errors=(409, 410),
    example={"query": {"limit": 500}},
)
async def pull_changes(call: Call) -> Pull:
    """Get what changed on a farm since a cursor, and which farms to hold and to forget."""
    return await collect.pull(call.tx, call.query)


@routes.get(
    "/collect/operations",
    permission=P.EVENTS_READ,
    reach=Reach.MADE,
    query=OperationsQuery,
    returns=PageOf[OperationRead],
    example={"query": {"state": "rejected"}},
)
async def list_operations(call: Call) -> Page[OperationRead]:
    """List what one sent from phones, and what became of it, newest first."""
    return await collect.operations_of(call.tx, call.query)


@routes.post(
    "/collect/operations/{op_id}/mend",
    permission=P.EVENTS_WRITE,
    reach=Reach.MADE,
    act="",
    body=OperationMend,
    returns=OperationRead,
    errors=(404,),
    example={"path": {"op_id": SAMPLE_ID}, "body": {"values": {"value": 31.5}}},
)
async def mend_operation(call: Call, op_id: UUID) -> OperationRead:
    """Try a refused operation again, with better values; those that waited for it follow."""
    return await collect.mend(call.tx, op_id, call.body)


@routes.post(
    "/collect/operations/{op_id}/discard",
    permission=P.EVENTS_WRITE,
    reach=Reach.MADE,
    act="",
    returns=OperationRead,
    errors=(404,),
    example={"path": {"op_id": SAMPLE_ID}},
)
async def discard_operation(call: Call, op_id: UUID) -> OperationRead:
    """Give up a refused operation; what was typed is kept in the list."""
    return await collect.discard(call.tx, op_id)


@routes.get(
    "/collect/reviews",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_BELONGED,
    query=ReviewsQuery,
    returns=PageOf[ReviewRead],
    example={"query": {"limit": 20}},
)
async def list_reviews(call: Call) -> Page[ReviewRead]:
    """List the things of which two versions are kept until somebody decides, newest first."""
    return await collect.reviews_of(call.tx, call.query)


@routes.post(
    "/collect/reviews/{review_id}/resolve",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="collect:resolve",
    body=ReviewResolve,
    returns=ReviewRead,
    errors=(404,),
    example={"path": {"review_id": SAMPLE_ID}, "body": {"keep": "server"}},
)
async def resolve_review(call: Call, review_id: UUID) -> ReviewRead:
    """Decide which of two versions stays."""
    return await collect.resolve(call.tx, review_id, call.body)
