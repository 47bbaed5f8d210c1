"""Names for versions of a dataset: `official` that moves on, `thesis-2026` that stays."""

from uuid import UUID

from hub import audit
from hub.datasets import repository
from hub.datasets.models import DatasetTag
from hub.datasets.schemas import DatasetRead, TagRead, TagSet
from hub.datasets.service import find, get
from hub.errors import Conflict, Denied, Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.transaction import Transaction
from hub.storage.unique import refusing_duplicates


async def tags(tx: Transaction, dataset_id: UUID) -> list[TagRead]:
    """The tags of the dataset that a version is of, as far as one may read their versions."""
    dataset = await get(tx, dataset_id)
    found = await repository.tags(tx.session, dataset.series_id)
    return [TagRead.model_validate(tag) for tag in found]


async def put_tag(tx: Transaction, dataset_id: UUID, new: TagSet) -> TagRead:
    """Give a version a tag; one that another version of the dataset bears moves to this one."""
    tx.actor.require(Permission.DATASETS_WRITE)
    dataset = await find(tx, dataset_id)
    tag = await repository.tag(tx.session, dataset.series_id, new.name)
    if tag is None:
        tag = await _added(tx, dataset, new)
        before = None
    else:
        before = await _moved(tx, tag, dataset, new)
    await audit.write(
        tx, "datasets:tag", subject_id=dataset.id, tag=new.name, fixed=new.fixed, before=before,
        why=new.why,
    )  # fmt: skip
    return TagRead.model_validate(tag)


async def _added(tx: Transaction, dataset: DatasetRead, new: TagSet) -> DatasetTag:
    tag = DatasetTag(
        id=new_id(),
        series_id=dataset.series_id,
        version_id=dataset.id,
        name=new.name,
        fixed=new.fixed,
        why=new.why,
        person_id=tx.actor.person_id,
    )
    taken = Conflict(
        "datasets.tag_taken",
        f"The tag {new.name} is at a version that you may not see. Choose another name.",
    )
    with refusing_duplicates("uq_dataset_tag_series_id_name", taken):
        await repository.add(tx.session, tag)
    return tag


async def _moved(tx: Transaction, tag: DatasetTag, dataset: DatasetRead, new: TagSet) -> UUID:
    _require_own(tx, tag)
    before = tag.version_id
    tag.version_id, tag.fixed, tag.why = dataset.id, new.fixed, new.why
    await repository.flush(tx.session, tag)
    return before


async def remove_tag(tx: Transaction, dataset_id: UUID, name: str) -> None:
    """Take a tag away that is not fixed."""
    tx.actor.require(Permission.DATASETS_WRITE)
    dataset = await find(tx, dataset_id)
    tag = await repository.tag(tx.session, dataset.series_id, name)
    if tag is None:
        raise Missing("datasets.no_tag", f"No version of the dataset bears the tag {name}.")
    _require_own(tx, tag)
    await repository.remove_tag(tx.session, tag)
    await audit.write(tx, "datasets:untag", subject_id=tag.version_id, tag=name)


def _require_own(tx: Transaction, tag: DatasetTag) -> None:
    if tag.fixed:
        message = f"The tag {tag.name} is fixed: it stays at its version. Choose another name."
        raise Conflict("datasets.tag_fixed", message)
    if tag.person_id != tx.actor.person_id and not {"steward", "admin"} & tx.actor.roles:
        message = f"The tag {tag.name} was set by somebody else; they or a steward move it."
        raise Denied("datasets.tag_of_another", message)
