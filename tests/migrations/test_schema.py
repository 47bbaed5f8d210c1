"""The migrations make exactly the tables that the models describe."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from hub.local.postgres import Urls
from hub.migrations.models import metadata
from hub.storage.postgres import sqlalchemy_url
from hub.storage.schema import _config, is_current, migrate, role_in
from tests.database import Cluster


@pytest.fixture
def fresh(cluster: Cluster) -> Urls:
    return cluster.urls(cluster.empty())


def test_models_and_migrations_do_not_differ(urls: Urls) -> None:
    command.check(_config(urls.owner, role_in(urls.app)))


def test_the_check_would_find_a_missing_column(urls: Urls) -> None:
    engine = create_engine(sqlalchemy_url(urls.owner))
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE app.farm DROP COLUMN region")
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "app",
            },
        )
        differences = compare_metadata(context, metadata)
        connection.rollback()
    engine.dispose()
    assert [(one[0], one[2], one[3].name) for one in differences] == [
        ("add_column", "farm", "region")
    ]


def test_migrating_twice_changes_nothing(fresh: Urls) -> None:
    migrate(fresh.owner, fresh.app)
    before = _state(fresh)
    migrate(fresh.owner, fresh.app)
    assert is_current(fresh.app)
    assert _state(fresh) == before


def _state(urls: Urls) -> list[tuple[str, ...]]:
    engine = create_engine(sqlalchemy_url(urls.owner))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT n.nspname, c.relname, c.oid::text, c.xmin::text FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('app', 'jobs') ORDER BY 1, 2"
        )
        found = [tuple(row) for row in rows]
    engine.dispose()
    return found
