"""Projects, classes, places with an end, and grants of farms' data."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0028"
down_revision = "0027"

_NOW = sa.text("now()")


def upgrade() -> None:
    places_with_an_end()
    create_project()
    create_data_grant()
    for table in ("dataset_version", "export"):
        what_it_rests_on(table)
    script = statement("0028_access.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def _moment(name: str, *, nullable: bool, now: bool = False) -> sa.Column[object]:
    default = _NOW if now else None
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, server_default=default, nullable=nullable)


def _validity() -> list[sa.Column[object]]:
    return [_moment("valid_from", nullable=False, now=True), _moment("valid_until", nullable=True)]


def _times() -> list[sa.Column[object]]:
    return [_moment(name, nullable=False, now=True) for name in ("created_at", "updated_at")]


def places_with_an_end() -> None:
    """Places that are there began when they were given; none of them ends."""
    for column in _validity():
        op.add_column("farm_member", column, schema="app")
    op.execute("UPDATE app.farm_member SET valid_from = created_at")
    op.create_check_constraint(
        op.f("ck_farm_member_dates"), "farm_member", "valid_until >= valid_from", schema="app"
    )
    op.create_index(
        "ix_farm_shared", "farm", ["id"], schema="app", postgresql_where=sa.text("shared")
    )


def create_project() -> None:
    op.create_table(
        "project",
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("kind", "code", "name", "purpose")),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        *_validity(),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_times(),
        sa.CheckConstraint("kind IN ('project', 'class')", name=op.f("ck_project_kind")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_project_dates")),
        sa.ForeignKeyConstraint(["made_by"], ["app.person.id"], name=op.f("fk_project_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
        schema="app",
    )  # fmt: skip
    op.create_table(
        "project_member",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        *_validity(),
        *_times(),
        sa.CheckConstraint(
            "role IN ('lead', 'member', 'student')", name=op.f("ck_project_member_role")
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_project_member_dates")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["app.project.id"], name=op.f("fk_project_member_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_project_member_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "project_id", name=op.f("pk_project_member")),
        schema="app",
    )
    op.create_index(
        op.f("ix_project_member_project_id"), "project_member", ["project_id"], schema="app"
    )


def create_data_grant() -> None:
    op.create_table(
        "data_grant",
        sa.Column("farm_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("person_id", "project_id")),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        _moment("valid_from", nullable=False, now=True),
        _moment("valid_until", nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        _moment("agreed_at", nullable=False, now=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        _moment("revoked_at", nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_times(),
        sa.CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['pedigree', 'records', 'events', "
            "'genotypes', 'evaluations']",
            name=op.f("ck_data_grant_kinds"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(person_id, project_id) = 1", name=op.f("ck_data_grant_to_one")
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_data_grant_dates")),
        sa.ForeignKeyConstraint(["farm_id"], ["app.farm.id"], name=op.f("fk_data_grant_farm_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["app.project.id"], name=op.f("fk_data_grant_project_id")
        ),
        *(sa.ForeignKeyConstraint([name], ["app.person.id"], name=op.f(f"fk_data_grant_{name}"))
          for name in ("person_id", "agreed_by", "revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_grant")),
        schema="app",
    )  # fmt: skip
    for name in ("farm_id", "person_id", "project_id"):
        op.create_index(op.f(f"ix_data_grant_{name}"), "data_grant", [name], schema="app")


def what_it_rests_on(table: str) -> None:
    """Which kinds of data it holds, and by which grants its maker could read them."""
    for name, kind in (("data_kinds", sa.Text()), ("grant_ids", sa.Uuid())):
        column: sa.Column[object] = sa.Column(
            name, postgresql.ARRAY(kind), server_default="{}", nullable=False
        )
        op.add_column(table, column, schema="app")
    op.create_index(
        op.f(f"ix_{table}_grant_ids"), table, ["grant_ids"], schema="app", postgresql_using="gin"
    )
