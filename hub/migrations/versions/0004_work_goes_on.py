"""Evaluations and imports come to an end when the person who asked has left a farm since."""

from alembic import context, op

from hub.storage.sql import statement

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    app_role = context.config.attributes["app_role"]
    script = statement("0004_work_goes_on.sql", app_role=app_role)
    op.get_bind().connection.cursor().execute(script)
