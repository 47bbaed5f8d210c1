"""Fixtures of end-to-end tests: a whole hub with demonstration data, and Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import demonstration
from tests.running import RunningHub, running_hub

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000
"""How long a page may take on a busy machine; what is there already is not waited for."""
expect.set_options(timeout=PATIENCE_MS)
ARTIFACTS = Path(__file__).resolve().parent / "artifacts"


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that was started once, as `make run` does, and stopped."""
    home = tmp_path_factory.mktemp("hub")
    demonstration.make(home)
    return home


@pytest.fixture(scope="session")
def demonstrated(first_start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first start left, to be copied by tests that need a hub of their own."""
    return demonstration.copy(first_start, tmp_path_factory.mktemp("demonstrated"))


@pytest.fixture(scope="session")
def hub(first_start: Path, demonstrated: Path) -> Iterator[RunningHub]:
    """One hub for all end-to-end tests."""
    with running_hub(first_start) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: while it is open no other event loop can run in this thread."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


Visitor = Callable[[str], Page]


@pytest.fixture
def visit(hub: RunningHub, chromium: Browser) -> Iterator[Visitor]:
    """`visit("fiona")`: a page of a fresh browser in which this person has signed in."""
    contexts: list[BrowserContext] = []

    def sign_in(username: str) -> Page:
        context = chromium.new_context(base_url=hub.url, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        page.locator("#username_input").fill(username)
        page.locator("#password_input").fill(hub.passwords()[username])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/hub/home")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what a person saw, for people to look at after the run; `whole`: by scrolling, too."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=whole)
