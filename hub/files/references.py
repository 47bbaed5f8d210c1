"""Which objects the database refers to: every word of 64 hexadecimal digits in any of its texts.

No list of columns has to be kept: a column that is added tomorrow is read, too. Who owns the
tables is asked, since row policies hide what others refer to.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMAS = ("app", "jobs")
READ = frozenset({"text", "varchar", "bpchar", "json", "jsonb", "_text", "_varchar", "name"})
"""Types (as PostgreSQL calls them inside) in which a digest can stand."""
CANNOT = frozenset(
    (
        "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "uuid", "date", "timestamp",
        "timestamptz", "interval", "bytea", "_bool", "_int4", "_int8", "_float8", "_uuid", "_date",
    )
)  # fmt: skip
"""Types in which none can; bytes are keys and hashes of other things: objects are named in text."""

MENTIONED = frozenset({("app", "audit_event"), ("app", "idempotency_key")})
"""Tables that tell what once was, which is no reason to keep it."""
TOLD = frozenset({("app", "export", "sha256"), ("app", "personal_export", "sha256")})
"""Columns that do: the archive of an export is `object` while it is kept."""

_COLUMNS = text(
    """
    SELECT n.nspname, c.relname, a.attname,
           CASE WHEN t.typtype = 'e' OR e.typtype = 'e' THEN 'enum' ELSE t.typname END
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type e ON e.oid = t.typelem
    WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1, 2, a.attnum
    """
)


class Column(NamedTuple):
    """A column and the type it has."""

    schema: str
    table: str
    name: str
    type: str


async def columns(connection: AsyncConnection) -> list[Column]:
    """Every column of the hub's tables."""
    rows = await connection.execute(_COLUMNS, {"schemas": list(SCHEMAS)})
    return [Column(*row) for row in rows]


async def referred(connection: AsyncConnection) -> set[str]:
    """Digests that stand anywhere."""
    tables: dict[tuple[str, str], list[str]] = {}
    for one in await columns(connection):
        told = one[:2] in MENTIONED or one[:3] in TOLD
        if one.type in READ and not told:
            tables.setdefault((one.schema, one.table), []).append(one.name)
    found: set[str] = set()
    for (schema, table), names in tables.items():
        rows = await connection.execute(text(_statement(schema, table, names)))
        found.update(row[0] for row in rows)
    return found


def _statement(schema: str, table: str, names: Sequence[str]) -> str:
    """Names come from the catalog of the database itself, quoted."""
    words = ", ".join(f"{_quoted(name)}::text" for name in names)
    where = " OR ".join(f"octet_length({_quoted(name)}::text) >= 64" for name in names)
    return (
        "SELECT DISTINCT m[1] FROM ("  # noqa: S608
        f"SELECT concat_ws(' ', {words}) AS words FROM {_quoted(schema)}.{_quoted(table)} "
        f"WHERE {where} OFFSET 0) t, LATERAL regexp_matches(words, '([0-9a-f]{{64}})', 'g') AS m"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'
