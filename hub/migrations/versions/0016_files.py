"""Files of any size: uploads in parts, sizes above 2 GiB."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from hub.storage.sql import statement

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.alter_column("file", "size", type_=sa.BigInteger(), schema="app")
    for column in ("person_id", "sha256"):
        op.create_index(op.f(f"ix_file_{column}"), "file", [column], schema="app")
    create_upload()
    create_part()
    script = statement("0016_files.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)


def create_upload() -> None:
    op.create_table(
        "upload",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        text("name"), text("media_type"), sa.Column("size", sa.BigInteger(), nullable=False),
        text("sha256"), sa.Column("part_bytes", sa.Integer(), nullable=False),
        text("state"), text("error"),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False), *times(),
        sa.CheckConstraint(
            "state IN ('open', 'finishing', 'done')", name=op.f("ck_upload_state")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_upload_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["app.file.id"], ondelete="CASCADE", name=op.f("fk_upload_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        schema="app",
    )  # fmt: skip
    op.create_index(op.f("ix_upload_person_id"), "upload", ["person_id"], schema="app")


def create_part() -> None:
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False), text("sha256"),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["app.upload.id"], ondelete="CASCADE",
            name=op.f("fk_upload_part_upload_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["app.person.id"], name=op.f("fk_upload_part_person_id")
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_part")),
        schema="app",
    )  # fmt: skip


def text(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(), nullable=False)


def times() -> "list[sa.Column[Any]]":
    now = sa.text("now()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    ]
