"""The environment of user servers: its own folder, with the library, its client and JupyterLab.

People may install what they like into their own folders; nothing of the hub is in here. Made with
uv where there is one (hard links: seconds), else pip; renewed when its declaration changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hub.errors import Unavailable
from hub.local.bound import prefix
from hub.local.failures import explain
from hub.settings import CHECKOUT

_DECLARED = ("pyproject.toml", "constraints.txt")
_WARM_UP = "agrigen._kernels"
# JupyterLab would ask everybody whether to fetch news from the internet.
_QUIET = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
# A link in somebody else's notebook must not run a command of JupyterLab (CVE-2026-40171).
_OVERRIDES = {"@jupyterlab/apputils-extension:sanitizer": {"allowCommandLinker": False}}


def fingerprint() -> str:
    """Changes when the interpreter, a requirement or a file of the library does."""
    made = f"{sys.version}{sys.base_prefix}{json.dumps([_QUIET, _OVERRIDES])}"
    digest = hashlib.sha256(made.encode())
    library = sorted((CHECKOUT / "agrigen").rglob("*.py"))
    for path in [*(CHECKOUT / name for name in _DECLARED), *library]:
        if path.exists():
            digest.update(str(path.relative_to(CHECKOUT)).encode() + path.read_bytes())
    return digest.hexdigest()


def is_current(folder: Path) -> bool:
    stamp = folder / "installed"
    return stamp.exists() and stamp.read_text() == fingerprint()


def make(folder: Path) -> None:
    """Make or renew the environment; cheap when nothing changed."""
    if is_current(folder):
        return
    stamp = folder / "installed"
    try:
        stamp.unlink(missing_ok=True)
        if not (folder / "bin" / "python").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])  # with pip: %pip install in notebooks
        _install(folder)
        _configure(folder)
        _compile_kernels(folder)
        stamp.write_text(fingerprint())
    except OSError as error:
        raise explain(error, folder) from error


def _uv() -> Path | None:
    path = Path(sys.executable).with_name("uv")
    found = path if path.exists() else shutil.which("uv")
    return Path(found) if found else None


def _install(folder: Path) -> None:
    python, uv = folder / "bin" / "python", _uv()
    constraints = CHECKOUT / "constraints.txt"
    limits = ["--constraint", str(constraints)] if constraints.exists() else []
    library = f"{CHECKOUT}[client,plot]"
    group = f"{CHECKOUT / 'pyproject.toml'}:user"
    if uv is not None:
        command = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
        fresh = ["--reinstall-package", "agrigen"]
    else:
        command = [str(python), "-m", "pip", "install", "--quiet"]
        _run([*command, "--upgrade", "pip>=25.1"])  # the first that knows dependency groups
        fresh = []
    _run([*command, *limits, *fresh, "--group", group, library])


def _configure(folder: Path) -> None:
    for place, content in (
        ("etc/jupyter/labconfig/page_config.json", _QUIET),
        ("share/jupyter/lab/settings/overrides.json", _OVERRIDES),
    ):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(json.dumps(content))


def _compile_kernels(folder: Path) -> None:
    """Compile the numerical loops now, or the first person waits for it."""
    if not (CHECKOUT / "agrigen" / "_kernels" / "__main__.py").exists():
        return
    cache = {"NUMBA_CACHE_DIR": str(folder / "numba-cache"), "PATH": "/usr/bin:/bin"}
    _take_compiled(folder)
    _run([str(folder / "bin" / "python"), "-m", _WARM_UP], environment=cache, directory=folder)


def _take_compiled(folder: Path) -> None:
    """Take over the loops that are compiled for this checkout: minutes become seconds.

    Numba knows a compiled loop by its source file's place, time and size; the installed copy gets
    the time of ours. What it does not find, or not fitting, is compiled as if it were not there.
    """
    ours = CHECKOUT / "agrigen" / "_kernels"
    for theirs in folder.glob("lib/python*/site-packages/agrigen/_kernels"):
        for source in ours.glob("*.py"):
            state, copy = source.stat(), theirs / source.name
            if copy.exists():
                os.utime(copy, ns=(state.st_atime_ns, state.st_mtime_ns))
        place = hashlib.sha1(str(theirs).encode(), usedforsecurity=False).hexdigest()
        cache = folder / "numba-cache" / f"{theirs.name}_{place}"
        cache.mkdir(parents=True, exist_ok=True)
        for compiled in (ours / "__pycache__").glob("*.nb[ic]"):
            shutil.copyfile(compiled, cache / compiled.name)


def _run(
    command: Sequence[str],
    *,
    environment: dict[str, str] | None = None,
    directory: Path | None = None,
) -> None:
    # Bound to this process: a hub that is stopped while it installs leaves nothing at work.
    result = subprocess.run(
        [*prefix(), *command],
        capture_output=True,
        text=True,
        env=environment,
        cwd=directory or CHECKOUT,
    )
    if result.returncode != 0:
        output = "\n".join((result.stdout + result.stderr).splitlines()[-8:])
        raise Unavailable(
            "local.user_environment",
            "The environment of user servers could not be made; is this machine connected to a "
            f"package registry? The command was\n{' '.join(command)}\nand it said:\n{output}",
        )
