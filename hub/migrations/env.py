"""Runs migrations as the owner of the schema, one process at a time, giving up on a busy lock."""

from alembic import context
from sqlalchemy import create_engine, text

from hub.migrations.models import metadata

LOCK = 7_238_447_001  # any number of our own: advisory lock against two migrating processes


def run() -> None:
    url = context.config.attributes["url"]
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=10000"})
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == "app",
            compare_type=True,
        )
        with context.begin_transaction():
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
    engine.dispose()


run()
