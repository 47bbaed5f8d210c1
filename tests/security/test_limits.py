"""Limits of the service as it runs: requests, addresses, bodies, methods, and what is logged."""

import json
import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlparse

import httpx
import pytest

from tests.hubs import LiveApi, running_api

LIMITS = {
    "read": "40/600",
    "write": "30/600",
    "failed": "10/600",
    "anonymous": "50/600",
    "sensitive": "20/600",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """A service of its own with small limits."""
    with running_api(tmp_path_factory.mktemp("limits"), AGRIGEN_LIMITS=json.dumps(LIMITS)) as api:
        yield api


def lines(api: LiveApi, since: int = 0) -> list[dict[str, object]]:
    """What the service logged: every line is one JSON object, whatever was sent to it."""
    text = (api.home / "hub.log").read_text()[since:]
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def position(api: LiveApi) -> int:
    return len((api.home / "hub.log").read_text())


def talk(api: LiveApi, *pieces: bytes, seconds: float = 5.0) -> bytes:
    """Send bytes as they are and read until the service closes or falls silent."""
    address = urlparse(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as line:
        for piece in pieces:
            line.sendall(piece)
        answer = b""
        try:
            while more := line.recv(65536):
                answer += more
        except (TimeoutError, ConnectionResetError):
            pass
    return answer


# --- how many


def test_a_person_is_told_what_is_left_and_refused_when_nothing_is(small: LiveApi) -> None:
    """E12: header fields on every answer; 429 as a problem with Retry-After."""
    farmer = small.client("farmer")
    answers = [farmer.get("/farms") for _ in range(45)]
    first, last = answers[0], answers[-1]
    assert first.headers["ratelimit-policy"].startswith('"read";q=40;w=600')
    assert re.match(r'"read";r=39;t=\d+', first.headers["ratelimit"])
    assert [one.status_code for one in answers[:40]] == [200] * 40
    assert last.status_code == 429
    assert last.json()["code"] == "requests.too_many"
    told = re.match(r'"read";r=0;t=(\d+)', last.headers["ratelimit"])
    assert told
    assert int(last.headers["retry-after"]) == int(told[1]) == last.json()["retry_after"]


def test_one_person_at_the_limit_does_not_stop_another(small: LiveApi) -> None:
    while small.client("adviser").get("/farms").status_code == 200:
        pass
    assert small.client("researcher").get("/farms").status_code == 200


def test_wrong_tokens_are_few_and_right_ones_pass_all_the_same(small: LiveApi) -> None:
    """A7 for tokens: an address that guesses waits; who was right lately goes on."""
    rightful = small.client("steward")
    assert rightful.get("/me").status_code == 200
    wrong = [
        httpx.get(f"{small.url}/api/v1/me", headers={"Authorization": f"Bearer wrong{n}"})
        for n in range(30)
    ]
    statuses = [one.status_code for one in wrong]
    assert statuses.count(401) <= 12
    assert statuses[-1] == 429
    assert "retry-after" in wrong[-1].headers
    assert rightful.get("/me").status_code == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-Ip", "X-Forwarded-User", "Forwarded", "X-Client-Ip"]
)
def test_made_up_addresses_make_no_new_count(small: LiveApi, header: str) -> None:
    """E7: through a proxy, which adds the true address at the end; and without one."""
    for n in range(70):
        made_up = {header: f"198.51.100.{n}"}
        true = "203.0.113.77" if header != "X-Forwarded-For" else f"198.51.100.{n}, 203.0.113.77"
        answer = httpx.get(
            f"{small.url}/api/v1/version", headers=made_up | {"X-Forwarded-For": true}
        )
        if answer.status_code == 429:
            return
    pytest.fail("nothing was refused")


def test_health_is_never_refused(small: LiveApi) -> None:
    answers = {httpx.get(f"{small.url}/livez").status_code for _ in range(100)}
    assert answers == {200}


# --- what


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "BREW", "HEAD", "DELETE"])
def test_methods_that_nothing_answers_are_405_and_say_which_are(
    live_api: LiveApi, method: str
) -> None:
    """E6."""
    answer = live_api.client("farmer").request(method, "/farms")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
    assert "Bearer" not in answer.text


def test_a_body_that_is_too_large_is_refused_without_being_kept(live_api: LiveApi) -> None:
    body = b"[" + b"0," * 2_000_000 + b"0]"
    answer = live_api.client("steward").post(
        "/farms", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "request.too_large"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_nested_deeply_is_refused_at_once(live_api: LiveApi, opening: bytes) -> None:
    started = time.monotonic()
    answer = live_api.client("steward").post(
        "/farms", content=opening * 100_000, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "deep" in answer.json()["detail"]
    assert time.monotonic() - started < 2


def test_more_query_parameters_than_anybody_needs_are_refused(live_api: LiveApi) -> None:
    farmer = live_api.client("farmer")
    many = "&".join(f"a{n}=1" for n in range(500))
    answer = farmer.get(f"/farms?{many}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "request.too_many_parameters"
    assert len(answer.content) < 2000


def test_a_parameter_given_twice_is_refused(live_api: LiveApi) -> None:
    answer = live_api.client("farmer").get("/animals?limit=1&limit=500")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "limit"


@pytest.mark.parametrize("limit", ["0", "-1", "100000", "1e3", "NaN"])
def test_pages_have_a_largest_size(live_api: LiveApi, limit: str) -> None:
    assert live_api.client("farmer").get(f"/animals?limit={limit}").status_code == 422


def test_headers_larger_than_any_browser_sends_close_the_connection(live_api: LiveApi) -> None:
    answer = talk(live_api, b"GET /services/api/livez HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 70_000)
    assert b" 200 " not in answer


# --- how


SMUGGLED = b"GET /services/api/api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST /services/api/livez HTTP/1.1\r\nHost: x\r\n"
SMUGGLING = {
    "both lengths": START + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, the other way": START
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": START + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
    "two lengths in one": START + b"Content-Length: 5, 0\r\n\r\nhello",
    "length with a sign": START + b"Content-Length: +5\r\n\r\nhello",
    "length with an underscore": START + b"Content-Length: 1_0\r\n\r\nhellohello",
    "length below zero": START + b"Content-Length: -1\r\n\r\n",
    "length in hexadecimal": START + b"Content-Length: 0x5\r\n\r\nhello",
    "chunk without a number": START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "chunk with a sign": START + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "chunk with a wrong end": START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
    "chunked in disguise": START + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": START + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked and identity": START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
    b"\r\n0\r\n\r\n",
    "chunked after a tab": START + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": START + b"Content-Length : 5\r\n\r\nhello",
    "two hosts": b"GET /services/api/livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no host": b"GET /services/api/livez HTTP/1.1\r\n\r\n",
    "a line folded": START + b"Content-Length: 5\r\n X-More: 1\r\n\r\nhello",
    "a zero in a header": START + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a header without a name": START + b": a\r\nContent-Length: 0\r\n\r\n",
    "no version": b"GET /services/api/livez\r\n\r\n",
    "a strange version": b"GET /services/api/livez HTTP/9.9\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_a_request_that_two_servers_could_read_differently_is_refused(
    live_api: LiveApi, name: str
) -> None:
    """E8: 400 and the connection closed, so what stands behind it is never a request."""
    answer = talk(live_api, SMUGGLING[name] + SMUGGLED, seconds=3)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert answer.startswith(b"HTTP/1.1 400"), answer


# --- what is written down


CANARY = "canary-4f1d9b7a"


def test_no_secret_of_any_header_or_parameter_is_logged(live_api: LiveApi) -> None:
    """H3, E11: a canary in every place a client can write to, for every kind of answer."""
    since = position(live_api)
    headers = {
        "Authorization": f"Bearer {CANARY}-bearer",
        "Cookie": f"service-api={CANARY}-cookie; _xsrf={CANARY}; jupyterhub-session-id={CANARY}",
        "Referer": f"https://example.org/?token={CANARY}-referer",
        "X-XSRFToken": f"{CANARY}-xsrf",
        "User-Agent": f"{CANARY}-agent",
        "X-Api-Key": f"{CANARY}-key",
        "Idempotency-Key": f"{CANARY}-again",
        "Origin": f"https://{CANARY}.example.org",
    }
    for path in ("me", "farms", "nothing", "calendar.ics", "openapi.json"):
        for query in ("", f"?token={CANARY}-token&secret={CANARY}&limit={CANARY}"):
            for method in ("GET", "POST", "TRACE"):
                httpx.request(
                    method,
                    f"{live_api.url}/api/v1/{path}{query}",
                    headers=headers,
                    content=json.dumps({"password": f"{CANARY}-body"})
                    if method == "POST"
                    else None,
                )
    assert CANARY not in (live_api.home / "hub.log").read_text()[since:]


@pytest.mark.parametrize(
    ("person", "method", "path", "status"),
    [
        (None, "GET", "/farms", 401),
        ("student", "GET", "/audit", 403),
        ("farmer", "GET", "/audit/verification", 403),
        ("nobody", "GET", "/farms", 403),
    ],
)
def test_every_refusal_is_one_line_that_says_who_what_when_and_where(
    live_api: LiveApi, person: str | None, method: str, path: str, status: int
) -> None:
    """H1, H2."""
    client, since = live_api.client(person), position(live_api)
    answer = client.request(method, path)
    assert answer.status_code == status
    mine = [one for one in lines(live_api, since)
            if one.get("request_id") == answer.headers["x-request-id"]]  # fmt: skip
    denied = [one for one in mine if one["msg"] == "access denied"]
    assert len(denied) == 1
    entry = denied[0]
    assert (entry["method"], entry["status"]) == (method, status)
    assert str(entry["path"]).endswith(path)
    assert entry["address"] == "127.0.0.1"
    assert entry["code"] == answer.json()["code"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", str(entry["ts"]))
    if person not in (None, "nobody"):
        assert entry["actor"]


@pytest.mark.parametrize(
    "text", ["a%0d%0aFAKE%20line", "a%1b%5b31mred", 'a"%7d%7b"fake":1', "a%00b", "a%e2%80%aeb"]
)
def test_nothing_that_is_sent_can_begin_a_line_of_the_log(live_api: LiveApi, text: str) -> None:
    """H4: CR, LF, ANSI, quotes, NUL and right-to-left marks stay inside one JSON text."""
    since = position(live_api)
    live_api.client("farmer").get(f"/{text}", headers={"X-Request-Id": "not ok"})
    written = (live_api.home / "hub.log").read_text()[since:]
    assert "FAKE line\n" not in written
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert not any(line.startswith("FAKE") for line in written.splitlines())
    for line in written.splitlines():
        assert "fake" not in (json.loads(line) if line.startswith("{") else {})


def test_the_log_of_a_long_address_is_short(live_api: LiveApi) -> None:
    """H3: nobody fills the disk with lines of 30 KB."""
    since = position(live_api)
    live_api.client("farmer").get("/" + "x" * 20_000)
    assert max(map(len, (live_api.home / "hub.log").read_text()[since:].splitlines())) < 6000
