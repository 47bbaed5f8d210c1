"""Two browsers of one person: one signs the other out, and killed processes forget neither."""

import time
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
API = "/services/api/api/v1"
SECONDS_TO_CLOSE = 10


def in_api(page: Page) -> dict[str, str]:
    """Sign this browser in to the API service, and give the header that its requests need."""
    page.goto("/services/api/docs")
    cookies = page.context.cookies()
    [xsrf] = [
        one["value"] for one in cookies
        if one["name"] == "_xsrf" and one["path"] == "/services/api/"
    ]  # fmt: skip
    return {"X-XSRFToken": str(xsrf)}


def current(page: Page, header: dict[str, str]) -> str:
    listed = page.request.get(f"{API}/me/sessions", headers=header).json()["items"]
    [found] = [one["id"] for one in listed if one["current"]]
    return str(found)


def test_one_browser_signs_the_other_out_and_its_open_dashboard_closes(visit: Visitor) -> None:
    """G9: the next request, and an open websocket within ten seconds."""
    mine, lost = visit("fiona"), visit("fiona")
    header, theirs = in_api(mine), current(lost, in_api(lost))
    closed: list[float] = []
    lost.on("websocket", lambda opened: opened.on("close", lambda _: closed.append(time.time())))
    lost.goto("/services/dashboards/herd")
    expect(lost.get_by_role("heading", name="Animals").first).to_be_visible(timeout=60_000)
    assert not closed
    began = time.time()
    assert mine.request.delete(f"{API}/me/sessions/{theirs}", headers=header).status == 204
    assert lost.request.get(f"{API}/me").status == 401
    while not closed and time.time() - began < SECONDS_TO_CLOSE:
        lost.wait_for_timeout(200)
    assert closed and closed[0] - began < SECONDS_TO_CLOSE
    for address in ("/hub/home", "/services/dashboards/herd", "/services/api/docs"):
        lost.goto(address)
        assert urlsplit(lost.url).path == "/hub/login", address
    mine.goto("/hub/home")
    assert urlsplit(mine.url).path == "/hub/home"


def test_who_is_signed_in_survives_the_death_of_every_process(hub: RunningHub) -> None:
    """B5, G13: still signed in where one was, still out where one was ended."""
    with closing(hub.browser("marc")) as mine, closing(hub.browser("marc")) as lost:
        headers = {"X-XSRFToken": enter(mine)}
        enter(lost)
        [theirs] = [
            one["id"] for one in lost.get(f"{API}/me/sessions").json()["items"] if one["current"]
        ]
        assert mine.delete(f"{API}/me/sessions/{theirs}", headers=headers).status_code == 204
        for words in (("store.mjs",), ("extensions", "serve"), ("hub.jupyterhub",)):
            found_in(hub, *words).kill()
        postgres(hub).kill()
        assert patient(mine, f"{API}/me") == 200
        assert patient(lost, f"{API}/me") == 401
        assert urlsplit(str(mine.get("/hub/home").url)).path == "/hub/home"
        assert urlsplit(str(lost.get("/hub/home").url)).path == "/hub/login"


def enter(session: httpx.Client) -> str:
    assert session.get("/services/api/docs").status_code == 200
    cookies = [c.value for c in session.cookies.jar if (c.name, c.path) == XSRF]
    return str(cookies[-1])


XSRF = ("_xsrf", "/services/api/")


def found_in(hub: RunningHub, *words: str) -> psutil.Process:
    """A process under the hub in whose command line each word stands somewhere."""
    for process in psutil.Process(hub.process.pid).children(recursive=True):
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if all(word in line for word in words):
            return process
    raise AssertionError(f"no process {words}")


def postgres(hub: RunningHub) -> psutil.Process:
    children = psutil.Process(hub.process.pid).children(recursive=True)
    return next(one for one in children if one.name() == "postgres")


def patient(session: httpx.Client, path: str) -> int:
    """The answer when the hub is back."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            answer = session.get(path, follow_redirects=False)
        except httpx.TransportError:
            time.sleep(0.5)
            continue
        if answer.status_code < 500 and answer.status_code != 404:
            return answer.status_code
        time.sleep(0.5)
    raise AssertionError("the hub did not come back")
