"""What can be wrong with one machine, each as a sentence with its remedy."""

import errno
import os
import shutil
import socket
import time
from pathlib import Path

from hub.errors import Unavailable

NEEDED_BYTES = 1_000_000_000


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log file, for people who need to know why something did not start."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log was written)"


def explain(error: OSError, folder: Path) -> Unavailable:
    """The sentence for an error of the operating system while writing to a folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Unavailable(
            "local.read_only",
            f"AgriGen may not write to {folder} ({error.strerror}). Make the folder writable for "
            "this user, or choose another one: AGRIGEN_HOME=/path/to/folder make run",
        )
    return Unavailable("local.folder", f"{folder} cannot be used: {error.strerror or error}.")


def disk_full(folder: Path) -> Unavailable:
    return Unavailable(
        "local.disk_full",
        f"The disk that holds {folder} is full. Free at least 1 GB, or choose a folder on another "
        "disk: AGRIGEN_HOME=/path/to/folder make run. Nothing that was saved is lost.",
    )


def require_folder(folder: Path) -> None:
    """The folder exists, can be written to and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise explain(error, folder) from error
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise Unavailable(
            "local.disk_low",
            f"The disk that holds {folder} has {free / 1e6:.0f} MB left; AgriGen needs at least "
            "1 GB. Free some, or choose another disk: AGRIGEN_HOME=/path/to/folder make run",
        )


def port_is_taken(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


def require_ports(first: int, count: int, *, patience: float = 0) -> None:
    """All ports the hub uses are free, or become free while a killed predecessor is ending."""
    deadline = time.monotonic() + patience
    while taken := [port for port in range(first, first + count) if port_is_taken(port)]:
        if time.monotonic() >= deadline:
            break
        time.sleep(0.2)
    if taken:
        raise Unavailable(
            "local.port_taken",
            f"{'Ports' if len(taken) > 1 else 'Port'} {', '.join(map(str, taken))} "
            f"{'are' if len(taken) > 1 else 'is'} used by another program. Stop it, or let "
            f"AgriGen use other ports: AGRIGEN_PORT={first + 100} make run "
            f"(it needs that port and the {count - 1} above it)",
        )
