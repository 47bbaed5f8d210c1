"""Nothing of the stores is missing in the map of personal data (I7)."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.migrations.models import metadata
from hub.privacy import ITEMS, PERSONAL, TABLES, unclassified
from hub.privacy.held import Erase
from hub.storage.dynamodb import TABLES as DYNAMODB

_CATALOGUE = text(
    "SELECT c.relname, array_agg(a.attname::text) AS columns FROM pg_class c "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f') GROUP BY 1"
)
_REFERENCES = text(
    "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c "
    "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
    "WHERE c.contype = 'f' AND c.confrelid = 'app.person'::regclass"
)


async def test_every_table_and_column_of_the_database_is_classified_once(
    engine: AsyncEngine,
) -> None:
    """I7: a table or column that somebody adds fails here until it is classified."""
    async with engine.connect() as connection:
        rows = await connection.execute(_CATALOGUE)
        there: dict[str, list[str]] = {row.relname: row.columns for row in rows}
    assert len(there) > 80
    assert unclassified(there) == []


def test_a_column_that_nobody_classified_is_named() -> None:
    there = {held.name: held.columns for held in TABLES}
    there["farm"] = [*there["farm"], "telephone"]
    there["diary"] = ["id"]
    assert unclassified(there) == ["diary: not in the map", "farm.telephone: not classified"]


async def test_whatever_refers_to_a_person_is_in_the_map_as_such(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        references = {
            (table.removeprefix("app."), column)
            for table, column in await connection.execute(_REFERENCES)
        }
    known = {(held.name, column) for held in TABLES for column in held.whose}
    assert len(references) > 40
    assert references - known == set()


def test_columns_called_after_a_person_are_in_the_map_as_such() -> None:
    """Also where no foreign key says so."""
    forgotten = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.name == "person_id"
        and column.name not in next(one.whose for one in TABLES if one.name == table.name)
    }
    assert forgotten == set()


def test_every_table_of_items_is_in_the_map() -> None:
    assert sorted(one.name for one in ITEMS) == sorted(table.name for table in DYNAMODB)


def test_what_stays_after_an_erasure_stays_for_a_reason() -> None:
    assert all(held.reason for held in PERSONAL if held.erase is not Erase.DELETE)
