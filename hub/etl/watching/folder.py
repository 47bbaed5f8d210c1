"""A folder of the hub's machine, read without ever following a link out of it.

Every step goes from an open folder to a name in it and refuses links (`O_NOFOLLOW`), so that
neither a link that was there nor one that is put there meanwhile leads anywhere else.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import Invalid, Missing
from hub.etl.watching import rules
from hub.etl.watching.seen import MOST_SEEN, PIECE, Changed, Refused, Seen, Stopping, Waits

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Folder:
    """`name` is a path below `root`; files younger than `settle` seconds are being written."""

    def __init__(self, root: Path, name: str, *, settle: float, most_bytes: int) -> None:
        self.root, self.parts = root, name.split("/")
        self.settle, self.most_bytes = settle, most_bytes

    def look(self, pattern: str) -> list[Seen]:
        """The files that fit, oldest first, so that a correction comes after what it corrects."""
        found: list[Seen] = []
        with self._open(self.parts) as folder:
            for one in self._walk(folder, "", rules.depth_of(pattern)):
                if rules.fits(pattern, one.key) and not rules.is_unfinished(one.key):
                    found.append(one)
        return sorted(found, key=lambda one: (one.modified_at, one.key))

    def fetch(self, seen: Seen, target: Path, stop: Stopping) -> None:
        """Copy a file if it is still the one that was seen."""
        *folders, name = seen.key.split("/")
        try:
            with self._open([*self.parts, *folders]) as folder:
                handle = os.open(name, _FILE, dir_fd=folder)
        except PermissionError as error:
            raise Waits("The worker may not read it. Give it the right to.") from error
        except (OSError, Missing) as error:  # gone, or a link or something else by now
            raise Changed from error
        with os.fdopen(handle, "rb") as source, target.open("wb") as copy:
            _check(os.fstat(handle), seen, self.most_bytes)
            while (piece := source.read(PIECE)) and not stop():
                copy.write(piece)
            if _version(os.fstat(handle)) != seen.version:
                raise Changed

    @contextmanager
    def _open(self, parts: list[str]) -> Iterator[int]:
        """The folder below the root, reached name by name."""
        try:
            handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for part in parts:
                above = handle
                try:
                    handle = os.open(part, _FOLDER, dir_fd=above)
                finally:
                    os.close(above)
        except OSError as error:
            raise Missing(
                "sources.no_folder",
                f"The folder {'/'.join(parts)!r} is not there, is a link, or may not be read "
                f"({error.strerror}). Make it below the hub's folder of sources, readable for "
                "the worker.",
            ) from error
        try:
            yield handle
        finally:
            os.close(handle)

    def _walk(self, folder: int, above: str, depth: int) -> Iterator[Seen]:
        """Plain files of a folder and of those below it; links and other things are passed over."""
        count = 0
        with os.scandir(folder) as entries:
            for entry in entries:
                count += 1
                if count > MOST_SEEN:
                    raise _too_many()
                if entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if depth and not entry.name.startswith("."):
                        yield from self._below(folder, entry.name, above, depth - 1)
                elif entry.is_file(follow_symlinks=False):
                    yield self._seen(f"{above}{entry.name}", entry.stat(follow_symlinks=False))

    def _below(self, folder: int, name: str, above: str, depth: int) -> Iterator[Seen]:
        try:
            handle = os.open(name, _FOLDER, dir_fd=folder)
        except OSError:  # gone, became a link, or may not be read: as if it were not there
            return
        try:
            yield from self._walk(handle, f"{above}{name}/", depth)
        finally:
            os.close(handle)

    def _seen(self, key: str, found: os.stat_result) -> Seen:
        modified = datetime.fromtimestamp(found.st_mtime, UTC)
        age = time.time() - max(found.st_mtime, found.st_ctime)
        wait = "It was changed a moment ago; it is taken when nobody writes it any more."
        printable = key.encode("utf-8", "backslashreplace").decode()
        return Seen(
            printable, found.st_size, _version(found), modified,
            wait="" if age >= self.settle else wait,
            refused="" if printable == key else "Its name is not UTF-8. Rename it.",
        )  # fmt: skip


def _version(found: os.stat_result) -> str:
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"


def _check(found: os.stat_result, seen: Seen, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refused("It is no plain file.")
    if found.st_nlink > 1:
        raise Refused("It has a second name elsewhere (a hard link). Put a copy here.")
    if _version(found) != seen.version:
        raise Changed
    if found.st_size > most:
        raise Refused(f"It has {found.st_size:,} bytes; at most {most:,} are taken. Split it.")


def _too_many() -> Invalid:
    text = f"The folder holds more than {MOST_SEEN:,} files."
    return Invalid("sources.too_many", f"{text} Move away those that were taken.")
