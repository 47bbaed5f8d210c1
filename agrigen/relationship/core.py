"""Which genotyped animals are the core of an approximate inverse."""

from dataclasses import replace

import numpy as np
from scipy import linalg

from agrigen._kernels import pedigree_structure as kernels
from agrigen.errors import DataError, GenotypeError, ModelError, Problem, name_some
from agrigen.evaluation.effects import Core
from agrigen.evaluation.progress import NO_STAGES, Stages
from agrigen.pedigree import Pedigree
from agrigen.pedigree.names import Names
from agrigen.relationship.apy import core_blocks
from agrigen.relationship.implicit import ImplicitRelationship
from agrigen.types import Floats, Integers

EXACT = 3_000
"""Animals up to which all eigenvalues of G are computed."""

PROBES, STEPS = 4, 60
"""Random vectors, and products with G for each, that the spectrum of larger G is estimated from."""

CANDIDATES = 64
"""Animals whose relationships are made at a time when a core is pruned."""

SPENT = 1e-10
"""Variance left of an animal, as a share of its own, below which it adds nothing to a core."""


def choose_core(
    core: Core, g: ImplicitRelationship, pedigree: Pedigree | None, stage: Stages = NO_STAGES
) -> Integers:
    """Places of the core animals among the genotyped, ascending.

    `random` draws them. `contribution` takes those with the largest sums of the genes that they
    passed to genotyped animals, themselves included. `pruning` is the Cholesky factor of G with
    pivots: each next animal is the one with the largest variance given those before; it keeps
    8 n c bytes for n genotyped and c core animals. A share of variance is turned into the number
    of the largest eigenvalues of Z Z' that hold it (Pocrnic et al. 2016), above 3,000 animals
    estimated by Lanczos quadrature from 240 products.

    Raises
    ------
    ModelError, DataError
        For more core animals than genotyped ones or than G has dimensions, and for core animals
        without genotypes.
    """
    if core.animals is not None:
        return _named(core.animals, g)
    size = core.size or 0
    size = dimensions(g, size, core.seed, stage) if size < 1 else int(size)
    if size > len(g):
        text = f"The core has {size} animals, and {len(g)} are genotyped."
        raise ModelError([Problem("core", (), text, 'Take fewer, or a share: core: "98%".')])
    if core.choose == "contribution":
        return _largest(_contributions(g, pedigree), size)
    if core.choose == "pruning":
        return _pruned(g, size, stage)
    generator = np.random.default_rng(core.seed)
    return np.sort(generator.choice(len(g), size, replace=False)).astype(np.int64)


def dimensions(
    g: ImplicitRelationship, share: float, seed: int = 1, stage: Stages = NO_STAGES
) -> int:
    """How many of the largest eigenvalues of Z Z' hold a share of their sum."""
    plain = ImplicitRelationship(g.genotypes, g.frequencies, g.scale)
    if len(g) <= EXACT:
        values = linalg.eigvalsh(plain.relationship.matrix)[::-1]
        weights = np.ones(values.size)
    else:
        values, weights = _spectrum(replace(plain, single=True), seed, stage)
    held = np.cumsum(np.maximum(values, 0.0) * weights)
    last = int(np.searchsorted(held, share * held[-1] * (1.0 - 1e-12)))
    return max(1, min(len(g), round(float(weights[: last + 1].sum()))))


def _spectrum(g: ImplicitRelationship, seed: int, stage: Stages) -> tuple[Floats, Floats]:
    """Values, falling, and how many eigenvalues each stands for (Ubaru, Chen and Saad 2017)."""
    generator = np.random.default_rng(seed)
    values, weights = [], []
    for probe in range(PROBES):
        stage(probe / PROBES, "estimating the dimensions of genomic relationships")
        start = generator.choice([-1.0, 1.0], len(g))
        diagonal, beside = _lanczos(g, start / np.sqrt(len(g)))
        ritz, vectors = linalg.eigh_tridiagonal(diagonal, beside)
        values.append(ritz)
        weights.append(len(g) / PROBES * vectors[0] ** 2)
    order = np.argsort(-np.concatenate(values), kind="stable")
    return np.concatenate(values)[order], np.concatenate(weights)[order]


def _lanczos(g: ImplicitRelationship, start: Floats) -> tuple[Floats, Floats]:
    """The tridiagonal matrix of G from a unit vector, every vector made orthogonal to all."""
    basis = np.empty((STEPS, start.size))
    basis[0] = start
    diagonal, beside = np.empty(STEPS), np.empty(STEPS - 1)
    for k in range(STEPS):
        rest = g.times(basis[k])
        diagonal[k] = basis[k] @ rest
        if k + 1 == STEPS:
            break
        for _ in range(2):
            rest -= basis[: k + 1].T @ (basis[: k + 1] @ rest)
        beside[k] = np.linalg.norm(rest)
        basis[k + 1] = rest / beside[k]
    return diagonal, beside


def _named(animals: tuple[str, ...], g: ImplicitRelationship) -> Integers:
    places = Names(g.genotypes.ids).find(Names(np.array(animals, dtype=object)))
    absent = [name for name, place in zip(animals, places, strict=True) if place < 0]
    if absent:
        text = f"Core animals are not genotyped: {name_some(absent)}."
        remedy = "Name genotyped animals, or give their number: core: 5000."
        raise DataError([Problem("core_not_genotyped", tuple(absent), text, remedy)])
    return np.unique(places).astype(np.int64)


def _largest(values: Floats, size: int) -> Integers:
    """Places of the largest; of equals the first."""
    return np.sort(np.argsort(-values, kind="stable")[:size]).astype(np.int64)


def _contributions(g: ImplicitRelationship, pedigree: Pedigree | None) -> Floats:
    places = np.full(len(g), -1) if pedigree is None else pedigree.index_many(g.genotypes.ids)
    if pedigree is None or (places < 0).any():
        text = "A core chosen by contribution needs a pedigree of all genotyped animals."
        raise ModelError([Problem("core", (), text, "Give it, or choose: random or pruning.")])
    structure = pedigree.structure().without_fixed_groups()
    genes = np.zeros(len(structure))
    genes[places] = 1.0
    kernels.gather(*structure.animals[:4], genes)
    return np.asarray(genes[places])


def _pruned(g: ImplicitRelationship, size: int, stage: Stages) -> Integers:
    """Greedy, exactly: an animal of a block is taken while none outside can have more left."""
    left = g.diagonal.copy()
    least = SPENT * float(left.max())
    rows = np.empty((size, len(g)))
    taken: list[int] = []
    while len(taken) < size:
        stage(len(taken) / size, f"choosing core animals: {len(taken)} of {size}")
        block = _largest(left, min(CANDIDATES, len(g)))
        outside = left.copy()
        outside[block] = 0.0
        bound = float(outside.max())
        columns = _columns(g, block)
        while len(taken) < size:
            pick = int(np.argmax(left[block]))
            animal = int(block[pick])
            if left[animal] < bound or left[animal] <= least:
                break
            done = len(taken)
            row = columns[pick] - rows[:done, animal] @ rows[:done]
            row /= np.sqrt(left[animal])
            left -= row * row
            left[animal] = 0.0
            rows[done] = row
            taken.append(animal)
        else:
            break
        if left.max() <= least:
            text = f"A core of {size} animals is more than the {len(taken)} dimensions of G."
            remedy = f"Take {len(taken)} or fewer, or blend: blend: 0.05."
            raise GenotypeError([Problem("core", (), text, remedy)])
    return np.sort(np.array(taken, dtype=np.int64))


def _columns(g: ImplicitRelationship, block: Integers) -> Floats:
    """Columns of G, one row each."""
    other = np.ones(len(g), np.bool_)
    other[block] = False
    out = np.empty((block.size, len(g)))
    out[:, block], out[:, other] = core_blocks(g, block, np.flatnonzero(other))
    return out
