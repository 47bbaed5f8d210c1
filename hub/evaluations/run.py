"""Compute one evaluation: load what was frozen, call agrigen, store what comes out."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pandas as pd

import agrigen as ag
from hub import audit, datasets
from hub.datasets import DatasetRead, parquet
from hub.errors import FieldError, Invalid
from hub.evaluations import genotyped, groups, repository, rules, service, tables
from hub.evaluations.results import (
    CONTRASTS,
    DIAGNOSTICS,
    MARKER_EFFECTS,
    PROVENANCE,
    RATIOS,
    SOLUTIONS,
    START,
    TRENDS,
    VALUES,
    VARIANCES,
)
from hub.evaluations.schemas import EvaluationRead, ModelDeclaration
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.objects import ObjectStore, sha256
from hub.storage.transaction import Transaction, begin


@dataclass(frozen=True, eq=False)
class Frozen:
    """What a run computes from."""

    pedigree: pd.DataFrame
    data: pd.DataFrame
    taken: genotyped.Loaded | None


@dataclass(frozen=True)
class Outcome:
    """Everything of a result that is stored."""

    values: bytes
    objects: dict[str, str]
    result_hash: str
    summary: dict[str, Any]
    provenance: dict[str, Any]


class Interrupted(Exception):
    """The numbers were stopped; `start` is where they can go on from."""

    def __init__(self, start: dict[str, Any] | None) -> None:
        super().__init__()
        self.start = start


async def run(run: Run, evaluation_id: UUID) -> None:
    """Compute and store; a repetition after a crash replaces, it never doubles."""
    await run.report(0.0, "loading the frozen data")
    async with begin(run.engine, run.actor) as tx:
        evaluation = await service.get(tx, evaluation_id)
        dataset = await datasets.find(tx, evaluation.dataset_id)
        pedigree, data = await datasets.load(tx, run.objects, evaluation.dataset_id)
        farm_of = await repository.farms_of_animals(tx.session, evaluation.farm_ids)
        taken = None
        if evaluation.genotype_set_id:
            taken = await genotyped.load(tx, run.objects, dataset, evaluation.genotype_set_id)
    frozen = Frozen(pedigree, data, taken)
    try:
        result = await run.in_thread(_compute, run, evaluation, frozen)
    except Interrupted as stopped:
        await _remember(run, evaluation, stopped.start)
        run.check()
        raise
    outcome = await run.in_thread(
        _outcome, run.objects, result, evaluation, dataset, frozen, farm_of
    )
    await run.report(0.97, "storing breeding values")
    async with begin(run.engine, run.actor) as tx:
        await _store(tx, run, evaluation, outcome)


def _compute(run: Run, evaluation: EvaluationRead, frozen: Frozen) -> ag.Evaluation:
    declared = ModelDeclaration.model_validate(evaluation.model)
    checked = service.check_model(declared)
    variances = checked.variances
    if START in evaluation.objects:
        variances = json.loads(run.objects.get(evaluation.objects[START]))
    try:
        return ag.evaluate(
            checked.model,
            frozen.data,
            groups.pedigree_of(frozen.pedigree, declared),
            variances,
            genotypes=frozen.taken.genotypes if frozen.taken else None,
            estimate=checked.estimate,
            options=checked.options,
            solver=checked.solver,
            reliability=checked.reliability,
            contrasts=checked.contrasts,
            progress=lambda fraction, message: run.note(0.05 + 0.9 * fraction, message),
            cancel=run.stop_requested,
        )
    except ag.Cancelled as stop:
        raise Interrupted(rules.start_from(checked.model, stop.state)) from stop
    except ag.AgrigenError as error:
        raise refused(error) from error


async def _remember(run: Run, evaluation: EvaluationRead, start: dict[str, Any] | None) -> None:
    """Keep what was reached, so that running it again goes on from there."""
    if start is None or run.taken_over:
        return
    content = json.dumps(start).encode()
    digest = await asyncio.to_thread(run.objects.put, content)
    async with begin(run.engine, run.actor) as tx:
        await repository.change(tx.session, evaluation.id, {"objects": {START: digest}})


def refused(error: ag.AgrigenError) -> Invalid:
    """The numbers' own words; they name columns and animals, nothing of the machine."""
    problems = getattr(error, "problems", [])
    fields = [FieldError(p.kind, p.message, p.remedy) for p in problems]
    return Invalid(error.code, str(error), errors=fields)


def _outcome(
    objects: ObjectStore,
    result: ag.Evaluation,
    evaluation: EvaluationRead,
    dataset: DatasetRead,
    frozen: Frozen,
    farm_of: dict[str, str],
) -> Outcome:
    values = tables.breeding_values(result, frozen.pedigree)
    files = {
        VALUES: parquet.to_bytes(values),
        TRENDS: parquet.to_bytes(tables.trends(values)),
        SOLUTIONS: result.solutions.to_csv(index=False).encode(),
        VARIANCES: result.variances.to_csv(index=False).encode(),
        RATIOS: tables.ratios(result).to_csv(index=False).encode(),
        **_more_files(result),
    }
    result_hash = sha256("\n".join(f"{n} {sha256(files[n])}" for n in sorted(files)).encode())
    provenance = {
        **result.provenance,
        "dataset": {"id": str(dataset.id), "content_hash": dataset.content_hash},
        **({"genotypes": frozen.taken.provenance} if frozen.taken else {}),
        "evaluation": str(evaluation.id),
        "citations": [str(citation) for citation in result.citations],
    }
    files[PROVENANCE] = json.dumps(provenance, indent=2, default=str).encode()
    files[DIAGNOSTICS] = json.dumps(plain(_diagnostics(result, values))).encode()
    digests = {name: objects.put(content) for name, content in files.items()}
    rows = _rows(values, farm_of)
    summary = _summary(result)
    if frozen.taken:
        summary["genotypes"] = dict(dataset.description["genotypes"])
    return Outcome(rows, digests, result_hash, summary, plain(provenance))


def _more_files(result: ag.Evaluation) -> dict[str, bytes]:
    """Tables that only some results have."""
    files = {}
    if result.marker_effects is not None:
        files[MARKER_EFFECTS] = parquet.to_bytes(tables.marker_effects(result.marker_effects))
    if result.contrasts is not None and len(result.contrasts):
        files[CONTRASTS] = parquet.to_bytes(result.contrasts)
    return files


def _summary(result: ag.Evaluation) -> dict[str, Any]:
    """Counts only: everybody reads the summary of a published evaluation, and names of levels
    can be those of hidden farms and animals. They stand in the solutions, without an error.

    Residual groups keep their names here; `service.read` hides them from outsiders.
    """
    counts = {"dependent": len(result.summary["dependent"])}
    kept = {name: value for name, value in result.summary.items() if name != "notes"}
    return plain({**kept, **counts, "residual_groups": tables.residual_groups(result)})


def _diagnostics(result: ag.Evaluation, values: pd.DataFrame) -> dict[str, Any]:
    """How it converged, what there is to remark, and how much is known of the animals."""
    told = result.diagnostics
    return {
        "solver": told["solver"],
        "estimate": result.summary["estimate"],
        "converged": result.converged,
        "iterations": told["iterations"],
        "numbers": {name: n for name, n in told.items() if isinstance(n, int | float)},
        "history": tables.history(result),
        "notes": tables.notes(result),
        "reliability": tables.reliabilities(values),
        "residual_groups": tables.residual_groups(result),
    }


def _rows(values: pd.DataFrame, farm_of: dict[str, str]) -> bytes:
    columns = {"id": "animal_id", "breeding_value": "value", "trait": "trait_code"}
    table = values.rename(columns=columns)
    table["farm_id"] = table["animal_id"].map(farm_of)
    visible = table[table["farm_id"].notna()]
    return visible[list(repository.VALUE_COLUMNS)].to_csv(index=False, header=False).encode()


def plain(value: Any) -> Any:
    """As JSON holds it; what is not finite becomes null."""
    return json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)


async def _store(tx: Transaction, run: Run, evaluation: EvaluationRead, outcome: Outcome) -> None:
    """Breeding values, files, state and the end of the job in one transaction."""
    await repository.store_values(tx.session, evaluation.id, outcome.values)
    now = datetime.now(UTC)
    publish = (
        evaluation.publish_when_done
        and run.actor.may(Permission.EVALUATIONS_PUBLISH)
        and bool(outcome.summary.get("converged"))
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
    await repository.change(tx.session, evaluation.id, values)
    await audit.write(
        tx,
        "evaluations:finish",
        subject_id=evaluation.id,
        result_hash=outcome.result_hash,
        published=publish,
    )
    animals = outcome.summary.get("animals", {}).get("evaluated", 0)
    await run.finish(tx, f"{animals} animals evaluated" + (", published" if publish else ""))
