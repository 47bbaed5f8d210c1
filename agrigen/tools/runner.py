"""An outside program: found, run in a folder of its own within a time, and what it said."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pandas as pd

from agrigen.errors import AgrigenError, NotAvailable, Problem
from agrigen.provenance import Stopwatch

PROGRAMS = {
    "plink2": ("plink2",),
    "plink1.9": ("plink1.9", "plink"),
    "gemma": ("gemma",),
    "gcta64": ("gcta64", "gcta"),
    "AlphaPeel": ("AlphaPeel",),
    "AlphaImpute2": ("AlphaImpute2",),
    "beagle": ("beagle",),
}
"""Programs and the names they go by."""

ASK = {"plink2": "--version", "plink1.9": "--version", "gemma": "-h", "gcta64": "--version",
       "AlphaPeel": "-version", "AlphaImpute2": "-version", "beagle": "-h"}  # fmt: skip
Matrix = TypeVar("Matrix")
LIMIT = 3600.0
TAIL = 20
"""Lines of a program's log that an error shows."""

LONGEST_LINE = 300
TEXTS = ("CHROM", "CHR", "chr", "ID", "SNP", "rs", "IID", "FID", "REF", "ALT", "A1", "A2",
         "allele1", "allele0", "SID")  # fmt: skip
"""Columns that are texts whatever stands in them."""


class ToolError(AgrigenError):
    """An outside program failed, with the end of its log; or ran longer than it might."""

    code = "tool.failed"


@dataclass(frozen=True)
class ToolRun:
    """One run of a program.

    Attributes
    ----------
    program, version, command
        What was run; the command without the folder.
    seconds
        How long it took.
    log
        What it wrote to its log, or to the screen.
    tables
        Its output tables by ending: "afreq", "vmiss", ...
    """

    program: str
    version: str
    command: tuple[str, ...]
    seconds: float
    log: str
    tables: dict[str, pd.DataFrame]

    @property
    def provenance(self) -> dict[str, Any]:
        """For the parameters of a result's own record."""
        return {"program": self.program, "version": self.version, "command": list(self.command),
                "seconds": round(self.seconds, 3)}  # fmt: skip


def installed() -> dict[str, str]:
    """The programs that are found, with their versions."""
    return {name: version(name) for name in PROGRAMS if find(name) is not None}


def find(program: str) -> str | None:
    """The path of a program; None where it is not installed."""
    return next((path for name in PROGRAMS[program] if (path := shutil.which(name))), None)


def needed(program: str) -> str:
    """The path of a program; NotAvailable where it is not installed."""
    path = find(program)
    if path is None:
        message = f"The program {program} is not installed, or not on the PATH."
        remedy = "Install it, or use this library's own method."
        raise NotAvailable([Problem("not_installed", (), message, remedy)])
    return path


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that is gone afterwards."""
    with TemporaryDirectory(prefix="agrigen-") as name:
        yield Path(name)


def run(
    program: str, arguments: Sequence[str], place: Path, *, limit: float = LIMIT
) -> tuple[str, float]:
    """What a program said, and its seconds. It starts in `place`, without a shell.

    Raises
    ------
    NotAvailable
        If it is not installed.
    ToolError
        If it fails or is not done in `limit` seconds; it is ended with all it started.
    """
    command = [needed(program), *arguments]
    clock = Stopwatch()
    with (place / "screen.txt").open("wb") as screen:
        process = subprocess.Popen(
            command, cwd=place, stdin=subprocess.DEVNULL, stdout=screen,
            stderr=subprocess.STDOUT, start_new_session=True, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        try:
            code = process.wait(timeout=limit)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                text = f"{program} was not done after {limit:g} seconds and was ended."
                raise ToolError(f"{text}\n{_tail(place)}") from None
            raise
    said = _said(place)
    if code != 0:
        raise ToolError(f"{program} failed with code {code}; the end of its log:\n{_tail(place)}")
    return said, clock.seconds


@cache
def version(program: str) -> str:
    """What a program calls itself, in the first line that it says."""
    with folder() as place:
        try:
            said, _ = run(program, [ASK[program]], place, limit=30)
        except ToolError as error:
            said = str(error)
    lines = [line.strip(" *|") for line in said.splitlines()]
    return next((line for line in lines if re.search(r"\d\.\d", line)), "unknown")


def table(path: Path, **options: Any) -> pd.DataFrame:
    """A table with blanks or tabs between; ids stay texts."""
    kinds = dict.fromkeys([*TEXTS, *(f"#{name}" for name in TEXTS)], str)
    frame = pd.read_csv(path, sep=r"\s+", dtype=kinds, na_values=["NA", "nan"],
                        keep_default_na=False, **options)  # fmt: skip
    return frame.rename(columns=lambda name: str(name).removeprefix("#"))


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def made(matrix: Matrix | None, program: str) -> Matrix:
    """The matrix that a program wrote."""
    if matrix is None:
        raise ToolError(f"{program} ended well but wrote no matrix of relationships.")
    return matrix


def _said(place: Path) -> str:
    """The program's own log where it keeps one, and what it wrote to the screen."""
    logs = sorted(place.glob("*.log")) + sorted(place.glob("*.log.txt"))
    paths = [*logs, place / "screen.txt"]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def _tail(place: Path) -> str:
    """The end of the screen, else of the log, without the folder's name."""
    screen = (place / "screen.txt").read_text(encoding="utf-8", errors="replace")
    text = screen if screen.strip() else _said(place)
    lines = [line.strip()[:LONGEST_LINE] for line in text.replace("\r", "\n").splitlines()]
    kept = [line for line in lines if line][-TAIL:]
    return "\n".join(kept).replace(str(place), "...")
