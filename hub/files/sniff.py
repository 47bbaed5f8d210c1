"""What a file really is: told from its bytes in bounded time and memory, nothing in it executed.

Readers begin here. A file that is refused has a sentence that says why and what to do instead.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hub.files.sniffing import gzips, texts, zips
from hub.files.sniffing.magic import refuse_known
from hub.files.sniffing.refusing import Refused

HEAD = 2**18
_PARQUET, _SQLITE, _OLE = b"PAR1", b"SQLite format 3\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_BINARY = (
    (_SQLITE, "sqlite"), (b"\x6c\x1b\x00", "bed"), (b"\x6c\x1b\x01", "bed"),
    (b"\x6c\x1b\x10", "pgen"), (b"BCF\x02", "bcf"),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Format, encoding of texts, and how it is packed; or why it is not taken.

    format: text (delimited or in fixed columns), json, jsonl, xml, xlsx, xls, ods, parquet, sqlite,
    zip, vcf, bcf, finalreport, bed, pgen; of what is refused also others.
    packed: gzip, bgzf, or nothing.
    """

    format: str
    encoding: str | None = None
    packed: str | None = None
    refused: str | None = None


def look(path: Path, name: str) -> Kind:
    """What the file is; `name` is how sentences call it."""
    with path.open("rb") as file:
        return look_at(file, name)


def look_at(file: BinaryIO, name: str) -> Kind:
    """The same of an open file."""
    try:
        return _look(file, name)
    except Refused as refused:
        return Kind(refused.format, refused=refused.sentence)


def _look(file: BinaryIO, name: str) -> Kind:
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise Refused("empty", f"{name} is empty. Choose a file with content.")
    if head.startswith(gzips.MAGIC):
        return _packed(file, head, name)
    if head.startswith((zips.MAGIC, zips.EMPTY)):
        return Kind(zips.look(file, size, name))
    refuse_known(head, name)
    if found := _binary(file, head, size, name):
        return Kind(found)
    kind = _text(head, name)
    texts.look_along(file, size, _lines(kind, name))
    return kind


def _packed(file: BinaryIO, head: bytes, name: str) -> Kind:
    """Of what is inside the same is asked, but for archives in archives."""
    packed = "bgzf" if gzips.is_bgzf(head) else "gzip"
    inside, lines, kind = b"", None, None
    for piece in gzips.look_into(file, name):
        if kind is None:
            inside += piece
            if len(inside) < HEAD:
                continue
            kind, piece = _inner(inside, name), inside
            lines = _lines(kind, name) if kind.encoding else None
        if lines:
            lines.take(piece)
    return replace(kind or _inner(inside, name), packed=packed)


def _inner(head: bytes, name: str) -> Kind:
    if not head:
        raise Refused("empty", f"{name} holds nothing. Choose a file with content.")
    if head.startswith((gzips.MAGIC, zips.MAGIC)):
        raise Refused("gzip", f"{name} is packed twice. Unpack it once and hand that in.")
    refuse_known(head, name)
    found = next((kind for start, kind in _BINARY if head.startswith(start)), None)
    return Kind(found) if found else _text(head, name)


def _binary(file: BinaryIO, head: bytes, size: int, name: str) -> str | None:
    if head.startswith(_PARQUET):
        file.seek(max(0, size - 4))
        if size < 12 or file.read(4) != _PARQUET:
            raise Refused("parquet", f"{name} was cut off on its way: its end is missing.")
        return "parquet"
    if head.startswith(_OLE):
        if _PASSWORD in head or _has(file, _PASSWORD):
            raise Refused("xlsx", f"{name} is protected by a password. Remove it and save it anew.")
        return "xls"
    return next((kind for start, kind in _BINARY if head.startswith(start)), None)


def _has(file: BinaryIO, wanted: bytes) -> bool:
    """The directory of such a workbook is somewhere in it; more than these bytes none has."""
    file.seek(0)
    return wanted in file.read(texts.LONGEST_LINE)


def _text(head: bytes, name: str) -> Kind:
    encoding = texts.encoding_of(head, name)
    return Kind(texts.kind_of(head, encoding, name), encoding)


def _lines(kind: Kind, name: str) -> texts.Lines:
    return texts.Lines(name, wide=str(kind.encoding).startswith(("utf-16", "utf-32")))
