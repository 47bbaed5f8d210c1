"""Rows of a FinalReport, a block of bytes at a time, to names and pairs of alleles."""

import itertools
import os
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from typing import IO

import numpy as np

from agrigen._kernels import finalreport as kernels
from agrigen.errors import GenotypeError
from agrigen.io.lines import Limited, refusal
from agrigen.types import Texts

LETTERS = "-ABCDGIT"
"""Alleles by number, in the order of the alphabet; the first is missing."""

CODES = {letter: code for code, letter in enumerate(LETTERS)}
NUMBERS = np.full(256, kernels.WRONG, np.uint8)
"""Alleles by their letter, large or small; 0 is missing as well."""

NUMBERS[[ord(letter) for letter in LETTERS + "0"]] = [*CODES.values(), 0]
NUMBERS[[ord(letter) for letter in LETTERS.lower()]] = [*CODES.values()]
ROLES = {
    "marker": kernels.MARKER, "sample": kernels.SAMPLE, "first": kernels.FIRST,
    "second": kernels.SECOND, "score": kernels.GC_SCORE,
}  # fmt: skip
BLOCK = 2**22
"""Bytes read at a time."""

LONGEST = 2**20
"""Bytes of the longest row."""

LARGEST = 2**35
"""Samples x markers that are held, a byte or a few each, while a report is read."""

SMALL, SPARSE = 2**26, 1000
"""Samples x markers, and so many for each row, above which a report names more than it holds."""


def blocks(path: str | PathLike[str], stream: IO[bytes]) -> Generator[bytes, None, None]:
    """Whole lines, a few MiB at a time."""
    limited = Limited(path, stream, LONGEST)
    rest = b""
    while piece := limited.read(BLOCK):
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield rest + piece[:cut]
            rest = b""
        rest += piece[cut:]
    if rest:
        yield rest + b"\n"


def ahead(blocks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The same, each read and unpacked on a second thread while the one before is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, blocks, b"")
        while block := waiting.result():
            waiting = pool.submit(next, blocks, b"")
            yield block


class Names:
    """Distinct names in order of appearance, in arrays that compiled loops fill."""

    def __init__(self) -> None:
        self.pool = np.empty(2**16, np.uint8)
        self.starts = np.zeros(2**11 + 1, np.int64)
        self.slots = np.zeros(2**12, np.int64)
        self.size = np.zeros(1, np.int64)
        # Nobody can write names that all fall into one slot without knowing it.
        self.seed = np.frombuffer(os.urandom(8), np.uint64).copy()

    def __len__(self) -> int:
        return int(self.size[0])

    @property
    def table(self) -> tuple[np.ndarray, ...]:
        return self.pool, self.starts, self.slots, self.size, self.seed

    def make_room(self) -> None:
        """Room for one more name of any length that a row can have."""
        used = int(self.starts[len(self)])
        if self.pool.size - used < LONGEST:
            self.pool = _longer(self.pool, 2 * used + LONGEST)
        if 2 * (len(self) + 1) > self.slots.size:
            self.starts = _longer(self.starts, self.slots.size + 1)
            self.slots = np.zeros(2 * self.slots.size, np.int64)
            kernels.fill_slots(self.pool, self.starts, self.slots, len(self), self.seed[0])

    def texts(self, path: str | PathLike[str]) -> Texts:
        content, ends = self.pool.tobytes(), self.starts[: len(self) + 1].tolist()
        try:
            names = [content[a:b].decode() for a, b in itertools.pairwise(ends)]
        except UnicodeDecodeError:
            reason = "its rows do not fit its columns (a name is not in UTF-8)."
            raise refusal(path, reason, "Save it as plain text in UTF-8.") from None
        return np.array(names, dtype=object)


class Rows:
    """Names and alleles of the rows so far."""

    def __init__(
        self,
        path: str | PathLike[str],
        line: int,
        separator: int,
        roles: np.ndarray,
        gc_score: float | None,
    ) -> None:
        self.path, self.separator, self.roles = path, separator, roles
        self.least = kernels.NO_NUMBER if gc_score is None else float(gc_score)
        self.samples, self.markers = Names(), Names()
        self.pairs = np.zeros((1, 1024), np.uint8)
        self.state = np.zeros(6, np.int64)
        self.before = line

    def take(self, block: np.ndarray) -> None:
        """Keep the rows of a block of whole lines."""
        self.state[kernels.PLACE] = 0
        while status := kernels.read_rows(
            block, self.separator, self.roles, NUMBERS, self.least,
            self.markers.table, self.samples.table, self.pairs, self.state,
        ):  # fmt: skip
            if status != kernels.GROW:
                raise self._refused(status, block)
            self._grow()

    def found(self) -> np.ndarray:
        shape = len(self.samples), len(self.markers)
        if 0 in shape:
            raise refusal(self.path, "it has no rows.", "Give a whole FinalReport.")
        _refuse_sparse(self.path, *shape, int(self.state[kernels.LINES]))
        return self.pairs[: shape[0], : shape[1]]

    def _grow(self) -> None:
        samples, markers = len(self.samples), len(self.markers)
        _refuse_sparse(self.path, samples, markers, int(self.state[kernels.LINES]) + 1)
        self.pairs = _grown(self.path, self.pairs, samples, markers)
        self.samples.make_room()
        self.markers.make_room()

    def _refused(self, status: int, block: np.ndarray) -> GenotypeError:
        begin, end = self.state[kernels.BEGIN], self.state[kernels.END]
        line = self.before + int(self.state[kernels.LINES]) + 1
        cell = block[begin : min(end, begin + 40)].tobytes().decode("utf-8", "replace")
        if status == kernels.CELLS:
            reason = f"its rows do not fit its columns: there are {begin} cells, and "
            reason += f"{self.roles.size} columns."
            return refusal(self.path, reason, "Export the report again.", line)
        if status == kernels.ALLELE:
            remedy = f"Alleles are {', '.join(LETTERS[1:])} or -."
            return refusal(self.path, f"an allele is {cell!r}.", remedy, line)
        if status == kernels.SCORE:
            reason = f"a GC score is no number: {cell!r}."
            return refusal(self.path, reason, "Export the report again.", line)
        sample = self.samples.texts(self.path)[self.state[kernels.LAST_SAMPLE]]
        marker = self.markers.texts(self.path)[self.state[kernels.LAST_MARKER]]
        reason = f"sample {sample} has marker {marker} twice."
        return refusal(self.path, reason, "Keep one report of each sample.", line)


def _longer(array: np.ndarray, size: int) -> np.ndarray:
    out = np.zeros(size, array.dtype)
    out[: array.size] = array
    return out


def _refuse_sparse(path: str | PathLike[str], samples: int, markers: int, rows: int) -> None:
    """A small file must not make us hold a large table of nothing."""
    if samples * markers > max(SMALL, SPARSE * rows):
        reason = f"it names {samples:,} samples and {markers:,} markers in its first {rows:,} rows."
        raise refusal(path, reason, "Give a whole report: a row for each sample at each marker.")


def _grown(path: str | PathLike[str], array: np.ndarray, samples: int, markers: int) -> np.ndarray:
    """The array with room for all; twice as much as needed, so that it seldom grows."""
    rows, columns = array.shape
    if samples <= rows and markers <= columns:
        return array
    shape = (rows if samples <= rows else 2 * samples,
             columns if markers <= columns else 2 * markers)  # fmt: skip
    if samples * markers > LARGEST:
        reason = f"{samples:,} samples at {markers:,} markers are too many to read at once."
        raise refusal(path, reason, "Read reports of fewer samples and join them.")
    out = np.zeros(shape, array.dtype)
    out[:rows, :columns] = array
    return out
