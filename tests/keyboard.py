"""Pages of accounts as people use them without a mouse, and what axe finds wrong with them.

Passkeys want a name in the address, so these hubs are opened at `localhost`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.jupyterhub.services import STORE
from hub.local import web
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.sessions import repository
from hub.sessions.keeper import SECONDS_KEPT
from hub.settings import Settings
from hub.storage.dynamodb import open_store
from tests.running import RunningHub

ACCOUNT = "/services/api/account"
AXE = web.SOURCE / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
FOCUSED = """() => {
  const here = document.activeElement;
  const label = here.getAttribute("aria-label") || (here.labels?.[0] ?? here).innerText || "";
  return label.trim();
}"""


@contextmanager
def fresh_page(
    chromium: Browser, hub: RunningHub, width: int = 1280, *, host: str = "localhost"
) -> Iterator[Page]:
    """A browser of its own, in which nobody signed in."""
    context = chromium.new_context(
        base_url=f"http://{host}:{hub.port}", viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(60_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        yield context.new_page()
    finally:
        context.close()


def looks(page: Page) -> Iterator[str]:
    """The page as it is opened on a phone and on a desk, light and dark: the name of each."""
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.reload()
            yield f"{width}-{scheme}"


def go_to(page: Page, name: str, most: int = 250) -> None:
    """Press Tab until the field, button or link of this name has the focus."""
    for _ in range(most):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches {name!r}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    go_to(page, name)
    page.keyboard.press(key)


def write(page: Page, name: str, text: str) -> None:
    """Put a text into a field, in the place of what stands there."""
    go_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def sign_in(page: Page, username: str, password: str, to: str) -> None:
    """By way of the sign-in page to an address."""
    page.goto(f"/hub/login?next={to}")
    write(page, "User name", username)
    write(page, "Password", password)
    page.keyboard.press("Enter")
    arrived(page, to)


def arrived(page: Page, path: str) -> None:
    """Wait until the page is at this path, not at one that leads there."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def confirm(page: Page, password: str) -> None:
    """Say who one is once more, on the page that asks for it."""
    arrived(page, "/hub/step-up")
    write(page, "Your password", password)
    page.keyboard.press("Enter")


def said(page: Page, text: str) -> None:
    """The page says this where screen readers read it out."""
    expect(page.locator("#said")).to_contain_text(text)


def make_old(hub: RunningHub, username: str) -> None:
    """As if everybody who signed in under this name had done so an hour ago."""
    kept = EmbeddedDynamoDB(hub.home, hub.port + STORE)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in kept.credentials.environment.items():
            patch.setenv(name, value)
        store = open_store(Settings(dynamodb_endpoint=kept.endpoint))
        now = time.time()
        for one in repository.living(store, username, now):
            repository.prove(
                store, username, one.id, level=1, methods=["pwd"], at=now - 3600, now=now
            )
        store.close()
    time.sleep(SECONDS_KEPT)  # as long as a process believes what it read last


def violations(page: Page) -> list[str]:
    """What axe finds: rule, and where; contrast is among the rules."""
    page.evaluate(AXE.read_text())
    run = "(rules) => axe.run({ runOnly: { type: 'tag', values: rules } })"
    found = page.evaluate(run, RULES)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
