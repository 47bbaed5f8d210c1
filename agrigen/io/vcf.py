"""VCF, plain, gzip or BGZF, one record at a time.

The counted allele is ALT, the other REF. Danecek et al. 2011, Bioinformatics; samtools.github.io.
"""

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from agrigen._kernels.text import vcf_dosages
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.columns import repeated
from agrigen.io.lines import EMPTY_BLOCK, lines, refusal, text_of
from agrigen.io.rows import MarkerRows

FIXED = [b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO", b"FORMAT"]
UNKNOWN = {"N": "0", ".": "0"}
"""REF or ALT of a marker whose allele nobody knows."""

HEADER_LINES = 1_000_000
MOST_SAMPLES = 1_000_000
MOST_FIELDS = 100
"""Of a FORMAT: those behind are not looked at."""

BLOCK = 65_280
"""Bytes that one BGZF block packs."""

SPELLED = ("0/0", "0/1", "1/1", "./.")
"""Genotypes of the dosages 0, 1, 2 and missing."""


class SkippedWarning(UserWarning):
    """Records of a file were left out because the caller asked so."""


@dataclass
class _Map:
    chromosomes: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)


def read_vcf(
    path: str | PathLike[str], *, multiallelic: str = "refuse", assembly: str = "", array: str = ""
) -> Genotypes:
    """Genotypes of a VCF: GT, or DS where that is all there is and all are whole numbers.

    A genotype with one missing allele is missing; a single allele (a male's X) counts as two
    equal ones, as in PLINK. Markers without an ID are named chromosome:position.

    Parameters
    ----------
    path
        .vcf or .vcf.gz.
    multiallelic
        "refuse" records of more than one ALT allele, or "skip" them with a warning that counts.
    assembly, array
        Kept in the marker map; without `assembly`, that of the file's header.

    Raises
    ------
    GenotypeError
        If a record is not what the header promises, naming its line.
    """
    if multiallelic not in ("refuse", "skip"):
        reason = f"multiallelic={multiallelic!r} is not known."
        raise refusal(path, reason, 'Give "refuse" or "skip".')
    stream = lines(path)
    ids, header = _header(path, stream)
    records, rows, skipped = _Map(), MarkerRows(len(ids)), 0
    dosages = np.empty(len(ids), np.int8)
    for number, line in stream:
        if not line:
            continue
        cells = line.split(b"\t", 9)
        if len(cells) < 10:
            reason = f"there are {len(cells)} cells where {9 + len(ids)} belong."
            raise refusal(path, reason, "Give a VCF with genotypes of every sample.", number)
        if b"," in cells[4]:
            skipped += 1
            _multiallelic(path, cells, number, multiallelic)
            continue
        _read_site(path, cells, number, records)
        _read_cells(path, cells, number, dosages)
        rows.add(dosages.copy())
    if skipped:
        text = f"{skipped:,} records of {Path(path).name} have several ALT alleles: left out."
        warnings.warn(text, SkippedWarning, stacklevel=2)
    markers = MarkerMap.of(
        _names(records), chromosomes=records.chromosomes, positions=records.positions,
        counted=records.counted, other=records.other, assembly=assembly or header, array=array,
    )  # fmt: skip
    return Genotypes(rows.packed(), ids, markers)


def write_vcf(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Write a VCF 4.2; a name that ends with .gz is written as BGZF.

    Alleles must be spelled with A, C, G, T or be unknown: those of AB coding have no place in it.
    """
    named = Path(path)
    _check_alleles(genotypes, named)
    with named.open("wb") as file:
        if named.suffix != ".gz":
            file.writelines(_records(genotypes))
        else:
            file.writelines(_blocked(_records(genotypes)))


def _header(
    path: str | PathLike[str], stream: Iterator[tuple[int, bytes]]
) -> tuple[list[str], str]:
    """Samples, and the assembly where the header names it."""
    assembly = ""
    for number, line in stream:
        if number == 1 and not line.removeprefix(b"\xef\xbb\xbf").startswith(b"##fileformat=VCF"):
            raise refusal(path, "it does not begin as a VCF does.", "Give a VCF file.", number)
        if line.startswith(b"##reference="):
            assembly = Path(text_of(path, line, 2)[12:]).name
        if line.startswith(b"##"):
            if number > HEADER_LINES:
                raise refusal(path, "its header does not end.", "Give a VCF file.", number)
            continue
        if (samples := line.count(b"\t") - 8) > MOST_SAMPLES:
            reason = f"the header names {samples:,} samples; at most {MOST_SAMPLES:,} are read."
            raise refusal(path, reason, "Give files of fewer samples.", number)
        cells = line.split(b"\t")
        if cells[:9] != FIXED:
            reason = "the line with #CHROM, POS, ... FORMAT and the samples is missing."
            raise refusal(path, reason, "Give a VCF with tabs and with genotypes.", number)
        return text_of(path, b"\t".join(cells[9:]), 2).split("\t") if cells[9:] else [], assembly
    raise refusal(path, "its header does not end.", "Give a whole VCF file.")


def _read_site(path: str | PathLike[str], cells: list[bytes], number: int, records: _Map) -> None:
    chromosome, position, name, ref, alt = text_of(path, b"\t".join(cells[:5]), 2).split("\t")
    if not position.isascii() or not position.isdigit() or len(position) > 18:
        reason = f"the position {position[:40]!r} is none."
        raise refusal(path, reason, "Give base pairs.", number)
    records.chromosomes.append(chromosome)
    records.positions.append(int(position))
    records.names.append(name if name not in ("", ".") else "")
    records.other.append(UNKNOWN.get(ref, ref))
    records.counted.append(UNKNOWN.get(alt, alt))


def _read_cells(
    path: str | PathLike[str], cells: list[bytes], number: int, dosages: np.ndarray
) -> None:
    form = cells[8].split(b":", MOST_FIELDS)
    if form[0] == b"GT":
        found = vcf_dosages(np.frombuffer(cells[9], np.uint8), 0, dosages) if cells[9] else 0
    elif b"DS" in form:
        found = _whole_dosages(path, cells[9], form.index(b"DS"), number, dosages)
    else:
        reason = f"its FORMAT is {cells[8][:80].decode('utf-8', 'replace')}, without GT or DS."
        raise refusal(path, reason, "Give a VCF with genotypes.", number)
    if -found > dosages.size:
        found = cells[9].count(b"\t") + 1
    if found < 0:
        cell = cells[9].split(b"\t", -found)[-1 - found].decode("utf-8", "replace")[:40]
        reason = f"sample {-found} has {cell!r}, not one or two alleles 0, 1 or missing."
        raise refusal(path, reason, "Give diploid genotypes of two alleles.", number)
    if found != dosages.size:
        reason = f"there are {found:,} genotypes for {dosages.size:,} samples."
        raise refusal(path, reason, "The record is cut off or has too many cells.", number)


def _whole_dosages(
    path: str | PathLike[str], cells: bytes, place: int, number: int, out: np.ndarray
) -> int:
    if cells.count(b"\t") >= out.size:
        return cells.count(b"\t") + 1
    texts = [(cell.split(b":") + [b"."] * (place + 1))[place] for cell in cells.split(b"\t")]
    for sample, text in enumerate(texts[: out.size]):
        try:
            value = -1.0 if text in (b".", b"") else float(text)
        except ValueError:
            value = np.nan
        if value not in (-1, 0, 1, 2):
            shown = text.decode("utf-8", "replace")[:40]
            reason = f"sample {sample + 1} has the dosage {shown}, which is no whole genotype."
            remedy = "Write best-guess genotypes (GT) with the program that imputed."
            raise refusal(path, reason, remedy, number)
        out[sample] = value
    return len(texts)


def _multiallelic(path: str | PathLike[str], cells: list[bytes], number: int, action: str) -> None:
    if action == "refuse":
        reason = f"the record has {cells[4].count(b',') + 1:,} ALT alleles."
        remedy = 'Split them (`bcftools norm -m-`), or read with multiallelic="skip".'
        raise refusal(path, reason, remedy, number)


def _names(records: _Map) -> np.ndarray:
    """IDs; those without one, or whose place is taken twice, by their place and alleles."""
    names = np.array(records.names, dtype=object)
    nameless = np.flatnonzero(names == "")
    for place in nameless:
        names[place] = f"{records.chromosomes[place]}:{records.positions[place]}"
    taken = set(repeated(names)) if nameless.size else set()
    for place in nameless:
        if names[place] in taken:
            names[place] += f":{records.other[place]}:{records.counted[place]}"
    return names


def _check_alleles(genotypes: Genotypes, path: Path) -> None:
    markers = genotypes.markers
    for column in (markers.counted, markers.other):
        for place, allele in enumerate(column):
            if allele != "0" and not set(allele) <= set("ACGTNacgtn"):
                reason = f"marker {markers.names[place]} has the allele {allele!r}."
                remedy = "Spell alleles with A, C, G, T (by the chip's manifest), or write .bed."
                raise refusal(path, reason, remedy)
    two, one, _, _ = genotypes.counts().T
    silent = np.flatnonzero((markers.counted == "0") & (two + one > 0))
    if silent.size:
        reason = f"marker {markers.names[silent[0]]} has genotypes of an allele without a name."
        raise refusal(path, reason, "Name the alleles in the marker map, or write .bed.")


def _records(genotypes: Genotypes) -> Iterator[bytes]:
    markers = genotypes.markers
    reference = f"##reference={markers.assembly}\n" if markers.assembly else ""
    contigs = "".join(f"##contig=<ID={name}>\n" for name in dict.fromkeys(markers.chromosomes))
    form = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    columns = "\t".join([*(name.decode() for name in FIXED), *genotypes.ids])
    yield f"##fileformat=VCFv4.2\n{reference}{contigs}{form}{columns}\n".encode()
    spelled = np.frombuffer("".join(f"{text}\t" for text in SPELLED).encode(), "S4")
    for places, block in genotypes.iter_blocks():
        for place, dosages in zip(range(places.start, places.stop), block.T, strict=True):
            ref = "N" if markers.other[place] == "0" else markers.other[place]
            alt = "." if markers.counted[place] == "0" else markers.counted[place]
            site = (f"{markers.chromosomes[place]}\t{max(0, markers.positions[place])}\t"
                    f"{markers.names[place]}\t{ref}\t{alt}\t.\t.\t.\tGT\t")  # fmt: skip
            yield site.encode() + spelled[dosages].tobytes()[:-1] + b"\n"


def _blocked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """BGZF blocks of the parts, and the empty block at the end."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) >= BLOCK:
            yield _block(bytes(waiting[:BLOCK]))
            del waiting[:BLOCK]
    if waiting:
        yield _block(bytes(waiting))
    yield EMPTY_BLOCK


def _block(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    if len(packed) + 26 > 65_536:  # what cannot be packed is stored
        packer = zlib.compressobj(0, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush()
    head = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff\x06\x00BC\x02\x00"
    size = struct.pack("<H", len(packed) + len(head) + 2 + 8 - 1)
    return head + size + packed + struct.pack("<II", zlib.crc32(content), len(content))
