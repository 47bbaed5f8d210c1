"""Iterations a second of marker-effect samplers: python tests/benchmarks/bayes.py 2000 50000

Simulated unrelated animals; a trait of heritability 0.5 by 300 markers. One chain on one thread,
kernels compiled before, iterations after a short burn-in; preparation is a column of its own. BGLR
is not run here; its figures stand in docs/reference/benchmarks.md with where they come from. The
last rows are a loop over columns of doubles, one product with the residuals and one update a
marker, as BGLR's and other samplers go, without random numbers and priors.
BayesCpi and BayesC start at the share of markers without an effect that a third argument names
(0.5, where BGLR starts, is the default beside 0.99). Prints a Markdown table.
"""

import os
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from numba import njit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import agrigen as ag
from agrigen.bayesian.chain import Chain
from agrigen.bayesian.fit import prepare
from agrigen.bayesian.priors import read_priors
from agrigen.bayesian.reading import read

BURN_IN, SECONDS = 10, 3.0


def simulate(animals, markers):
    """Genotypes and a trait."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, markers)
    dosages = (rng.random((2, animals, markers), dtype=np.float32) < p).sum(axis=0, dtype=np.int8)
    chosen = rng.choice(markers, min(300, markers), replace=False)
    u = dosages[:, chosen] @ rng.normal(size=chosen.size)
    y = (u - u.mean()) / u.std() * np.sqrt(0.5) + rng.normal(size=animals) * np.sqrt(0.5)
    ids = [f"a{k}" for k in range(animals)]
    return ag.Genotypes.from_dosages(dosages, ids), pd.DataFrame({"id": ids, "y": y})


def measure(genotypes, data, method, priors):
    """One row of the table."""
    before = process_time()
    task = read("y ~ genomic(id)", data, genotypes, None, method, single_step=False)
    chain = Chain(
        prepare(task, read_priors(priors), np.float32).layout, np.random.default_rng(1),
        elsewhere=False,
    )  # fmt: skip
    preparation = process_time() - before
    for _ in range(BURN_IN):
        chain.step()
    wall, cpu, done = perf_counter(), process_time(), 0
    while process_time() - cpu < SECONDS:
        chain.step()
        done += 1
    wall, cpu = perf_counter() - wall, process_time() - cpu
    inside = int(np.count_nonzero(chain.markers.effects))
    print(
        f"| {method} {priors.get('pi', '')} | {inside:,} | {done / cpu:.0f} | {done / wall:.0f} | "
        f"{preparation:.1f} |", flush=True,
    )  # fmt: skip


@njit(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def plain(columns, e, change, rounds):
    """Products with residuals, and updates of those markers that change."""
    total = 0.0
    for _ in range(rounds):
        for j in range(columns.shape[0]):
            x = columns[j]
            product = 0.0
            for i in range(x.size):
                product += x[i] * e[i]
            total += product
            if change[j] != 0.0:
                for i in range(x.size):
                    e[i] += change[j] * x[i]
    return total


def measure_plain(genotypes, share):
    """One row: the work of a sampler on doubles."""
    columns = np.ascontiguousarray(genotypes.dosages(dtype=np.float64).T)
    rng = np.random.default_rng(1)
    # A marker changes unless it has no effect before and after.
    change = np.where(rng.random(len(columns)) < 1 - share**2, 1e-9, 0.0)
    e = rng.normal(size=columns.shape[1])
    plain(columns[:2], e, change[:2], 1)
    wall, cpu, rounds = perf_counter(), process_time(), 5
    plain(columns, e, change, rounds)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    print(
        f"| doubles by column, {share} | | {rounds / cpu:.0f} | {rounds / wall:.0f} | |", flush=True
    )


def main():
    """Print the table."""
    animals, markers = int(sys.argv[1]), int(sys.argv[2])
    genotypes, data = simulate(animals, markers)
    print(f"{animals:,} animals, {markers:,} markers, load {os.getloadavg()[0]:.1f}\n")
    print("| method, pi | in the model | iterations / CPU s | / s | preparation, CPU s |")
    print("|---|---|---|---|---|")
    shares = [float(share) for share in sys.argv[3:]] or [0.5, 0.99]
    for method in ("bayes_cpi", "bayes_c"):
        for share in shares:
            measure(genotypes, data, method, {"pi": share})
    for method in ("ridge", "bayes_a", "bayes_b", "bayes_r", "bayes_lasso"):
        measure(genotypes, data, method, {})
    for share in shares:
        measure_plain(genotypes, share)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
