"""Traits, and the records of animals."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf, PageQuery
from extensions.base.routing import Call, Routes
from hub import records
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.records import (
    FarmRecordQuery,
    FarmRecordRead,
    RecordCorrect,
    RecordCreate,
    RecordQuery,
    RecordRead,
    RecordRemove,
    TraitRead,
)
from hub.storage.paging import Page

routes = Routes("Records")

ANIMAL = {"animal_id": SAMPLE_ID}
RECORD = {"record_id": SAMPLE_ID}


@routes.get(
    "/traits",
    permission=P.RECORDS_READ,
    reach=Reach.EVERYBODY,
    query=PageQuery,
    returns=PageOf[TraitRead],
)
async def list_traits(call: Call) -> Page[TraitRead]:
    """List all traits with their units and plausible ranges; they fit on one page."""
    return Page(await records.traits(call.tx))


@routes.get(
    "/traits/{code}",
    permission=P.RECORDS_READ,
    reach=Reach.EVERYBODY,
    returns=TraitRead,
    example={"path": {"code": "weaning_weight"}},
)
async def get_trait(call: Call, code: str) -> TraitRead:
    """Show one trait."""
    return await records.trait(call.tx, code)


@routes.get(
    "/animals/{animal_id}/records",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
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
    reach=Reach.FARMS_WORKED,
    act="records:add",
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


@routes.get(
    "/farms/{farm_id}/records",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    query=FarmRecordQuery,
    returns=PageOf[FarmRecordRead],
    example={
        "path": {"farm_id": SAMPLE_ID},
        "query": {"trait": "weight", "from": "2026-05-01", "to": "2026-07-31"},
    },
)
async def list_farm_records(call: Call, farm_id: UUID) -> Page[FarmRecordRead]:
    """List the records of a farm with the tags of its animals, newest first."""
    return await records.of_farm(call.tx, farm_id, call.query)


@routes.get(
    "/records/{record_id}",
    permission=P.RECORDS_READ,
    reach=Reach.FARMS_SEEN,
    returns=RecordRead,
    example={"path": RECORD},
)
async def get_record(call: Call, record_id: UUID) -> RecordRead:
    """Show one record."""
    return await records.get(call.tx, record_id)


@routes.patch(
    "/records/{record_id}",
    permission=P.RECORDS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="records:correct",
    body=RecordCorrect,
    returns=RecordRead,
    example={"path": RECORD, "body": {"value": 31.5, "reason": "read 51.3 for 31.5"}},
)
async def correct_record(call: Call, record_id: UUID) -> RecordRead:
    """Put right what was recorded wrongly; what it was before stays in the log."""
    return await records.correct(call.tx, record_id, call.body)


@routes.delete(
    "/records/{record_id}",
    permission=P.RECORDS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="records:remove",
    query=RecordRemove,
    example={"path": RECORD, "query": {"reason": "weighed another lamb"}},
)
async def remove_record(call: Call, record_id: UUID) -> None:
    """Take a record away, with the reason."""
    await records.remove(call.tx, record_id, call.query.reason)
