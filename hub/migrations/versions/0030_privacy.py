"""Consent, exports about a person, and erasures."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0030"
down_revision = "0029"

_NOW = sa.text("now()")


def upgrade() -> None:
    create_consent()
    create_personal_export()
    create_erasure()
    create_teaching()
    script = statement("0030_privacy.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def _moment(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, server_default=_NOW if now else None, nullable=nullable)


def _ids(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=nullable) for name in names]


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _times() -> list[sa.Column[object]]:
    return [_moment(name, nullable=False, now=True) for name in ("created_at", "updated_at")]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"app.{to}.id"], name=op.f(f"fk_{table}_{column}"))


def create_consent() -> None:
    op.create_table(
        "consent",
        *_ids("id", "person_id"),
        *_words("purpose", "terms"),
        sa.Column("given", sa.Boolean(), nullable=False),
        _moment("at", nullable=False, now=True),
        _refers("consent", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        schema="app",
    )
    op.create_index(
        op.f("ix_consent_person_id_purpose"), "consent", ["person_id", "purpose"], schema="app"
    )


def create_personal_export() -> None:
    op.create_table(
        "personal_export",
        *_ids("id", "person_id"),
        *_words("state", "error", "object", "sha256"),
        *_ids("job_id", nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _moment("finished_at"),
        _moment("expires_at"),
        *_times(),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'taken', 'expired')",
            name=op.f("ck_personal_export_state"),
        ),
        _refers("personal_export", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_export")),
        schema="app",
    )
    op.create_index(
        op.f("ix_personal_export_person_id"), "personal_export", ["person_id"], schema="app"
    )


def create_erasure() -> None:
    op.create_table(
        "erasure",
        *_ids("id", "person_id", "asked_by"),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        *(sa.Column(name, sa.String(), server_default="", nullable=False)
          for name in ("sealed", "error")),
        *(sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)
          for name in ("steps", "certificate")),
        _moment("due_at", nullable=False),
        *(_moment(name) for name in ("began_at", "hub_at", "finished_at")),
        *_times(),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'taken_back')", name=op.f("ck_erasure_state")
        ),
        _refers("erasure", "person_id", "person"),
        _refers("erasure", "asked_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        schema="app",
    )  # fmt: skip
    op.create_index(
        "uq_erasure_open", "erasure", ["person_id"], unique=True, schema="app",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )  # fmt: skip
    op.create_table(
        "legal_hold",
        *_ids("id", "person_id", "made_by"),
        *_words("reason"),
        _moment("made_at", nullable=False, now=True),
        _moment("ended_at"),
        _refers("legal_hold", "person_id", "person"),
        _refers("legal_hold", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
        schema="app",
    )
    op.create_index(op.f("ix_legal_hold_person_id"), "legal_hold", ["person_id"], schema="app")


def create_teaching() -> None:
    op.create_table(
        "course_key",
        *_ids("project_id"),
        *_words("sealed"),
        _refers("course_key", "project_id", "project"),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_course_key")),
        schema="app",
    )
    op.create_table(
        "teaching_grant",
        *_ids("id", "farm_id", "project_id", "agreed_by"),
        *_words("terms"),
        _moment("agreed_at", nullable=False, now=True),
        _moment("valid_until", nullable=False),
        *_ids("revoked_by", nullable=True),
        _moment("revoked_at"),
        _refers("teaching_grant", "farm_id", "farm"),
        _refers("teaching_grant", "project_id", "project"),
        _refers("teaching_grant", "agreed_by", "person"),
        _refers("teaching_grant", "revoked_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching_grant")),
        schema="app",
    )
    for name in ("farm_id", "project_id"):
        op.create_index(op.f(f"ix_teaching_grant_{name}"), "teaching_grant", [name], schema="app")
    op.create_index(
        "uq_teaching_grant_open", "teaching_grant", ["farm_id", "project_id"], unique=True,
        schema="app", postgresql_where=sa.text("revoked_at IS NULL"),
    )  # fmt: skip
