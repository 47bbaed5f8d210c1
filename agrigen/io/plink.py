"""PLINK's .bed, .bim and .fam: genotypes are mapped from the file, not read.

Purcell et al. 2007, Am. J. Hum. Genet.; the format: www.cog-genomics.org/plink/1.9/formats.
"""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from agrigen.errors import AgrigenError
from agrigen.genotypes import Genotypes, MarkerMap, Samples
from agrigen.genotypes.packing import without_padding
from agrigen.io.lines import reading, refusal
from agrigen.types import Packed

MAGIC = b"\x6c\x1b"
BY_MARKER = 1
"""Third byte of a .bed file whose rows are markers; 0: they are samples."""

LARGE = 2**18
"""Bytes of a table above which its rows are counted before they are read."""

LARGEST = 2**30
"""Bytes of the largest .bim or .fam that is read: 30 million rows."""

RATIO, UNPACKED = 100, 2**26
"""A compressed one may unpack to so many times its bytes, and to 64 MiB whatever its size."""

SEXES = {"1": 1, "2": 2}
UNKNOWN = ("0", "-9", "")


def read_bed(
    path: str | PathLike[str],
    *,
    mapped: bool = True,
    ids: str = "sample",
    assembly: str = "",
    array: str = "",
) -> Genotypes:
    """Genotypes of a .bed with its .bim and .fam; `path` may be their common start.

    Parameters
    ----------
    path
        The .bed, or the name without an ending.
    mapped
        Leave the genotypes in the file, which must then stay as it is, or read them to memory.
    ids
        "sample": the second column of the .fam; "family_sample": both, with "_" between.
    assembly, array
        Kept in the marker map.

    Raises
    ------
    GenotypeError
        If a file is missing, is not what its ending says, or the three do not fit.
    """
    bed, bim, fam = _three(path)
    _check_size(bed, bim, fam)
    markers = _read_bim(bim, assembly, array)
    samples = _read_fam(fam, ids)
    packed = _packed(bed, len(samples), len(markers))
    return Genotypes(packed if mapped else packed.copy(), samples, markers)


def write_bed(genotypes: Genotypes, path: str | PathLike[str]) -> None:
    """Write .bed, .bim and .fam; `path` may be their common start."""
    bed, bim, fam = _three(path)
    with bed.open("wb") as file:
        file.write(MAGIC + bytes([BY_MARKER]))
        for first in range(0, len(genotypes.markers), 1024):
            rows = genotypes.packed[first : first + 1024]
            file.write(without_padding(rows, len(genotypes)))
    markers = genotypes.markers
    columns = [markers.chromosomes, markers.names, _numbers(markers.centimorgans),
               markers.positions, markers.counted, markers.other]  # fmt: skip
    write_columns(bim, columns)
    samples = genotypes.samples
    none = np.full(len(samples), "-9", dtype=object)
    columns = [_or_zero(samples.family), samples.ids, _or_zero(samples.sire),
               _or_zero(samples.dam), samples.sex, none]  # fmt: skip
    write_columns(fam, columns)


def write_columns(path: Path, columns: list[np.ndarray]) -> None:
    """Rows of cells with tabs between; a cell with a blank would be read as two."""
    for column in columns:
        for cell in column:
            if str(cell).split() != [str(cell)]:
                reason = f"{cell!r} has a blank in it or is empty, which the format cannot hold."
                raise refusal(path, reason, "Rename it, or write a CSV file.")
    rows = zip(*columns, strict=True)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


def read_table(path: Path, names: list[str], what: str, more: bool = False) -> pd.DataFrame:
    """Cells of a file whose rows have a word for each name, and more only where told; as text."""
    content = _content(path, what)
    if b"\x00" in content:
        raise refusal(path, "it holds a zero byte, which no text does.", f"Give {what} as text.")
    try:
        text = content.decode("utf-8-sig").rstrip()
    except UnicodeDecodeError:
        raise refusal(path, "it is not UTF-8 text.", f"Give {what}.") from None
    if not text:
        raise refusal(path, "it is empty.", f"Give {what}.")
    rows: list[list[str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        rows.append(row := line.split())
        if len(row) < len(names) or (len(row) > len(names) and not more):
            reason = f"there are {len(row)} words where {len(names)} belong: {', '.join(names)}."
            raise refusal(path, reason, f"Give {what}.", number)
    if more:  # phenotypes of other programs
        rows = [row[: len(names)] for row in rows]
    return pd.DataFrame(rows, columns=names, dtype=object)


def is_large(path: Path) -> bool:
    """Whether it is, or may be once it is unpacked."""
    if not path.is_file():
        return False
    with path.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b" or path.stat().st_size > LARGE


def count_rows(path: Path, what: str) -> int:
    """Rows of a table, blank ones at its end left out, in little memory."""
    rows, blank, content = 0, 0, False
    for part in _parts(path, what):
        kept = part.rstrip()
        ends = _ends(kept)
        if kept:
            rows, blank, content = rows + blank + ends, 0, True
        blank += _ends(part) - ends
    return rows + content


def _ends(part: bytes) -> int:
    """Ends of lines, also of old Macs."""
    return part.count(b"\n") or part.count(b"\r")


def _content(path: Path, what: str) -> bytes:
    return b"".join(_parts(path, what))


def _parts(path: Path, what: str) -> Iterator[bytes]:
    """The whole file, unless it is too large or blows up from a small compressed one."""
    size = 0
    with reading(path) as stream:
        limit = min(LARGEST, max(RATIO * path.stat().st_size, UNPACKED))
        while part := stream.read(2**22):
            size += len(part)
            if size > limit:
                reason = f"it is larger than {limit // 2**20:,} MiB."
                raise refusal(path, reason, f"Check that it is {what}.")
            yield part


def whole_numbers(path: Path, column: pd.Series) -> np.ndarray:
    """Texts as whole numbers; the first that is none is named with its line."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.floor(numbers))
                           | (np.abs(numbers) > 2**53))  # fmt: skip
    if wrong.size:
        reason = f"the {column.name} {column.iloc[wrong[0]]!r} is not a whole number."
        raise refusal(path, reason, "Give base pairs, 0 where unknown.", int(wrong[0]) + 1)
    return numbers.astype(np.int64)


def samples_of(path: Path, frame: pd.DataFrame, ids: str = "sample") -> Samples:
    """Samples of the five columns family, id, sire, dam and sex."""
    clean = {
        name: frame[name].where(~frame[name].isin(UNKNOWN), "").to_numpy(dtype=object)
        for name in ("family", "sire", "dam")
    }
    names = frame["id"].to_numpy(dtype=object)
    if ids == "family_sample":
        names = (frame["family"] + "_" + frame["id"]).to_numpy(dtype=object)
    elif ids != "sample":
        raise refusal(path, f"ids={ids!r} is not known.", 'Give "sample" or "family_sample".')
    elif frame["id"].duplicated().any() and not frame[["family", "id"]].duplicated().any():
        twice = frame["id"][frame["id"].duplicated()].iloc[0]
        reason = f"the id {twice} stands in more than one family."
        raise refusal(path, reason, 'Read it with ids="family_sample".')
    sexes = frame["sex"].map(SEXES).fillna(0).to_numpy(dtype=np.int8)
    return Samples.of(names, sex=sexes, **clean)


def _three(path: str | PathLike[str]) -> tuple[Path, Path, Path]:
    named = Path(path)
    stem = named.with_suffix("") if named.suffix in (".bed", ".bim", ".fam") else named
    bed, bim, fam = (stem.with_name(stem.name + end) for end in (".bed", ".bim", ".fam"))
    return bed, bim, fam


def _read_bim(path: Path, assembly: str, array: str) -> MarkerMap:
    names = ["chromosome", "marker", "genetic position", "position", "allele 1", "allele 2"]
    frame = read_table(path, names, "a PLINK .bim file")
    genetic = pd.to_numeric(frame["genetic position"], errors="coerce").to_numpy(np.float64)
    if not np.isfinite(genetic).all():
        row = int(np.flatnonzero(~np.isfinite(genetic))[0])
        reason = f"the genetic position {frame['genetic position'].iloc[row]!r} is no number."
        raise refusal(path, reason, "Give centimorgans, 0 where unknown.", row + 1)
    positions = whole_numbers(path, frame["position"])
    try:
        return MarkerMap.of(
            frame["marker"], chromosomes=frame["chromosome"], centimorgans=genetic,
            positions=positions, counted=frame["allele 1"],
            other=frame["allele 2"], assembly=assembly, array=array,
        )  # fmt: skip
    except AgrigenError as error:
        raise refusal(path, _first(error), "Correct the .bim file.") from None


def _read_fam(path: Path, ids: str) -> Samples:
    names = ["family", "id", "sire", "dam", "sex", "phenotype"]
    return samples_of(path, read_table(path, names, "a PLINK .fam file", more=True), ids)


def _first(error: AgrigenError) -> str:
    problems = getattr(error, "problems", None)
    return problems[0].message if problems else str(error)


def _check_size(bed: Path, bim: Path, fam: Path) -> None:
    """Refuse tables of far more rows than the .bed has, before their cells are held."""
    if is_large(bim) or is_large(fam):
        _packed(bed, count_rows(fam, "a PLINK .fam file"), count_rows(bim, "a PLINK .bim file"))


def _packed(path: Path, samples: int, markers: int) -> Packed:
    row = (samples + 3) // 4
    with reading(path) as stream:
        head = stream.read(3)
    if head[:2] != MAGIC or len(head) < 3:
        remedy = "Give a binary PLINK 1 file; .pgen is made into one by plink2 --make-bed."
        raise refusal(path, "it does not begin as a .bed file does.", remedy)
    if head[2] != BY_MARKER:
        reason = "its rows are samples, not markers (an old, individual-major file)."
        raise refusal(path, reason, "Convert it with `plink --make-bed`.")
    wanted = 3 + markers * row
    found = path.stat().st_size
    if found != wanted:
        reason = (
            f"it has {found:,} bytes; {samples:,} samples of the .fam and {markers:,} markers of "
            f"the .bim make {wanted:,}."
        )
        raise refusal(path, reason, "The file is cut off, or the three are not of one set.")
    if markers * row == 0:
        return np.zeros((markers, row), np.uint8)
    content = np.memmap(path, dtype=np.uint8, mode="r", offset=3, shape=(markers, row))
    return np.asarray(content)


def _or_zero(column: np.ndarray) -> np.ndarray:
    return np.where(column == "", "0", column)


def _numbers(values: np.ndarray) -> np.ndarray:
    return np.array([f"{value:.12g}" for value in values], dtype=object)
