"""Events: recorded, corrected, voided; where animals stand, and what there is to do."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Call, Routes
from hub import events
from hub.events import (
    TABLES,
    AnimalEventQuery,
    DueItem,
    DueQuery,
    EventCorrect,
    EventCreate,
    EventQuery,
    EventRead,
    EventRevisionRead,
    EventVoid,
    ReproductiveState,
    Rules,
    StateQuery,
)
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.storage.paging import Page

routes = Routes("Events")

ANIMAL = {"animal_id": SAMPLE_ID}
EVENT = {"event_id": SAMPLE_ID}
FARM = {"farm_id": SAMPLE_ID}


@routes.get(
    "/events",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=EventQuery,
    returns=PageOf[EventRead],
    example={"query": {"kind": "parturition", "from": "2026-01-01", "limit": 10}},
)
async def list_events(call: Call) -> Page[EventRead]:
    """List the events one may see, newest first; `warnings` are told for one event or animal."""
    return await events.search(call.tx, call.query)


@routes.post(
    "/events",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="events:record",
    body=EventCreate,
    returns=EventRead,
    status=201,
    location="/events/{id}",
    example={
        "body": {
            "animal_id": SAMPLE_ID,
            "occurred_on": "2026-03-14",
            "details": {
                "kind": "parturition",
                "ease": 1,
                "offspring": [
                    {"tag": "UK123456700101", "sex": "F", "birth_weight_kg": 4.5},
                    {"tag": "UK123456700102", "sex": "M", "birth_weight_kg": 4.1},
                ],
            },
        }
    },
)
async def record_event(call: Call) -> EventRead:
    """Record what happened to an animal; an event that cannot be is refused with the reason."""
    return await events.record(call.tx, call.body)


@routes.get(
    "/events/{event_id}",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    returns=EventRead,
    example={"path": EVENT},
)
async def get_event(call: Call, event_id: UUID) -> EventRead:
    """Show one event with what is unusual about it."""
    return await events.get(call.tx, event_id)


@routes.get(
    "/events/{event_id}/revisions",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=PageQuery,
    returns=PageOf[EventRevisionRead],
    example={"path": EVENT},
)
async def list_event_revisions(call: Call, event_id: UUID) -> Page[EventRevisionRead]:
    """List what an event said before each correction, the first first; they fit on one page."""
    return Page(await events.history(call.tx, event_id))


@routes.post(
    "/events/{event_id}/correct",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="events:correct",
    body=EventCorrect,
    returns=EventRead,
    example={"path": EVENT, "body": {"reason": "wrong day", "occurred_on": "2026-03-13"}},
)
async def correct_event(call: Call, event_id: UUID) -> EventRead:
    """Put right what was told wrongly; what came of the event follows."""
    return await events.correct(call.tx, event_id, call.body)


@routes.post(
    "/events/{event_id}/void",
    permission=P.EVENTS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="events:void",
    body=EventVoid,
    returns=EventRead,
    example={"path": EVENT, "body": {"reason": "wrong ewe"}},
)
async def void_event(call: Call, event_id: UUID) -> EventRead:
    """Say that an event did not happen; it is kept, and counts no more."""
    return await events.void(call.tx, event_id, call.body.reason)


@routes.get(
    "/animals/{animal_id}/events",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=AnimalEventQuery,
    returns=PageOf[EventRead],
    example={"path": ANIMAL, "query": {"kind": "mating"}},
)
async def list_animal_events(call: Call, animal_id: UUID) -> Page[EventRead]:
    """List what happened to an animal, newest first, with what is unusual about it."""
    return await events.of_animal(call.tx, animal_id, call.query)


@routes.get(
    "/animals/{animal_id}/reproduction",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=StateQuery,
    returns=ReproductiveState,
    example={"path": ANIMAL, "query": {"on": "2026-03-14"}},
)
async def get_reproduction(call: Call, animal_id: UUID) -> ReproductiveState:
    """Say where an animal stands in reproduction on a day, by its events until then."""
    return await events.reproduction(call.tx, animal_id, call.query.on)


@routes.get(
    "/farms/{farm_id}/due",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=DueQuery,
    returns=PageOf[DueItem],
    example={"path": FARM, "query": {"from": "2026-03-01", "to": "2026-03-14"}},
)
async def list_due(call: Call, farm_id: UUID) -> Page[DueItem]:
    """List what there is to do on a farm between two days; all of it is on one page."""
    return Page(await events.due(call.tx, farm_id, call.query.from_on, call.query.to_on))


@routes.get(
    "/farms/{farm_id}/reproduction",
    permission=P.EVENTS_READ,
    reach=Reach.FARMS_SEEN,
    query=StateQuery,
    returns=PageOf[ReproductiveState],
    example={"path": FARM, "query": {"on": "2026-03-14"}},
)
async def list_reproduction(call: Call, farm_id: UUID) -> Page[ReproductiveState]:
    """Say where the females of a farm stand that can be mated; all of them are on one page."""
    return Page(await events.females(call.tx, farm_id, call.query.on))


@routes.get(
    "/species/rules",
    permission=P.EVENTS_READ,
    reach=Reach.EVERYBODY,
    query=PageQuery,
    returns=PageOf[Rules],
)
async def list_species_rules(call: Call) -> Page[Rules]:
    """List the rule tables of the species, each number with its source."""
    return Page([*TABLES.values()])
