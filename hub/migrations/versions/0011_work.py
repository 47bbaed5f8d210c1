"""What people have seen of their alerts, and calendars read by secret addresses."""

import sqlalchemy as sa
from alembic import context, op

from hub.storage.sql import statement

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "alert_mark",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        created_at(),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_alert_mark_person_id")
        ),
        sa.ForeignKeyConstraint(["farm_id"], ["app.farm.id"], name=op.f("fk_alert_mark_farm_id")),
        sa.PrimaryKeyConstraint("person_id", "farm_id", "key", name=op.f("pk_alert_mark")),
        schema="app",
    )
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        created_at(),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_calendar_feed_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_calendar_feed_farm_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feed_secret_hash")),
        schema="app",
    )
    app_role = context.config.attributes["app_role"]
    script = statement("0011_work.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def created_at() -> "sa.Column[object]":
    return sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )
