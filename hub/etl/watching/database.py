"""A question to a database that the operator named, whose answer becomes a file.

Three things keep it a question: the text is one SELECT (`statements`), the transaction is
read-only, and rows, bytes and time are limited. What the role may see is the operator's to decide.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from hub.errors import HubError, Invalid, Unavailable
from hub.etl.sources.sqlite import read_sqlite
from hub.etl.sources.values import check_columns, text_of
from hub.etl.watching.seen import Seen, Stopping
from hub.etl.watching.statements import one_select

log = logging.getLogger(__name__)

PIECE_ROWS = 10_000
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Limits:
    """What an answer may cost."""

    rows: int
    bytes: int
    seconds: float


class Database:
    """One query; its answer is the only file that this place has."""

    def __init__(self, name: str, url: str, query: str, limits: Limits) -> None:
        self.name, self.url, self.limits = name, url, limits
        self.query = one_select(query)

    def look(self, pattern: str) -> list[Seen]:
        """The answer, whatever it will be; its content says whether it is another one."""
        now = datetime.now(UTC)
        return [Seen(f"{self.name}.parquet", 0, now.isoformat(), now)]

    def fetch(self, seen: Seen, target: Path, stop: Stopping) -> None:
        """Ask, and write the answer as a file of texts."""
        with self._asked() as (columns, pieces):
            write_texts(target, check_columns(columns), self._limited(pieces, stop))

    @contextmanager
    def _asked(self) -> Iterator[tuple[list[str], Iterable[Sequence[Sequence[Any]]]]]:
        ask = _sqlite if self.url.startswith("sqlite:") else _postgres
        try:
            with ask(self.url, self.query, self.limits) as answer:
                yield answer
        except (psycopg.Error, sqlite3.Error) as error:
            raise self._refusal(error) from error

    def _limited(
        self, pieces: Iterable[Sequence[Sequence[Any]]], stop: Stopping
    ) -> Iterator[list[list[str | None]]]:
        deadline, rows, size = time.monotonic() + self.limits.seconds, 0, 0
        for piece in pieces:
            texts = [[self._text(value) for value in row] for row in piece]
            rows += len(texts)
            size += sum(len(text) for row in texts for text in row if text)
            if rows > self.limits.rows or size > self.limits.bytes:
                raise self._too_much(rows, size)
            if time.monotonic() > deadline:
                raise self._too_slow()
            yield texts
            if stop():
                return

    def _text(self, value: Any) -> str | None:
        try:
            return text_of(value)
        except TypeError as error:
            raise Invalid(
                "sources.no_text",
                f"The query gives values ({error}) that are no text, number or date. Leave such "
                "columns out of it.",
            ) from error

    def _too_much(self, rows: int, size: int) -> Invalid:
        what = f"{self.limits.rows:,} rows" if rows > self.limits.rows else f"{size >> 20:,} MiB"
        return Invalid(
            "sources.too_much",
            f"The query gives more than {what}, which is more than is taken at once. Ask for less, "
            "such as the rows of the last month.",
        )

    def _too_slow(self) -> Invalid:
        return Invalid(
            "sources.too_slow",
            f"The database {self.name!r} did not answer within {self.limits.seconds:g} seconds. "
            "Ask for less, or let its owner add an index.",
        )

    def _refusal(self, error: Exception) -> HubError:
        """What went wrong, without the address or the names in it."""
        log.warning("a database that is watched refused", extra={"database": self.name})
        if isinstance(error, psycopg.errors.QueryCanceled) or "interrupted" in str(error):
            return self._too_slow()
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) or "authorized" in str(error):
            return Invalid("sources.writes", "The query would change something. Only ask for rows.")
        state = getattr(error, "sqlstate", None)
        if isinstance(error, psycopg.OperationalError) and not str(state or "").startswith("42"):
            return Unavailable(
                "sources.database_away",
                f"The database {self.name!r} does not answer or does not let the hub in. It is "
                "tried again; let the operator look at its address if it goes on.",
            )
        diagnosis = getattr(error, "diag", None)
        text = (diagnosis.message_primary if diagnosis else None) or str(error)
        return Invalid("sources.query", f"The database refuses the query: {text}. Mend it.")


@contextmanager
def _postgres(
    url: str, query: str, limits: Limits
) -> Iterator[tuple[list[str], Iterable[Sequence[Sequence[Any]]]]]:
    """Rows of a cursor in a read-only transaction; whatever runs too long is cancelled."""
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={int(limits.seconds * 1000)} "
        "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=600000"
    )
    connection = psycopg.connect(
        url, connect_timeout=CONNECT_SECONDS, options=options, application_name="agrigen-sources"
    )
    with closing(connection):
        connection.read_only = True
        _refuse_superusers(connection)
        timer = threading.Timer(limits.seconds, connection.cancel)
        timer.start()
        try:
            with connection.cursor(name="answer") as cursor:
                cursor.execute(query.encode())
                columns = [one.name for one in cursor.description or ()]
                yield columns, iter(lambda: cursor.fetchmany(PIECE_ROWS), [])
        finally:
            timer.cancel()


def _refuse_superusers(connection: "psycopg.Connection[Any]") -> None:
    """To such a role even a question can read files and start programs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
        [found] = cursor.fetchone() or (True,)
    if found:
        raise Invalid(
            "sources.superuser",
            "The hub asks no database as its superuser. Let the operator make a role that may "
            "read what is wanted, and nothing else.",
        )


@contextmanager
def _sqlite(
    url: str, query: str, limits: Limits
) -> Iterator[tuple[list[str], Iterable[Sequence[Sequence[Any]]]]]:
    with read_sqlite(Path(make_url(url).database or ""), limits.seconds) as connection:
        cursor = connection.execute(query)
        columns = [one[0] for one in cursor.description or ()]
        yield columns, iter(lambda: cursor.fetchmany(PIECE_ROWS), [])


def write_texts(
    target: Path, columns: Sequence[str], pieces: Iterable[Sequence[Sequence[str | None]]]
) -> None:
    """Rows as a Parquet file of texts; equal rows give equal bytes."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for rows in pieces:
            cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
            writer.write_table(
                pa.Table.from_arrays([pa.array(one, pa.string()) for one in cells], schema=schema)
            )


def check_url(name: str, url: str) -> None:
    """Refuse the address of a database that the hub cannot ask."""
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        kind = ""
    if kind not in ("postgresql", "sqlite"):
        raise Invalid(
            "sources.database_kind",
            f"The hub asks PostgreSQL and SQLite; the address of {name!r} is of neither. Let the "
            "operator write postgresql://role:secret@host/database or sqlite:////path.",
        )
