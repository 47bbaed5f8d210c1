"""Which places the operator lets be watched, and one of them, open."""

import re
from urllib.parse import urlparse

from hub.errors import FieldError, Invalid
from hub.etl.watching.bucket import Bucket
from hub.etl.watching.database import Database, Limits, check_url
from hub.etl.watching.folder import Folder
from hub.etl.watching.schemas import SourcePlaceRead
from hub.etl.watching.seen import Place
from hub.settings import Settings

_PART = re.compile(r"[^/.~\s][^/]*(?<!\s)")
_DEPTH = 6
LARGEST_FILE = 10 * 2**30


def open_place(settings: Settings, place: str, query: str) -> Place:
    """The place of that name; one that the operator did not name is refused."""
    if place.startswith("folder:"):
        return _folder(settings, place.removeprefix("folder:"))
    if place.startswith("s3://"):
        return _bucket(settings, place)
    return _database(settings, place.removeprefix("database:"), query)


def known_places(settings: Settings) -> list[SourcePlaceRead]:
    """What may be watched: folders that are there, prefixes of buckets, databases by name."""
    root = settings.sources_location
    folders = sorted(
        one.name for one in (root.iterdir() if root.is_dir() else ())
        if one.is_dir() and not one.is_symlink() and _PART.fullmatch(one.name)
    )  # fmt: skip
    return [
        *(SourcePlaceRead(place=f"folder:{name}", kind="folder") for name in folders),
        *(SourcePlaceRead(place=prefix, kind="bucket") for prefix in settings.sources_buckets),
        *(
            SourcePlaceRead(place=f"database:{name}", kind="database")
            for name in sorted(settings.sources_databases)
        ),
    ]


def _folder(settings: Settings, name: str) -> Folder:
    parts = name.split("/")
    if len(parts) > _DEPTH or not all(map(_PART.fullmatch, parts)):
        raise _refused(
            f"{name!r} is no name of a folder below the hub's folder of sources.",
            "Write it such as folder:hill or folder:hill/scale, without dots in front.",
        )
    most = min(LARGEST_FILE, settings.sources_most_bytes)
    return Folder(
        settings.sources_location, name, settle=settings.sources_settle_seconds, most_bytes=most
    )


def _bucket(settings: Settings, place: str) -> Bucket:
    asked = place.rstrip("/")
    allowed = [one.rstrip("/") for one in settings.sources_buckets]
    if not any(asked == one or asked.startswith(f"{one}/") for one in allowed):
        raise _refused(
            "The operator does not let this bucket be watched.",
            f"Take one of {', '.join(allowed) or 'none'}, or ask for it in "
            "AGRIGEN_SOURCES_BUCKETS.",
        )
    import boto3  # heavy, and only operators with S3 need it

    parsed = urlparse(asked)
    most = min(LARGEST_FILE, settings.sources_most_bytes)
    return Bucket(boto3.client("s3"), parsed.netloc, parsed.path, most_bytes=most)


def _database(settings: Settings, name: str, query: str) -> Database:
    url = settings.sources_databases.get(name)
    if url is None:
        known = ", ".join(sorted(settings.sources_databases)) or "none"
        raise _refused(
            f"The operator named no database {name!r}.",
            f"Take one of {known}, or ask for it in AGRIGEN_SOURCES_DATABASES.",
        )
    address = url.get_secret_value()
    check_url(name, address)
    limits = Limits(
        settings.sources_most_rows,
        min(LARGEST_FILE, settings.sources_most_bytes),
        settings.sources_query_seconds,
    )
    return Database(name, address, query, limits)


def _refused(message: str, remedy: str) -> Invalid:
    fix = FieldError("place", message, remedy)
    return Invalid("sources.place", f"{message} {remedy}", errors=[fix])
