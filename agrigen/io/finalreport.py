"""Illumina's FinalReport in its long form: a row for each sample and marker.

The counted allele is B of AB columns, and of others that which stands later in the alphabet, which
is B in TOP coding too; a marker that shows one allele has 0 copies of an unknown one, but for G
and T in TOP coding, which are always B.
"""

from contextlib import closing
from os import PathLike
from typing import IO, Any

import numpy as np

from agrigen._kernels import finalreport as kernels
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.manifest import Manifest
from agrigen.genotypes.packing import pack
from agrigen.io.finalreport_rows import CODES, LETTERS, LONGEST, ROLES, Rows, ahead, blocks
from agrigen.io.lines import reading, refusal
from agrigen.types import Texts

CODINGS = {"TOP": "Top", "FWD": "Forward", "AB": "AB", "PLUS": "Plus"}
"""How alleles may be spelled, and the report's word for it."""

HEADER_LINES = 100


def read_finalreport(
    path: str | PathLike[str],
    *,
    coding: str | None = None,
    gc_score: float | None = None,
    markers: MarkerMap | Manifest | None = None,
    assembly: str = "",
    array: str = "",
) -> Genotypes:
    """Genotypes of an Illumina FinalReport, plain or gzip, with tabs or commas.

    Parameters
    ----------
    path
        The report; with or without its [Header].
    coding
        "TOP", "FWD", "AB" or "PLUS"; without it the first of these that the report has.
    gc_score
        Calls with a lower GC score become missing. The report's own calls already have the
        threshold of the laboratory, usually 0.15.
    markers
        A map that gives chromosomes and positions; markers keep the order of the report. With the
        manifest of the chip allele B is counted in every coding, and both alleles have names.
    assembly, array
        Kept in the marker map; without `array`, the content that the header names.

    Raises
    ------
    GenotypeError
        If columns are missing, a sample has a marker twice, or an allele is none.
    """
    skip, separator, content = _start(path)
    with reading(path) as stream:
        for _ in range(skip):
            stream.readline(2**20)
        samples, names, pairs, coding = _read_rows(
            path, stream, skip + 1, separator, coding, gc_score
        )
    dosages, counted, other = _count(path, pairs, names, coding)
    chosen = _map(names, markers)
    made = MarkerMap.of(names, counted=counted, other=other, coding=coding,
                        assembly=assembly, array=array or content, **chosen)  # fmt: skip
    read = Genotypes(pack(dosages, samples, names), samples, made)
    return markers.counting_b(markers.place(read)) if isinstance(markers, Manifest) else read


def _start(path: str | PathLike[str]) -> tuple[int, str, str]:
    """Lines before the columns' names, what separates cells, and the content of the header."""
    content = ""
    with reading(path) as stream:
        for number in range(HEADER_LINES):
            found = stream.readline(LONGEST)
            if b"\x00" in found:
                reason = "it holds a zero byte, which no text does (UTF-16, or a binary file)."
                raise refusal(path, reason, "Save it as plain text in UTF-8.", number + 1)
            line = found.decode("utf-8-sig", "replace").strip("\r\n")
            if line.lower().startswith("snp name") or "\tSNP Name" in line or ",SNP Name" in line:
                return number, "\t" if "\t" in line else ",", content
            cells = line.replace(",", "\t").split("\t")
            if cells[0].strip().lower() == "content":
                content = next((cell.strip() for cell in cells[1:] if cell.strip()), "")
    reason = 'no line of its beginning names the columns "SNP Name" and "Sample ID".'
    raise refusal(path, reason, "Give a FinalReport in its standard (long) form.")


def _columns(
    path: str | PathLike[str], header: list[str], coding: str | None, score: bool
) -> tuple[dict[str, str], str]:
    known = {name.lower().replace(" ", ""): name for name in header}
    wanted = [coding] if coding else list(CODINGS)
    if coding and coding not in CODINGS:
        raise refusal(path, f"coding={coding!r} is not known.", f"Give {', '.join(CODINGS)}.")
    for name in wanted:
        pair = [f"allele{number}-{CODINGS[str(name)].lower()}" for number in (1, 2)]
        if all(column in known for column in pair):
            break
    else:
        has = ", ".join(other for other, word in CODINGS.items()
                        if f"allele1-{word.lower()}" in known)  # fmt: skip
        reason = f"it has no alleles in {' or '.join(map(str, wanted))} coding."
        raise refusal(path, reason, f"It has {has or 'none'}.")
    needed = ["snpname", "sampleid", *pair] + (["gcscore"] if score else [])
    if missing := [column for column in needed if column not in known]:
        reason = f"it has no column {', '.join(missing)}."
        raise refusal(path, reason, "Export the report with it.")
    roles = ["marker", "sample", "first", "second", "score"]
    return {known[c]: role for c, role in zip(needed, roles, strict=False)}, str(name)


def _read_rows(
    path: str | PathLike[str],
    stream: IO[bytes],
    line: int,
    separator: str,
    coding: str | None,
    gc_score: float | None,
) -> tuple[Texts, Texts, np.ndarray, str]:
    """Samples, markers, 1 + 8 x the first + the second allele of each (0: no row), and coding."""
    head = stream.readline(LONGEST).decode("utf-8-sig", "replace").strip("\r\n").split(separator)
    named = [cell.strip() for cell in head]
    columns, coding = _columns(path, named, coding, gc_score is not None)
    while named and not named[-1]:
        named.pop()
    roles = np.array([ROLES.get(columns.get(name, ""), 0) for name in named])
    rows = Rows(path, line, ord(separator), roles, gc_score)
    with closing(ahead(blocks(path, stream))) as read:
        for block in read:
            rows.take(np.frombuffer(block, np.uint8))
    return rows.samples.texts(path), rows.markers.texts(path), rows.found(), coding


def _count(
    path: str | PathLike[str], pairs: np.ndarray, names: Texts, coding: str
) -> tuple[np.ndarray, Texts, Texts]:
    """Dosages, in place of the pairs, and the counted and the other allele of each marker."""
    met = np.zeros(names.size, np.uint8)
    kernels.alleles_met(pairs, met)
    codes = np.full(256, 255, np.uint8)
    counted, other = np.full(256, "0", dtype=object), np.full(256, "0", dtype=object)
    for mask, place in zip(*np.unique(met, return_index=True), strict=True):
        letters = _two(path, int(mask), str(names[place]), coding)
        other[mask] = letters[0] if letters else "0"
        if len(letters) > 1:
            counted[mask], codes[mask] = letters[1], CODES[letters[1]]
    dosages = pairs.view(np.int8)
    kernels.count_copies(pairs, codes[met], dosages)
    return dosages, counted[met], other[met]


def _two(path: str | PathLike[str], mask: int, name: str, coding: str) -> list[str]:
    """The other and the counted allele, where the alleles of a marker tell."""
    met = [letter for code, letter in enumerate(LETTERS) if mask >> code & 1]
    letters = ["A", "B"] if coding == "AB" else met
    if len(met) > 2 or not set(met) <= set(letters):
        reason = f"marker {name} has the alleles {', '.join(met)}."
        raise refusal(path, reason, "A marker has two alleles: check the coding.")
    if coding == "TOP" and letters in (["G"], ["T"]):
        return ["0", *letters]  # in TOP coding these are B, whatever A is
    return letters


def _map(names: Texts, markers: MarkerMap | Manifest | None) -> dict[str, Any]:
    if not isinstance(markers, MarkerMap):
        return {}
    from agrigen.genotypes.columns import places

    found = places(names, markers.names, "marker")
    return {
        "chromosomes": markers.chromosomes[found],
        "positions": markers.positions[found],
        "centimorgans": markers.centimorgans[found],
    }
