"""One archive of an export: the tables of each farm, what they mean, and where all is from.

HILL/animals.csv ...      a folder for each farm, named by its code
datapackage.json          every file with its columns (Frictionless Data Package)
dictionary.xlsx           the same for people
provenance.json           who, when, from which hub, with which filters, how many rows, hashes
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from hub.tables import KINDS, Column, dictionary

_PACKED = (".parquet", ".xlsx", ".gz", ".zip")
_PIECE = 1 << 20
_YEAR_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_MEDIA = {".csv": "text/csv", ".json": "application/json", ".jsonl": "application/x-ndjson",
          ".parquet": "application/vnd.apache.parquet"}  # fmt: skip
DICTIONARY = ("Table", "Column", "Meaning", "Type", "Unit", "Codes", "May be empty")


@dataclass
class Part:
    """One file of an archive."""

    path: str
    sha256: str
    size: int
    rows: int | None = None
    kind: str = ""
    columns: Sequence[Column] = ()

    def told(self) -> dict[str, Any]:
        known = {"path": self.path, "bytes": self.size, "sha256": self.sha256}
        return known if self.rows is None else {**known, "table": self.kind, "rows": self.rows}


@dataclass
class Archive:
    """A ZIP file that is being filled; each file is packed a piece at a time."""

    path: Path
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.path, "w")

    def add(self, file: Path, name: str, **known: Any) -> Part:
        """Pack a file and forget it; equal files give equal bytes in the archive."""
        told = zipfile.ZipInfo(name, _YEAR_OF_ZIP)
        told.external_attr = 0o644 << 16
        stored = file.suffix in _PACKED
        told.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        digest, size = hashlib.sha256(), 0
        with file.open("rb") as source, self._zip.open(told, "w", force_zip64=True) as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
        file.unlink()
        self.parts.append(Part(name, digest.hexdigest(), size, **known))
        return self.parts[-1]

    def close(self, folder: Path, provenance: dict[str, Any]) -> dict[str, Any]:
        """Add what explains the data; the provenance as it stands in the archive."""
        told = {**provenance, "files": [one.told() for one in self.parts]}
        tables = [one for one in self.parts if one.columns]
        if tables:
            package = folder / "datapackage.json"
            package.write_text(_json(data_package(tables, provenance)), encoding="utf-8")
            self.add(package, package.name)
            sheet = folder / "dictionary.xlsx"
            write_dictionary(sheet, tables)
            self.add(sheet, sheet.name)
        where = folder / "provenance.json"
        where.write_text(_json(told), encoding="utf-8")
        self.add(where, where.name)
        self._zip.close()
        return told


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def data_package(parts: Sequence[Part], provenance: dict[str, Any]) -> dict[str, Any]:
    """The descriptor of the archive: https://specs.frictionlessdata.io/tabular-data-package/."""
    return {
        "profile": "data-package",
        "name": provenance["name"],
        "title": provenance["title"],
        "created": provenance["exported_at"],
        "contributors": [{"title": provenance["exported_by"], "role": "publisher"}],
        "resources": [_resource(one) for one in parts],
    }


def _resource(part: Part) -> dict[str, Any]:
    suffix = Path(part.path).suffix
    text = {"dialect": {"delimiter": ",", "doubleQuote": True, "header": True}}
    return {
        "name": part.path.rsplit(".", 1)[0].replace("/", "-").lower(),
        "title": KINDS[part.kind].title,
        "description": KINDS[part.kind].sentence,
        "path": part.path,
        "format": suffix.removeprefix("."),
        "mediatype": _MEDIA.get(suffix, "application/octet-stream"),
        "encoding": "utf-8",
        "bytes": part.size,
        "hash": f"sha256:{part.sha256}",
        **({"profile": "tabular-data-resource", **text} if suffix == ".csv" else {}),
        "schema": dictionary(part.kind, part.columns),
    }


def write_dictionary(path: Path, parts: Sequence[Part]) -> None:
    """What every column means, on one sheet."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Dictionary")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.freeze_panes(1, 0)
    for place, (title, width) in enumerate(zip(DICTIONARY, (18, 24, 60, 10, 12, 40, 13),
                                               strict=True)):  # fmt: skip
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, title, bold)
    for number, cells in enumerate(_explained(parts), 1):
        for place, text in enumerate(cells):
            sheet.write_string(number, place, text, wrap)
    book.close()


def _explained(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """A row for each column of each table, once for all farms."""
    seen: dict[tuple[str, str], tuple[str, ...]] = {}
    for part in parts:
        for one in part.columns:
            row = (KINDS[part.kind].title, one.name, one.sentence, str(one.type), one.unit,
                   ", ".join(map(str, one.codes)), "yes" if one.missing else "no")  # fmt: skip
            seen.setdefault((part.kind, one.name), row)
    return list(seen.values())
