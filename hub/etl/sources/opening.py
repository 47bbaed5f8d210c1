"""Find the reader that fits a file, and open it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from hub.errors import Invalid
from hub.etl.read import Table
from hub.etl.schemas import Mapping
from hub.etl.sources import delimited, json_records, packed, parquet, spaced, sqlite, workbook
from hub.etl.sources.protection import bare
from hub.etl.sources.reading import Reading

Opener = Callable[[Path, str, str, Mapping], Reading]
"""open(path, name, kind, mapping): `name` is what people call the file, `kind` what is in it."""

FORMATS: dict[str, Opener] = {
    "csv": delimited.open,
    "xlsx": workbook.open,
    "parquet": parquet.open,
    "sqlite": sqlite.open,
    "json": json_records.open,
    "spaced": spaced.open,
}
"""The reader of each format; a format is added by a module with `open` and a line here."""

SPREADSHEETS = ("csv", "xlsx")
"""What a spreadsheet may have to open: texts that it would compute have an apostrophe in front."""

_SAMPLE = 1 << 16
_LINES = 5
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_GENOTYPES = ("[Header]", "##fileformat=VCF")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def format_of(path: Path, name: str, kind: str = "") -> str:
    """What the file is, by its content; of a packed one, what is in it."""
    if packing := packed.packing_of(path, name, kind):
        return _format(packed.start_of(path, name, packing, _SAMPLE))
    return _format(_start(path))


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SAMPLE)


def _format(start: bytes) -> str:
    if start.startswith(_WORKBOOKS):
        return "xlsx"
    if start.startswith(parquet.MAGIC):
        return "parquet"
    return "sqlite" if start.startswith(sqlite.MAGIC) else _text_format(start)


def _text_format(start: bytes) -> str:
    """Which text it is, by its first lines."""
    text = start.decode("utf-16" if start[:2] in _WIDE else "utf-8-sig", "replace")
    lines = [line for line in text.lstrip().splitlines() if line.strip()][:_LINES]
    if text.lstrip().startswith(_GENOTYPES):
        raise Invalid(
            "imports.genotypes",
            "The file holds genotypes. Hand it in as a genotype set, not as an import.",
        )
    if text.lstrip().startswith(("{", "[")):
        return "json"
    spaced_out = lines and not any(mark in lines[0] for mark in delimited.DELIMITERS)
    return "spaced" if spaced_out and all(len(line.split()) > 1 for line in lines) else "csv"


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """The file at `path`, ready to be read in chunks of bounded memory."""
    packing = packed.packing_of(path, name, kind)
    if packing is None:
        return _open(path, name, kind, mapping)
    _format(packed.start_of(path, name, packing, _SAMPLE))  # genotypes are not unpacked in vain
    unpacked = packed.unpack(path, name, packing)
    reading = _open(unpacked.path, name, kind, mapping)
    notes = {**reading.notes, "packed": packing.how}
    if packing.entry:
        notes["unpacked"] = packing.entry

    def chunks() -> Iterator[Table]:
        with unpacked:  # which keeps it until the last row
            yield from reading.chunks()

    return replace(reading, notes=notes, make=chunks)


def _open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    found = _format(_start(path))
    reading = FORMATS[found](path, name, kind, mapping)
    return bare(reading) if found in SPREADSHEETS else reading
