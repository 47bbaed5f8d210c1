"""`agrigen convert genotypes` and `agrigen merge`."""

import json
from pathlib import Path

import numpy as np
import pytest

import agrigen as ag
from agrigen.cli import main

MANIFEST = "name,snp,strand,chr,pos,forward,plus\n" + "".join(
    f"m{k},[{'A/G' if k % 2 else 'T/C'}],{'TOP' if k % 2 else 'BOT'},1,{100 + k},F,+\n"
    for k in range(6)
)


@pytest.fixture
def chip(tmp_path: Path) -> ag.Genotypes:
    dosages = np.random.default_rng(3).integers(-1, 3, (8, 6))
    markers = ag.MarkerMap.of(
        [f"m{k}" for k in range(6)], chromosomes=["1"] * 6, positions=np.arange(100, 106),
        counted=["G"] * 6, other=["A"] * 6,
    )  # fmt: skip
    made = ag.Genotypes.from_dosages(dosages, [f"S{k}" for k in range(8)], markers)
    made.write(tmp_path / "chip.bed")
    (tmp_path / "manifest.csv").write_text(MANIFEST)
    return made


@pytest.mark.parametrize("ending", ["vcf", "vcf.gz", "ped", "csv", "snp", "vcz", "bed"])
def test_any_format_becomes_any_other(
    ending: str, chip: ag.Genotypes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / f"out.{ending}", tmp_path / "back.bed"
    assert main(["convert", "genotypes", str(tmp_path / "chip.bed"), "--output", str(first)]) == 0
    assert main(["convert", "genotypes", str(first), "--output", str(second)]) == 0
    back = ag.Genotypes.read(second)
    turned = back.markers.counted != "G" if ending == "ped" else np.zeros(6, bool)
    dosages = back.dosages()
    dosages = np.where(turned & (dosages >= 0), 2 - dosages, dosages)
    assert np.array_equal(dosages, chip.dosages())
    assert "8 samples at 6 markers written to" in capsys.readouterr().out


def test_alleles_are_spelled_by_the_manifest(chip: ag.Genotypes, tmp_path: Path) -> None:
    out = tmp_path / "fwd.vcf"
    command = ["convert", "genotypes", str(tmp_path / "chip.bed"), "--output", str(out)]
    asked = ["--manifest", str(tmp_path / "manifest.csv"), "--coding", "FWD", "--assembly", "x"]
    assert main([*command, *asked]) == 0
    read = ag.Genotypes.read(out)
    assert read.markers.counted.tolist() == ["C", "G"] * 3
    assert read.markers.assembly == "x"
    assert main([*command, "--coding", "FWD"]) == 2


def test_files_are_merged_with_a_report(
    chip: ag.Genotypes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chip[:5].write(tmp_path / "a.bed")
    chip[3:].write(tmp_path / "b.vcf")
    out = tmp_path / "all.bed"
    command = ["merge", str(tmp_path / "a.bed"), str(tmp_path / "b.vcf"), "--output", str(out)]
    assert main([*command, "--json", "--report", str(tmp_path / "report")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["samples"], said["counts"]["duplicated samples"]) == (8, 2)
    assert ag.Genotypes.read(out).sha256 == chip.sha256
    assert (tmp_path / "report/duplicates.csv").exists()
    assert main(["merge", str(tmp_path / "a.bed"), "--output", str(out)]) == 2
    assert "Give two or more" in capsys.readouterr().err
