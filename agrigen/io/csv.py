"""Tables as CSV: every cell as text, and files that would be misread are refused."""

import re
from os import PathLike
from pathlib import Path

import pandas as pd

from agrigen.errors import DataError, Problem

COMPRESSED = frozenset({".gz", ".bz2", ".zip", ".xz", ".zst", ".tar"})
"""Endings of files that pandas unpacks."""

COMPUTED = "=+-@\t\r"
"""How a text begins that a spreadsheet takes for a formula."""

FORMULA = re.compile(rf"(?![+-]?[\d.]*([eE][+-]?\d+)?$)[{re.escape(COMPUTED)}]")
"""The same of results, where -1.20 is a number that was written as a text: it computes nothing."""


def read_csv(path: str | PathLike[str], what: str) -> pd.DataFrame:
    """The cells of a CSV file with a header, all as text; `what` names the file in errors.

    Raises
    ------
    DataError
        If the file cannot be read, is not UTF-8, is separated by semicolons, or has rows longer
        than its header: pandas would take their first cells for row names, and every column would
        move by one.
    """
    quick = _quick(path)
    if quick is not None:
        return quick
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise _unreadable(path, what, _reason(error)) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise _unreadable(path, what, "its rows have more cells than its header")
    if len(frame.columns) == 1 and ";" in frame.columns[0]:
        raise _unreadable(path, what, "its cells are separated by ';'")
    return frame


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for a file that a spreadsheet opens: an apostrophe before what it would compute.

    Names come from files of others; `=HYPERLINK(...)` in one of them is nobody's sample.
    """
    texts = frame.select_dtypes(exclude=["number", "bool", "datetime"]).columns
    return frame.assign(**{name: frame[name].map(not_computed) for name in texts})


def not_computed(value: object) -> object:
    """A text that a spreadsheet would compute gets an apostrophe in front; all else stays."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _quick(path: str | PathLike[str]) -> pd.DataFrame | None:
    """A plain file read by pyarrow, ten times as fast; None leaves it to pandas.

    Plain are files on which both readers agree: no quotes, no compression, unique column names,
    more than one column, rows of equal length, where pandas keeps texts as pyarrow does.
    """
    if pd.Series(["a"]).dtype != "str" or pd.Series(["a"]).dtype.storage != "pyarrow":
        return None
    import pyarrow as pa  # optional: pandas keeps texts so where it is installed
    from pyarrow import csv

    file = Path(path)
    if file.suffix.lower() in COMPRESSED or not file.is_file():
        return None
    content = file.read_bytes()
    names = _header(content)
    if not _plain(content) or len(names) < 2 or len(set(names)) < len(names) or "" in names:
        return None
    types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()))
    try:
        table = csv.read_csv(pa.BufferReader(content), convert_options=types)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None  # pandas says what is wrong, or reads it after all
    return table.to_pandas()


def _header(content: bytes) -> list[str]:
    """Column names; none where the first line is not UTF-8."""
    try:
        return content[: content.find(b"\n")].rstrip(b"\r").decode("utf-8").split(",")
    except UnicodeDecodeError:
        return []


def _plain(content: bytes) -> bool:
    """Whether pandas and pyarrow cannot read the file differently."""
    if content.startswith(b"\xef\xbb\xbf") or b'"' in content or b"\x00" in content:
        return False
    windows = b"\r" not in content or content.count(b"\r") == content.count(b"\r\n")
    return windows and b"\n" in content


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error.strerror) if isinstance(error, OSError) else str(error).strip()


def _unreadable(path: str | PathLike[str], what: str, reason: str) -> DataError:
    text = f"The {what} file {path} cannot be read: {reason}."
    remedy = "Give a CSV file in UTF-8 with a header and commas between the cells."
    return DataError([Problem("unreadable", (), text, remedy)])
