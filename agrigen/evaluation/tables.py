"""Solutions, breeding values and variances as tables."""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from agrigen.evaluation.arrays import Block, Component, Covariances, Design
from agrigen.evaluation.basis import Basis
from agrigen.evaluation.reliability import fixed_errors, level_covariances, reliability
from agrigen.evaluation.solve import Solution
from agrigen.evaluation.system import System
from agrigen.pedigree import Pedigree
from agrigen.types import Floats, Integers

BREEDING_VALUE_COLUMNS = (
    "id",
    "effect",
    "trait",
    "breeding_value",
    "se",
    "reliability",
    "accuracy",
    "inbreeding",
    "records",
    "pev",
)
RESIDUAL = "residual"


def solutions(design: Design, covariances: Covariances, solution: Solution) -> pd.DataFrame:
    """One row a level, trait and coefficient; fixed effects first."""
    parts = [_fixed(design, solution)]
    for block, matrix in zip(design.blocks, covariances.blocks, strict=True):
        parts += [_random(design, block, k, matrix, solution) for k in range(block.width)]
    return pd.concat(parts, ignore_index=True)


def _fixed(design: Design, solution: Solution) -> pd.DataFrame:
    """Raw coefficients of intercepts, factors and covariates; absorbed levels are 0."""
    values = np.append(design.report @ solution.values[design.fixed], 0.0)
    errors = np.full(values.size, np.nan)
    if solution.factor is not None and solution.inverse is not None:
        errors[:-1] = fixed_errors(design, solution.factor, solution.inverse.diagonal)
    places = np.array([c.place for c in design.coefficients])
    return pd.DataFrame(
        {
            "effect": [c.effect for c in design.coefficients],
            "trait": [c.trait for c in design.coefficients],
            "level": [c.level for c in design.coefficients],
            "coefficient": pd.array([c.order for c in design.coefficients], dtype="Int64"),
            "solution": values[places],
            "se": errors[places],
            "reliability": np.full(places.size, np.nan),
        }
    )


def _random(
    design: Design, block: Block, place: int, matrix: Floats, solution: Solution
) -> pd.DataFrame:
    component = block.components[place]
    span = slice(block.offset + place, block.span.stop, block.width)
    pev = np.where(design.pinned[span], np.nan, solution.pev[span])
    own = np.full(block.levels, np.nan)
    if block.structure.genetic:
        own = reliability(pev, float(matrix[place, place]), _scale(block, pev))
    order = pd.NA if component.coefficient is None else component.coefficient
    return pd.DataFrame(
        {
            "effect": component.effect,
            "trait": component.trait,
            "level": block.structure.names,
            "coefficient": pd.array([order], dtype="Int64").repeat(block.levels),
            "solution": solution.values[span],
            "se": np.sqrt(pev),
            "reliability": own,
        }
    )


def breeding_values(
    design: Design, covariances: Covariances, solution: Solution, pedigree: Pedigree | None
) -> pd.DataFrame:
    """One row for every animal of the pedigree, genetic effect and trait.

    Where the effect has a basis, the breeding value is the sum of the animal's curve over the
    whole numbers of the basis' range, as of a lactation over its days.
    """
    parts = []
    for block, matrix in zip(design.blocks, covariances.blocks, strict=True):
        if block.structure.genetic:
            parts += _of_block(design, block, matrix, solution, pedigree)
    if not parts:
        return pd.DataFrame(columns=list(BREEDING_VALUE_COLUMNS))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Merit:
    """A breeding value as a weighted sum of components of one effect and trait."""

    effect: str
    trait: str
    places: Integers
    weights: Floats


def _of_block(
    design: Design,
    block: Block,
    matrix: Floats,
    solution: Solution,
    pedigree: Pedigree | None,
) -> list[pd.DataFrame]:
    of_pedigree = pedigree is not None and block.structure.sire is not None
    animals = len(pedigree) if pedigree is not None and of_pedigree else block.levels
    values = solution.values[block.span].reshape(block.levels, block.width)[:animals]
    inbreeding = np.full(animals, np.nan)
    if pedigree is not None and of_pedigree:
        inbreeding = pedigree.inbreeding()
    parts = []
    for merit in _merits(design, block):
        w = merit.weights
        pev = _merit_pev(block, merit, solution)[:animals]
        variance = float(w @ matrix[np.ix_(merit.places, merit.places)] @ w)
        reliabilities = reliability(pev, variance, _scale(block, pev))
        columns = {
            "id": block.structure.names[:animals],
            "effect": merit.effect,
            "trait": merit.trait,
            "breeding_value": values[:, merit.places] @ w,
            "se": np.sqrt(pev),
            "reliability": reliabilities,
            "accuracy": np.sqrt(reliabilities),
            "inbreeding": inbreeding,
            "records": records_of(design, block, int(merit.places[0]))[:animals],
            "pev": pev,
        }
        parts.append(pd.DataFrame(columns))
    return parts


def _scale(block: Block, pev: Floats) -> Floats:
    """Diagonal of K of the first levels, which is only worked out where a variance is known."""
    unknown = bool(np.isnan(pev).all())
    return np.full(pev.size, np.nan) if unknown else block.structure.scale[: pev.size]


def _merits(design: Design, block: Block) -> list[_Merit]:
    bases: dict[str, Basis | None] = {e.name: e.basis for e in design.model.random}
    grouped: dict[tuple[str, str], list[int]] = {}
    for place, component in enumerate(block.components):
        grouped.setdefault((component.effect, component.trait), []).append(place)
    merits = []
    for (effect, trait), places in grouped.items():
        basis = bases[effect]
        weights = np.ones(1) if basis is None else _over_range(basis)
        merits.append(_Merit(effect, trait, np.array(places), weights))
    return merits


def _over_range(basis: Basis) -> Floats:
    """Sum of every function of a basis over the whole numbers of its range."""
    low, high = basis.limits
    total: Floats = basis.evaluate(np.arange(np.ceil(low), high + 1e-9)).sum(axis=0)
    return total


def _merit_pev(block: Block, merit: _Merit, solution: Solution) -> Floats:
    if merit.places.size == 1 and merit.weights[0] == 1.0:
        return solution.pev[block.offset + int(merit.places[0]) : block.span.stop : block.width]
    if solution.inverse is None or solution.system is None:  # covariances are not approximated
        return np.full(block.levels, np.nan)
    together = level_covariances(block, merit.places, solution.system.lower, solution.inverse)
    return np.asarray(np.einsum("i,lij,j->l", merit.weights, together, merit.weights))


def marker_effects(
    design: Design, covariances: Covariances, solution: Solution
) -> pd.DataFrame | None:
    """Effects of the markers behind the breeding values of genotyped animals; None without."""
    if not design.genomic:
        return None
    parts = []
    gradient = residual_gradient(design, covariances, solution.values)
    for block, g in zip(design.blocks, covariances.blocks, strict=True):
        genomic = design.genomic.get(block.name)
        if genomic is None:
            continue
        markers = genomic.genotypes.markers
        dual = gradient[block.span].reshape(block.levels, block.width) @ g  # K^-1 u
        for place, component in enumerate(block.components):
            parts.append(
                pd.DataFrame(
                    {
                        "effect": component.effect,
                        "trait": component.trait,
                        "marker": markers.names,
                        "chromosome": markers.chromosomes,
                        "position": markers.positions,
                        "allele": markers.counted,
                        "frequency": genomic.frequencies,
                        "value": genomic.effects_of_dual(dual[:, place]),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def residual_gradient(design: Design, covariances: Covariances, values: Floats) -> Floats:
    """W' R^-1 (y - W x): of a block at the solutions it is (K^-1 (x) G^-1) u."""
    system = System(design)
    e = design.records.y - system.fitted(values)
    return system.adjoint(system.weighted(e, covariances))


def records_of(design: Design, block: Block, place: int) -> Integers:
    """Observations of every level through one component."""
    column = design.records.column
    inside = column[(column >= block.span.start) & (column < block.span.stop)] - block.offset
    mine = inside[inside % block.width == place] // block.width
    counts: Integers = np.bincount(mine, minlength=block.levels)
    return counts


def variances(
    design: Design, covariances: Covariances, errors: Covariances | None = None
) -> pd.DataFrame:
    """Every component once; covariances between effects carry both names, as in "a:m"."""
    rows = []
    for k, block in enumerate(design.blocks):
        error = None if errors is None else errors.blocks[k]
        rows += _triangle(block.components, covariances.blocks[k], error, "")
    traits = [Component(RESIDUAL, trait) for trait in design.model.traits]
    for g, group in enumerate(design.groups):
        error = None if errors is None else errors.residual[g]
        rows += _triangle(traits, covariances.residual[g], error, group)
    names = ["effect", "trait_1", "trait_2", "coefficient_1", "coefficient_2"]
    table = pd.DataFrame(rows, columns=[*names, "value", "se", "group"])
    for name in names[3:]:
        table[name] = pd.array(table[name].to_numpy(), dtype="Int64")
    return table


def _triangle(
    components: tuple[Component, ...] | list[Component],
    values: Floats,
    errors: Floats | None,
    group: str,
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for i, j in combinations_with_replacement(range(len(components)), 2):
        one, two = components[i], components[j]
        effect = one.effect if one.effect == two.effect else f"{one.effect}:{two.effect}"
        error = np.nan if errors is None else float(errors[i, j])
        orders = (one.coefficient, two.coefficient)
        rows.append((effect, one.trait, two.trait, *orders, float(values[i, j]), error, group))
    return rows
