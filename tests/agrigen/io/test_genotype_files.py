"""Genotypes in every format: what is written is read again, and real files say what they say."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import agrigen as ag
from agrigen.io import finalreport_rows
from agrigen.io.blupf90_snp import read_blupf90_snp, write_blupf90_snp
from agrigen.io.plink import read_bed
from agrigen.io.vcf import SkippedWarning, read_vcf

REAL = {
    "bglr_mice/mice.bed": (1814, 10346),
    "gemma_mouse_hs1940/mouse_hs1940.bed": (1940, 12226),
    "msuprp_pig/pig.bed": (251, 20597),
    "synbreed_cattle/cattle.bed": (500, 7250),
    "detectruns_sheep/Kijas2016_Sheep_subset.ped": (100, 4841),
}


def small(samples: int = 11, markers: int = 7) -> ag.Genotypes:
    dosages = np.random.default_rng(4).integers(-1, 3, (samples, markers))
    chip = ag.MarkerMap.of(
        [f"rs{k}" for k in range(markers)], chromosomes=["1"] * markers,
        positions=np.arange(1, markers + 1), counted=["G"] * markers, other=["A"] * markers,
    )  # fmt: skip
    return ag.Genotypes.from_dosages(dosages, [f"S{k}" for k in range(samples)], chip)


@pytest.mark.parametrize("ending", ["bed", "vcf", "vcf.gz", "csv", "snp"])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (11, 7), (600, 9), (9, 600)])
def test_every_format_gives_back_what_it_was_given(
    ending: str, shape: tuple[int, int], tmp_path: Path
) -> None:
    written = small(*shape)
    path = tmp_path / f"chip.{ending}"
    written.write(path)
    read = ag.Genotypes.read(path)
    assert np.array_equal(read.dosages(), written.dosages())
    assert list(read.ids) == list(written.ids)
    if ending in ("bed", "vcf", "vcf.gz"):
        assert read.sha256 == written.sha256


def test_a_text_file_of_plink_gives_back_alleles_and_counts_the_rarer(tmp_path: Path) -> None:
    written = small(60, 20)
    written.write(tmp_path / "chip.ped")
    read = ag.Genotypes.read(tmp_path / "chip.ped")
    assert (read.frequencies() <= 0.5).all()
    same = read.markers.counted == written.markers.counted
    ours, theirs = written.dosages(), read.dosages()
    turned = np.where(ours < 0, -1, 2 - ours)
    assert np.array_equal(theirs, np.where(same, ours, turned))


@pytest.mark.parametrize("name", REAL)
def test_real_sets_go_through_every_format_unchanged(
    name: str, reference: Path, tmp_path: Path
) -> None:
    real = ag.Genotypes.read(reference / "data" / name)
    assert real.shape == REAL[name]
    endings = ["bed", "csv", "snp"]
    if set(real.markers.counted) | set(real.markers.other) <= set("ACGTN0"):
        endings += ["vcf", "ped"]
    for ending in endings:
        real.write(tmp_path / f"copy.{ending}")
        read = ag.Genotypes.read(tmp_path / f"copy.{ending}")
        # A .ped does not know an allele that no sample has, and counts the rarer one.
        same = np.ones(real.shape[1], np.bool_)
        if ending == "ped":
            same = (read.markers.counted == real.markers.counted) | (
                read.markers.other == real.markers.other
            )
        ours, theirs = real.dosages(), read.dosages()
        assert np.array_equal(theirs[:, same], ours[:, same]), ending
        turned = np.where(ours < 0, -1, 2 - ours)
        assert np.array_equal(theirs[:, ~same], turned[:, ~same]), ending
        assert list(read.ids) == list(real.ids)


def test_allele_frequencies_and_missing_of_real_mice_are_those_of_plink(reference: Path) -> None:
    mice = read_bed(reference / "data/gemma_mouse_hs1940/mouse_hs1940")
    results = reference / "results/mouse_hs1940"
    plink = pd.read_csv(results / "plink2_qc.afreq.gz", sep="\t", dtype={"ID": str})
    chosen = mice[:, plink["ID"].to_list()]
    frequencies = chosen.frequencies()
    alternative = (chosen.markers.counted == plink["ALT"]).to_numpy()
    frequencies = np.where(alternative, frequencies, 1 - frequencies)
    assert np.allclose(frequencies, plink["ALT_FREQS"], rtol=0, atol=5e-7)
    counts = chosen.counts()
    assert np.array_equal(2 * (len(mice) - counts[:, 3]), plink["OBS_CT"])
    hardy = pd.read_csv(results / "plink2_qc.hardy.gz", sep="\t", dtype={"ID": str})
    assert np.array_equal(counts[:, 1], hardy["HET_A1_CT"])
    missing = pd.read_csv(results / "plink2_qc.smiss.gz", sep="\t")
    assert np.array_equal(chosen.sample_counts()[:, 3], missing["MISSING_CT"])


def test_files_of_the_blupf90_tutorial_are_read(reference: Path) -> None:
    folder = reference / "data/blupf90_tutorial/genomic_analysis"
    read = ag.Genotypes.read(folder / "snp6.txt")
    assert read.shape == (15, 100)
    assert read.dosages()[0, :10].tolist() == [1, 2, 1, 2, 0, 2, 0, 1, 1, 1]
    assert (read_blupf90_snp(folder / "snpqc1.txt").dosages() == -1).any()


def test_a_map_of_blupf90_is_written_and_read(tmp_path: Path) -> None:
    written = small()
    write_blupf90_snp(written, tmp_path / "a.txt", map_path=tmp_path / "map.txt")
    read = read_blupf90_snp(tmp_path / "a.txt", markers=tmp_path / "map.txt")
    assert list(read.markers.names) == list(written.markers.names)
    assert np.array_equal(read.markers.positions, written.markers.positions)


def test_a_vcf_with_other_fields_missing_alleles_and_single_ones_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT a b c d"
    rows = [
        "1 5 rs1 A G 9 PASS . GT:DP 0/1:3 1|1:9 ./.:0 ./1:2",
        "1 6 . A C . . . GT 0/0 0|1 1 0",
        "1 6 . A T . . . GT 0/0 1/0 . 1",
        "2 7 rs2 C A . . . DS 0 1.0 2 .",
        "2 8 rs3 C . . . . GT 0/0 0/0 0/0 ./.",
    ]
    text = "\r\n".join(["##fileformat=VCFv4.3", "##reference=Oar_v4", columns, *rows])
    path.write_text(text.replace(" ", "\t").replace("##reference\t", "##reference="))
    read = read_vcf(path)
    assert read.dosages().T.tolist() == [
        [1, 2, -1, -1], [0, 1, 2, 0], [0, 1, -1, 2], [0, 1, 2, -1], [0, 0, 0, -1],
    ]  # fmt: skip
    assert list(read.markers.names) == ["rs1", "1:6:A:C", "1:6:A:T", "rs2", "rs3"]
    assert read.markers.assembly == "Oar_v4"
    assert read.markers.counted[4] == "0"


def test_records_of_several_alleles_are_refused_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    rows = ["##fileformat=VCFv4.2", "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT a",
            "1 5 x A G,T . . . GT 1/2", "1 6 y A G . . . GT 1/1"]  # fmt: skip
    path.write_text("\n".join(rows).replace(" ", "\t") + "\n")
    with pytest.raises(ag.GenotypeError, match=r"line 3 of a\.vcf: the record has 2 ALT alleles"):
        read_vcf(path)
    with pytest.warns(SkippedWarning, match="1 records of a.vcf have several ALT alleles"):
        assert read_vcf(path, multiallelic="skip").dosages().tolist() == [[2]]


def test_a_written_bgzf_file_is_gzip_in_blocks(tmp_path: Path) -> None:
    written = small(500, 900)
    written.write(tmp_path / "a.vcf.gz")
    written.write(tmp_path / "a.vcf")
    content = (tmp_path / "a.vcf.gz").read_bytes()
    assert content[12:14] == b"BC"
    assert gzip.decompress(content) == (tmp_path / "a.vcf").read_bytes()


def report(tmp_path: Path, genotypes: ag.Genotypes, *, separator: str = "\t") -> Path:
    """A FinalReport of genotypes counting B, spelled AB and A, G."""
    rows = [["SNP Name", "Sample ID", "Allele1 - Top", "Allele2 - Top", "Allele1 - AB",
             "Allele2 - AB", "GC Score"]]  # fmt: skip
    for sample, dosages in zip(genotypes.ids, genotypes.dosages(), strict=True):
        for marker, dosage in zip(genotypes.markers.names, dosages, strict=True):
            pair = {2: "BB", 1: "AB", 0: "AA", -1: "--"}[int(dosage)]
            top = pair.replace("B", "G")
            score = "0.1" if marker == "rs1" else "0.9"
            rows.append([marker, sample, *top, *pair, score])
    head = "[Header]\nGSGT Version\t2.0\nContent\tOvineSNP50_B.bpm\n[Data]\n"
    path = tmp_path / "FinalReport.txt"
    path.write_text(head + "".join(separator.join(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize("coding", [None, "TOP", "AB"])
def test_a_final_report_is_read_in_any_coding(
    tmp_path: Path, separator: str, coding: str | None
) -> None:
    written = small()
    read = ag.Genotypes.read(report(tmp_path, written, separator=separator), coding=coding)
    assert np.array_equal(read.dosages(), written.dosages())
    assert list(read.ids) == list(written.ids)
    assert (read.markers.coding, read.markers.array) == (coding or "TOP", "OvineSNP50_B.bpm")
    assert set(read.markers.counted) == ({"B"} if coding == "AB" else {"G"})


def test_calls_of_a_low_gc_score_are_missing_where_asked(tmp_path: Path) -> None:
    written = small()
    path = report(tmp_path, written)
    read = ag.Genotypes.read(path, gc_score=0.15, markers=written.markers)
    assert (read.dosages(markers="rs1") == -1).all()
    assert np.array_equal(read.dosages()[:, 2:], written.dosages()[:, 2:])
    assert np.array_equal(read.markers.positions, written.markers.positions)


def test_a_final_report_by_marker_is_the_same_as_by_sample(tmp_path: Path) -> None:
    written = small()
    path = report(tmp_path, written)
    lines = path.read_text().splitlines()
    body = sorted(lines[5:], key=lambda line: (line.split("\t")[0], int(line.split("\t")[1][1:])))
    path.write_text("\n".join([*lines[:5], *body]))
    assert np.array_equal(ag.Genotypes.read(path).dosages(), written.dosages())


@pytest.mark.parametrize("size", [1, 70, 5000])
def test_a_final_report_in_no_order_and_in_pieces_of_any_size_is_the_same(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = small()
    path = report(tmp_path, written)
    lines = path.read_text().splitlines()
    body = np.random.default_rng(size).permutation(lines[5:]).tolist()
    body.remove(next(line for line in body if "\t-\t-\t" in line))
    path.write_bytes("\r\n".join([*lines[:5], *body]).encode())
    (tmp_path / "r.txt.gz").write_bytes(gzip.compress(path.read_bytes()))
    monkeypatch.setattr(finalreport_rows, "BLOCK", size)
    for one in (path, tmp_path / "r.txt.gz"):
        read = ag.Genotypes.read(one, format="finalreport")
        found = {name: place for place, name in enumerate(read.ids)}
        there = {name: place for place, name in enumerate(read.markers.names)}
        order = np.ix_([found[name] for name in written.ids],
                       [there[name] for name in written.markers.names])  # fmt: skip
        assert np.array_equal(read.dosages()[order], written.dosages())


def test_a_csv_as_people_write_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chip.csv"
    path.write_text('﻿id,m1,m2,m3\r\n"A, 1",0,NA,2\r\nb,1.0,,-1\r\n\r\n', encoding="utf-8")
    read = ag.Genotypes.read(path)
    assert list(read.ids) == ["A, 1", "b"]
    assert read.dosages().tolist() == [[0, -1, 2], [1, -1, -1]]


def test_families_sexes_and_parents_of_a_fam_are_kept(tmp_path: Path) -> None:
    small(3, 2).write(tmp_path / "a.bed")
    (tmp_path / "a.fam").write_text("F S0 0 0 1 -9\nF S1 S0 D 2 1.5 7\nG S1 0 0 0 -9\n")
    with pytest.raises(ag.GenotypeError, match=r'S1 stands in more than one family.*ids="family'):
        read_bed(tmp_path / "a")
    read = read_bed(tmp_path / "a", ids="family_sample", mapped=False)
    assert list(read.ids) == ["F_S0", "F_S1", "G_S1"]
    assert list(read.samples.sire) == ["", "S0", ""]
    assert read.samples.sex.tolist() == [1, 2, 0]


def test_plain_json_of_the_reference_is_no_genotype_file(tmp_path: Path) -> None:
    path = tmp_path / "what.json"
    path.write_text(json.dumps({"a": 1}))
    with pytest.raises(ag.GenotypeError, match="neither its name nor its content"):
        ag.Genotypes.read(path)
    with pytest.raises(ag.GenotypeError, match="names no format"):
        small().write(tmp_path / "a.xlsx")
