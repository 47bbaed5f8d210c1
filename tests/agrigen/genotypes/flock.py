"""A simulated flock with genotypes: founders, two generations, X, errors and missing calls."""

from dataclasses import dataclass

import numpy as np

from agrigen.genotypes import Genotypes, MarkerMap, Samples
from agrigen.pedigree import Pedigree

SIRES, DAMS, LAMBS = 6, 24, 60


@dataclass
class Flock:
    """True dosages and parents; ids are s0.., d0.., l0.. and grand-offspring g0.."""

    ids: list[str]
    sire: list[str]
    dam: list[str]
    sex: list[int]
    dosages: np.ndarray
    markers: MarkerMap

    def genotypes(self, dosages: np.ndarray | None = None) -> Genotypes:
        """Genotypes of these dosages, with what the flock records."""
        samples = Samples.of(self.ids, sire=self.sire, dam=self.dam, sex=self.sex)
        return Genotypes.from_dosages(
            self.dosages if dosages is None else dosages, samples, self.markers
        )

    def pedigree(self) -> Pedigree:
        """As recorded, with years of birth."""
        birth = [2000 + (2 if i[0] == "l" else 4 if i[0] == "g" else 0) for i in self.ids]
        return Pedigree(self.ids, self.sire, self.dam, birth=birth)

    def row(self, id: str) -> int:
        """Where an animal stands."""
        return self.ids.index(id)


def flock(
    markers: int = 1500, on_x: int = 120, *, error: float = 0.002, missing: float = 0.01,
    seed: int = 1,
) -> Flock:  # fmt: skip
    """Unlinked markers, the last `on_x` of them on chromosome X (27 of sheep)."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.5, markers + on_x)
    ids, sire, dam, sex, haplotypes = [], [], [], [], []

    def add(name, gender, parents=None):
        if parents is None:
            pair = rng.random((2, frequency.size)) < frequency
        else:
            pair = np.stack([_gamete(haplotypes[p], rng) for p in parents])
            if gender == 1:
                pair[0, markers:] = pair[1, markers:]  # the dam's X alone
            elif parents:
                pair[0, markers:] = haplotypes[parents[0]][1, markers:]
        if parents is None and gender == 1:
            pair[0, markers:] = pair[1, markers:]
        ids.append(name)
        sex.append(gender)
        sire.append(ids[parents[0]] if parents else "")
        dam.append(ids[parents[1]] if parents else "")
        haplotypes.append(pair)

    for i in range(SIRES):
        add(f"s{i}", 1)
    for i in range(DAMS):
        add(f"d{i}", 2)
    for i in range(LAMBS):
        add(f"l{i}", 1 + i % 2, (i % SIRES, SIRES + i % DAMS))
    lambs = SIRES + DAMS
    for i in range(20):
        add(f"g{i}", 1 + i % 2, (lambs + 2 * (i % 4), lambs + 20 + 1 + 2 * (i % 6)))
    true = np.array([pair.sum(axis=0) for pair in haplotypes])
    return Flock(ids, sire, dam, sex, _observed(true, error, missing, rng), _map(markers, on_x))


def _gamete(pair, rng):
    return np.where(rng.random(pair.shape[1]) < 0.5, pair[0], pair[1])


def _observed(true, error, missing, rng):
    seen = true.astype(np.int8)
    wrong = rng.random(seen.shape) < error
    seen[wrong] = rng.integers(0, 3, int(wrong.sum()))
    seen[rng.random(seen.shape) < missing] = -1
    return seen


def _map(markers, on_x):
    chromosomes = [str(1 + i * 26 // markers) for i in range(markers)] + ["27"] * on_x
    positions = np.concatenate([
        1_000_000 + 50_000 * np.arange(markers), 1_000_000 + 50_000 * np.arange(on_x),
    ])  # fmt: skip
    names = [f"m{i}" for i in range(markers + on_x)]
    return MarkerMap.of(
        names, chromosomes=chromosomes, positions=positions,
        counted=["A"] * len(names), other=["G"] * len(names),
    )  # fmt: skip
