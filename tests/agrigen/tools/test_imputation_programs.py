"""AlphaPeel, AlphaImpute2 and Beagle where they are installed, and what is said where not."""

import shutil

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.genotypes.imputation_accuracy import imputation_accuracy
from agrigen.tools import imputation

PROGRAMS = {
    "AlphaPeel": lambda g, p: imputation.alphapeel(g, p, cycles=2),
    "AlphaImpute2": lambda g, p: imputation.alphaimpute2(g, p),
    "beagle": lambda g, _: imputation.beagle(g),
}


@pytest.fixture(scope="module")
def pigs(reference):
    """251 pigs at 80 markers of one chromosome, and their pedigree."""
    found = ag.Genotypes.read(reference / "data/msuprp_pig/pig.bed")
    some = found[:, np.flatnonzero(found.markers.chromosomes == "18")[:80]]
    frame = pd.read_csv(
        reference / "data/msuprp_pig/pedigree.csv", dtype=str, keep_default_na=False
    )
    return some, ag.Pedigree.from_frame(frame[["id", "sire", "dam"]])


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_follow_haplotypes_fill_most_genotypes(pigs, name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    genotypes, pedigree = pigs
    found = imputation_accuracy(genotypes, lambda g: PROGRAMS[name](g, pedigree), rng=1)
    assert found.filled > 0.95 * found.hidden
    assert found.concordance > 0.95


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_is_absent_is_named(name, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    genotypes = ag.Genotypes.from_dosages([[0, -1], [1, 2]], ["a", "b"])
    with pytest.raises(ag.NotAvailable, match=f"{name} is not installed"):
        PROGRAMS[name](genotypes, ag.Pedigree(["a", "b"], ["", "a"], ["", ""]))


def test_files_hold_numbers_for_animals(tmp_path):
    genotypes = ag.Genotypes.from_dosages([[0, -1], [1, 2]], ["cow 1", "b"])
    imputation._write_files(tmp_path, genotypes, ag.Pedigree(["s", "b"], ["", "s"], ["", ""]))
    assert (tmp_path / "genotypes.txt").read_text() == "1 0 9\n2 1 2\n"
    assert sorted((tmp_path / "pedigree.txt").read_text().splitlines()) == [
        "1 0 0", "2 3 0", "3 0 0",
    ]  # fmt: skip
