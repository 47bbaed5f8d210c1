"""Farm management over REST: farms, animals, events, traits and records."""

from extensions.base.extension import Extension
from extensions.farm import animals, events, farms, performance, records, reports, work

extension = Extension(
    "extensions.farm",
    farms.routes,
    animals.routes,
    events.routes,
    records.routes,
    performance.routes,
    reports.routes,
    work.routes,
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
