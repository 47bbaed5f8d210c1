"""ZIP archives (workbooks are such): what is in them, and whether it harms."""

import stat
import struct
import zipfile
import zlib
from typing import BinaryIO

from hub.files.sniffing.gzips import HARMLESS, MOST_LOOKED_AT, MOST_RATIO, PIECE
from hub.files.sniffing.magic import refuse_known
from hub.files.sniffing.refusing import TAKEN, Refused

MAGIC, EMPTY = b"PK\x03\x04", b"PK\x05\x06"
MOST_ENTRIES = 10_000
MOST_DIRECTORY = 2 * 2**20
MOST_UNPACKED = 4 * 2**30
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_LOCAL_BYTES = 30
_INSIDE = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_EMBEDDED = "xl/embeddings/"  # what a workbook shows of others; nobody unpacks it
_PICKLES = (".pkl", ".pickle", ".joblib", ".npy", ".rds")


def look(file: BinaryIO, size: int, name: str) -> str:
    """xlsx, ods or zip; the directory is judged before it is read, and it before the rest is."""
    _check_directory(file, size, name)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, size, name)
            _check_contents(archive, entries, name)
            return _kind(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error,
            UnicodeDecodeError, NotImplementedError, ValueError) as error:  # fmt: skip
        raise Refused(
            "zip", f"{name} is damaged: it does not unpack. Get it again, or save it anew."
        ) from error


def _check_directory(file: BinaryIO, size: int, name: str) -> None:
    """Its length says how much memory reading it takes; a number of entries can be a lie."""
    tail = min(size, _END_BYTES + _LONGEST_COMMENT)
    file.seek(size - tail)
    last = file.read(tail)
    place = last.rfind(_END)
    if place < 0 or len(last) - place < _END_BYTES:
        raise Refused("zip", f"{name} was cut off on its way: its end is missing. Get it again.")
    *_, entries, length, _, _ = struct.unpack("<4s4H2LH", last[place : place + _END_BYTES])
    if entries > MOST_ENTRIES or length > MOST_DIRECTORY:
        raise Refused(
            "zip",
            f"{name} is an archive of more than {MOST_ENTRIES:,} files. Hand in the table itself.",
        )


def _check_entries(entries: list[zipfile.ZipInfo], size: int, name: str) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Refused("zip", f"{name} is an archive of more than {MOST_ENTRIES:,} files.")
    for entry in entries:
        _check_entry(entry, name)
    _check_places(entries, size, name)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > HARMLESS and unpacked > MOST_RATIO * packed):
        raise _bomb(name)


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    if entry.flag_bits & 0x1:
        raise Refused("zip", f"{name} is protected by a password. Remove it and hand it in again.")
    parts = entry.orig_filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0] or "\x00" in entry.orig_filename:
        raise Refused("zip", f"{name} wants to write outside of its folder; it was not unpacked.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("zip", f"{name} holds a link to another file, so it was not unpacked.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("zip", f"{name} is packed in a way that is not read. Pack it as usual.")
    if entry.filename.lower().endswith(_PICKLES):
        raise Refused(
            "pickle",
            f"{name} holds objects of Python or R, which can run programs when they are read. It "
            "was not read. Save the table as CSV or Parquet.",
        )


def _check_places(entries: list[zipfile.ZipInfo], size: int, name: str) -> None:
    """Entries that share bytes unpack to far more than the file has."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise Refused("zip", f"{name} has files that overlap one another: it is made to harm.")
        end = entry.header_offset + _LOCAL_BYTES + len(entry.filename) + entry.compress_size
        if end > size:
            raise Refused("zip", f"{name} says of its files what is not so: it is damaged.")


def _check_contents(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> None:
    """Unpack and throw away, the largest first, until enough was seen: sizes can be lies."""
    left = MOST_LOOKED_AT
    for entry in sorted(entries, key=lambda one: -one.compress_size):
        if left <= 0:
            return
        with archive.open(entry) as stream:
            head = stream.read(4096)
            left -= _check_head(entry, head, name)
            while left > 0 and (piece := stream.read(PIECE)):
                left -= len(piece)


def _check_head(entry: zipfile.ZipInfo, head: bytes, name: str) -> int:
    if head.startswith(_INSIDE) and not entry.filename.startswith(_EMBEDDED):
        raise Refused("zip", f"{name} holds an archive in an archive. Unpack it and hand that in.")
    if entry.filename.lower().endswith((".xml", ".rels")):
        plain = head.replace(b"\x00", b"").upper()
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise Refused(
                "xlsx", f"{name} defines words of its own in its XML, as no spreadsheet does."
            )
    elif not entry.filename.startswith(("xl/", "Pictures/", "Thumbnails/", "docProps/")):
        refuse_known(head, f"{entry.filename} in {name}")
    return len(head)


def _bomb(name: str) -> Refused:
    return Refused(
        "zip",
        f"{name} unpacks to more than {MOST_RATIO} times its size or {MOST_UNPACKED // 2**30} GiB, "
        "as files do that are made to fill a disk. If it is honest, hand in the tables in it.",
    )


def _kind(archive: zipfile.ZipFile, name: str) -> str:
    names = set(archive.namelist())
    if {"xl/workbook.xml", "xl/workbook.bin"} & names:
        return "xlsx"
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise Refused("office", f"{name} is a document, not a table. {TAKEN}")
    if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
        return "ods"
    return "zip"
