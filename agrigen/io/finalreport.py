"""Illumina's FinalReport in its long form: a row for each sample and marker.

The counted allele is B of AB columns, and of others that which stands later in the alphabet, which
is B in TOP coding too; a marker that shows one allele has 0 copies of an unknown one, but for G
and T in TOP coding, which are always B.
"""

from collections.abc import Iterator
from os import PathLike
from typing import IO, Any

import numpy as np
import pandas as pd

from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.genotypes.manifest import Manifest
from agrigen.genotypes.packing import pack
from agrigen.io.lines import Limited, reading, refusal
from agrigen.types import Texts

CODINGS = {"TOP": "Top", "FWD": "Forward", "AB": "AB", "PLUS": "Plus"}
"""How alleles may be spelled, and the report's word for it."""

LETTERS = "-ABCDGIT"
"""Alleles by number, in the order of the alphabet; the first is missing."""

CODES = {letter: code for code, letter in enumerate(LETTERS)}
ROWS = 1_000_000
"""Rows read at a time."""

HEADER_LINES = 100
LONGEST = 2**20
"""Bytes of the longest row."""

LARGEST = 2**35
"""Samples x markers that are held, a byte each, while a report is read."""

SPARSE = 1000
"""Samples x markers for each row above which a large report names more than it holds."""


class _Names:
    """Distinct names in order of appearance."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def code(self, column: pd.Series) -> np.ndarray:
        """Numbers of the names of a categorical column."""
        names, codes = column.cat.categories, column.cat.codes.to_numpy()
        places = np.empty(len(names), np.int64)
        for code in pd.unique(codes):  # as they appear: categories are sorted
            places[code] = self.places.setdefault(str(names[code]), len(self.places))
        return places[codes]

    def texts(self) -> Texts:
        return np.array(list(self.places), dtype=object)


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
        samples, names, pairs, coding = _read_rows(path, stream, separator, coding, gc_score)
    dosages, counted, other = _count(path, pairs, names.texts(), coding)
    chosen = _map(names.texts(), markers)
    made = MarkerMap.of(names.texts(), counted=counted, other=other, coding=coding,
                        assembly=assembly, array=array or content, **chosen)  # fmt: skip
    read = Genotypes(pack(dosages, samples.texts(), names.texts()), samples.texts(), made)
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
    separator: str,
    coding: str | None,
    gc_score: float | None,
) -> tuple[_Names, _Names, np.ndarray, str]:
    """Samples, markers and the pair of alleles of each, eight times the first plus the second."""
    head = stream.readline(2**20).decode("utf-8-sig", "replace").strip("\r\n").split(separator)
    roles, coding = _columns(path, [cell.strip() for cell in head], coding, gc_score is not None)
    kinds = dict.fromkeys(("marker", "sample", "first", "second"), "category")
    samples, markers = _Names(), _Names()
    pairs = np.zeros((0, 0), np.uint8)
    seen = np.zeros((0, 0), np.bool_)
    chunks = _chunks(path, stream, separator, [roles.get(c.strip(), f"_{i}") for i, c in
                     enumerate(head)], kinds, gc_score)  # fmt: skip
    read = 0
    for chunk in chunks:
        read += len(chunk)
        rows, columns = samples.code(chunk["sample"]), markers.code(chunk["marker"])
        _refuse_sparse(path, len(samples.places), len(markers.places), read)
        pairs, seen = (_grown(path, a, len(samples.places), len(markers.places))
                       for a in (pairs, seen))  # fmt: skip
        value = 8 * _alleles(path, chunk["first"]) + _alleles(path, chunk["second"])
        if gc_score is not None:
            value[~(chunk["score"].to_numpy() >= gc_score)] = 0
        flat = rows * pairs.shape[1] + columns
        again = seen.ravel()[flat]
        if again.any() or np.unique(flat).size < flat.size:
            place = int(np.flatnonzero(again)[0]) if again.any() else _second(flat)
            reason = f"sample {chunk['sample'].iloc[place]} has marker "
            reason += f"{chunk['marker'].iloc[place]} twice."
            raise refusal(path, reason, "Keep one report of each sample.")
        pairs.ravel()[flat] = value
        seen.ravel()[flat] = True
    shape = len(samples.places), len(markers.places)
    if 0 in shape:
        raise refusal(path, "it has no rows.", "Give a whole FinalReport.")
    return samples, markers, pairs[: shape[0], : shape[1]], coding


def _chunks(
    path: str | PathLike[str],
    stream: IO[bytes],
    separator: str,
    names: list[str],
    kinds: dict[str, str],
    gc_score: float | None,
) -> Iterator[pd.DataFrame]:
    wanted = [*kinds, "score"] if gc_score is not None else [*kinds]
    try:
        for chunk in pd.read_csv(
            Limited(path, stream, LONGEST), sep=separator, names=names, usecols=wanted,
            dtype=kinds, header=None,
            chunksize=ROWS, keep_default_na=False, na_values={"score": ["", "NaN", "nan", "NA"]},
            quoting=3, skipinitialspace=True,
        ):  # fmt: skip
            if gc_score is not None and not pd.api.types.is_numeric_dtype(chunk["score"]):
                raise refusal(path, "a GC score is no number.", "Export the report again.")
            yield chunk
    except (ValueError, UnicodeDecodeError) as error:
        reason = f"its rows do not fit its columns ({f'{error}'.strip().rstrip('.')})."
        raise refusal(path, reason, "Export the report again.") from None


def _refuse_sparse(path: str | PathLike[str], samples: int, markers: int, rows: int) -> None:
    """A small file must not make us hold a large table of nothing."""
    if samples * markers > max(2**28, SPARSE * rows):
        reason = f"it names {samples:,} samples and {markers:,} markers in {rows:,} rows."
        raise refusal(path, reason, "Give a whole report: a row for each sample at each marker.")


def _grown(path: str | PathLike[str], array: np.ndarray, samples: int, markers: int) -> np.ndarray:
    """The array with room for all; twice as much as needed, so that it seldom grows."""
    rows, columns = array.shape
    if samples <= rows and markers <= columns:
        return array
    shape = (samples if samples <= rows else max(2 * rows, samples),
             markers if markers <= columns else max(markers, columns))  # fmt: skip
    if shape[0] * shape[1] > LARGEST:
        reason = f"{samples:,} samples at {markers:,} markers are too many to read at once."
        raise refusal(path, reason, "Read reports of fewer samples and join them.")
    out = np.zeros(shape, array.dtype)
    out[:rows, :columns] = array
    return out


def _alleles(path: str | PathLike[str], column: pd.Series) -> np.ndarray:
    codes = []
    for allele in column.cat.categories:
        clean = str(allele).strip().upper()
        code = 0 if clean in ("", "0", "--", "NC") else CODES.get(clean)
        if code is None:
            reason = f"an allele is {str(allele)[:40]!r}."
            raise refusal(path, reason, f"Alleles are {', '.join(LETTERS[1:])} or -.")
        codes.append(code)
    return np.array(codes, np.uint8)[column.cat.codes.to_numpy()]


def _count(
    path: str | PathLike[str], pairs: np.ndarray, names: Texts, coding: str
) -> tuple[np.ndarray, Texts, Texts]:
    """Dosages, and the counted and the other allele of each marker."""
    dosages = np.empty(pairs.shape, np.int8)
    counted, other = (np.full(names.size, "0", dtype=object) for _ in range(2))
    for place in range(names.size):
        first, second = pairs[:, place] >> 3, pairs[:, place] & 7
        known = (first > 0) & (second > 0)
        met = np.unique(np.concatenate([first[known], second[known]]))
        letters = [LETTERS[code] for code in met]
        if coding == "AB":
            letters = ["A", "B"]
        if len(met) > 2 or not {LETTERS[code] for code in met} <= set(letters):
            shown = ", ".join(LETTERS[code] for code in met)
            reason = f"marker {names[place]} has the alleles {shown}."
            raise refusal(path, reason, "A marker has two alleles: check the coding.")
        if coding == "TOP" and letters in (["G"], ["T"]):
            letters = ["0", *letters]  # in TOP coding these are B, whatever A is
        other[place] = letters[0] if letters else "0"
        counted[place] = letters[1] if len(letters) > 1 else "0"
        code = CODES[letters[1]] if len(letters) > 1 else 255
        copies = (first == code).astype(np.int8) + (second == code).astype(np.int8)
        dosages[:, place] = np.where(known, copies, -1)
    return dosages, counted, other


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


def _second(values: np.ndarray) -> int:
    """The first place whose value stood before."""
    return int(np.flatnonzero(pd.Series(values).duplicated())[0])
