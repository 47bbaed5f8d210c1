"""`python -m hub run`: the whole hub on this machine, until Ctrl-C. `make run` calls it."""

import argparse
import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Unavailable
from hub.jupyterhub.services import HEALTH, PORTS_USED, STORE
from hub.local import failures, node, web
from hub.local.bound import prefix
from hub.local.child import Child
from hub.local.dynamodb import EmbeddedDynamoDB
from hub.local.environment import is_current
from hub.local.people import PEOPLE, demo_passwords
from hub.local.postgres import EmbeddedPostgres
from hub.local.processes import Part, RunLock, Supervisor, part_of
from hub.local.secrets import private_folder
from hub.settings import CHECKOUT, Settings

_READY_SECONDS = 150
_SECONDS_TO_END = 40
_BAD_GATEWAY = 500


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("run", help="run the whole hub on this machine (make run)")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    os.umask(0o077)  # what the hub keeps is for its operator
    settings = Settings()
    home = settings.home.resolve()
    return asyncio.run(LocalHub(settings.model_copy(update={"home": home})).run())


def say(text: str) -> None:
    print(text, flush=True)


class LocalHub:
    """Starts everything in order, says when it can be used, and keeps it running."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self.supervisor = Supervisor(say)
        self.lock = RunLock(self.home)
        self.began = time.monotonic()
        self.environment: dict[str, str] = {}
        self.owner_url = settings.migration_url.get_secret_value()
        self.database_files: list[Path] = []
        self.helpers: list[asyncio.subprocess.Process] = []

    async def run(self) -> int:
        failures.require_folder(self.home)
        if os.geteuid() == 0:  # PostgreSQL runs as another user; the folders inside are closed
            self.home.chmod(0o711)
        self.lock.take()
        try:
            patience = _SECONDS_TO_END if self.lock.predecessor_was_killed else 0
            failures.require_ports(self.settings.port, PORTS_USED, patience=patience)
            self.lock.note(self.settings.base_url)
            self.supervisor.listen_for_signals()
            return await self._run()
        finally:
            self._stop()

    async def _run(self) -> int:
        """Start; or end early when Ctrl-C comes before everything is up."""
        starting = asyncio.create_task(self._start())
        asked = asyncio.create_task(self.supervisor.stopping.wait())
        watching: asyncio.Task[None] | None = None
        done, _ = await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if starting in done:
            starting.result()
            watching = asyncio.create_task(self.supervisor.watch())
            await watching
        else:
            starting.cancel()
            with suppress(asyncio.CancelledError):
                await starting
        return 0

    def _stop(self) -> None:
        if self.supervisor.parts:
            say("\nStopping ...")
        for helper in self.helpers:
            if helper.returncode is None:
                helper.terminate()
        self.supervisor.stop()
        self.lock.release()

    # --- the sequence -------------------------------------------------------------------------

    async def _start(self) -> None:
        say(f"AgriGen starts; everything it keeps is in {self.home}")
        private_folder(self.home / "logs")
        self.environment = self._plain_environment()
        user_environment = await self._begin_user_environment()
        await self._step("Node packages", self._install_node_packages)
        if not web.is_built():
            await self._step("Phone page", self._build_phone_page)
        await self._step("PostgreSQL", self._start_postgres)
        await self._step("Key-value store", self._start_dynamodb)
        await self._step("Schema", self._migrate)
        self._start_worker_and_hub()
        watching = asyncio.create_task(self.supervisor.watch())
        try:
            await asyncio.gather(self._load_demonstration(), self._wait_for_services())
            if user_environment is not None:
                await self._step(
                    "Environment of user servers", lambda: self._finish(user_environment)
                )
        finally:
            watching.cancel()
        self._print_addresses()

    async def _step(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        began = time.monotonic()
        await work()
        say(f"✓ {name:<28} {time.monotonic() - began:6.1f} s")

    def _plain_environment(self) -> dict[str, str]:
        environment = {**os.environ, "AGRIGEN_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        for name in ("AGRIGEN_MIGRATION_URL", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        return environment

    async def _install_node_packages(self) -> None:
        if not node.is_installed(node.PACKAGES, self.home / "node"):
            await asyncio.to_thread(node.install, node.PACKAGES, self.home / "node")

    async def _build_phone_page(self) -> None:
        await asyncio.to_thread(web.build)

    async def _start_postgres(self) -> None:
        if self.settings.database_url.get_secret_value():
            say("  PostgreSQL is external (AGRIGEN_DATABASE_URL)")
            return
        postgres = EmbeddedPostgres(self.home)
        urls = postgres.start()
        self.owner_url = urls.owner
        self.database_files = [postgres.data / "PG_VERSION"]
        self.environment["AGRIGEN_DATABASE_URL"] = urls.app
        part = Part("PostgreSQL", lambda: postgres.alive, postgres.restart, postgres.stop)
        self.supervisor.started(part)

    async def _start_dynamodb(self) -> None:
        if self.settings.dynamodb_endpoint:
            say("  the key-value store is external (AGRIGEN_DYNAMODB_ENDPOINT)")
            return
        if self.settings.objects_url.startswith("s3:"):
            raise Invalid(
                "settings.one_set_of_keys",
                "AGRIGEN_OBJECTS_URL is in S3, but the key-value store is the embedded one, and "
                "both would use the same AWS keys. Set AGRIGEN_DYNAMODB_ENDPOINT=aws as well, or "
                "keep objects in a folder.",
            )
        store = EmbeddedDynamoDB(self.home, self.settings.port + STORE)
        credentials = store.start()
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            self.environment.pop(name, None)
        self.environment |= {
            **credentials.environment,
            "AGRIGEN_DYNAMODB_ENDPOINT": store.endpoint,
        }
        part = Part("The key-value store", lambda: store.alive, store.start, store.stop)
        self.supervisor.started(part)

    async def _migrate(self) -> None:
        """Bring the stores to this version; embedded ones that are there already cost nothing."""
        stamp, wanted = self.home / "schema", self._schema_state()
        if not (wanted and stamp.exists() and stamp.read_text() == wanted):
            await self._command("the migration", "migrate")
            stamp.write_text(self._schema_state())

    def _schema_state(self) -> str:
        """Names what is declared and the very stores it was made in; empty for external ones."""
        stores = self._stores()
        if not stores:
            return ""
        digest = hashlib.sha256()
        for folder in (CHECKOUT / "hub" / "migrations", CHECKOUT / "hub" / "storage"):
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".sql"):
                    digest.update(path.read_bytes())
        return f"{digest.hexdigest()} {stores}"

    def _stores(self) -> str:
        """Names these very embedded stores; empty when one is external."""
        files = [self.home / "dynamodb", *self.database_files]
        if len(files) < 2 or not all(path.exists() for path in files):
            return ""
        return " ".join(f"{path.stat().st_ino}" for path in files)

    def _start_worker_and_hub(self) -> None:
        logs = self.home / "logs"
        worker = [sys.executable, "-m", "hub", "worker"]
        jupyterhub = [sys.executable, "-m", "hub.jupyterhub", "--config", "jupyterhub_config.py"]
        for name, command in (("worker", worker), ("hub", jupyterhub)):
            child = Child(
                f"The {name}",
                command,
                self.environment,
                logs / f"{name}.log",
                stop_seconds=25,
                directory=CHECKOUT,
            )
            child.start()
            self.supervisor.started(part_of(child))

    async def _load_demonstration(self) -> None:
        """Accounts, farms, records and the first evaluation; once for each database."""
        if not (self.settings.demo and self.settings.sign_in == "local"):
            return
        stamp, stores = self.home / "demonstration", self._stores()
        if stores and stamp.exists() and stamp.read_text() == stores:
            return
        load = partial(self._command, "the demonstration data", "seed", show=True)
        try:
            await self._step("Demonstration", load)
        except Unavailable as error:
            say(f"! {error.message}\n  The hub works without it; the next start goes on with it.")
            return
        if stores:
            stamp.write_text(stores)

    async def _wait_for_services(self) -> None:
        for name, (offset, path) in HEALTH.items():
            await self._step(name, partial(self._answers, self.settings.port + offset, path))

    # --- helpers ------------------------------------------------------------------------------

    async def _spawn(
        self, command: list[str], log: Path, *, show: bool = False, owner: bool = False
    ) -> asyncio.subprocess.Process:
        environment = self.environment
        if owner:
            environment = {**environment, "AGRIGEN_MIGRATION_URL": self.owner_url}
        with log.open("ab") as file:
            helper = await asyncio.create_subprocess_exec(
                *prefix(),
                *command,
                env=environment,
                cwd=CHECKOUT,
                start_new_session=True,
                stdout=None if show else file,
                stderr=file,
            )
        self.helpers.append(helper)
        return helper

    async def _finish(self, helper: asyncio.subprocess.Process, what: str = "") -> None:
        if await helper.wait() != 0:
            log = self.home / "logs" / f"{what or 'user-environment'}.log"
            raise Unavailable(
                "local.step_failed", f"{failures.last_lines(log, 12)}\n(the whole log: {log})"
            )

    async def _command(self, what: str, command: str, *, show: bool = False) -> None:
        """A command of `python -m hub` that works as the owner of the schema."""
        log = self.home / "logs" / f"{command}.log"
        log.unlink(missing_ok=True)
        arguments = [sys.executable, "-m", "hub", command]
        helper = await self._spawn(arguments, log, show=show, owner=True)
        try:
            await self._finish(helper, command)
        except Unavailable as error:
            raise Unavailable(error.code, f"{what} did not succeed:\n{error.message}") from error

    async def _begin_user_environment(self) -> asyncio.subprocess.Process | None:
        """Make it beside everything else: it takes longest and is needed last."""
        if is_current(self.home / "user-env"):
            return None
        command = [sys.executable, "-m", "hub", "user-environment"]
        log = self.home / "logs" / "user-environment.log"
        log.unlink(missing_ok=True)
        return await self._spawn(command, log)

    async def _answers(self, port: int, path: str) -> None:
        """Wait until a service opens its port, then until it answers through the proxy."""
        deadline = time.monotonic() + _READY_SECONDS
        while not (failures.port_is_taken(port) and await _answers_now(self.settings, path)):
            if time.monotonic() > deadline:
                log = self.home / "logs" / "hub.log"
                raise Unavailable(
                    "local.no_answer",
                    f"Nothing answers at http://127.0.0.1:{self.settings.port}/{path}. The log is "
                    f"{log}; it ends with:\n{failures.last_lines(log, 15)}",
                )
            await asyncio.sleep(0.2)

    # --- what people read ---------------------------------------------------------------------

    def _print_addresses(self) -> None:
        from hub.jupyterhub.spawner import sandbox_is_wanted

        url = self.settings.base_url
        say(f"\nReady after {time.monotonic() - self.began:.1f} s. Open  {url}\n")
        if self.settings.demo and self.settings.sign_in == "local":
            passwords = demo_passwords(self.home)
            for person in PEOPLE:
                password = passwords[person.username]
                say(f"  {person.username:<8} {password}   {person.role}: {person.does}")
            say("\n  These accounts are for trying; AGRIGEN_DEMO=0 starts without them.")
        say(f"  API documentation   {url}/services/api/docs")
        if sandbox_is_wanted(self.settings):
            say("  User servers run in a sandbox (bubblewrap): own home, nothing of the hub.")
        else:
            say(
                "  User servers are NOT sandboxed: their owners can read each other's files and\n"
                "  the hub's own secrets. Let only people in whom you trust, or install bubblewrap."
            )
        say("  Stop with Ctrl-C; everything is kept for the next start.")


async def _answers_now(settings: Settings, path: str) -> bool:
    """Whether a GET on loopback gets an answer that the service itself gave."""
    port, host = settings.port, settings.subdomains or f"127.0.0.1:{settings.port}"
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            await writer.drain()
            status = int((await reader.readline()).split()[1])
            writer.close()
    except (OSError, TimeoutError, IndexError, ValueError):
        return False
    return status < _BAD_GATEWAY and status != 404
