"""Single-step evaluation of a large population: python tests/benchmarks/single_step.py snp

A founder generation of one animal in a hundred, then ten generations that do not overlap, 50
sires each: 101,000 animals by default, 20,000 of the last three generations genotyped at 50,000
markers of 30 chromosomes of one morgan, 1,000 of which act. One record an animal, 500 herd-years,
heritability one third. Prints a Markdown table of iterations, seconds and peak memory of the
process; the population is kept under the folder that `--keep` names, and read from there again.

snp     single-step without any matrix of genotyped animals (the default of many)
apy     the same with a core of 98 % of the variance, or of the number that `--core` names
plain   SNP-BLUP of as many genotyped animals, without the pedigree
"""

import argparse
import os
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from numba import njit

import agrigen as ag
from agrigen._kernels import warm
from agrigen.evaluation.covariances import as_covariances
from agrigen.evaluation.design import build_design
from agrigen.evaluation.dual import DualSolver
from agrigen.evaluation.progress import Stages
from agrigen.provenance import peak_memory_mb

SIRES, GENERATIONS, HERD_YEARS, ACTING, CHROMOSOMES = 50, 10, 500, 1_000, 30
GOALS = {"snp": "under 200 iterations, 90 s, 2 GB", "apy": "300 s", "plain": "-"}


@njit(cache=True)
def gametes(parents, of, ends, out, seed):
    """Gametes of the parents `of`: bits of loci, crossovers a Poisson number a chromosome."""
    np.random.seed(seed)
    for k in range(of.size):
        first = 0
        for last in ends:
            strand = np.random.randint(2)
            cuts = np.sort(np.random.randint(first, last, np.random.poisson(1.0)))
            place = first
            for c in range(cuts.size + 1):
                stop = cuts[c] if c < cuts.size else last
                row = parents[2 * of[k] + strand]
                while place < stop:
                    word, bit = place >> 6, place & 63
                    bits = min(64 - bit, stop - place)
                    mask = (
                        ~np.uint64(0)
                        if bits == 64
                        else (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
                    )
                    out[k, word] |= row[word] & (mask << np.uint64(bit))
                    place += bits
                strand = 1 - strand
            first = last


def bits_of(haplotypes, loci):
    """Alleles at some loci, one row a haplotype."""
    words = haplotypes[:, loci >> 6]
    return ((words >> (loci & 63).astype(np.uint64)) & np.uint64(1)).astype(np.int8)


def packed(haplotypes, markers):
    """The layout of a .bed file, sixteen words of markers at a time."""
    animals = len(haplotypes) // 2
    out = np.zeros((markers, (animals + 3) // 4), np.uint8)
    for low in range(0, markers, 1024):
        loci = np.arange(low, min(low + 1024, markers))
        alleles = bits_of(haplotypes, loci)
        dosage = alleles[0::2] + alleles[1::2]
        code = np.array([3, 2, 0], np.uint8)[dosage]
        code = np.pad(code, ((0, -animals % 4), (0, 0))).reshape(-1, 4, loci.size)
        out[low : low + loci.size] = (code << np.array([0, 2, 4, 6], np.uint8)[:, None]).sum(1).T
    return out


def population(animals, genotyped, markers):
    """Sires, dams, records, genotyped animals and their packed genotypes."""
    rng = np.random.default_rng(3)
    founders = animals // (100 + 1)
    each = (animals - founders) // GENERATIONS
    animals = founders + GENERATIONS * each
    frequency = rng.beta(0.8, 0.8, markers).clip(0.02, 0.98)
    words = (markers + 63) // 64
    current = np.zeros((2 * founders, words), np.uint64)
    for locus in range(markers):
        there = (rng.random(2 * founders) < frequency[locus]).astype(np.uint64)
        current[:, locus >> 6] |= there << np.uint64(locus & 63)
    ends = np.linspace(0, markers, CHROMOSOMES + 1).astype(np.int64)[1:]
    acting = np.sort(rng.choice(markers, ACTING, replace=False))
    effects = rng.normal(size=ACTING)
    sire = np.full(animals, -1)
    dam = np.full(animals, -1)
    oldest = animals - each * max(3, -(-genotyped // each))
    chosen = np.sort(rng.choice(np.arange(oldest, animals), genotyped, replace=False))
    values, kept, start = [], [], 0
    for generation in range(GENERATIONS + 1):
        size = len(current) // 2
        alleles = bits_of(current, acting).astype(np.float32)
        values.append((alleles[0::2] + alleles[1::2]) @ effects.astype(np.float32))
        mine = chosen[(chosen >= start) & (chosen < start + size)] - start
        kept.append(current.reshape(size, 2, words)[mine].reshape(-1, words))
        if generation == GENERATIONS:
            break
        males = 2 * rng.choice(size // 2, min(SIRES, size // 2), replace=False)
        fathers = rng.choice(males, each)
        mothers = 1 + 2 * rng.integers(0, size // 2, each)
        span = slice(start + size, start + size + each)
        sire[span], dam[span] = start + fathers, start + mothers
        following = np.zeros((each, 2, words), np.uint64)
        for side, parents in enumerate((fathers, mothers)):
            half = np.zeros((each, words), np.uint64)
            gametes(current, parents, ends, half, 2 * generation + side)
            following[:, side] = half
        current, start = following.reshape(-1, words), start + size
    g = np.concatenate(values).astype(np.float64)
    g = (g - g[:founders].mean()) / g[:founders].std()
    y = g + rng.normal(size=animals) * np.sqrt(2.0)
    herd = rng.integers(0, HERD_YEARS, animals)
    y += rng.normal(size=HERD_YEARS)[herd]
    haplotypes = np.concatenate(kept)
    return {
        "sire": sire, "dam": dam, "y": y, "herd": herd, "true": g, "genotyped": chosen,
        "packed": packed(haplotypes, markers),
    }  # fmt: skip


def read(options):
    """The population, made once for its size."""
    if options.keep is None:
        return population(options.animals, options.genotyped, options.markers)
    name = f"population_{options.animals}_{options.genotyped}_{options.markers}"
    folder = Path(options.keep) / name
    if not folder.exists():
        folder.mkdir(parents=True)
        for key, value in population(options.animals, options.genotyped, options.markers).items():
            np.save(folder / f"{key}.npy", value)
    return {path.stem: np.load(path) for path in folder.glob("*.npy")}


def clock(label, work):
    """Run, and print a row."""
    wall, processor = perf_counter(), process_time()
    found = work()
    wall, processor = perf_counter() - wall, process_time() - processor
    print(f"| {label} | {wall:.1f} | {processor:.1f} | {peak_memory_mb():,.0f} |", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=list(GOALS))
    parser.add_argument("--animals", type=int, default=101_000)
    parser.add_argument("--genotyped", type=int, default=20_000)
    parser.add_argument("--markers", type=int, default=50_000)
    parser.add_argument("--core", default="98%")
    parser.add_argument("--keep")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    warm()
    given = read(options)
    print(f"load of the machine {os.getloadavg()[0]:.1f}; goal: {GOALS[options.kind]}")
    print("| step | wall s | processor s | peak MB |\n|---|---|---|---|")
    names = np.array([*(str(k) for k in range(1, given["y"].size + 1)), ""], dtype=object)
    single = options.kind != "plain"
    rows = np.arange(given["y"].size) if single else given["genotyped"]
    records = pd.DataFrame(
        {"animal": names[rows], "herd": given["herd"][rows], "y": given["y"][rows]}
    )
    pedigree = clock(
        "pedigree",
        lambda: ag.Pedigree(names[:-1], names[given["sire"]], names[given["dam"]]),
    )
    genotypes = ag.Genotypes(
        given["packed"], names[given["genotyped"]], np.arange(options.markers).astype(str)
    )
    core = int(options.core) if options.core.isdigit() else options.core
    effect = ag.Genomic(
        method="single_step" if single else "gblup", core=core if options.kind == "apy" else None
    )
    model = ag.Model("y", [ag.Fixed("herd"), effect])
    began = process_time()

    def heard(_, words):
        if options.verbose:
            print(f"{process_time() - began:.1f} processor s: {words}", flush=True)

    tell = Stages(heard, None)
    design = clock(
        "structure and design", lambda: build_design(model, records, pedigree, genotypes, tell)
    )
    covariances = as_covariances(design, {"g": 1.0, "residual": 2.0})
    solver = clock("preconditioner", lambda: DualSolver(design, covariances, tell))
    values, convergence = clock("iterations", lambda: solver.solve(design.records.y, stage=tell))
    reached = int(np.argmax(convergence.history <= 1e-6)) + 1
    places = given["genotyped"] if single else np.arange(len(genotypes))
    order = pedigree.index_many(names[places]) if single else places
    true = given["true"][given["genotyped"]]
    print(f"core: {design.genomic['g'].core.size}" if core and options.kind == "apy" else "no core")
    print(
        f"{reached} iterations to a relative residual of 1e-6; {convergence.iterations} to "
        f"{convergence.residual:.1e}, error {convergence.error:.1e} genetic standard deviations"
    )
    print(f"correlation with true values {np.corrcoef(values[order], true)[0, 1]:.4f}")


if __name__ == "__main__":
    main()
