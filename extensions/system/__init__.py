"""The service about itself: health, version, API documentation, background jobs, the audit log."""

from extensions.base.extension import Extension
from extensions.system import about, audit, documentation, health, jobs

extension = Extension(
    "extensions.system",
    health.routes,
    about.routes,
    jobs.routes,
    audit.routes,
    pages=documentation.PAGES,
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
