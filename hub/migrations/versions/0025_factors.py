"""Second factors and recovery codes."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    create_factor()
    create_recovery_code()
    create_challenge()
    script = statement("0025_factors.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_factor() -> None:
    op.create_table(
        "factor",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True)
          for name in ("confirmed_at", "last_used_at")),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"),
                    nullable=False)
          for name in ("created_at", "updated_at")),
        sa.CheckConstraint("kind IN ('totp', 'passkey')", name=op.f("ck_factor_kind")),
        sa.CheckConstraint("(kind = 'totp') = (secret IS NOT NULL)", name=op.f("ck_factor_secret")),
        sa.CheckConstraint(
            "(kind = 'passkey') = (credential IS NOT NULL AND public_key IS NOT NULL)",
            name=op.f("ck_factor_public_key"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["app.person.id"], name=op.f("fk_factor_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor")),
        sa.UniqueConstraint("credential", name=op.f("uq_factor_credential")),
        schema="app",
    )  # fmt: skip
    op.create_index(op.f("ix_factor_person_id"), "factor", ["person_id"], schema="app")


def create_recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_recovery_code_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        schema="app",
    )
    op.create_index(
        "uq_recovery_code_digest", "recovery_code", ["person_id", "digest"], unique=True,
        schema="app",
    )  # fmt: skip


def create_challenge() -> None:
    op.create_table(
        "challenge",
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('pending', 'enroll', 'prove', 'sign_in')",
            name=op.f("ck_challenge_purpose"),
        ),
        sa.CheckConstraint(
            "(purpose = 'sign_in') = (person_id IS NULL)", name=op.f("ck_challenge_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_challenge_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("digest", name=op.f("uq_challenge_digest")),
        schema="app",
    )
    op.create_index(op.f("ix_challenge_expires_at"), "challenge", ["expires_at"], schema="app")
