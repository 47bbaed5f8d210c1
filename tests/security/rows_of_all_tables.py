"""One row in every table, of one farm and its owner, made from the tables' own definitions.

A new table has its row here without anybody thinking of it. Triggers and checks stand aside in the
database of such a test, so that rows can be made by a rule: what is tested is who reaches them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args, get_type_hints
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PGUUID
from sqlalchemy.orm import Mapper

from hub.migrations.models import metadata
from hub.storage.base import Base, new_id

CANARY = "canary-of-a"
LATER = datetime.now(UTC) + timedelta(days=30)
BEFORE = datetime.now(UTC) - timedelta(days=2)

# What a name means everywhere, and where it means something else.
NAMES: dict[str, Any] = {
    "state": "done",
    "species": "sheep",
    "sex": "F",
    "trait_code": "birth_weight",
    "trait": "birth_weight",
    "valid_from": BEFORE,
    "valid_until": LATER,
    "until": LATER,
    "expires_at": LATER,
    "revoked_at": None,
    "disabled_at": None,
    "withdrawn_at": None,
    "published_at": None,
    "archived_at": None,
    "ended_at": None,
    "voided_at": None,
    "undone_at": None,
    "value": 4.0,
    "joined_on": date(2026, 1, 1),
    "from_on": date(2026, 1, 1),
    "to_on": None,
    "unit": "kg",
}
PLACES: dict[tuple[str, str], Any] = {
    ("custom_field", "type"): "number",
    ("import", "kind"): "animals",
    ("import_mending", "kind"): "by_hand",
    ("dataset_version", "data_kinds"): [
        "pedigree",
        "records",
        "events",
        "genotypes",
        "evaluations",
    ],
}


THERE = ("person", "farm", "trait", "signing_key")
"""What exists already, or is no row of anybody."""


@dataclass
class Ids:
    """Whose rows they are, and the id of the row of each table."""

    farm: UUID
    owner: UUID
    of: dict[str, UUID] = field(default_factory=dict)

    def __getitem__(self, table: str) -> UUID:
        if table == "farm":
            return self.farm
        if table == "person":
            return self.owner
        return self.of.setdefault(table, new_id())


def classes() -> Mapping[str, type[Base]]:
    """The model of each table."""
    mappers: list[Mapper[Any]] = list(Base.registry.mappers)
    return {one.class_.__tablename__: one.class_ for one in mappers}


def tables() -> list[sa.Table]:
    return [table for table in metadata.sorted_tables if table.schema in (None, "app")]


def row_of(table: sa.Table, ids: Ids) -> dict[str, Any]:
    """A value for every column that has no default of its own, and for those that say whose."""
    hints = get_type_hints(classes()[table.name]) if table.name in classes() else {}
    return {
        column.name: value
        for column in table.columns
        if (value := _value(table, column, ids, hints)) is not _LEFT
    }


_LEFT = object()


def _value(table: sa.Table, column: sa.Column[Any], ids: Ids, hints: Mapping[str, Any]) -> Any:
    place = (table.name, column.name)
    if place in PLACES:
        given = PLACES[place]
        return given(ids) if callable(given) else given
    if column.computed is not None or column.identity is not None:
        return _LEFT
    if column.name == "farm_ids":
        return [ids.farm]
    for key in column.foreign_keys:
        if key.column.name in ("id", "farm_id", "person_id"):
            return _referred(table, key.column, ids)
    if column.name == "id" and isinstance(column.type, (sa.Uuid, PGUUID)):
        return ids[table.name]
    if column.name in NAMES and (column.name != "value" or isinstance(column.type, sa.Float)):
        return NAMES[column.name]
    if column.nullable or column.default is not None or column.server_default is not None:
        return _LEFT
    return _made_up(table, column, ids, hints)


def _referred(table: sa.Table, target: sa.Column[Any], ids: Ids) -> UUID:
    if target.name == "farm_id":
        return ids.farm
    if target.name == "person_id":
        return ids.owner
    return ids[target.table.name]


def _made_up(table: sa.Table, column: sa.Column[Any], ids: Ids, hints: Mapping[str, Any]) -> Any:
    kind = column.type
    if isinstance(kind, (sa.Uuid, PGUUID)):
        return ids[f"{table.name}.{column.name}"]
    if isinstance(kind, ARRAY):
        return []
    if isinstance(kind, (JSONB, sa.JSON)):
        return [] if "list" in str(get_args(hints.get(column.name))) else {}
    if isinstance(kind, sa.String):
        return f"{CANARY} {table.name}"[: kind.length or 200]
    made = {
        sa.Interval: timedelta(hours=1),
        sa.Boolean: False,
        sa.DateTime: BEFORE,
        sa.Date: date(2026, 1, 1),
        sa.Float: 1.0,
        sa.Integer: 1,
        sa.LargeBinary: b"x",
        sa.Numeric: 1,
    }
    return next((value for one, value in made.items() if isinstance(kind, one)), CANARY)


def fill(url: str, ids: Ids) -> None:
    """Put the rows there, as the superuser, past triggers and keys."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, name in connection.execute(_CHECKS).fetchall():
            connection.execute(f'ALTER TABLE app."{table}" DROP CONSTRAINT "{name}"')
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("SET LOCAL search_path = app, public"))
        for table in tables():
            if table.name not in THERE:
                row = insert(table).values(row_of(table, ids))
                connection.execute(row.on_conflict_do_nothing())
    engine.dispose()


_CHECKS = """
SELECT r.relname, c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
JOIN pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = 'app' AND c.contype = 'c'
"""
