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

from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets import Any as AnyTrait
from traitlets import Bool

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

# Loopback is everybody's, and what a kernel prints goes out unencrypted to whoever connects to its
# port. So in the sandbox kernels talk through sockets in a folder that nobody else has; it is in
# /tmp because the path of a socket may have 107 bytes only.
RUNTIME = "/tmp/jupyter"  # noqa: S108 - inside the sandbox
KERNELS_APART = "--KernelManager.transport=ipc"


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
    return ["bwrap", *_APART, *system_binds(), *python, *own, "--chdir", inside, "--"]


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
        return env

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        home = self.home
        return lambda: os.chdir(home)

    def _prepare_home(self) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.mkdir(exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        _copy_notebooks(self.home)
        _copy_compiled(self._environment_folder, self.home)

    async def start(self) -> Any:
        """Make the home on first use and start, bound to the hub's life."""
        self._prepare_home()
        inner = [str(self._environment_folder / "bin" / "jupyterhub-singleuser")]
        box = []
        if self.sandboxed:
            box = sandbox(self._environment_folder, self.home, self.home_inside)
            inner.append(KERNELS_APART)
        self.cmd = [*prefix(), *box, *inner]
        return await super().start()
