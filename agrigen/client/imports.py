"""Imports: start one, wait, and read what was refused."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from agrigen.client.files import Files
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.quarantine import Quarantine
from agrigen.client.resources import Items
from agrigen.client.waiting import Progress, wait_until_ended


class Imports(Items):
    path = "/imports"

    def workbook(
        self, farm: str, target: str | PathLike[str], *, kind: str = "events", filled: bool = False
    ) -> Path:
        """Download an Excel workbook to fill in, empty or with what the farm has."""
        query = {"kind": kind, "filled": str(filled).lower()}
        answer = self._transport.send("GET", f"/farms/{farm}/workbook", query=query)
        path = Path(target)
        path.write_bytes(answer.content)
        return path

    def create(
        self,
        *,
        file_id: str,
        farm: str,
        kind: str,
        mapping: Mapping[str, Any] | None = None,
        cleaning: Iterable[Mapping[str, Any]] | None = None,
        template: str | None = None,
        policy: str | None = None,
        dry_run: bool = False,
    ) -> Item:
        """Start an import of an uploaded file; kind: animals, records, events, milk_recording.

        What is not given is as the template says. `policy`: good_rows, or all_or_nothing.
        """
        body: dict[str, Any] = {"file_id": file_id, "farm_id": farm, "kind": kind}
        if mapping:
            body["mapping"] = dict(mapping)
        if cleaning is not None:
            body["cleaning"] = [dict(step) for step in cleaning]
        body |= {name: value for name, value in (("template_id", template), ("policy", policy))
                 if value is not None}  # fmt: skip
        if dry_run:
            body["dry_run"] = True
        return self._transport.create(self.path, body)

    def upload(
        self,
        source: str | PathLike[str] | bytes,
        *,
        farm: str,
        kind: str,
        **more: Any,
    ) -> Item:
        """Upload a file and start its import; `more` is what `create` takes."""
        file = Files(self._transport).upload(source)
        return self.create(file_id=file["id"], farm=farm, kind=kind, **more)

    def preview(
        self,
        *,
        file_id: str,
        farm: str,
        kind: str | None = None,
        mapping: Mapping[str, Any] | None = None,
        cleaning: Iterable[Mapping[str, Any]] | None = None,
        template: str | None = None,
        rows: int = 50,
    ) -> Item:
        """Look at an uploaded file: columns, suggestions, rows before and after, findings.

        Nothing is loaded. What is not given is as the template that fits, or as suggested, the
        kind included.
        """
        body: dict[str, Any] = {"file_id": file_id, "farm_id": farm, "rows": rows}
        if kind is not None:
            body["kind"] = kind
        if mapping is not None:
            body["mapping"] = dict(mapping)
        if cleaning is not None:
            body["cleaning"] = [dict(step) for step in cleaning]
        if template is not None:
            body["template_id"] = template
        return self._transport.create(f"{self.path}/preview", body)

    def wait(
        self,
        id: str,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 600.0,
    ) -> Item:
        """Wait until an import ended and return it; raises Failed when it did not end well."""
        return wait_until_ended(
            lambda: self.get(id),
            what="import",
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )

    def cancel(self, id: str) -> Item | None:
        """Stop an import; rows that are in stay in, and `retry` goes on from there."""
        return self._transport.write("POST", self._at(id, "cancel"))

    def retry(self, id: str) -> Item | None:
        """Go on with a failed or cancelled import."""
        return self._transport.write("POST", self._at(id, "retry"))

    def cleaned(self, id: str) -> list[Item]:
        """What each step of cleaning changed: step, changed, examples before and after."""
        return [Item(one) for one in self._transport.get(self._at(id, "cleaning"))["items"]]

    def rules(self) -> list[Item]:
        """By which rules files of each kind are judged."""
        return [Item(one) for one in self._transport.get(f"{self.path}/rules")["kinds"]]

    def quarantine(self, id: str) -> Quarantine:
        """The rows that an import refused: findings, reports, mending by hand and by rule."""
        return Quarantine(self._transport, id)

    def problems(self, id: str) -> pd.DataFrame:
        """What was refused: one row per problem, with the row of the file and the remedy."""
        rows = self._transport.pages(self._at(id, "problems"))
        return frame_of((one for row in rows for one in row["problems"]), PROBLEM_COLUMNS)


PROBLEM_COLUMNS = ("file", "row", "column", "rule", "message", "remedy")
