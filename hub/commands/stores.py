"""Where an operator's command finds the database: in the settings, or that of the running hub."""

from pydantic import SecretStr

from hub.errors import Unavailable
from hub.settings import Settings


def with_database(settings: Settings) -> Settings:
    """The settings with addresses; those of the embedded database when none are given."""
    if settings.database_url.get_secret_value():
        return settings
    from hub.local.postgres import APPLICATION, OWNER, EmbeddedPostgres

    postgres = EmbeddedPostgres(settings.home)
    if not settings.home.is_dir() or not postgres.answers():
        raise Unavailable(
            "storage.no_database",
            f"No database runs in {settings.home}. Start the hub first (`make run`), or say where "
            "the database is: AGRIGEN_DATABASE_URL (the application's role) and "
            "AGRIGEN_MIGRATION_URL (the role that owns the schema).",
        )
    return settings.model_copy(
        update={
            "database_url": SecretStr(postgres.url(APPLICATION)),
            "migration_url": SecretStr(postgres.url(OWNER)),
        }
    )
