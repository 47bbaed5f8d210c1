"""The client's own tokens: fetched, renewed, kept for the next program, let in by a person."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agrigen.client import NotSignedIn, connect, tokens
from agrigen.client.transport import Transport

URL = "https://hub.example.org/services/api/api/v1"
ROOT = URL.removesuffix("/api/v1")


class FakeHub:
    """Refreshes as the hub does: every answer has the next refresh token."""

    def __init__(self) -> None:
        self.counter = 0
        self.asked: list[dict[str, str]] = []
        self.seen: list[str] = []
        self.over: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == f"{ROOT}/oauth/token":
            self.asked.append(dict(httpx.QueryParams(request.content.decode())))
            self.counter += 1
            return httpx.Response(200, json={
                "access_token": f"access{self.counter}", "refresh_token": f"agr_{self.counter}",
                "expires_in": 600,
            })  # fmt: skip
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        self.seen.append(bearer)
        if bearer in self.over:
            return httpx.Response(401, json={}, headers={"WWW-Authenticate": "Bearer"})
        return httpx.Response(200, json={"id": "1"})


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def http(hub: FakeHub) -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.MockTransport(hub)) as client:
        yield client


def test_a_refresh_token_is_exchanged_once_and_used_often(hub: FakeHub, http: httpx.Client) -> None:
    transport = Transport(URL, "agr_0", http=http)
    for _ in range(3):
        transport.get("/me")
    assert hub.seen == ["access1"] * 3
    assert [one["refresh_token"] for one in hub.asked] == ["agr_0"]


def test_an_access_token_that_is_over_is_renewed_and_the_request_repeated(
    hub: FakeHub, http: httpx.Client
) -> None:
    transport = Transport(URL, "agr_0", http=http)
    transport.get("/me")
    hub.over = {"access1"}
    assert transport.get("/me").id == "1"
    assert hub.seen == ["access1", "access1", "access2"]
    assert [one["refresh_token"] for one in hub.asked] == ["agr_0", "agr_1"]


def test_what_is_over_for_good_is_asked_for_once(hub: FakeHub, http: httpx.Client) -> None:
    transport = Transport(URL, "agr_0", http=http)
    hub.over = {f"access{n}" for n in range(9)}
    with pytest.raises(NotSignedIn):
        transport.get("/me")
    assert hub.counter == 2


def test_the_next_refresh_token_is_kept_and_only_its_owner_reads_it(
    hub: FakeHub, http: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "agrigen" / "sign-ins.json"
    tokens.keep(URL, "agr_0", file)
    tokens.keep("https://other.example.org", "agr_x", file)
    Transport(URL, "agr_0", http=http, kept=file).get("/me")
    assert tokens.read_kept(URL, file) == "agr_1"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    tokens.keep(URL, "", file)
    assert json.loads(file.read_text()) == {"https://other.example.org": "agr_x"}


def test_a_kept_sign_in_is_found_by_connect(
    hub: FakeHub, http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("AGRIGEN_TOKEN", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    tokens.keep(URL, "agr_7")
    assert connect("https://hub.example.org", http=http).me().id == "1"
    assert hub.asked[0]["refresh_token"] == "agr_7"


def answers(*prepared: tuple[int, dict[str, Any]]) -> Callable[[httpx.Request], httpx.Response]:
    left = list(prepared)

    def answer(_: httpx.Request) -> httpx.Response:
        status, body = left.pop(0)
        return httpx.Response(status, json=body)

    return answer


ASKED = {
    "device_code": "d", "user_code": "WDJB-MJHT", "interval": 5, "expires_in": 600,
    "verification_uri_complete": f"{ROOT}/account/security?user_code=WDJB-MJHT",
}  # fmt: skip


def test_a_program_waits_as_long_as_it_is_told_until_it_is_let_in() -> None:
    told: list[str] = []
    waited: list[float] = []
    hub = answers(
        (200, ASKED),
        (400, {"error": "authorization_pending"}),
        (400, {"error": "slow_down"}),
        (200, {"refresh_token": "agr_1"}),
    )
    with httpx.Client(transport=httpx.MockTransport(hub)) as http:
        found = tokens.sign_in(URL, http, ["a:b"], told.append, name="n", wait=waited.append)
    assert found == "agr_1" and waited == [5, 5, 10]
    assert "WDJB-MJHT" in told[0]


def test_a_refused_program_says_why() -> None:
    no = {"error": "access_denied", "error_description": "The person said no."}
    hub = answers((200, ASKED), (400, no))
    with (
        httpx.Client(transport=httpx.MockTransport(hub)) as http,
        pytest.raises(NotSignedIn, match="said no"),
    ):
        tokens.sign_in(URL, http, ["a:b"], lambda _: None, name="n", wait=lambda _: None)
