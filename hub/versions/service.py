"""Use cases of versions: freeze farms' tables, the next version, the old one as the newest."""

from collections.abc import Sequence
from uuid import UUID

from hub import audit, datasets, farms, genotypes, jobs, tables
from hub.accounts import me
from hub.datasets import DatasetRead
from hub.errors import Denied, Invalid
from hub.farms import FarmQuery
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.paging import MAX_LIMIT
from hub.storage.transaction import Transaction
from hub.versions.schemas import Asked, Freeze, FreezeRead, NextVersion

KIND = "freeze"
TASK = "versions.freeze"


async def freeze(tx: Transaction, new: Freeze) -> FreezeRead:
    """Keep farms' tables as they are now, as the first version of a dataset."""
    tx.actor.require(Permission.DATASETS_WRITE)
    asked = Asked(freeze=new, dataset_id=new_id(), farm_ids=await _farms(tx, new.farms))
    return await _queue(tx, asked)


async def freeze_again(tx: Transaction, dataset_id: UUID, new: NextVersion) -> FreezeRead:
    """The next version of a dataset: the same selection as it is now."""
    tx.actor.require(Permission.DATASETS_WRITE)
    parent = await _newest(tx, await datasets.find(tx, dataset_id))
    selection = parent.description.get("freeze")
    if selection is None:
        raise _not_frozen_here()
    again = Freeze.model_validate({**selection, "why": new.why})
    asked = Asked(
        freeze=again,
        dataset_id=new_id(),
        farm_ids=await _farms(tx, again.farms),
        series_id=parent.series_id,
        parent_ids=[parent.id],
    )
    return await _queue(tx, asked)


async def bring_back(tx: Transaction, dataset_id: UUID, new: NextVersion) -> DatasetRead:
    """Make an old version the newest: a further one with the very same content."""
    tx.actor.require(Permission.DATASETS_WRITE)
    old = await datasets.find(tx, dataset_id)
    newest = await _newest(tx, old)
    if "freeze" not in old.description:
        raise _not_frozen_here()
    person = await me(tx)
    again = datasets.NewVersion(
        name=old.name,
        content_hash=old.content_hash,
        farm_ids=old.farm_ids,
        objects=old.objects,
        counts=old.counts,
        description=old.description,
        why=new.why,
        creator=person.name or person.username,
        series_id=old.series_id,
        parent_ids=list(dict.fromkeys([old.id, newest.id])),
        tables=old.tables,
        genotypes=old.genotypes,
    )
    return await datasets.add(tx, again)


async def _queue(tx: Transaction, asked: Asked) -> FreezeRead:
    tables.require_permissions(tx, asked.freeze.kinds)
    for set_id in asked.freeze.genotypes:
        await genotypes.get(tx, set_id)
    job = await jobs.create(tx, KIND, asked.dataset_id, TASK, asked=asked.stored())
    await audit.write(
        tx, "versions:freeze", subject_id=asked.dataset_id, name=asked.freeze.name,
        farms=asked.farm_ids, kinds=asked.freeze.kinds, why=asked.freeze.why,
    )  # fmt: skip
    return FreezeRead(dataset_id=asked.dataset_id, job_id=job.id, state=job.state)


async def _farms(tx: Transaction, wanted: Sequence[UUID] | None) -> list[UUID]:
    """The farms that are meant, each of which one may see."""
    if wanted is not None:
        for farm_id in wanted:
            await farms.require_visible(tx, farm_id)
        return sorted(set(wanted))
    found: list[UUID] = []
    cursor: str | None = None
    while True:
        page = await farms.search(tx, FarmQuery(limit=MAX_LIMIT, cursor=cursor))
        found += [farm.id for farm in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    if not found:
        raise Invalid("versions.no_farms", "You see no farm, so there is nothing to freeze.")
    return sorted(found)


async def _newest(tx: Transaction, dataset: DatasetRead) -> DatasetRead:
    """The newest version of a dataset, if one may add to it: its owner, or a steward."""
    first = await datasets.newest(tx, dataset.series_id)
    if first.person_id != tx.actor.person_id and not {"steward", "admin"} & tx.actor.roles:
        raise Denied(
            "versions.of_another",
            "This dataset is somebody else's; they or a steward add versions to it. Freeze one "
            "under a name of your own.",
        )
    return first


def _not_frozen_here() -> Invalid:
    return Invalid(
        "versions.input_of_evaluation",
        "This is the input of an evaluation, which is frozen with the evaluation. Freeze tables "
        "of farms instead.",
    )
