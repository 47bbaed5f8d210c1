"""Exports: archives of what people may see, for one person and some days."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    create_export()
    script = statement("0023_exports.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_export() -> None:
    op.create_table(
        "export",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("format", "state", "error", "name", "object", "sha256")),
        *(sa.Column(name, postgresql.JSONB(), nullable=False)
          for name in ("filters", "counts", "provenance")),
        sa.Column("genotype_set_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True)
          for name in ("finished_at", "expires_at")),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"),
                    nullable=False)
          for name in ("created_at", "updated_at")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')",
            name=op.f("ck_export_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["app.person.id"], name=op.f("fk_export_person_id")),
        sa.ForeignKeyConstraint(
            ["genotype_set_id"], ["app.genotype_set.id"], name=op.f("fk_export_genotype_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        schema="app",
    )  # fmt: skip
    for name in ("person_id", "expires_at"):
        op.create_index(op.f(f"ix_export_{name}"), "export", [name], schema="app")
