"""Synchronization of phones: the change feed, operations and reviews."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    create_feed()
    create_operations()
    create_reviews()
    app_role = context.config.attributes["app_role"]
    script = statement("0010_collect.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def uuid(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def words(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=nullable)


def number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def yes_no(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), nullable=nullable)


def json(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def uuids(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.ARRAY(sa.Uuid()), nullable=False)


def times() -> "list[sa.Column[Any]]":
    return [
        sa.Column(
            name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        )
        for name in ("created_at", "updated_at")
    ]


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=name)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def create_feed() -> None:
    op.create_table(
        "farm_counter",
        uuid("farm_id"),
        number("seq"),
        number("floor"),
        words("epoch"),
        refers("farm_counter", "farm_id", "farm"),
        key("farm_counter", "farm_id"),
        schema="app",
    )
    op.create_table(
        "change",
        uuid("farm_id"),
        words("entity"),
        uuid("entity_id"),
        number("seq"),
        yes_no("gone"),
        json("fields"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        key("change", "farm_id", "entity", "entity_id"),
        schema="app",
    )
    op.create_index(
        op.f("ix_change_farm_id_seq"), "change", ["farm_id", "seq"], unique=True, schema="app"
    )
    op.create_index(
        op.f("ix_change_gone"),
        "change",
        ["changed_at"],
        schema="app",
        postgresql_where=sa.text("gone"),
    )
    op.create_table(
        "change_note",
        sa.Column("n", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        number("xact"),
        uuid("farm_id"),
        words("entity"),
        uuid("entity_id"),
        yes_no("gone", nullable=True),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=True),
        words("device"),
        key("change_note", "n"),
        schema="app",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        op.f("ix_change_note_xact_farm_id"), "change_note", ["xact", "farm_id"], schema="app"
    )
    op.create_table(
        "change_farm",
        number("xact"),
        uuid("farm_id"),
        key("change_farm", "xact", "farm_id"),
        schema="app",
        prefixes=["UNLOGGED"],
    )


def create_operations() -> None:
    op.create_table(
        "sync_operation",
        uuid("person_id"),
        uuid("op_id"),
        uuid("farm_id", nullable=True),
        words("device"),
        number("seq"),
        words("entity"),
        uuid("entity_id", nullable=True),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        json("received"),
        words("fingerprint"),
        json("mended", nullable=True),
        json("result"),
        words("state"),
        yes_no("open"),
        uuids("makes"),
        uuids("needs"),
        sa.Column("clock_offset_s", sa.Double(), nullable=False),
        *times(),
        sa.CheckConstraint(
            "state IN ('applied', 'merged', 'duplicate', 'rejected', 'waiting', 'discarded')",
            name=op.f("ck_sync_operation_state"),
        ),
        refers("sync_operation", "person_id", "person"),
        refers("sync_operation", "farm_id", "farm"),
        key("sync_operation", "person_id", "op_id"),
        schema="app",
    )
    op.create_index(
        op.f("ix_sync_operation_open"),
        "sync_operation",
        ["person_id"],
        schema="app",
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        op.f("ix_sync_operation_person_id_created_at_op_id"),
        "sync_operation",
        ["person_id", "created_at", "op_id"],
        schema="app",
    )


def create_reviews() -> None:
    op.create_table(
        "review",
        uuid("farm_id"),
        words("kind"),
        words("entity"),
        uuid("entity_id"),
        words("field"),
        json("server"),
        json("phone"),
        uuid("op_id"),
        uuid("person_id"),
        words("device"),
        words("state"),
        words("keep", nullable=True),
        json("value", nullable=True),
        uuid("resolved_by", nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        uuid("id"),
        *times(),
        sa.CheckConstraint("kind IN ('field', 'duplicate')", name=op.f("ck_review_kind")),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_review_state")),
        refers("review", "farm_id", "farm"),
        refers("review", "person_id", "person"),
        refers("review", "resolved_by", "person"),
        key("review", "id"),
        schema="app",
    )
    op.create_index(
        op.f("ix_review_farm_id_state_id"), "review", ["farm_id", "state", "id"], schema="app"
    )
