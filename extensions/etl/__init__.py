"""Data processing over REST: files, imports with their reports, frozen dataset versions."""

from extensions.base.extension import Extension
from extensions.etl import datasets, files, imports

extension = Extension("extensions.etl", files.routes, imports.routes, datasets.routes)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
