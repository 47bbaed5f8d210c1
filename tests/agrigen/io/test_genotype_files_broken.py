"""Broken and hostile genotype files: each is refused with its line and a remedy."""

import gzip
import resource
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import agrigen as ag
from agrigen.io import lines
from agrigen.io.vcf import write_vcf

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n"
SITE = "1\t5\tx\tA\tG\t.\t.\t.\tGT\t"


@pytest.fixture
def bed(tmp_path: Path) -> Path:
    """A good set of five samples and three markers."""
    chip = ag.MarkerMap.of(["m1", "m2", "m3"], counted=["A"] * 3, other=["C"] * 3)
    genotypes = ag.Genotypes.from_dosages(np.ones((5, 3)), list("abcde"), chip)
    genotypes.write(tmp_path / "chip.bed")
    return tmp_path / "chip.bed"


def edit(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


BED: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "magic": (".bed", lambda b: b"\x00" + b[1:], "does not begin as a .bed file does"),
    "empty": (".bed", lambda b: b"", "does not begin as a .bed file does"),
    "short": (".bed", lambda b: b[:-1], "8 bytes; 5 samples of the .fam and 3 markers .* make 9"),
    "long": (".bed", lambda b: b + b"\x00", "10 bytes"),
    "by sample": (".bed", lambda b: b[:2] + b"\x00" + b[3:], "its rows are samples, not markers"),
    "fam": (
        ".fam",
        lambda b: b + b"0 f 0 0 0 0\n0 g 0 0 0 0\n0 h 0 0 0 0\n0 i 0 0 0 0\n",
        "9 samples",
    ),
    "bim row": (".bim", lambda b: b.replace(b"0\tm2\t0", b"0\tm2"), "line 2 of chip.bim: .* 5 wo"),
    "bim position": (".bim", lambda b: b.replace(b"m2\t0\t0", b"m2\t0\tx"), "line 2 .* 'x' is not"),
    "bim double": (".bim", lambda b: b.replace(b"m2", b"m1"), "m1 stands more than once"),
    "bim binary": (".bim", lambda b: b + b"\x00\x01", "zero byte"),
    "fam empty": (".fam", lambda b: b"", "chip.fam: it is empty"),
    "fam id": (".fam", lambda b: b.replace(b"\tb\t", b"\ta\t"), "more than one fam|more than once"),
}


@pytest.mark.parametrize("name", BED)
def test_a_broken_bed_set_is_named(name: str, bed: Path) -> None:
    ending, change, message = BED[name]
    edit(bed.with_suffix(ending), change)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(bed)


def test_a_missing_companion_is_named(bed: Path) -> None:
    bed.with_suffix(".fam").unlink()
    with pytest.raises(ag.GenotypeError, match=r"chip.fam: it cannot be read: No such file"):
        ag.Genotypes.read(bed)


VCF = {
    "no header": (SITE + "0/0\t0/0\n", "line 1 of a.vcf: it does not begin as a VCF does"),
    "no columns": ("##fileformat=VCFv4.2\n" + SITE, "line 2 .* #CHROM"),
    "header only begins": ("##fileformat=VCFv4.2\n##x\n", "its header does not end"),
    "cut": (HEADER + SITE + "0/0\n", "line 3 of a.vcf: there are 1 genotypes for 2 samples"),
    "too many": (HEADER + SITE + "0/0\t0/0\t0/0\n", "3 genotypes for 2"),
    "no cells": (HEADER + "1\t5\tx\n", "3 cells where 11 belong"),
    "triploid": (HEADER + SITE + "0/0/1\t0/0\n", "sample 1 has '0/0/1'"),
    "allele": (HEADER + SITE + "0/0\t0/2\n", "sample 2 has '0/2'"),
    "garbage": (HEADER + SITE + "0/0\tx\n", "sample 2 has 'x'"),
    "empty cell": (HEADER + SITE + "0/0\t\n", "sample 2 has ''"),
    "position": (HEADER + SITE.replace("5", "-5") + "0/0\t0/0", "the position '-5' is none"),
    "format": (HEADER + SITE.replace("GT", "GP") + "1\t1", "without GT or DS"),
    "dosage": (HEADER + SITE.replace("GT", "DS") + "1\t0.98", "sample 2 has the dosage 0.98"),
    "name": (HEADER + (SITE + "0/0\t0/0\n") * 2, "x stands more than once"),
    "zero": (HEADER + SITE + "0/0\t\x00", "zero byte"),
    "sample": (HEADER.replace("\tb", "\ta") + SITE + "0/0\t0/0\n", "a stands more than once"),
}


@pytest.mark.parametrize("name", VCF)
def test_a_broken_vcf_is_named(name: str, tmp_path: Path) -> None:
    text, message = VCF[name]
    (tmp_path / "a.vcf").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "a.vcf")


def test_a_million_alternative_alleles_are_one_refusal(tmp_path: Path) -> None:
    many = ",".join(["C"] * 1_000_000)
    (tmp_path / "a.vcf").write_text(HEADER + SITE.replace("\tG\t", f"\t{many}\t") + "0/0\t0/0\n")
    with pytest.raises(ag.GenotypeError, match="1,000,000 ALT alleles"):
        ag.Genotypes.read(tmp_path / "a.vcf")


@pytest.mark.parametrize("damage", ["cut", "bit", "block", "tail"])
def test_a_damaged_compressed_file_is_named(damage: str, bed: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.vcf.gz"
    write_vcf(ag.Genotypes.read(bed), path)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "tail":
        path.write_bytes(content[:-28])
    elif damage == "bit":
        path.write_bytes(content[:40] + bytes([content[40] ^ 255]) + content[41:])
    else:
        path.write_bytes(gzip.compress(HEADER.encode())[:-6])
    with pytest.raises(ag.GenotypeError, match=r"damaged|missing|cannot be read|too early"):
        ag.Genotypes.read(path)


def test_a_gzip_bomb_of_one_line_is_stopped_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.vcf.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(b"##fileformat=VCFv4.2\n##x="))
        for _ in range(500):
            file.write(packer.compress(b"A" * 2**20))
        file.write(packer.flush())
    assert path.stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monkeypatch.setattr(lines.lines, "__defaults__", (16 * 2**20,))
    with pytest.raises(ag.GenotypeError, match=r"line 2 of a\.vcf\.gz: the line is longer than 16"):
        ag.Genotypes.read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


CSV = {
    "empty": ("", "it is empty|neither"),
    "no rows": ("id,m1\n", "a header and no samples"),
    "semicolons": ("id;m1;m2\na;0;1\n", "separated by ';'"),
    "one column": ("id\na\n", "one column"),
    "ragged": ("id,m1,m2\na,0\n", "line 2 of chip.csv: there are 2 cells; the header has 3"),
    "value": ("id,m1,m2\na,0,7\n", "sample a has '7' at marker m2"),
    "fraction": ("id,m1\na,0.4\n", "sample a has '0.4'"),
    "nine": ("id,m1\na,9\n", "sample a has '9'"),
    "double": ("id,m1,m1\na,0,0\n", "marker m1 has two columns"),
    "nameless": ("id,m1,\na,0,0\n", "column 3 has no name"),
    "sample": ("id,m1\na,0\na,1\n", "a stands more than once"),
}


@pytest.mark.parametrize("name", CSV)
def test_a_broken_csv_is_named(name: str, tmp_path: Path) -> None:
    text, message = CSV[name]
    (tmp_path / "chip.csv").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "chip.csv")


def test_a_report_that_names_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    rows = (f"marker {number}\tsheep {number}\tA\tB" for number in range(17_000))
    head = "SNP Name\tSample ID\tAllele1 - AB\tAllele2 - AB"
    path.write_text("\n".join([head, *rows]))
    with pytest.raises(ag.GenotypeError, match=r"8,\d+ samples and 8,\d+ markers in its first 8,"):
        ag.Genotypes.read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_csv_in_another_encoding_is_named(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "chip.csv").write_bytes("id,m1\nkü,0\n".encode(encoding))
    with pytest.raises(ag.GenotypeError, match=r"UTF-8|zero byte"):
        ag.Genotypes.read(tmp_path / "chip.csv")


PED = {
    "few": ("F a 0 0 1 -9 A A\n", "2 alleles follow the first six words; 2 markers .* make 4"),
    "many": ("F a 0 0 1 -9 A A A A A\n", "5 alleles follow"),
    "third": ("F a 0 0 1 -9 A C A A\nF b 0 0 1 -9 A G A A\n", "line 2 .*m1 has a third allele"),
    "short": ("F a 0 0\n", "0 alleles follow"),
    "empty": ("\n", "no samples"),
    "long": ("F a 0 0 1 -9 A A A ACGTACGTACGT\n", "an allele of marker m2 has more than 8"),
}


@pytest.mark.parametrize("name", PED)
def test_a_broken_ped_is_named(name: str, tmp_path: Path) -> None:
    text, message = PED[name]
    (tmp_path / "a.map").write_text("1 m1 0 1\n1 m2 0 2\n")
    (tmp_path / "a.ped").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "a.ped")


SNP = {
    "ragged": ("a 0120\nb 012\n", "line 2 .*there are 3 genotypes; the lines before have 4"),
    "digit": ("a 0124\n", "genotype 4 is '4'"),
    "fraction": ("a 0.10 1.2\n", "3 words; an id and a string of digits"),
    "empty": ("", "it is empty"),
}


@pytest.mark.parametrize("name", SNP)
def test_a_broken_blupf90_file_is_named(name: str, tmp_path: Path) -> None:
    text, message = SNP[name]
    (tmp_path / "a.snp").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "a.snp")


ROW = "SNP Name\tSample ID\tAllele1 - Top\tAllele2 - Top\tGC Score\n"
REPORT = {
    "no columns": ("[Header]\nx\n[Data]\nfoo\tbar\n", "no line of its beginning names"),
    "no sample": (ROW.replace("Sample ID", "Name") + "m\ta\tA\tA\t1\n", "no column sampleid"),
    "no rows": (ROW, "it has no rows"),
    "allele": (ROW + "m\ta\tA\tQ\t1\n", "an allele is 'Q'"),
    "third": (ROW + "m\ta\tA\tC\t1\nm\tb\tA\tG\t1\n", "marker m has the alleles A, C, G"),
    "twice": (ROW + "m\ta\tA\tC\t1\nm\ta\tA\tC\t1\n", "sample a has marker m twice"),
    "coding": (ROW.replace("Top", "Design") + "m\ta\tA\tC\t1\n", "it has no alleles in TOP"),
    "cells": (ROW + "m\ta\tA\tC\t1\t2\t3\nm\n", "line 2 .*its rows do not fit its columns"),
    "short": (ROW + "m\ta\tA\tC\t1\n\nm\tb\tA\n", "line 4 .*there are 3 cells, and 5 columns"),
}


@pytest.mark.parametrize("name", REPORT)
def test_a_broken_final_report_is_named(name: str, tmp_path: Path) -> None:
    text, message = REPORT[name]
    (tmp_path / "r.txt").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "r.txt", format="finalreport")


def test_a_score_that_is_no_number_is_named_where_scores_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(ROW + "m\ta\tA\tC\t0.9\nm\tb\tA\tC\tgood\n")
    assert ag.Genotypes.read(tmp_path / "r.txt", format="finalreport").shape == (2, 1)
    with pytest.raises(ag.GenotypeError, match=r"line 3 .*a GC score is no number: 'good'"):
        ag.Genotypes.read(tmp_path / "r.txt", format="finalreport", gc_score=0.15)


def test_alleles_that_a_format_cannot_hold_are_refused_at_writing(tmp_path: Path) -> None:
    chip = ag.MarkerMap.of(["m1"], counted=["B"], other=["A"])
    genotypes = ag.Genotypes.from_dosages([[1], [2]], ["a", "b c"], chip)
    with pytest.raises(ag.GenotypeError, match="marker m1 has the allele 'B'"):
        genotypes.write(tmp_path / "a.vcf")
    with pytest.raises(ag.GenotypeError, match="'b c' has a blank in it"):
        genotypes.write(tmp_path / "a.bed")
    nameless = ag.Genotypes.from_dosages([[1], [2]], ["a", "b"])
    with pytest.raises(ag.GenotypeError, match="marker 1 has genotypes but no names"):
        nameless.write(tmp_path / "a.ped")


FORMULAS = {
    "id": (
        "id,m1\n=HYPERLINK(1),0\n",
        r"line 2 of chip\.csv: the name '=HYPERLINK\(1\)' is a form",
    ),
    "marker": ("id,@SUM(A1)\na,0\n", r"line 1 of chip\.csv: the name '@SUM\(A1\)' is a formula"),
    "minus": ("id,m1\n-1+cmd|x,0\n", "is a formula to a spreadsheet"),
    "quote": ('id,m1\n"a,0\n', "line 2 .* cells cannot be told apart"),
    "field": ('id,m1\na,"' + "1" * 200_000 + '"\n', "line 2 .* cells cannot be told apart .*limit"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_cells_that_a_spreadsheet_would_compute_are_refused(name: str, tmp_path: Path) -> None:
    text, message = FORMULAS[name]
    (tmp_path / "chip.csv").write_text(text)
    with pytest.raises(ag.GenotypeError, match=message):
        ag.Genotypes.read(tmp_path / "chip.csv")


def test_names_that_a_spreadsheet_would_compute_are_not_written(tmp_path: Path) -> None:
    genotypes = ag.Genotypes.from_dosages([[1]], ["=1+1"])
    with pytest.raises(ag.GenotypeError, match="'=1\\+1' is a formula"):
        genotypes.write(tmp_path / "chip.csv")
    ag.Genotypes.from_dosages([[1]], ["-12"]).write(tmp_path / "chip.csv")
    assert ag.Genotypes.read(tmp_path / "chip.csv").ids[0] == "-12"


@pytest.mark.parametrize("name", ["chip.xlsx", "chip.csv", "chip.txt"])
def test_archives_workbooks_and_objects_of_r_are_never_opened(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(40))
    with pytest.raises(ag.GenotypeError, match="a zip archive or an Excel workbook"):
        ag.Genotypes.read(tmp_path / name)
    (tmp_path / "chip.rds").write_bytes(gzip.compress(b"X\n\x00\x00\x00\x03" + bytes(30)))
    (tmp_path / "chip.pkl").write_bytes(b"\x80\x04\x95" + bytes(9))
    for ending in ("rds", "pkl"):
        with pytest.raises(ag.GenotypeError, match="neither its name nor its content"):
            ag.Genotypes.read(tmp_path / f"chip.{ending}")


@pytest.mark.parametrize("kind", ["bim", "report"])
def test_a_small_file_that_unpacks_to_a_large_one_is_stopped(
    kind: str, bed: Path, tmp_path: Path
) -> None:
    start = b"1 m1 0 1 A C" if kind == "bim" else ROW.encode() + b"m\ta\tA\tC\t"
    path = bed.with_suffix(".bim") if kind == "bim" else tmp_path / "r.txt.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(start))
        for _ in range(500):
            file.write(packer.compress(b"A" * 2**20))
        file.write(packer.flush())
    assert path.stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ag.GenotypeError, match=r"larger than 64 MiB|a line is longer than 1 MiB"):
        ag.Genotypes.read(bed if kind == "bim" else path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_report_in_another_encoding_is_named(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes((ROW + "m\tkü\tA\tC\t1\n").encode(encoding))
    with pytest.raises(ag.GenotypeError, match=r"zero byte|do not fit its columns"):
        ag.Genotypes.read(tmp_path / "r.txt", format="finalreport")


def test_markers_on_unknown_chromosomes_are_kept_by_readers_and_named_by_control(
    tmp_path: Path,
) -> None:
    chip = ag.MarkerMap.of(["m1", "m2", "m3"], chromosomes=["1", "NKLS02.1", "0"],
                           positions=[5, 6, 0], counted=["A"] * 3, other=["C"] * 3)  # fmt: skip
    dosages = np.random.default_rng(1).integers(0, 3, (40, 3))
    ag.Genotypes.from_dosages(dosages, [f"S{k}" for k in range(40)], chip).write(tmp_path / "a.vcf")
    read = ag.Genotypes.read(tmp_path / "a.vcf")
    assert read.markers.chromosomes.tolist() == ["1", "NKLS02.1", "0"]
    report = ag.quality_control(read, {"hardy_weinberg": None}, kind="cattle")
    named = report.markers.set_index("marker")["kind"]
    assert named.tolist() == ["autosome", "unplaced", "unplaced"]
