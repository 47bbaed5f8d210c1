"""A file of a farm, whatever program wrote it, as a table."""

from hub.etl import columns, event_sheets, milk
from hub.etl.read import Table, read_table
from hub.etl.schemas import Mapping
from hub.etl.workbooks import is_workbook, read_workbook

_KNOWN = {
    "animals": columns.ANIMAL_COLUMNS,
    "records": columns.RECORD_COLUMNS,
    "events": event_sheets.KNOWN,
    "milk_recording": milk.NAMES,
}


def read(name: str, content: bytes, kind: str, mapping: Mapping) -> Table:
    """A workbook's sheets, or delimited text."""
    if not is_workbook(content):
        return read_table(name, content)
    named = (*mapping.columns.values(), *mapping.traits.values())
    return read_workbook(
        name, content, known=named or _KNOWN[kind], sheet=mapping.sheet, several=kind == "events"
    )
