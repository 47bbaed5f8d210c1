"""Find the reader that fits a file, and open it."""

from collections.abc import Callable
from pathlib import Path

from hub.etl.schemas import Mapping
from hub.etl.sources import delimited, workbook
from hub.etl.sources.protection import bare
from hub.etl.sources.reading import Reading

Opener = Callable[[Path, str, str, Mapping], Reading]
"""open(path, name, kind, mapping): `name` is what people call the file, `kind` what is in it."""

FORMATS: dict[str, Opener] = {
    "csv": delimited.open,
    "xlsx": workbook.open,
}
"""The reader of each format; a format is added by a module with `open` and a line here."""

SPREADSHEETS = ("csv", "xlsx")
"""What a spreadsheet may have to open: texts that it would compute have an apostrophe in front."""

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def format_of(path: Path, name: str) -> str:
    """What the file is, by its content."""
    with path.open("rb") as file:
        start = file.read(8)
    return "xlsx" if start.startswith(_WORKBOOKS) else "csv"


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """The file at `path`, ready to be read in chunks of bounded memory."""
    found = format_of(path, name)
    reading = FORMATS[found](path, name, kind, mapping)
    return bare(reading) if found in SPREADSHEETS else reading
