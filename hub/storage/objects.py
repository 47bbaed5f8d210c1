"""Large objects (uploads, frozen datasets, result files), addressed by the hash of their content.

An object is written once and never changed: its key is `v1/ab/<sha256>`. Writing the same content
twice is the same object, so a repeated job leaves one copy.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlparse

from hub.errors import Missing, Unavailable
from hub.settings import Settings

LAYOUT = "v1"


class ObjectStore(Protocol):
    def put(self, content: bytes) -> str: ...

    def get(self, digest: str) -> bytes: ...


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(digest: str) -> str:
    return f"{LAYOUT}/{digest[:2]}/{digest}"


class FolderObjects:
    """Objects as files in a local folder; a file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        digest = sha256(content)
        path = self.folder / _key(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write_whole(path, content)
        except OSError as error:
            raise Unavailable(
                "storage.objects_not_writable",
                f"The object store cannot take the file ({error.strerror}). "
                "Free disk space or make its folder writable, then try again.",
            ) from error
        return digest

    @staticmethod
    def _write_whole(path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def get(self, digest: str) -> bytes:
        try:
            return (self.folder / _key(digest)).read_bytes()
        except FileNotFoundError as error:
            raise Missing("storage.no_object", "The stored file is no longer there.") from error


class S3Objects:
    """Objects in an S3 bucket under a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix.strip("/")

    def _path(self, digest: str) -> str:
        return f"{self.prefix}/{_key(digest)}".lstrip("/")

    def put(self, content: bytes) -> str:
        digest = sha256(content)
        with _worth_another_attempt():
            self.client.put_object(Bucket=self.bucket, Key=self._path(digest), Body=content)
        return digest

    def get(self, digest: str) -> bytes:
        try:
            with _worth_another_attempt():
                answer = self.client.get_object(Bucket=self.bucket, Key=self._path(digest))
                content: bytes = answer["Body"].read()
        except self.client.exceptions.NoSuchKey as error:
            raise Missing("storage.no_object", "The stored file is no longer there.") from error
        return content


@contextmanager
def _worth_another_attempt() -> Iterator[None]:
    """S3 is away: jobs wait and go on, people are asked to try again."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
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
