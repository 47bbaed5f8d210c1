"""What an import found out about its file: encoding, delimiter, parents added, rows done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    column = sa.Column("notes", postgresql.JSONB(), server_default="{}", nullable=False)
    op.add_column("import", column, schema="app")
