"""Compute one study: load what was frozen, call agrigen, store what comes out."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pandas as pd

import agrigen as ag
from hub import audit, datasets
from hub.associations import picture, policy, repository, service
from hub.associations.results import (
    EXCLUDED,
    MARKERS,
    POINTS,
    PROVENANCE,
    WINDOWS,
)
from hub.associations.schemas import AssociationRead
from hub.datasets import parquet
from hub.evaluations import genotyped
from hub.evaluations.run import plain, refused
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.objects import ObjectStore, sha256
from hub.storage.transaction import Transaction, begin

AS_SHOWN = {"beta": "effect", "log10_p": "minus_log10_p"}
SHOWN = [
    "chromosome", "position", "marker", "effect_allele", "other_allele", "frequency", "missing",
    "effect", "se", "statistic", "p", "minus_log10_p", "variance_explained",
]  # fmt: skip
BY_METHOD: dict[str, dict[str, Any]] = {
    "linear": {"relationship": None},
    "binary": {"kind": "binary"},
}
"""Methods of the hub that are no `method` of ag.gwas."""


@dataclass(frozen=True)
class Outcome:
    """Everything of a result that is stored."""

    objects: dict[str, str]
    result_hash: str
    summary: dict[str, Any]
    provenance: dict[str, Any]


async def run(run: Run, association_id: UUID) -> None:
    """Compute and store; a repetition after a crash replaces, it never doubles."""
    await run.report(0.0, "loading the frozen data")
    async with begin(run.engine, run.actor) as tx:
        association = await service.get(tx, association_id)
        dataset = await datasets.find(tx, association.dataset_id)
        _, data = await datasets.load(tx, run.objects, association.dataset_id)
        taken = await genotyped.load(tx, run.objects, dataset, association.genotype_set_id)
    result = await run.in_thread(_compute, run, association, data, taken.genotypes)
    told = {
        "dataset": {"id": str(dataset.id), "content_hash": dataset.content_hash},
        "genotypes": taken.provenance,
    }
    outcome = await run.in_thread(_outcome, run.objects, result, association, told, len(data))
    await run.report(0.97, "storing the tests")
    async with begin(run.engine, run.actor) as tx:
        await _store(tx, run, association, outcome)


def _compute(
    run: Run, association: AssociationRead, data: pd.DataFrame, genotypes: ag.Genotypes
) -> ag.Association:
    settings = association.settings
    model = service.model_of(association.trait, settings["effects"])
    method = settings["method"]
    options: dict[str, Any] = {
        "relationship": settings["relationship"],
        "test": settings["test"],
        "leave_one_chromosome_out": settings["leave_one_chromosome_out"],
    }
    options |= BY_METHOD.get(method, {"method": method})
    try:
        return ag.gwas(
            model,
            data,
            genotypes,
            condition_on=settings["condition_on"],
            min_maf=settings["min_maf"],
            max_missing=settings["max_missing"],
            progress=lambda fraction, message: run.note(0.05 + 0.85 * fraction, message),
            cancel=run.stop_requested,
            **options,
        )
    except ag.Cancelled:
        run.check()
        raise
    except ag.AgrigenError as error:
        raise refused(error) from error


def _outcome(
    objects: ObjectStore,
    result: ag.Association,
    association: AssociationRead,
    told: dict[str, Any],
    records: int,
) -> Outcome:
    table = result.table.rename(columns=AS_SHOWN)[SHOWN]
    windows = result.windows(association.settings["window"]).rename(columns=AS_SHOWN)
    summary = _summary(result, association, records)
    files = {
        MARKERS: parquet.to_bytes(_plain_texts(table)),
        WINDOWS: parquet.to_bytes(_plain_texts(windows)),
        EXCLUDED: parquet.to_bytes(_plain_texts(result.excluded)),
    }
    result_hash = sha256("\n".join(f"{n} {sha256(files[n])}" for n in sorted(files)).encode())
    provenance = {
        **result.provenance,
        **told,
        "association": str(association.id),
        "citations": [str(citation) for citation in result.citations],
    }
    files[POINTS] = json.dumps(plain(picture.points(result))).encode()
    files[PROVENANCE] = json.dumps(provenance, indent=2, default=str).encode()
    digests = {name: objects.put(content) for name, content in files.items()}
    return Outcome(digests, result_hash, summary, plain(provenance))


def _plain_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Labels as texts, also where all of them are numbers."""
    labels = table.select_dtypes(exclude="number").columns
    return table.astype(dict.fromkeys(labels, str))


def _summary(result: ag.Association, association: AssociationRead, records: int) -> dict[str, Any]:
    best = result.top(1).rename(columns=AS_SHOWN).to_dict("records")
    null = result.null.to_dict("records")
    return plain(
        {
            "markers": len(result.table),
            "animals": result.animals,
            "records": {"used": result.animals, "dropped": records - result.animals},
            "lambda": result.lambda_gc,
            "h2": null[0]["heritability"] if null else None,
            "null": null,
            "threshold": result.bonferroni,
            "hits": len(result.significant()),
            "best": {
                AS_SHOWN.get(name, name): value for one in best for name, value in one.items()
            },
            "excluded": result.excluded["reason"].value_counts().to_dict(),
            "statistic": result.test,
            "window": association.settings["window"],
            "seconds": result.provenance["resources"]["seconds"],
            "version": result.provenance["software"]["version"],
        }
    )


async def _store(tx: Transaction, run: Run, association: AssociationRead, outcome: Outcome) -> None:
    """Files, state and the end of the job in one transaction."""
    now = datetime.now(UTC)
    publish = (
        association.publish_when_done
        and run.actor.may(Permission.EVALUATIONS_PUBLISH)
        and policy.large_enough(outcome.summary)
    )
    values: dict[str, Any] = {
        "state": "done",
        "error": "",
        "summary": outcome.summary,
        "provenance": outcome.provenance,
        "objects": outcome.objects,
        "result_hash": outcome.result_hash,
        "finished_at": now,
    }
    if publish:
        values |= {"published_at": now, "withdrawn_at": None}
    await repository.change(tx.session, association.id, values)
    await audit.write(
        tx,
        "associations:finish",
        subject_id=association.id,
        result_hash=outcome.result_hash,
        published=publish,
    )
    hits = outcome.summary["hits"]
    told = f"{outcome.summary['markers']:,} markers tested, {hits} above the line"
    await run.finish(tx, told + (", published" if publish else ""))
