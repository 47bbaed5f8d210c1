"""Use cases of dataset versions: freeze one, list them, read one back."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pandas as pd

from hub import audit
from hub.datasets import parquet, repository
from hub.datasets.models import DatasetVersion
from hub.datasets.schemas import DatasetRead, DatasetsQuery
from hub.errors import Missing
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore, sha256
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

PEDIGREE = "pedigree.parquet"
DATA = "data.parquet"


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
) -> DatasetRead:
    """Keep the tables for ever; equal tables give equal files and the equal content hash.

    What is kept `beside` them is about the data (where each row came from) and not hashed with it.
    """
    tables = {PEDIGREE: pedigree, DATA: data, **(more or {})}
    digests = await asyncio.to_thread(_store, objects, tables)
    about = await asyncio.to_thread(_store, objects, dict(beside or {}))
    dataset = DatasetVersion(
        id=new_id(),
        person_id=tx.actor.person_id,
        name=name,
        content_hash=_hash_of(digests),
        farm_ids=sorted(farm_ids),
        objects={**digests, **about},
        counts={"animals": len(pedigree), "records": len(data), "farms": len(farm_ids)},
        description=description,
    )
    await repository.add(tx.session, dataset)
    await audit.write(
        tx, "datasets:freeze", subject_id=dataset.id, content_hash=dataset.content_hash
    )
    return DatasetRead.model_validate(dataset)


def _store(objects: ObjectStore, tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {name: objects.put(parquet.to_bytes(table)) for name, table in tables.items()}


def _hash_of(digests: dict[str, str]) -> str:
    return sha256("\n".join(f"{name} {digests[name]}" for name in sorted(digests)).encode())


async def get(tx: Transaction, dataset_id: UUID) -> DatasetRead:
    """One version that the actor may read: every farm in it is visible to them."""
    dataset = await repository.get(tx.session, dataset_id)
    if dataset is None:
        raise Missing("datasets.not_found", "There is no such dataset that you may see.")
    return DatasetRead.model_validate(dataset)


async def may_read(tx: Transaction, dataset_id: UUID) -> bool:
    """Whether the actor reads every farm that the version was made from."""
    return await repository.get(tx.session, dataset_id) is not None


async def search(tx: Transaction, query: DatasetsQuery) -> Page[DatasetRead]:
    """Versions the actor may read, newest first."""
    tx.actor.require(Permission.DATASETS_READ)
    page = await repository.search(tx.session, query)
    return Page([DatasetRead.model_validate(row) for row in page.items], page.next_cursor)


async def content(tx: Transaction, objects: ObjectStore, dataset_id: UUID, name: str) -> bytes:
    """One file of a version, as bytes."""
    tx.actor.require(Permission.DATASETS_READ)
    dataset = await get(tx, dataset_id)
    if name not in dataset.objects:
        there = ", ".join(sorted(dataset.objects))
        raise Missing("datasets.no_file", f"The dataset has no file {name!r}; it has {there}.")
    return await asyncio.to_thread(objects.get, dataset.objects[name])


async def load(
    tx: Transaction, objects: ObjectStore, dataset_id: UUID
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pedigree and data of a version, for a computation."""
    dataset = await get(tx, dataset_id)
    return await asyncio.to_thread(_load, objects, dataset.objects)


def _load(objects: ObjectStore, digests: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    pedigree, data = (parquet.from_bytes(objects.get(digests[name])) for name in (PEDIGREE, DATA))
    return pedigree, data


async def table(objects: ObjectStore, dataset: DatasetRead, name: str) -> pd.DataFrame:
    """Another table of a version, for a computation."""
    stored = await asyncio.to_thread(objects.get, dataset.objects[name])
    return await asyncio.to_thread(parquet.from_bytes, stored)
