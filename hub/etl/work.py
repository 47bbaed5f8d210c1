"""One attempt at an import: how far it is, and the checkpoints by which the next one goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.etl import repository
from hub.etl.asked import Request
from hub.etl.findings import Findings
from hub.etl.models import Import
from hub.etl.staging import Manifest
from hub.jobs import Run, TakenOver
from hub.storage.transaction import Transaction, begin

STEPS = ("extract", "clean", "validate", "load", "report")


@dataclass(frozen=True)
class Counts:
    """What became of rows."""

    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0


@dataclass
class Work:
    """An attempt; whatever it stores is stored together with the mark how far it is."""

    run: Run
    request: Request
    manifest: Manifest
    steps: list[dict[str, Any]]
    notes: dict[str, Any]
    findings: dict[str, dict[str, Any]]
    rejected: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    """Further columns of the import to be stored with the next checkpoint."""

    @classmethod
    def of(cls, run: Run, row: Import) -> "Work":
        steps = list(row.steps) or [{"name": name, "state": "waiting"} for name in STEPS]
        return cls(
            run, Request.of(row), Manifest.model_validate(row.stage), steps, dict(row.notes),
            dict(row.findings), row.rows_rejected,
        )  # fmt: skip

    def start(self, name: str) -> None:
        """Note that a step begins, unless it began before a crash."""
        step = self._step(name)
        if step["state"] == "waiting":
            step |= {"state": "running", "started_at": datetime.now(UTC).isoformat()}

    def is_done(self, name: str) -> bool:
        return bool(self._step(name)["state"] == "done")

    def end(self, name: str, rows: int, note: str = "") -> None:
        now = datetime.now(UTC).isoformat()
        self._step(name).update(state="done", finished_at=now, rows=rows, note=note)

    def _step(self, name: str) -> dict[str, Any]:
        return next(step for step in self.steps if step["name"] == name)

    def found(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """Add what was found to the counts by rule."""
        for rule, one in counts.items():
            known = self.findings.setdefault(rule, {"severity": one["severity"], "count": 0})
            known["count"] += one["count"]

    async def save(self, tx: Transaction, counts: Counts = Counts()) -> None:
        """Move the mark in this transaction; another attempt that did so before goes on alone."""
        before = self.manifest.mark
        self.manifest.mark += 1
        self.rejected += counts.rejected
        values = {
            "stage": self.manifest.model_dump(exclude_defaults=True), "steps": self.steps,
            "notes": self.notes, "findings": self.findings, **self.values,
        }  # fmt: skip
        if not await repository.checkpoint(tx.session, self.request.id, before, counts, values):
            raise TakenOver

    async def save_now(self) -> None:
        """A checkpoint of its own."""
        async with begin(self.run.engine, self.run.actor) as tx:
            await self.save(tx)

    async def keep(self, tx: Transaction, findings: Findings, rows: list[int]) -> Counts:
        """Keep some rows of the file with what was found in them, and count it."""
        found = findings.of(rows)
        if found:
            asked = self.request
            await repository.add_found(tx.session, asked.id, asked.farm_id, findings, found)
        self.found(findings.counts(rows))
        rejected = len(findings.refused.intersection(found))
        header = 1 if 1 in found else 0  # what concerns the file is no row of it
        return Counts(rejected=rejected, warned=len(found) - rejected - header)
