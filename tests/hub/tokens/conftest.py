"""Stores of tokens: a real PostgreSQL, a real DynamoDB-compatible store, a sealing key."""

from collections.abc import Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.settings import Settings
from hub.storage.dynamodb import Store
from hub.storage.sealing import Sealer
from hub.tokens import Stores
from tests.stores import running_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("dynamodb"), "tokens-") as opened:
        yield opened


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer((bytes(range(32)),))


@pytest.fixture(scope="module")
def stores(engine: AsyncEngine, store: Store, sealer: Sealer) -> Stores:
    return Stores(engine, store, sealer, Settings())
