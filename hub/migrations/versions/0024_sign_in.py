"""Sign-in: identities at institutions, addresses, mailed codes, invitations, letters to send."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column("roles_kept", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="app",
    )
    op.execute("UPDATE app.person SET roles_kept = true WHERE password_hash IS NOT NULL")
    create_identities()
    create_codes()
    create_invitations()
    create_outbox()
    script = statement("0024_sign_in.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _made(*names: str) -> list[sa.Column[object]]:
    moment = sa.DateTime(timezone=True)
    return [sa.Column(n, moment, server_default=sa.text("now()"), nullable=False) for n in names]


def _of_person(table: str, column: str = "person_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["app.person.id"], name=op.f(f"fk_{table}_{column}"))


def create_identities() -> None:
    op.create_table(
        "person_identity",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_texts("issuer", "subject"),
        *_made("seen_at"),
        _id(),
        *_made("created_at", "updated_at"),
        _of_person("person_identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_identity_issuer_subject")),
        schema="app",
    )
    op.create_index(
        op.f("ix_person_identity_person_id"), "person_identity", ["person_id"], schema="app"
    )
    op.create_table(
        "person_address",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_texts("sealed", "digest"),
        *_made("created_at", "updated_at"),
        _of_person("person_address"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_address")),
        sa.UniqueConstraint("digest", name=op.f("uq_person_address_digest")),
        schema="app",
    )


def create_codes() -> None:
    op.create_table(
        "mailed_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_texts("purpose", "digest", "sealed", "address_digest"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _id(),
        *_made("created_at", "updated_at"),
        sa.CheckConstraint(
            "purpose IN ('reset', 'activate', 'verify')", name=op.f("ck_mailed_code_purpose")
        ),
        _of_person("mailed_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_mailed_code_digest")),
        schema="app",
    )
    op.create_index(op.f("ix_mailed_code_person_id"), "mailed_code", ["person_id"], schema="app")
    op.create_table(
        "reset_request",
        *_texts("sealed"),
        _id(),
        *_made("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_request")),
        schema="app",
    )


def create_invitations() -> None:
    op.create_table(
        "invitation",
        *_texts("kind", "digest", "place", "note"),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("farm_id", "project_id")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("uses", "used")),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _id(),
        *_made("created_at", "updated_at"),
        sa.CheckConstraint("kind IN ('farm', 'project', 'hub')", name=op.f("ck_invitation_kind")),
        sa.CheckConstraint("used BETWEEN 0 AND uses", name=op.f("ck_invitation_used")),
        sa.ForeignKeyConstraint(
            ["farm_id"], ["app.farm.id"], name=op.f("fk_invitation_farm_id")
        ),
        _of_person("invitation", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitation_digest")),
        schema="app",
    )  # fmt: skip
    for name in ("made_by", "farm_id"):
        op.create_index(op.f(f"ix_invitation_{name}"), "invitation", [name], schema="app")
    op.create_table(
        "invitation_use",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("invitation_id", "person_id")),
        *_made("created_at", "updated_at"),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["app.invitation.id"],
            name=op.f("fk_invitation_use_invitation_id"),
        ),
        _of_person("invitation_use"),
        sa.PrimaryKeyConstraint("invitation_id", "person_id", name=op.f("pk_invitation_use")),
        schema="app",
    )


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("person_id", sa.Uuid(), nullable=True),
        *_texts("kind", "address", "sealed", "error"),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_made("next_at"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        _id(),
        *_made("created_at", "updated_at"),
        _of_person("outbox"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="app",
    )
    op.create_index(
        op.f("ix_outbox_next_at"),
        "outbox",
        ["next_at"],
        schema="app",
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_index(op.f("ix_outbox_person_id"), "outbox", ["person_id"], schema="app")
