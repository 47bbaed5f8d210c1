"""Versions: numbers, parents and tables of dataset versions; their tags and comparisons."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    extend_versions()
    create_tags()
    create_comparisons()
    app_role = context.config.attributes["app_role"]
    script = statement("0021_versions.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)
    op.alter_column("dataset_version", "series_id", nullable=False, schema="app")


def extend_versions() -> None:
    for column in (
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("parent_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.Column("creator", sa.String(), server_default="", nullable=False),
        sa.Column("tables", json(), server_default="[]", nullable=False),
        sa.Column("genotypes", json(), server_default="[]", nullable=False),
    ):
        op.add_column("dataset_version", column, schema="app")
    op.execute("UPDATE app.dataset_version SET series_id = id")
    op.create_index(
        op.f("ix_dataset_version_series_id_number"),
        "dataset_version",
        ["series_id", "number"],
        unique=True,
        schema="app",
    )


def create_tags() -> None:
    op.create_table(
        "dataset_tag",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *times(),
        refers("dataset_tag", "version_id", "dataset_version"),
        refers("dataset_tag", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_tag")),
        sa.UniqueConstraint("series_id", "name", name=op.f("uq_dataset_tag_series_id_name")),
        schema="app",
    )
    op.create_index(op.f("ix_dataset_tag_version_id"), "dataset_tag", ["version_id"], schema="app")


def create_comparisons() -> None:
    op.create_table(
        "dataset_comparison",
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("summary", json(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        *times(),
        refers("dataset_comparison", "before_id", "dataset_version"),
        refers("dataset_comparison", "after_id", "dataset_version"),
        sa.PrimaryKeyConstraint(
            "before_id", "after_id", "kind", name=op.f("pk_dataset_comparison")
        ),
        schema="app",
    )


def json() -> postgresql.JSONB:
    return postgresql.JSONB(astext_type=sa.Text())


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=name)


def times() -> "list[sa.Column[object]]":
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]
