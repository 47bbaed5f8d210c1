"""By which names a header is recognized among titles and units."""

from collections.abc import Sequence

from hub.etl import columns, event_sheets, milk
from hub.etl.schemas import Mapping

_KNOWN: dict[str, Sequence[str]] = {
    "animals": columns.ANIMAL_COLUMNS,
    "records": columns.RECORD_COLUMNS,
    "events": event_sheets.KNOWN,
    "milk_recording": milk.NAMES,
}


def known_columns(kind: str, mapping: Mapping) -> Sequence[str]:
    """By which names a header is recognized among other rows."""
    return (*mapping.columns.values(), *mapping.traits.values()) or _KNOWN[kind]
