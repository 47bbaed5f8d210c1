"""A real key-value store of a test's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.local.dynamodb import EmbeddedDynamoDB
from hub.settings import Settings
from hub.storage.dynamodb import Store, open_store
from tests.hubs import free_port


@contextmanager
def running_store(home: Path, prefix: str) -> Iterator[Store]:
    """The embedded store with all tables, ended afterwards."""
    with EmbeddedDynamoDB(home, free_port()) as embedded, pytest.MonkeyPatch.context() as patch:
        for name, value in embedded.credentials.environment.items():
            patch.setitem(os.environ, name, value)
        store = open_store(Settings(dynamodb_endpoint=embedded.endpoint, dynamodb_prefix=prefix))
        store.ensure_tables()
        yield store
        store.close()
