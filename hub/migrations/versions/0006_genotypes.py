"""Genotype sets, their samples, and the marker panels they are of."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_tables()
    app_role = context.config.attributes["app_role"]
    script = statement("0006_genotypes.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def uuids(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.ARRAY(sa.Uuid()), nullable=False)


def text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def times() -> "list[sa.Column[Any]]":
    return [
        sa.Column(
            name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        )
        for name in ("created_at", "updated_at")
    ]


def create_tables() -> None:
    op.create_table(
        "panel",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        text("species"),
        text("name"),
        text("assembly"),
        sa.Column("markers", sa.Integer(), nullable=False),
        text("content_hash"),
        json("objects"),
        sa.Column("id", sa.Uuid(), nullable=False),
        *times(),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_panel_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_panel_content_hash")),
        schema="app",
    )
    op.create_table(
        "genotype_set",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        uuids("farm_ids"),
        text("name"),
        text("species"),
        sa.Column("panel_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        uuids("file_ids"),
        text("format"),
        text("coding"),
        json("settings"),
        text("state"),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        text("error"),
        json("counts"),
        json("summary"),
        json("objects"),
        text("content_hash"),
        json("provenance"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *times(),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_genotype_set_state"),
        ),
        sa.CheckConstraint("farm_id = ANY(farm_ids)", name=op.f("ck_genotype_set_own_farm")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_genotype_set_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_genotype_set_farm_id")
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["app.panel.id"], name=op.f("fk_genotype_set_panel_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["app.genotype_set.id"], name=op.f("fk_genotype_set_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_genotype_set")),
        schema="app",
    )
    index("genotype_set", "farm_id", "parent_id", "content_hash")
    op.create_table(
        "sample",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        text("name"),
        sa.Column("animal_id", sa.Uuid(), nullable=True),
        text("unlinked"),
        text("state"),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("call_rate", sa.Double(), nullable=True),
        sa.Column("heterozygosity", sa.Double(), nullable=True),
        text("sex_recorded"),
        text("sex_found"),
        *times(),
        sa.CheckConstraint("state IN ('kept', 'excluded')", name=op.f("ck_sample_state")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["app.genotype_set.id"], name=op.f("fk_sample_set_id")
        ),
        sa.ForeignKeyConstraint(["farm_id"], ["app.farm.id"], name=op.f("fk_sample_farm_id")),
        sa.ForeignKeyConstraint(
            ["animal_id"], ["app.animal.id"], name=op.f("fk_sample_animal_id")
        ),
        sa.PrimaryKeyConstraint("set_id", "place", name=op.f("pk_sample")),
        sa.UniqueConstraint("set_id", "name", name=op.f("uq_sample_set_id_name")),
        sa.UniqueConstraint("set_id", "animal_id", name=op.f("uq_sample_set_id_animal_id")),
        schema="app",
    )
    index("sample", "animal_id", "farm_id")


def index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], schema="app")
