"""Many rows at once: COPY out of a query, and COPY into a temporary table of this transaction.

Tables with row policies take no COPY; rows go into a temporary table and from there by INSERT,
which obeys the policies.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PIECE = 1 << 20
MANY = 1000
_PATIENT = text("SET LOCAL statement_timeout = '6h'")


async def _driver(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver: psycopg.AsyncConnection[Any] = raw.driver_connection  # type: ignore[assignment]
    return driver


async def copy_out(
    session: AsyncSession, query: str, values: Mapping[str, Any] | None = None
) -> bytes:
    """The rows of a query as CSV with a header; NULL is empty, an empty text is `""`."""
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
    pieces: list[bytes] = []
    async with (await _driver(session)).cursor() as cursor, cursor.copy(statement, values) as copy:
        async for piece in copy:
            pieces.append(bytes(piece))
    return b"".join(pieces)


async def copy_rows(
    session: AsyncSession, query: str, values: Mapping[str, Any], rows: int
) -> AsyncIterator[bytes]:
    """The rows of a query as CSV without a header, some rows at a time, as they are found.

    The connection is busy until the last piece is taken: no other query of this transaction can
    run in between. How long that takes is up to who takes the pieces, so the usual limit of a query
    does not end it.
    """
    await session.execute(_PATIENT)
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv)"
    pieces: list[bytes] = []
    async with (await _driver(session)).cursor() as cursor, cursor.copy(statement, values) as copy:
        async for row in copy:  # the protocol sends one row a message
            pieces.append(bytes(row))
            if len(pieces) == rows:
                yield b"".join(pieces)
                pieces = []
    if pieces:
        yield b"".join(pieces)


async def copy_in(session: AsyncSession, table: str, columns: str, content: bytes) -> None:
    """Fill a new temporary table (its columns as in CREATE TABLE) from CSV without a header.

    The table ends with the transaction; one left by an earlier call in it is replaced.
    """
    async with (await _driver(session)).cursor() as cursor:
        await cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        await cursor.execute(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
        async with cursor.copy(f"COPY pg_temp.{table} FROM STDIN (FORMAT csv)") as copy:
            for start in range(0, len(content), _PIECE):
                await copy.write(content[start : start + _PIECE])
        await cursor.execute(f"ANALYZE pg_temp.{table}")


async def expect_many(session: AsyncSession, rows: int) -> None:
    """Let this transaction join large sets by hashing, whatever the statistics say.

    Just after a load the planner still believes the tables to be nearly empty, and the nested
    loops it then chose took 84 s where 15 s were enough (200,000 animals).
    """
    if rows >= MANY:
        await session.execute(text("SET LOCAL enable_nestloop = off"))
