"""Genotypes at speed: G beside plink2, decoding and counting, products beside memory.

    python -m tests.benchmarks.genotypes [samples] [markers]
    python -m tests.benchmarks.genotypes reports [samples] [markers]

Each line is the least processor time of a few runs; ratios are of the same run. plink2 is timed
with `--make-rel cov`, which is VanRaden 1 but for one division. `reports` reads a FinalReport of
100 animals at 50,000 markers unless told otherwise, beside reading its bytes once, and beside
pandas and Polars reading the same four columns to tables.
"""

import gzip
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.products import CenteredGenotypes
from agrigen.io.finalreport import read_finalreport
from agrigen.relationship import grm


def simulated(samples: int, markers: int, missing: float = 0.0) -> Genotypes:
    """Genotypes in Hardy-Weinberg proportions, written straight into their packed form."""
    random = np.random.default_rng(1)
    frequency = random.uniform(0.05, 0.95, markers)
    packed = np.zeros((markers, (samples + 3) // 4), np.uint8)
    codes = np.array([3, 2, 0, 1], np.uint8)
    for first in range(0, markers, 500):
        p = frequency[first : first + 500, None]
        dosages = random.binomial(2, p, (len(p), 4 * packed.shape[1])).astype(np.int8)
        if missing:
            dosages[random.random(dosages.shape) < missing] = 3
        four = codes[dosages].reshape(len(p), -1, 4)
        packed[first : first + 500] = four @ np.array([1, 4, 16, 64], np.uint8)
    chip = MarkerMap.of(
        [f"m{k}" for k in range(markers)], chromosomes=["1"] * markers,
        positions=np.arange(1, markers + 1), counted=["A"] * markers, other=["C"] * markers,
    )  # fmt: skip
    return Genotypes(packed, [f"a{k}" for k in range(samples)], chip)


def least(work: Callable[[], object], runs: int = 3) -> tuple[float, float]:
    """Least processor and wall seconds."""
    times = []
    for _ in range(runs):
        processor, wall = time.process_time(), time.perf_counter()
        work()
        times.append((time.process_time() - processor, time.perf_counter() - wall))
    return min(t[0] for t in times), min(t[1] for t in times)


def plink(folder: Path) -> float | None:
    """Processor seconds of plink2 --make-rel on the same set."""
    program = shutil.which("plink2")
    if program is None:
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["--bfile", "set", "--make-rel", "square", "bin4", "cov", "--nonfounders",
             "--threads", "2", "--out", "rel"]  # fmt: skip
    subprocess.run([program, *words], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(name: str, seconds: tuple[float, float], amount: float, unit: str) -> None:
    processor, wall = seconds
    rate = amount / processor / 1e9
    print(f"{name:<34} {processor:8.3f} CPU-s {wall:8.3f} s  {rate:8.2f} G{unit} a CPU-s")


REPORT = ["SNP Name", "Sample ID", "Allele1 - Top", "Allele2 - Top"]


def write_report(path: Path, samples: int, markers: int) -> None:
    """A FinalReport by sample, an array of bytes for each: 2 GB of 50 million rows in seconds."""
    random = np.random.default_rng(1)
    row = np.frombuffer(b"OvineHD00_00000000\tDE000000\tA\tA\t0.0000\n", np.uint8)
    rows = np.tile(row, (markers, 1))
    rows[:, 10:18] = [[*f"{marker:08d}".encode()] for marker in range(markers)]
    rows[:, 34:38] = random.integers(48, 58, (markers, 4))
    spelled = np.frombuffer(b"ACAGATCGCTGT", np.uint8).reshape(6, 2)[random.integers(0, 6, markers)]
    frequency = random.random(markers)
    with path.open("wb") as file:
        file.write(b"[Header]\nGSGT Version\t2.0.4\nContent\t\tOvineSNP50.bpm\n[Data]\n")
        file.write("\t".join([*REPORT, "GC Score\n"]).encode())
        for sample in range(samples):
            rows[:, 21:27] = [*f"{sample:06d}".encode()]
            for column in (28, 30):
                second = (random.random(markers) < frequency).astype(np.int64)
                rows[:, column] = spelled[np.arange(markers), second]
            rows[np.ix_(random.random(markers) < 0.01, np.array([28, 30]))] = ord("-")
            file.write(rows.tobytes())


def read_bytes(path: Path) -> None:
    """What no reader can be faster than."""
    with path.open("rb", buffering=0) as file:
        while file.read(2**22):
            pass


def reports(samples: int = 100, markers: int = 50_000) -> None:
    """Print the table of reading a FinalReport."""
    with tempfile.TemporaryDirectory() as name:
        path, packed = Path(name) / "report.txt", Path(name) / "report.txt.gz"
        write_report(path, samples, markers)
        with path.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target, 2**22)
        size = path.stat().st_size
        work: dict[str, Callable[[], object]] = {
            "reading the bytes": lambda: read_bytes(path),
            "read_finalreport": lambda: read_finalreport(path),
            "read_finalreport, gzip": lambda: read_finalreport(packed),
            "Polars, four columns": lambda: pl.read_csv(
                path, separator="\t", skip_rows=4, columns=REPORT
            ),
            "pandas, four columns": lambda: pd.read_csv(
                path, sep="\t", skiprows=4, usecols=REPORT, dtype="category"
            ),
        }
        ours = (0.0, 0.0)
        for label, one in work.items():
            seconds = least(one, 2)
            report(label, seconds, size, "B")
            if label == "read_finalreport":
                ours, most = seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                print(f"{'':<34} {most} MiB at most, of the whole process")
            if ours[0]:
                ratios = (f"{there / here:.1f}" for there, here in zip(seconds, ours, strict=True))
                print(f"{'':<34} {' CPU and '.join(ratios)} wall, as read_finalreport is 1")
    print(f"{samples:,} samples at {markers:,} markers, {size / 1e6:,.0f} MB")


def main(samples: int = 5000, markers: int = 50_000) -> None:
    """Print the table."""
    grm(simulated(70, 100, 0.01), dtype=np.float32)  # compiled before the clock starts
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulated(samples, markers).write(folder / "set.bed")
        genotypes = Genotypes.read(folder / "set.bed")
        size = float(samples) * markers
        ours = least(lambda: grm(genotypes, dtype=np.float32))
        report("G (VanRaden 1, float32)", ours, size * samples, "op")
        theirs = plink(folder)
        if theirs is not None:
            print(
                f"{'plink2 --make-rel cov':<34} {theirs:8.3f} CPU-s; ratio {theirs / ours[0]:.1f}"
            )
        holes = simulated(samples, markers, 0.01)
        report("G, 1 % missing", least(lambda: grm(holes, dtype=np.float32), 1), size * samples,
               "op")  # fmt: skip
        report("decode to int8", least(genotypes.dosages), size, "genotypes")
        report("counts of markers", least(genotypes.counts, 7), size, "genotypes")
        report("counts of samples", least(genotypes.sample_counts, 7), size, "genotypes")
        flow = least(genotypes.packed.copy, 7)
        report("copy of the packed bytes", flow, genotypes.packed.nbytes, "B")
        random = np.random.default_rng(2)
        effects, values = random.normal(size=markers), random.normal(size=samples)
        for kind in (np.float32, np.float64):
            centered = CenteredGenotypes(genotypes, dtype=kind)
            products = {
                "Z u": lambda z=centered: z.times(effects),
                "Z' y": lambda z=centered: z.transposed_times(values),
            }
            for label, work in products.items():
                seconds = least(work, 5)
                report(f"{label} ({np.dtype(kind)})", seconds, genotypes.packed.nbytes, "B")
                print(f"{'':<34} {seconds[1] / flow[1]:8.1f} times the copy, wall over wall")


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["reports"]:
        reports(*map(int, words[1:]))
    else:
        main(*map(int, words))
