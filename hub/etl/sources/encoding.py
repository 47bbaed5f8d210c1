"""In which encoding a text is written, and the text a block of whole lines at a time."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from hub.errors import Invalid

BLOCK = 4 << 20
LONGEST_LINE = 16 << 20
_SAMPLE = 1 << 18
_ENOUGH = 30
"""Letters outside of ASCII from which on a guess is better than the usual encoding."""
_USUAL = {"cp1252", "latin_1"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_GUESSES = {
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp932", "cp949",
    "big5", "gb18030", "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9",
    "mac_roman", "cp850", "cp852", "cp866",
}  # fmt: skip
"""What charset-normalizer may say against the usual; its names of Python's codecs."""


@dataclass(frozen=True)
class Encoding:
    """A codec of Python, its name for people, and whether it is a guess."""

    codec: str
    name: str
    guessed: bool = False


def encoding_of(path: Path) -> Encoding:
    """By a mark at the start, else UTF-8 if all of it is, else the likeliest older encoding."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return Encoding(codec, codec.removesuffix("-sig"))
    odd = _after_utf8(path)
    if odd is None:
        return Encoding("utf-8", "utf-8")
    if b"\x00" in start:
        raise _not_text()
    return _older(odd)


def _after_utf8(path: Path) -> bytes | None:
    """A part of the file that is no UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return block[max(error.start - _SAMPLE // 2, 0) : error.start + _SAMPLE]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return start_of(path)
    return None


def start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SAMPLE)


def _older(sample: bytes) -> Encoding:
    """What Windows programs of western Europe write, unless the letters say otherwise."""
    high = sum(byte >= 0x80 for byte in sample)
    if high >= _ENOUGH:
        likely = charset_normalizer.from_bytes(sample)
        best = likely.best()
        usual = any(_USUAL.intersection(one.could_be_from_charset) for one in likely)
        if best is not None and best.encoding in _GUESSES and best.coherence > 0 and not usual:
            return Encoding(best.encoding, best.encoding, guessed=True)
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return Encoding("latin-1", "latin-1", guessed=True)
    return Encoding("cp1252", "cp1252", guessed=True)


@dataclass(frozen=True)
class Text:
    """A text file of any size."""

    path: Path
    encoding: Encoding

    def start(self) -> str:
        """The first block: enough to see the header."""
        return next(self.blocks(), "")

    def blocks(self) -> Iterator[str]:
        """Whole lines, about four million letters at a time."""
        rest = ""
        for text in self._decoded():
            rest += text
            end = _end_of_lines(rest)
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > LONGEST_LINE:
                raise Invalid(
                    "imports.endless_line",
                    f"A line has more than {LONGEST_LINE >> 20} million letters, so the file is no "
                    "table. Check what wrote it.",
                )
        if rest:
            yield rest

    def _decoded(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding.codec)()
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                yield self._checked(decoder, block)
        if rest := self._checked(decoder, b"", final=True):
            yield rest

    def _checked(
        self, decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
    ) -> str:
        try:
            text = decoder.decode(block, final)
        except UnicodeDecodeError as error:
            raise Invalid(
                "imports.encoding",
                f"The file's characters cannot be read as {self.encoding.name}. Save it as UTF-8 "
                "and try again.",
            ) from error
        if "\x00" in text:
            raise _not_text()
        return text


def _end_of_lines(text: str) -> int:
    """Where the last whole line ends; old programs end lines by a carriage return alone."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def _not_text() -> Invalid:
    return Invalid(
        "imports.not_text",
        "The file is not text (a spreadsheet, perhaps). Save it as CSV (UTF-8) and try again.",
    )
