"""What a set says: its samples, quality, parents, markers, and genotypes of a region."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np

from agrigen.species import species
from hub import animals
from hub.datasets import parquet
from hub.datasets.parquet import Slice
from hub.errors import FieldError, Invalid, Missing
from hub.genotypes import repository, run
from hub.genotypes.content import kept_samples, readable
from hub.genotypes.models import GenotypeSet, Sample
from hub.genotypes.schemas import (
    AnimalGenotypes,
    MarkerRead,
    MarkersQuery,
    ParentageQuery,
    ParentageRead,
    ProposedParent,
    QualityRead,
    RegionQuery,
    RegionRead,
    RegionSample,
    SampleRead,
    SamplesQuery,
)
from hub.genotypes.store import StoredGenotypes
from hub.permissions import Permission
from hub.storage.objects import ObjectStore
from hub.storage.paging import Page
from hub.storage.transaction import Transaction

FILES = {
    "samples.csv": "text/csv",
    "markers.csv": "text/csv",
    "quality.json": "application/json",
    "filter.json": "application/json",
    "provenance.json": "application/json",
}
"""What can be downloaded; parents only by `parentage`, which hides those one may not see."""


async def samples(tx: Transaction, set_id: UUID, query: SamplesQuery) -> Page[SampleRead]:
    """Samples in the order of the file, the excluded ones among them."""
    await readable(tx, set_id)
    page, tags = await repository.samples(tx.session, set_id, query)
    return Page([_sample(row, tags) for row in page.items], page.next_cursor)


def _sample(row: Sample, tags: Mapping[UUID, str]) -> SampleRead:
    tag = tags.get(row.animal_id) if row.animal_id else None
    columns = {name: getattr(row, name) for name in SampleRead.model_fields if name != "tag"}
    return SampleRead.model_validate({**columns, "tag": tag})


async def quality(tx: Transaction, objects: ObjectStore, set_id: UUID) -> QualityRead:
    """What quality control found, in counts and pictures' numbers."""
    return QualityRead.model_validate_json(await _file(tx, objects, set_id, run.QUALITY))


async def parentage(
    tx: Transaction, objects: ObjectStore, set_id: UUID, query: ParentageQuery
) -> Page[ParentageRead]:
    """Recorded and proposed parents; of those that one may not see nothing is said."""
    table = await _file(tx, objects, set_id, run.PARENTAGE)
    part = Slice(limit=query.limit, cursor=query.cursor, equal=_asked(query))
    page = await asyncio.to_thread(parquet.page, table, part)
    rows = [{**row, "proposed": json.loads(row["proposed"])} for row in page.items]
    tags = await repository.tags(tx.session, _named(rows))
    shown = [_pair(row, tags) for row in rows]
    return Page([one for one in shown if one is not None], page.next_cursor)


def _asked(query: ParentageQuery) -> dict[str, Any]:
    wanted = {"status": query.status, "animal_id": query.animal_id and str(query.animal_id)}
    has = None if query.proposed is None else query.proposed
    return {**wanted, "has_proposal": has}


def _named(rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    found = {row[name] for row in rows for name in ("animal_id", "recorded_id")}
    found |= {one["animal_id"] for row in rows for one in row["proposed"]}
    return {UUID(one) for one in found if one}


def _pair(row: Mapping[str, Any], tags: Mapping[UUID, str]) -> ParentageRead | None:
    animal = UUID(row["animal_id"])
    recorded = UUID(row["recorded_id"]) if row["recorded_id"] else None
    if animal not in tags or (recorded is not None and recorded not in tags):
        return None
    proposed = [
        ProposedParent(**{**one, "animal_id": UUID(one["animal_id"])}, tag=tag)
        for one in row["proposed"]
        if (tag := tags.get(UUID(one["animal_id"])))
    ]
    compared = row["compared"] or None
    return ParentageRead(
        animal_id=animal, tag=tags[animal], sample=row["sample"], role=row["role"],
        recorded_id=recorded, recorded=tags[recorded] if recorded else None,
        status=row["status"], opposing=row["opposing"] if compared else None, compared=compared,
        proposed=proposed,
    )  # fmt: skip


async def markers(
    tx: Transaction, objects: ObjectStore, set_id: UUID, query: MarkersQuery
) -> Page[MarkerRead]:
    """Markers of the set with frequencies, in the order of the map."""
    found = await readable(tx, set_id)
    table = await _object(objects, found, run.MARKERS)
    part = Slice(
        limit=query.limit,
        cursor=query.cursor,
        equal={"chromosome": _chromosome(found, query.chromosome), "name": query.name},
        least={"position": query.start},
        most={"position": query.stop},
    )
    page = await asyncio.to_thread(parquet.page, table, part)
    return Page([_marker(row) for row in page.items], page.next_cursor)


def _chromosome(found: GenotypeSet, name: str | None) -> str | None:
    """As the tables of the set spell it: 27 of sheep is X."""
    return species(found.species).normalize(name) if name else None


def _marker(row: Mapping[str, Any]) -> MarkerRead:
    numbers = {
        name: value if value is not None and np.isfinite(value) else None
        for name, value in row.items()
        if name in ("frequency", "missing", "hardy_weinberg")
    }
    return MarkerRead.model_validate({**row, **numbers})


async def region(
    tx: Transaction, objects: ObjectStore, set_id: UUID, query: RegionQuery
) -> RegionRead:
    """Genotypes of a part of a chromosome; only the chunks that hold it are read."""
    found = await readable(tx, set_id)
    kept = await kept_samples(tx, found)
    places = _wanted_samples(kept, query)
    table = await _object(objects, found, run.MARKERS)
    part = Slice(
        limit=query.markers,
        equal={"chromosome": _chromosome(found, query.chromosome)},
        least={"position": query.start},
        most={"position": query.stop},
    )
    shown, inside = await asyncio.to_thread(parquet.span, table, part, query.marker_offset)
    chosen = places[query.sample_offset : query.sample_offset + query.animals]
    dosages = await asyncio.to_thread(_dosages, objects, found.objects, chosen, shown)
    return RegionRead(
        markers=[_marker(row) for row in shown],
        samples=[RegionSample(name=kept[i].name, animal_id=kept[i].animal_id) for i in chosen],
        dosages=dosages,
        total_markers=inside,
        total_samples=len(places),
    )


def _wanted_samples(kept: Sequence[Sample], query: RegionQuery) -> list[int]:
    if query.samples is None:
        return list(range(len(kept)))
    place = {row.name: number for number, row in enumerate(kept)}
    names = [name.strip() for name in query.samples.split(",") if name.strip()]
    unknown = [name for name in names if name not in place]
    if unknown:
        message = f"The set keeps no sample {', '.join(unknown[:5])}."
        fix = FieldError("samples", message, "Read the samples of the set for their names.")
        raise Invalid("genotypes.no_sample", message, errors=[fix])
    return sorted({place[name] for name in names})


def _dosages(
    objects: ObjectStore,
    digests: dict[str, str],
    samples: list[int],
    markers: Sequence[Mapping[str, Any]],
) -> list[list[int | None]]:
    if not samples or not markers:
        return [[] for _ in samples]
    stored = StoredGenotypes.open(objects, digests)
    part = stored.genotypes(samples, [row["place"] for row in markers])
    return [[None if one < 0 else int(one) for one in row] for row in part.dosages()]


async def of_animal(tx: Transaction, animal_id: UUID) -> list[AnimalGenotypes]:
    """The sets that have genotypes of an animal, newest first."""
    tx.actor.require(Permission.GENOTYPES_READ)
    animal = await animals.find(tx, animal_id)
    return [
        AnimalGenotypes(
            set_id=found.id, set_name=found.name, version=found.version, sample=row.name,
            panel_id=found.panel_id, markers=found.counts.get("markers", 0), state=row.state,
            call_rate=row.call_rate, heterozygosity=row.heterozygosity,
            created_at=found.created_at,
        )
        for row, found in await repository.of_animal(tx.session, animal.id)
    ]  # fmt: skip


async def content(tx: Transaction, objects: ObjectStore, set_id: UUID, name: str) -> bytes:
    """One file of the report."""
    if name not in FILES:
        there = ", ".join(FILES)
        raise Missing("genotypes.no_file", f"A set has no file {name!r}; it has {there}.")
    return await _file(tx, objects, set_id, name)


async def _file(tx: Transaction, objects: ObjectStore, set_id: UUID, name: str) -> bytes:
    return await _object(objects, await readable(tx, set_id), name)


async def _object(objects: ObjectStore, found: GenotypeSet, name: str) -> bytes:
    return await asyncio.to_thread(objects.get, found.objects[name])
