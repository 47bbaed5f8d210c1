"""A hub that signs people in, local accounts and institutions: good ones and a bad one."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from hub import accounts
from hub.accounts import LocalAccountCreate
from hub.local import node
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.local.postgres import EmbeddedPostgres, Urls
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.dynamodb import open_store
from hub.storage.postgres import make_engine
from hub.storage.schema import migrate
from tests.oidc.hostile import Hostile, hostile
from tests.running import free_ports, xsrf

CHECKOUT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
SECRET = "a-secret-only-the-tests-know-0123456789"
PASSWORD = "meadow lark over stubble 7"
PORTS = 8
TWO_FACTORS = "https://refeds.org/profile/mfa"
USERS = {
    "greta": {"password": "greta-pw", "name": "Greta Meadow", "groups": ["breeders"]},
    "omar": {"password": "omar-pw", "name": "Omar Data", "groups": ["data-team", "choir"]},
    "nina": {"password": "nina-pw", "name": "Nina Nobody", "groups": ["choir", "steward"]},
    "vera": {"password": "vera-pw", "name": "Vera Adviser", "groups": ["advisers"]},
    "local-lea": {"password": "lea-pw", "name": "Lea There", "groups": ["breeders"]},
}
ROLES = {"breeders": "farmer", "data-team": "steward", "advisers": "adviser"}


@dataclass
class HubAlone:
    """Where the hub is, and its settings, so that tests can look into its stores."""

    url: str
    settings: Settings
    log: Path
    clients: list[httpx.Client] = field(default_factory=list)

    def browser(self) -> httpx.Client:
        """A browser that keeps cookies and follows nothing by itself."""
        client = httpx.Client(base_url=self.url, timeout=30, verify=False)
        self.clients.append(client)
        return client


def wait_until(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 240  # on a busy machine
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"The hub did not start:\n{log.read_text()[-6000:]}")


@contextmanager
def provider(folder: Path, port: int, hub_url: str, callback: str) -> Iterator[str]:
    """The certified provider as a process of its own, ended afterwards."""
    modules = node.install(HERE.parent / "node", folder)
    script = modules.parent / "provider.mjs"
    script.write_text((HERE / "provider.mjs").read_text())
    settings = {
        "PORT": str(port),
        "CLIENT_ID": "agrigen",
        "CLIENT_SECRET": SECRET,
        "REDIRECT_URI": callback,
        "HUB": hub_url,
        "USERS": json.dumps(USERS),
        "TWO_FACTORS": TWO_FACTORS,
    }
    process = subprocess.Popen(
        [node.node(), script], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def hub_alone(home: Path, port: int, **settings: str) -> Iterator[HubAlone]:
    """Stores, a local account, and JupyterHub in front of them."""
    with ExitStack() as stack:
        shared = CHECKOUT / "var" / "node"
        shared.mkdir(parents=True, exist_ok=True)
        (home / "node").symlink_to(shared)
        node.install(node.PACKAGES, shared)
        postgres = EmbeddedPostgres(home)
        stack.callback(postgres.stop)
        urls = postgres.start()
        migrate(urls.owner, urls.app)
        store = EmbeddedDynamoDB(home, port + 1)
        stack.callback(store.stop)
        credentials = store.start().environment
        environment = {
            **credentials,
            "AGRIGEN_HOME": str(home),
            "AGRIGEN_PORT": str(port),
            "AGRIGEN_DATABASE_URL": urls.app,
            "AGRIGEN_DYNAMODB_ENDPOINT": store.endpoint,
            **settings,
        }
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in environment.items():
            patch.setenv(name, value)
        asyncio.run(_fill(urls))
        yield stack.enter_context(_process(home, port, environment))


async def _fill(urls: Urls) -> None:
    tables = open_store(Settings())
    tables.ensure_tables()
    tables.close()
    owner = make_engine(Settings(), urls.owner)
    lea = LocalAccountCreate(
        username="local-lea",
        name="Lea Here",
        roles=frozenset({Role.RESEARCHER}),
        password=SecretStr(PASSWORD),
    )
    await accounts.bootstrap(owner, [lea])
    await owner.dispose()


@contextmanager
def _process(home: Path, port: int, environment: dict[str, str]) -> Iterator[HubAlone]:
    plain = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    log = home / "hub.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "hub_alone.py")],
            cwd=home,
            env={**plain, **environment, "PYTHONPATH": str(CHECKOUT)},
            stdout=output,
            stderr=output,
        )
    hub = HubAlone(f"http://127.0.0.1:{port}", Settings(), log)
    try:
        wait_until(f"{hub.url}/hub/health", process, log)
        yield hub
    finally:
        for client in hub.clients:
            client.close()
        process.terminate()
        process.wait(20)


@dataclass
class Attacked:
    """A hub with a hostile institution beside others."""

    hub: HubAlone
    provider: Hostile


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """The hub, the hostile institution, a second client of it, and one that is away for good."""
    port = free_ports(PORTS)
    bad = {
        "name": "bad", "title": "Bad University", "issuer": f"http://127.0.0.1:{port + 4}",
        "client_id": "agrigen", "client_secret": "hostile-secret", "roles": {"breeders": "farmer"},
        "acr_levels": {TWO_FACTORS: 2},
    }  # fmt: skip
    other = {
        **bad,
        "name": "other",
        "title": "Other University",
        "issuer": f"http://127.0.0.1:{port + 5}",
    }
    away = {
        **bad,
        "name": "away",
        "title": "Away University",
        "issuer": f"http://127.0.0.1:{port + 6}",
    }
    home = tmp_path_factory.mktemp("attacked")
    with (
        hostile(port + 4, "agrigen") as first,
        hostile(port + 5, "agrigen"),
        hub_alone(home, port, AGRIGEN_INSTITUTIONS=json.dumps([bad, other, away])) as hub,
    ):
        yield Attacked(hub, first)


def sign_in_locally(
    browser: httpx.Client, password: str = PASSWORD, next_url: str = ""
) -> httpx.Response:
    browser.get("/hub/login")
    way = {"next": next_url} if next_url else {}
    form = {"username": "local-lea", "password": password, "_xsrf": xsrf(browser)}
    return browser.post("/hub/login", params=way, data=form)
