"""Files of any size handed in through the page in Chromium, with breaks on the way."""

import os
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browsing import Visitor, picture

pytestmark = pytest.mark.e2e

# The way of one part breaks; interception by Playwright would carry 16 MiB through itself.
BREAKING = """
const { open, send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url) {
  this.part = Number(url.split("/").pop());
  return open.call(this, method, url);
};
XMLHttpRequest.prototype.send = function (content) {
  return this.part === window.broken ? setTimeout(this.onerror) : send.call(this, content);
};
"""
ROWS = b"animal,date,weight\n" + b"HILL-1,2026-03-01,31.5\n" * 1_900_000


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A table of 43 MB: three parts."""
    path = tmp_path / "weights.csv"
    path.write_bytes(ROWS)
    return path


def opened(visit: Visitor) -> tuple[Page, Counter[str]]:
    """The page, and how often each part was sent."""
    page = visit("fiona")
    parts: Counter[str] = Counter()

    def note(request: Request) -> None:
        if request.method == "PUT":
            parts[request.url.rpartition("/")[2]] += 1

    page.on("requestfinished", note)
    page.add_init_script(BREAKING)
    page.goto("/services/api/hand-in/")
    return page, parts


def paused_at_the_break(page: Page, parts: Counter[str]) -> None:
    """The first two parts are there, the third waits for its next attempt, and one says: later."""
    expect(page.get_by_text("Nothing that was sent is lost")).to_be_visible()
    while parts.total() < 2:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("33.6 MB of 43.7 MB, paused")).to_be_visible()


def test_a_large_file_goes_in_although_the_connection_breaks(visit: Visitor, weights: Path) -> None:
    page, _ = opened(visit)
    page.evaluate("broken = 2")
    page.get_by_label("Choose files").set_input_files(weights)
    expect(page.get_by_text("Nothing that was sent is lost")).to_be_visible()
    page.evaluate("broken = 0")
    expect(page.get_by_text("43.7 MB, there.")).to_be_visible()
    expect(page.get_by_role("link", name="Look at it and import")).to_be_visible()
    picture(page, "hand-in")


def test_what_was_sent_before_a_break_is_not_sent_again(visit: Visitor, weights: Path) -> None:
    page, parts = opened(visit)
    page.evaluate("broken = 3")
    page.get_by_label("Choose files").set_input_files(weights)
    paused_at_the_break(page, parts)
    page.reload()
    expect(page.get_by_text("66 % of 43.7 MB are there")).to_be_visible()
    page.get_by_label("Choose files").set_input_files(weights)
    expect(page.get_by_text("43.7 MB, there.")).to_be_visible()
    assert parts == {"1": 1, "2": 1, "3": 1}


def test_a_file_that_changed_since_is_not_mixed_with_its_past(
    visit: Visitor, weights: Path
) -> None:
    page, parts = opened(visit)
    page.evaluate("broken = 3")
    page.get_by_label("Choose files").set_input_files(weights)
    paused_at_the_break(page, parts)
    page.reload()
    os.utime(weights, (1, 1))
    page.get_by_label("Choose files").set_input_files(weights)
    expect(page.get_by_text("43.7 MB, there.")).to_be_visible()
    assert parts == {"1": 2, "2": 2, "3": 1}
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Choose the same file again")).to_have_count(0)


def test_what_the_hub_will_not_take_is_said_beside_the_file(visit: Visitor, tmp_path: Path) -> None:
    page, _ = opened(visit)
    script = tmp_path / "weights.csv"
    script.write_bytes(b"\x80\x04\x95" + b"cposix\nsystem\n" + bytes(100))
    page.get_by_label("Choose files").set_input_files(script)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#list .wrong")).not_to_be_empty()
    picture(page, "hand-in-refused")
