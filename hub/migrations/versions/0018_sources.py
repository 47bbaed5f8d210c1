"""Watched places: what is imported from where and when, and the files that were seen there."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    create_source()
    create_file()
    script = statement("0018_sources.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_source() -> None:
    op.create_table(
        "import_source",
        uuid("farm_id"), uuid("person_id"), words("name"), words("kind"), words("place"),
        words("pattern"), words("query"), json("mapping"), json("genotypes"), json("cleaning"),
        words("policy"), uuid("template_id", nullable=True), words("schedule"), words("timezone"),
        sa.Column("enabled", sa.Boolean(), nullable=False), uuid("job_id", nullable=True),
        moment("last_run_at"), moment("next_run_at"), json("last_counts"),
        sa.Column("failures", sa.Integer(), nullable=False), words("error"), uuid("id"), *times(),
        sa.CheckConstraint(
            "kind IN ('animals', 'records', 'events', 'milk_recording', 'genotypes')",
            name=op.f("ck_import_source_kind"),
        ),
        sa.CheckConstraint(
            "policy IN ('good_rows', 'all_or_nothing')", name=op.f("ck_import_source_policy")
        ),
        refers("import_source", "farm_id", "farm"), refers("import_source", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_source")),
        sa.UniqueConstraint("farm_id", "name", name=op.f("uq_import_source_farm_id_name")),
        schema="app",
    )  # fmt: skip
    op.create_index(
        op.f("ix_import_source_due"), "import_source", ["next_run_at"], schema="app",
        postgresql_where=sa.text("enabled"),
    )  # fmt: skip


def create_file() -> None:
    op.create_table(
        "import_source_file",
        uuid("source_id"), words("key"), words("version"), uuid("farm_id"),
        sa.Column("size", sa.BigInteger(), nullable=False), moment("modified_at"), words("sha256"),
        *(uuid(name, nullable=True) for name in ("file_id", "import_id", "genotype_set_id")),
        words("state"), words("note"), *times(),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'unchanged', 'refused')",
            name=op.f("ck_import_source_file_state"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["app.import_source.id"], ondelete="CASCADE",
            name=op.f("fk_import_source_file_source_id"),
        ),
        *(
            refers("import_source_file", column, table)
            for column, table in (
                ("farm_id", "farm"), ("file_id", "file"), ("import_id", "import"),
                ("genotype_set_id", "genotype_set"),
            )
        ),
        sa.PrimaryKeyConstraint("source_id", "key", "version", name=op.f("pk_import_source_file")),
        schema="app",
    )  # fmt: skip
    for name in ("farm_id", "import_id"):
        op.create_index(
            op.f(f"ix_import_source_file_{name}"), "import_source_file", [name], schema="app"
        )


def refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def uuid(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def words(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def moment(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def times() -> "list[sa.Column[Any]]":
    now = sa.text("now()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    ]
