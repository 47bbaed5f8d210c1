"""Genotypes of one flock of the demonstration, as a laboratory would send them.

The sheep are simulated with dense genomes, so weights have their genes among these markers. A few
things are wrong, as they are in earnest; what they are stands in `planted`, for tests and teaching.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import agrigen as ag
from hub.local.demo_population import Animal, Population

FARM, STUD = "HILL", "RAMS"
FILE = "hill-flock-5k.vcf.gz"
ASSEMBLY, ARRAY = "ARS-UI_Ramb_v2.0", "Demonstration 5k"
SAMPLES = 400
X_MARKERS = 80
LENGTH = 100_000_000  # bases of each simulated chromosome
MISSING, WRONG = 0.004, 0.0005
LETTERS = np.array(["A", "C", "G", "T"])


@dataclass(frozen=True)
class DemoGenotypes:
    """A file of genotypes, and what only the simulation knows of it.

    `planted` maps what is wrong to names of samples or markers: `wrong_sire` (lamb, recorded ram,
    true ram), `duplicate` (the sample, and whose genotypes it has), `bad_samples`, `bad_markers`.
    """

    farm: str
    name: str
    content: bytes
    planted: dict[str, tuple[str, ...]]


def make_genotypes(population: Population, seed: int) -> DemoGenotypes:
    """Genotype the parents and the youngest of the flock; the recorded sire of one lamb changes."""
    random = np.random.default_rng([seed, 3])
    chosen = _chosen(population)
    planted = _plant_pedigree(population, chosen)
    rows = [animal.row for animal in chosen]
    dosages = population.haplotypes(rows).sum(axis=1).astype(np.int8)
    dosages = np.hstack([dosages, _on_x(population, random)[rows]])
    markers = _markers(population, random)
    planted |= _plant_samples(chosen, dosages, random)
    planted["bad_markers"] = tuple(markers.names[_plant_markers(dosages, random)])
    made = ag.Genotypes.from_dosages(dosages, [animal.id for animal in chosen], markers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        made.write(path)
        return DemoGenotypes(FARM, FILE, path.read_bytes(), planted)


def _chosen(population: Population) -> list[Animal]:
    """Sires of the flock, its ewes, and its youngest lambs: as many as the laboratory takes."""
    flock = [animal for animal in population.animals if animal.farm == FARM]
    sires = {animal.sire for animal in flock} - {None}
    ewes = {animal.row for animal in flock if animal.sex == "F" and animal.status == "alive"}
    first = [one for one in population.animals if one.row in sires | ewes]
    rest = [one for one in reversed(flock) if one.row not in sires | ewes]
    return sorted([*first, *rest[: SAMPLES - len(first)]], key=lambda one: one.row)


def _plant_pedigree(population: Population, chosen: list[Animal]) -> dict[str, tuple[str, ...]]:
    """Of one lamb another ram of the circle is recorded than the one that sired it."""
    rows = {animal.row for animal in chosen}
    lamb = next(
        one for one in reversed(chosen) if one.farm == FARM and one.sire in rows and one.sex == "F"
    )
    true = population.animals[lamb.sire or 0]
    other = next(
        one
        for one in chosen
        if one.farm == STUD
        and one.sex == "M"
        and one.breed == true.breed
        and one.row not in (true.row, true.sire)
    )
    lamb.sire = other.row
    return {"wrong_sire": (lamb.id, other.id, true.id)}


def _plant_samples(
    chosen: list[Animal], dosages: np.ndarray, random: np.random.Generator
) -> dict[str, tuple[str, ...]]:
    """Poor DNA, a tube that was filled twice, and the misreadings of every chip."""
    lambs = [place for place, one in enumerate(chosen) if one.farm == FARM and one.sire is not None]
    copy = next(place for place in lambs if chosen[place].sex == "M")
    twin = next(
        place
        for place in lambs[len(lambs) // 2 :]
        if chosen[place].sex == "F" and chosen[place].dam != chosen[copy].dam
    )
    dosages[twin] = dosages[copy]
    wrong = random.random(dosages.shape) < WRONG
    dosages[wrong] = random.integers(0, 3, int(wrong.sum()))
    dosages[random.random(dosages.shape) < MISSING] = -1
    bad = [place for place in lambs[3::40] if place not in (copy, twin)][:3]
    for place in bad:
        dosages[place, random.random(dosages.shape[1]) < 0.3] = -1
    names = {"bad_samples": tuple(chosen[place].id for place in bad)}
    return {"duplicate": (chosen[twin].id, chosen[copy].id), **names}


def _plant_markers(dosages: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Markers that read badly, and some that show heterozygotes where there are none."""
    places = np.sort(random.choice(dosages.shape[1] - X_MARKERS, 40, replace=False))
    for place in places[:25]:
        dosages[random.random(len(dosages)) < 0.25, place] = -1
    for place in places[25:]:
        dosages[:, place] = np.where(random.random(len(dosages)) < 0.9, 1, dosages[:, place])
    return places


def _on_x(population: Population, random: np.random.Generator) -> np.ndarray:
    """Dosages on X, without recombination: one copy of males reads as two equal ones."""
    frequency = random.uniform(0.2, 0.8, X_MARKERS)
    strands = np.empty((len(population.animals), 2, X_MARKERS), np.int8)
    for animal in population.animals:  # parents stand before their offspring
        new = (random.random((2, X_MARKERS)) < frequency).astype(np.int8)
        if animal.dam is not None:
            new[1] = strands[animal.dam, random.integers(2)]
        if animal.sire is not None:
            new[0] = strands[animal.sire, 1]
        if animal.sex == "M":
            new[0] = new[1]
        strands[animal.row] = new
    summed: np.ndarray = strands.sum(axis=1).astype(np.int8)
    return summed


def _markers(population: Population, random: np.random.Generator) -> ag.MarkerMap:
    genome = population.genome
    chromosomes = [*(genome.chromosome + 1).astype(str), *["X"] * X_MARKERS]
    share = genome.position / genome.lengths[genome.chromosome]
    places = np.concatenate([share, (np.arange(X_MARKERS) + 0.5) / X_MARKERS])
    positions = (places * LENGTH).astype(np.int64)
    first = random.integers(0, 4, len(chromosomes))
    second = (first + random.integers(1, 4, len(chromosomes))) % 4
    return ag.MarkerMap.of(
        [f"OAR{c}_{p}.1" for c, p in zip(chromosomes, positions, strict=True)],
        chromosomes=chromosomes, positions=positions, counted=LETTERS[first],
        other=LETTERS[second], assembly=ASSEMBLY,
    )  # fmt: skip
