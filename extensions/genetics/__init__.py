"""Genetics over REST: evaluations and breeding values."""

from extensions.base.extension import Extension
from extensions.genetics import evaluations

extension = Extension("extensions.genetics", evaluations.routes)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
