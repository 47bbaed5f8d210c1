"""Files of SQLite: one table of them, read as it stands."""

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from hub.errors import Invalid
from hub.etl.read import Table
from hub.etl.schemas import Mapping
from hub.etl.sources.known import known_columns
from hub.etl.sources.reading import Reading, chunk_rows, in_chunks
from hub.etl.sources.values import check_columns, table_of, text_of

MAGIC = b"SQLite format 3\x00"
LONGEST_SECONDS = 3600.0
LONGEST_ROW = 1 << 17
"""Bytes of a row or cell of a file: more is no fact about an animal."""
_STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock."""
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
"""What reading a plain table takes: a view could count for ever, a function make any length."""
_ASKS = _READS | {sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_PLAIN = "CREATE TABLE "
"""How SQLite itself begins what it keeps of a table that is neither a view nor a program's."""


def open(path: Path, name: str, kind: str, mapping: Mapping) -> Reading:
    """The table that `mapping.sheet` names, or the one whose columns are known."""
    with _reading(path) as connection:
        tables = _tables(connection)
        chosen = _chosen(tables, mapping.sheet, known_columns(kind, mapping))
    columns = check_columns(tables[chosen])
    notes = {"parser": f"sqlite {sqlite3.sqlite_version}", "format": "sqlite", "table": chosen}
    return Reading(columns, notes, lambda: _chunks(path, name, chosen, columns, notes))


def _chunks(
    path: Path, name: str, table: str, columns: list[str], notes: dict[str, str]
) -> Iterator[Table]:
    with _reading(path) as connection:
        cursor = connection.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608  quoted
        first = 1
        for rows in in_chunks(cursor, chunk_rows(len(columns)), _letters):
            texts = [[_text(value, first + place) for value in row]
                     for place, row in enumerate(rows)]  # fmt: skip
            yield table_of(name, columns, texts, range(first, first + len(rows)), dict(notes))
            first += len(rows)
    if first == 1:
        raise Invalid("imports.no_rows", f"The table {table!r} has no rows. Add rows to import.")


def _letters(row: Sequence[object]) -> int:
    return sum(len(value) for value in row if isinstance(value, str))


def _text(value: object, row: int) -> str | None:
    try:
        return text_of(value)
    except TypeError as error:
        raise Invalid(
            "imports.not_text",
            f"Row {row} holds bytes that are no text. Make a table without that column.",
        ) from error


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Columns of every plain table; neither views nor tables that a program stands behind."""
    kept = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 1000"
    ).fetchall()
    names = [
        name for name, made in kept
        if str(made).startswith(_PLAIN) and not str(name).startswith("sqlite_")
    ]  # fmt: skip
    found = {}
    for name in names:
        cursor = connection.execute(f"SELECT * FROM {_quoted(name)} LIMIT 0")  # noqa: S608  quoted
        found[str(name)] = [str(one[0]) for one in cursor.description]
    return found


def _chosen(tables: dict[str, list[str]], named: str | None, known: Sequence[str]) -> str:
    listed = ", ".join(map(repr, tables)) or "none"
    if named is not None:
        found = [one for one in tables if one.casefold() == named.casefold()]
        if not found:
            text = f"There is no table {named!r} in the file; it has {listed}."
            raise Invalid("imports.which_table", f"{text} Name one of them in mapping.sheet.")
        return found[0]
    wanted = {one.casefold() for one in known}
    fitting = [one for one, columns in tables.items() if wanted & {c.casefold() for c in columns}]
    if len(tables) == 1:
        fitting = list(tables)
    if len(fitting) != 1:
        text = f"It is not plain which table of the file is meant; it has {listed}."
        raise Invalid("imports.which_table", f"{text} Name one of them in mapping.sheet.")
    return fitting[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with read_sqlite(path, LONGEST_SECONDS, frozen=True) as connection:
            yield connection
    except sqlite3.Error as error:
        raise Invalid(
            "imports.unreadable",
            f"The SQLite file cannot be read ({error}). Copy it while no program writes it, with "
            "`VACUUM INTO`, and try again.",
        ) from error


@contextmanager
def read_sqlite(
    path: Path, seconds: float, *, frozen: bool = False
) -> Iterator[sqlite3.Connection]:
    """A file of SQLite in which nothing can be changed, opened or loaded, for a limited time.

    `frozen`: a file that somebody handed in. Nobody else writes it, so no journal is looked for
    beside it, and only plain tables are read.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro" + ("&immutable=1" if frozen else "")
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    deadline = time.monotonic() + seconds
    with closing(connection):
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cell_size_check=ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_ROW if frozen else 1 << 20)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        connection.set_authorizer(partial(_only_reading, _READS if frozen else _ASKS))
        yield connection


def _only_reading(
    allowed: Collection[int], action: int, first: str | None, second: str | None, *_: str | None
) -> int:
    loads = action == sqlite3.SQLITE_FUNCTION and second == "load_extension"
    return sqlite3.SQLITE_OK if action in allowed and not loads else sqlite3.SQLITE_DENY
