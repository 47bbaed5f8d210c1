"""Time and memory of pedigree kernels and BLUP: python tests/benchmarks/pedigree_and_blup.py 100000

A simulated dairy-like population: forty overlapping cohorts, few sires used unequally, three
percent unknown parents; one record an animal, 500 herd-years. Compiled kernels are warmed first.
Prints a Markdown table; docs/reference/benchmarks.md holds one run.
"""

import sys
from time import perf_counter, process_time

import numpy as np
import pandas as pd

import agrigen as ag
from agrigen._kernels import warm
from agrigen.provenance import peak_memory_mb

COHORTS = 40
HERD_YEARS = 500
UNKNOWN = 0.03


def population(animals, seed=1):
    """Sires and dams as 1-based numbers, 0 unknown, cohort by cohort."""
    rng = np.random.default_rng(seed)
    size = animals // COHORTS
    bulls = max(10, int(20 * (size / 2500) ** 0.6))
    sire = np.zeros(animals, np.int64)
    dam = np.zeros(animals, np.int64)
    chosen = []
    for cohort in range(2, COHORTS):
        start = cohort * size
        stop = animals if cohort == COHORTS - 1 else start + size
        males = np.arange((cohort - 2) * size, (cohort - 1) * size, 2)
        chosen.append(rng.choice(males, bulls, replace=False))
        pool = np.concatenate(chosen[-4:])
        use = rng.permutation(np.arange(1, pool.size + 1) ** -0.6)
        sire[start:stop] = 1 + rng.choice(pool, stop - start, p=use / use.sum())
        oldest = max(0, cohort - 6) * size
        mothers = oldest + rng.integers(0, ((cohort - 1) * size - oldest) // 4, stop - start) * 4
        dam[start:stop] = 2 + mothers
    for parent in (sire, dam):
        parent[rng.random(animals) < UNKNOWN] = 0
    return sire, dam


def timed(label, function):
    """Run once and print wall and processor seconds."""
    wall, processor = perf_counter(), process_time()
    value = function()
    wall, processor = perf_counter() - wall, process_time() - processor
    print(f"| {label} | {wall:.3f} | {processor:.3f} |")
    return value


def main(animals):
    """All steps on one population."""
    warm()
    sire, dam = population(animals)
    ids = np.arange(1, animals + 1)
    rng = np.random.default_rng(2)
    records = pd.DataFrame(
        {
            "animal": ids,
            "herd_year": rng.integers(0, HERD_YEARS, animals),
            "milk": rng.normal(size=animals),
        }
    )
    model = ag.Model("milk", [ag.Fixed("herd_year"), ag.Animal()])
    variances = {"a": 1.0, "residual": 2.0}
    print(f"{animals} animals\n\n| step | wall s | CPU s |\n|---|---|---|")
    pedigree = timed("ids to checked, ordered pedigree", lambda: ag.Pedigree(ids, sire, dam))
    f = timed("inbreeding", pedigree.inbreeding)
    timed("A-inverse, lower triangle", pedigree.ainverse_lower)
    x = rng.normal(size=animals)
    timed("A times a vector", lambda: pedigree.times(x))
    timed("A-inverse times a vector", lambda: pedigree.inverse_times(x))
    for solver, label in (("pcg", "conjugate gradients"), ("direct", "exact reliabilities")):
        result = timed(
            f"BLUP, {label}",
            lambda solver=solver: ag.evaluate(model, records, pedigree, variances, solver=solver),
        )
    print(f"\nmean inbreeding {f.mean():.4f}; factor {result.diagnostics['factor_nonzeros']} ")
    print(f"non-zeros, {result.diagnostics['factor_operations']:.3g} operations; peak memory ")
    print(f"{peak_memory_mb():.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
