"""Operations of older pages, put into the words of today's protocol.

A phone can stay away for months and then send what it gathered with an older page. Every version
adds one step; an operation takes all steps from the version that it was sent with.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub.collect.schemas import OLDEST_VERSION, SCHEMA_VERSION
from hub.errors import Conflict

Fields = dict[str, Any]


def check_version(version: int) -> None:
    """Refuse a page that is too old or too new; its operations stay on the phone meanwhile."""
    if version < OLDEST_VERSION:
        raise Conflict(
            "collect.schema_too_old",
            f"This page speaks version {version}; the hub understands {OLDEST_VERSION} to "
            f"{SCHEMA_VERSION}. Load the page again; what is unsent stays on the phone.",
            schema_version=SCHEMA_VERSION,
        )
    if version > SCHEMA_VERSION:
        raise Conflict(
            "collect.schema_too_new",
            f"This page speaks version {version}, the hub only {SCHEMA_VERSION}: it is being "
            "updated. Try again later; what is unsent stays on the phone.",
            schema_version=SCHEMA_VERSION,
        )


def upgraded(sent: Mapping[str, Any], version: int) -> Fields:
    """An operation as today's page would have sent it."""
    fields = dict(sent)
    for step in range(version, SCHEMA_VERSION):
        fields = _STEPS[step](fields)
    return fields


def _from_1(fields: Fields) -> Fields:
    """Version 1 called making an event `event` and making a record `record`, with its day `on`."""
    if fields.get("kind") not in ("event", "record"):
        return fields
    values = fields.get("values")
    if isinstance(values, dict) and fields["kind"] == "record" and "on" in values:
        values = {("recorded_on" if name == "on" else name): v for name, v in values.items()}
    return {**fields, "kind": "create", "values": values}


_STEPS: Mapping[int, Callable[[Fields], Fields]] = {1: _from_1}
