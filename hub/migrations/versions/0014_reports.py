"""Benchmarks of farms, computed once a year from what farms contributed."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from hub.storage.sql import statement

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    cell = [text(name) for name in ("species", "breed", "region", "metric")]
    op.create_table(
        "benchmark",
        number("year", sa.Integer()),
        *cell,
        number("farms", sa.Integer()),
        *(number(name, sa.Double()) for name in ("q25", "q50", "q75")),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmark")),
        sa.UniqueConstraint(
            "year", "species", "breed", "region", "metric", name="uq_benchmark_cell"
        ),
        schema="app",
    )
    op.create_table(
        "benchmark_value",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        *(text(name) for name in ("species", "breed", "metric")),
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        text("region"),
        number("value", sa.Double()),
        number("animals", sa.Integer()),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_benchmark_value_farm_id")
        ),
        sa.PrimaryKeyConstraint(
            "year", "species", "breed", "metric", "farm_id", name=op.f("pk_benchmark_value")
        ),
        schema="app",
    )
    op.create_index(
        op.f("ix_benchmark_value_farm_id"), "benchmark_value", ["farm_id"], schema="app"
    )
    app_role = context.config.attributes["app_role"]
    script = statement("0014_reports.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str, kind: Any) -> "sa.Column[Any]":
    return sa.Column(name, kind, nullable=False)
