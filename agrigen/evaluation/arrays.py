"""A model and its records as plain arrays: what every solver and estimator works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from agrigen.errors import Problem
from agrigen.evaluation.model import Component, Model
from agrigen.pedigree.structure import Structure
from agrigen.types import Flags, Floats, Indices, Integers

if TYPE_CHECKING:
    from agrigen.relationship.covariance import GenomicCovariance

__all__ = [
    "Block",
    "Coefficient",
    "Component",
    "Covariances",
    "Design",
    "Records",
    "Structure",
]


@dataclass(frozen=True, eq=False)
class Block:
    """Random effects that share levels and a covariance matrix.

    Equation of level l and component c: offset + l * width + c.
    """

    name: str
    effects: tuple[str, ...]
    components: tuple[Component, ...]
    structure: Structure
    offset: int

    @property
    def width(self) -> int:
        """Values a level."""
        return len(self.components)

    @property
    def levels(self) -> int:
        """Number of levels."""
        return len(self.structure)

    @property
    def span(self) -> slice:
        """Equations of the block."""
        return slice(self.offset, self.offset + self.levels * self.width)


@dataclass(frozen=True, eq=False)
class Records:
    """Observations, those of one record side by side, traits ascending.

    Attributes
    ----------
    y, trait
        Value and trait of each observation.
    start
        Observations of record r are start[r] to start[r + 1].
    first, column, value
        Rows of W in y = W x + e: entries of observation o are first[o] to first[o + 1].
    pattern, weight
        Of each record: which traits were observed in which residual group; and its weight w,
        where the residual covariance is R / w.
    observed, group
        Of each pattern: traits observed, shape (patterns, traits); residual group.
    """

    y: Floats
    trait: Indices
    start: Integers
    first: Integers
    column: Indices
    value: Floats
    pattern: Indices
    weight: Floats
    observed: Flags
    group: Indices


@dataclass(frozen=True)
class Coefficient:
    """One reported solution of a fixed effect; `place` is its row of `report`, -1 if absorbed."""

    effect: str
    trait: str
    level: str
    order: int | None
    place: int


@dataclass(frozen=True, eq=False)
class Design:
    """Everything about a model and its records that does not depend on variances.

    Unknowns are the blocks, one after the other, then the fixed columns. A pinned unknown depends
    linearly on others and is held at zero. `report` turns the fixed solutions into the
    coefficients that are reported (covariates are centered and scaled inside).
    """

    model: Model
    records: Records
    blocks: tuple[Block, ...]
    fixed: slice
    pinned: Flags
    coefficients: list[Coefficient]
    report: csr_array
    read: int
    dropped: dict[str, int]
    groups: list[str]
    notes: list[Problem]
    genomic: "Mapping[str, GenomicCovariance]" = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.pinned.size)

    @property
    def rank(self) -> int:
        """Fixed unknowns (columns and groups) that are not pinned: rank of the fixed part."""
        groups = sum(b.width * b.structure.fixed_groups for b in self.blocks)
        return self.fixed.stop - self.fixed.start + groups - int(self.pinned.sum())


@dataclass(frozen=True, eq=False)
class Covariances:
    """Covariance matrix of each block, in their order, and of the residuals of each group."""

    blocks: tuple[Floats, ...]
    residual: Floats


def pattern_inverses(design: Design, covariances: Covariances) -> Floats:
    """Inverse residual covariance of each pattern, zero for traits that it lacks."""
    records = design.records
    out = np.zeros((*records.observed.shape, records.observed.shape[1]))
    for p, (observed, group) in enumerate(zip(records.observed, records.group, strict=True)):
        there = np.ix_(observed, observed)
        out[p][there] = np.linalg.inv(covariances.residual[group][there])
    return out
