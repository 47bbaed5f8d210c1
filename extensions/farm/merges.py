"""Two entries of one animal: found, made one, made two again."""

from uuid import UUID

from extensions.base.examples import SAMPLE_ID
from extensions.base.paging import PageOf
from extensions.base.routing import Call, Routes
from hub import animals
from hub.animals import DuplicateRead, MergeRead
from hub.permissions import Permission as P
from hub.reach import Reach
from hub.schemas import Input
from hub.storage.paging import Page

routes = Routes("Animals")

FARM = {"farm_id": SAMPLE_ID}


class MergeWith(Input):
    """The other entry of the animal; it goes."""

    other_id: UUID


@routes.get(
    "/farms/{farm_id}/duplicates",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[DuplicateRead],
    example={"path": FARM},
)
async def list_duplicates(call: Call, farm_id: UUID) -> Page[DuplicateRead]:
    """List pairs of entries that may be one animal."""
    return Page(await animals.duplicates(call.tx, farm_id))


@routes.post(
    "/animals/{animal_id}/merge",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:merge",
    body=MergeWith,
    returns=MergeRead,
    status=201,
    example={"path": {"animal_id": SAMPLE_ID}, "body": {"other_id": SAMPLE_ID}},
)
async def merge_animals(call: Call, animal_id: UUID) -> MergeRead:
    """Merge another entry of the same animal into this one; it can be undone."""
    return await animals.merge(call.tx, animal_id, call.body.other_id)


@routes.get(
    "/farms/{farm_id}/merges",
    permission=P.ANIMALS_READ,
    reach=Reach.FARMS_SEEN,
    returns=PageOf[MergeRead],
    example={"path": FARM},
)
async def list_merges(call: Call, farm_id: UUID) -> Page[MergeRead]:
    """List the merges of a farm, newest first."""
    return Page(await animals.merges(call.tx, farm_id))


@routes.post(
    "/merges/{merge_id}/undo",
    permission=P.ANIMALS_WRITE,
    reach=Reach.FARMS_WORKED,
    act="animals:unmerge",
    returns=MergeRead,
    example={"path": {"merge_id": SAMPLE_ID}},
)
async def undo_merge(call: Call, merge_id: UUID) -> MergeRead:
    """Make two entries of a merged animal again; what was written since stays."""
    return await animals.unmerge(call.tx, merge_id)
