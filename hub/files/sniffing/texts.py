"""Texts: their encoding, and lines and columns that no table has."""

import codecs
import json
import re
from typing import BinaryIO

from hub.files.sniffing.refusing import TAKEN, Refused

PIECE = 2**20
LONGEST_LINE = 64 * 2**20
MOST_COLUMNS = 900_000
"""A table of genotypes has a column for each marker; the largest arrays have 780,000."""
MOST_CELLS = 2_100_000
"""Of a pedigree file of PLINK, which has two for each marker between blanks or tabs."""
STRIDE = 32 * 2**20
DEEPEST = 500
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1a"))
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<table")


class Lines:
    """Told a text a piece at a time, refuses lines and columns that no table has."""

    def __init__(self, name: str, *, wide: bool = False) -> None:
        self.name = name
        self.wide = wide  # two bytes a character: zeros are no sign of anything
        self.length = 0
        self.number = 1
        self.columns = dict.fromkeys(b",;|\t ", 0)

    def take(self, piece: bytes) -> None:
        if not self.wide and b"\x00" in piece:
            raise _binary(self.name, "holds zero bytes, so it is damaged or no text")
        end = piece.find(b"\n")
        if end < 0:
            self._grow(piece)
            return
        self._grow(piece[:end])
        self.number += piece.count(b"\n")
        self.length = len(piece) - piece.rfind(b"\n") - 1

    def _grow(self, piece: bytes) -> None:
        self.length += len(piece)
        if self.length > LONGEST_LINE:
            raise _long(self.name, f"line {self.number}")
        if self.number > 1:
            return
        for mark in self.columns:
            self.columns[mark] += piece.count(mark)
        self._check_columns()

    def _check_columns(self) -> None:
        for mark, count in self.columns.items():
            most = MOST_CELLS if mark in b"\t " else MOST_COLUMNS
            if count >= most:
                raise Refused(
                    "text",
                    f"The first line of {self.name} has more than {most:,} columns; no table has "
                    "so many. Look whether its line ends or delimiters were lost.",
                )


def _long(name: str, where: str) -> Refused:
    return Refused(
        "text",
        f"{where.capitalize()} of {name} is longer than {LONGEST_LINE // 2**20} MiB. Look whether "
        "its line ends were lost on the way, and hand it in again.",
    )


def _binary(name: str, why: str) -> Refused:
    return Refused("binary", f"{name} {why}. {TAKEN}")


def encoding_of(head: bytes, name: str) -> str:
    """As the first bytes tell it; refuses what is no text in any."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if wide := _utf16_without_mark(head):
        return wide
    if len(head.translate(None, _CONTROL)) < 0.98 * len(head) or b"\x00" in head:
        raise _binary(name, "is not text, and none of the kinds of files that the hub knows")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _utf16_without_mark(head: bytes) -> str:
    """Texts of western languages in UTF-16 have a zero in every second byte."""
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and not odd.count(0):
        return "utf-16-be"
    return ""


def look_along(file: BinaryIO, size: int, lines: Lines) -> None:
    """All of a small file; of a large one its beginning, and a line every now and then."""
    file.seek(0)
    while file.tell() < STRIDE or (lines.number == 1 and file.tell() < size):
        piece = file.read(PIECE)
        if not piece:
            return
        lines.take(piece)
    for place in range(STRIDE, size, STRIDE):
        _look_at(file, place, lines)


def _look_at(file: BinaryIO, place: int, lines: Lines) -> None:
    """A line that reaches from here to the next look may be too long."""
    file.seek(place)
    seen = 0
    while piece := file.read(65_536 if not seen else PIECE):
        if not lines.wide and b"\x00" in piece:
            raise _binary(lines.name, f"holds zero bytes after byte {place:,}: it is damaged")
        seen += len(piece)
        if b"\n" in piece:
            return
        if seen > LONGEST_LINE:
            raise _long(lines.name, f"the line around byte {place:,}")


def kind_of(head: bytes, encoding: str, name: str) -> str:
    """Which text it is; web pages and pictures in words are refused."""
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    start = text[:4096].lower().encode()
    if start.startswith(b"<"):
        return _markup(start, name)
    if text.startswith(("{", "[")) and not text.lower().startswith("[header]"):
        return _json(text, name)
    if text.startswith("##fileformat=VCF"):
        return "vcf"
    if text.lower().startswith("[header]"):
        return "finalreport"
    return "text"


def _markup(start: bytes, name: str) -> str:
    if start.startswith(_PAGE) or b"<html" in start:
        raise Refused(
            "html",
            f"{name} is a web page, even if it calls itself a spreadsheet. Open it in a "
            "spreadsheet program, save it as .xlsx or CSV, and hand that in.",
        )
    if b"<svg" in start:
        raise Refused("svg", f"{name} is a picture (svg). {TAKEN}")
    if b"<!doctype" in start or b"<!entity" in start:
        raise Refused("xml", f"{name} is XML with definitions of its own, which are not read.")
    return "xml"


def _json(text: str, name: str) -> str:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", text):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise Refused("json", f"{name} is nested more than {DEEPEST} deep. Flatten it to a table.")
    first, _, rest = text.partition("\n")
    if rest.lstrip().startswith(("{", "[")) and _is_json(first):
        return "jsonl"
    return "json"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
