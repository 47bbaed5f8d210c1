"""Handshakes between programs of the hub: websockets, and codes with which services sign in."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.inside import inside
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

HERD = "/services/dashboards/herd"


@pytest.fixture(scope="module")
def ritas(hub: RunningHub) -> Iterator[httpx.Client]:
    with closing(hub.browser("rita")) as browser:
        yield browser


def opened(
    browser: httpx.Client, address: str, origin: str, protocols: str = "", **query: str
) -> int:
    """The status of an attempt to open a websocket from a page of this origin; 101 is open."""
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin,
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": base64.b64encode(b"0" * 16).decode(),
        **({"Sec-WebSocket-Protocol": protocols} if protocols else {}),
    }  # fmt: skip
    with browser.stream(
        "GET", address, headers=headers, params=query, follow_redirects=False
    ) as answer:
        return answer.status_code


def test_a_dashboard_talks_to_its_own_page_and_to_nobody_else(
    hub: RunningHub, ritas: httpx.Client
) -> None:
    """E4: the page of another site has the cookies too, and nobody has none."""
    page = ritas.get(HERD)
    found = re.search(r'"token"\s*:\s*"([^"]+)"', page.text)
    assert found, page.text[:500]
    protocols = f"bokeh, {found[1]}"
    socket = f"{HERD}/ws"
    assert opened(ritas, socket, "https://evil.example", protocols) == 403
    with httpx.Client(base_url=hub.url) as nobody:
        assert opened(nobody, socket, hub.url, protocols) in (302, 401, 403)
    assert opened(ritas, socket, hub.url, protocols) == 101


def test_a_kernel_talks_to_its_owners_page_and_to_nobody_else(
    hub: RunningHub, ritas: httpx.Client
) -> None:
    """E4: the same for the servers of people."""
    with inside(hub, "rita") as server:
        path = urlsplit(f"{server.url}api/kernels/{server.kernel}/channels").path
        ritas.get(f"{server.url}lab")
        own = {"_xsrf": _cookie(ritas, "/user/rita/")}
        assert opened(ritas, path, "https://evil.example", **own) == 403
        with closing(hub.browser("fiona")) as other, httpx.Client(base_url=hub.url) as nobody:
            assert opened(other, path, hub.url) in (302, 403)
            assert opened(nobody, path, hub.url) in (302, 403)
        assert opened(ritas, path, hub.url, **own) == 101


def _cookie(browser: httpx.Client, path: str) -> str:
    values = [one.value for one in browser.cookies.jar if (one.name, one.path) == ("_xsrf", path)]
    return str(values[-1]) if values else ""


CALLBACK = "/services/api/oauth_callback"


def asked(browser: httpx.Client, **changed: str) -> httpx.Response:
    """Ask for a code as the API's page does, with something changed."""
    challenge = hashlib.sha256(secrets.token_bytes(32)).digest()
    query = {
        "client_id": "service-api", "redirect_uri": CALLBACK, "response_type": "code",
        "state": "of-this-test", "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
    }  # fmt: skip
    wanted = {name: value for name, value in (query | changed).items() if value}
    return browser.get("/hub/api/oauth2/authorize", params=wanted, follow_redirects=False)


def test_a_code_is_given_to_known_addresses_that_can_prove_who_asked(ritas: httpx.Client) -> None:
    """K4: exact addresses, PKCE for everybody; without them nobody gets a code."""
    given = asked(ritas)
    to = urlsplit(given.headers.get("location", ""))
    assert given.status_code == 302 and to.path == CALLBACK, given.text[:300]
    assert parse_qs(to.query)["code"]
    for changed in (
        {"code_challenge": ""},
        {"redirect_uri": "https://evil.example/take"},
        {"redirect_uri": f"{CALLBACK}/../../evil"},
        {"redirect_uri": f"{CALLBACK}.evil.example"},
        {"client_id": "service-nobody"},
        {"response_type": "token"},
    ):
        refused = asked(ritas, **changed)
        assert "code=" not in refused.headers.get("location", ""), changed
        assert "evil" not in urlsplit(refused.headers.get("location", "")).netloc, changed
        assert refused.status_code in (302, 400, 403, 404), changed
