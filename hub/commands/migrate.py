"""`python -m hub migrate`: bring the schema and the tables to this version."""

import argparse
from typing import Any

from hub.commands.stores import with_database
from hub.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("migrate", help="bring the stores to this version")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Migrate PostgreSQL as the owner of the schema, then make missing DynamoDB tables."""
    from hub.storage import schema

    settings = with_database(Settings())
    application = settings.database_url.get_secret_value()
    schema.migrate(settings.migration_url.get_secret_value() or application, application)
    if settings.dynamodb_endpoint:
        _make_tables(settings)
    return 0


def _make_tables(settings: Settings) -> None:
    from hub.storage.dynamodb import open_store

    store = open_store(settings)
    try:
        store.ensure_tables()
    finally:
        store.close()
