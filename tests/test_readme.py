"""What the README shows is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text()
FLOCK = """
import numpy as np
import pandas as pd
import agrigen as ag

random = np.random.default_rng(1)
names = [f"sheep_{n}" for n in range(240)]
sires = ["" if n < 40 else names[n % 8] for n in range(240)]
dams = ["" if n < 40 else names[8 + n % 32] for n in range(240)]
flock = ag.Pedigree(names, sires, dams)
genome = ag.simulate.Genome(3, loci_per_chromosome=120)
dosages = ag.simulate.gene_drop(flock, genome, frequency=0.4, rng=1).sum(axis=1)
bits = ag.MarkerMap.of([f"m{n}" for n in range(360)], chromosomes=genome.chromosome + 1,
    positions=np.arange(1, 361) * 100_000, counted=["A"] * 360, other=["C"] * 360)
chip = ag.Genotypes.from_dosages(dosages, names, bits)
chip[:200].write("flock.bed")
chip[200:].write("newborn.bed")
effects = random.normal(size=360)
genetic = (dosages - dosages.mean(axis=0)) @ effects
weight = genetic / genetic.std() + random.normal(size=240)
records = pd.DataFrame({"animal": names, "sex": ["F", "M"] * 120, "weight": weight})
"""


def test_the_first_example_prints_what_the_readme_says() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.S)
    shown = re.search(r"```text\n(.*?)```", README, re.S)
    assert code and shown
    result = subprocess.run(
        [sys.executable, "-c", code[1]], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert result.stdout == shown[1]


def test_the_genomic_example_runs_on_files_of_a_flock(tmp_path: Path) -> None:
    """The names it uses beforehand are those of a small simulated flock."""
    code = next(code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "gwas" in code)
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FLOCK + code], capture_output=True, text=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT), "MPLBACKEND": "agg"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_every_linked_page_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert links
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target
