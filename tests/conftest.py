"""Fixtures for every test: where published reference results are."""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

CHECKOUT = Path(__file__).resolve().parents[1]
# Tests that share one running server go to one process, so that it starts once; the longest first.
SERVERS = {
    "tests/e2e/": "hub",
    "tests/agrigen/client/": "api",
    "tests/extensions/": "api",
    "tests/security/": "api",
}
pytest_plugins = ["tests.database", "tests.hubs", "tests.browsing", "tests.workers"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of published worked examples and peers' results, kept beside the checkout."""
    named = os.environ.get("AGRIGEN_REFERENCE")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip(f"no reference results at {folder}; set AGRIGEN_REFERENCE to their folder")
    return folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name content by its argument: packed bytes hold the time, and all processes must agree."""
    return argname if isinstance(val, bytes) else None


def home_of(path: str) -> str:
    """What runs in one process: all tests of a server, else those of a file."""
    return next((name for start, name in SERVERS.items() if path.startswith(start)), path)


class TogetherByServer(LoadFileScheduling):
    """Shares out tests among processes (`-n`)."""

    def _split_scope(self, nodeid: str) -> str:
        return home_of(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherByServer:
    config.option.loadscopereorder = False  # the order is that of `pytest_collection_modifyitems`
    return TogetherByServer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(dict.fromkeys(SERVERS.values()))}
    items.sort(key=lambda item: places.get(home_of(item.nodeid), len(places)))
