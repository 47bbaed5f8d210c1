"""Manifests: one genotype, four spellings, and what cannot be spelled is named."""

from pathlib import Path

import numpy as np
import pytest

import agrigen as ag
from agrigen.genotypes.strand import strand_of

HEAD = """Illumina, Inc.,,,,
[Heading],,,,
Descriptor File Name,OvineTest_A.bpm,,,
Assay Format,Infinium HD Super,,,
Loci Count ,7,,,
[Assay],,,,
IlmnID,Name,IlmnStrand,SNP,AddressA_ID,GenomeBuild,Chr,MapInfo,Species,SourceStrand,RefStrand
"""
ROWS = """m1-1_T_F_11,m1,TOP,[A/G],001,4.0,1,100,Ovis aries,TOP,+
m2-1_B_F_12,m2,BOT,[T/C],002,4.0,1,200,Ovis aries,BOT,-
m3-1_B_R_13,m3,BOT,[T/G],003,4.0,2,300,Ovis aries,TOP,+
m4-1_T_R_14,m4,TOP,[A/T],004,4.0,27,400,Ovis aries,BOT,-
m5-1_B_F_15,m5,BOT,[G/C],005,4.0,X,500,Ovis aries,BOT,+
m6-1_P_F_16,m6,PLUS,[D/I],006,4.0,3,600,Ovis aries,PLUS,+
m7-1_T_F_17,m7,TOP,[A/C],007,4.0,0,0,Ovis aries,TOP,
"""
TAIL = "[Controls],,,,\n0027630314,Staining,Red,DNP (High),\n"
PAIRS = {
    "AB": ["A/B"] * 7,
    "TOP": ["A/G", "A/G", "A/C", "A/T", "C/G", "D/I", "A/C"],
    "FWD": ["A/G", "T/C", "A/C", "T/A", "G/C", "D/I", "A/C"],
    "PLUS": ["A/G", "A/G", "T/G", "T/A", "G/C", "D/I", "0/0"],
}
"""By Illumina's rules, written by hand."""


@pytest.fixture
def manifest(tmp_path: Path) -> ag.Manifest:
    path = tmp_path / "OvineTest_A.csv"
    path.write_text(HEAD + ROWS + TAIL)
    return ag.Manifest.read(path)


def coded(coding: str, *, keep: slice = slice(0, 6)) -> ag.Genotypes:
    """Six animals, counting B at every second marker and A at the others."""
    pairs = [pair.split("/") for pair in PAIRS[coding]][keep]
    dosages = np.random.default_rng(2).integers(-1, 3, (6, 7))[:, keep]
    turn = np.arange(7)[keep] % 2 == 1
    chip = ag.MarkerMap.of(
        [f"m{k}" for k in range(1, 8)][keep],
        counted=[pair[0 if t else 1] for pair, t in zip(pairs, turn, strict=True)],
        other=[pair[1 if t else 0] for pair, t in zip(pairs, turn, strict=True)], coding=coding,
    )  # fmt: skip
    return ag.Genotypes.from_dosages(dosages, list("abcdef"), chip)


def test_a_manifest_spells_every_marker_in_every_coding(manifest: ag.Manifest) -> None:
    frame = manifest.to_frame()
    assert {coding: frame[coding].tolist() for coding in PAIRS} == PAIRS
    assert manifest.unknown("PLUS") == ["m7"]
    assert manifest.strands("TOP").tolist() == ["+", "+", "-", "-", "-", "+", ""]
    assert (manifest.array, manifest.species) == ("OvineTest_A", "sheep")
    assert manifest.chromosomes.tolist() == ["1", "1", "2", "27", "X", "3", "0"]
    assert "PLUS 6" in repr(manifest)


@pytest.mark.parametrize("start", PAIRS)
@pytest.mark.parametrize("stop", PAIRS)
def test_recoding_changes_the_spelling_and_no_genotype(
    start: str, stop: str, manifest: ag.Manifest
) -> None:
    genotypes = coded(start)
    found = genotypes.recoded(manifest, stop)
    wanted = coded(stop)
    assert np.array_equal(found.packed, genotypes.packed)
    assert found.markers.counted.tolist() == wanted.markers.counted.tolist()
    assert found.markers.other.tolist() == wanted.markers.other.tolist()
    assert (found.markers.coding, found.markers.array) == (stop, "OvineTest_A")
    part = found[::2, [4, 1]]
    assert part.markers.strands.tolist() == [found.markers.strands[k] for k in (4, 1)]
    assert (part.markers.array, part.markers.species) == ("OvineTest_A", "sheep")
    back = found[:, 1:4].recoded(manifest, start)
    assert back.markers.counted.tolist() == genotypes.markers.counted.tolist()[1:4]


def test_an_untold_coding_is_found_by_what_it_can_spell(manifest: ag.Manifest) -> None:
    from dataclasses import replace

    top = coded("TOP")
    nameless = ag.Genotypes(top.packed, top.samples, replace(top.markers, coding=""))
    assert manifest.coding_of(nameless) == {"AB": 6, "TOP": 0, "FWD": 1, "PLUS": 1}
    assert nameless.recoded(manifest, "FWD").markers.counted.tolist() == (
        coded("FWD").markers.counted.tolist()
    )
    ambiguous = nameless[:, ["m1", "m4"]]
    with pytest.raises(ag.GenotypeError, match="may be spelled in TOP or FWD or PLUS"):
        ambiguous.recoded(manifest, "AB")


def test_markers_of_unknown_strand_are_named_or_left_out(manifest: ag.Manifest) -> None:
    genotypes = coded("TOP", keep=slice(0, 7))
    with pytest.raises(ag.GenotypeError, match=r"1 of 7 markers are of unknown strand .*: m7"):
        genotypes.recoded(manifest, "PLUS")
    found = genotypes.recoded(manifest, "PLUS", unknown="drop")
    assert found.markers.names.tolist() == [f"m{k}" for k in range(1, 7)]


def test_alleles_of_another_chip_are_refused(manifest: ag.Manifest) -> None:
    with pytest.raises(ag.GenotypeError, match=r"1 marker with other alleles than TOP .*: m2"):
        coded("FWD").recoded(manifest, "AB", known="TOP")
    other = ag.Genotypes.from_dosages([[1]], ["a"], ag.MarkerMap.of(["zz"], coding="TOP"))
    with pytest.raises(ag.GenotypeError, match="1 of 1 markers are not in the manifest: zz"):
        other.recoded(manifest, "AB")
    with pytest.raises(ag.GenotypeError, match="coding 'BOT' is not known"):
        coded("TOP").recoded(manifest, "BOT")


def test_a_marker_with_one_allele_gets_the_name_of_the_other(manifest: ag.Manifest) -> None:
    chip = ag.MarkerMap.of(["m1", "m2"], counted=["0", "0"], other=["A", "G"], coding="TOP")
    genotypes = ag.Genotypes.from_dosages([[0, 0], [0, -1]], ["a", "b"], chip)
    assert genotypes.recoded(manifest, "AB").markers.counted.tolist() == ["B", "A"]
    counted = manifest.counting_b(genotypes)
    assert counted.markers.counted.tolist() == ["G", "G"]
    assert counted.dosages().tolist() == [[0, 2], [0, -1]]


@pytest.mark.parametrize("coding", PAIRS)
def test_a_report_in_any_coding_counts_b_with_its_manifest(
    coding: str, manifest: ag.Manifest, tmp_path: Path
) -> None:
    word = {"TOP": "Top", "FWD": "Forward", "AB": "AB", "PLUS": "Plus"}[coding]
    dosages = np.random.default_rng(5).integers(-1, 3, (9, 6))
    rows = [f"SNP Name\tSample ID\tAllele1 - {word}\tAllele2 - {word}"]
    for sample, row in enumerate(dosages):
        for marker, dosage in enumerate(row):
            pair = PAIRS[coding][marker].split("/")
            one, two = ("-", "-") if dosage < 0 else (pair[dosage // 2], pair[(dosage + 1) // 2])
            rows.append(f"m{marker + 1}\tS{sample}\t{one}\t{two}")
    (tmp_path / "r.txt").write_text("\n".join(rows) + "\n")
    read = ag.Genotypes.read(tmp_path / "r.txt", markers=manifest)
    assert np.array_equal(read.dosages(), dosages)
    assert read.markers.coding == coding
    assert read.markers.counted.tolist() == [pair.split("/")[1] for pair in PAIRS[coding]][:6]
    assert read.markers.positions.tolist() == [100, 200, 300, 400, 500, 600]


@pytest.mark.parametrize(
    ("first", "second", "sequence", "strand"),
    [
        ("A", "G", "", "TOP"), ("G", "A", "", "TOP"), ("C", "T", "", "BOT"), ("T", "G", "", "BOT"),
        ("A", "T", "", ""), ("D", "I", "", ""),
        ("A", "T", "GGCA[A/T]CGG", "TOP"),  # A before, C after
        ("A", "T", "GGCG[A/T]TGG", "BOT"),
        ("C", "G", "TTAA[C/G]TCTT", "TOP"),  # A, T say nothing; then A, C
        ("C", "G", "AGT[C/G]ATT", "BOT"),  # T, A; then G, T
        ("C", "G", "AT[C/G]TA", ""),
    ],
)  # fmt: skip
def test_strands_are_told_by_letters_or_by_walking(
    first: str, second: str, sequence: str, strand: str
) -> None:
    assert strand_of(first, second, sequence) == strand


def test_a_plain_table_is_a_manifest_too(tmp_path: Path) -> None:
    path = tmp_path / "markers.tsv"
    path.write_text(
        "marker\tchr\tpos\tsnp\tsequence\tplus\n"
        "a\t1\t5\t[G/A]\tACGT[G/A]ACGT\t+\n"
        "b\t1\t9\t[A/T]\tGGCG[A/T]TGG\t-\n"
        "c\t1\t11\t[C/G]\t\t-\n"
    )
    found = ag.Manifest.read(path, assembly="Oar_v4.0")
    frame = found.to_frame()
    assert frame["TOP"].tolist() == ["A/G", "A/T", "0/0"]
    assert frame["PLUS"].tolist() == ["A/G", "A/T", "G/C"]
    assert found.unknown("TOP") == ["c"]
    path.write_text("name,allele_a,allele_b\na,A,G\nb,T,C\n")
    assert ag.Manifest.read(path).to_frame()["TOP"].tolist() == ["A/G", "A/G"]


BROKEN = {
    "no header": ("a,b\n1,2\n", "no line of its beginning names the columns Name and SNP"),
    "no markers": (HEAD, "it has no markers"),
    "cut": (HEAD + ROWS[:-30], "cells; the header has more"),
    "alleles": (HEAD + ROWS.replace("[A/C]", "A"), "line 14 .*m7 has the alleles 'A'"),
    "position": (HEAD + ROWS.replace(",600,", ",6e2,"), "m6 has the position '6e2'"),
    "twice": (HEAD + ROWS + ROWS, "m1, m2, .*stands more than once"),
    "binary": ("BPM\x01\x02", "binary manifest"),
    "zero": (HEAD + "\x00", "zero byte"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_named(name: str, tmp_path: Path) -> None:
    text, message = BROKEN[name]
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Manifest.read(tmp_path / "m.csv")


def test_a_strand_that_contradicts_the_alleles_is_unknown_and_named(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(HEAD + ROWS.replace("m1,TOP", "m1,BOT"))
    found = ag.Manifest.read(tmp_path / "m.csv")
    assert found.contradictions == ("m1",)
    assert found.unknown("TOP") == ["m1"]
    assert "contradicts the alleles: m1" in repr(found)
