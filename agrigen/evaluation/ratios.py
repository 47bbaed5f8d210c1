"""Heritability, repeatability and correlations that follow from covariance matrices."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from agrigen.evaluation.arrays import Block, Component, Covariances, Design
from agrigen.evaluation.model import Animal, effect_traits
from agrigen.types import Floats

RELATION_OF_DAM = 0.5
"""Additive relationship of an animal and its dam, whose maternal effect is in its record."""


@dataclass(frozen=True)
class Correlation:
    """Correlation of two traits, or of two effects of one trait."""

    effect_1: str
    trait_1: str
    effect_2: str
    trait_2: str
    value: float


def heritabilities(design: Design, covariances: Covariances) -> dict[str, float]:
    """Share of the first animal effect in the phenotypic variance, by trait.

    With several residual groups there is one for each: "trait [group]". Traits whose genetic
    effect changes along a basis have none.
    """
    effect = design.model.animal
    return {} if effect is None else _shares(design, covariances, [effect.name])


def repeatabilities(design: Design, covariances: Covariances) -> dict[str, float]:
    """Share of what the records of one animal have in common, where there are several effects."""
    animal = design.model.animal
    if animal is None:
        return {}
    own = effect_traits(animal, design.model)
    names = [
        effect.name
        for effect in design.model.random
        if effect_traits(effect, design.model).items() <= own.items()
    ]
    return _shares(design, covariances, names) if len(names) > 1 else {}


def correlations(design: Design, covariances: Covariances) -> list[Correlation]:
    """Between all components of each block that have no basis, and of the residuals."""
    found = []
    for block, matrix in zip(design.blocks, covariances.blocks, strict=True):
        for i, j in combinations(range(block.width), 2):
            one, two = block.components[i], block.components[j]
            if one.coefficient is None and two.coefficient is None:
                value = matrix[i, j] / np.sqrt(matrix[i, i] * matrix[j, j])
                found.append(_between(one, two, float(value)))
    traits = design.model.traits
    for group, matrix in zip(design.groups, covariances.residual, strict=True):
        name = "residual" + (f" [{group}]" if group else "")
        for i, j in combinations(range(len(traits)), 2):
            value = matrix[i, j] / np.sqrt(matrix[i, i] * matrix[j, j])
            found.append(Correlation(name, traits[i], name, traits[j], float(value)))
    return found


def _between(one: Component, two: Component, value: float) -> Correlation:
    return Correlation(one.effect, one.trait, two.effect, two.trait, value)


def _shares(design: Design, covariances: Covariances, names: list[str]) -> dict[str, float]:
    shares = {}
    for code, trait in enumerate(design.model.traits):
        if any(
            c.trait == trait and c.coefficient is not None
            for block in design.blocks
            for c in block.components
        ):
            continue
        parts = [
            _variance(design, block, matrix, trait, names)
            for block, matrix in zip(design.blocks, covariances.blocks, strict=True)
        ]
        part, total = (sum(values) for values in zip(*parts, strict=True))
        for group, residual in zip(design.groups, covariances.residual, strict=True):
            key = f"{trait} [{group}]" if group else trait
            if part or names:
                shares[key] = float(part / (total + residual[code, code]))
    return shares


def _variance(
    design: Design, block: Block, matrix: Floats, trait: str, names: list[str]
) -> tuple[float, float]:
    """What some effects, and what the block, adds to the variance of a record of a trait."""
    mine = [i for i, c in enumerate(block.components) if c.trait == trait]
    part = sum(matrix[i, i] for i in mine if block.components[i].effect in names)
    total = sum(matrix[i, i] for i in mine)
    for i, j in combinations(mine, 2):
        total += 2.0 * _relation(design, block, i, j, trait) * matrix[i, j]
    return float(part), float(total)


def _relation(design: Design, block: Block, i: int, j: int, trait: str) -> float:
    """How related the two levels are that one record has of a block."""
    effects = {effect.name: effect for effect in design.model.random}
    one, two = (effects[block.components[k].effect] for k in (i, j))
    columns = {effect_traits(effect, design.model)[trait] for effect in (one, two)}
    if len(columns) == 1:
        return 1.0
    return RELATION_OF_DAM if isinstance(one, Animal) else 0.0
