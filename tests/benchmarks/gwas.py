"""Association of every marker, beside GEMMA: python tests/benchmarks/gwas.py 2000 50000

Simulated half-sib families; a trait of heritability 0.4. CPU seconds count files, relationships and
tests of each program; kernels are compiled before. GEMMA runs where it is installed, unless a third
argument is `alone`. Prints a Markdown table.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import agrigen as ag

METHODS = ("exact", "approximate", "calibrated")


def simulate(animals, markers):
    """Genotypes of half-sibs and a trait."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, markers)
    sires = rng.binomial(1, p, (40, markers)).astype(np.int8)
    family = rng.integers(0, 40, animals)
    dosages = (rng.random((animals, markers), dtype=np.float32) < p).astype(np.int8)
    dosages += np.where(rng.random((animals, markers), dtype=np.float32) < 0.5, sires[family],
                        rng.random((animals, markers), dtype=np.float32) < p)  # fmt: skip
    chosen = rng.choice(markers, 300, replace=False)
    u = dosages[:, chosen] @ rng.normal(size=300)
    y = (u - u.mean()) / u.std() * np.sqrt(0.4) + rng.normal(size=animals) * np.sqrt(0.6)
    names = [f"m{k}" for k in range(markers)]
    chromosomes = np.sort(np.arange(markers) % 26 + 1).astype(str)
    known = ag.MarkerMap.of(names, chromosomes=chromosomes, positions=np.arange(markers) + 1,
                            counted=["A"] * markers, other=["G"] * markers)  # fmt: skip
    ids = [f"a{k}" for k in range(animals)]
    return ag.Genotypes.from_dosages(dosages, ids, known), pd.DataFrame({"id": ids, "y": y})


def ours(folder, **options):
    """Wall and CPU seconds from files to tests."""
    wall, cpu = perf_counter(), process_time()
    genotypes = ag.Genotypes.read(folder / "g.bed")
    data = pd.read_csv(folder / "records.csv")
    result = ag.gwas("y ~ animal(id)", data, genotypes, **options)
    return perf_counter() - wall, process_time() - cpu, result


def gemma(folder):
    """Wall and CPU seconds of GEMMA, relationships and tests."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = perf_counter()
    common = [shutil.which("gemma"), "-bfile", "g", "-p", "y.txt"]
    for part in (["-gk", "1", "-o", "k"], ["-k", "output/k.cXX.txt", "-lmm", "1", "-o", "l"]):
        subprocess.run([*common, *part], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return perf_counter() - wall, cpu, pd.read_csv(folder / "output/l.assoc.txt", sep="\t")


def main():
    """Print the table."""
    animals, markers = map(int, sys.argv[1:3] or ["2000", "50000"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        genotypes, data = simulate(animals, markers)
        genotypes.write(folder / "g.bed")
        data.to_csv(folder / "records.csv", index=False)
        data["y"].to_csv(folder / "y.txt", index=False, header=False)
        small = genotypes[:, :2000]
        for method in METHODS:
            ag.gwas("y ~ animal(id)", data, small, method=method)
        rows = {m: ours(folder, method=m) for m in METHODS}
        if shutil.which("gemma") and sys.argv[3:] != ["alone"]:
            rows["GEMMA -gk and -lmm 1"] = gemma(folder)
    load = os.getloadavg()[0]
    print(f"{animals:,} animals, {markers:,} markers, load {load:.1f}\n")
    print("| | wall s | CPU s |\n|---|---|---|")
    for name, (wall, cpu, _) in rows.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} |")
    if len(rows) > len(METHODS):
        table = rows["exact"][2].table.set_index("marker")
        theirs = rows["GEMMA -gk and -lmm 1"][2].set_index("rs")
        both = table.index.intersection(theirs.index)
        apart = np.abs(table.loc[both, "log10_p"] + np.log10(theirs.loc[both, "p_wald"])).max()
        print(f"\n{len(both):,} markers in both; -log10 p differs by {apart:.1e} at most")


if __name__ == "__main__":
    main()
