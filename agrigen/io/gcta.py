"""Relationship matrices of GCTA: binary (.grm.bin, .grm.N.bin, .grm.id) and text (.grm.gz).

The lower triangle row after row, in single precision, beside the number of markers of each pair;
PLINK writes and reads both (`--make-grm-bin`, `--make-grm-gz`). Yang et al. 2011, Am. J. Hum.
Genet. 88:76.
"""

import gzip
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agrigen.genotypes.columns import frozen
from agrigen.io.lines import lines, reading, refusal
from agrigen.io.matrices import LARGEST, from_lower, relationship_of
from agrigen.io.plink import read_table, write_columns
from agrigen.relationship.genomic import GenomicRelationship
from agrigen.types import Texts

ENDINGS = (".grm.bin", ".grm.N.bin", ".grm.id", ".grm.gz", ".grm")


def read_grm(path: str | PathLike[str], *, ids: str = "sample") -> GenomicRelationship:
    """Relationships of GCTA or PLINK; the binary files, or else the text.

    Parameters
    ----------
    path
        The common start of the files, or one of them.
    ids
        "sample": the second column of the .grm.id; "family_sample": both, with "_" between.

    Raises
    ------
    GenotypeError
        If a file is missing or cut off, or the ids and the matrix do not fit.
    """
    stem = _stem(path)
    names = _read_ids(Path(f"{stem}.grm.id"), ids)
    binary, text = Path(f"{stem}.grm.bin"), Path(f"{stem}.grm.gz")
    if binary.exists() or not text.exists():
        values = _floats(binary, names.size)
        counts = Path(f"{stem}.grm.N.bin")
        markers = int(_floats(counts, names.size, one=True).max()) if counts.exists() else 0
        source = binary
    else:
        values, markers = _read_text(text, names.size)
        source = text
    matrix = from_lower(values, names.size)
    return relationship_of(source, names, matrix, "GCTA", markers)


def write_grm(
    relationship: GenomicRelationship,
    path: str | PathLike[str],
    *,
    family: str = "0",
    text: bool = False,
) -> None:
    """Write .grm.bin, .grm.N.bin and .grm.id, or .grm.gz and .grm.id.

    Parameters
    ----------
    relationship
        What to write; the files are in single precision, the text has nine digits.
    path
        The common start of the files.
    family
        Of all animals: GCTA finds an animal by both columns.
    text
        Write the text in place of the binary files.
    """
    stem = _stem(path)
    ids = relationship.ids
    write_columns(Path(f"{stem}.grm.id"), [np.full(ids.size, family, dtype=object), ids])
    rows, columns = np.tril_indices(ids.size)
    markers = int(relationship.markers.sum())
    values = relationship.matrix[rows, columns]
    if not text:
        values.astype("<f4").tofile(f"{stem}.grm.bin")
        np.full(values.size, markers, "<f4").tofile(f"{stem}.grm.N.bin")
        return
    with gzip.open(f"{stem}.grm.gz", "wt", encoding="ascii") as file:
        for row, column, value in zip(rows + 1, columns + 1, values, strict=True):
            file.write(f"{row}\t{column}\t{markers}\t{value:.9g}\n")


def _stem(path: str | PathLike[str]) -> Path:
    named = Path(path)
    for ending in ENDINGS:
        if named.name.endswith(ending):
            return named.with_name(named.name.removesuffix(ending))
    return named


def _read_ids(path: Path, ids: str) -> Texts:
    frame = read_table(path, ["family", "id"], "a .grm.id file")
    if ids not in ("sample", "family_sample"):
        reason = f"ids={ids!r} is not known."
        raise refusal(path, reason, 'Give "sample" or "family_sample".')
    names = frame["id"] if ids == "sample" else frame["family"] + "_" + frame["id"]
    if names.duplicated().any():
        reason = f"the id {names[names.duplicated()].iloc[0]} stands more than once."
        raise refusal(path, reason, 'Read it with ids="family_sample", or keep one.')
    if names.size > LARGEST:
        raise refusal(path, f"it has {names.size:,} animals.", f"At most {LARGEST:,} are read.")
    return frozen(names.to_numpy(dtype=object))


def _floats(path: Path, size: int, *, one: bool = False) -> npt.NDArray[np.floating]:
    """Values of a triangle; `one`: the number of markers may be a single value."""
    with reading(path):
        found = path.stat().st_size
    wanted = size * (size + 1) // 2
    if found == 8 * wanted:  # `--make-grm-bin` of old versions
        return np.fromfile(path, "<f8")
    if found != 4 * wanted and not (one and found == 4):
        reason = f"it has {found:,} bytes; {size:,} animals of the .grm.id make {4 * wanted:,}."
        raise refusal(path, reason, "The file is cut off, or the two are not of one set.")
    return np.fromfile(path, "<f4")


def _read_text(path: Path, size: int) -> tuple[npt.NDArray[np.floating], int]:
    values = np.full(size * (size + 1) // 2, np.nan)
    most = 0.0
    for number, line in lines(path, 2**16):
        words = line.split()
        if not words:
            continue
        try:
            row, column = int(words[0]), int(words[1])
            markers, value = float(words[2]), float(words[3])
        except (ValueError, IndexError):
            reason = "a line is two places, a number of markers and a relationship."
            raise refusal(path, reason, "Give a .grm.gz of GCTA.", number) from None
        if not 1 <= column <= row <= size:
            reason = f"the places {row} and {column} are none of {size:,} animals' lower triangle."
            raise refusal(path, reason, "The .grm.gz and the .grm.id are not of one set.", number)
        values[row * (row - 1) // 2 + column - 1] = value
        most = max(most, markers)
    return values, int(most)
