"""Fixtures for every test: where published reference results are."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
# Fixtures that start whole servers: their tests go to one process, so that each starts once.
SERVERS = ("hub", "live_api")
pytest_plugins = ["tests.database", "tests.hubs", "tests.browsing", "tests.workers"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of published worked examples and peers' results, kept beside the checkout."""
    named = os.environ.get("AGRIGEN_REFERENCE")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip(f"no reference results at {folder}; set AGRIGEN_REFERENCE to their folder")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes (`-n`), a file's tests stay together, and a server's tests too."""
    homes: dict[Path, str] = {}
    for item in items:
        used = [name for name in SERVERS if name in getattr(item, "fixturenames", ())]
        if used or item.path not in homes:
            homes[item.path] = used[0] if used else str(item.path.relative_to(CHECKOUT))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(homes[item.path]))
    items.sort(key=lambda item: homes[item.path] not in SERVERS)
