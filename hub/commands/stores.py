"""What operators' commands share: the database of the running hub, and people by their names."""

from typing import Any

from pydantic import SecretStr

from hub.errors import Missing, Unavailable
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


async def person_named(settings: Settings, username: str) -> Any:
    """The actor to work as; only the owner of the database may look people up by name."""
    from sqlalchemy import select

    from hub import accounts
    from hub.accounts.models import Person
    from hub.storage.postgres import make_engine

    owner = make_engine(settings, settings.migration_url.get_secret_value() or None)
    try:
        async with owner.connect() as connection:
            person_id = await connection.scalar(
                select(Person.id).where(Person.username == username)
            )
        if person_id is None:
            raise Missing(
                "accounts.not_found",
                f"There is no person {username!r}, or AGRIGEN_MIGRATION_URL (the address of the "
                "database's owner, who may look people up) is not set.",
            )
        return await accounts.actor_of(owner, person_id, request_id="command-line")
    finally:
        await owner.dispose()


async def farm_coded(tx: Any, code: str) -> Any:
    """The farm with this code, as far as one may see it."""
    from hub import farms

    page = await farms.search(tx, farms.FarmQuery(text=code, limit=1000))
    for one in page.items:
        if one.code == code:
            return one
    raise Missing("farms.not_found", f"{tx.actor.username} sees no farm {code!r}.")
