"""Bring a database to the current schema, and say whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from hub.errors import Unavailable
from hub.storage.postgres import sqlalchemy_url

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def _config(owner_url: str, app_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = sqlalchemy_url(owner_url)
    config.attributes["app_role"] = app_role
    return config


def role_in(url: str) -> str:
    """The role that an address signs in with."""
    role = make_url(url).username
    if not role:
        raise Unavailable(
            "storage.no_role",
            "The database address names no role. Write postgresql://role@host/db.",
        )
    return role


def migrate(owner_url: str, app_url: str) -> None:
    """Apply what is missing, as the owner, granting to the role of `app_url`."""
    try:
        command.upgrade(_config(owner_url, role_in(app_url)), "head")
    except OperationalError as error:
        raise Unavailable(
            "storage.cannot_migrate",
            f"The database did not take the schema: {error.orig}. Check that it runs, that the "
            "owner's address (AGRIGEN_MIGRATION_URL) is right, and that nothing holds a lock.",
        ) from error


def is_current(url: str) -> bool:
    """Whether the database has the schema this release expects."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return current == head
