"""Import templates: how the files of a sender are read and cleaned."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "import_template",
        uuid("farm_id", nullable=True), uuid("person_id"), words("name"), words("sender"),
        words("kind"), words("fingerprint"), json("columns"), json("mapping"), json("cleaning"),
        words("policy"), moment("used_at", nullable=True), uuid("id"),
        moment("created_at"), moment("updated_at"),
        sa.CheckConstraint(
            "kind IN ('animals', 'records', 'events', 'milk_recording')",
            name=op.f("ck_import_template_kind"),
        ),
        sa.CheckConstraint(
            "policy IN ('good_rows', 'all_or_nothing')", name=op.f("ck_import_template_policy")
        ),
        refers("farm_id", "farm"), refers("person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_template")),
        schema="app",
    )  # fmt: skip
    for names in (["fingerprint"],):
        op.create_index(
            op.f(f"ix_import_template_{'_'.join(names)}"), "import_template", names, schema="app"
        )
    for name, where in (("own", "farm_id IS NULL"), ("shared", "farm_id IS NOT NULL")):
        op.create_index(
            f"uq_import_template_{name}",
            "import_template",
            ["person_id" if name == "own" else "farm_id", "name"],
            unique=True,
            schema="app",
            postgresql_where=sa.text(where),
        )
    script = statement("0019_import_templates.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def uuid(name: str, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def words(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def json(name: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=False)


def moment(name: str, nullable: bool = False) -> "sa.Column[Any]":
    default = None if nullable else sa.text("now()")
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, server_default=default, nullable=nullable)


def refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_import_template_{column}")
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=name)
