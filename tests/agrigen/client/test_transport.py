"""What the client does when a hub is slow, away or not a hub: against a small real server."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from agrigen import client
from agrigen.client.address import find_api_url, find_token
from agrigen.client.transport import Transport

Answer = tuple[int, dict[str, str], bytes]
GOOD: Answer = (200, {"Content-Type": "application/json"}, b'{"id": "1"}')
BUSY: Answer = (503, {"Retry-After": "0"}, b"")


class Server:
    """Gives the prepared answers in order and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Any] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                server.asked.append((self.command, self.path, dict(self.headers), body))
                status, headers, content = server.answers.pop(0)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # noqa: N815 - names that http.server looks for

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/services/api/api/v1"


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    thread = Thread(target=one.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield one
    one.http.shutdown()
    one.http.server_close()
    thread.join()


@pytest.fixture
def transport(server: Server) -> Iterator[Transport]:
    one = Transport(server.url, "secret")
    yield one
    one.close()


def test_a_restarting_hub_is_asked_again(server, transport):
    server.answers = [BUSY, (502, {"Retry-After": "0"}, b""), GOOD]
    assert transport.get("/me").id == "1"
    assert len(server.asked) == 3


def test_every_attempt_of_a_write_carries_the_same_key(server, transport):
    server.answers = [BUSY, GOOD]
    transport.create("/farms", {"code": "X"})
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in server.asked]
    assert keys[0] == keys[1]
    assert [body for *_, body in server.asked] == [b'{"code":"X"}'] * 2


def test_two_writes_carry_different_keys(server, transport):
    server.answers = [GOOD, GOOD]
    transport.create("/farms")
    transport.create("/farms")
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in server.asked}) == 2


def test_a_refusal_is_not_tried_again(server, transport):
    problem = {
        "code": "records.before_birth",
        "detail": "The record is from before the birth.",
        "errors": [
            {"where": "recorded_on", "message": "2020-01-01", "remedy": "Give a later day."}
        ],
        "request_id": "r1",
    }
    headers = {"Content-Type": "application/problem+json"}
    server.answers = [(422, headers, json.dumps(problem).encode())]
    with pytest.raises(client.Invalid) as caught:
        transport.create("/records")
    assert len(server.asked) == 1
    assert (caught.value.code, caught.value.request_id) == ("records.before_birth", "r1")
    assert str(caught.value) == (
        "The record is from before the birth.\n- recorded_on: 2020-01-01 Give a later day."
    )


def test_a_hub_that_stays_away_is_unavailable(server, transport):
    server.answers = [BUSY] * 5
    with pytest.raises(client.Unavailable):
        transport.get("/me")
    assert len(server.asked) == 5


def test_a_server_that_is_not_there_is_unreachable(server, monkeypatch):
    monkeypatch.setattr("agrigen.client.transport.LONGEST_WAIT_SECONDS", 0.0)
    with pytest.raises(client.Unreachable, match="does not answer"):
        Transport("http://127.0.0.1:9/services/api/api/v1", "x").get("/me")


def test_a_token_does_not_follow_a_redirect(server, transport):
    server.answers = [(302, {"Location": "http://127.0.0.1:9/steal"}, b"")]
    with pytest.raises(client.ApiError, match="redirect"):
        transport.get("/me")


def test_a_token_is_not_shown(transport):
    hub = client.Hub(transport)
    assert "secret" not in repr(hub) + repr(transport) + repr(hub.farms)


def test_parameters_are_spelled_as_the_api_wants_them(server, transport):
    server.answers = [GOOD]
    transport.get("/evaluations", published=True, trait=None, text="Ä&b")
    assert server.asked[0][1].endswith("/evaluations?published=true&text=%C3%84%26b")


@pytest.mark.parametrize(
    "url",
    [
        "https://hub.example.org",
        "https://hub.example.org/",
        "https://hub.example.org/services/api",
        "https://hub.example.org/services/api/api/v1/",
    ],
)
def test_any_address_of_the_hub_leads_to_its_api(url):
    assert find_api_url(url, {}) == "https://hub.example.org/services/api/api/v1"


def test_a_user_server_knows_its_hub():
    environment = {"JUPYTERHUB_PUBLIC_HUB_URL": "https://x.org/hub/", "JUPYTERHUB_API_TOKEN": "t"}
    assert find_api_url(None, environment) == "https://x.org/services/api/api/v1"
    assert find_token(None, environment) == "t"


def test_without_an_address_or_token_the_remedy_is_named():
    with pytest.raises(client.Unreachable, match="AGRIGEN_URL"):
        find_api_url(None, {})
    with pytest.raises(client.Unreachable, match="https://"):
        find_api_url("hub.example.org", {})
    with pytest.raises(client.NotSignedIn, match="AGRIGEN_TOKEN"):
        find_token(None, {})


def test_an_item_reads_like_an_object_and_says_what_it_has():
    item = client.Item(tag="A1", farm={"name": "Hill"})
    assert (item.tag, item.farm.name) == ("A1", "Hill")
    with pytest.raises(AttributeError, match="tag, farm"):
        _ = item.sire
