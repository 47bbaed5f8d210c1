"""Dataset versions: frozen, content-addressed copies of what a result was computed from."""

from hub.datasets.schemas import DatasetRead, DatasetsQuery
from hub.datasets.service import content, freeze, get, load, may_read, search, table

__all__ = [
    "DatasetRead",
    "DatasetsQuery",
    "content",
    "freeze",
    "get",
    "load",
    "may_read",
    "search",
    "table",
]
