"""Data processing over REST: files, imports and reports, frozen dataset versions, lineage."""

from extensions.base.extension import Extension
from extensions.etl import (
    datasets,
    exports,
    files,
    imports,
    lineage,
    page,
    quarantine,
    sources,
    templates,
    uploads,
)

extension = Extension(
    "extensions.etl",
    files.routes,
    uploads.routes,
    imports.routes,
    quarantine.routes,
    sources.routes,
    templates.routes,
    datasets.routes,
    exports.routes,
    lineage.routes,
    pages=page.PAGES,
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
