"""Lineage: what imports made, the graph of everything, and events for others to follow it."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    create_entries()
    create_events()
    app_role = context.config.attributes["app_role"]
    script = statement("0022_lineage.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def words(name: str, default: str | None = None) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), server_default=default, nullable=False)


def moment(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=op.f(f"fk_{table}_{column}"))


def create_entries() -> None:
    op.create_table(
        "import_entry",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        words("entity"),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("rows", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint(
            "entity IN ('animal', 'event', 'record')", name=op.f("ck_import_entry_entity")
        ),
        refers("import_entry", "import_id", "import"),
        refers("import_entry", "farm_id", "farm"),
        sa.PrimaryKeyConstraint(
            "import_id", "entity", "entity_id", name=op.f("pk_import_entry")
        ),
        schema="app",
    )  # fmt: skip
    op.create_index(
        op.f("ix_import_entry_entity_id"), "import_entry", ["entity_id"], schema="app"
    )  # fmt: skip
    op.create_index(op.f("ix_import_entry_farm_id"), "import_entry", ["farm_id"], schema="app")


def create_events() -> None:
    now = sa.text("clock_timestamp()")
    op.create_table(
        "lineage_event",
        sa.Column("n", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xact", sa.BigInteger(), nullable=False),
        words("noun"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        words("type"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        moment("sent_at"),
        moment("next_at"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        words("error", ""),
        sa.CheckConstraint(
            "type IN ('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT')",
            name=op.f("ck_lineage_event_type"),
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_lineage_event")),
        schema="app",
    )
    op.create_index(
        op.f("ix_lineage_event_subject_id"), "lineage_event", ["subject_id"], schema="app"
    )  # fmt: skip
    op.create_index(
        op.f("ix_lineage_event_unsent"), "lineage_event", ["n"], schema="app",
        postgresql_where=sa.text("sent_at IS NULL"),
    )  # fmt: skip
