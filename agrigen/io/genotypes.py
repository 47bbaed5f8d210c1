"""Genotype files by their ending.

.bed (.bim, .fam)       PLINK binary           read_bed, write_bed
.ped (.map)             PLINK text             read_ped, write_ped
.vcf, .vcf.gz           VCF, gzip or BGZF      read_vcf, write_vcf
.csv, .csv.gz           id and markers         read_genotype_csv, write_genotype_csv
.vcz, .zarr             VCF Zarr               read_vcf_zarr, write_vcf_zarr
.pgen (.pvar, .psam)    PLINK 2, by plink2     read only
.snp                    BLUPF90                read_blupf90_snp, write_blupf90_snp
other texts             told by their content: Illumina FinalReport, BLUPF90, VCF, CSV
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from agrigen.genotypes import Genotypes
from agrigen.io.blupf90_snp import read_blupf90_snp, write_blupf90_snp
from agrigen.io.finalreport import read_finalreport
from agrigen.io.genotype_csv import read_genotype_csv, write_genotype_csv
from agrigen.io.lines import reading, refusal
from agrigen.io.ped import read_ped, write_ped
from agrigen.io.plink import read_bed, write_bed
from agrigen.io.vcf import read_vcf, write_vcf
from agrigen.io.vcf_zarr import read_vcf_zarr, write_vcf_zarr

Reader = Callable[..., Genotypes]


def _read_pgen(path: str | PathLike[str], **options: Any) -> Genotypes:
    from agrigen.tools.plink import read_pgen

    return read_pgen(path, **options)


READERS: dict[str, Reader] = {
    "bed": read_bed,
    "ped": read_ped,
    "vcf": read_vcf,
    "csv": read_genotype_csv,
    "blupf90": read_blupf90_snp,
    "finalreport": read_finalreport,
    "zarr": read_vcf_zarr,
    "pgen": _read_pgen,
}
WRITERS: dict[str, Callable[..., None]] = {
    "bed": write_bed,
    "ped": write_ped,
    "vcf": write_vcf,
    "csv": write_genotype_csv,
    "blupf90": write_blupf90_snp,
    "zarr": write_vcf_zarr,
}
ENDINGS = {
    ".bed": "bed", ".bim": "bed", ".fam": "bed", ".ped": "ped", ".map": "ped", ".vcf": "vcf",
    ".snp": "blupf90", ".vcz": "zarr", ".zarr": "zarr", ".pgen": "pgen", ".pvar": "pgen",
    ".psam": "pgen",
}  # fmt: skip


def read(path: str | PathLike[str], *, format: str | None = None, **options: Any) -> Genotypes:
    """Genotypes of a file; `format` is one of READERS where its name and content do not tell."""
    name = format or format_of(Path(path))
    if name not in READERS:
        raise refusal(path, f"the format {name!r} is not known.", f"Give {', '.join(READERS)}.")
    return READERS[name](path, **options)


def write(
    genotypes: Genotypes, path: str | PathLike[str], *, format: str | None = None, **options: Any
) -> None:
    """Write in the format of the ending, or in one of WRITERS."""
    name = format or {**ENDINGS, ".csv": "csv"}.get(_ending(Path(path)), "")
    if name not in WRITERS:
        reason = "its ending names no format of genotypes."
        raise refusal(path, reason, f"Give format=, one of {', '.join(WRITERS)}.")
    WRITERS[name](genotypes, path, **options)


def _ending(path: Path) -> str:
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()


def format_of(path: Path) -> str:
    """The format of a file, by its ending or else by its content."""
    ending = _ending(path)
    if ending in ENDINGS:
        return ENDINGS[ending]
    if not path.exists():
        beside = {
            path.with_name(path.name + end).exists(): ENDINGS[end] for end in (".ped", ".bed")
        }
        if True in beside:
            return beside[True]
    return _by_content(path, ending)


def _by_content(path: Path, ending: str) -> str:
    with reading(path) as stream:
        first = stream.readline(2**16).removeprefix(b"\xef\xbb\xbf").strip()
    if first.startswith(b"##fileformat=VCF"):
        return "vcf"
    if first.lower().startswith(b"[header]") or first.lower().startswith(b"snp name"):
        return "finalreport"
    if first.startswith(b"PK"):
        remedy = "Save its sheet as CSV, or unpack the archive first."
        raise refusal(path, "it is a zip archive or an Excel workbook.", remedy)
    words = first.split()
    if len(words) == 2 and not set(words[1]) - set(b"0125"):
        return "blupf90"
    if ending == ".csv" or b"," in first:
        return "csv"
    remedy = f"Give format=, one of {', '.join(READERS)}."
    raise refusal(path, "neither its name nor its content tells its format.", remedy)
