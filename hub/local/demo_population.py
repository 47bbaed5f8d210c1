"""A simulated population of one species for the demonstration: animals, genes, observations."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from agrigen.simulate import Genome, Trait, make_cross


@dataclass
class Animal:
    """One animal as the simulation knows it; ``row`` is its place in the population."""

    row: int
    id: str
    farm: str
    sex: str
    breed: str
    birth_date: date
    birth_type: int | None
    sire: int | None
    dam: int | None
    status: str = "alive"
    name: str = ""


@dataclass(frozen=True)
class Observation:
    """One record of a trait with the attributes a farm hands in beside it."""

    farm: str
    animal: str
    trait: str
    date: date
    value: str
    attributes: tuple[str, ...]


@dataclass
class Population:
    """Animals of one species in order of birth, with their haplotypes and true breeding values.

    ``founder_haplotypes`` are used up in order by :meth:`add_founder`.
    """

    species: str
    genome: Genome
    traits: list[Trait]
    founder_haplotypes: np.ndarray
    random: np.random.Generator
    animals: list[Animal] = field(default_factory=list)
    records: list[Observation] = field(default_factory=list)
    tag_of_farm: dict[str, str] = field(default_factory=dict)
    _haplotypes: np.ndarray = field(init=False, repr=False)
    _founders_used: int = 0
    _serial: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._haplotypes = np.empty((4096, 2, self.genome.n_loci), dtype=np.int8)

    def add_founder(
        self, farm: str, sex: str, breed: str, birth_date: date, *, name: str = ""
    ) -> Animal:
        """An animal bought in, its parents unknown."""
        haplotypes = self.founder_haplotypes[self._founders_used]
        self._founders_used += 1
        return self._add(
            haplotypes, farm=farm, sex=sex, breed=breed, birth_date=birth_date, birth_type=None,
            sire=None, dam=None, name=name,
        )  # fmt: skip

    def add_offspring(
        self, sire: Animal, dam: Animal, birth_date: date, *, birth_type: int = 1
    ) -> Animal:
        """A birth on the farm of the dam; either sex with probability 1/2."""
        known = self._haplotypes[: len(self.animals)]
        haplotypes = make_cross(known, [sire.row], [dam.row], self.genome, rng=self.random)[0]
        return self._add(
            haplotypes, farm=dam.farm, sex="FM"[self.random.integers(2)], breed=dam.breed,
            birth_date=birth_date, birth_type=birth_type, sire=sire.row, dam=dam.row,
        )  # fmt: skip

    def haplotypes(self, rows: list[int]) -> np.ndarray:
        """Haplotypes of these animals, shape (animals, 2, loci)."""
        return self._haplotypes[rows]

    def true_breeding_values(self) -> dict[str, np.ndarray]:
        """True breeding value of every animal for each trait, by row."""
        known = self._haplotypes[: len(self.animals)]
        return {trait.name: trait.bv(known) for trait in self.traits}

    def breeding_values(self, animal: Animal) -> list[float]:
        """True breeding values of one animal in the order of the traits."""
        one = self._haplotypes[animal.row : animal.row + 1]
        return [float(trait.bv(one)[0]) for trait in self.traits]

    def id_of(self, row: int | None) -> str:
        """Tag of an animal, empty for an unknown parent."""
        return "" if row is None else self.animals[row].id

    def _add(self, haplotypes: np.ndarray, *, farm: str, **facts: Any) -> Animal:
        row = len(self.animals)
        serial = self._serial[farm] = self._serial.get(farm, 0) + 1
        animal = Animal(row=row, id=f"{self.tag_of_farm[farm]}{serial:05d}", farm=farm, **facts)
        self._haplotypes[row] = haplotypes
        self.animals.append(animal)
        return animal
