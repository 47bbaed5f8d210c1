"""Breeding values of several genetic effects: direct, maternal."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from hub.storage.sql import statement

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Both have defaults, so that a worker of the release before can still store its results.
    effect = sa.Column("effect", sa.String(), server_default="a", nullable=False)
    op.add_column("breeding_value", effect, schema="app")
    known = sa.Column("genetic_effects", postgresql.JSONB(), server_default="[]", nullable=False)
    op.add_column("evaluation", known, schema="app")
    op.get_bind().connection.cursor().execute(statement("0005_effects.sql"))
