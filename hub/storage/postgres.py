"""The connection to PostgreSQL: one engine a process, made at the edge and passed down."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub.settings import Settings

Engine = AsyncEngine  # so that services need not name the library


def sqlalchemy_url(url: str) -> str:
    """`postgresql://...` with the driver we use."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def make_engine(settings: Settings, url: str | None = None) -> AsyncEngine:
    """An engine for the application role.

    Prepared statements are off so that a transaction-pooling proxy can stand in between.
    """
    timeout = settings.statement_timeout_seconds * 1000
    return create_async_engine(
        sqlalchemy_url(url or settings.database_url.get_secret_value()),
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,  # what people store does not belong in logs
        connect_args={
            "prepare_threshold": None,
            "options": f"-c statement_timeout={timeout} -c timezone=UTC "
            "-c search_path=app,jobs,public",
        },
    )
