"""Blocks of the relationship matrix, and what they need of the pedigree."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from agrigen._kernels import pedigree_relationship as kernels
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats, Integers

THREADS_ABOVE = 500
"""Animals of a block from which a second thread pays."""

MOST_THREADS = 4
"""Each has work space of 64 bytes an ancestor; more than four wait for memory."""


def symmetric(lower: csr_array) -> csr_array:
    """Both triangles of a symmetric matrix given by its lower one."""
    diagonal = lower.diagonal()
    full = (lower + lower.T).tocsr()
    full.setdiag(diagonal)
    full.sort_indices()
    return full


def ancestral(structure: Structure, chosen: Integers) -> tuple[Structure, Integers]:
    """The structure of the chosen levels, their ancestors and all groups; where they stand in it.

    It gives the same relationships, and its inverse is that of the smaller relationship matrix.
    """
    sires, dams, _, _, precisions = structure.animals
    levels, animals = len(structure), sires.size
    wanted = np.zeros(levels, np.bool_)
    wanted[chosen] = True
    wanted[animals:] = True
    kernels.mark_with_ancestors(sires, dams, wanted)
    kept = np.flatnonzero(wanted)
    place = np.full(levels + 1, -1, np.int32)  # the last place keeps -1 unknown
    place[kept] = np.arange(kept.size, dtype=np.int32)
    inside = kept[kept < animals]
    precision = precisions[inside]
    logdet = structure.logdet + float(np.log(precisions).sum() - np.log(precision).sum())
    names = np.asarray(kept) if isinstance(structure.names, range) else structure.names[kept]
    small = replace(
        structure,
        names=names,
        logdet=logdet,
        own=structure.own[kept],
        sire=place[sires[inside]],
        dam=place[dams[inside]],
        precision=precision,
    )
    return small, place[chosen].astype(np.int64)


def block(structure: Structure, chosen: Integers) -> Floats:
    """Dense relationships among some levels, in their order (Colleau 2002)."""
    distinct, where = np.unique(chosen, return_inverse=True)
    small, places = ancestral(structure, distinct)
    out = np.empty((distinct.size, distinct.size))
    gamma, parents, variance = small.gamma, small.animals[:4], 1.0 / small.animals[4]
    size, lanes = distinct.size, kernels.LANES

    def rows(cuts: range) -> None:
        work = np.zeros((len(small) + 1, lanes))
        on = np.zeros(len(small), np.bool_)
        for low in cuts:
            high = min(low + lanes, size)
            kernels.block_rows(*parents, variance, gamma, places, low, high, work, on, out)

    threads = 1 if size < THREADS_ABOVE else min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(rows, [range(t * lanes, size, threads * lanes) for t in range(threads)]))
    kernels.mirror(out)
    if (distinct.size == chosen.size) and (distinct == chosen).all():
        return out
    return out[np.ix_(where, where)]
