"""Functions that look for loops and impossible offspring past the row policies."""

from alembic import context, op

from hub.storage.sql import statement

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    app_role = context.config.attributes["app_role"]
    script = statement("0002_pedigree.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)
