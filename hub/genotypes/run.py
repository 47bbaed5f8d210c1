"""Make one version: read, find the animals, check, store; nothing is there before all of it is.

Genotypes and reports go to the object store under the hash of their content, and one transaction
at the end makes them the set's. A worker killed anywhere leaves the set as it was asked for, and
the next attempt ends in the same one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen import provenance
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.io.csv import harmless
from hub import audit, files
from hub.datasets import parquet
from hub.genotypes import checking, content, incoming, matching, policy, repository, rules, store
from hub.genotypes.matching import Matched
from hub.genotypes.models import GenotypeSet
from hub.jobs import Run
from hub.storage.base import new_id
from hub.storage.objects import ObjectStore, sha256
from hub.storage.transaction import Transaction, begin

QUALITY, MARKERS, PARENTAGE = "quality.json", "markers.parquet", "parentage.parquet"
SAMPLES_CSV, MARKERS_CSV, FILTER = "samples.csv", "markers.csv", "filter.json"
PROVENANCE = "provenance.json"
CHROMOSOMES_SHOWN = 500
"""In the summary, which lists of sets repeat; loose scaffolds can be many thousands."""


@dataclass(frozen=True)
class Request:
    """What a set was asked for with, free of its session, and where its genotypes come from."""

    id: UUID
    farm_id: UUID
    species: str
    format: str
    coding: str
    version: int
    settings: dict[str, Any]
    panel_id: UUID | None
    files: tuple[tuple[str, tuple[str, ...]], ...]
    parent: dict[str, str] | None
    parent_hash: str
    panel: dict[str, str] | None


@dataclass(frozen=True)
class Outcome:
    """Everything that is stored of a set."""

    rows: list[dict[str, Any]]
    counts: dict[str, int]
    summary: dict[str, Any]
    objects: dict[str, str]
    content_hash: str
    provenance: dict[str, Any]
    panel: dict[str, Any] | None


async def run(run: Run, set_id: UUID) -> None:
    """Make the genotypes of a set and everything that is known about them."""
    watch = provenance.Stopwatch()
    await run.report(0.02, "reading the genotypes")
    async with begin(run.engine, run.actor) as tx:
        request = await _asked(tx, set_id)
    genotypes = await run.in_thread(_read, run.objects, request)
    await run.report(0.35, f"finding the animals of {len(genotypes):,} samples")
    async with begin(run.engine, run.actor) as tx:
        found = await content.find(tx, set_id)
        matched = await _matched(tx, found, genotypes)
        pedigree = await repository.pedigree(tx.session, list(matched.farm))
    await run.report(0.4, "checking samples and markers")
    outcome = await run.in_thread(_outcome, run, request, genotypes, matched, pedigree, watch)
    await run.report(0.95, "storing the report")
    async with begin(run.engine, run.actor) as tx:
        await _store(tx, run, request, matched, outcome)


async def _asked(tx: Transaction, set_id: UUID) -> Request:
    found = await content.find(tx, set_id)
    parent = None
    if found.parent_id:
        policy.require_write(tx.actor)
        parent = await content.readable(tx, found.parent_id)
    else:
        await policy.require_create(tx, found.farm_id)
    return Request(
        **{name: getattr(found, name) for name in _OF_SET},
        settings=dict(found.settings),
        files=await _files(tx, found),
        parent=dict(parent.objects) if parent else None,
        parent_hash=parent.content_hash if parent else "",
        panel=await _panel(tx, found),
    )


_OF_SET = ("id", "farm_id", "species", "format", "coding", "version", "panel_id")


async def _files(tx: Transaction, found: GenotypeSet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of each file its name and the hashes of its parts."""
    handed_in = [await files.find(tx, file_id) for file_id in found.file_ids]
    whole, first = [], 0
    for number in found.settings.get("parts", ()):
        parts = handed_in[first : first + number]
        whole.append((parts[0].name, tuple(one.sha256 for one in parts)))
        first += number
    return tuple(whole)


async def _panel(tx: Transaction, found: GenotypeSet) -> dict[str, str] | None:
    wanted = found.settings.get("panel")
    panel = await repository.panel(tx.session, UUID(wanted)) if wanted else None
    return dict(panel.objects) if panel else None


def _read(objects: ObjectStore, request: Request) -> Genotypes:
    if request.parent is not None:
        genotypes = store.StoredGenotypes.open(objects, request.parent).genotypes()
        stay = rules.chosen(
            genotypes.ids, request.settings.get("keep"), request.settings.get("remove", ())
        )
        return genotypes if stay.all() else genotypes[stay]
    return incoming.read(
        objects, request.files, request.settings, format=request.format, coding=request.coding,
        species=request.species, panel=store.read_map(objects, request.panel),
    )  # fmt: skip


async def _matched(tx: Transaction, found: GenotypeSet, genotypes: Genotypes) -> Matched:
    if found.parent_id:
        return await matching.inherited(tx, found.parent_id)
    return await matching.match(tx, found, [str(name) for name in genotypes.ids])


def pedigree_of(rows: list[Any]) -> ag.Pedigree | None:
    frame = pd.DataFrame(rows, columns=list(repository.PEDIGREE_COLUMNS))
    return checking.pedigree_of(frame)


def _outcome(
    run: Run,
    request: Request,
    genotypes: Genotypes,
    matched: Matched,
    pedigree_rows: list[Any],
    watch: provenance.Stopwatch,
) -> Outcome:
    try:
        return _made(run, request, genotypes, matched, pedigree_of(pedigree_rows), watch)
    except ag.AgrigenError as error:
        raise rules.refused(error) from error


def _made(
    run: Run,
    request: Request,
    genotypes: Genotypes,
    matched: Matched,
    pedigree: ag.Pedigree | None,
    watch: provenance.Stopwatch,
) -> Outcome:
    labels = {name: str(animal) for name, animal in matched.animal.items()}
    sexes = {name: matched.sex[animal] for name, animal in matched.animal.items()}
    named = checking.labeled(genotypes, labels, sexes)
    asked = request.settings.get("rules")
    checked = checking.check(
        genotypes, named, pedigree, rules.quality_rules(asked), request.species,
        apply=asked is not None,
    )  # fmt: skip
    run.check()
    run.note(0.6, "comparing parents and offspring")
    table, parentage = parentage_of(checked.kept, matched.animal, pedigree, request.species)
    run.check()
    run.note(0.75, "storing the genotypes")
    objects = store.put(run.objects, checked.kept)
    names = {label: name for name, label in labels.items()}
    rows = checking.sample_rows(genotypes, checked, sexes)
    objects |= _put_reports(run.objects, checked, names, rows, request.species)
    objects[PARENTAGE] = run.objects.put(parquet.to_bytes(table))
    record = _provenance(request, checked, watch)
    objects[PROVENANCE] = run.objects.put(json.dumps(record, indent=2).encode())
    return Outcome(
        rows=rows,
        counts=_counts(genotypes, checked, matched.animal),
        summary=_summary(checked, parentage),
        objects=objects,
        content_hash=checked.kept.sha256,
        provenance=record,
        panel=None if request.parent else _new_panel(run, request, genotypes.markers),
    )


def parentage_of(
    kept: Genotypes, animals: Mapping[str, UUID], pedigree: ag.Pedigree | None, kind: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Parents of the samples that have an animal, under the ids of those."""
    linked = np.array([str(name) in animals for name in kept.ids], bool)
    if pedigree is None or not linked.any():
        return pd.DataFrame(columns=list(checking.PARENTAGE_COLUMNS)), {"verdicts": {}}
    part = kept[linked]
    labels = {str(name): str(animals[str(name)]) for name in part.ids}
    named = checking.labeled(part, labels, {})
    return checking.parents(named, pedigree, kind, {label: name for name, label in labels.items()})


def _put_reports(
    objects: ObjectStore,
    checked: checking.Checked,
    names: Mapping[str, str],
    rows: list[dict[str, Any]],
    kind: str,
) -> dict[str, str]:
    report = checked.report
    told = pd.DataFrame(rows).assign(reasons=[";".join(row["reasons"]) for row in rows])
    markers = report.markers.assign(reasons=[";".join(why) for why in report.markers["reasons"]])
    made = report.filter.to_mapping()
    made["samples"] = {names.get(label, label): why for label, why in made["samples"].items()}
    contents = {
        QUALITY: json.dumps(checking.plain(checking.quality(checked, names))).encode(),
        MARKERS: parquet.to_bytes(checking.marker_table(checked, kind)),
        SAMPLES_CSV: harmless(told).to_csv(index=False).encode(),
        MARKERS_CSV: harmless(markers).to_csv(index=False).encode(),
        FILTER: json.dumps(made).encode(),
    }
    return {name: objects.put(text) for name, text in contents.items()}


def _counts(
    genotypes: Genotypes, checked: checking.Checked, animals: Mapping[str, UUID]
) -> dict[str, int]:
    kept = checked.kept
    linked = sum(str(name) in animals for name in kept.ids)
    return {
        "samples": len(kept),
        "markers": len(kept.markers),
        "linked": linked,
        "unlinked": len(kept) - linked,
        "excluded_samples": len(genotypes) - len(kept),
        "excluded_markers": len(genotypes.markers) - len(kept.markers),
    }


def _summary(checked: checking.Checked, parentage: dict[str, Any]) -> dict[str, Any]:
    """Counts only: who made the set reads it even after leaving a farm."""
    markers, report = checked.kept.markers, checked.report
    told = {name: value for name, value in parentage.items() if name != "swaps"}
    summary = {
        "quality": {
            "applied": checked.applied,
            "counts": report.counts,
            "dropped": report.dropped.to_dict("records"),
            "flagged": report.flagged.to_dict("records"),
            "duplicates": len(report.duplicates),
        },
        "parentage": {**told, "swaps": len(parentage.get("swaps", ()))},
        "chromosomes": markers.chromosome_names[:CHROMOSOMES_SHOWN],
        "assembly": markers.assembly,
        "array": markers.array,
        "coding": markers.coding,
    }
    plain: dict[str, Any] = checking.plain(summary)
    return plain


def _provenance(
    request: Request, checked: checking.Checked, watch: provenance.Stopwatch
) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        f"file {i}": parts[0] if len(parts) == 1 else list(parts)
        for i, (_, parts) in enumerate(request.files, 1)
    }
    if request.parent_hash:
        inputs["genotypes"] = request.parent_hash
    parameters = {
        "species": request.species, "format": request.format, "coding": request.coding,
        "rules": checked.report.rules.to_mapping() if checked.applied else None,
    }  # fmt: skip
    made = provenance.record(parameters, inputs, seconds=watch.seconds)
    plain: dict[str, Any] = checking.plain(
        {**made, "citations": [str(one) for one in checked.report.citations]}
    )
    return plain


def _new_panel(run: Run, request: Request, markers: MarkerMap) -> dict[str, Any]:
    """The marker map of what was handed in; equal maps of a species are one panel."""
    digest = store.put_map(run.objects, markers)
    said = "\n".join([request.species, markers.assembly, digest])
    return {
        "id": new_id(),
        "person_id": run.actor.person_id,
        "species": request.species,
        "name": markers.array or f"{len(markers):,} markers of {request.species}",
        "assembly": markers.assembly,
        "markers": len(markers),
        "content_hash": sha256(said.encode()),
        "objects": {store.MAP: digest},
    }


async def _store(
    tx: Transaction, run: Run, request: Request, matched: Matched, outcome: Outcome
) -> None:
    """Samples, panel, files, state and the end of the job in one transaction."""
    rows = [
        {**row, "place": place, **_link(request.farm_id, matched, row["name"])}
        for place, row in enumerate(outcome.rows)
    ]
    await repository.store_samples(tx.session, request.id, rows)
    farms = {request.farm_id, *(row["farm_id"] for row in rows)}
    panel_id = request.panel_id
    if outcome.panel is not None:
        panel_id = await repository.keep_panel(tx.session, outcome.panel)
    values = {
        "state": "done",
        "error": "",
        "farm_ids": sorted(farms),
        "panel_id": panel_id,
        "counts": outcome.counts,
        "summary": outcome.summary,
        "objects": outcome.objects,
        "content_hash": outcome.content_hash,
        "provenance": outcome.provenance,
        "finished_at": datetime.now(UTC),
    }
    await repository.change(tx.session, request.id, values)
    counts: dict[str, Any] = dict(outcome.counts)
    await audit.write(
        tx, "genotypes:finish", subject_id=request.id, farm_id=request.farm_id,
        content_hash=outcome.content_hash, **counts,
    )  # fmt: skip
    await run.finish(
        tx,
        f"{counts['samples']:,} samples at {counts['markers']:,} markers, "
        f"{counts['linked']:,} with their animal",
    )


def _link(farm_id: UUID, matched: Matched, name: str) -> dict[str, Any]:
    animal = matched.animal.get(name)
    return {
        "animal_id": animal,
        "farm_id": matched.farm[animal] if animal else matched.home.get(name, farm_id),
        "unlinked": "" if animal else matched.why.get(name, ""),
    }


async def compare_again(run: Run, set_id: UUID) -> None:
    """Compare parents anew, after samples got other animals or animals other parents."""
    await run.report(0.05, "reading the genotypes")
    async with begin(run.engine, run.actor) as tx:
        loaded = await content.load(tx, run.objects, set_id, names="sample")
        matched = await matching.inherited(tx, set_id)
        pedigree = await repository.pedigree(tx.session, list(matched.farm))
    await run.report(0.3, "comparing parents and offspring")
    table, parentage = await run.in_thread(
        parentage_of, loaded.genotypes, matched.animal, pedigree_of(pedigree), loaded.set.species
    )
    digest = await run.in_thread(run.objects.put, parquet.to_bytes(table))
    async with begin(run.engine, run.actor) as tx:
        found = await content.find(tx, set_id, lock=True)
        found.objects = {**found.objects, PARENTAGE: digest}
        parentage["swaps"] = len(parentage.get("swaps", ()))
        found.summary = {**found.summary, "parentage": checking.plain(parentage)}
        await repository.flush(tx.session, found)
        await run.finish(tx, "parents compared")
