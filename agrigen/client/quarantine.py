"""What is done about the rows that an import refused: `hub.imports.quarantine(id)`."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.transport import Transport
from agrigen.client.waiting import Progress, wait_until_ended

FINDING_COLUMNS = (
    "file", "row", "column", "value", "rule", "severity", "message", "remedy", "state",
)  # fmt: skip


class Quarantine:
    """The refused rows of one import: what was found, and mending by hand and by rule."""

    def __init__(self, transport: Transport, import_id: str) -> None:
        self._transport = transport
        self._path = f"/imports/{quote(str(import_id), safe='')}"

    def findings(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """What was found, one row each; narrow it by rule, column, severity, state."""
        found = self._transport.pages(f"{self._path}/findings", limit=limit, **filters)
        return frame_of(found, FINDING_COLUMNS)

    def rows(self, *, limit: int = 20, cursor: str | None = None, **filters: Any) -> Item:
        """A page of rows with their cells and problems: `items`, and `next_cursor` for more.

        Refused rows unless `state` is warned, mended or discarded; narrow it by rule and column.
        """
        return self._transport.get(f"{self._path}/problems", limit=limit, cursor=cursor, **filters)

    def summary(self, **filters: Any) -> pd.DataFrame:
        """How often each rule was broken in each column, with the commonest wrong values."""
        answer = self._transport.get(f"{self._path}/findings/summary", **filters)
        columns = ("rule", "column", "severity", "rows", "waiting", "message", "remedy", "values")
        return frame_of([Item(one) for one in answer["items"]], columns)

    def report(self, target: str | PathLike[str], *, rows: str = "auto") -> Path:
        """Save the report; the name says the form: report.xlsx, report.csv or report.json."""
        path = Path(target)
        query = {"rows": rows} if path.suffix == ".xlsx" else None
        answer = self._transport.send("GET", f"{self._path}/report{path.suffix}", query=query)
        path.write_bytes(answer.content)
        return path

    def mend(self, rows: Mapping[int, Mapping[str, str]]) -> Item:
        """Correct cells of rows by hand: mend({12: {"weight": "31.5"}}); good rows are loaded."""
        body = {"rows": [{"row": row, "values": dict(new)} for row, new in rows.items()]}
        return self._transport.create(f"{self._path}/mend", body)

    def preview(self, do: str, **action_and_filter: Any) -> Item:
        """What a rule would change: counts and the first cells before and after."""
        return self._by_rule(do, action_and_filter, dry_run=True)

    def mend_by_rule(
        self,
        do: str,
        *,
        wait: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **action_and_filter: Any,
    ) -> Item:
        """Do one thing about many rows, and load the good ones.

        `do` is replace (find, with_, regex), unit (factor), date_order (order, century), set
        (to), case (to), trim, discard (reason), take_back or replay. Which rows: rule, column,
        value, rows. `target` names another column to change than `column`.
        """
        mending = Item(self._by_rule(do, action_and_filter, dry_run=False)["mending"])
        return self.wait(mending["id"], progress=progress) if wait else mending

    def discard(self, reason: str, **rows: Any) -> Item:
        """Leave rows out, with a reason; `take_back` lets them wait again."""
        return self.mend_by_rule("discard", reason=reason, **rows)

    def take_back(self, **rows: Any) -> Item:
        """Let rows that were left out wait for mending again."""
        return self.mend_by_rule("take_back", **rows)

    def replay(self, **rows: Any) -> Item:
        """Check rows against what is stored now, and load the good ones as they stand."""
        return self.mend_by_rule("replay", **rows)

    def undo(self, mending_id: str, *, wait: bool = True) -> Item:
        """Put back what a mending changed, in rows that are neither loaded nor changed since."""
        path = f"{self._path}/mendings/{quote(str(mending_id), safe='')}/undo"
        mending = self._transport.create(path)
        return self.wait(mending["id"]) if wait else mending

    def mendings(self, *, limit: int | None = None) -> list[Item]:
        """What was done, by whom, newest first."""
        return [*self._transport.pages(f"{self._path}/mendings", limit=limit)]

    def changes(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """Every cell that was changed: before, after, who and when; narrow it by row."""
        columns = ("row", "column", "before", "after", "at", "person_id", "mending_id", "undone")
        found = self._transport.pages(f"{self._path}/changes", limit=limit, **filters)
        return frame_of(found, columns)

    def wait(
        self,
        mending_id: str,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 600.0,
    ) -> Item:
        """Wait until a mending ended and return it; raises Failed when it did not end well."""
        path = f"{self._path}/mendings/{quote(str(mending_id), safe='')}"
        return wait_until_ended(
            lambda: self._transport.get(path), what="mending", transport=self._transport,
            progress=progress, timeout_seconds=timeout_seconds,
        )  # fmt: skip

    def _by_rule(self, do: str, asked: Mapping[str, Any], *, dry_run: bool) -> Item:
        chosen = {name: asked[name] for name in _FILTER if asked.get(name) is not None}
        if "rows" in chosen:
            chosen["rows"] = [int(row) for row in chosen["rows"]]
        action = {name: value for name, value in asked.items() if name not in _FILTER}
        if "target" in action:
            action["column"] = action.pop("target")
        if "with_" in action:
            action["with"] = action.pop("with_")
        if do == "set":
            action["value"] = action.pop("to", "")
        body = {"filter": chosen, "action": {"do": do, **action}, "dry_run": dry_run}
        return self._transport.create(f"{self._path}/mend-by-rule", body)


_FILTER = ("rule", "column", "value", "rows")
