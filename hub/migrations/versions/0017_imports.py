"""Imports in steps: what was read, cleaned, judged by which rules, and what rows are warned of."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

BY_THE_WORKER = (
    "rules", "parser", "steps", "stage", "changes_object", "findings", "rows_warned",
)  # fmt: skip
"""Columns that change while an import goes on; what was asked for does not."""


def upgrade() -> None:
    for column in (
        json("cleaning", "[]"), uuid("template_id"), words("policy", "good_rows"), words("rules"),
        words("parser"), json("steps", "[]"), json("stage", "{}"), words("changes_object"),
        json("findings", "{}"),
        sa.Column("rows_warned", sa.Integer(), server_default="0", nullable=False),
        uuid("source_id"), uuid("parent_id"),
    ):  # fmt: skip
        op.add_column("import", column, schema="app")
    for name in ("source_id", "parent_id"):
        op.create_index(op.f(f"ix_import_{name}"), "import", [name], schema="app")
    policies = "policy IN ('good_rows', 'all_or_nothing')"
    op.create_check_constraint(op.f("ck_import_policy"), "import", policies, schema="app")
    op.drop_constraint(op.f("ck_import_row_state"), "import_row", schema="app")
    states = "state IN ('rejected', 'mended', 'warned', 'discarded')"
    op.create_check_constraint(op.f("ck_import_row_state"), "import_row", states, schema="app")
    bind_records_to_their_farm()
    app_role = context.config.attributes["app_role"]
    op.execute(f'GRANT UPDATE ({", ".join(BY_THE_WORKER)}) ON app.import TO "{app_role}"')


def bind_records_to_their_farm() -> None:
    """One key for animal and farm in place of two, and no index that another one contains.

    A million records are stored in three quarters of the time.
    """
    for name in ("farm_id", "animal_id"):
        op.drop_constraint(op.f(f"fk_record_{name}"), "record", schema="app")
    op.create_foreign_key(
        op.f("fk_record_animal"), "record", "animal", ["animal_id", "farm_id"], ["id", "farm_id"],
        source_schema="app", referent_schema="app",
    )  # fmt: skip
    op.drop_index(op.f("ix_record_trait_code"), "record", schema="app")


def json(name: str, empty: str) -> "sa.Column[Any]":
    return sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False)


def words(name: str, default: str = "") -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), server_default=default, nullable=False)


def uuid(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Uuid(), nullable=True)
