"""Genomic relationships from Dask workers beside those of one process: time and data moved.

python -m tests.benchmarks.workers [samples] [markers]
"""

import sys
import time

import numpy as np

import agrigen as ag
from agrigen.workers import Moved
from tests.benchmarks.genotypes import simulated


def main(samples: int = 5_000, markers: int = 50_000) -> None:
    genotypes = simulated(samples, markers)
    ag.grm(genotypes[:64])  # compiled
    start = time.perf_counter()
    alone = ag.grm(genotypes, dtype=np.float32)
    seconds = time.perf_counter() - start
    print(f"{samples:,} x {markers:,}, this process {seconds:6.2f} s")
    for count in (1, 2, 4):
        with ag.Workers(count) as workers:
            ag.grm(genotypes[:64], workers=workers, dtype=np.float32)  # loaded on every worker
            workers.moved = Moved()
            start = time.perf_counter()
            there = ag.grm(genotypes, workers=workers, dtype=np.float32)
            took = time.perf_counter() - start
            same = np.array_equal(there.matrix, alone.matrix)
            print(f"{count} workers {took:6.2f} s, same bits: {same}, {workers.moved}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
