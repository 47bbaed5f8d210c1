"""A real store of profiles."""

from collections.abc import Iterator

import pytest

from hub.storage.dynamodb import Store
from tests.stores import running_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("dynamodb"), "profiles-") as opened:
        yield opened
