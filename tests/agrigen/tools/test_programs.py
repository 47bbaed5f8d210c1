"""The real programs on our genotypes: their numbers are ours, and their failures are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen import tools
from agrigen.errors import NotAvailable
from agrigen.io.gcta import read_grm, write_grm
from agrigen.tools import runner
from agrigen.tools.gcta import read_hsq
from agrigen.tools.plink import _write_values


def have(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(runner.find(program) is None, reason=f"{program} is not installed")


@pytest.fixture(scope="module")
def flock() -> ag.Genotypes:
    """Sixty sheep at 300 markers, two of them on X by number, out of order."""
    rng = np.random.default_rng(8)
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 300), (60, 300))
    order = rng.permutation(300)
    chip = ag.MarkerMap.of(
        [f"m{k}" for k in order], chromosomes=[str(1 + k % 26) if k > 1 else "X" for k in order],
        positions=1000 + order, counted=["A"] * 300, other=["G"] * 300,
    )  # fmt: skip
    who = ag.genotypes.Samples.of([f"S{k}" for k in range(60)], sex=[2] * 60)
    return ag.Genotypes.from_dosages(dosages, who, chip)


@pytest.fixture(scope="module")
def trait(flock: ag.Genotypes) -> pd.Series:
    values = flock.dosages()[:, 5] + np.random.default_rng(1).normal(size=60)
    return pd.Series(values, index=flock.ids)


@have("plink2")
def test_frequencies_of_plink2_are_ours(flock: ag.Genotypes) -> None:
    found = tools.plink_counts(flock, kind="sheep")
    assert np.allclose(found["frequency"], flock.frequencies(), atol=5e-6)
    assert (found["missing"] == 0).all()
    assert found["marker"].tolist() == flock.markers.names.tolist()


@have("plink2")
def test_relationships_of_plink2_are_vanradens_second(flock: ag.Genotypes) -> None:
    autosomes = flock[:, flock.markers.chromosomes != "X"]
    found = tools.plink_relationship(flock, kind="sheep")
    ours = ag.grm(autosomes, "vanraden2")
    assert list(found.ids) == list(flock.ids)
    assert np.allclose(found.matrix, ours.matrix, atol=1e-5)
    assert found.markers.sum() == 298


@have("plink2")
def test_components_and_regressions_of_plink2_come_as_frames(
    flock: ag.Genotypes, trait: pd.Series
) -> None:
    components = tools.plink_pca(flock, 3, kind="sheep")
    assert components.shape == (60, 3)
    assert len(components.attrs["eigenvalues"]) == 3
    found = tools.plink_gwas(flock, trait, kind="sheep").set_index("marker")
    marker = flock.markers.names[5]
    x, y = flock.dosages()[:, 5].astype(float), trait.to_numpy()
    slope = np.cov(x, y)[0, 1] / x.var(ddof=1)
    sign = 1 if found.loc[marker, "counted"] == "A" else -1
    assert found.loc[marker, "effect"] == pytest.approx(sign * slope, rel=1e-4)
    frame = pd.DataFrame({"age": np.arange(60.0) ** 2}, index=flock.ids)
    assert len(tools.plink_gwas(flock, trait, covariates=frame, kind="sheep")) > 290


@have("plink2")
def test_a_run_says_what_was_run(flock: ag.Genotypes) -> None:
    found = tools.plink2(flock, ["--freq"], kind="sheep")
    assert found.command[0] == "plink2"
    assert "--chr-set" in found.command
    assert "PLINK v2" in found.version
    assert found.provenance["seconds"] > 0
    assert "60 samples" in found.log
    assert set(found.tables) == {"afreq"}


@have("plink1.9")
def test_plink_1_9_reads_and_writes_the_same(flock: ag.Genotypes) -> None:
    found = tools.plink1(flock, ["--freq"], kind="sheep").tables["frq"]
    rarer = np.minimum(flock.frequencies(), 1 - flock.frequencies())
    names = pd.Index(flock.markers.names)
    assert np.allclose(found.set_index("SNP").reindex(names)["MAF"], rarer, atol=1e-4)


@have("plink1.9")
@pytest.mark.parametrize("text", [True, False])
def test_plink_reads_our_matrix_of_gcta_and_we_read_its(
    text: bool, flock: ag.Genotypes, tmp_path: Path
) -> None:
    ours = ag.grm(flock[:, flock.markers.chromosomes != "X"])
    write_grm(ours, tmp_path / "g", text=text)
    again = read_grm(tmp_path / "g")
    assert np.allclose(again.matrix, ours.matrix, atol=1e-6)
    arguments = ["--grm-gz" if text else "--grm-bin", "g", "--rel-cutoff", "0.1", "--out", "out"]
    runner.run("plink1.9", arguments, tmp_path, limit=60)
    kept = pd.read_csv(tmp_path / "out.grm.id" if (tmp_path / "out.grm.id").exists()
                       else tmp_path / "out.rel.id", sep="\t", header=None)  # fmt: skip
    matrix = again.to_frame().loc[kept[1], kept[1]].to_numpy()
    assert matrix[np.tril_indices(len(kept), -1)].max() <= 0.1 + 1e-6
    assert 0 < len(kept) < 60


@have("gemma")
def test_relationships_of_gemma_are_centered_products(flock: ag.Genotypes) -> None:
    found = tools.gemma_relationship(flock, min_maf=0)
    x = flock.dosages(dtype=np.float64)
    x -= x.mean(axis=0)
    assert np.allclose(found.matrix, x @ x.T / 300, atol=1e-8)
    assert list(found.ids) == list(flock.ids)


@have("gemma")
def test_the_association_of_gemma_is_ours(flock: ag.Genotypes, trait: pd.Series) -> None:
    matrix = ag.grm(flock)
    found = tools.gemma_gwas(flock, trait, matrix).set_index("marker")
    data = pd.DataFrame({"animal": flock.ids, "y": trait.to_numpy()})
    ours = ag.gwas("y ~ animal(animal)", data, flock, relationship=matrix.to_frame(),
                   precision="double").table.set_index("marker")  # fmt: skip
    both = found.join(ours[["p"]].rename(columns={"p": "ours"}), how="inner")
    assert len(both) > 290
    logs = np.log10(both[["p", "ours"]].astype(float))
    assert (logs["p"] - logs["ours"]).abs().max() < 1e-3
    assert found["p"].idxmin() == flock.markers.names[5]
    assert set(found.columns) >= {"chromosome", "position", "counted", "effect", "se", "p"}


def test_a_matrix_of_other_samples_is_refused(flock: ag.Genotypes, trait: pd.Series) -> None:
    matrix = ag.grm(flock[:30])
    with pytest.raises(ag.DataError, match="of other samples"):
        tools.gemma_gwas(flock, trait, matrix)
    with pytest.raises(ag.DataError, match="is -9, which GEMMA takes for missing"):
        tools.gemma_gwas(flock, trait * 0 - 9, ag.grm(flock))


@have("plink2")
def test_tables_and_methods_that_do_not_fit_are_refused_before_a_program_starts(
    flock: ag.Genotypes, trait: pd.Series, tmp_path: Path
) -> None:
    with pytest.raises(ag.ModelError, match="Use yang or vanraden1"):
        tools.gcta_relationship(flock, method="vanraden2")
    twice = pd.concat([trait, trait.head(1)]).rename({trait.index[1]: "nobody"}).to_frame("trait")
    with pytest.raises(ag.DataError, match=f"nobody, {trait.index[0]}: no sample, or more than"):
        _write_values(tmp_path / "values.txt", flock, twice)


@have("plink2")
def test_a_failing_program_is_told_with_its_own_words(flock: ag.Genotypes) -> None:
    with pytest.raises(tools.ToolError, match=r"(?s)plink2 failed with code \d+.*--nonsense"):
        tools.plink2(flock, ["--nonsense"], kind="sheep")


@have("plink2")
def test_a_program_that_takes_too_long_is_ended(
    flock: ag.Genotypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(runner.PROGRAMS, "sleep", ("sleep",))
    with runner.folder() as place, pytest.raises(tools.ToolError, match=r"after 0\.2 sec"):
        runner.run("sleep", ["60"], place, limit=0.2)


def test_a_program_that_is_not_there_is_named(
    flock: ag.Genotypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert tools.installed() == {}
    for run in (lambda: tools.plink2(flock, ["--freq"]), lambda: tools.gcta_relationship(flock),
                lambda: tools.gemma_relationship(flock)):  # fmt: skip
        with pytest.raises(NotAvailable, match="is not installed, or not on the PATH"):
            run()


@have("plink2")
def test_pgen_files_are_read_through_plink2(flock: ag.Genotypes, tmp_path: Path) -> None:
    flock = flock[:, np.argsort(flock.markers.positions)]
    order = np.argsort(flock.markers.chromosomes.astype(str), kind="stable")
    flock = flock[:, order]
    flock.write(tmp_path / "chip.bed")
    runner.run("plink2", ["--bfile", "chip", "--make-pgen", "--out", "chip", "--chr-set", "26",
                          "--allow-extra-chr"], tmp_path)  # fmt: skip
    for ending in (".bed", ".bim", ".fam"):
        (tmp_path / f"chip{ending}").unlink()
    read = ag.Genotypes.read(tmp_path / "chip.pgen")
    named = replace(read.markers, chromosomes=flock.markers.chromosomes)
    assert read.markers.names.tolist() == flock.markers.names.tolist()
    assert ag.Genotypes(read.packed, read.ids, named).sha256 == flock.sha256
    (tmp_path / "chip.pgen").write_bytes(b"nonsense")
    with pytest.raises(tools.ToolError, match="plink2 failed"):
        ag.Genotypes.read(tmp_path / "chip.pgen")


def test_variances_of_gcta_are_read(reference: Path, tmp_path: Path) -> None:
    found = read_hsq(reference / "results/mice/gcta_reml1.hsq")
    assert found.loc["V(G)", "variance"] == pytest.approx(0.088777)
    assert found.loc["V(G)/Vp", "se"] == pytest.approx(0.034430)
    assert found.loc["n", "variance"] == 1814
    (tmp_path / "a.hsq").write_text("what\n")
    with pytest.raises(ag.GenotypeError, match=r"does not begin as a \.hsq"):
        read_hsq(tmp_path / "a.hsq")
