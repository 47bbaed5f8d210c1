"""Exchange of ICAR ADE messages: farms' time zones, partners' names of things, more imports."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    zone = sa.Column("time_zone", sa.String(), server_default="UTC", nullable=False)
    op.add_column("farm", zone, schema="app")
    create_source()
    allow_kinds("animals", "records", "events", "milk_recording")
    app_role = context.config.attributes["app_role"]
    script = statement("0015_exchange.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def create_source() -> None:
    op.create_table(
        "exchange_source",
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("kept", postgresql.JSONB(), server_default="{}", nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "entity IN ('animal', 'event', 'record')", name=op.f("ck_exchange_source_entity")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_exchange_source_farm_id")
        ),
        sa.PrimaryKeyConstraint(
            "farm_id", "source", "source_id", "resource", "entity_id",
            name=op.f("pk_exchange_source"),
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_exchange_source_entity_id"), "exchange_source", ["entity_id"], schema="app"
    )


def allow_kinds(*kinds: str) -> None:
    names = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_import_kind"), "import", schema="app")
    op.create_check_constraint(op.f("ck_import_kind"), "import", f"kind IN ({names})", schema="app")
