"""A real store of items, a folder for everything else, and what an erasure works on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.local.dynamodb import EmbeddedDynamoDB
from hub.local.postgres import Urls
from hub.privacy import Means
from hub.settings import Settings
from hub.storage.dynamodb import Store, open_store
from hub.storage.objects import FolderObjects
from hub.storage.sealing import open_sealer
from tests.hubs import free_port


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedDynamoDB]:
    home: Path = tmp_path_factory.mktemp("dynamodb")
    with EmbeddedDynamoDB(home, free_port()) as embedded, pytest.MonkeyPatch.context() as patch:
        for name, value in embedded.credentials.environment.items():
            patch.setitem(os.environ, name, value)
        yield embedded


@pytest.fixture(scope="module")
def settings(
    embedded: EmbeddedDynamoDB, urls: Urls, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        home=tmp_path_factory.mktemp("privacy"),
        database_url=urls.app,
        dynamodb_endpoint=embedded.endpoint,
        dynamodb_prefix="privacy-",
    )


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    opened.ensure_tables()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def objects(settings: Settings) -> FolderObjects:
    return FolderObjects(settings.home / "objects")


@pytest.fixture(scope="module")
def means(engine: AsyncEngine, store: Store, objects: FolderObjects, settings: Settings) -> Means:
    return Means(engine, store, objects, open_sealer(settings), settings)
