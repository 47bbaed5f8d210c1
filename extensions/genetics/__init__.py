"""Genetics over REST: genotypes, evaluations, breeding values and association studies."""

from extensions.base.extension import Extension
from extensions.genetics import associations, evaluations, genotypes

extension = Extension(
    "extensions.genetics", genotypes.routes, evaluations.routes, associations.routes
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
