"""Genomic relationships against plain formulas, published examples, PLINK and GEMMA."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.genotypes.base_frequency import base_frequencies
from agrigen.relationship import PartialRelationship, grm

CASES = [(3, 9, 0.0), (7, 30, 0.0), (64, 64, 0.01), (131, 517, 0.02), (300, 30_000, 0.001),
         (90, 400, 0.3)]  # fmt: skip


def random_dosages(samples: int, markers: int, missing: float) -> np.ndarray:
    random = np.random.default_rng(samples)
    frequency = random.uniform(0.05, 0.95, markers)
    dosages = random.binomial(2, frequency, (samples, markers)).astype(np.int8)
    dosages[random.random(dosages.shape) < missing] = -1
    return dosages


def genotypes(dosages: np.ndarray) -> ag.Genotypes:
    return ag.Genotypes.from_dosages(dosages, [f"a{k}" for k in range(len(dosages))])


def plain(dosages: np.ndarray, p: np.ndarray, method: str) -> np.ndarray:
    """The textbook formula on dense dosages, missing at the mean."""
    q = 1 - p
    z = np.where(dosages < 0, 0, dosages - 2 * p)
    if method == "vanraden1":
        return z @ z.T / (2 * p * q).sum()
    kept = (p > 0) & (p < 1)
    z, p, q, x = z[:, kept], p[kept], q[kept], dosages[:, kept]
    if method == "dominance":
        by = {2: -2 * q**2, 1: 2 * p * q, 0: -2 * p**2}
        h = sum(np.where(x == dosage, value, 0) for dosage, value in by.items())
        return h @ h.T / ((2 * p * q) ** 2).sum()
    out = (z / (2 * p * q)) @ z.T / p.size
    if method == "yang":
        terms = (x * x - (1.0 + 2 * p) * x + 2 * p * p) / (2 * p * q)
        out[np.diag_indices_from(out)] = 1 + np.where(x < 0, 0, terms).sum(axis=1) / p.size
    return out


@pytest.mark.parametrize("method", ["vanraden1", "vanraden2", "yang", "dominance"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("kind", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_relationships_equal_the_formula(
    method: str, case: tuple[int, int, float], kind: type, tolerance: float
) -> None:
    dosages = random_dosages(*case)
    packed = genotypes(dosages)
    result = grm(packed, method, dtype=kind)
    expected = plain(dosages, np.nan_to_num(packed.frequencies()), method)
    assert result.matrix.dtype == kind
    assert np.array_equal(result.matrix, result.matrix.T)
    assert np.allclose(result.matrix, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("missing", [0.0, 0.01, 0.1])
def test_given_frequencies_center_the_genotypes(missing: float) -> None:
    dosages = random_dosages(50, 200, missing)
    p = np.random.default_rng(1).uniform(0.1, 0.9, 200)
    result = grm(genotypes(dosages), frequencies=p)
    assert np.allclose(result.matrix, plain(dosages, p, "vanraden1"), rtol=0, atol=1e-12)
    half = grm(genotypes(dosages), frequencies="half")
    assert np.allclose(half.matrix, plain(dosages, np.full(200, 0.5), "vanraden1"), atol=1e-12)


def test_rare_markers_are_left_out_where_asked() -> None:
    dosages = random_dosages(40, 300, 0.0)
    packed = genotypes(dosages)
    p = packed.frequencies()
    kept = np.minimum(p, 1 - p) >= 0.1
    result = grm(packed, min_maf=0.1)
    assert np.array_equal(result.markers, kept)
    expected = plain(dosages[:, kept], p[kept], "vanraden1")
    assert np.allclose(result.matrix, expected, rtol=0, atol=1e-12)


def test_relationships_are_the_same_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = genotypes(random_dosages(300, 3000, 0.01))
    many = grm(packed)
    monkeypatch.setattr("agrigen.genotypes.parallel.THREADS", 1)
    assert np.array_equal(grm(packed).matrix, many.matrix)


def example(reference: Path, name: str) -> tuple[dict[str, Any], ag.Pedigree, ag.Genotypes]:
    content = json.loads((reference / "worked_examples" / f"{name}.json").read_text())
    given = content["inputs"]
    columns = [["" if value == 0 else str(value) for value in given["pedigree"][key]]
               for key in ("id", "sire", "dam")]  # fmt: skip
    ids = [str(value) for value in given["id"]]
    dosages = np.array([[int(digit) for digit in given["genotypes"][name]] for name in ids])
    return content, ag.Pedigree(*columns), ag.Genotypes.from_dosages(dosages, ids)


def test_mrodes_genomic_relationships_to_every_printed_digit(reference: Path) -> None:
    content, _, packed = example(reference, "ex_11_3")
    result = grm(packed)
    published = content["published"]["G_col1"]
    assert np.allclose(result.matrix[0], published["value"], rtol=0, atol=published["atol"])
    assert np.allclose(result.matrix, content["computed"]["G"], rtol=0, atol=1e-8)


def test_the_inverse_of_blupf90_to_every_printed_digit(reference: Path) -> None:
    content, pedigree, packed = example(reference, "ex_11_3_f90_Ginv")
    inverse = grm(packed).blend(0.01, PartialRelationship(pedigree, packed.ids)).inverse()
    first = content["published"]["Gi_elements_11_12_22_13_23"]
    ours = [inverse[0, 0], inverse[0, 1], inverse[1, 1], inverse[0, 2], inverse[1, 2]]
    assert np.allclose(ours, first["value"], rtol=0, atol=first["atol"])
    last = content["published"]["Gi_elements_10_14__14_14"]
    assert np.allclose(inverse[9:14, 13], last["value"], rtol=0, atol=last["atol"])


def test_mrodes_tuning_to_the_pedigree(reference: Path) -> None:
    content, pedigree, packed = example(reference, "ex_12_1")
    a22 = PartialRelationship(pedigree, packed.ids)
    blended = grm(packed).blend(0.05, a22)
    published = content["published"]["tuning_a_b"]
    assert np.allclose(blended.tuning(a22), published["value"], rtol=0, atol=published["atol"])
    tuned = blended.tune(a22)
    assert np.allclose(tuned.matrix, content["computed"]["Gt"], rtol=0, atol=1e-8)
    assert tuned.steps[0] == "blended: 0.95 G + 0.05 A22"


def test_the_tutorials_gblup_to_every_printed_digit(reference: Path) -> None:
    content = json.loads((reference / "worked_examples/blupf90_gblup6.json").read_text())
    folder = reference / "data/blupf90_tutorial/genomic_analysis"
    packed = ag.Genotypes.read(folder / "snp6.txt")
    inverse = grm(packed, min_maf=0.05).blend(0.05).inverse()
    raw = pd.read_csv(folder / "data6.txt", sep=r"\s+", header=None)
    design = np.zeros((len(raw), 15))
    design[np.arange(len(raw)), raw[0].to_numpy(int) - 1] = 1
    weights = np.diag(raw[3].to_numpy(float)) / 0.7
    x = np.column_stack([np.ones(len(raw)), design])
    left = x.T @ weights @ x
    left[1:, 1:] += inverse / 0.3
    solution = np.linalg.solve(left, x.T @ weights @ raw[2].to_numpy(float))
    published = content["published"]
    assert np.allclose(solution[:1], published["mu"]["value"], rtol=0, atol=2e-6)
    assert np.allclose(solution[1:], published["u"]["value"], rtol=0, atol=2e-6)


@pytest.mark.parametrize("method", ["chen", "christensen", "vitezica", "mean"])
def test_a_tuned_matrix_has_the_means_of_the_pedigree(method: str) -> None:
    pedigree = ag.Pedigree(list("abcdefg"), ["", "", "", "a", "a", "d", "d"],
                           ["", "", "", "b", "c", "e", "c"])  # fmt: skip
    packed = ag.Genotypes.from_dosages(random_dosages(7, 50, 0.0), list("abcdefg"))
    a22 = PartialRelationship(pedigree, packed.ids)
    tuned = grm(packed).tune(a22, method=method).matrix
    block = a22.block
    if method in ("chen", "christensen", "mean"):
        assert np.isclose(tuned.mean(), block.mean())
    if method in ("chen", "christensen"):
        assert np.isclose(np.trace(tuned), np.trace(block))


def test_frequencies_of_the_base_are_generalized_least_squares() -> None:
    pedigree = ag.Pedigree(
        list("abcdef"), ["", "", "a", "a", "c", "c"], ["", "", "b", "b", "d", ""]
    )
    dosages = random_dosages(6, 40, 0.0)
    packed = ag.Genotypes.from_dosages(dosages, list("abcdef"))
    a22 = PartialRelationship(pedigree, packed.ids)
    weights = np.linalg.solve(a22.block, np.ones(6))
    expected = np.clip(weights @ dosages / weights.sum() / 2, 0, 1)
    assert np.allclose(base_frequencies(packed, a22), expected)
    assert np.allclose(grm(packed, frequencies="base", pedigree=pedigree).frequencies, expected)


def test_what_cannot_be_is_named() -> None:
    packed = genotypes(random_dosages(20, 10, 0.0))
    with pytest.raises(ag.SolveError, match=r"not positive definite.*Blend"):
        grm(packed).inverse()
    with pytest.raises(ag.GenotypeError, match="all samples are alike"):
        grm(genotypes(np.full((4, 3), 2, np.int8)))
    with pytest.raises(ag.ModelError, match="There is no method 'x'"):
        grm(packed, "x")
    with pytest.raises(ag.ModelError, match="Frequencies of the base need a pedigree"):
        grm(packed, frequencies="base")
    with pytest.raises(ag.GenotypeError, match="3 frequencies for 10 markers"):
        grm(packed, frequencies=[0.1, 0.2, 0.3])
    with pytest.raises(ag.GenotypeError, match=r"has a frequency of 1\.5"):
        grm(packed, frequencies=np.full(10, 1.5))
    with pytest.raises(ag.ModelError, match="needs relationships by pedigree"):
        grm(packed).tune()
    with pytest.raises(ag.ModelError, match="A weight of 2"):
        grm(packed).blend(2)
    with pytest.raises(ag.GenotypeError, match="A22 has shape"):
        grm(packed).blend(0.1, np.eye(3))


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; it is a witness from outside")
    return path


def run(*words: str | Path, folder: Path) -> None:
    subprocess.run([str(word) for word in words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def cattle(reference: Path, tmp_path: Path) -> ag.Genotypes:
    """Real cattle with missing genotypes, written by us with phenotypes for GEMMA's sake."""
    read = ag.Genotypes.read(reference / "data/synbreed_cattle/cattle.bed")
    rarer = read.frequencies()
    kept = read[:, np.minimum(rarer, 1 - rarer) > 0.02]
    kept.write(tmp_path / "c.bed")
    fam = (tmp_path / "c.fam").read_text().splitlines()
    with_values = [row.removesuffix("-9") + str(k % 7) for k, row in enumerate(fam)]
    (tmp_path / "c.fam").write_text("\n".join(with_values) + "\n")
    return kept


@pytest.mark.parametrize(("method", "option"), [("vanraden1", "cov"), ("vanraden2", "")])
def test_relationships_of_real_cattle_are_those_of_plink2(
    method: str, option: str, cattle: ag.Genotypes, tmp_path: Path
) -> None:
    words = [word for word in ("square", "bin", "meanimpute", option) if word]
    run(program("plink2"), "--bfile", "c", "--chr-set", "29", "--nonfounders", "--make-rel", *words,
        "--out", "out", folder=tmp_path)  # fmt: skip
    theirs = np.fromfile(tmp_path / "out.rel.bin").reshape(len(cattle), len(cattle))
    ours = grm(cattle, method)
    matrix = ours.matrix * (ours.scale / cattle.shape[1])
    assert np.allclose(matrix, theirs, rtol=0, atol=1e-10)


def test_relationships_of_real_cattle_are_those_of_gemma(
    cattle: ag.Genotypes, tmp_path: Path
) -> None:
    run(program("gemma"), "-bfile", "c", "-gk", "1", "-maf", "0", "-miss", "1", "-o", "c",
        folder=tmp_path)  # fmt: skip
    theirs = np.loadtxt(tmp_path / "output/c.cXX.txt")
    ours = grm(cattle)
    matrix = ours.matrix * (ours.scale / cattle.shape[1])
    assert np.allclose(matrix, theirs, rtol=0, atol=1e-8)
