"""Handing files in: in one piece, or in parts that go on where they stopped."""

import hashlib
import mimetypes
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from agrigen.client.errors import ApiError
from agrigen.client.item import Item
from agrigen.client.resources import Items
from agrigen.client.waiting import Progress, wait_until_ended

ONE_PIECE = 32 * 2**20
"""Bytes up to which a file is sent at once; larger files go up in parts."""


class Files(Items):
    path = "/files"
    columns = ("id", "name", "size", "created_at")

    def upload(
        self,
        source: str | PathLike[str] | bytes,
        *,
        name: str | None = None,
        media_type: str | None = None,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> Item:
        """Hand in a file (a path, or bytes with a `name`); it is kept as it is, with its hash.

        A large file goes up in parts. When that is interrupted, the same call goes on with the
        parts that are not there yet; the hub keeps the others for two days.
        """
        kind = media_type or mimetypes.guess_type(_name(source, name))[0]
        kind = kind or "application/octet-stream"
        if isinstance(source, bytes):
            return self._at_once(source, _name(source, name), kind)
        path = Path(source)
        if path.stat().st_size <= ONE_PIECE:
            return self._at_once(path.read_bytes(), _name(source, name), kind)
        return self._in_parts(path, _name(source, name), kind, progress, timeout_seconds)

    def download(self, id: str, target: str | PathLike[str]) -> Path:
        """Save a file as it was handed in; a piece of it is in memory at a time."""
        path = Path(target)
        self._transport.download(self._at(id, "content"), path)
        return path

    def remove(self, id: str) -> None:
        """Take a file back from which nothing was imported."""
        self._transport.write("DELETE", self._at(id))

    def uploads(self) -> list[Item]:
        """One's uploads that are not finished: names, parts there are, until when."""
        return [Item(one) for one in self._transport.get("/uploads")["items"]]

    def _at_once(self, content: bytes, name: str, kind: str) -> Item:
        headers = {"Content-Type": kind}
        answer = self._transport.send(
            "POST", self.path, query={"name": name}, content=content, headers=headers
        )
        return Item(answer.json())

    def _in_parts(
        self,
        path: Path,
        name: str,
        kind: str,
        progress: Callable[[Progress], None] | None,
        timeout_seconds: float,
    ) -> Item:
        with path.open("rb") as file:
            upload = self._begun(path, name, kind)
            if upload["state"] == "open":
                self._send_parts(file, upload, progress)
                upload = self._finish(upload)
        if upload["state"] != "done":
            self._wait(upload, progress, timeout_seconds)
            upload = self._transport.get(f"/uploads/{upload['id']}")
        return self.get(upload["file_id"])

    def _begun(self, path: Path, name: str, kind: str) -> Item:
        """The upload of this very file that was interrupted, or a new one."""
        digest = _sha256(path)
        size = path.stat().st_size
        for one in self.uploads():
            if (one["name"], one["size"], one["sha256"]) == (name, size, digest):
                return one
        new = {"name": name, "size": size, "media_type": kind, "sha256": digest}
        return self._transport.create("/uploads", new)

    def _send_parts(
        self, file: BinaryIO, upload: Item, progress: Callable[[Progress], None] | None
    ) -> None:
        there, total = set(upload["received"]), upload["parts"]
        for number in range(1, total + 1):
            if number not in there:
                file.seek((number - 1) * upload["part_bytes"])
                content = file.read(upload["part_bytes"])
                self._send_part(upload, number, content)
            if progress:
                progress(Progress("sending", number / total, f"part {number} of {total}"))

    def _send_part(self, upload: Item, number: int, content: bytes) -> None:
        self._transport.send(
            "PUT",
            f"/uploads/{upload['id']}/parts/{number}",
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )

    def _finish(self, upload: Item) -> Item:
        """What is refused is not to be sent again, so it is taken back."""
        try:
            return self._transport.create(f"/uploads/{upload['id']}/finish")
        except ApiError as error:
            if error.code in {"files.refused", "files.hash"}:
                self._transport.write("DELETE", f"/uploads/{upload['id']}")
            raise

    def _wait(
        self,
        upload: Item,
        progress: Callable[[Progress], None] | None,
        timeout_seconds: float,
    ) -> None:
        def job() -> Item:
            found = self._transport.get(f"/jobs/{upload['job_id']}")
            return Item({**found, "job_id": upload["job_id"]})

        wait_until_ended(
            job, what="upload", transport=self._transport, progress=progress,
            timeout_seconds=timeout_seconds,
        )  # fmt: skip


def _name(source: str | PathLike[str] | bytes, name: str | None) -> str:
    if name is not None:
        return name
    return "upload.csv" if isinstance(source, bytes) else Path(source).name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
