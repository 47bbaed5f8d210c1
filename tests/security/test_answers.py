"""Every route of the API, whoever asks and whatever is answered: what the answer says about itself.

The routes come from the declarations, so a new one is asked as well.
"""

import re
import string

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.base.routing import Answer, Route
from extensions.points import all_routes
from tests.hubs import LiveApi

ROUTES = all_routes()
HOSTILE_NAMES = [
    *("a\r\nSet-Cookie: x=1", 'a"; filename="b.exe', "../../etc/passwd", "a\x00.csv"),
    *("\u202efdp.exe", "Ärger in Köln.csv", "绵羊.csv", "; rm -rf", "a%0d%0aX: y", "a" * 300),
]  # fmt: skip


def send(client: httpx.Client, api: LiveApi, route: Route) -> httpx.Response:
    path = f"{api.url}{route.prefix}{route.path.format_map(route.example.path)}"
    query = {name: str(value) for name, value in route.example.query.items()}
    return client.request(
        route.method, path, params=query, content=b"", headers={"Origin": "https://evil.example"}
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("person", [None, "farmer", "student"])
def test_every_answer_says_what_it_is_and_that_nobody_may_keep_or_frame_it(
    live_api: LiveApi, route: Route, person: str | None
) -> None:
    """E1, E2, E9, I6, E10."""
    answer = send(live_api.client(person), live_api, route)
    headers = answer.headers
    kind = headers.get("content-type", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("access-control")]
    assert kind or not answer.content
    assert not kind.startswith("text/") or "charset=utf-8" in kind
    assert "no-store" in headers["cache-control"] or "private" in headers["cache-control"]
    if kind and "json" not in kind:
        assert headers["content-security-policy"].endswith("sandbox")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "LOCK"])
def test_methods_that_no_route_has_are_refused(live_api: LiveApi, method: str) -> None:
    """E6."""
    client = live_api.client("farmer")
    assert client.request(method, "/farms").status_code in (400, 405, 501)


def test_a_method_that_a_route_lacks_is_answered_with_those_it_has(live_api: LiveApi) -> None:
    """E6."""
    answer = live_api.client("farmer").request("DELETE", "/version")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


SAFE = re.compile(rf"attachment; filename\*=utf-8''[{re.escape(string.ascii_letters)}0-9%._~/-]*")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_of_a_file_ends_its_header(name: str) -> None:
    """F4."""
    told = Answer(b"", "text/csv", filename=name).headers["Content-Disposition"]
    assert SAFE.fullmatch(told)


@given(st.text(min_size=1, max_size=80).filter(lambda name: name.isprintable()))
def test_every_name_of_a_file_comes_back_as_it_was(name: str) -> None:
    """F4."""
    from urllib.parse import unquote

    told = Answer(b"", "text/csv", filename=name).headers["Content-Disposition"]
    assert unquote(told.partition("''")[2]) == name
