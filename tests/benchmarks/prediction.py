"""Newly genotyped animals: read, check and predict 1,000 at 50,000 markers in a fresh process.

python tests/benchmarks/prediction.py
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

import agrigen as ag

ANIMALS, MARKERS = 1_000, 50_000


def main() -> None:
    """Write a chip and effects, and time the command and the prediction alone."""
    rng = np.random.default_rng(1)
    names = [f"marker_{k}" for k in range(MARKERS)]
    chip = ag.MarkerMap.of(
        names, chromosomes=[str(1 + k * 29 // MARKERS) for k in range(MARKERS)],
        positions=1000 * np.arange(1, MARKERS + 1), counted=["A"] * MARKERS, other=["G"] * MARKERS,
    )  # fmt: skip
    p = rng.uniform(0.05, 0.95, MARKERS)
    dosages = rng.binomial(2, p, (ANIMALS, MARKERS)).astype(np.int8)
    dosages[rng.random(dosages.shape) < 0.01] = -1
    animals = ag.Genotypes.from_dosages(dosages, [f"new_{k}" for k in range(ANIMALS)], chip)
    effects = ag.MarkerEffects.of(chip, p, rng.normal(0, 0.01, MARKERS), traits=("weight",))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        animals.write(place / "new.bed")
        effects.write(place / "effects.npz")
        command = [sys.executable, "-m", "agrigen.cli", "predict", str(place / "effects.npz"),
                   str(place / "new.bed"), "--qc", "-o", str(place / "values.csv")]  # fmt: skip
        for name in ("first", "second"):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds = perf_counter() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"read, check, predict, write ({name} run): {seconds:.2f} s, {cpu:.2f} CPU-s")
        print(f"peak memory {after.ru_maxrss / 1024:.0f} MB")
    for _ in range(2):
        start = perf_counter()
        ag.predict(animals, effects)
        print(f"predict alone: {1000 * (perf_counter() - start):.0f} ms")
    one = animals[:1]
    start = perf_counter()
    ag.predict(one, effects)
    print(f"one animal: {1000 * (perf_counter() - start):.0f} ms")


if __name__ == "__main__":
    main()
