"""Quarantine: every act on refused rows, and every cell that it changed."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    discarded = sa.Column("rows_discarded", sa.Integer(), server_default="0", nullable=False)
    op.add_column("import", discarded, schema="app")
    create_mendings()
    create_changes()
    app_role = context.config.attributes["app_role"]
    script = statement("0020_quarantine.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)


def uuid(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def words(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Integer(), nullable=False)


def json(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def time(name: str, nullable: bool = False) -> "sa.Column[Any]":
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=name)


def check(name: str, *allowed: str) -> sa.CheckConstraint:
    values = ", ".join(f"'{one}'" for one in allowed)
    return sa.CheckConstraint(f"{name} IN ({values})", name=op.f(f"ck_import_mending_{name}"))


def create_mendings() -> None:
    table = "import_mending"
    op.create_table(
        table,
        uuid("import_id"), uuid("farm_id"), uuid("person_id"), words("kind"), json("filter"),
        json("action"), words("column"), words("reason"), uuid("undoes_id", nullable=True),
        words("state"), uuid("job_id", nullable=True), words("error"), number("rows_changed"),
        number("rows_loaded"), number("rows_unchanged"), number("rows_rejected"),
        number("rows_left"), number("done_to"), time("finished_at", nullable=True), uuid("id"),
        time("created_at"), time("updated_at"),
        check("kind", "by_hand", "by_rule", "replay", "discard", "take_back", "undo"),
        check("state", "queued", "running", "done", "failed", "cancelled"),
        refers(table, "import_id", "import"), refers(table, "farm_id", "farm"),
        refers(table, "person_id", "person"), refers(table, "undoes_id", "import_mending"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mending")),
        schema="app",
    )  # fmt: skip
    for column in ("import_id", "farm_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], schema="app")


def create_changes() -> None:
    table = "import_row_change"
    op.create_table(
        table,
        uuid("mending_id"), number("row_number"), words("column"), uuid("import_id"),
        uuid("farm_id"), uuid("person_id"), time("at"), words("before"), words("after"),
        json("problems", nullable=True), uuid("undone_id", nullable=True),
        refers(table, "mending_id", "import_mending"), refers(table, "farm_id", "farm"),
        refers(table, "person_id", "person"), refers(table, "undone_id", "import_mending"),
        sa.ForeignKeyConstraint(
            ["import_id", "row_number"],
            ["app.import_row.import_id", "app.import_row.row_number"],
            name=op.f(f"fk_{table}_import_id_row_number"),
        ),
        sa.PrimaryKeyConstraint("mending_id", "row_number", "column", name=op.f(f"pk_{table}")),
        schema="app",
    )  # fmt: skip
    row = ["import_id", "row_number"]
    op.create_index(op.f(f"ix_{table}_import_id_row_number"), table, row, schema="app")
    op.create_index(op.f(f"ix_{table}_farm_id"), table, ["farm_id"], schema="app")
