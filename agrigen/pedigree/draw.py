"""Values of all animals of a pedigree, drawn with its covariance."""

import numpy as np

from agrigen._kernels import pedigree_structure as kernels
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats


def draw(structure: Structure, z: Floats) -> Floats:
    """N(0, K) from independent normal values z, (levels, columns), which are used up.

    Fixed groups are 0; what genotypes add to K is left out.
    """
    if structure.sire is None or structure.dam is None or structure.precision is None:
        return z
    n = structure.sire.size
    z[:n] *= np.sqrt(structure.precision)[:, None]  # `spread` divides by the precision
    if structure.base is not None:
        random = structure.base.any()
        z[n:] = np.linalg.cholesky(np.linalg.inv(structure.base)) @ z[n:] if random else 0.0
    z = np.ascontiguousarray(z)
    sire, dam, precision = structure.sire, structure.dam, structure.precision
    kernels.spread_columns(sire, dam, *structure.weights, precision, z)
    return z
