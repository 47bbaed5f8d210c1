"""Farm management over REST: farms, animals, events, traits and records."""

from extensions.base.extension import Extension
from extensions.farm import (
    animals,
    events,
    farms,
    groups,
    icar,
    identifiers,
    merges,
    performance,
    photos,
    places,
    records,
    reports,
    work,
)

extension = Extension(
    "extensions.farm",
    farms.routes,
    animals.routes,
    identifiers.routes,
    merges.routes,
    groups.routes,
    places.routes,
    photos.routes,
    events.routes,
    records.routes,
    performance.routes,
    reports.routes,
    work.routes,
    icar.routes,
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
