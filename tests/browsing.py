"""Fixtures of end-to-end tests: a whole hub with demonstration data, and Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
ARTIFACTS = Path(__file__).resolve().parent / "artifacts"


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One hub for all end-to-end tests, started as `make run` does, with the demonstration."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
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
        context.set_default_timeout(60_000)
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


def picture(page: Page, name: str) -> None:
    """Keep what a person saw, for people to look at after the run."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
