"""One's own acts of the last days, counted for oneself."""

from alembic import context, op

from hub.storage.sql import statement

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    script = statement("0031_profiles.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)
