"""A prefix of an S3 bucket, read with the keys of the worker's environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Unavailable
from hub.etl.watching import rules
from hub.etl.watching.seen import MOST_SEEN, PIECE, Changed, Refused, Seen, Stopping

_GONE = {"NoSuchKey", "404", "PreconditionFailed", "412"}


class Bucket:
    """Objects are whole or not there, so none is ever half-written."""

    def __init__(self, client: Any, bucket: str, prefix: str, *, most_bytes: int) -> None:
        self.client, self.bucket = client, bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.most_bytes = most_bytes

    def look(self, pattern: str) -> list[Seen]:
        """The objects that fit, oldest first."""
        found: list[Seen] = []
        with _told(self.bucket):
            for count, one in enumerate(self._objects()):
                if count >= MOST_SEEN:
                    raise Invalid(
                        "sources.too_many",
                        f"The prefix holds more than {MOST_SEEN:,} objects. Move away those that "
                        "were taken, or watch a longer prefix.",
                    )
                key = one["Key"].removeprefix(self.prefix)
                fits = key and not key.endswith("/") and rules.fits(pattern, key)
                if fits and not rules.is_unfinished(key):
                    version = str(one["ETag"]).strip('"')
                    found.append(Seen(key, one["Size"], version, one["LastModified"]))
        return sorted(found, key=lambda one: (one.modified_at, one.key))

    def _objects(self) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
            yield from page.get("Contents", ())

    def fetch(self, seen: Seen, target: Path, stop: Stopping) -> None:
        """Copy an object if it is still the one that was listed."""
        if seen.size > self.most_bytes:
            text = f"It has {seen.size:,} bytes; at most {self.most_bytes:,} are taken. Split it."
            raise Refused(text)
        with _told(self.bucket), target.open("wb") as copy:
            answer = self.client.get_object(
                Bucket=self.bucket, Key=self.prefix + seen.key, IfMatch=f'"{seen.version}"'
            )
            for piece in answer["Body"].iter_chunks(PIECE):
                copy.write(piece)
                if stop():
                    return
        if target.stat().st_size != seen.size:
            raise Changed


@contextmanager
def _told(bucket: str) -> Iterator[None]:
    """What S3 answers, as sentences; its own texts name keys and hosts."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _GONE:
            raise Changed from error
        raise Invalid(
            "sources.bucket_refused",
            f"The bucket {bucket!r} answers {code or 'an error'}. Let the operator check that it "
            "exists and that the worker's keys may list and read it.",
        ) from error
    except BotoCoreError as error:
        raise Unavailable(
            "sources.bucket_away", f"The bucket {bucket!r} does not answer. It is tried again."
        ) from error
