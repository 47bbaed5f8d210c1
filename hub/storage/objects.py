"""Large objects (uploads, frozen datasets, result files), addressed by the hash of their content.

An object is written once and never changed: its key is `v1/ab/<sha256>`. Writing the same content
twice is the same object, so a repeated job leaves one copy. Writing it again makes it young, so
that the collection of what nobody refers to leaves it alone.

Parts of uploads that are not whole yet stand beside, under the number of the upload: they have no
meaning of their own, and go away with it.
"""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol
from urllib.parse import urlparse
from uuid import UUID

from hub.errors import Full, Missing, Unavailable
from hub.settings import Settings

LAYOUT = "v1"
PARTS = "parts"
INCOMING = f"{LAYOUT}/incoming"
PIECE = 2**20
"""Bytes that are in memory at once of a file of any size."""
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Stored(NamedTuple):
    """One object as the store lists it."""

    digest: str
    size: int
    written_at: datetime


class ObjectStore(Protocol):
    def put(self, content: bytes) -> str:
        """Keep content; its digest."""

    def put_file(self, path: Path) -> str:
        """Keep a file of any size, a piece of it in memory at a time; its digest."""

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        """Keep what the pieces are one after the other; its digest."""

    def get(self, digest: str) -> bytes:
        """All of it in memory: for what is known to be small."""

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The object a piece at a time, for what may be large."""

    def local(self, digest: str) -> AbstractContextManager[Path]:
        """A file to read, never to change; it may be gone after the context."""

    def fetch(self, digest: str, folder: Path, name: str = "") -> Path:
        """A file to read in a folder of the caller's, called as wished."""

    def size(self, digest: str) -> int:
        """Bytes."""

    def has(self, digest: str) -> bool: ...

    def delete(self, digest: str, *, unless_since: datetime | None = None) -> bool:
        """Whether it went: what is not there does not, nor what was written since then.

        Only the collection of garbage does this.
        """

    def digests(self) -> Iterator[Stored]:
        """Every object, in any order."""

    def put_part(self, upload: UUID, number: int, content: bytes) -> None:
        """Keep a part of an upload; the same number again takes its place."""

    def get_part(self, upload: UUID, number: int) -> bytes: ...

    def remove_parts(self, upload: UUID) -> None: ...

    def uploads(self) -> set[UUID]:
        """Uploads of which there are parts."""

    def sweep(self, before: datetime) -> None:
        """Remove what somebody began to write before then and never ended."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _key(digest: str) -> str:
    return f"{LAYOUT}/{digest[:2]}/{digest}"


def _parts_key(upload: UUID) -> str:
    return f"{LAYOUT}/{PARTS}/{upload}"


def _is_digest(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _no_object() -> Missing:
    return Missing("storage.no_object", "The stored file is no longer there.")


class FolderObjects:
    """Objects as files in a local folder; a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        digest = sha256(content)
        if not self._renewed(digest):
            self.put_pieces([content])
        return digest

    def put_file(self, path: Path) -> str:
        with path.open("rb") as file:
            return self.put_pieces(pieces_of(file))

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        with _room_on_disk():
            incoming = self.folder / INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            return self._write_whole(incoming, pieces)

    def _write_whole(self, folder: Path, pieces: Iterable[bytes]) -> str:
        hashed = hashlib.sha256()
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    hashed.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(hashed.hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True)
            Path(name).chmod(0o400)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return hashed.hexdigest()

    def _path(self, digest: str) -> Path:
        if not _is_digest(digest):
            raise _no_object()
        return self.folder / _key(digest)

    def _renewed(self, digest: str) -> bool:
        """Whether it is there already; it counts as written now."""
        try:
            os.utime(self._path(digest))
        except FileNotFoundError:
            return False
        except OSError:
            return self._path(digest).exists()
        return True

    def get(self, digest: str) -> bytes:
        with _there():
            return self._path(digest).read_bytes()

    def pieces(self, digest: str) -> Iterator[bytes]:
        with _there(), self._path(digest).open("rb") as file:
            yield from pieces_of(file)

    @contextmanager
    def local(self, digest: str) -> Iterator[Path]:
        if not self.has(digest):
            raise _no_object()
        yield self._path(digest)

    def fetch(self, digest: str, folder: Path, name: str = "") -> Path:
        if not self.has(digest):
            raise _no_object()
        target = folder / (name or digest)
        target.symlink_to(self._path(digest).resolve())
        return target

    def size(self, digest: str) -> int:
        with _there():
            return self._path(digest).stat().st_size

    def has(self, digest: str) -> bool:
        return _is_digest(digest) and self._path(digest).is_file()

    def delete(self, digest: str, *, unless_since: datetime | None = None) -> bool:
        """Put aside first: who writes it again after that does not find it, and writes it anew."""
        aside = self.folder / INCOMING / f"gone-{digest}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._path(digest).replace(aside)
        except FileNotFoundError:
            return False
        if unless_since is not None and aside.stat().st_mtime >= unless_since.timestamp():
            aside.replace(self._path(digest))
            return False
        aside.unlink()
        return True

    def digests(self) -> Iterator[Stored]:
        for path in (self.folder / LAYOUT).glob("??/*"):
            with suppress(FileNotFoundError):
                if _is_digest(path.name):
                    found = path.stat()
                    written = datetime.fromtimestamp(found.st_mtime, UTC)
                    yield Stored(path.name, found.st_size, written)

    def put_part(self, upload: UUID, number: int, content: bytes) -> None:
        folder = self.folder / _parts_key(upload)
        unfinished = folder / f".{number}-{os.getpid()}-{id(content)}"
        with _room_on_disk():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(content)
                unfinished.replace(folder / str(number))
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise

    def get_part(self, upload: UUID, number: int) -> bytes:
        with _there():
            return (self.folder / _parts_key(upload) / str(number)).read_bytes()

    def remove_parts(self, upload: UUID) -> None:
        shutil.rmtree(self.folder / _parts_key(upload), ignore_errors=True)

    def uploads(self) -> set[UUID]:
        return {UUID(path.name) for path in (self.folder / LAYOUT / PARTS).glob("*-*-*-*-*")}

    def sweep(self, before: datetime) -> None:
        for path in (self.folder / INCOMING).glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()


@contextmanager
def _there() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _no_object() from error


@contextmanager
def _room_on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise Full(
                "storage.full",
                "There is no room left where files are kept; nothing of this one was stored. "
                "Ask whoever runs the hub to free disk space, then send it again.",
            ) from error
        raise Unavailable(
            "storage.objects_not_writable",
            f"The object store cannot take the file ({error.strerror}). "
            "Free disk space or make its folder writable, then try again.",
        ) from error


class S3Objects:
    """Objects in an S3 bucket under a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix.strip("/")

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._name(key)}

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}".lstrip("/")

    def put(self, content: bytes) -> str:
        digest = sha256(content)
        with _worth_another_attempt():
            self.client.put_object(**self._at(_key(digest)), Body=content)
        return digest

    def put_file(self, path: Path) -> str:
        digest = sha256_of_file(path)
        with _worth_another_attempt():
            self.client.upload_file(str(path), **self._at(_key(digest)))
        return digest

    def put_pieces(self, pieces: Iterable[bytes]) -> str:
        with tempfile.NamedTemporaryFile() as file:
            with _room_on_disk():
                file.writelines(pieces)
                file.flush()
            return self.put_file(Path(file.name))

    def get(self, digest: str) -> bytes:
        return b"".join(self.pieces(digest))

    def pieces(self, digest: str) -> Iterator[bytes]:
        with self._there():
            body = self.client.get_object(**self._at(_key(digest)))["Body"]
            yield from body.iter_chunks(PIECE)

    @contextmanager
    def local(self, digest: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="agrigen-object-") as folder:
            yield self.fetch(digest, Path(folder))

    def fetch(self, digest: str, folder: Path, name: str = "") -> Path:
        target = folder / (name or digest)
        with _room_on_disk(), target.open("wb") as file:
            for piece in self.pieces(digest):
                file.write(piece)
        return target

    def size(self, digest: str) -> int:
        with self._there():
            return int(self.client.head_object(**self._at(_key(digest)))["ContentLength"])

    def has(self, digest: str) -> bool:
        try:
            self.size(digest)
        except Missing:
            return False
        return True

    def delete(self, digest: str, *, unless_since: datetime | None = None) -> bool:
        try:
            with self._there():
                found = self.client.head_object(**self._at(_key(digest)))
                if unless_since is not None and found["LastModified"] >= unless_since:
                    return False
                self.client.delete_object(**self._at(_key(digest)))
        except Missing:
            return False
        return True

    def digests(self) -> Iterator[Stored]:
        for found in self._listed(f"{LAYOUT}/"):
            digest = found["Key"].rsplit("/", 1)[-1]
            if _is_digest(digest):
                yield Stored(digest, found["Size"], found["LastModified"])

    def put_part(self, upload: UUID, number: int, content: bytes) -> None:
        with _worth_another_attempt():
            self.client.put_object(**self._at(f"{_parts_key(upload)}/{number}"), Body=content)

    def get_part(self, upload: UUID, number: int) -> bytes:
        with self._there():
            answer = self.client.get_object(**self._at(f"{_parts_key(upload)}/{number}"))
            content: bytes = answer["Body"].read()
        return content

    def remove_parts(self, upload: UUID) -> None:
        for found in list(self._listed(f"{_parts_key(upload)}/")):
            with _worth_another_attempt():
                self.client.delete_object(Bucket=self.bucket, Key=found["Key"])

    def uploads(self) -> set[UUID]:
        return {UUID(found["Key"].split("/")[-2]) for found in self._listed(f"{LAYOUT}/{PARTS}/")}

    def sweep(self, before: datetime) -> None:
        """Objects of S3 are there whole or not at all."""

    def _listed(self, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        with _worth_another_attempt():
            for page in pages.paginate(Bucket=self.bucket, Prefix=self._name(prefix)):
                yield from page.get("Contents", ())

    @contextmanager
    def _there(self) -> Iterator[None]:
        from botocore.exceptions import ClientError

        try:
            with _worth_another_attempt():
                yield
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404", "NotFound"}:
                raise _no_object() from error
            raise


@contextmanager
def _worth_another_attempt() -> Iterator[None]:
    """S3 is away: jobs wait and go on, people are asked to try again."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except (Boto3Error, BotoCoreError) as error:
        raise Unavailable(
            "storage.objects_unreachable",
            "The object store is not answering; nothing was changed. Try again in a moment.",
            retry_after=2,
        ) from error


def open_objects(settings: Settings) -> ObjectStore:
    """The store that the settings name: a folder, or s3://bucket/prefix."""
    location = settings.objects_location
    if location.startswith("s3://"):
        import boto3  # heavy, and only operators with S3 need it here

        parsed = urlparse(location)
        return S3Objects(boto3.client("s3"), parsed.netloc, parsed.path)
    return FolderObjects(Path(location))
