"""PLINK's text files: .ped, a line a sample with two alleles a marker, and .map."""

from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen._kernels.text import LONGEST, pair_dosages
from agrigen.errors import GenotypeError
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.packing import flipped
from agrigen.io.lines import lines, refusal, text_of
from agrigen.io.plink import (
    count_rows,
    is_large,
    read_table,
    samples_of,
    whole_numbers,
    write_columns,
)
from agrigen.io.rows import SampleRows

BEFORE = ["family", "id", "sire", "dam", "sex", "phenotype"]
"""Words of a line before the alleles."""

MISSING = "0"


def read_ped(
    path: str | PathLike[str], *, ids: str = "sample", assembly: str = "", array: str = ""
) -> Genotypes:
    """Genotypes of a .ped with its .map; `path` may be their common start.

    The rarer allele of the samples is counted, as PLINK does; of two equally frequent ones that
    which stands later in the alphabet. A genotype with one allele missing is missing.

    Parameters
    ----------
    path, ids, assembly, array
        As in `read_bed`.
    """
    ped, map_path = _two(path)
    _check_count(ped, map_path)
    chromosomes, names, genetic, positions = _read_map(map_path)
    size = names.size
    rows = SampleRows(size)
    alleles = np.zeros((2, size), np.uint64)
    dosages = np.empty(size, np.int8)
    known: list[list[str]] = []
    for number, line in lines(ped):
        words = line.split(None, 6)
        if not words or line.startswith(b"#"):
            continue
        if len(words) < 7:
            _check_words(ped, number, 0, names)
        rest = np.frombuffer(words.pop(), np.uint8)
        _check_words(ped, number, pair_dosages(rest, alleles, dosages), names)
        known.append(text_of(ped, b" ".join(words), number).split(" "))
        third = rows.add(dosages)
        if third is not None:
            reason = f"marker {names[third]} has a third allele."
            raise refusal(ped, reason, "Split or leave out markers of many alleles.", number)
    if not known:
        raise refusal(ped, "it has no samples.", "Give a PLINK .ped file.")
    packed, counted, other = _rarer(rows.packed(), _letters(ped, alleles), len(known))
    markers = MarkerMap.of(
        names, chromosomes=chromosomes, positions=positions, centimorgans=genetic,
        counted=counted, other=other, assembly=assembly, array=array,
    )  # fmt: skip
    return Genotypes(packed, samples_of(ped, pd.DataFrame(known, columns=BEFORE), ids), markers)


def write_ped(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Write .ped and .map; markers with genotypes must have named alleles."""
    ped, map_path = _two(path)
    markers = genotypes.markers
    genetic = np.array([f"{value:.12g}" for value in markers.centimorgans], dtype=object)
    write_columns(map_path, [markers.chromosomes, markers.names, genetic, markers.positions])
    pairs = _spelled(genotypes, ped)
    samples = genotypes.samples
    columns = np.arange(len(markers))
    with ped.open("w", encoding="utf-8") as file:
        for first in range(0, len(genotypes), 256):
            block = genotypes.dosages(slice(first, first + 256))
            for place, dosages in enumerate(block, start=first):
                before = [samples.family[place], samples.ids[place], samples.sire[place],
                          samples.dam[place], str(samples.sex[place]), "-9"]  # fmt: skip
                before = [word or "0" for word in before]
                file.write("\t".join([*before, *pairs[dosages, columns]]) + "\n")


def _two(path: str | PathLike[str]) -> tuple[Path, Path]:
    named = Path(path)
    stem = named.with_suffix("") if named.suffix in (".ped", ".map") else named
    return stem.with_name(stem.name + ".ped"), stem.with_name(stem.name + ".map")


def _read_map(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    names = ["chromosome", "marker", "genetic position", "position"]
    frame = read_table(path, names, "a PLINK .map file with four columns")
    genetic = pd.to_numeric(frame["genetic position"], errors="coerce").fillna(0.0)
    return (
        frame["chromosome"].to_numpy(dtype=object),
        frame["marker"].to_numpy(dtype=object),
        genetic.to_numpy(dtype=np.float64),
        whole_numbers(path, frame["position"]),
    )


def _check_count(ped: Path, map_path: Path) -> None:
    """Refuse a map of far more rows than the first sample has, before its cells are held."""
    if not is_large(map_path):
        return
    size = count_rows(map_path, "a PLINK .map file")
    for number, line in lines(ped):
        words = line.split(None, 6)
        if words and not line.startswith(b"#"):
            rest = np.frombuffer(words[6] if len(words) > 6 else b"", np.uint8)
            found = pair_dosages(rest, np.zeros((2, 0), np.uint64), np.empty(0, np.int8))
            if found >= 0 and found != 2 * size:
                raise _other_count(ped, number, found, size)
            return


def _check_words(path: Path, number: int, found: int, names: np.ndarray) -> None:
    """`found` words of alleles, or less than none: one is too long."""
    if found == 2 * names.size:
        return
    if found < 0:
        name = names[min(-1 - found, 2 * names.size - 1) // 2]
        reason = f"an allele of marker {name} has more than {LONGEST} letters."
        raise refusal(path, reason, "Keep long alleles in .bed or .vcf files.", number)
    raise _other_count(path, number, found, names.size)


def _other_count(path: Path, number: int, found: int, size: int) -> GenotypeError:
    reason = (
        f"{found:,} alleles follow the first six words; {size:,} markers of the .map make "
        f"{2 * size:,}."
    )
    return refusal(path, reason, "Give two alleles for each marker of the .map.", number)


def _letters(path: Path, alleles: np.ndarray) -> np.ndarray:
    """Alleles as texts, "0" where none was met."""
    spelled = alleles.astype("<u8").view("S8")
    try:
        texts = np.char.decode(spelled, "ascii").astype(object)
    except UnicodeDecodeError:
        raise refusal(path, "an allele is no plain letter.", "Give A, C, G and T.") from None
    return np.where(texts == "", MISSING, texts)


def _rarer(
    packed: np.ndarray, alleles: np.ndarray, samples: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Genotypes counting the rarer allele, and the names of both; "0" where none was seen."""
    first, second = alleles
    two, one, none, _ = Genotypes(packed, np.arange(samples), np.arange(first.size)).counts().T
    copies = 2 * two + one - 2 * none - one
    flip = (copies > 0) | ((copies == 0) & (first > second).astype(bool))
    return flipped(packed, flip), np.where(flip, first, second), np.where(flip, second, first)


def _spelled(genotypes: Genotypes, path: Path) -> np.ndarray:
    """The two alleles of dosages 0, 1, 2 and missing (last), shape (4, markers)."""
    markers = genotypes.markers
    counted, other = markers.counted, markers.other
    two, one, none, _ = genotypes.counts().T
    silent = ((counted == MISSING) & (two + one > 0)) | ((other == MISSING) & (none + one > 0))
    if silent.any():
        name = markers.names[np.flatnonzero(silent)[0]]
        reason = f"marker {name} has genotypes but no names of its alleles."
        raise refusal(path, reason, "Name both alleles in the marker map, or write .bed or .csv.")
    spelled = [other + "\t" + other, counted + "\t" + other, counted + "\t" + counted]
    return np.stack([*spelled, np.full(counted.size, "0\t0", dtype=object)])
