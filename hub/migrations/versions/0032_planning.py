"""What the planner does not know in time: of changes that are numbered, of imports just loaded."""

from alembic import context, op

from hub.storage.sql import statement

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    script = statement("0032_planning.sql", app_role=context.config.attributes["app_role"])
    op.get_bind().connection.cursor().execute(script)
