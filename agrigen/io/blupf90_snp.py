"""SNP files of the BLUPF90 programs: an id and a string of digits that starts in one column.

0, 1 and 2 are copies of the counted allele, 5 is missing. Misztal et al., Manual of BLUPF90.
"""

from os import PathLike
from pathlib import Path

import numpy as np

from agrigen._kernels.text import cell_dosages
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.io.lines import lines, refusal, text_of
from agrigen.io.rows import SampleRows

LONGEST = 2**25
"""Bytes of the longest line: more markers than any sequence of livestock has variants."""

MISSING = 5
DIGITS = np.frombuffer(b"0125", np.uint8)
"""Of the dosages 0, 1, 2 and missing, which is last."""


def read_blupf90_snp(
    path: str | PathLike[str], *, markers: MarkerMap | str | PathLike[str] | None = None
) -> Genotypes:
    """Genotypes of a BLUPF90 SNP file.

    Parameters
    ----------
    path
        The file; lines are an id, blanks and digits.
    markers
        A marker map, or a BLUPF90 map file with a header that names SNP_ID, CHR and POS. Without
        it markers are named 1, 2, 3, ... as BLUPF90 numbers them.
    """
    rows: SampleRows | None = None
    ids: list[str] = []
    dosages = np.empty(0, np.int8)
    for number, line in lines(path, LONGEST):
        words = line.split(None, 2)
        if not words:
            continue
        if len(words) != 2:
            found = len(line.split(None, 99))
            reason = f"there are {found} words; an id and a string of digits belong here."
            remedy = "Genotypes with fractions or blanks between are not read: round them."
            raise refusal(path, reason, remedy, number)
        if rows is None:
            dosages = np.empty(len(words[1]), np.int8)
            rows = SampleRows(dosages.size)
        _read_digits(path, number, words[1], dosages)
        ids.append(text_of(path, words[0], number))
        rows.add(dosages)
    if rows is None:
        raise refusal(path, "it is empty.", "Give a BLUPF90 SNP file.")
    return Genotypes(rows.packed(), ids, _map(markers, dosages.size))


def write_blupf90_snp(
    genotypes: Genotypes,
    path: str | PathLike[str],
    *,
    map_path: str | PathLike[str] | None = None,
) -> None:
    """Write the SNP file, and the map where it has a name; alleles are not kept."""
    width = max((len(name) for name in genotypes.ids), default=0)
    for name in genotypes.ids:
        if name.split() != [name]:
            raise refusal(path, f"the id {name!r} has a blank in it.", "Rename it.")
    with Path(path).open("w", encoding="utf-8") as file:
        for first in range(0, len(genotypes), 256):
            block = DIGITS[genotypes.dosages(slice(first, first + 256))]
            for name, digits in zip(genotypes.ids[first : first + 256], block, strict=True):
                file.write(f"{name:<{width}} {digits.tobytes().decode()}\n")
    if map_path is not None:
        markers = genotypes.markers
        rows = zip(markers.names, markers.chromosomes, markers.positions, strict=True)
        text = "SNP_ID CHR POS\n" + "".join(f"{n} {c} {p}\n" for n, c, p in rows)
        Path(map_path).write_text(text, encoding="utf-8")


def _read_digits(path: str | PathLike[str], number: int, digits: bytes, out: np.ndarray) -> None:
    if len(digits) != out.size:
        reason = f"there are {len(digits)} genotypes; the lines before have {out.size}."
        raise refusal(path, reason, "Give every sample the same markers.", number)
    found = cell_dosages(np.frombuffer(digits, np.uint8), 0, 0, MISSING, out)
    if found < 0:
        wrong = digits[-1 - found : -found].decode("utf-8", "replace")
        reason = f"genotype {-found} is {wrong!r}."
        raise refusal(path, reason, "Give 0, 1, 2 or, for missing, 5.", number)


def _map(markers: MarkerMap | str | PathLike[str] | None, size: int) -> MarkerMap:
    if isinstance(markers, MarkerMap):
        return markers
    if markers is None:
        return MarkerMap.of([str(number) for number in range(1, size + 1)])
    header: list[str] = []
    rows: list[list[str]] = []
    for number, line in lines(markers):
        words = text_of(markers, line, number).split()
        if not header:
            header = [word.upper() for word in words]
            if missing := {"SNP_ID", "CHR", "POS"} - set(header):
                reason = f"its header does not name {', '.join(sorted(missing))}."
                raise refusal(markers, reason, "Give a BLUPF90 map file with a header.", number)
        elif len(words) == len(header):
            rows.append(words)
        elif words:
            reason = f"there are {len(words)} words; the header has {len(header)}."
            raise refusal(markers, reason, "Give every marker a line.", number)
    name, chromosome, position = (header.index(word) for word in ("SNP_ID", "CHR", "POS"))
    bases = [row[position] for row in rows]
    if wrong := [text for text in bases if not text.isdigit()]:
        raise refusal(markers, f"the position {wrong[0]!r} is no number.", "Give base pairs.")
    return MarkerMap.of(
        [row[name] for row in rows], chromosomes=[row[chromosome] for row in rows],
        positions=[int(text) for text in bases],
    )  # fmt: skip
