"""What happens to animals, append-only."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    create_tables()
    app_role = context.config.attributes["app_role"]
    script = statement("0008_events.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def said() -> "list[sa.Column[Any]]":
    """What both tables hold: the event as somebody told it."""
    return [
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("animal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
    ]


def time(name: str) -> "sa.Column[Any]":
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def create_tables() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        *said(),
        sa.Column("possible_duplicate_of", sa.Uuid(), nullable=True),
        time("created_at"),
        time("updated_at"),
        sa.CheckConstraint("details ->> 'kind' = kind", name=op.f("ck_event_kind")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_event_revision")),
        sa.ForeignKeyConstraint(["farm_id"], ["app.farm.id"], name=op.f("fk_event_farm_id")),
        sa.ForeignKeyConstraint(["animal_id"], ["app.animal.id"], name=op.f("fk_event_animal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["app.person.id"], name=op.f("fk_event_person_id")),
        sa.ForeignKeyConstraint(
            ["possible_duplicate_of"],
            ["app.event.id"],
            name=op.f("fk_event_possible_duplicate_of"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        schema="app",
    )
    index("ix_event_animal_id_occurred_on_id", "animal_id", "occurred_on", "id")
    index("ix_event_farm_id_kind_occurred_on", "farm_id", "kind", "occurred_on")
    index("ix_event_farm_id_occurred_on_id", "farm_id", "occurred_on", "id")
    op.create_index(
        "ix_event_group_id",
        "event",
        ["group_id"],
        schema="app",
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_table(
        "event_revision",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        *said(),
        time("written_at"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["app.event.id"], name=op.f("fk_event_revision_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "revision", name=op.f("pk_event_revision")),
        schema="app",
    )
    op.create_index(
        op.f("ix_event_revision_farm_id_written_at"), "event_revision", ["farm_id", "written_at"],
        schema="app",
    )  # fmt: skip


def index(name: str, *columns: str) -> None:
    op.create_index(name, "event", list(columns), schema="app")
