"""The description of a version's tables for other programs: a Frictionless data package."""

import json
from collections.abc import Sequence
from typing import Any

from hub.datasets import FrozenColumn, FrozenTable

NAME = "datapackage.json"
IDENTITIES = "identities"
"""Which animal of the hub a tag is: kept beside the data, for evaluations, and not hashed."""


def hashes(frozen: Sequence[FrozenTable]) -> dict[str, str]:
    """What the content hash of a version is made of: the SHA-256 of every table as CSV."""
    return {f"{one.kind}.csv": one.sha256 for one in frozen if one.kind != IDENTITIES}


def descriptor(frozen: Sequence[FrozenTable]) -> bytes:
    """The package as JSON; without a time or a place, so equal tables are described equally."""
    there = [_resource(one) for one in frozen if one.kind != IDENTITIES]
    return json.dumps({"resources": there}, indent=1, ensure_ascii=False).encode()


def _resource(table: FrozenTable) -> dict[str, Any]:
    return {
        "name": table.kind,
        "path": [piece.name for piece in table.pieces],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.key),
            "missingValues": [""],
        },
    }


def _field(column: FrozenColumn) -> dict[str, Any]:
    told = {"name": column.name, "type": column.type, "description": column.description}
    if column.unit:
        told["unit"] = column.unit
    return {**told, **({"constraints": {"enum": list(column.codes)}} if column.codes else {})}
