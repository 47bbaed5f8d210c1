"""Lines of large text files, plain or gzip, one at a time and never longer than a limit."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, cast

from agrigen.errors import GenotypeError, Problem

LONGEST = 256 * 2**20
"""Bytes of the longest line that is read: 60 million genotypes of a .ped file."""

BLOCK = 2**18
EMPTY_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""Every whole BGZF file ends with it."""


def refusal(path: str | PathLike[str], reason: str, remedy: str, line: int = 0) -> GenotypeError:
    """An error that names the file, the line where there is one, what is wrong and the remedy."""
    where = f"line {line} of {Path(path).name}" if line else Path(path).name
    return GenotypeError([Problem("unreadable", (), f"{where}: {reason}", remedy)])


def lines(path: str | PathLike[str], longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line, without its end; gzip is told by its first bytes."""
    with reading(path) as stream:
        number = 0
        while line := stream.readline(longest):
            number += 1
            if len(line) == longest and not line.endswith(b"\n"):
                reason = f"the line is longer than {longest // 2**20} MiB."
                raise refusal(path, reason, "Check that the file is what it is named.", number)
            if b"\x00" in line:
                reason = "it holds a zero byte, which no text does (UTF-16, or a binary file)."
                raise refusal(path, reason, "Save it as plain text in UTF-8.", number)
            yield number, line.rstrip(b"\r\n")


class Limited:
    """A stream whose lines are text and no longer than a limit, for readers that take blocks."""

    def __init__(self, path: str | PathLike[str], stream: IO[bytes], longest: int) -> None:
        self._path, self._stream, self._longest = path, stream, longest
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes; what has no end of line for too long, or a zero byte, is refused."""
        block = self._stream.read(size if size >= 0 else BLOCK)
        if b"\x00" in block:
            reason = "it holds a zero byte, which no text does (UTF-16, or a binary file)."
            raise refusal(self._path, reason, "Save it as plain text in UTF-8.")
        last = block.rfind(b"\n")
        self._since = self._since + len(block) if last < 0 else len(block) - last
        if self._since > self._longest:
            reason = f"a line is longer than {self._longest // 2**20} MiB."
            raise refusal(self._path, reason, "Check that the file is what it is named.")
        return block

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(BLOCK), b"")


def cells_of(path: str | PathLike[str], text: str, number: int, separator: str = ",") -> list[str]:
    """Cells of a line of CSV; a cell that is too long or a quote without end is refused."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error as error:
        reason = f"its cells cannot be told apart ({error})."
        raise refusal(path, reason, "Check quotes and commas.", number) from None


@contextmanager
def reading(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file; what goes wrong while they are read is a GenotypeError."""
    try:
        with Path(path).open("rb") as raw:
            if raw.read(2) != b"\x1f\x8b":
                raw.seek(0)
                yield raw
                return
            _check_whole(path, raw)
            with gzip.open(raw, "rb") as stream:
                yield cast(IO[bytes], stream)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        reason = "its compressed content is damaged or ends too early."
        raise refusal(path, reason, "Copy or download the file again.") from None
    except OSError as error:
        reason = f"it cannot be read: {error.strerror or error}."
        raise refusal(path, reason, "Check the name, the folder and the rights.") from None


def text_of(path: str | PathLike[str], line: bytes, number: int) -> str:
    """A line as text; what is not UTF-8 is refused."""
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        remedy = "Save the file in UTF-8, and names without accents if in doubt."
        raise refusal(path, "it is not UTF-8 text.", remedy, number) from None


def _check_whole(path: str | PathLike[str], raw: IO[bytes]) -> None:
    """A BGZF file that does not end with its empty block was cut off."""
    raw.seek(0)
    head = raw.read(18)
    blocked = len(head) == 18 and head[3] & 4 and head[12:14] == b"BC"
    if blocked:
        raw.seek(-min(len(EMPTY_BLOCK), raw.seek(0, 2)), 2)
        if raw.read() != EMPTY_BLOCK:
            raise refusal(path, "the end of the file is missing.", "Copy or download it again.")
    raw.seek(0)
