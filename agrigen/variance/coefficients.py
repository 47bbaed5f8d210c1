"""Genomic effects as sums of independent coefficients: what a sampler draws well.

With the eigenvectors of K, u = U D^(1/2) b and the rows of b are independent with covariance G.
Records of animals leave them nearly independent as well, so that drawing one after the other moves
far at every iteration, where levels of u hold each other in place.
"""

from dataclasses import dataclass

import numpy as np

from agrigen._kernels import gibbs as kernels
from agrigen._kernels import iterative
from agrigen.errors import NotAvailable, Problem
from agrigen.evaluation.arrays import Block, Design
from agrigen.evaluation.operator import record_arrays
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats
from agrigen.variance.dense_likelihood import spectrum

LIMIT = 6_000
"""Levels up to which K is formed and decomposed: 290 MB, three times."""

TINY = 1e-10
"""Of the largest eigenvalue: a direction with less does not move any record."""


@dataclass(frozen=True, eq=False)
class Coefficients:
    """A block by independent coefficients.

    Attributes
    ----------
    axes
        (D^(1/2) U'), (coefficients, levels).
    """

    design: Design
    block: Block
    axes: Floats

    @classmethod
    def of(cls, design: Design, block: Block) -> "Coefficients":
        """Decompose the relationships of a block.

        Raises
        ------
        NotAvailable
            For too many levels, fixed groups, or records with two levels of the effect.
        """
        problems = _problems(design, block)
        if problems:
            raise NotAvailable(problems)
        with plain_blas():
            k = block.structure.times(np.eye(block.levels))
            values, vectors = spectrum((k + k.T) / 2.0, block.name)
        kept = values > TINY * values[-1]
        return cls(
            design, block, np.ascontiguousarray((vectors[:, kept] * np.sqrt(values[kept])).T)
        )

    def __len__(self) -> int:
        return int(self.axes.shape[0])

    def start(self, u: Floats) -> Floats:
        """b of levels u, (levels, width)."""
        squares = np.einsum("kl,kl->k", self.axes, self.axes)
        return np.ascontiguousarray((self.axes @ u) / squares[:, None])

    def levels(self, b: Floats) -> Floats:
        """u = U D^(1/2) b."""
        return np.ascontiguousarray(self.axes.T @ b)

    def draw(self, rinv: Floats, ginv: Floats, z: Floats, b: Floats, e: Floats, u: Floats) -> None:
        """Move b, and u with it, given the residuals e of all observations."""
        block, records = self.block, record_arrays(self.design)
        gathered = np.zeros(self.design.size)
        iterative.gather(records, rinv, e, gathered)
        s = gathered[block.span].reshape(block.levels, block.width).copy()
        weight = np.zeros((block.levels, block.width, block.width))
        iterative.level_blocks(records, rinv, block.offset, block.width, weight)
        if block.width > 1:
            kernels.sweep_coefficients(self.axes, weight, ginv, z, b, s, u)
            return
        # Views that are known to be contiguous: loops over them become vector instructions.
        one = (weight.ravel(), float(ginv[0, 0]), z.ravel(), b.ravel(), s.ravel(), u.ravel())
        kernels.sweep_coefficients_one(self.axes, *one)


def _problems(design: Design, block: Block) -> list[Problem]:
    problems = []
    if block.levels > LIMIT:
        text = f"Gibbs sampling of {block.name!r} would decompose {block.levels:,} relationships."
        remedy = f"Use REML; with sampled traces it needs none. The limit is {LIMIT:,}."
        problems.append(Problem("too_many_levels", (), text, remedy))
    if block.structure.fixed_groups:
        text = f"Gibbs sampling of {block.name!r} takes no fixed groups of unknown parents."
        remedy = "Make them metafounders (gamma), or use REML."
        problems.append(Problem("groups", (), text, remedy))
    records = record_arrays(design)
    meets = kernels.records_of_levels(records, block.offset, block.width, block.levels)
    if meets[1].size > design.records.weight.size:
        text = f"Records have two levels of {block.name!r}."
        problems.append(Problem("two_levels", (), text, "Use REML."))
    return problems
