"""Excel workbooks."""

from importlib.metadata import version
from pathlib import Path

from hub.etl.schemas import Mapping
from hub.etl.sources.known import known_columns
from hub.etl.sources.reading import Reading
from hub.etl.workbooks import read_workbook


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """The sheet, or for events all sheets, whose header is known."""
    table = read_workbook(
        name, path.read_bytes(), known=known_columns(kind, mapping), sheet=mapping.sheet,
        several=kind == "events",
    )  # fmt: skip
    notes = {"parser": f"agrigen workbooks 2, calamine {version('python-calamine')}", **table.notes}
    return Reading(table.columns, notes, lambda: iter([table]))
