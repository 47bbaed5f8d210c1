"""Keys that sign tokens; devices that were let in for one farm see that farm only."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("public", postgresql.JSONB(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True)
          for name in ("active_at", "retired_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        schema="app",
    )  # fmt: skip
    script = statement("0027_tokens.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)
