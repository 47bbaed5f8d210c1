"""Genotypes of a set as agrigen takes them, for evaluations, studies and reports."""

import asyncio
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import numpy as np

from agrigen.genotypes import Genotypes, Samples
from hub.errors import Conflict, Missing
from hub.genotypes import policy, repository
from hub.genotypes.models import GenotypeSet, Sample
from hub.genotypes.schemas import GenotypeSetRead
from hub.genotypes.store import StoredGenotypes
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction


@dataclass(frozen=True)
class Loaded:
    """Genotypes of a set; their ids are those of animals, or names of samples."""

    genotypes: Genotypes
    set: GenotypeSetRead
    content_hash: str


async def load(
    tx: Transaction,
    objects: ObjectStore,
    set_id: UUID,
    *,
    names: Literal["animal", "sample"] = "animal",
) -> Loaded:
    """The kept samples that have an animal, named by its id; or all kept ones by their names."""
    found = await readable(tx, set_id)
    kept = await kept_samples(tx, found)
    wanted = [(place, str(row.animal_id)) for place, row in enumerate(kept) if row.animal_id]
    if names == "animal" and not wanted:
        raise Conflict(
            "genotypes.no_animals",
            f"No sample of the set {found.name!r} has an animal. Link samples to animals first.",
        )
    genotypes = await asyncio.to_thread(_read, objects, found.objects, wanted, names)
    return Loaded(genotypes, GenotypeSetRead.model_validate(found), found.content_hash)


def _read(
    objects: ObjectStore, digests: dict[str, str], wanted: list[tuple[int, str]], names: str
) -> Genotypes:
    stored = StoredGenotypes.open(objects, digests)
    if names == "sample":
        return stored.genotypes()
    part = stored.genotypes(np.array([place for place, _ in wanted]))
    samples = Samples.of([animal for _, animal in wanted], sex=part.samples.sex)
    return Genotypes(part.packed, samples, part.markers)


async def readable(tx: Transaction, set_id: UUID) -> GenotypeSet:
    """A finished set whose genotypes the actor may read."""
    tx.actor.require(Permission.GENOTYPES_READ)
    found = await find(tx, set_id)
    await policy.require_content(tx, found)
    return found


async def kept_samples(tx: Transaction, found: GenotypeSet) -> list[Sample]:
    """Samples in the order of the stored genotypes; all of them or none.

    Rows of a farm that was lost since the set was opened are hidden, and every sample behind a
    hidden one would get the genotypes of its neighbor.
    """
    rows = await repository.all_samples(tx.session, found.id)
    kept = [row for row in rows if row.state == "kept"]
    if len(kept) != found.counts.get("samples"):
        raise policy.hidden(found)
    return kept


async def find(tx: Transaction, set_id: UUID, *, lock: bool = False) -> GenotypeSet:
    """The stored set; one that may not be seen is missing."""
    found = await repository.get(tx.session, set_id, lock=lock)
    if found is None:
        raise Missing("genotypes.not_found", "There is no such genotype set that you may see.")
    return found
