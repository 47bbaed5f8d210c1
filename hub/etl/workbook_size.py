"""What stands in a workbook, found before any of it is built: how much, how far, and what is odd.

A workbook of a few kilobytes can hold a million rows, or reach to the last cell of a sheet, of
which a table would be made; it would take the memory of the process that reads it. Formulas without
a value and errors look empty to the reader, so they are found here.
"""

import io
import posixpath
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.parsers import expat

from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from hub.errors import Invalid

MOST = 2_000_000
"""Cells, rows and texts of a workbook: a farm of 50,000 animals with forty columns."""
_COUNTED = {"c", "row", "si", "xf", "definedName", "dataValidation", "hyperlink", "comment"}
_PIECE = 1 << 20
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_UNREADABLE = (expat.ExpatError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError)
"""Of a picture, or something broken or encrypted: whoever reads the workbook says so."""
_LONGEST_FORMULA = 200
Place = tuple[int, int]


@dataclass
class Cells:
    """Of one sheet: the last row and column in which something stands, formulas and errors."""

    rows: int = 0
    columns: int = 0
    unsaved: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)


@dataclass
class Contents:
    """Cells by the name of their sheet, and the day from which the workbook counts."""

    sheets: dict[str, Cells]
    epoch: datetime


def look(content: bytes) -> Contents:
    """What stands where; refuses a workbook that is larger than any farm's."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _refuse_twins(archive)
        counter, names = _Counter(), _Names()
        cells: dict[str, Cells] = {}
        for part in archive.infolist():
            name = part.filename.casefold()
            scan = _Scan(counter, names if name in (_BOOK, _RELATIONS) else None)
            with suppress(*_UNREADABLE), archive.open(part) as stream:
                scan.read(stream)
                cells[name] = scan.cells
    missing = [name for name, part in names.parts() if part not in cells]
    if missing or not names.ids:
        raise no_workbook()
    return Contents({name: cells[part] for name, part in names.parts()}, names.epoch)


def _refuse_twins(archive: zipfile.ZipFile) -> None:
    """Of two parts of one name, what is looked at here might not be what is read later."""
    names = [one.filename.casefold() for one in archive.infolist()]
    if len(set(names)) < len(names):
        raise no_workbook()


def no_workbook() -> Invalid:
    return Invalid(
        "imports.no_workbook",
        "The file is no Excel workbook that can be read. Save it as .xlsx or as CSV (UTF-8) and "
        "try again.",
    )


class _Names:
    """Which part is which sheet, and the calendar."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        self.epoch: datetime = CALENDAR_WINDOWS_1900

    def take(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            found = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            self.ids[attributes.get("name", "")] = found
        elif name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904

    def parts(self) -> list[tuple[str, str]]:
        return [
            (
                name,
                posixpath.normpath(posixpath.join("/xl", self.targets.get(id_, "")))[1:].casefold(),
            )
            for name, id_ in self.ids.items()
        ]


class _Counter:
    """Counts what becomes an object, over all parts of a workbook."""

    def __init__(self) -> None:
        self.count = 0

    def take(self, name: str, attributes: dict[str, str]) -> None:
        self.add(_area(attributes.get("ref", "")) if name == "mergeCell" else name in _COUNTED)

    def add(self, number: int) -> None:
        self.count += number
        if self.count > MOST:
            raise _too_large()


class _Scan:
    """Reads one part, an element at a time; written for speed, as it sees each cell."""

    def __init__(self, counter: _Counter, names: _Names | None) -> None:
        self.counter, self.names = counter, names
        self.cells = Cells()
        self.row = self.column = 0
        self.kind = self.formula = self.value = self.within = ""
        self.open = self.listens = self.has_formula = self.has_value = False
        self.letters: dict[str, int] = {}

    def read(self, stream: Any) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        while piece := stream.read(_PIECE):
            self.parser.Parse(piece, False)
        self.parser.Parse(b"", True)
        self._close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            if self.open:
                self._close()
            self._open(attributes)
            self.counter.add(1)
        elif name == "v" or name == "is":
            self.has_value = True
            if self.has_formula or self.kind == "e":
                self._listen("value")
        elif name == "f":
            self.has_formula = True
            self._listen("formula")
        else:
            self._other(name, attributes)

    def _other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._close()
            self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
        elif self.names is not None:
            self.names.take(name, attributes)
        self.counter.take(name, attributes)

    def _listen(self, within: str) -> None:
        self.within, self.listens = within, True
        self.parser.CharacterDataHandler = self._text

    def _text(self, text: str) -> None:
        if self.within == "formula":
            self.formula = (self.formula + text)[:_LONGEST_FORMULA]
        else:
            self.value = (self.value + text)[:_LONGEST_FORMULA]

    def _open(self, attributes: dict[str, str]) -> None:
        """Another cell; one that does not say where it is stands right of the one before."""
        self.open = True
        self.kind = attributes.get("t", "")
        place = attributes.get("r")
        if place is None:
            self.column += 1
            return
        letters = place.rstrip("0123456789")
        self.row = int(place[len(letters) :])
        self.column = self.letters.get(letters) or self._column(letters)

    def _column(self, letters: str) -> int:
        self.letters[letters] = column_index_from_string(letters)
        return self.letters[letters]

    def _close(self) -> None:
        """The cell is over: note how far it is and what is odd about it."""
        if not self.open:
            return
        text = self.value.strip()
        if self.has_formula and not (text or (self.kind == "str" and self.has_value)):
            self.cells.unsaved[self.row, self.column] = f"={self.formula.lstrip('=')}"
        elif self.has_value:
            self.cells.rows = max(self.cells.rows, self.row)
            self.cells.columns = max(self.cells.columns, self.column)
            if self.kind == "e":
                self.cells.errors[self.row, self.column] = text
        self.open = self.has_formula = self.has_value = False
        if self.listens:
            self.listens, self.formula, self.value = False, "", ""
            self.parser.CharacterDataHandler = None


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdigit() and len(text) <= 7 else usual


def _area(reference: str) -> int:
    """Cells of a merged range."""
    left, top, right, bottom = range_boundaries(reference)
    return (int(right or 0) - int(left or 0) + 1) * (int(bottom or 0) - int(top or 0) + 1)


def _too_large() -> Invalid:
    text = f"The workbook holds more than {MOST:,} cells (empty ones with a format count, too)."
    remedy = "Save the sheet as CSV, or copy the rows into a new workbook."
    return Invalid("imports.too_large", f"{text} {remedy}")
