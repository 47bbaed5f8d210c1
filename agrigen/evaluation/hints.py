"""What is known about a model that helps to order its equations."""

import numpy as np
from scipy.sparse import csr_array

from agrigen.evaluation.arrays import Block, Design
from agrigen.evaluation.ordering import Hints
from agrigen.types import Flags, Indices, Integers

STEP = 16
"""Room between the ranks of two animals: their effects, and levels that go just before."""

MANY = 12
"""Animals that a level of an independent effect meets from which it is better eliminated late.

Levels of 33 animals in their herds: half the operations of eliminating them among the animals.
"""


def hints_of(design: Design) -> Hints | None:
    """Youngest animals first; sires and fixed columns late; other levels where they belong.

    After the sires are taken out, what remains of a pedigree is nearly a forest: every animal
    hangs on its dam. A level of an independent effect (permanent environment, litter) goes just
    before the oldest animal that it meets in the records.
    """
    pedigrees = [block for block in design.blocks if block.structure.sire is not None]
    if not pedigrees:
        return None
    animals = max(block.levels for block in pedigrees)
    # Among the late ones herd-years and the like come before the sires, who tie herds together.
    rank = np.full(design.size, -1, np.int64)
    late = np.ones(design.size, np.bool_)
    oldest = _oldest_met(design, pedigrees)
    for place, block in enumerate(design.blocks):
        if block.structure.sire is not None:
            level = np.arange(block.levels)
            own = STEP * (animals - level) + 1 + min(place, STEP - 3)
            parents = _sires_and_groups(block)
        else:
            met, count = _met(design, block, oldest)
            parents = count > MANY
            own = np.where(parents, -1, STEP * (animals - met))
        rank[block.span] = np.repeat(own, block.width)
        late[block.span] = np.repeat(parents, block.width)
    return Hints(rank, late)


def _sires_and_groups(block: Block) -> Flags:
    late = np.zeros(block.levels, np.bool_)
    sire = block.structure.sire
    if sire is not None:
        late[sire[sire >= 0]] = True
        late[sire.size :] = True
    if block.structure.dense is not None:
        late[block.structure.dense.places] = True
    return late


def _entries(design: Design, block: Block) -> tuple[Integers, Indices]:
    """Observation and level of every entry of a block in the records."""
    records = design.records
    span = block.span
    mine = np.flatnonzero((records.column >= span.start) & (records.column < span.stop))
    observation = np.searchsorted(records.first, mine, side="right") - 1
    return observation, (records.column[mine] - span.start) // block.width


def _oldest_met(design: Design, pedigrees: list[Block]) -> Integers:
    """Oldest animal of every observation."""
    oldest = np.full(design.records.y.size, np.iinfo(np.int64).max)
    for block in pedigrees:
        observation, level = _entries(design, block)
        np.minimum.at(oldest, observation, level)
    return oldest


def _met(design: Design, block: Block, oldest: Integers) -> tuple[Integers, Integers]:
    """Oldest animal that each level meets, and how many animals it meets."""
    observation, level = _entries(design, block)
    animal = oldest[observation]
    met = np.full(block.levels, np.iinfo(np.int32).max, np.int64)
    np.minimum.at(met, level, animal)
    met[met >= np.iinfo(np.int32).max] = 0
    known = np.where(animal < np.iinfo(np.int32).max, animal, 0)
    pairs = csr_array(
        (np.ones(level.size, np.int8), (level, known)), (block.levels, known.max(initial=0) + 1)
    )
    pairs.sum_duplicates()
    return met, np.diff(pairs.indptr)
