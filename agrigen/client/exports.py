"""Taking along what one may see: tables of farms, genotypes of sets, as files."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from agrigen.client.item import Item
from agrigen.client.resources import Items
from agrigen.client.waiting import Progress, wait_until_ended


class Exports(Items):
    path = "/exports"

    def create(
        self,
        *farms: str,
        kinds: Iterable[str] = ("animals", "records", "events"),
        format: str = "csv",
        filters: Mapping[str, Any] | None = None,
        genotype_set: str | None = None,
    ) -> Item:
        """Ask for tables of farms (csv, xlsx, parquet, json, jsonl) or genotypes of a set.

        `filters`: from, to, traits, events, status. Genotypes: plink, vcf, blupf90.
        """
        body: dict[str, Any] = {"farm_ids": list(farms), "format": format}
        if genotype_set:
            body["genotype_set_id"] = genotype_set
        else:
            body |= {"kinds": list(kinds), "filters": dict(filters or {})}
        return self._transport.create(self.path, body)

    def wait(
        self,
        id: str,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> Item:
        """Wait until an export is made and return it; raises Failed when it did not end well."""
        return wait_until_ended(
            lambda: self.get(id),
            what="export",
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )

    def download(self, id: str, target: str | PathLike[str]) -> Path:
        """Save the archive, a piece at a time; `target` is a file, or a folder to put it in."""
        path = Path(target)
        if path.is_dir():
            path = path / self.get(id)["name"]
        self._transport.download(self._at(id, "content"), path)
        return path

    def save(self, *farms: str, target: str | PathLike[str], **asked: Any) -> Path:
        """Ask, wait and download."""
        made = self.wait(self.create(*farms, **asked)["id"])
        return self.download(made["id"], target)

    def table(
        self, farm: str, target: str | PathLike[str], *, kind: str = "animals",
        filters: Mapping[str, Any] | None = None,
    ) -> Path:  # fmt: skip
        """Save one table of a farm at once; the ending of `target` is the format."""
        path = Path(target)
        file = f"/farms/{farm}/export/{kind}{path.suffix or '.csv'}"
        self._transport.download(file, path, query=dict(filters or {}))
        return path

    def cancel(self, id: str) -> Item | None:
        """Stop one that waits or is being made."""
        return self._transport.write("POST", self._at(id, "cancel"))

    def tables(self) -> list[Item]:
        """What there is to take along: every table with its columns in words."""
        return [*self._transport.pages(self.path + "/tables")]

    def remove(self, id: str) -> None:
        """Throw an archive away before its time."""
        self._transport.send("DELETE", self._at(id))
