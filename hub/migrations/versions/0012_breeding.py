"""Mating plans and results of single genes."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    create_tables()
    app_role = context.config.attributes["app_role"]
    script = statement("0012_breeding.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def uuid(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=False)


def times() -> "list[sa.Column[Any]]":
    now = sa.text("now()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    ]


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=op.f(f"fk_{table}_{column}"))


def create_tables() -> None:
    op.create_table(
        "mating_plan",
        *(uuid("farm_id"), uuid("person_id")),
        sa.Column("name", sa.String(), nullable=False),
        json("settings"),
        sa.Column("evaluation_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        *(json("result"), json("provenance"), uuid("id"), *times()),
        refers("mating_plan", "farm_id", "farm"),
        refers("mating_plan", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mating_plan")),
        schema="app",
    )
    index("mating_plan", "farm_id", "id")
    op.create_table(
        "animal_gene",
        uuid("animal_id"),
        sa.Column("gene", sa.String(), nullable=False),
        *(uuid("farm_id"), uuid("person_id")),
        sa.Column("genotype", sa.String(), nullable=False),
        sa.Column("source", sa.String(), server_default="", nullable=False),
        *times(),
        sa.ForeignKeyConstraint(
            ["animal_id", "farm_id"], ["app.animal.id", "app.animal.farm_id"],
            name=op.f("fk_animal_gene_animal_id_farm_id"), onupdate="CASCADE",
        ),
        refers("animal_gene", "farm_id", "farm"),
        refers("animal_gene", "person_id", "person"),
        sa.PrimaryKeyConstraint("animal_id", "gene", name=op.f("pk_animal_gene")),
        schema="app",
    )  # fmt: skip
    index("animal_gene", "farm_id", "gene")


def index(table: str, *columns: str) -> None:
    name = op.f(f"ix_{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), schema="app")
