"""Which unknowns depend linearly on others, found before anything is solved."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array, hstack, tril

from agrigen._kernels.dependent import DEPENDENT
from agrigen._kernels.shares import group_shares
from agrigen.evaluation.arrays import Block
from agrigen.evaluation.factor import dependent_columns
from agrigen.pedigree.structure import Structure
from agrigen.types import Flags, Floats

NATURAL_LIMIT = 2_000
"""Fixed columns up to which later columns are the dependent ones, as a reader expects."""

SMALL_WORK = 20_000_000
"""Products up to which columns are projected on each other, not judged by their cross-products.

Cross-products lose half of the digits, which few records with many columns need.
"""


def dependent(trait: str, matrix: csr_array, fixed: slice, blocks: Sequence[Block]) -> Flags:
    """Unknowns of one trait that are held at zero.

    The columns of the fixed effects and, where unknown-parent groups are fixed, the share of each
    group in the records; the rank of all traits together is the sum of theirs, as no column
    belongs to two.
    """
    columns = [matrix[:, fixed]]
    places = [np.arange(fixed.start, fixed.stop)]
    for block in blocks:
        if not block.structure.fixed_groups:
            continue
        shares = group_shares_of(block.structure)
        for place, component in enumerate(block.components):
            if component.trait == trait:
                equations = block.offset + np.arange(block.levels) * block.width + place
                columns.append(csr_array(matrix[:, equations] @ shares))
                places.append(equations[-shares.shape[1] :])
    together = hstack(columns, format="csr") if len(columns) > 1 else columns[0]
    if together.shape[0] * together.shape[1] ** 2 <= SMALL_WORK:
        dropped = _by_projection(together.toarray())
    else:
        cross = tril((together.T @ together).tocsr(), format="csr")
        cross.sort_indices()
        dropped = dependent_columns(cross, natural=cross.shape[0] <= NATURAL_LIMIT)
    pinned = np.zeros(matrix.shape[1], np.bool_)
    pinned[np.concatenate(places)[dropped]] = True
    return pinned


def _by_projection(x: Floats) -> Flags:
    """Columns that earlier ones leave nothing of (Gram-Schmidt, twice for its rounding)."""
    basis = np.empty_like(x)
    dropped = np.ones(x.shape[1], np.bool_)
    kept = 0
    for j in range(x.shape[1]):
        rest = x[:, j].copy()
        for _ in range(2):
            rest -= basis[:, :kept] @ (basis[:, :kept].T @ rest)
        size = float(np.linalg.norm(rest))
        if size**2 > DEPENDENT * float(x[:, j] @ x[:, j]):
            basis[:, kept] = rest / size
            dropped[j] = False
            kept += 1
    return dropped


def group_shares_of(structure: Structure) -> Floats:
    """Share of each group in the genes of every level, shape (levels, groups)."""
    if structure.base is None or structure.sire is None or structure.dam is None:
        return np.empty((len(structure), 0))
    shares: Floats = group_shares(
        structure.sire, structure.dam, *structure.weights, structure.base.shape[0]
    )
    return shares
