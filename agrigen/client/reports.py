"""Reports of farms and animals: tables as data frames, documents as files."""

from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.evaluations import id_of
from agrigen.client.item import Item
from agrigen.client.transport import Transport

SUBJECTS = (
    "composition", "growth", "milk", "fertility", "survival", "disposals", "trends", "inbreeding",
)  # fmt: skip


class Reports:
    """Analytics, benchmarks and documents; every method takes a farm or an animal, or its id."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def analytics(self, farm: Any, subject: str, **query: Any) -> Item:
        """What a farm's data say about a subject, as the API says it; SUBJECTS names them."""
        path = f"{_farm(farm)}/analytics/{quote(subject, safe='')}"
        return self._transport.get(path, **query)

    def frames(self, farm: Any, subject: str, **query: Any) -> dict[str, pd.DataFrame]:
        """The same as data frames by the names of the tables."""
        return {one["name"]: frame(one) for one in self.analytics(farm, subject, **query)["tables"]}

    def benchmarks(self, farm: Any, year: int | None = None, **query: Any) -> pd.DataFrame:
        """A farm beside the farms of its breed and region, one row each metric."""
        return pd.json_normalize(list(self.benchmark_items(farm, year, **query)["items"]))

    def benchmark_items(self, farm: Any, year: int | None = None, **query: Any) -> Item:
        """The same as the API says it, with the years that can be asked for."""
        return self._transport.get(f"{_farm(farm)}/benchmarks", year=year, **query)

    def report(self, farm: Any, path: str | PathLike[str], **query: Any) -> Path:
        """Save the report of a farm; the ending of the name, .pdf or .xlsx, says as what."""
        target = Path(path)
        return self._save(f"{_farm(farm)}/report{target.suffix.lower()}", target, query)

    def table(self, farm: Any, name: str, path: str | PathLike[str], **query: Any) -> Path:
        """Save one table as .csv or .xlsx; also the lists animals, records and events (`year`)."""
        target = Path(path)
        where = f"{_farm(farm)}/tables/{quote(name, safe='')}{target.suffix.lower()}"
        return self._save(where, target, query)

    def summary(self, animal: Any, path: str | PathLike[str], **query: Any) -> Path:
        """Save an animal's summary on one page as PDF."""
        where = f"/animals/{_id(animal)}/summary.pdf"
        return self._save(where, Path(path), query)

    def _save(self, where: str, target: Path, query: dict[str, Any]) -> Path:
        answer = self._transport.send("GET", where, query=query, headers={"Accept": "*/*"})
        target.write_bytes(answer.content)
        return target


def frame(table: Item | dict[str, Any]) -> pd.DataFrame:
    """A table of the API as a data frame; days are days, whole numbers stay whole."""
    found = pd.DataFrame(table["rows"], columns=[one["name"] for one in table["columns"]])
    for column in table["columns"]:
        name = column["name"]
        if column["kind"] == "date":
            found[name] = pd.to_datetime(found[name])
        elif column["kind"] == "integer":
            found[name] = found[name].astype("Int64")
        elif column["kind"] == "decimal":
            found[name] = found[name].astype(float)
    return found


def _farm(farm: Any) -> str:
    return f"/farms/{_id(farm)}"


def _id(thing: Any) -> str:
    return quote(str(id_of(thing)), safe="")
