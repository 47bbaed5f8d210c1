"""Relationships between the records that are tested: one matrix, or one a chromosome."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agrigen.association.filters import Markers
from agrigen.association.prepare import Prepared
from agrigen.errors import GenotypeError, Problem
from agrigen.genotypes import Genotypes
from agrigen.relationship.genomic import grm
from agrigen.types import Floats, Integers, Texts
from agrigen.variance.dense_records import places_of, relationship_of


@dataclass(frozen=True, eq=False)
class Region:
    """Markers that are tested with one matrix.

    Attributes
    ----------
    name
        Of the relationships.
    markers
        Places among the tested markers.
    matrix
        Relationships between the records; None for none.
    """

    name: str
    markers: Integers
    matrix: Floats | None


def regions(
    genotypes: Genotypes, relationship: Any, prepared: Prepared, markers: Markers, *, apart: bool
) -> list[Region]:
    """The regions of a genome, each with its relationships."""
    every = np.arange(markers.places.size)
    if relationship is None:
        return [Region("none", every, None)]
    if apart:
        return _apart(genotypes, relationship, prepared, markers)
    if isinstance(relationship, str):
        made = grm(genotypes, relationship)
        return [Region(relationship, every, _between(made.ids, made.matrix, prepared))]
    ids, matrix = relationship_of(relationship, "relationship")
    return [Region("given", every, _between(ids, matrix, prepared))]


def _apart(genotypes: Genotypes, method: str, prepared: Prepared, markers: Markers) -> list[Region]:
    """Relationships of all but one chromosome: the sum of all less its own."""
    chromosomes = genotypes.markers.chromosomes
    tested = prepared.genotypes.markers.chromosomes[markers.places]
    names = list(dict.fromkeys(chromosomes))
    if len(names) < 2:
        text = f"All markers are on chromosome {names[0]}: none is left when it is left out."
        raise GenotypeError([Problem("one_chromosome", (), text, "Give markers of others too.")])
    own, scales = _sums(genotypes, method, names, prepared)
    total = np.sum(list(own.values()), axis=0)
    weight = sum(scales.values())
    return [
        Region(
            f"{method} without chromosome {name}",
            np.flatnonzero(tested == name),
            (total - own[name]) / (weight - scales[name]) if name in own else total / weight,
        )
        for name in names
        if (tested == name).any()
    ]


def _sums(
    genotypes: Genotypes, method: str, names: list[str], prepared: Prepared
) -> tuple[dict[str, Floats], dict[str, float]]:
    """Products of each chromosome before they are divided, and what divides them."""
    sums, scales = {}, {}
    varying = _varying(genotypes)
    for name in names:
        mine = (genotypes.markers.chromosomes == name) & varying
        if not mine.any():
            continue
        made = grm(genotypes[:, mine], method)
        sums[name] = _between(made.ids, made.matrix, prepared) * made.scale
        scales[name] = made.scale
    return sums, scales


def _varying(genotypes: Genotypes) -> np.ndarray:
    frequencies = np.nan_to_num(genotypes.frequencies())
    return np.asarray((frequencies > 0) & (frequencies < 1))


def _between(ids: Texts, matrix: Floats, prepared: Prepared) -> Floats:
    """Relationships of the animals with records, in the order of the records."""
    places = places_of(prepared.ids, ids, "the relationships")
    if places.size == ids.size and (places == np.arange(ids.size)).all():
        return matrix
    return np.asarray(matrix[np.ix_(places, places)])
