"""The server: who is let in, what leaves it, and that its pages can be built."""

import asyncio
import time
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from bokeh.server.auth_provider import NullAuth
from bokeh.server.util import check_allowlist

from dashboards.downloads import AT_ONCE, Made
from dashboards.serve import FILES, Address, make_server, shared_connections
from dashboards.sign_in import Viewer, own_page, viewer_of
from dashboards.theme import inline, number, seconds, signed

TOKEN = "viewers-own-token"
FARMER = frozenset({"animals:read", "jobs:read"})


class SignedIn(NullAuth):
    """Everybody is this viewer: stands for JupyterHub, which e2e tests use for real."""

    def __init__(self, permissions: frozenset[str]) -> None:
        super().__init__()
        self.permissions = permissions

    @property
    def get_user(self) -> None:
        return None

    @property
    def get_user_async(self) -> Any:
        async def identify(handler: Any) -> dict[str, str]:
            handler.request.viewer = Viewer("fiona", self.permissions, TOKEN)
            return {"name": "fiona"}

        return identify

    @property
    def login_url(self) -> str:
        return "/login"


def address(port: int = 0, public: str = "http://127.0.0.1:8000") -> Address:
    return Address("127.0.0.1", port, "/services/dashboards", "http://127.0.0.1:9", public)


@pytest.fixture(params=[FARMER], ids=["farmer"])
async def pages(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    server = make_server(address(), SignedIn(request.param))
    server.start()
    base = f"http://127.0.0.1:{server.port}/services/dashboards"
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        yield client
    server.stop()
    server.unlisten()
    await asyncio.sleep(0)


class CookieHub(BaseHTTPRequestHandler):
    """A hub that gives out a cookie and says which cookies it got."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Set-Cookie", "session=of-fiona; Path=/")
        self.end_headers()
        self.wfile.write(self.headers.get("Cookie", "none").encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_no_cookie_goes_from_one_viewer_to_the_next():
    hub = HTTPServer(("127.0.0.1", 0), CookieHub)
    Thread(target=hub.serve_forever, daemon=True).start()
    try:
        with shared_connections() as pool:
            answers = [pool.get(f"http://127.0.0.1:{hub.server_port}/").text for _ in range(2)]
    finally:
        hub.shutdown()
        hub.server_close()
    assert answers == ["none", "none"]


async def test_health_needs_no_sign_in(pages):
    answer = await pages.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_the_first_address_leads_to_the_herd(pages):
    answer = await pages.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/services/dashboards/herd"


@pytest.mark.parametrize(
    "path", ["/herd", "/animal", "/runs", "/genotypes", "/genotype-set", "/associations",
             "/association", "/season"]
)  # fmt: skip
async def test_pages_are_built_without_the_token_and_without_strangers(pages, path):
    answer = await pages.get(path)
    assert answer.status_code == 200
    assert "fiona" in answer.text
    assert TOKEN not in answer.text
    for stranger in ("googleapis", "cdn.", "unpkg", "jsdelivr"):
        assert stranger not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


async def test_a_farmer_is_not_shown_the_runs_of_the_hub(pages):
    answer = await pages.get("/runs")
    assert "for researchers, stewards and administrators" in answer.text
    assert "/services/dashboards/runs" not in (await pages.get("/herd")).text


async def test_pages_of_genotypes_are_offered_to_those_who_may_read_them(pages):
    herd = (await pages.get("/herd")).text
    assert "/services/dashboards/genotypes" not in herd
    assert "does not include genotypes" in (await pages.get("/genotypes")).text
    assert "does not include genome-wide" in (await pages.get("/associations")).text


async def test_the_season_is_offered_to_those_who_may_see_events(pages):
    assert "/services/dashboards/season" not in (await pages.get("/herd")).text
    assert "does not include events" in (await pages.get("/season")).text


@pytest.mark.parametrize("pages", [FARMER | {"genotypes:read", "associations:read"}], indirect=True)
async def test_who_may_read_genotypes_finds_their_pages(pages):
    herd = (await pages.get("/herd")).text
    assert "/services/dashboards/genotypes" in herd
    assert "/services/dashboards/associations" in herd
    assert "Drag" not in (await pages.get("/genotypes")).text


ABOUT_DATA = FARMER | {"datasets:read", "datasets:write", "exports:run", "imports:write"}


@pytest.mark.parametrize("pages", [ABOUT_DATA], indirect=True)
@pytest.mark.parametrize("path", ["/datasets", "/dataset", "/exports"])
async def test_pages_about_data_are_built_for_those_who_may(pages, path):
    answer = await pages.get(path)
    assert answer.status_code == 200
    assert "/services/dashboards/datasets" in answer.text
    assert "Not for this account" not in answer.text


async def test_a_file_that_does_not_exist_is_refused_in_words(pages):
    answer = await pages.get("/files/everything.zip?id=1")
    assert answer.status_code == 404
    assert "There is no such file" in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_files_are_made_a_few_at_a_time_and_never_cached(pages, monkeypatch):
    working, most = [], []

    def slow(hub: Any, id: str) -> Made:
        working.append(id)
        most.append(len(working))
        time.sleep(0.05)
        working.remove(id)
        return Made("a.csv", "text/csv; charset=utf-8", b"x")

    monkeypatch.setitem(FILES, "samples.csv", slow)
    answers = await asyncio.gather(
        *(pages.get(f"/files/samples.csv?id={number}") for number in range(8))
    )
    assert max(most) == AT_ONCE
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["cache-control"] == "no-store"
    assert answers[0].headers["x-content-type-options"] == "nosniff"
    assert answers[0].headers["content-disposition"] == 'attachment; filename="a.csv"'


@pytest.mark.parametrize("pages", [frozenset()], indirect=True)
async def test_an_account_without_animals_is_told_so(pages):
    assert "does not include animals" in (await pages.get("/herd")).text


def test_a_viewer_has_the_permissions_of_their_scopes():
    scopes = ["custom:agrigen:animals:read", "access:services!service=api", "read:users!user=f"]
    viewer = viewer_of({"name": "fiona", "scopes": scopes}, TOKEN)
    assert viewer.permissions == {"animals:read"}
    assert TOKEN not in repr(viewer)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "", "/services/dashboards/\\evil", "/hub/home"],
)
def test_sign_in_leads_back_to_our_own_pages_only(wanted):
    assert own_page(wanted, "/services/dashboards/") == "/services/dashboards/"
    assert own_page("/services/dashboards/herd?farm=1", "/services/dashboards/").endswith("farm=1")


@pytest.mark.parametrize(
    ("public", "origin"),
    [
        ("http://127.0.0.1:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://hub.example.org", "hub.example.org"),
    ],
)
def test_our_own_pages_may_open_the_websocket(public, origin):
    allowed = address(public=public).origins
    assert check_allowlist(origin, allowed)
    assert not check_allowlist("evil.example", allowed)


def test_started_by_hand_it_says_what_to_use():
    with pytest.raises(SystemExit, match="make run"):
        Address.from_environment({})


def test_the_address_comes_from_what_the_hub_sets():
    told = {
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8004",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/dashboards/",
        "JUPYTERHUB_PUBLIC_URL": "https://hub.example.org/services/dashboards/",
        "AGRIGEN_URL": "http://127.0.0.1:8000",
    }
    found = Address.from_environment(told)
    assert (found.host, found.port, found.prefix) == ("127.0.0.1", 8004, "/services/dashboards")
    assert found.hub_url == "http://127.0.0.1:8000"
    assert found.origins == ["hub.example.org:80"]


def test_numbers_are_written_for_people():
    assert (signed(-0.001), signed(1234.5), signed(None)) == ("0.00", "+1,234.50", "–")
    assert (number(float("nan")), number(1234.5, 1)) == ("–", "1,234.5")
    assert (seconds(3.21), seconds(75), seconds(600)) == ("3.2 s", "75 s", "10 min")
    assert (inline("Weaning weight"), inline("NIR value")) == ("weaning weight", "NIR value")
