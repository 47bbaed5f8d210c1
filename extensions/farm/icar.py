"""ICAR Animal Data Exchange: the location API, batches, and the feed of changes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from pydantic_core import to_json

from extensions.base.examples import SAMPLE_ID
from extensions.base.problems import Problem
from extensions.base.routing import Answer, Call, Routes
from hub import exchange
from hub.errors import FieldError
from hub.exchange import COLLECTIONS, ChangesQuery, ExchangeQuery
from hub.farms.models import Farm
from hub.permissions import Permission as P
from hub.reach import Reach

PREFIX = "/icar"
routes = Routes("Animal Data Exchange", prefix=PREFIX)

HEATS = {"scheme": "org.agrigen.farm", "location": "HILL", "collection": "heats"}
HEAT = {
    "resourceType": "icarReproHeatEventResource",
    "animal": {"scheme": "org.agrigen.tag", "id": "UK123456700001"},
    "eventDateTime": "2026-10-03T12:00:00Z",
    "meta": {"source": "com.example.herd", "sourceId": "4711", "modified": "2026-10-03T18:00:00Z"},
}
RESOURCES = sorted({one.resource for one in COLLECTIONS.values()})


def errors(problem: Problem, request_id: str) -> dict[str, Any]:
    """A refusal as ADE writes it: one entry for everything that is wrong."""
    title = problem.body(request_id)["title"]
    found = problem.errors or [FieldError("", problem.detail, "")]
    return {
        "code": problem.code,
        "detail": problem.detail,
        "errors": [
            {
                "id": request_id,
                "type": f"urn:agrigen:problem:{problem.code}",
                "severity": "Error",
                "status": problem.status,
                "title": title,
                "detail": f"{one.message} {one.remedy}".strip(),
                "instance": one.where,
            }
            for one in found
        ],
    }


@dataclass(frozen=True)
class FeedAnswer(Answer):
    """A piece of the feed; `restart` tells the one who follows to begin anew."""

    restart: bool = False

    @property
    def headers(self) -> dict[str, str]:
        return super().headers | ({"icar-full-sync": "true"} if self.restart else {})


@routes.get(
    "/v1/locations",
    permission=P.FARMS_READ,
    reach=Reach.FARMS_SEEN,
    returns=dict[str, Any],
    problem_body=errors,
)
async def list_ade_locations(call: Call) -> dict[str, Any]:
    """List the farms whose data one may exchange, as ADE locations."""
    found = await exchange.locations(call.tx)
    return {"view": {"totalItems": len(found), "totalPages": 1}, "member": found}


@routes.get(
    "/v1/locations/{scheme}/{location}/{collection}",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    query=ExchangeQuery,
    returns=dict[str, Any],
    problem_body=errors,
    example={"path": HEATS, "query": {"meta-modified-from": "2026-10-01T00:00:00Z"}},
)
async def list_ade_members(
    call: Call, scheme: str, location: str, collection: str
) -> dict[str, Any]:
    """List a collection of a farm as ADE messages; follow `view.next` for more."""
    query: ExchangeQuery = call.query
    found = await exchange.members(call.tx, scheme, location, collection, query)
    parts = (quote(part, safe="") for part in (scheme, location, collection))
    address = _address(call, f"/v1/locations/{'/'.join(parts)}")
    view: dict[str, Any] = {
        "pageSize": query.limit,
        "first": f"{address}?{urlencode(query.link())}",
    }
    if found.total is not None:
        view |= {"totalItems": found.total, "totalPages": -(-found.total // query.limit)}
    if found.next_cursor:
        view["next"] = f"{address}?{urlencode(query.link(found.next_cursor))}"
    return {"view": view, "member": found.messages}


@routes.post(
    "/v1/locations/{scheme}/{location}/{collection}",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="exchange:take",
    body=dict[str, Any],
    returns=dict[str, Any],
    problem_body=errors,
    example={"path": HEATS, "body": HEAT},
)
async def post_ade_message(
    call: Call, scheme: str, location: str, collection: str
) -> dict[str, Any]:
    """Take one ADE message in: new, corrected (same meta.sourceId) or deleted (meta.isDeleted)."""
    taken = await exchange.take(call.tx, scheme, location, collection, call.body)
    return taken.message


@routes.post(
    "/v1/batches/locations/{scheme}/{location}/{collection}",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="exchange:take",
    body=list[dict[str, Any]],
    returns=list[dict[str, Any]],
    problem_body=errors,
    example={"path": HEATS, "body": [HEAT]},
)
async def post_ade_batch(
    call: Call, scheme: str, location: str, collection: str
) -> list[dict[str, Any]]:
    """Take up to 1,000 ADE messages in, each on its own; the answer has a result for each."""
    return await exchange.take_all(call.tx, scheme, location, collection, call.body)


@routes.get(
    "/v1/datasets",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    returns=list[dict[str, Any]],
    problem_body=errors,
)
async def list_ade_datasets(call: Call) -> list[dict[str, Any]]:
    """List the farms whose changes can be followed."""
    return [_dataset(call, one) for one in await exchange.datasets(call.tx)]


@routes.get(
    "/v1/datasets/{farm_id}",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    returns=dict[str, Any],
    problem_body=errors,
    example={"path": {"farm_id": SAMPLE_ID}},
)
async def get_ade_dataset(call: Call, farm_id: UUID) -> dict[str, Any]:
    """Show one farm whose changes can be followed."""
    return _dataset(call, await exchange.dataset(call.tx, farm_id))


@routes.get(
    "/v1/datasets/{farm_id}/changes",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=ChangesQuery,
    returns=Answer,
    produces="application/json",
    problem_body=errors,
    example={"path": {"farm_id": SAMPLE_ID}, "query": {"limit": 100}},
)
async def list_ade_changes(call: Call, farm_id: UUID) -> Answer:
    """List what changed since a token: a context, the resources, and the token to go on with."""
    feed = await exchange.changes(call.tx, farm_id, call.query)
    context = {"id": "@context", "description": "ICAR ADE 1.4"}
    body = [context, *feed.messages, {"id": "@continuation", "token": feed.token}]
    return FeedAnswer(to_json(body), "application/json", restart=feed.restart)


def _dataset(call: Call, farm: Farm) -> dict[str, Any]:
    address = _address(call, f"/v1/datasets/{farm.id}")
    return {
        "name": farm.code, "url": address, "changes": f"{address}/changes",
        "containedTypes": RESOURCES,
    }  # fmt: skip


def _address(call: Call, path: str) -> str:
    """An absolute address when the hub knows its own, else one from the root of the host."""
    public = call.app.settings.public_url.rstrip("/")
    return f"{public}{call.app.base_url}{PREFIX}{path}"
