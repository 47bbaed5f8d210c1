"""Manifests of chips: Illumina's .csv, and plain tables of markers with commas or tabs.

Illumina's columns that count: IlmnID (its last but one word is F or R: whether the designed strand
is the submitted one), Name, IlmnStrand, SNP, GenomeBuild, Chr, MapInfo, Species, SourceStrand,
SourceSeq, TopGenomicSeq and RefStrand. A plain table needs a name and alleles, as `snp` [A/G] or
as `allele_a` and `allele_b`.
"""

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np

from agrigen.genotypes.manifest import UNKNOWN, Manifest
from agrigen.genotypes.strand import BOT_PAIRS, TOP_PAIRS, strand_of
from agrigen.io.lines import cells_of, lines, reading, refusal, text_of
from agrigen.species import SPECIES
from agrigen.species.catalogue import LATIN

COLUMNS = {
    "id": ("ilmnid",),
    "name": ("name", "marker", "snpname", "snp_name", "snp_id", "markername"),
    "strand": ("ilmnstrand", "strand"),
    "snp": ("snp", "alleles"),
    "first": ("allele_a", "allelea"),
    "second": ("allele_b", "alleleb"),
    "build": ("genomebuild", "assembly"),
    "chromosome": ("chr", "chromosome", "chrom"),
    "position": ("mapinfo", "position", "pos", "bp"),
    "species": ("species",),
    "source": ("sourcestrand", "forward"),
    "sequence": ("sourceseq", "sequence"),
    "top": ("topgenomicseq",),
    "plus": ("refstrand", "plus"),
}
"""What a column holds, and the names it goes by."""

HEADER_LINES = 100
LONGEST = 2**20
STRANDS = {"TOP": "TOP", "BOT": "BOT", "T": "TOP", "B": "BOT"}
SIGNS = {"+": 1, "-": -1, "F": 1, "R": -1}


def read_manifest(
    path: str | PathLike[str], *, assembly: str = "", array: str = "", species: str = ""
) -> Manifest:
    """A manifest, plain or gzip.

    Parameters
    ----------
    path
        The file. A binary .bpm is refused: export it as .csv.
    assembly, array, species
        Without them those that the file names: GenomeBuild and Species where all markers have the
        same, and the name of the chip.

    Raises
    ------
    GenotypeError
        If it is no manifest, naming what is missing.
    """
    with reading(path) as stream:
        if stream.read(3) == b"BPM":
            remedy = "Take the .csv manifest of the chip, which its maker offers beside the .bpm."
            raise refusal(path, "it is a binary manifest.", remedy)
    rows = _rows(path)
    chip, columns, number = _header(path, rows)
    markers = [_marker(path, cells, columns, at) for at, cells in _body(rows)]
    if not markers:
        raise refusal(path, "it has no markers.", "Give a whole manifest.", number)
    return _manifest(markers, assembly, array or chip, species)


def _rows(path: str | PathLike[str]) -> Iterator[tuple[int, list[str]]]:
    separator = None
    for number, line in lines(path, LONGEST):
        text = text_of(path, line, number)
        if separator is None and text.strip():
            separator = "\t" if "\t" in text else ";" if ";" in text and "," not in text else ","
        mark = separator or ","
        quoted = '"' in text
        cells = cells_of(path, text, number, mark) if quoted else text.split(mark)
        yield number, [cell.strip() for cell in cells]


def _header(
    path: str | PathLike[str], rows: Iterator[tuple[int, list[str]]]
) -> tuple[str, dict[str, int], int]:
    """The chip, and where each column stands."""
    chip = ""
    for number, cells in rows:
        words = [cell.lower() for cell in cells]
        if words and words[0] == "descriptor file name":
            chip = next((Path(cell).stem for cell in cells[1:] if cell), "")
        found = {
            role: next(words.index(name) for name in names if name in words)
            for role, names in COLUMNS.items()
            if set(names) & set(words)
        }
        if "name" in found and ("snp" in found or {"first", "second"} <= found.keys()):
            return chip, found, number
        if number >= HEADER_LINES:
            break
    reason = "no line of its beginning names the columns Name and SNP."
    remedy = (
        "Give the .csv manifest of a chip, or a table with name, and snp or allele_a, allele_b."
    )
    raise refusal(path, reason, remedy)


def _body(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in rows:
        if cells and cells[0].lower().startswith("[controls]"):
            return
        if any(cells):
            yield number, cells


def _marker(
    path: str | PathLike[str], cells: list[str], columns: dict[str, int], number: int
) -> dict[str, str]:
    if len(cells) <= max(columns.values()):
        reason = f"there are {len(cells)} cells; the header has more."
        raise refusal(path, reason, "The file is cut off, or separated otherwise.", number)
    marker = {role: cells[place] for role, place in columns.items()}
    plain = "strand" not in columns  # not Illumina's, where the first is allele A
    if not marker["name"]:
        raise refusal(path, "the marker has no name.", "Name every marker.", number)
    if "snp" in marker:
        pair = marker["snp"].strip("[]").upper().split("/")
        if len(pair) != 2 or not all(pair):
            reason = f"marker {marker['name']} has the alleles {marker['snp'][:40]!r}."
            raise refusal(path, reason, "Give two alleles as [A/G].", number)
        marker["first"], marker["second"] = _ordered(pair, marker) if plain else pair
    place = marker.get("position", "") or "0"
    if not place.isascii() or not place.isdigit() or len(place) > 18:
        reason = f"marker {marker['name']} has the position {place[:40]!r}."
        raise refusal(path, reason, "Give base pairs, 0 where unknown.", number)
    marker["position"] = place
    return marker


def _ordered(pair: list[str], marker: dict[str, str]) -> list[str]:
    """Allele A, then allele B, as Illumina calls them; the strand is kept."""
    strand = strand_of(pair[0], pair[1], marker.get("sequence", ""))
    marker["strand"] = strand
    pairs = TOP_PAIRS if strand == "TOP" else BOT_PAIRS
    return pair[::-1] if strand and tuple(pair) not in pairs else pair


def _manifest(markers: list[dict[str, str]], assembly: str, array: str, species: str) -> Manifest:
    design = [_design(marker) for marker in markers]
    wrong = tuple(marker["name"] for marker, strand in zip(markers, design, strict=True)
                  if strand is None)  # fmt: skip
    latin = _common(markers, "species")
    known = LATIN.get(latin.lower()) or SPECIES.get(latin.lower())
    return Manifest.of(
        [marker["name"] for marker in markers],
        [marker["first"].upper() for marker in markers],
        [marker["second"].upper() for marker in markers],
        chromosomes=[marker.get("chromosome", "") or UNKNOWN for marker in markers],
        positions=np.array([int(marker["position"]) for marker in markers], np.int64),
        design=[strand or "" for strand in design],
        forward=[_forward(m, s) for m, s in zip(markers, design, strict=True)],
        plus=[SIGNS.get(marker.get("plus", ""), 0) for marker in markers],
        assembly=assembly or _common(markers, "build"), array=array,
        species=species or (known.name if known else latin), contradictions=wrong,
    )  # fmt: skip


def _design(marker: dict[str, str]) -> str | None:
    """TOP, BOT or "" unknown; None where what is written contradicts the alleles."""
    pair = marker["first"].upper(), marker["second"].upper()
    said = STRANDS.get(marker.get("strand", "").upper(), "")
    if pair not in TOP_PAIRS | BOT_PAIRS:
        return ""  # an insertion, or allele A is not the one that Illumina's rules call so
    if said:
        return said if pair in (TOP_PAIRS if said == "TOP" else BOT_PAIRS) else None
    if "strand" not in marker:  # alleles A and B of a plain table
        return "TOP" if pair in TOP_PAIRS else "BOT"
    return ""


def _forward(marker: dict[str, str], design: str | None) -> int:
    """Whether the designed strand is the submitted one; Illumina's own programs read IlmnID."""
    words = marker.get("id", "").split("_")
    if len(words) > 2 and words[-2] in ("F", "R"):
        return SIGNS[words[-2]]
    source = marker.get("source", "").upper()
    if source in SIGNS:
        return SIGNS[source]
    strand = STRANDS.get(source, "")
    if not design or not strand:
        return 0
    return 1 if strand == design else -1


def _common(markers: list[dict[str, str]], role: str) -> str:
    """What all markers that say something say; builds of Illumina may be bare numbers."""
    said = Counter(marker.get(role, "") for marker in markers)
    said.pop("", None)
    said.pop("0", None)
    return next(iter(said)) if len(said) == 1 else ""
