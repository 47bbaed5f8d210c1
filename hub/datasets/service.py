"""Use cases of dataset versions: freeze one, list them, read one back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pandas as pd

from hub import audit
from hub.datasets import parquet, repository
from hub.datasets.models import DatasetVersion
from hub.datasets.schemas import DatasetRead, DatasetsQuery, FrozenGenotypes, FrozenTable
from hub.errors import Missing
from hub.permissions import Permission
from hub.schemas import PageQuery
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore, sha256
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

PEDIGREE = "pedigree.parquet"
DATA = "data.parquet"


@dataclass(frozen=True)
class NewVersion:
    """What a version is made of; without a `parent` in whose dataset it is, it begins one."""

    name: str
    content_hash: str
    farm_ids: Sequence[UUID]
    objects: dict[str, str]
    counts: dict[str, int]
    description: dict[str, Any]
    why: str = ""
    creator: str = ""
    series_id: UUID | None = None
    parent_ids: Sequence[UUID] = ()
    tables: Sequence[FrozenTable] = ()
    genotypes: Sequence[FrozenGenotypes] = ()
    id: UUID = field(default_factory=new_id)


async def add(tx: Transaction, new: NewVersion) -> DatasetRead:
    """Keep a version for ever; its objects are stored already."""
    number = await repository.next_number(tx.session, new.series_id) if new.series_id else 1
    dataset = DatasetVersion(
        id=new.id,
        person_id=tx.actor.person_id,
        series_id=new.series_id or new.id,
        number=number,
        parent_ids=list(new.parent_ids),
        name=new.name,
        why=new.why,
        creator=new.creator,
        content_hash=new.content_hash,
        farm_ids=sorted(new.farm_ids),
        objects=new.objects,
        counts=new.counts,
        tables=[one.model_dump(mode="json") for one in new.tables],
        genotypes=[one.model_dump(mode="json") for one in new.genotypes],
        description=new.description,
    )
    await repository.add(tx.session, dataset)
    await audit.write(
        tx, "datasets:freeze", subject_id=dataset.id, content_hash=dataset.content_hash
    )
    return DatasetRead.model_validate(dataset)


async def freeze(
    tx: Transaction,
    objects: ObjectStore,
    name: str,
    pedigree: pd.DataFrame,
    data: pd.DataFrame,
    farm_ids: list[UUID],
    description: dict[str, Any],
    more: Mapping[str, pd.DataFrame] | None = None,
    beside: Mapping[str, pd.DataFrame] | None = None,
    parent_ids: Sequence[UUID] = (),
) -> DatasetRead:
    """Keep the tables for ever; equal tables give equal files and the equal content hash.

    What is kept `beside` them is about the data (where each row came from) and not hashed with it.
    """
    tables = {PEDIGREE: pedigree, DATA: data, **(more or {})}
    digests = await asyncio.to_thread(_store, objects, tables)
    about = await asyncio.to_thread(_store, objects, dict(beside or {}))
    new = NewVersion(
        name=name,
        content_hash=hash_of(digests),
        farm_ids=farm_ids,
        objects={**digests, **about},
        counts={"animals": len(pedigree), "records": len(data), "farms": len(farm_ids)},
        description=description,
        parent_ids=parent_ids,
    )
    return await add(tx, new)


def _store(objects: ObjectStore, tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {name: objects.put(parquet.to_bytes(table)) for name, table in tables.items()}


def hash_of(digests: Mapping[str, str]) -> str:
    """The hash of all content: of the lines `name digest` in the order of their names."""
    return sha256("\n".join(f"{name} {digests[name]}" for name in sorted(digests)).encode())


async def get(tx: Transaction, dataset_id: UUID) -> DatasetRead:
    """One version that the actor may read: every farm in it is visible to them."""
    tx.actor.require(Permission.DATASETS_READ)
    return await find(tx, dataset_id)


async def find(tx: Transaction, dataset_id: UUID) -> DatasetRead:
    """The same for other use cases, which ask for what they need themselves."""
    dataset = await repository.get(tx.session, dataset_id)
    if dataset is None:
        raise Missing("datasets.not_found", "There is no such dataset that you may see.")
    return DatasetRead.model_validate(dataset)


def require_table(dataset: DatasetRead, kind: str) -> FrozenTable:
    """The table of a version, or what there is in its place."""
    table = dataset.table(kind)
    if table is None:
        there = ", ".join(one.kind for one in dataset.tables) or "no tables of farms"
        raise Missing("datasets.no_table", f"The dataset has no table {kind!r}; it has {there}.")
    return table


async def may_read(tx: Transaction, dataset_id: UUID) -> bool:
    """Whether the actor reads every farm that the version was made from."""
    return await repository.get(tx.session, dataset_id) is not None


async def search(tx: Transaction, query: DatasetsQuery) -> Page[DatasetRead]:
    """Versions the actor may read, newest first."""
    tx.actor.require(Permission.DATASETS_READ)
    page = await repository.search(tx.session, query)
    return Page([DatasetRead.model_validate(row) for row in page.items], page.next_cursor)


async def versions(tx: Transaction, dataset_id: UUID, query: PageQuery) -> Page[DatasetRead]:
    """The versions of the dataset that one is of, newest first."""
    dataset = await get(tx, dataset_id)
    wanted = DatasetsQuery(series_id=dataset.series_id, cursor=query.cursor, limit=query.limit)
    return await search(tx, wanted)


async def newest(tx: Transaction, series_id: UUID) -> DatasetRead:
    """The newest version of a dataset that one may read."""
    found = await repository.newest(tx.session, series_id)
    if found is None:
        raise Missing("datasets.not_found", "There is no such dataset that you may see.")
    return DatasetRead.model_validate(found)


async def content(tx: Transaction, objects: ObjectStore, dataset_id: UUID, name: str) -> bytes:
    """One file of a version, as bytes."""
    dataset = await get(tx, dataset_id)
    if name not in dataset.objects:
        there = ", ".join(sorted(dataset.objects))
        raise Missing("datasets.no_file", f"The dataset has no file {name!r}; it has {there}.")
    return await asyncio.to_thread(objects.get, dataset.objects[name])


async def load(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pedigree and data of a version, for a computation."""
    dataset = await find(tx, dataset_id)
    return await asyncio.to_thread(_load, objects, dataset.objects)


def _load(objects: ObjectStore, digests: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    pedigree, data = (parquet.from_bytes(objects.get(digests[name])) for name in (PEDIGREE, DATA))
    return pedigree, data


async def table(objects: ObjectStore, dataset: DatasetRead, name: str) -> pd.DataFrame:
    """Another table of a version, for a computation."""
    stored = await asyncio.to_thread(objects.get, dataset.objects[name])
    return await asyncio.to_thread(parquet.from_bytes, stored)
