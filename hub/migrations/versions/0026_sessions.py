"""Sessions and tokens that were ended."""

import sqlalchemy as sa
from alembic import context, op

from hub.storage.sql import statement

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    create_ended_session()
    create_session_fact()
    script = statement("0026_sessions.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_ended_session() -> None:
    op.create_table(
        "ended_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"),
                  nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        _person("ended_session"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
        schema="app",
    )  # fmt: skip
    _indexes("ended_session", "person_id", "at", "until")


def create_session_fact() -> None:
    op.create_table(
        "session_fact",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("method", "device", "reason")),
        *(sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"),
                    nullable=False)
          for name in ("started_at", "seen_at")),
        sa.Column("idle", sa.Interval(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _person("session_fact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_fact")),
        schema="app",
    )  # fmt: skip
    op.alter_column("session_fact", "reason", server_default="", schema="app")
    _indexes("session_fact", "person_id", "started_at", "seen_at")


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["app.person.id"], name=op.f(f"fk_{table}_person_id"), ondelete="CASCADE"
    )


def _indexes(table: str, *columns: str) -> None:
    for name in columns:
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name], schema="app")
