"""A real store on a port of its own, with tables; and conversations in it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.local.dynamodb import EmbeddedDynamoDB
from hub.settings import Settings
from hub.storage.dynamodb import Store, open_store


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDynamoDB]:
    """The store that `make run` starts, in a folder that goes away."""
    home: Path = tmp_path_factory.mktemp("dynamodb")
    with EmbeddedDynamoDB(home, free_port()) as store:
        os.environ.update(store.credentials.environment)
        yield store


@pytest.fixture(scope="session")
def store(embedded: EmbeddedDynamoDB) -> Iterator[Store]:
    settings = Settings(dynamodb_endpoint=embedded.endpoint, dynamodb_prefix="test-")
    opened = open_store(settings)
    opened.ensure_tables()
    yield opened
    opened.close()


@pytest.fixture
def owner() -> str:
    return str(uuid4())
