"""Time and memory of pedigrees: python tests/benchmarks/pedigree.py [animals]

The population of pedigree_and_blup.py: forty overlapping cohorts, few sires used unequally, three
percent unknown parents. String ids in a shuffled CSV file up to 2 million animals; above, only the
core: arrays in, inbreeding and A-inverse out. The peer in the same run is a plain compiled
animal-by-animal version of Meuwissen and Luo (1992), ours, at most 200,000 animals; and inverseA of
R's MCMCglmm where Rscript has it, at most 20,000. Prints a Markdown table; times are of compiled
kernels, medians of three, and memory is of the whole process.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from numba import njit
from pedigree_and_blup import population

import agrigen as ag
from agrigen.pedigree.inbreeding import inbreeding
from agrigen.pedigree.parentage import Parentage
from agrigen.provenance import peak_memory_mb
from agrigen.relationship import PartialRelationship

REPEATS = 3
FILE_LIMIT = 2_000_000
PEER_LIMIT = 200_000
R_LIMIT = 20_000
GENOTYPED = 10_000

R_PEER = """
if (!requireNamespace("MCMCglmm", quietly = TRUE)) quit(status = 9)
p <- read.csv(commandArgs(TRUE)[1], colClasses = "character", na.strings = "")
t <- system.time(MCMCglmm::inverseA(p[, c("id", "dam", "sire")]))
cat(t[["elapsed"]])
"""


@njit(cache=True, error_model="numpy")
def meuwissen_luo(sire, dam):
    """Inbreeding animal by animal: each one's ancestors from the youngest, kept in a heap."""
    n = sire.size
    f = np.zeros(n)
    d = np.ones(n)
    share = np.zeros(n)
    heap = np.empty(n, np.int32)
    for i in range(n):
        for p in (sire[i], dam[i]):
            if p >= 0:
                d[i] -= 0.25 * (1.0 + f[p])
        if sire[i] < 0 or dam[i] < 0:
            continue
        share[i] = 1.0
        heap[0] = i
        size = 1
        total = 0.0
        while size > 0:
            j = heap[0]
            size -= 1
            moved = heap[size]
            q = 0
            while 2 * q + 1 < size:
                c = 2 * q + 1
                if c + 1 < size and heap[c + 1] > heap[c]:
                    c += 1
                if heap[c] <= moved:
                    break
                heap[q] = heap[c]
                q = c
            heap[q] = moved
            part = share[j]
            share[j] = 0.0
            total += part * part * d[j]
            for p in (sire[j], dam[j]):
                if p >= 0:
                    if share[p] == 0.0:
                        q = size
                        size += 1
                        while q > 0 and heap[(q - 1) // 2] < p:
                            heap[q] = heap[(q - 1) // 2]
                            q = (q - 1) // 2
                        heap[q] = p
                    share[p] += 0.5 * part
        f[i] = total - 1.0
    return f


def timed(function, repeats=REPEATS):
    """Median wall and processor seconds, and the last value."""
    walls, processors, value = [], [], None
    for _ in range(repeats):
        wall, processor = perf_counter(), process_time()
        value = function()
        walls.append(perf_counter() - wall)
        processors.append(process_time() - processor)
    return median(walls), median(processors), value


def row(label, wall, processor, peer="", ratio=""):
    """One line of the table."""
    shown = f"{ratio:.1f}" if isinstance(ratio, float) else ratio
    print(f"| {label} | {wall:.3f} | {processor:.3f} | {peer} | {shown} |", flush=True)


def write(path, sire, dam):
    """The pedigree with string ids in random order."""
    rng = np.random.default_rng(0)
    numbers = (rng.permutation(sire.size) + 10**9).astype(str)
    names = np.append(np.char.add("HOUSA", np.char.zfill(numbers, 12)).astype(object), "")
    frame = pd.DataFrame({"id": names[:-1], "sire": names[sire], "dam": names[dam]})
    frame.iloc[rng.permutation(sire.size)].to_csv(path, index=False)


def from_file(path):
    """A CSV file to inbreeding and A-inverse."""
    pedigree = ag.Pedigree.read_csv(path)
    return pedigree.inbreeding(), pedigree.ainverse_lower()


def core(sire, dam):
    """Integer parents to inbreeding and A-inverse."""
    parentage = Parentage(sire.size, sire, dam)
    return parentage.inbreeding, parentage.structure(range(sire.size)).inverse_lower()


def r_seconds(path):
    """Seconds of MCMCglmm::inverseA, or None where R or the package is not there."""
    try:
        done = subprocess.run(
            ["Rscript", "-e", R_PEER, str(path)], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return float(done.stdout)


def main(animals):
    """All rows for one population."""
    small = [p.astype(np.int32) - 1 for p in population(60_000)]
    core(*small)  # compiles, on one thread and on several
    meuwissen_luo(small[0][:1000], small[1][:1000])
    sire, dam = (p.astype(np.int32) - 1 for p in population(animals))
    print(
        f"{animals} animals\n\n| step | wall s | CPU s | against | ratio |\n|---|---|---|---|---|"
    )
    wall, processor, (f, _) = timed(lambda: core(sire, dam), REPEATS if animals < 5e6 else 1)
    limit = 0.6 * animals / 1e6 if animals < 5e6 else 15.0 * animals / 1e7
    row("inbreeding and A-inverse, core", wall, processor, f"goal {limit:.2f} s", wall / limit)
    if animals <= PEER_LIMIT:
        ours = timed(lambda: inbreeding(sire, dam))
        peer = timed(lambda: meuwissen_luo(sire, dam), 1)
        np.testing.assert_allclose(f, peer[2], atol=1e-12)
        named = f"own animal by animal {peer[0]:.2f} s"
        row("inbreeding alone", ours[0], ours[1], named, peer[0] / ours[0])
    if animals <= FILE_LIMIT:
        files(animals, sire, dam)
    print(f"\nmean inbreeding {f.mean():.4f}; peak memory {peak_memory_mb():.0f} MB")


def files(animals, sire, dam):
    """What starts from string ids in a file, and products with the pedigree it gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pedigree.csv"
        write(path, sire, dam)
        from_file(path)
        wall, processor, _ = timed(lambda: from_file(path))
        limit = 2.5 * animals / 1e6
        label = "CSV with string ids to inbreeding and A-inverse"
        row(label, wall, processor, f"goal {limit:.2f} s", wall / limit)
        seconds = r_seconds(path) if animals <= R_LIMIT else None
        if seconds is not None:
            row("the same", wall, processor, f"MCMCglmm inverseA {seconds:.2f} s", seconds / wall)
        pedigree = ag.Pedigree.read_csv(path)
    x = np.random.default_rng(1).normal(size=animals)
    pedigree.times(x), pedigree.inverse_times(x)
    row("A times a vector", *timed(lambda: pedigree.times(x))[:2])
    row("A-inverse times a vector", *timed(lambda: pedigree.inverse_times(x))[:2])
    chosen(pedigree, min(GENOTYPED, animals // 10))


def chosen(pedigree, count):
    """A22 of some young animals, and products with its inverse."""
    rng = np.random.default_rng(4)
    young = pedigree.ids[np.argsort(pedigree.generation, kind="stable")[-3 * count :]]
    ids = rng.choice(young, count, replace=False)
    row(f"A22 of {count}, dense", *timed(lambda: pedigree.relationship_matrix(ids))[:2])
    part = PartialRelationship(pedigree, ids)
    x = rng.normal(size=count)
    row(f"A22-inverse of {count}, set up", *timed(lambda: part.inverse_times(x), 1)[:2])
    row(f"A22-inverse of {count} times a vector", *timed(lambda: part.inverse_times(x))[:2])
    pairs = [rng.choice(pedigree.ids, 1000) for _ in range(2)]
    row("relationships of 1,000 pairs", *timed(lambda: pedigree.relationships(*pairs))[:2])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
