"""What the lesson computes: pedigrees of repeated matings, genes dropped through them."""

from dataclasses import dataclass

import numpy as np

import agrigen as ag
from agrigen.simulate import (
    Genome,
    Trait,
    add_trait_a,
    founder_haplotypes,
    gene_drop,
    make_cross,
    realized_inbreeding,
)

LAMB = "Lamb"
SHEEP = Genome(26, length_morgan=1.3, loci_per_chromosome=20)  # 26 autosomes, about 34 Morgan
Rows = list[tuple[str, str, str]]  # id, sire, dam


@dataclass(frozen=True)
class Line:
    """A line in which the same kind of mating is repeated; the last animal is the lamb."""

    rows: Rows

    @property
    def pedigree(self) -> "ag.Pedigree":  # a name in quotes: pandas loads when it is used
        """The line as a pedigree."""
        return ag.Pedigree(*(list(column) for column in zip(*self.rows, strict=True)))

    def inbreeding(self) -> float:
        """Inbreeding of the lamb by pedigree."""
        pedigree = self.pedigree
        return float(pedigree.inbreeding()[pedigree.index(LAMB)])

    def dropped(self, genes: int, rng: int) -> float:
        """Share of independent genes that the lamb has twice from one ancestor, simulated."""
        pedigree = self.pedigree
        labels = gene_drop(pedigree, Genome(genes, length_morgan=0, loci_per_chromosome=1), rng=rng)
        return float(realized_inbreeding(labels)[pedigree.index(LAMB)])

    def dropped_genomes(self, lambs: int, rng: int) -> np.ndarray:
        """Share of the genome that is identical by descent in many lambs, each of its own line."""
        pedigree = self.pedigree
        # One drop through copies of the pedigree side by side is much faster than many drops.
        first = np.repeat(np.arange(lambs) * len(pedigree), len(pedigree))
        sires, dams = (
            np.where(np.tile(parents, lambs) >= 0, np.tile(parents, lambs) + first, -1)
            for parents in (pedigree.sire, pedigree.dam)
        )
        shares = realized_inbreeding(gene_drop((sires, dams), SHEEP, rng=rng))
        return shares[pedigree.index(LAMB) :: len(pedigree)]


def unrelated(generations: int) -> Line:
    """Every generation a ram from elsewhere."""
    rows: Rows = [("Ewe", "", "")]
    ewe = "Ewe"
    for generation in range(1, generations + 1):
        ram = f"Ram {generation}"
        child = f"Daughter {generation}"
        rows += [(ram, "", ""), (child, ram, ewe)]
        ewe = child
    return Line([*rows, ("New ram", "", ""), (LAMB, "New ram", ewe)])


def half_sibs(generations: int) -> Line:
    """A ram is mated with daughters of his own sire from other dams, again and again."""
    dams = [f"Ewe {letter}" for letter in "ABCDEFGH"[: generations + 1]]
    rows: Rows = [("Ram", "", ""), *((dam, "", "") for dam in dams)]
    sire = "Ram"
    for generation in range(1, generations + 1):
        son = f"Son {generation}"
        daughters = [f"Daughter {generation}{letter}" for letter in "abcdefgh"[: len(dams) - 1]]
        rows.append((son, sire, dams[0]))
        rows += [(daughter, sire, dam) for daughter, dam in zip(daughters, dams[1:], strict=True)]
        sire, dams = son, daughters
    return Line([*rows, (LAMB, sire, dams[0])])


def full_sibs(generations: int) -> Line:
    """Brother and sister in every generation."""
    rows: Rows = [("Ram", "", ""), ("Ewe", "", "")]
    sire, dam = "Ram", "Ewe"
    for generation in range(1, generations + 1):
        children = f"Son {generation}", f"Daughter {generation}"
        rows += [(child, sire, dam) for child in children]
        sire, dam = children
    return Line([*rows, (LAMB, sire, dam)])


def sire_and_daughter(generations: int) -> Line:
    """The same ram is mated with his daughter, then with their daughter, and so on."""
    rows: Rows = [("Ram", "", ""), ("Ewe", "", "")]
    dam = "Ewe"
    for generation in range(1, generations + 1):
        rows.append((f"Daughter {generation}", "Ram", dam))
        dam = f"Daughter {generation}"
    return Line([*rows, (LAMB, "Ram", dam)])


MATINGS = {
    "Unrelated": unrelated,
    "Half sibs": half_sibs,
    "Full sibs": full_sibs,
    "Sire × daughter": sire_and_daughter,
}


@dataclass(frozen=True)
class Flock:
    """Possible parents with known breeding values for weaning weight, kg."""

    haplotypes: np.ndarray
    trait: Trait

    @classmethod
    def make(cls, rng: int = 11) -> "Flock":
        """Four hundred animals; the breeding values have a standard deviation of 2 kg."""
        founders = founder_haplotypes(400, SHEEP, disequilibrium_morgan=0.05, rng=rng)
        (trait,) = add_trait_a(
            founders, SHEEP, ["weaning_weight"], mean=[30.0], variance=[4.0], rng=rng
        )
        return cls(founders, trait)

    def nearest(self, breeding_value: float, *, other_than: int = -1) -> tuple[int, float]:
        """The animal whose breeding value is nearest, and its value."""
        values = self.trait.bv(self.haplotypes)
        distance = np.abs(values - breeding_value)
        if other_than >= 0:
            distance[other_than] = np.inf
        animal = int(distance.argmin())
        return animal, float(values[animal])

    def lambs(self, sire: int, dam: int, count: int, rng: int) -> np.ndarray:
        """Breeding values of lambs of one pair."""
        pairs = np.full(count, sire), np.full(count, dam)
        return self.trait.bv(make_cross(self.haplotypes, *pairs, SHEEP, rng=rng))


def family_strands(lambs: int, chromosomes: int, rng: int) -> np.ndarray:
    """Which of the four strands of a pair of parents each lamb has, along its chromosomes.

    Returns labels 0, 1 (the ram's two strands) and 2, 3 (the ewe's), shape
    (lambs, 2, chromosomes, loci).
    """
    genome = Genome(chromosomes, length_morgan=1.3, loci_per_chromosome=60)
    sires, dams = np.r_[-1, -1, np.zeros(lambs)], np.r_[-1, -1, np.ones(lambs)]
    labels = gene_drop((sires.astype(int), dams.astype(int)), genome, rng=rng)
    return labels[2:].reshape(lambs, 2, chromosomes, 60)
