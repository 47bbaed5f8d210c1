"""Parts of an upload: how many, how long each, which are not there yet, and the file they make."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from hub.errors import Invalid, TooLarge
from hub.files.limits import amount
from hub.storage.objects import ObjectStore, sha256

PART_BYTES = 16 * 2**20

Part = tuple[int, str]
"""Number and hash."""
Each = Callable[[int], None]
"""Told the number of every part before it is read."""


def count(size: int, part_bytes: int) -> int:
    return -(-size // part_bytes)


def length(number: int, size: int, part_bytes: int) -> int:
    """Bytes of a part: the last one is shorter."""
    return min(part_bytes, size - (number - 1) * part_bytes)


def check(number: int, content: bytes, size: int, part_bytes: int) -> None:
    """Refuse a number there is not, and a part that was cut off on its way."""
    parts = count(size, part_bytes)
    if not 1 <= number <= parts:
        raise Invalid(
            "files.part_number",
            f"The upload has the parts 1 to {parts}; there is no part {number}.",
        )
    wanted = length(number, size, part_bytes)
    if len(content) > part_bytes:
        raise TooLarge(
            "files.part_too_large",
            f"The part has {len(content):,} bytes; at most {part_bytes:,} are taken at a time.",
        )
    if len(content) != wanted:
        raise Invalid(
            "files.part_length",
            f"Part {number} has {len(content):,} bytes and must have {wanted:,}. Send it again.",
        )


def check_whole(received: Sequence[int], size: int, part_bytes: int) -> None:
    there = set(received)
    missing = [n for n in range(1, count(size, part_bytes) + 1) if n not in there]
    if missing:
        first = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
        raise Invalid(
            "files.parts_missing",
            f"{len(missing)} of {count(size, part_bytes)} parts are not there yet: {first}. Send "
            "them, then finish.",
        )


def join(
    objects: ObjectStore,
    upload: UUID,
    parts: Sequence[Part],
    *,
    each: Each = lambda _: None,
) -> str:
    """The digest of the file that the parts make."""
    return objects.put_pieces(_contents(objects, upload, parts, each))


def _contents(
    objects: ObjectStore, upload: UUID, parts: Sequence[Part], each: Each
) -> Iterator[bytes]:
    for number, digest in parts:
        each(number)
        content = objects.get_part(upload, number)
        if sha256(content) != digest:
            raise Invalid(
                "files.part_changed",
                f"Part {number} is not what was received. Send it again, then finish.",
            )
        yield content


def check_hash(found: str, expected: str, size: int) -> None:
    """What arrived is what the sender has; only they can tell which part is wrong."""
    if expected and found != expected:
        raise Invalid(
            "files.hash",
            f"The {amount(size)} that arrived are not the file that was announced (its SHA-256 "
            "differs). It was changed meanwhile, or a part is wrong: upload it anew.",
        )
