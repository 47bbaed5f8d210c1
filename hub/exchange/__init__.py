"""Exchange with other programs: ICAR ADE messages in and out."""

from hub.exchange.collections import COLLECTIONS, Path
from hub.exchange.reading import Members
from hub.exchange.schemas import ChangesQuery, ExchangeQuery
from hub.exchange.service import (
    Feed,
    changes,
    dataset,
    datasets,
    locations,
    members,
    take,
    take_all,
)
from hub.exchange.taking import Taken

__all__ = [
    "COLLECTIONS",
    "ChangesQuery",
    "ExchangeQuery",
    "Feed",
    "Members",
    "Path",
    "Taken",
    "changes",
    "dataset",
    "datasets",
    "locations",
    "members",
    "take",
    "take_all",
]
