"""A person's own server: own environment, own home, no credential of any store.

With bubblewrap it sees nothing else of this machine: not the hub's files, not other homes, not the
socket of the database. Without it, servers are ordinary processes of the operator's user.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import psutil
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets import Any as AnyTrait
from traitlets import Bool, Float

from hub import headers
from hub.errors import Unavailable
from hub.local.bound import prefix
from hub.settings import CHECKOUT, Settings

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
# Names, addresses, time and certificates; not the rest of /etc.
_ETC = (
    *("alternatives", "ca-certificates", "fonts", "hosts", "ld.so.cache", "localtime"),
    *("nsswitch.conf", "pki", "resolv.conf", "ssl"),
)
_APART = [
    *("--unshare-user", "--uid", "1000", "--gid", "1000"),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--proc", "/proc", "--dev", "/dev"),
    *("--tmpfs", "/tmp", "--tmpfs", "/run"),  # noqa: S108 - inside the sandbox
]

# Last: what holds the mounts together is itself no place to write to.
_SEALED = ["--remount-ro", "/"]

# Loopback is everybody's, and what a kernel prints goes out unencrypted to whoever connects to its
# port. So in the sandbox kernels talk through sockets in a folder that nobody else has; it is in
# /tmp because the path of a socket may have 107 bytes only.
RUNTIME = "/tmp/jupyter"  # noqa: S108 - inside the sandbox
KERNELS_APART = "--KernelManager.transport=ipc"

# A notebook runs scripts that its author wrote, so scripts are allowed; but a page may load from
# and send to its own host only, nobody may frame it, and it has no plugins. JupyterLab compiles
# schemas of settings while it runs, hence 'unsafe-eval'.
POLICY = (
    "default-src 'self'; script-src 'self' blob: 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
NICENESS = 5
SAME_BIRTH_SECONDS = 5  # the clock from which births are reckoned may be set


def system_binds() -> list[str]:
    """The operating system's programs and libraries, read-only."""
    binds = []
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            binds += ["--symlink", os.fspath(path.readlink()), str(path)]
        elif path.exists():
            binds += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        binds += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return binds


def answers(settings: Settings) -> str:
    """The headers and cookies of a user server, as a setting on its command line."""
    cookies = {"samesite": "Lax", "secure": settings.https}
    wanted = {
        "headers": {**headers.common(https=settings.https), "Content-Security-Policy": POLICY},
        "xsrf_cookie_kwargs": cookies,  # readable: JupyterLab sends it back in a header
    }
    return f"--ServerApp.tornado_settings={wanted!r}"


def limits(settings: Settings, *, sandboxed: bool) -> list[str]:
    """The command that bounds what it starts: memory of each process, number of processes.

    Data, not addresses: NumPy and Numba reserve far more addresses than they use. Processes are
    counted apart in the sandbox only; outside they would be counted with those of the hub.
    """
    bounds = ["--core=0"]
    if settings.server_memory_gib:
        bounds.append(f"--data={int(settings.server_memory_gib * 2**30)}")
    if settings.server_processes and sandboxed:
        bounds.append(f"--nproc={settings.server_processes}")
    return ["prlimit", *bounds, "--"] if shutil.which("prlimit") else []


def processors(name: str, count: int) -> set[int]:
    """Which processors somebody's server uses: always the same, spread over the machine."""
    there = sorted(os.sched_getaffinity(0))
    first = crc32(name.encode()) % len(there)
    return {there[(first + step) % len(there)] for step in range(min(count, len(there)))}


def _names(home: Path, inside: str) -> list[str]:
    """Minimal /etc/passwd and /etc/group, for programs that ask for the name of a user."""
    folder = home.parent / ".names" / home.name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    person = home.name.replace(":", "_")
    (folder / "passwd").write_text(f"{person}:x:1000:1000::{inside}:/bin/bash\n")
    (folder / "group").write_text(f"{person}:x:1000:\n")
    binds = [("--ro-bind", str(folder / name), f"/etc/{name}") for name in ("passwd", "group")]
    return [word for bind in binds for word in bind]


def sandbox(environment: Path, home: Path, inside: str) -> list[str]:
    """The bubblewrap command for one person; what it runs sees only what is listed here."""
    base = sys.base_prefix
    python = [] if base.startswith("/usr") else ["--ro-bind", base, base]
    own = ["--ro-bind", str(environment), str(environment), "--bind", str(home), inside]
    own += _names(home, inside)
    return ["bwrap", *_APART, *system_binds(), *python, *own, *_SEALED, "--chdir", inside, "--"]


@cache
def sandbox_works() -> bool:
    """Whether bubblewrap is there and this machine lets it make namespaces: tried, not guessed."""
    if shutil.which("bwrap") is None:
        return False
    command = ["bwrap", *_APART, *system_binds(), "--", "/bin/true"]
    return subprocess.run(command, capture_output=True).returncode == 0


def sandbox_is_wanted(settings: Settings) -> bool:
    """Whether servers run in the sandbox; refuses when it is demanded and cannot be had."""
    if settings.sandbox == "on" and not sandbox_works():
        raise Unavailable(
            "local.sandbox",
            "AGRIGEN_SANDBOX=on, but bubblewrap (the program bwrap) is not installed or may not "
            "make namespaces here. Install it (apt-get install bubblewrap), or use "
            "AGRIGEN_SANDBOX=auto and let only people in whom you trust.",
        )
    return settings.sandbox != "off" and sandbox_works()


def _copy_notebooks(home: Path) -> None:
    """The checkout's notebooks, once; what a person changed or removed afterwards is theirs."""
    source, target = CHECKOUT / "notebooks", home / "notebooks"
    if source.exists() and not os.path.lexists(target):
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))


def _copy_compiled(environment: Path, home: Path) -> None:
    """Compiled kernels of the library, so that nobody waits for the compiler; theirs to write.

    A home can hold links to anywhere and we are outside the sandbox. So nothing in it is written
    through: a copy made beside it takes the place of what is there.
    """
    source, cache = environment / "numba-cache", home / ".cache"
    made = (environment / "installed").read_text() if (environment / "installed").exists() else ""
    beside = home.parent / ".names" / home.name
    stamp = beside / "compiled-for"
    up_to_date = stamp.exists() and stamp.read_text() == made and (cache / "numba").is_dir()
    if up_to_date or not source.exists() or cache.is_symlink():
        return
    if not cache.exists():
        cache.mkdir(mode=0o700)
    if not cache.is_dir():
        return
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(dir=beside)) / "numba"
    shutil.copytree(source, fresh)
    _remove(cache / "numba")
    fresh.rename(cache / "numba")
    fresh.parent.rmdir()
    stamp.write_text(made)


def _remove(path: Path) -> None:
    """Whatever it is; of a link only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class UserServer(SimpleLocalProcessSpawner):
    """One person's server, in a sandbox where there is one."""

    settings = AnyTrait(help="hub.settings.Settings").tag(config=True)
    sandboxed = Bool(help="Run in bubblewrap").tag(config=True)
    born = Float(help="When the process started, in seconds since 1970")

    @property
    def _environment_folder(self) -> Path:
        return Path(self.settings.home).resolve() / "user-env"

    @property
    def home(self) -> Path:
        """The person's folder on this machine; their name cannot lead out of it."""
        homes = Path(self.settings.home).resolve() / "homes"
        return homes / self.user.escaped_name.replace("/", "%2F")

    @property
    def home_inside(self) -> str:
        return f"/home/{self.home.name}" if self.sandboxed else str(self.home)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        env["USER"] = self.user.name
        env["HOME"] = self.home_inside
        env["SHELL"] = "/bin/bash"
        env["PATH"] = f"{self._environment_folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        env["NUMBA_CACHE_DIR"] = f"{self.home_inside}/.cache/numba"
        if self.sandboxed:
            env["JUPYTER_RUNTIME_DIR"] = RUNTIME
        if self.settings.server_cpus:
            for library in ("OMP", "OPENBLAS", "NUMBA"):
                env[f"{library}_NUM_THREADS"] = str(self.settings.server_cpus)
        return env

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        home, count = self.home, self.settings.server_cpus
        chosen = processors(name, count) if count else os.sched_getaffinity(0)

        def begin() -> None:
            os.chdir(home)
            os.sched_setaffinity(0, chosen)
            os.nice(NICENESS)  # the hub answers also while everybody computes

        return begin

    def _prepare_home(self) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.mkdir(exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        _copy_notebooks(self.home)
        _copy_compiled(self._environment_folder, self.home)

    async def start(self) -> Any:
        """Make the home on first use and start, bound to the hub's life."""
        self._prepare_home()
        program = str(self._environment_folder / "bin" / "jupyterhub-singleuser")
        inner = [*limits(self.settings, sandboxed=self.sandboxed), program, answers(self.settings)]
        box = []
        if self.sandboxed:
            box = sandbox(self._environment_folder, self.home, self.home_inside)
            inner.append(KERNELS_APART)
        self.cmd = [*prefix(), *box, *inner]
        address = await super().start()
        self.born = psutil.Process(self.pid).create_time()
        return address

    def get_state(self) -> dict[str, Any]:
        state: dict[str, Any] = super().get_state()
        return state | {"born": self.born} if self.pid else state

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.born = state.get("born", 0.0)

    async def _signal(self, sig: int) -> bool:
        """To the server that was started; answers whether it lives.

        Under a first process that collects nobody's dead, a server that died with its hub keeps its
        number; after a restart of the machine, the number may be another program's.
        """
        try:
            process = psutil.Process(self.pid)
            ours = abs(process.create_time() - self.born) < SAME_BIRTH_SECONDS
            if not ours or process.status() == psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            return False
        return bool(await super()._signal(sig))
