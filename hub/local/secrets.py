"""Secrets of one installation: made once, kept in files that only the operator can read."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from hub.local.failures import explain


def private_folder(folder: Path) -> Path:
    """A folder for the operator alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise explain(error, folder) from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else can read it at any moment."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise explain(error, path.parent) from error


def kept_secret(path: Path, *, hexadecimal: bool = False) -> str:
    """The secret in this file, made at the first call."""
    if not path.exists():
        make = secrets.token_hex if hexadecimal else secrets.token_urlsafe
        write_private(path, make(32))
    return path.read_text().strip()


def kept_secrets(path: Path, *names: str) -> Mapping[str, str]:
    """Several named secrets in one file; a name that is new gets a new secret."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in names if name not in known]
    if missing:
        known.update({name: secrets.token_urlsafe(24) for name in missing})
        write_private(path, json.dumps(known, indent=1))
    return known
