"""Tables as CSV: every cell as text, and files that would be misread are refused."""

from os import PathLike

import pandas as pd

from agrigen.errors import DataError, Problem


def read_csv(path: str | PathLike[str], what: str) -> pd.DataFrame:
    """The cells of a CSV file with a header, all as text; `what` names the file in errors.

    Raises
    ------
    DataError
        If the file cannot be read, is not UTF-8, is separated by semicolons, or has rows longer
        than its header: pandas would take their first cells for row names, and every column would
        move by one.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise _unreadable(path, what, _reason(error)) from None
    if not isinstance(frame.index, pd.RangeIndex):
        raise _unreadable(path, what, "its rows have more cells than its header")
    if len(frame.columns) == 1 and ";" in frame.columns[0]:
        raise _unreadable(path, what, "its cells are separated by ';'")
    return frame


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error.strerror) if isinstance(error, OSError) else str(error).strip()


def _unreadable(path: str | PathLike[str], what: str, reason: str) -> DataError:
    text = f"The {what} file {path} cannot be read: {reason}."
    remedy = "Give a CSV file in UTF-8 with a header and commas between the cells."
    return DataError([Problem("unreadable", (), text, remedy)])
