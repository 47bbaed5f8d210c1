"""The fixture `live_api`: the real API service under a real JupyterHub, PostgreSQL and store.

People are named like their roles ("farmer" is in the group farmer); `nobody` is in no group. The
database is the fixture's own and keeps what tests commit, so tests make what they need.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from hub.local import node
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.local.postgres import EmbeddedPostgres
from hub.permissions import Role
from hub.settings import CHECKOUT, Settings
from hub.storage.dynamodb import open_store
from hub.storage.schema import migrate

READY_SECONDS = 180
# All tests come from one address and are few people; what limits do is tested with small ones.
LIMITS = dict.fromkeys(
    ("read", "write", "heavy", "sensitive", "proof", "anonymous", "failed"), "60000/60"
)
HUB_PROCESS = Path(__file__).with_name("hub_process.py")


@dataclass
class LiveApi:
    """Where the service answers and how to call it as somebody."""

    url: str
    hub_url: str
    home: Path
    postgres: EmbeddedPostgres
    store: EmbeddedDynamoDB
    tester: str = field(repr=False)
    pid: int = 0
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    clients: dict[str, httpx.Client] = field(default_factory=dict, repr=False)

    def token(self, person: str, *, scopes: list[str] | None = None) -> str:
        """A token of somebody, with all their scopes or only some; the same one if asked again."""
        name = f"{person} {scopes}"
        if name not in self.tokens:
            body = {"note": "test"} | ({"scopes": scopes} if scopes is not None else {})
            answer = self._hub("POST", f"users/{person}/tokens", json=body)
            self.tokens[name] = answer.json()["token"]
        return self.tokens[name]

    def client(self, person: str | None, *, scopes: list[str] | None = None) -> httpx.Client:
        """An HTTP client at /api/v1 that calls as this person, or as nobody; closed at the end."""
        name = f"{person} {scopes}"
        if name not in self.clients:
            headers = {}
            if person is not None:
                headers["Authorization"] = f"Bearer {self.token(person, scopes=scopes)}"
            self.clients[name] = httpx.Client(
                base_url=f"{self.url}/api/v1",
                headers=headers,
                timeout=30,
                verify=False,  # plain HTTP; loading certificates costs 50 ms a client
            )
        return self.clients[name]

    def browser(self, person: str, *, agent: str = "Firefox/140.0") -> httpx.Client:
        """A browser in which this person just signed in: cookies, and the header against forgery.

        There is no proxy here, so redirects between the hub and the service are followed by hand.
        """
        client = httpx.Client(
            base_url=f"{self.url}/api/v1", timeout=30, verify=False, headers={"User-Agent": agent}
        )
        self.clients[f"browser {len(self.clients)}"] = client
        hub = self.hub_url.removesuffix("/api")
        client.get(f"{hub}/login")
        form = {"username": person, "password": self.tester, "_xsrf": _xsrf(client, "/hub/")}
        signed_in = client.post(f"{hub}/login", data=form)
        assert signed_in.status_code == 302, signed_in.text
        self.enter(client)
        return client

    def enter(self, client: httpx.Client) -> httpx.Response:
        """Open a page of the service, by way of JupyterHub's sign-in."""
        origins = {"/hub/": self.hub_url.removesuffix("/hub/api"),
                   "/services/": self.url.removesuffix("/services/api")}  # fmt: skip
        answer = client.get(f"{self.url}/docs")
        while answer.status_code == 302:
            path = answer.headers["Location"]
            path = "/" + path.split("/", 3)[3] if path.startswith("http") else path
            [origin] = [value for start, value in origins.items() if path.startswith(start)]
            answer = client.get(origin + path)
        client.headers["X-XSRFToken"] = _xsrf(client, "/services/api/")
        return answer

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def revoke(self, token: str) -> None:
        """Make the hub forget a token."""
        own = {"Authorization": f"token {self.tester}"}
        who = httpx.get(f"{self.hub_url}/user", headers={"Authorization": f"token {token}"}).json()
        httpx.delete(
            f"{self.hub_url}/users/{who['name']}/tokens/{who['token_id']}", headers=own
        ).raise_for_status()

    def _hub(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {"Authorization": f"token {self.tester}"}
        answer = httpx.request(method, f"{self.hub_url}/{path}", headers=headers, **more)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer


def _xsrf(client: httpx.Client, path: str) -> str:
    values = [c.value for c in client.cookies.jar if c.name == "_xsrf" and c.path == path]
    return str(values[-1]) if values else ""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def live_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApi]:
    """A hub and its API service for the whole test session."""
    with running_api(tmp_path_factory.mktemp("live-api")) as api:
        yield api


@contextmanager
def running_api(home: Path, **settings: str) -> Iterator[LiveApi]:
    """PostgreSQL, the key-value store, JupyterHub and the API, stopped at the end."""
    shared = CHECKOUT / "var" / "node"  # packages are installed once for all tests
    shared.mkdir(parents=True, exist_ok=True)
    (home / "node").symlink_to(shared)
    node.install(node.PACKAGES, shared)
    with ExitStack() as stack:
        postgres = EmbeddedPostgres(home)
        stack.callback(postgres.stop)
        urls = postgres.start()
        migrate(urls.owner, urls.app)
        store = EmbeddedDynamoDB(home, free_port())
        stack.callback(store.stop)
        credentials = store.start()
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ},
            **credentials.environment,
            "AGRIGEN_HOME": str(home),
            "AGRIGEN_DATABASE_URL": urls.app,
            "AGRIGEN_DYNAMODB_ENDPOINT": store.endpoint,
            "AGRIGEN_AUTH_CACHE_SECONDS": "1",
            "AGRIGEN_LIMITS": json.dumps(LIMITS),
            **settings,
        }
        _make_tables(store.endpoint, credentials.environment)
        yield stack.enter_context(_hub(home, postgres, store, environment))


def _make_tables(endpoint: str, credentials: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in credentials.items():
            patch.setenv(name, value)
        store = open_store(Settings(dynamodb_endpoint=endpoint))
        store.ensure_tables()
        store.close()


@contextmanager
def _hub(
    home: Path, postgres: EmbeddedPostgres, store: EmbeddedDynamoDB, environment: dict[str, str]
) -> Iterator[LiveApi]:
    hub_port, api_port, tester = free_port(), free_port(), secrets.token_hex(20)
    groups = {role.value: [role.value] for role in Role} | {"unknown-group": ["nobody"]}
    groups["farmer"].append("neighbor")
    told = {
        "hub_port": hub_port,
        "api_port": api_port,
        "folder": str(home),
        "checkout": str(CHECKOUT),
        "groups": groups,
        "token": tester,
        "environment": environment,
    }
    file = home / "hub.json"
    file.write_text(json.dumps(told))
    log = home / "hub.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(HUB_PROCESS), str(file)],
            cwd=home,
            env={**environment, "PYTHONPATH": str(CHECKOUT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    api = LiveApi(
        url=f"http://127.0.0.1:{api_port}/services/api",
        hub_url=f"http://127.0.0.1:{hub_port}/hub/api",
        home=home,
        postgres=postgres,
        store=store,
        tester=tester,
        pid=process.pid,
    )
    try:
        _wait(f"{api.url}/readyz", process, log)
        yield api
    finally:
        api.close()
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"The API did not become ready at {url}:\n{log.read_text()[-6000:]}")
