"""Records say how and by whom; traits of performance, with ICAR's names and ranges by species."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hub.records.performance_traits import KNOWN_BEFORE, PERFORMANCE_TRAITS

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # All have defaults or may be empty, so that a worker of the release before can still import.
    for name in ("method", "device"):
        add("record", sa.Column(name, sa.String(), server_default="", nullable=False))
    add("record", sa.Column("person_id", sa.Uuid(), nullable=True))
    for name in ("kind", "icar"):
        add("trait", sa.Column(name, sa.String(), server_default="", nullable=False))
    add("trait", sa.Column("ranges", postgresql.JSONB(), server_default="{}", nullable=False))
    columns: "list[sa.ColumnClause[object]]" = [sa.column(name) for name in PERFORMANCE_TRAITS[0] if name != "ranges"]
    ranges = sa.column("ranges", postgresql.JSONB())
    trait = sa.table("trait", *columns, ranges, schema="app")
    op.bulk_insert(trait, PERFORMANCE_TRAITS)
    for code, values in KNOWN_BEFORE.items():
        op.execute(trait.update().where(trait.c.code == code).values(**values))


def add(table: str, column: "sa.Column[object]") -> None:
    op.add_column(table, column, schema="app")
