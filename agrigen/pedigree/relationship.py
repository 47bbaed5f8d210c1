"""The relationship matrix A, its inverse and products with both, mostly without forming A."""

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import pedigree as kernels
from agrigen.types import Floats, Integers, Parents


def ainverse_lower(sire: Parents, dam: Parents, mendelian: Floats) -> csr_array:
    """Lower triangle of A-inverse, rows sorted (Henderson 1976, Quaas 1976)."""
    start, columns, values = kernels.ainverse_lower(sire, dam, mendelian)
    return csr_array((values, columns, start), shape=(sire.size, sire.size))


def symmetric(lower: csr_array) -> csr_array:
    """Both triangles of a symmetric matrix given by its lower one."""
    diagonal = lower.diagonal()
    full = (lower + lower.T).tocsr()
    full.setdiag(diagonal)
    full.sort_indices()
    return full


def a_times(sire: Parents, dam: Parents, mendelian: Floats, x: Floats) -> Floats:
    """A x in two sweeps over the pedigree (Colleau 2002, doi:10.1186/1297-9686-34-4-409)."""
    result: Floats = kernels.a_times(sire, dam, mendelian, x)
    return result


def ainverse_times(sire: Parents, dam: Parents, mendelian: Floats, x: Floats) -> Floats:
    """A-inverse x in one sweep over the pedigree."""
    result: Floats = kernels.ainverse_times(sire, dam, mendelian, x)
    return result


def relationship_block(sire: Parents, dam: Parents, mendelian: Floats, animals: Integers) -> Floats:
    """Dense A among some animals, one product with A for each."""
    block = np.empty((animals.size, animals.size))
    unit = np.zeros(sire.size)
    for column, i in enumerate(animals):
        unit[i] = 1.0
        block[:, column] = kernels.a_times(sire, dam, mendelian, unit)[animals]
        unit[i] = 0.0
    return block
