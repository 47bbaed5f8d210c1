"""Find the reader that fits a file, and open it."""

from collections.abc import Callable
from pathlib import Path

from hub.errors import Invalid
from hub.etl.schemas import Mapping
from hub.etl.sources import delimited, json_records, parquet, spaced, sqlite, workbook
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


def format_of(path: Path, name: str) -> str:
    """What the file is, by its content."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
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
    found = format_of(path, name)
    reading = FORMATS[found](path, name, kind, mapping)
    return bare(reading) if found in SPREADSHEETS else reading
