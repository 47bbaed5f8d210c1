"""Whole evaluations from data frames: python tests/benchmarks/pedigree_and_blup.py blup 100000

A simulated dairy-like population: forty overlapping cohorts, few sires used unequally, three
percent unknown parents; one record an animal, 500 herd-years. Kernels are compiled and loaded
before the clock starts, except in `start`. Every kind prints rows of a Markdown table and the peak
memory of the process; docs/reference/benchmarks.md holds one run of each.

blup       breeding values and exact reliabilities; conjugate gradients; approximate reliabilities
reml       average-information REML
maternal   two traits, direct and maternal genetic effects with covariances, permanent environment
start      import, first evaluation and first REML of 1,600 animals in a fresh process
"""

import subprocess
import sys
from pathlib import Path
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
    print(f"| {label} | {wall:.3f} | {processor:.3f} |", flush=True)
    return value


def simulated(animals, traits=1):
    """A pedigree with string ids, and records with a genetic part."""
    sire, dam = population(animals)
    names = np.array([f"NL{k:08d}" for k in range(animals + 1)], dtype=object)
    names[0] = ""
    pedigree = ag.Pedigree(names[1:], names[sire], names[dam])
    rng = np.random.default_rng(2)
    values = np.zeros((animals + 1, traits))
    for i in range(animals):
        values[i + 1] = (values[sire[i]] + values[dam[i]]) / 2 + rng.normal(size=traits) * 0.7
    frame = {
        "animal": names[1:],
        "dam": names[dam],
        "herd_year": rng.integers(0, HERD_YEARS, animals),
    }
    for trait in range(traits):
        frame[f"y{trait + 1}"] = values[1:, trait] + 1.4 * rng.normal(size=animals)
    return pedigree, pd.DataFrame(frame)


def blup(animals):
    """Direct and iterative, with exact and approximate reliabilities."""
    pedigree, records = simulated(animals)
    model = ag.Model("y1", [ag.Fixed("herd_year"), ag.Animal()])
    variances = {"a": 1.0, "residual": 2.0}
    for label, options in (
        ("BLUP and exact reliability", {}),
        ("BLUP by conjugate gradients, no reliability", {"solver": "pcg", "reliability": "none"}),
        ("BLUP by conjugate gradients, approximate reliability", {"solver": "pcg"}),
    ):
        result = timed(
            f"{label}, {animals} animals",
            lambda options=options: ag.evaluate(model, records, pedigree, variances, **options),
        )
        if not options:
            d = result.diagnostics
            print(
                f"| factor: {d['factor_nonzeros']} non-zeros, {d['factor_operations']:.3g} op. |||"
            )


def reml(animals):
    """Variance components from records with a genetic part."""
    pedigree, records = simulated(animals)
    model = ag.Model("y1", [ag.Fixed("herd_year"), ag.Animal()])
    fit = timed(f"AI-REML, {animals} animals", lambda: ag.reml(model, records, pedigree))
    print(f"| {fit.fit.iterations} iterations, converged: {fit.converged} |||")


def maternal(animals):
    """Two traits with direct and maternal effects."""
    pedigree, records = simulated(animals, traits=2)
    direct, mother = ag.Animal(), ag.Animal("m", "dam", correlated_with="a")
    environment = ag.Random("pe", "dam")
    model = ag.Model(["y1", "y2"], [ag.Fixed("herd_year"), direct, mother, environment])
    genetic = np.array([[9, 3, -1, 0], [3, 9, 0, -1], [-1, 0, 4, 1], [0, -1, 1, 4]]) / 10
    variances = {
        "a": genetic.tolist(),
        "pe": [[0.3, 0.1], [0.1, 0.3]],
        "residual": [[2.0, 0.5], [0.5, 2.0]],
    }
    for label, options in (("exact reliability", {}), ("no reliability", {"reliability": "none"})):
        timed(
            f"two-trait maternal BLUP, {label}, {animals} animals",
            lambda options=options: ag.evaluate(model, records, pedigree, variances, **options),
        )


def start(_):
    """What a person waits for in a fresh process, kernels compiled before."""
    code = (
        "import time; t = time.perf_counter(); import agrigen as ag; ag.evaluate\n"
        "print(f'| import and first name | {time.perf_counter() - t:.3f} | |')\n"
        "import sys; sys.path.insert(0, sys.argv[1]); import pedigree_and_blup as b\n"
        "p, r = b.simulated(1600); m = ag.Model('y1', [ag.Fixed('herd_year'), ag.Animal()])\n"
        "b.timed('first evaluation of 1,600 animals', "
        "lambda: ag.evaluate(m, r, p, {'a': 1, 'residual': 2}))\n"
        "b.timed('first REML of 1,600 animals', lambda: ag.reml(m, r, p))\n"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", code, here], check=True)


KINDS = {"blup": blup, "reml": reml, "maternal": maternal, "start": start}


def main(kind="blup", animals="100000"):
    """One kind at one size."""
    warm()
    print("| work | wall s | CPU s |\n|---|---|---|", flush=True)
    KINDS[kind](int(animals))
    print(f"\npeak memory {peak_memory_mb():.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
