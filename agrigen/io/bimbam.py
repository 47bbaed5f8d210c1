"""GEMMA's files: BIMBAM mean genotypes with their annotation, and relationship matrices (.cXX.txt).

A line of genotypes is a marker, the counted allele, the other one, and a dosage of each sample; ids
of samples are in no file. Zhou and Stephens 2012, Nat. Genet. 44:821.
"""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.columns import texts
from agrigen.io.lines import lines, reading, refusal, text_of
from agrigen.io.matrices import LARGEST, relationship_of
from agrigen.io.rows import MarkerRows
from agrigen.relationship.genomic import GenomicRelationship

CELLS = np.array(["0", "1", "2", "NA"], dtype=object)
MISSING = frozenset({"NA", "", "nan", "NaN", "-9"})


def write_bimbam(
    genotypes: Genotypes,
    path: str | PathLike[str],
    *,
    annotation: str | PathLike[str] | None = None,
    ids: str | PathLike[str] | None = None,
) -> None:
    """Write mean genotypes, and the annotation and the ids of samples where they have a name."""
    markers = genotypes.markers
    for name in markers.names:
        if any(mark in name for mark in ", \t\n\r"):
            raise refusal(path, f"the marker {name!r} has a comma or a blank.", "Rename it.")
    with Path(path).open("w", encoding="utf-8") as file:
        for places, block in genotypes.iter_blocks():
            for place, dosages in zip(range(places.start, places.stop), block.T, strict=True):
                site = markers.names[place], markers.counted[place], markers.other[place]
                file.write(", ".join([*site, *CELLS[dosages]]) + "\n")
    if annotation is not None:
        rows = zip(markers.names, markers.positions, markers.chromosomes, strict=True)
        text = "".join(f"{name}, {position}, {on}\n" for name, position, on in rows)
        Path(annotation).write_text(text, encoding="utf-8")
    if ids is not None:
        Path(ids).write_text("".join(f"{name}\n" for name in genotypes.ids), encoding="utf-8")


def read_bimbam(
    path: str | PathLike[str],
    ids: Any,
    *,
    annotation: str | PathLike[str] | None = None,
    assembly: str = "",
    array: str = "",
) -> Genotypes:
    """Genotypes of a BIMBAM file of whole dosages; `ids` names its samples, which it does not.

    Raises
    ------
    GenotypeError
        If lines differ in length, or a dosage is a fraction.
    """
    named = texts(ids)
    rows, sites = MarkerRows(named.size), []
    for number, line in lines(path):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in text_of(path, line, number).replace(",", " ").split()]
        if len(cells) != 3 + named.size:
            reason = f"there are {len(cells)} words; 3 and {named.size:,} samples belong here."
            raise refusal(path, reason, "Give the ids of all samples of the file.", number)
        rows.add(_dosages(path, number, cells))
        sites.append(cells[:3])
    if not sites:
        raise refusal(path, "it is empty.", "Give mean genotypes.")
    names = [site[0] for site in sites]
    places = _annotation(annotation, names) if annotation is not None else {}
    made = MarkerMap.of(
        names, counted=[site[1] for site in sites], other=[site[2] for site in sites],
        assembly=assembly, array=array, **places,
    )  # fmt: skip
    return Genotypes(rows.packed(), named, made)


def _dosages(path: str | PathLike[str], number: int, cells: list[str]) -> np.ndarray:
    out = np.empty(len(cells) - 3, np.int8)
    for place, cell in enumerate(cells[3:]):
        try:
            value = -1.0 if cell in MISSING else float(cell)
        except ValueError:
            value = np.nan
        if value not in (-1, 0, 1, 2):
            reason = f"sample {place + 1} has {cell[:40]!r} at marker {cells[0]}."
            remedy = "Whole dosages 0, 1 and 2 are read: round imputed ones."
            raise refusal(path, reason, remedy, number)
        out[place] = int(value)
    return out


def _annotation(path: str | PathLike[str], names: list[str]) -> dict[str, Any]:
    found = {}
    for number, line in lines(path, 2**20):
        cells = text_of(path, line, number).replace(",", " ").split()
        if len(cells) < 3 or not cells[1].lstrip("-").isdigit():
            reason = "a line is a marker, a position and a chromosome."
            raise refusal(path, reason, "Give a BIMBAM annotation.", number)
        found[cells[0]] = cells[1], cells[2]
    absent = [name for name in names if name not in found]
    if absent:
        reason = f"it has no line of {absent[0]} and {len(absent) - 1} more markers."
        raise refusal(path, reason, "Give the annotation of these genotypes.")
    return {"positions": [int(found[name][0]) for name in names],
            "chromosomes": [found[name][1] for name in names]}  # fmt: skip


def write_gemma_kinship(relationship: GenomicRelationship, path: str | PathLike[str]) -> None:
    """Write the whole matrix with tabs, as `gemma -gk` does; ids are in no file."""
    np.savetxt(path, relationship.matrix, fmt="%.12g", delimiter="\t")


def read_gemma_kinship(path: str | PathLike[str], ids: Any) -> GenomicRelationship:
    """Relationships of GEMMA (.cXX.txt, .sXX.txt); `ids` names the animals in their order."""
    named = texts(ids)
    if named.size > LARGEST:
        raise refusal(path, f"there are {named.size:,} ids.", f"At most {LARGEST:,} are read.")
    with reading(path):
        pass
    rows = []
    for number, line in lines(path):
        words = line.split()
        if not words:
            continue
        try:
            rows.append(np.array(words, dtype=np.float64))
        except ValueError:
            raise refusal(path, "a cell is no number.", "Give a square matrix.", number) from None
        if rows[-1].size != named.size:
            reason = f"there are {rows[-1].size} numbers for {named.size:,} ids."
            raise refusal(path, reason, "Give the ids of GEMMA's samples in order.", number)
    if len(rows) != named.size:
        reason = f"it has {len(rows):,} rows for {named.size:,} ids."
        raise refusal(path, reason, "Give a square matrix.")
    matrix = np.array(rows)
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-8):
        raise refusal(path, "it is not symmetric.", "Give a relationship matrix.")
    return relationship_of(path, named, matrix, "GEMMA")
