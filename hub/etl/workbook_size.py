"""How much a workbook makes of itself, counted before anything of it is built.

A workbook of a few kilobytes can hold a million rows, or merge all cells of a sheet, of which each
becomes an object; it would take the memory of the process that reads it.
"""

import io
import zipfile
import zlib
from contextlib import suppress
from typing import Any
from xml.parsers import expat

from openpyxl.utils import range_boundaries

from hub.errors import Invalid

MOST = 2_000_000
"""Cells, rows and texts of a workbook: a farm of 50,000 animals with forty columns."""
_COUNTED = {"c", "row", "si", "xf", "definedName", "dataValidation", "hyperlink", "comment"}
_PIECE = 1 << 20
_UNREADABLE = (expat.ExpatError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError)
"""Of a picture, or something broken or encrypted: whoever reads the workbook says so."""


def check(content: bytes) -> None:
    """Refuse a workbook that is larger than any farm's."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        counter = _Counter()
        for part in archive.infolist():
            with suppress(*_UNREADABLE), archive.open(part) as stream:
                counter.read(stream)


class _Counter:
    """Counts what becomes an object, over all parts of a workbook."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, stream: Any) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        while piece := stream.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        plain = name.rpartition(":")[2]
        if plain in _COUNTED:
            self.count += 1
        elif plain == "mergeCell":
            self.count += _area(attributes.get("ref", ""))
        if self.count > MOST:
            raise _too_large()


def _area(reference: str) -> int:
    """Cells of a merged range."""
    left, top, right, bottom = range_boundaries(reference)
    return (int(right or 0) - int(left or 0) + 1) * (int(bottom or 0) - int(top or 0) + 1)


def _too_large() -> Invalid:
    text = f"The workbook holds more than {MOST:,} cells (empty ones with a format count, too)."
    remedy = "Save the sheet as CSV, or copy the rows into a new workbook."
    return Invalid("imports.too_large", f"{text} {remedy}")
