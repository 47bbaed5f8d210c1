"""Time and memory of conjugate gradients: python tests/benchmarks/pcg.py 1000000

One record an animal, one trait, 500 herd-years for each million animals; the population is that of
pedigree_and_blup.py. The arrays of the design are made directly, as at 10 million animals the core
is measured: arrays in, solutions out. Prints a Markdown table row; memory is of the whole process.
A second argument is the tolerance (default 1e-10), which alone ends the iterations here; the
error in genetic standard deviations is printed.
"""

import gc
import os
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import agrigen as ag
from agrigen.evaluation.arrays import Block, Component, Covariances, Design, Records
from agrigen.evaluation.iterative import product, solve_iterative
from agrigen.pedigree.inbreeding import inbreeding, mendelian_variance
from agrigen.pedigree.structure import Structure
from agrigen.provenance import peak_memory_mb
from tests.benchmarks.pedigree_and_blup import COHORTS, HERD_YEARS, population

VARIANCE, RESIDUAL = 1.0, 2.0


def parents(animals):
    """Parents as places in the pedigree, -1 unknown, and what Mendelian sampling is."""
    sire, dam = ((p - 1).astype(np.int32) for p in population(animals))
    gc.collect()
    f = inbreeding(sire, dam)
    return sire, dam, f, mendelian_variance(sire, dam, 1.0 + f)[0]


def simulate(animals):
    """The design of one trait: an animal effect, the intercept, herd-years less the first."""
    rng = np.random.default_rng(2)
    sire, dam, inbreeding, mendelian = parents(animals)
    herds = max(1, animals // 1_000_000) * HERD_YEARS // (COHORTS // 2)
    classes = herds * (COHORTS // 2)
    size = animals // COHORTS
    year = np.minimum(np.arange(animals, dtype=np.int32) // size, COHORTS - 1) // 2
    herd_year = year * np.int32(herds) + rng.integers(0, herds, animals, dtype=np.int32)
    del year
    y = rng.normal(size=animals)
    y *= np.sqrt(mendelian)
    for i in (sire, dam):
        assert i.dtype == np.int32
    inherit(sire, dam, y)
    y += np.sqrt(RESIDUAL) * rng.normal(size=animals)
    y += rng.normal(size=classes)[herd_year]
    entries = np.full(animals, 3, np.int64)
    entries[herd_year == 0] = 2
    first = np.zeros(animals + 1, np.int64)
    np.cumsum(entries, out=first[1:])
    del entries
    column = np.empty(first[-1], np.int32)
    place = first[:-1]
    column[place] = np.arange(animals, dtype=np.int32)
    column[place + 1] = animals
    there = herd_year > 0
    column[place[there] + 2] = animals + herd_year[there]
    empty = np.bincount(herd_year, minlength=classes) == 0
    empty[0] = False  # its column is the intercept's
    del there, herd_year, place
    records = Records(
        y,
        np.zeros(animals, np.int32),
        np.arange(animals + 1),
        first,
        column,
        np.ones(column.size),
        np.zeros(animals, np.int32),
        np.ones(animals),
        np.ones((1, 1), bool),
        np.zeros(1, np.int32),
    )
    precision = np.reciprocal(mendelian, out=mendelian)
    names = np.broadcast_to(np.array("", dtype=object), animals)  # the solver reads no names
    structure = Structure(names, 0.0, 1.0 + inbreeding, sire=sire, dam=dam, precision=precision)
    block = Block("a", ("a",), (Component("a", "y"),), structure, 0)
    model = ag.Model("y", [ag.Fixed("herd_year"), ag.Animal()])
    total = animals + classes
    pinned = np.zeros(total, bool)
    pinned[animals:] = empty
    return Design(
        model, records, (block,), slice(animals, total), pinned, [], None,
        animals, {}, [""], [],
    )  # fmt: skip


def inherit(sire, dam, y):
    """Breeding values from Mendelian sampling terms, cohort by cohort."""
    size = y.size // COHORTS
    for cohort in range(1, COHORTS):
        a = cohort * size
        b = y.size if cohort == COHORTS - 1 else a + size
        for parent in (sire[a:b], dam[a:b]):
            y[a:b] += 0.5 * np.where(parent >= 0, y[parent], 0.0)


def main(animals, tolerance):
    """Warm the kernels on a small population, then solve the large one."""
    covariances = Covariances((np.array([[VARIANCE]]),), np.array([[[RESIDUAL]]]))
    solve_iterative(simulate(4_000), covariances)
    design = simulate(animals)
    gc.collect()
    before = peak_memory_mb()
    wall, processor = perf_counter(), process_time()
    x, found = solve_iterative(design, covariances, tolerance=tolerance, accuracy=np.inf)
    wall, processor = perf_counter() - wall, process_time() - processor
    print("| animals | iterations | relative residual | error (sd) | wall s | CPU s | peak MB |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {animals:,} | {found.iterations} | {found.residual:.1e} | {found.error:.1e} | "
        f"{wall:.2f} | {processor:.2f} | {peak_memory_mb():.0f} (before: {before:.0f}) |"
    )
    times = product(design, covariances)
    processor = process_time()
    times(x)
    print(f"\none product {process_time() - processor:.3f} CPU s; {os.cpu_count()} processors; ")
    print(f"to 1e-6 in {int((found.history > 1e-6).sum())} iterations; ")
    print(f"converged: {found.converged}")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000,
        float(sys.argv[2]) if len(sys.argv) > 2 else 1e-10,
    )
