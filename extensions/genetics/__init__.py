"""Genetics over REST: genotypes, evaluations, breeding values, association studies, matings."""

from extensions.base.extension import Extension
from extensions.genetics import associations, breeding, evaluations, genotypes

extension = Extension(
    "extensions.genetics",
    genotypes.routes,
    evaluations.routes,
    associations.routes,
    breeding.routes,
)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
