"""Associations: genome-wide studies of frozen data, what they found and who may see it."""

from hub.associations.results import content, markers, points, windows
from hub.associations.schemas import (
    AssociationCreate,
    AssociationRead,
    AssociationsQuery,
    MarkerRead,
    MarkersQuery,
    PointsRead,
    WindowRead,
    WindowsQuery,
)
from hub.associations.service import cancel, create, get, publish, retry, search, withdraw
from hub.associations.tasks import run_association

__all__ = [
    "AssociationCreate",
    "AssociationRead",
    "AssociationsQuery",
    "MarkerRead",
    "MarkersQuery",
    "PointsRead",
    "WindowRead",
    "WindowsQuery",
    "cancel",
    "content",
    "create",
    "get",
    "markers",
    "points",
    "publish",
    "retry",
    "run_association",
    "search",
    "windows",
    "withdraw",
]
