"""Traits, and the records of animals."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Call, Routes
from hub import records
from hub.permissions import Permission as P
from hub.records import RecordCreate, RecordQuery, RecordRead, TraitRead
from hub.storage.paging import Page

routes = Routes("Records")

ANIMAL = {"animal_id": SAMPLE_ID}


@routes.get("/traits", permission=P.RECORDS_READ, query=PageQuery, returns=PageOf[TraitRead])
async def list_traits(call: Call) -> Page[TraitRead]:
    """List all traits with their units and plausible ranges; they fit on one page."""
    return Page(await records.traits(call.tx))


@routes.get(
    "/traits/{code}",
    permission=P.RECORDS_READ,
    returns=TraitRead,
    example={"path": {"code": "weaning_weight"}},
)
async def get_trait(call: Call, code: str) -> TraitRead:
    """Show one trait."""
    return await records.trait(call.tx, code)


@routes.get(
    "/animals/{animal_id}/records",
    permission=P.RECORDS_READ,
    query=RecordQuery,
    returns=PageOf[RecordRead],
    example={"path": ANIMAL, "query": {"trait": "weaning_weight"}},
)
async def list_records(call: Call, animal_id: UUID) -> Page[RecordRead]:
    """List the records of an animal, newest first."""
    return await records.of_animal(call.tx, animal_id, call.query)


@routes.post(
    "/animals/{animal_id}/records",
    permission=P.RECORDS_WRITE,
    body=RecordCreate,
    returns=RecordRead,
    status=201,
    example={
        "path": ANIMAL,
        "body": {"trait": "weaning_weight", "value": 31.5, "recorded_on": "2026-07-02"},
    },
)
async def add_record(call: Call, animal_id: UUID) -> RecordRead:
    """Record an observation on an animal of a farm on which one works."""
    return await records.add(call.tx, animal_id, call.body)
