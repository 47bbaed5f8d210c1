"""Delimited text: CSV and its relatives."""

from importlib.metadata import version
from pathlib import Path

from hub.etl.read import read_table
from hub.etl.schemas import Mapping
from hub.etl.sources.reading import Reading


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """A delimited text file with a header in its first row."""
    table = read_table(name, path.read_bytes())
    notes = {"parser": f"polars {version('polars')}", **table.notes}
    return Reading(table.columns, notes, lambda: iter([table]))
