"""Information about every level from its own records and from relatives, by sweeps."""

import numpy as np

from agrigen._kernels import approximation as kernels
from agrigen.evaluation.arrays import Block
from agrigen.evaluation.operator import animal_arrays
from agrigen.types import Floats

SWEEPS = 30
SETTLED = 1e-4
"""Largest relative change of any animal's information after which sweeps end."""


def joined(block: Block, g: Floats, information: Floats) -> Floats:
    """All that is known about each level, its prior included, (levels, width, width)."""
    structure = block.structure
    ginv = np.linalg.inv(g)
    if structure.sire is None or structure.precision is None:
        return information + ginv
    n = structure.sire.size
    scale = structure.own[:n, None, None]
    down = np.ascontiguousarray(np.broadcast_to(ginv, (n, *g.shape)) / scale)
    total = information.copy()
    total[:n] += down
    to_sire, to_dam = np.zeros_like(down), np.zeros_like(down)
    arrays = (animal_arrays(block), np.ascontiguousarray(g), total, down, to_sire, to_dam)
    for _ in range(SWEEPS):
        kernels.sweep_up(*arrays)
        if kernels.sweep_down(*arrays) < SETTLED:
            break
    return total
