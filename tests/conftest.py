"""Fixtures for every test: where published reference results are."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
pytest_plugins = ["tests.database", "tests.hubs", "tests.browsing", "tests.workers"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of published worked examples and peers' results, kept beside the checkout."""
    named = os.environ.get("AGRIGEN_REFERENCE")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip(f"no reference results at {folder}; set AGRIGEN_REFERENCE to their folder")
    return folder
