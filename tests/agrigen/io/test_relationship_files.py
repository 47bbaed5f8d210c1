"""Files of GCTA, GEMMA, BLUPF90, BGLR and rrBLUP: written, read again, and broken."""

import gzip
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.io.bglr import read_rrblup, write_rrblup
from agrigen.io.bimbam import read_bimbam, read_gemma_kinship, write_bimbam, write_gemma_kinship
from agrigen.io.blupf90_matrix import InverseFile
from agrigen.io.gcta import read_grm, write_grm


@pytest.fixture(scope="module")
def flock() -> ag.Genotypes:
    rng = np.random.default_rng(12)
    chip = ag.MarkerMap.of(
        [f"rs{k}" for k in range(40)], chromosomes=["2"] * 40, positions=np.arange(40) + 7,
        counted=["G"] * 40, other=["T"] * 40,
    )  # fmt: skip
    dosages = rng.binomial(2, 0.4, (13, 40))
    dosages[3, 5] = -1
    return ag.Genotypes.from_dosages(dosages, [f"S{k}" for k in range(13)], chip)


@pytest.fixture(scope="module")
def matrix(flock: ag.Genotypes) -> ag.GenomicRelationship:
    return ag.grm(flock).blend(0.05)


@pytest.mark.parametrize("text", [False, True])
def test_a_matrix_of_gcta_is_read_as_it_was_written(
    text: bool, matrix: ag.GenomicRelationship, tmp_path: Path
) -> None:
    write_grm(matrix, tmp_path / "g", text=text, family="F")
    for name in ("g", "g.grm.id"):
        read = ag.read_grm(tmp_path / name)
        assert np.allclose(read.matrix, matrix.matrix, atol=1e-6)
        assert list(read.ids) == list(matrix.ids)
        assert read.markers.sum() == matrix.markers.sum()
    assert ag.read_grm(tmp_path / "g", ids="family_sample").ids[0] == "F_S0"
    assert "read from a file of GCTA" in repr(read)


GRM: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "short": ("g.grm.bin", lambda b: b[:-4], "360 bytes; 13 animals of the .grm.id make 364"),
    "ids": ("g.grm.id", lambda b: b + b"0 x\n", "14 animals"),
    "twice": ("g.grm.id", lambda b: b.replace(b"S1\n", b"S2\n"), "S2 stands more than once"),
    "word": ("g.grm.id", lambda b: b.replace(b"0\tS3", b"S3"), "line 4 of g.grm.id: .* 1 words"),
    "nan": ("g.grm.bin", lambda b: b"\x00\x00\xc0\x7f" + b[4:], "S0 and S0 is no number"),
}


@pytest.mark.parametrize("name", GRM)
def test_a_broken_matrix_of_gcta_is_named(
    name: str, matrix: ag.GenomicRelationship, tmp_path: Path
) -> None:
    write_grm(matrix, tmp_path / "g")
    file, change, message = GRM[name]
    (tmp_path / file).write_bytes(change((tmp_path / file).read_bytes()))
    with pytest.raises(ag.GenotypeError, match=message):
        read_grm(tmp_path / "g")


def test_a_matrix_of_other_animals_or_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "g.grm.id").write_text("0 a\n0 b\n")
    with pytest.raises(ag.GenotypeError, match=r"g\.grm\.bin: it cannot be read"):
        read_grm(tmp_path / "g")
    for text, message in (("1 1 9 1\n2 1 9\n", "line 2"), ("3 1 9 1\n", "places 3 and 1"),
                          ("1 1 9 1\n", "relationship of a and b is no number")):  # fmt: skip
        (tmp_path / "g.grm.gz").write_bytes(gzip.compress(text.encode()))
        with pytest.raises(ag.GenotypeError, match=message):
            read_grm(tmp_path / "g")


def test_bimbam_gives_back_genotypes_and_places(flock: ag.Genotypes, tmp_path: Path) -> None:
    write_bimbam(flock, tmp_path / "g.txt", annotation=tmp_path / "a.txt", ids=tmp_path / "i.txt")
    ids = (tmp_path / "i.txt").read_text().split()
    read = read_bimbam(tmp_path / "g.txt", ids, annotation=tmp_path / "a.txt")
    assert read.sha256 == flock.sha256
    with pytest.raises(ag.GenotypeError, match=r"line 1 of g\.txt: there are 16 words; 3 and 12"):
        read_bimbam(tmp_path / "g.txt", ids[1:])
    (tmp_path / "g.txt").write_text("rs1, G, T, 0.3\n")
    with pytest.raises(ag.GenotypeError, match=r"sample 1 has '0\.3' at marker rs1"):
        read_bimbam(tmp_path / "g.txt", ["a"])


@pytest.mark.skipif(shutil.which("gemma") is None, reason="gemma is not installed")
def test_gemma_reads_our_bimbam_and_we_read_its_matrix(flock: ag.Genotypes, tmp_path: Path) -> None:
    whole = flock[[0, 1, 2, *range(4, 13)]]
    write_bimbam(whole, tmp_path / "g.txt")
    (tmp_path / "y.txt").write_text("".join(f"{k}\n" for k in range(12)))
    command = ["gemma", "-g", "g.txt", "-p", "y.txt", "-gk", "1", "-maf", "0", "-outdir", ".",
               "-o", "k"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    read = read_gemma_kinship(tmp_path / "k.cXX.txt", whole.ids)
    x = whole.dosages(dtype=np.float64)
    x -= x.mean(axis=0)
    assert np.allclose(read.matrix, x @ x.T / 40, atol=1e-8)


def test_a_matrix_of_gemma_is_read_as_it_was_written_or_named(
    matrix: ag.GenomicRelationship, tmp_path: Path
) -> None:
    path = tmp_path / "k.cXX.txt"
    write_gemma_kinship(matrix, path)
    assert np.allclose(read_gemma_kinship(path, matrix.ids).matrix, matrix.matrix, rtol=1e-11)
    with pytest.raises(ag.GenotypeError, match="there are 13 numbers for 2 ids"):
        read_gemma_kinship(path, ["a", "b"])
    path.write_text("1 2\n3 1\n")
    with pytest.raises(ag.GenotypeError, match="not symmetric"):
        read_gemma_kinship(path, ["a", "b"])
    path.write_text("1 x\n3 1\n")
    with pytest.raises(ag.GenotypeError, match=r"line 1 .* a cell is no number"):
        read_gemma_kinship(path, ["a", "b"])


@pytest.mark.parametrize("named", [False, True])
def test_matrices_of_blupf90_keep_every_digit(
    named: bool, matrix: ag.GenomicRelationship, tmp_path: Path
) -> None:
    ids = list(matrix.ids) if named else None
    ag.write_blupf90_matrix(matrix, tmp_path / "G", ids=ids)
    read = ag.read_blupf90_matrix(tmp_path / "G", matrix.ids)
    assert np.array_equal(read.matrix, matrix.matrix)
    assert list(read.ids) == list(matrix.ids)
    ag.write_blupf90_matrix(matrix, tmp_path / "Gi", ids=ids, inverse=True)
    inverse = ag.read_blupf90_matrix(tmp_path / "Gi", matrix.ids, inverse=True)
    assert isinstance(inverse, InverseFile)
    assert np.allclose(inverse.matrix @ matrix.matrix, np.eye(13), atol=1e-10)


def test_the_inverse_of_the_blupf90_tutorial_is_that_of_its_genotypes(reference: Path) -> None:
    folder = reference / "data/blupf90_tutorial/genomic_analysis"
    read = ag.read_blupf90_matrix(folder / "ginverse6.txt", inverse=True)
    genotypes = ag.Genotypes.read(folder / "snp6.txt")
    assert read.matrix.shape == (len(genotypes),) * 2
    assert np.linalg.eigvalsh(read.matrix).min() > 0
    found = np.linalg.inv(read.matrix)
    ours = ag.grm(genotypes).matrix
    rows = np.tril_indices(15, -1)
    assert np.corrcoef(found[rows], ours[rows])[0, 1] > 0.99


TRIPLES = {
    "words": ("1 1\n", "line 1 of G: there are 2 words"),
    "value": ("1 1 x\n", "the value 'x' is no number"),
    "empty": ("", "it is empty"),
    "number": ("3 1 1.0\n", "3 is none of 2 animals"),
    "id": ("a zz 1.0\n", "zz is not among the 2 ids"),
}


@pytest.mark.parametrize("name", TRIPLES)
def test_a_broken_matrix_of_blupf90_is_named(name: str, tmp_path: Path) -> None:
    text, message = TRIPLES[name]
    (tmp_path / "G").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.read_blupf90_matrix(tmp_path / "G", ["a", "b"])


def test_the_matrix_of_rrblup_is_dosages_less_one(flock: ag.Genotypes, tmp_path: Path) -> None:
    write_rrblup(flock, tmp_path / "m.csv")
    frame = pd.read_csv(tmp_path / "m.csv", index_col=0)
    assert frame.min().min() == -1
    assert np.isnan(frame.iloc[3, 5])
    read = read_rrblup(tmp_path / "m.csv", markers=flock.markers)
    assert read.sha256 == flock.sha256
    (tmp_path / "m.csv").write_text("id,m1\na,0.3\n")
    with pytest.raises(ag.GenotypeError, match=r"sample a has '0\.3' at marker m1"):
        read_rrblup(tmp_path / "m.csv")


def has_bglr() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(["Rscript", "-e", "library(BGLR)"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_the_script_for_bglr_is_r_and_finds_its_files(flock: ag.Genotypes, tmp_path: Path) -> None:
    y = pd.Series(np.arange(13.0), index=flock.ids)
    y.iloc[4] = np.nan
    age = pd.DataFrame({"age": np.arange(13.0) ** 2}, index=flock.ids)
    script = ag.write_bglr(flock, y, tmp_path, covariates=age, model="BayesB", iterations=200,
                           burn_in=50)  # fmt: skip
    text = script.read_text()
    before = text.split("set.seed")[0].replace("library(BGLR)\n", "")
    check = "cat(dim(X), sum(is.na(X)), sum(is.na(y[[2]])), dim(eta$fixed$X), eta$markers$model)"
    (tmp_path / "check.R").write_text(before + check)
    said = subprocess.run(["Rscript", "check.R"], cwd=tmp_path, capture_output=True, text=True,
                          check=True, timeout=60)  # fmt: skip
    assert said.stdout.strip() == "13 40 0 1 13 1 BayesB"
    subprocess.run(["Rscript", "-e", 'invisible(parse("bglr.R"))'], cwd=tmp_path, check=True)
    if not has_bglr():
        pytest.skip("the script was checked, not run: the R package BGLR is not installed")
    subprocess.run(["Rscript", "bglr.R"], cwd=tmp_path, check=True, capture_output=True)
    found = ag.read_bglr(tmp_path)
    assert found["effects"]["marker"].tolist() == list(flock.markers.names)


def test_results_of_bglr_are_read_and_records_of_strangers_refused(
    flock: ag.Genotypes, tmp_path: Path
) -> None:
    with pytest.raises(ag.GenotypeError, match="zz is not among"):
        ag.write_bglr(flock, pd.Series([1.0], index=["zz"]), tmp_path)
    with pytest.raises(ag.GenotypeError, match="model 'RKHS2' is not known"):
        ag.write_bglr(flock, pd.Series([1.0], index=["S0"]), tmp_path, model="RKHS2")
    (tmp_path / "effects.csv").write_text('"marker","effect","sd"\n"rs1",0.5,0.1\n')
    (tmp_path / "values.csv").write_text('"id","value","yhat"\n"007",1.5,NA\n')
    (tmp_path / "variances.csv").write_text('"residual","mean"\n2.5,10\n')
    found = ag.read_bglr(tmp_path)
    assert found["values"]["id"].tolist() == ["007"]
    assert np.isnan(found["values"]["yhat"][0])
    assert found["variances"]["residual"][0] == 2.5
    (tmp_path / "values.csv").write_text("id\n1\n")
    with pytest.raises(ag.GenotypeError, match=r"values\.csv: its columns are not id, value, yhat"):
        ag.read_bglr(tmp_path)
