"""Real genotypes kept beside the checkout, and outside programs where they are installed."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agrigen.genotypes import Genotypes, Samples

THREADS = {"OMP_NUM_THREADS": "2"}


def without_parents(genotypes: Genotypes) -> Genotypes:
    """The same with every sample a founder: plink leaves non-founders out of frequencies."""
    sex = genotypes.samples.sex
    return Genotypes(genotypes.packed, Samples.of(genotypes.ids, sex=sex), genotypes.markers)


@pytest.fixture(scope="session")
def mice(reference: Path) -> Genotypes:
    """1,940 mice; markers without a place are left out, as plink leaves them out."""
    found = Genotypes.read(reference / "data/gemma_mouse_hs1940/mouse_hs1940.bed")
    return found[:, found.markers.positions >= 0]


@pytest.fixture(scope="session")
def cattle(reference: Path) -> Genotypes:
    """500 cattle with 3 % of the genotypes made missing."""
    found = Genotypes.read(reference / "data/synbreed_cattle/cattle.bed")
    dosages = found.dosages().copy()
    dosages[np.random.default_rng(1).random(dosages.shape) < 0.03] = -1
    return without_parents(Genotypes.from_dosages(dosages, found.samples, found.markers))


@pytest.fixture(scope="session")
def sheep_kijas(reference: Path) -> Genotypes:
    """100 sheep at two chromosomes."""
    return Genotypes.read(reference / "data/detectruns_sheep/Kijas2016_Sheep_subset.ped")


Run = Callable[..., Path]


def program(name: str, folder: Path) -> Run:
    """Run a program in a folder on genotypes; skip where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; it is the outside witness of this test")

    def run(genotypes: Genotypes, *options: object) -> Path:
        genotypes.write(folder / "in.bed")
        command = [path, "--bfile", "in", "--out", "out", "--threads", "2", *map(str, options)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                              env={**os.environ, **THREADS})  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return folder

    return run


@pytest.fixture
def plink2(tmp_path: Path) -> Run:
    """plink2 on genotypes, writing out.*"""
    return program("plink2", tmp_path)


@pytest.fixture
def plink(tmp_path: Path) -> Run:
    """PLINK 1.9 on genotypes, writing out.*"""
    return program("plink1.9", tmp_path)
