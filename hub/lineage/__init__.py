"""Lineage: from which files, rows and events a result was made, and what rests on a file."""

from hub.lineage.schemas import (
    GraphQuery,
    GraphRead,
    OpenLineageQuery,
    RestingValue,
    RestingValuesQuery,
    Start,
    ValueLineage,
    ValueQuery,
)
from hub.lineage.sending import keep
from hub.lineage.service import graph, openlineage, resting_values, value

__all__ = [
    "GraphQuery",
    "GraphRead",
    "OpenLineageQuery",
    "RestingValue",
    "RestingValuesQuery",
    "Start",
    "ValueLineage",
    "ValueQuery",
    "graph",
    "keep",
    "openlineage",
    "resting_values",
    "value",
]
