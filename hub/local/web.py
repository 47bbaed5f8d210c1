"""The phone page, built from TypeScript once for each content: `python -m hub.local.web`."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from hub.errors import HubError, Unavailable
from hub.local import node
from hub.local.failures import explain, last_lines
from hub.settings import CHECKOUT

SOURCE = CHECKOUT / "extensions" / "collect" / "web"
BUILT = CHECKOUT / "extensions" / "collect" / "static"
_MADE_OF = ("src", "locales", "icons")
_FILES = ("build.mjs", "index.html", "manifest.json", "package.json", "package-lock.json")


def fingerprint() -> str:
    """Changes when anything does that the page is made of."""
    digest = hashlib.sha256()
    parts = [path for name in _MADE_OF for path in (SOURCE / name).rglob("*") if path.is_file()]
    for path in sorted([*parts, *(SOURCE / name for name in _FILES)]):
        digest.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    return digest.hexdigest()


def is_built() -> bool:
    stamp = BUILT / "built"
    return stamp.exists() and stamp.read_text() == fingerprint()


def build() -> None:
    """Build the page unless it is there; several processes may ask at the same time."""
    if is_built():
        return
    try:
        BUILT.mkdir(exist_ok=True)
        with (BUILT / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_built():
                _build()
    except OSError as error:
        raise explain(error, BUILT) from error


def _build() -> None:
    """Into a folder beside it, then in its place: a running service never sees half of a page."""
    now, fresh = fingerprint(), BUILT / "fresh"
    node.install(SOURCE, SOURCE)
    shutil.rmtree(fresh, ignore_errors=True)
    command = [str(node.node()), "build.mjs", str(fresh)]
    result = subprocess.run(
        command, cwd=SOURCE, env=node.environment(), capture_output=True, text=True
    )
    if result.returncode != 0:
        log = BUILT / "build.log"
        log.write_text(result.stdout + result.stderr)
        raise Unavailable(
            "local.phone_page",
            f"The phone page could not be built. The log is {log}; it ends with:\n"
            f"{last_lines(log)}",
        )
    _replace(fresh)
    (BUILT / "built").write_text(now)


def _replace(fresh: Path) -> None:
    """New files first, the page that names them last; old ones go when nothing names them."""
    (BUILT / "files").mkdir(exist_ok=True)
    names = {path.name for path in (fresh / "files").iterdir()}
    for path in (fresh / "files").iterdir():
        path.replace(BUILT / "files" / path.name)
    for path in fresh.iterdir():
        if path.is_file():
            path.replace(BUILT / path.name)
    for path in (BUILT / "files").iterdir():
        if path.name not in names:
            path.unlink()
    shutil.rmtree(fresh)


if __name__ == "__main__":
    try:
        build()
    except HubError as error:
        sys.exit(str(error))
