"""Watched places: folders, buckets and databases from which files are imported on a schedule."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Items
from agrigen.client.waiting import Progress, wait_until_ended

FILE_COLUMNS = ("key", "state", "note", "size", "modified_at", "import_id", "genotype_set_id")


class Sources(Items):
    path = "/sources"
    columns = ("id", "name", "kind", "place", "enabled", "next_run_at", "error")

    def create(
        self,
        name: str,
        *,
        farm: str,
        kind: str,
        place: str,
        mapping: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Item:
        """Watch a place: create("Scale", farm=id, kind="records", place="folder:scale",
        pattern="*.csv", schedule="*/15 * * * *", timezone="Europe/Paris")."""
        body: dict[str, Any] = {"name": name, "farm_id": farm, "kind": kind, "place": place, **more}
        if mapping:
            body["mapping"] = dict(mapping)
        return self._transport.create(self.path, body)

    def places(self) -> list[Item]:
        """What the operator lets be watched."""
        return [Item(one) for one in self._transport.get(f"{self.path}/places")["items"]]

    def update(self, id: str, **changes: Any) -> Item | None:
        """Change what is given: update(id, schedule="0 6 * * *")."""
        return self._transport.write("PATCH", self._at(id), changes)

    def pause(self, id: str) -> Item | None:
        """Run it by hand only, until `resume`."""
        return self.update(id, enabled=False)

    def resume(self, id: str) -> Item | None:
        """Follow the schedule again."""
        return self.update(id, enabled=True)

    def delete(self, id: str) -> None:
        """Watch it no longer; what was imported stays."""
        self._transport.write("DELETE", self._at(id))

    def start(self, id: str) -> Item:
        """Ask that the place be looked into now; `job_id` tells how far that is."""
        return self._transport.create(self._at(id, "run"), {})

    def run(
        self,
        id: str,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 600.0,
    ) -> Item:
        """Look into the place now, wait for it, and return the source with `last_counts`."""
        asked = self.start(id)
        wait_until_ended(
            lambda: self._transport.get(f"/jobs/{asked['job_id']}"),
            what="run of the source",
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )
        return self.get(id)

    def files(self, id: str, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """What was seen there, last seen first, with the import of each file or the reason."""
        pages = self._transport.pages(self._at(id, "files"), limit=limit, **filters)
        return frame_of(pages, FILE_COLUMNS)
