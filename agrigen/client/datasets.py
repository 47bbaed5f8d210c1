"""Dataset versions: freeze farms' tables, read them back, compare, tag, cite, bring back."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

import pandas as pd

from agrigen.client.item import Item
from agrigen.client.resources import Items
from agrigen.client.waiting import Progress, wait_until_ended


class Datasets(Items):
    path = "/datasets"
    columns = ("id", "name", "number", "content_hash", "creator", "why", "created_at")

    def freeze(
        self,
        name: str,
        *,
        farms: Iterable[str] | None = None,
        kinds: Iterable[str] | None = None,
        why: str = "",
        rows: Mapping[str, Any] | None = None,
        genotypes: Iterable[str] = (),
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> Item:
        """Keep tables of farms as they are now, and return the version when it is there.

        Parameters
        ----------
        farms
            Ids of farms, by default all that one may read.
        kinds
            animals, records, events (these by default), milk_recording, identifiers, groups,
            places, breeding_values, genotype_samples.
        rows
            Narrows the rows: start and end (days), traits, events (kinds).
        genotypes
            Ids of genotype sets that belong to the version.
        """
        asked = self.start(name, farms=farms, kinds=kinds, why=why, rows=rows, genotypes=genotypes)
        return self._made(asked, progress, timeout_seconds)

    def start(
        self,
        name: str,
        *,
        farms: Iterable[str] | None = None,
        kinds: Iterable[str] | None = None,
        why: str = "",
        rows: Mapping[str, Any] | None = None,
        genotypes: Iterable[str] = (),
    ) -> Item:
        """Ask for a freeze and do not wait: dataset_id (where it will be), job_id, state."""
        body: dict[str, Any] = {"name": name, "why": why, "genotypes": list(genotypes)}
        if farms is not None:
            body["farms"] = list(farms)
        if kinds is not None:
            body["kinds"] = list(kinds)
        if rows is not None:
            body["rows"] = dict(rows)
        return self._transport.create(self.path, body)

    def freeze_again(
        self,
        id: str,
        *,
        why: str = "",
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> Item:
        """The next version of a dataset: the same selection as it is now."""
        return self._made(self.start_again(id, why=why), progress, timeout_seconds)

    def start_again(self, id: str, *, why: str = "") -> Item:
        """Ask for the next version and do not wait: dataset_id, job_id, state."""
        return self._transport.create(self._at(id, "versions"), {"why": why})

    def _made(
        self, asked: Item, progress: Callable[[Progress], None] | None, timeout_seconds: float
    ) -> Item:
        def job() -> Item:
            found = self._transport.get(f"/jobs/{asked['job_id']}")
            return Item(found | {"job_id": found["id"]})

        wait_until_ended(
            job,
            what="freeze",
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )
        return self.get(asked["dataset_id"])

    def versions(self, id: str, *, limit: int | None = None) -> list[Item]:
        """Every version of the dataset that one is of, newest first."""
        return [*self._transport.pages(self._at(id, "versions"), limit=limit)]

    def tagged(self, name: str, tag: str) -> Item:
        """The version of a dataset that bears a tag."""
        return next(self._transport.pages(self.path, limit=1, name=name, tag=tag))

    def download(self, id: str, name: str) -> bytes:
        """One file of a dataset version, as it was frozen."""
        return self._transport.send("GET", self._at(id, "files", name)).content

    def read(self, id: str, kind: str) -> pd.DataFrame:
        """A frozen table as a data frame (needs pyarrow)."""
        path = self._at(id, "tables", kind, "content")
        return _frame(self._transport.send("GET", path, query={"format": "parquet"}).content)

    def rows(self, id: str, kind: str, *, limit: int = 20) -> list[Item]:
        """The first rows of a frozen table."""
        return [*self._transport.pages(self._at(id, "tables", kind), limit=limit)]

    def diff(self, before: str, after: str, *, kind: str | None = None, **query: Any) -> Item:
        """How two versions differ: counts for every table, and the first rows of one."""
        return self._transport.get(self._at(before, "diff"), to=after, kind=kind, **query)

    def changes(self, before: str, after: str, *, kind: str) -> pd.DataFrame:
        """Every row of a table that differs: change, key, `column.before`, `column.after`."""
        query = {"to": after, "kind": kind}
        path = self._at(before, "diff.parquet")
        return _frame(self._transport.send("GET", path, query=query).content)

    def tags(self, id: str) -> dict[str, Item]:
        """The tags of a dataset by their names."""
        found = self._transport.get(self._at(id, "tags"))["items"]
        return {one["name"]: Item(one) for one in found}

    def tag(self, id: str, name: str, *, fixed: bool = False, why: str = "") -> Item | None:
        """Give a version a tag, or move it here; a fixed one stays for good."""
        body = {"name": name, "fixed": fixed, "why": why}
        return self._transport.write("PUT", self._at(id, "tags"), body)

    def untag(self, id: str, name: str) -> None:
        """Take a tag away that is not fixed."""
        self._transport.write("DELETE", self._at(id, "tags", name))

    def cite(self, id: str) -> Item:
        """How to cite a version: text, bibtex, schema_org, datacite."""
        return self._transport.get(self._at(id, "cite"))

    def restore(self, id: str, *, dry_run: bool = True, **options: Any) -> list[Item]:
        """Bring frozen tables back by imports, which are returned; a dry run by default.

        Options: kinds, farm (its code then), into (another farm's id), policy.
        """
        body = {"dry_run": dry_run, **options}
        answer = self._transport.create(self._at(id, "restore"), body)
        return [Item(one) for one in answer["imports"]]

    def bring_back(self, id: str, *, why: str = "") -> Item:
        """Make an old version the newest of its dataset."""
        return self._transport.create(self._at(id, "bring-back"), {"why": why})


def _frame(content: bytes) -> pd.DataFrame:
    return pd.read_parquet(BytesIO(content))
