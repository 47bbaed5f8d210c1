"""${message}

Rules: expand, backfill, contract; never rename or drop what the previous release reads; every new
table gets its row policies in the same migration (hub/storage/sql).
"""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
