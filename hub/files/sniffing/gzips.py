"""Gzip and BGZF: what is in them, and whether it is a bomb."""

import time
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from hub.files.sniffing.refusing import Refused

MAGIC = b"\x1f\x8b"
PIECE = 2**20
MOST_RATIO = 100
HARMLESS = 16 * 2**20
"""Bytes up to which a good ratio harms nobody."""
MOST_LOOKED_AT = 256 * 2**20
SECONDS = 1.0
"""What is looked at; readers of the rest count what they unpack."""


def is_bgzf(head: bytes) -> bool:
    return head[3:4] == b"\x04" and b"BC\x02\x00" in head[10:64]


def look_into(file: BinaryIO, name: str) -> Iterator[bytes]:
    """What the file unpacks to, a piece at a time, until enough was seen."""
    until = time.monotonic() + SECONDS
    unpacked = 0
    for piece, packed in pieces(file, name):
        unpacked += len(piece)
        check_ratio(unpacked, packed, name)
        yield piece
        if unpacked > MOST_LOOKED_AT or time.monotonic() > until:
            return


def check_ratio(unpacked: int, packed: int, name: str) -> None:
    if unpacked > HARMLESS and unpacked > MOST_RATIO * max(packed, 1):
        raise Refused(
            "gzip",
            f"{name} unpacks to more than {MOST_RATIO} times its size, as files do that are made "
            "to fill a disk. If it is honest, unpack it and hand it in as it is.",
        )


def pieces(file: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
    """Pieces of what is inside, with the packed bytes that were read for it."""
    file.seek(0)
    stream = zlib.decompressobj(31)
    rest, packed, begun = b"", 0, False
    while rest or (rest := file.read(PIECE)):
        before = len(rest)
        try:
            piece = stream.decompress(rest, PIECE)
        except zlib.error as error:
            if not begun and packed and not rest.startswith(MAGIC):
                return  # zeros behind the last member are allowed, as gzip does
            raise Refused(
                "gzip",
                f"{name} is damaged near byte {packed:,}: it does not unpack. Get it again.",
            ) from error
        begun = True
        rest = stream.unconsumed_tail
        if stream.eof:
            rest = stream.unused_data
            stream, begun = zlib.decompressobj(31), False
        packed += before - len(rest)
        if piece:
            yield piece, packed
    if begun:
        raise Refused("gzip", f"{name} was cut off on its way: its end is missing. Get it again.")
