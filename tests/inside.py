"""Runs Python in somebody's own server, as a notebook there would, to see what is seen there."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

import httpx
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.running import RunningHub, xsrf

STARTED_SECONDS = 120


@dataclass
class Inside:
    """A running server of one person and a kernel in it."""

    url: str
    token: str
    kernel: str

    def run(self, code: str, seconds: float = 60) -> str:
        """What the code prints; an error in it is one here."""
        return asyncio.run(asyncio.wait_for(self._run(code), seconds))

    async def _run(self, code: str) -> str:
        address = f"{self.url.replace('http', 'ws', 1)}api/kernels/{self.kernel}/channels"
        request = HTTPRequest(address, headers={"Authorization": f"token {self.token}"})
        connection = await websocket_connect(request)
        wanted = uuid.uuid4().hex
        await connection.write_message(json.dumps(_execute(wanted, code)))
        printed = []
        while True:
            message = json.loads(await connection.read_message())
            if message["parent_header"].get("msg_id") != wanted:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "error":
                raise AssertionError("\n".join(content["traceback"]))
            elif kind == "status" and content["execution_state"] == "idle":
                connection.close()
                while await connection.read_message() is not None:
                    pass  # until the other side has closed too
                return "".join(printed)


def _execute(message: str, code: str) -> dict[str, object]:
    header = {"msg_id": message, "msg_type": "execute_request", "username": "", "session": "t"}
    return {
        "header": {**header, "version": "5.3", "date": ""},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "buffers": [],
        "content": {"code": code, "silent": False, "allow_stdin": False},
    }


@contextmanager
def inside(hub: RunningHub, username: str) -> Iterator[Inside]:
    """Start somebody's server through the hub and a kernel in it; it is left running."""
    with closing(hub.browser(username)) as session:
        session.get("/hub/home")
        header = {"X-XSRFToken": xsrf(session)}
        started = session.post(f"/hub/api/users/{username}/server", headers=header)
        assert started.status_code in (201, 202, 400), started.text  # 400: it runs already
    token = _token_of_server(hub, username)
    url = f"{hub.url}/user/{username}/"
    own = httpx.Client(base_url=url, headers={"Authorization": f"token {token}"}, timeout=60)
    with closing(own):
        _wait(own)
        kernel = own.post("api/kernels", json={"name": "python3"}).raise_for_status().json()["id"]
        yield Inside(url, token, kernel)
        own.delete(f"api/kernels/{kernel}")


def _token_of_server(hub: RunningHub, username: str) -> str:
    """The token that the hub gave to the server, as programs in it find it."""
    deadline = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < deadline:
        for process in psutil.Process(hub.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                found = process.environ()
                if found.get("JUPYTERHUB_USER") == username:
                    return found["JUPYTERHUB_API_TOKEN"]
        time.sleep(0.2)
    raise AssertionError("the server did not start")


def _wait(client: httpx.Client) -> None:
    deadline = time.monotonic() + STARTED_SECONDS
    while client.get("api/status").status_code != 200:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.5)
