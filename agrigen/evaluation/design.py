"""From records to arrays: which observations count, and what each says about every effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from agrigen.errors import DataError, ModelError, Problem
from agrigen.evaluation.arrays import Block, Coefficient, Design, Records
from agrigen.evaluation.effects import BAYES_METHODS
from agrigen.evaluation.fixed import FixedColumns, report_of
from agrigen.evaluation.model import (
    Animal,
    Covariate,
    Fixed,
    Genomic,
    Model,
    Random,
    block_components,
    effect_traits,
)
from agrigen.evaluation.progress import NO_STAGES, Stages
from agrigen.evaluation.rank import dependent
from agrigen.evaluation.reader import Reader
from agrigen.pedigree import Pedigree
from agrigen.pedigree.structure import Structure
from agrigen.types import Flags, Floats, Indices, Integers

if TYPE_CHECKING:
    from agrigen.genotypes import Genotypes
    from agrigen.relationship.covariance import GenomicCovariance


def build_design(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    genotypes: "Genotypes | None" = None,
    stage: Stages = NO_STAGES,
) -> Design:
    """Check the records against model and pedigree, all problems at once, and code them.

    An observation counts when its trait and everything that the model says about this trait are
    known; a record counts when one of its observations does. `stage` hears what takes long of
    very many genotypes.
    """
    reader = Reader(model, data, pedigree, genotypes)
    y, known = _observations(model, reader)
    dropped = _dropped(model, reader, y, known)
    if not reader.problems:
        _require_observations(model, reader, y, known, dropped)
    if reader.problems:
        raise DataError(reader.problems)

    blocks, levels, genomic = _blocks(model, reader, known, stage)
    offset = blocks[-1].span.stop if blocks else 0
    used = np.flatnonzero(known.any(axis=1))
    parts: list[_Part] = []
    fixed: list[FixedColumns] = []
    for code, trait in enumerate(model.traits):
        rows = np.flatnonzero(known[:, code])
        columns = FixedColumns(trait, rows, offset + sum(part.count for part in fixed), offset)
        _add_fixed(columns, model, reader, trait, rows)
        fixed.append(columns)
        random = _random_entries(model, reader, trait, rows, blocks, levels)
        parts.append(_Part(rows, columns, random))
    size = offset + sum(part.count for part in fixed)
    records = _records(model, reader, y, known, used, parts, size)
    pinned = np.zeros(size, np.bool_)
    for code, trait in enumerate(model.traits):
        pinned |= dependent(trait, parts[code].matrix(size), fixed[code].span, blocks)
    return Design(
        model,
        records,
        tuple(blocks),
        slice(offset, size),
        pinned,
        _in_order(model, [c for part in fixed for c in part.coefficients]),
        report_of(fixed),
        len(data),
        dropped,
        reader.residual_groups(used)[1],
        [
            *(note for part in fixed for note in part.notes),
            *(note for covariance in genomic.values() for note in covariance.notes),
        ],
        genomic,
    )


@dataclass(frozen=True)
class _Part:
    """Observations of one trait: their rows of the data and their entries."""

    rows: Integers
    fixed: FixedColumns
    random: list[tuple[Integers, Floats]]

    def matrix(self, size: int) -> csr_array:
        """Rows of W."""
        entries = [*self.random, *self.fixed.entries]
        columns = np.concatenate([column for column, _ in entries], axis=1)
        values = np.concatenate([value for _, value in entries], axis=1)
        there = columns >= 0
        first = np.zeros(self.rows.size + 1, np.int64)
        np.cumsum(there.sum(axis=1), out=first[1:])
        shape = (self.rows.size, size)
        return csr_array((values[there], columns[there].astype(np.int32), first), shape=shape)


def _observations(model: Model, reader: Reader) -> tuple[Floats, Flags]:
    """Values, shape (records, traits), and which count."""
    y = np.column_stack([reader.trait(trait) for trait in model.traits])
    known = np.isfinite(y)
    for code, trait in enumerate(model.traits):
        for missing in reader.missing(trait).values():
            known[:, code] &= ~missing
    return y, known


def _dropped(model: Model, reader: Reader, y: Floats, known: Flags) -> dict[str, int]:
    """Records of which nothing counts, by the first reason; the trait comes first."""
    lost = ~known.any(axis=1)
    dropped: dict[str, int] = {}
    trait_missing = "missing every trait" if len(model.traits) > 1 else f"missing {model.trait}"
    nothing = np.asarray(np.isnan(y).all(axis=1))
    for trait in model.traits:
        for reason, missing in {trait_missing: nothing, **reader.missing(trait)}.items():
            count = int((lost & missing).sum())
            if count:
                dropped[reason] = dropped.get(reason, 0) + count
            lost &= ~missing
    return dropped


def _require_observations(
    model: Model, reader: Reader, y: Floats, known: Flags, dropped: dict[str, int]
) -> None:
    reader.problems += reader.unknown_animals(known)
    if not known.any():
        why = ", ".join(f"{n} with {reason}" for reason, n in dropped.items())
        text = f"No record is left of {len(y)}: {why or 'the data are empty'}."
        reader.problems.append(_problem("no_records", text, "Check the columns of the model."))
        return
    for code, trait in enumerate(model.traits):
        mine = y[known[:, code], code]
        if not mine.size:
            text = f"No record of trait {trait} is left of {len(y)}."
            remedy = "Check its column and those of its effects, or leave the trait out."
            reader.problems.append(_problem("no_records", text, remedy))
        elif mine.size > 1 and mine.min() == mine.max():
            text = f"Trait {trait} is {mine[0]:g} in all {mine.size} records: nothing varies."
            reader.problems.append(_problem("no_variance", text, "Check the column."))


def _blocks(
    model: Model, reader: Reader, known: Flags, stage: Stages
) -> tuple[list[Block], dict[tuple[str, str], Integers], "dict[str, GenomicCovariance]"]:
    """Random blocks, the level of every record for each effect and trait, and what of markers."""
    blocks: list[Block] = []
    levels: dict[tuple[str, str], Integers] = {}
    genomic: dict[str, GenomicCovariance] = {}
    offset = 0
    for effects in model.blocks:
        first, names = effects[0], tuple(effect.name for effect in effects)
        if isinstance(first, Genomic):
            genomic[first.name] = _genomic(first, reader, stage)
            structure = genomic[first.name].structure
        else:
            structure = _structure(model, effects, reader, known, levels)
        for effect in effects:
            if isinstance(effect, Animal):
                for trait, column in effect_traits(effect, model).items():
                    levels[effect.name, trait] = reader.animals(column, effect)
        block = Block(names[0], names, block_components(model, effects), structure, offset)
        offset = block.span.stop
        blocks.append(block)
    return blocks, levels, genomic


def _genomic(effect: Genomic, reader: Reader, stage: Stages) -> "GenomicCovariance":
    # Relationships need the sparse factor of this package.
    from agrigen.relationship.covariance import genomic_covariance

    if effect.method in BAYES_METHODS:
        text = f"Effect {effect.name!r} ({effect.method}) has no covariance among animals."
        raise ModelError([_problem("method", text, "Fit it with ag.bayes or ag.evaluate.")])
    genotypes = reader.genotypes_of(effect)
    return genomic_covariance(
        effect, genotypes, reader.pedigree, inbreeding=reader.model.inbreeding, stage=stage
    )


def _structure(
    model: Model,
    effects: Sequence[Animal | Random],
    reader: Reader,
    known: Flags,
    levels: dict[tuple[str, str], Integers],
) -> Structure:
    effect = effects[0]
    if isinstance(effect, Animal):
        return reader.pedigree_of(effect).structure(
            inbreeding=model.inbreeding, relationship=effect.relationship
        )
    columns = {
        (effect.name, trait): column
        for effect in effects
        for trait, column in effect_traits(effect, model).items()
    }
    codes, names = reader.common_levels(columns.values())
    there = np.zeros(len(names), np.bool_)
    for (_, trait), column in columns.items():
        there[codes[column][known[:, model.traits.index(trait)]]] = True
    renumber = np.cumsum(there) - 1
    for key, column in columns.items():
        levels[key] = np.where(codes[column] < 0, -1, renumber[codes[column]])
    return Structure.independent(np.array(names, dtype=object)[there])


def _random_entries(
    model: Model,
    reader: Reader,
    trait: str,
    rows: Integers,
    blocks: Sequence[Block],
    levels: dict[tuple[str, str], Integers],
) -> list[tuple[Integers, Floats]]:
    """Equations and values of the random effects, one column of the result an entry."""
    entries = []
    for effect in model.random:
        if trait not in effect_traits(effect, model):
            continue
        block = next(b for b in blocks if effect.name in b.effects)
        mine = [
            place
            for place, component in enumerate(block.components)
            if (component.effect, component.trait) == (effect.name, trait)
        ]
        base = block.offset + levels[effect.name, trait][rows] * block.width
        values = np.ones((rows.size, 1))
        if effect.basis is not None:
            values = reader.basis(effect.basis)[rows]
        entries.append((base[:, None] + np.array(mine), values))
    return entries


def _add_fixed(
    columns: FixedColumns, model: Model, reader: Reader, trait: str, rows: Integers
) -> None:
    for effect in model.effects:
        if not isinstance(effect, Fixed | Covariate):
            continue
        column = effect_traits(effect, model).get(trait)
        if column is None:
            continue
        if isinstance(effect, Fixed):
            codes, names = reader.levels(column)
            columns.add_factor(effect.name, codes[rows], names)
            continue
        within = None
        if effect.within:
            codes, names = reader.levels(effect.within)
            within = (codes[rows], names)
        if effect.basis is not None:
            columns.add_curve(effect.name, reader.basis(effect.basis)[rows], within)
        else:
            x = reader.covariate(column, effect.transform)[rows]
            columns.add_covariate(effect.name, x, effect.degree, within)


def _records(
    model: Model,
    reader: Reader,
    y: Floats,
    known: Flags,
    used: Integers,
    parts: list[_Part],
    size: int,
) -> Records:
    observed = known[used]
    matrices = [part.matrix(size) for part in parts]
    matrix = matrices[0]
    trait = np.zeros(used.size, np.int32)
    if len(parts) > 1:
        rows = np.concatenate([part.rows for part in parts])
        trait = np.repeat(np.arange(len(parts), dtype=np.int32), [p.rows.size for p in parts])
        order = np.lexsort((trait, rows))
        trait = trait[order]
        matrix = vstack(matrices, format="csr")[order]
    start = np.zeros(used.size + 1, np.int64)
    np.cumsum(observed.sum(axis=1), out=start[1:])
    pattern, patterns, group = _patterns(observed, reader.residual_groups(used)[0])
    return Records(
        y[used][observed],
        trait,
        start,
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data,
        pattern,
        reader.weights()[used],
        patterns,
        group,
    )


def _patterns(observed: Flags, group: Integers) -> tuple[Indices, Flags, Indices]:
    """Combinations of observed traits and residual group: of each record, and what they are."""
    traits = observed.shape[1]
    key = group.astype(np.int64) << traits
    key += observed @ (1 << np.arange(traits, dtype=np.int64))
    keys, pattern = np.unique(key, return_inverse=True)
    bits = (keys[:, None] >> np.arange(traits)) & 1
    return pattern.astype(np.int32), bits.astype(np.bool_), (keys >> traits).astype(np.int32)


def _in_order(model: Model, coefficients: list[Coefficient]) -> list[Coefficient]:
    """The intercept, then effects in the order of the model; traits within effect."""
    names = [effect.name for effect in model.effects]
    if len(model.traits) == 1:
        return coefficients
    rank = {name: place for place, name in enumerate(names)}
    return sorted(coefficients, key=lambda c: rank.get(c.effect, -1))


def _problem(kind: str, message: str, remedy: str) -> Problem:
    return Problem(kind, (), message, remedy)
