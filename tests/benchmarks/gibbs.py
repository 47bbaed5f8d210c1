"""Iterations a second of the Gibbs sampler: python tests/benchmarks/gibbs.py 10000 100000

One record an animal and trait, 500 herd-years for each 100,000 animals, one and two traits; the
population is that of pedigree_and_blup.py. Compiled kernels are warmed first. Prints a Markdown
table: iterations a second of one chain, and effective samples of the genetic variance a second.
"""

import sys
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import agrigen as ag
from tests.benchmarks.pedigree_and_blup import population

SECONDS = 15.0


def simulate(animals):
    """Records with a heritability of one third, and their pedigree."""
    sire, dam = population(animals)
    ids = np.arange(1, animals + 1)
    pedigree = ag.Pedigree(ids, sire, dam)
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"animal": ids, "herd": rng.integers(0, max(5, animals // 200), animals)})
    for trait in ("milk", "fat"):
        a = rng.normal(size=animals) / np.sqrt(pedigree.structure().precision)
        for i in range(animals):
            a[i] += 0.5 * sum(a[p - 1] for p in (sire[i], dam[i]) if p)
        data[trait] = a + np.sqrt(2) * rng.normal(size=animals)
    return data, pedigree


def measure(traits, data, pedigree):
    """One row: as many iterations as fit into some seconds."""
    model = ag.Model(traits, [ag.Fixed("herd"), ag.Animal()])
    ag.gibbs(model, data.head(50), pedigree, iterations=5, burn_in=0, thin=1, rng=1)
    before = process_time()
    ag.gibbs(model, data, pedigree, iterations=20, burn_in=10, thin=1, rng=1)
    start = process_time() - before
    before = process_time()
    ag.gibbs(model, data, pedigree, iterations=60, burn_in=10, thin=1, rng=1)
    each = max((process_time() - before - start) / 40, 1e-6)
    iterations = int(np.clip(SECONDS / each, 100, 20_000))
    found = ag.gibbs(model, data, pedigree, iterations=iterations, burn_in=50, thin=1, rng=1)
    ess = found.summary["ess"][0]
    print(
        f"| {len(data):,} | {len(traits)} | {1 / each:,.0f} | {ess / (iterations * each):.2f} | "
        f"{start - 20 * each:.2f} |"
    )


def main(sizes):
    """All sizes, with one and two traits."""
    print("| animals | traits | iterations / CPU s | effective samples / CPU s | start, CPU s |")
    print("|---|---|---|---|---|")
    for animals in sizes:
        data, pedigree = simulate(animals)
        for traits in (["milk"], ["milk", "fat"]):
            measure(traits, data, pedigree)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000])
