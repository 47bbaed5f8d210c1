"""From a .bed file to a quality report, beside reading the bytes of the file.

python -m tests.benchmarks.quality [samples] [markers]
"""

import sys
import tempfile
from pathlib import Path

import agrigen as ag
from tests.benchmarks.genotypes import least, simulated


def main(samples: int = 10_000, markers: int = 50_000) -> None:
    """Print the table."""
    ag.quality_control(simulated(300, 200, 0.005))  # compiled before the clock starts
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "set.bed"
        simulated(samples, markers, 0.005).write(path)
        genotypes = ag.Genotypes.read(path)
        few = {"identity": None}  # all rules but the search for identical samples
        rows = {
            "bytes of the .bed": lambda: path.read_bytes(),
            "read the set (.bed, .bim, .fam)": lambda: ag.Genotypes.read(path),
            "quality report without pairs": lambda: ag.quality_control(genotypes, few),
            "quality report": lambda: ag.quality_control(genotypes),
        }
        for label, work in rows.items():
            processor, wall = least(work, 3)
            print(f"{label:<34} {processor:8.3f} CPU-s {wall:8.3f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
