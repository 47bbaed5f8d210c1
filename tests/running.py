"""The whole hub for tests, started the way `make run` starts it, and people who sign in to it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

import agrigen as ag

CHECKOUT = Path(__file__).resolve().parents[1]
PORTS = 12


def free_ports(count: int = PORTS) -> int:
    """The first of `count` neighboring ports that nobody listens on."""
    for first in range(21_000 + os.getpid() % 500 * 16, 60_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


@dataclass
class RunningHub:
    """A started hub: where it is, who can sign in, and its processes."""

    home: Path
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    clients: list[ag.client.Hub] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/services/api/api/v1"

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def seconds(self) -> float:
        """What the hub itself says it took to be ready."""
        found = re.search(r"Ready after ([\d.]+) s", self.output)
        assert found, self.output
        return float(found[1])

    def passwords(self) -> dict[str, str]:
        return json.loads((self.home / "secrets" / "demo-accounts.json").read_text())

    def browser(self, username: str, password: str | None = None) -> httpx.Client:
        """A signed-in session with cookies, as a browser has them, without a browser."""
        session = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60)
        session.get("/hub/login")
        form = {"username": username, "password": password or self.passwords()[username]}
        answer = session.post(
            "/hub/login", data=form | {"_xsrf": xsrf(session)}, follow_redirects=False
        )
        if answer.status_code != 302:
            session.close()
            raise AssertionError(f"{username} was not let in: {answer.status_code}")
        return session

    def token(self, username: str) -> str:
        """A personal access token of this person, made the way the hub's own page makes it."""
        with closing(self.browser(username)) as session:
            session.get("/services/api/docs")
            header = {"X-XSRFToken": xsrf(session, "/services/api/")}
            me = session.get("/services/api/api/v1/me", headers=header).json()
            answer = session.post(
                "/services/api/api/v1/me/tokens",
                json={"name": "tests", "scopes": me["permissions"], "days": 1},
                headers=header,
            )
            assert answer.status_code == 201, answer.text
            return str(answer.json()["token"])

    def client(self, username: str) -> ag.client.Hub:
        """The Python client, signed in as this person; closed when the hub stops."""
        self.clients.append(ag.connect(self.url, self.token(username)))
        return self.clients[-1]

    def find(self, *words: str) -> psutil.Process:
        """The process of this hub whose command line contains all the words."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                command = process.cmdline()
            except psutil.Error:
                continue
            if all(word in command for word in words):
                return process
        raise AssertionError(f"no process {words} under the hub")

    def stop(self, seconds: float = 60) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)


def xsrf(session: httpx.Client, path: str = "/hub/") -> str:
    """The value of the cookie that must be repeated in a header: the hub's own, or a service's."""
    values = [c.value for c in session.cookies.jar if c.name == "_xsrf" and c.path == path]
    return str(values[-1]) if values else ""


@contextmanager
def running_hub(home: Path, port: int = 0, **settings: str) -> Iterator[RunningHub]:
    """Start a hub in a folder, wait until it says that it is ready, and stop it afterwards."""
    port = port or free_ports()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AGRIGEN_", "AWS_"))}
    environment |= {"AGRIGEN_HOME": str(home), "AGRIGEN_PORT": str(port), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "hub", "run"],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    hub = RunningHub(home, port, process)
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(hub, ready), daemon=True)
    reader.start()
    try:
        assert ready.wait(300), hub.output
        assert "Ready after" in hub.output, hub.output
        yield hub
    finally:
        for client in hub.clients:
            client.close()
        if process.poll() is None:
            hub.stop()
        reader.join(10)


def _read(hub: RunningHub, ready: threading.Event) -> None:
    """Keep what the hub prints; set `ready` when it is, or when it has ended."""
    assert hub.process.stdout is not None
    with hub.process.stdout as output:
        for line in output:
            hub.lines.append(line)
            if "Stop with Ctrl-C" in line:
                ready.set()
    ready.set()
