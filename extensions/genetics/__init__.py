"""Genetics over REST: evaluations, breeding values and association studies."""

from extensions.base.extension import Extension
from extensions.genetics import associations, evaluations

extension = Extension("extensions.genetics", evaluations.routes, associations.routes)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
