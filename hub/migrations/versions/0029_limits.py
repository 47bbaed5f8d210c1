"""Counters of requests, and the chain of the audit log."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    create_counters()
    create_chain()
    script = statement("0029_limits.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_counters() -> None:
    op.create_table(
        "rate_bucket",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("arrival", sa.Double(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_bucket")),
        schema="app",
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "rate_guess",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_guess")),
        schema="app",
        prefixes=["UNLOGGED"],
    )


def create_chain() -> None:
    op.create_table(
        "audit_link",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", sa.Double(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_link_hash")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_link_event_id")),
        schema="app",
    )
    op.create_table(
        "audit_pending",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_pending")),
        schema="app",
    )
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_key", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_chain_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
        schema="app",
    )
    op.create_table(
        "audit_subject_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_audit_subject_key")),
        schema="app",
    )
