"""What PostgreSQL refuses, or does not answer, reaches people in the hub's own words."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from hub.errors import Invalid, Missing, Unavailable
from hub.local.postgres import Urls
from hub.storage.copying import copy_in, copy_out
from hub.storage.errors import translate


async def test_a_connection_lost_while_many_rows_are_read_is_worth_another_attempt(
    engine: AsyncEngine, urls: Urls
) -> None:
    """COPY goes past SQLAlchemy; a job whose database went away must wait, not fail."""
    async with AsyncSession(engine) as session:
        backend = await session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(urls.app, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [backend])
        with pytest.raises(psycopg.Error) as lost:
            await copy_out(session, "SELECT 1")
        await session.invalidate()
    assert isinstance(translate(lost.value), Unavailable)


async def test_a_value_that_copy_cannot_read_is_refused_in_a_sentence(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        with pytest.raises(psycopg.Error) as refused:
            await copy_in(session, "stage", "number int", b"many\n")
    known = translate(refused.value)
    assert isinstance(known, Invalid)
    assert "stage" not in known.message


def test_a_connection_that_is_closed_is_worth_another_attempt() -> None:
    assert isinstance(translate(psycopg.InterfaceError("the connection is closed")), Unavailable)


def test_a_row_that_went_away_since_it_was_read_is_missing() -> None:
    """Two administrators disable each other: the later one may no longer see the other's row."""
    assert isinstance(translate(StaleDataError()), Missing)


def test_a_mistake_of_ours_stays_one() -> None:
    assert translate(psycopg.errors.UndefinedColumn()) is None
    assert translate(ValueError()) is None
