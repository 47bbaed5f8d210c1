"""How tokens are written: a prefix that names the kind, their bytes, and a checksum.

The prefix lets scanners of repositories find a token that was committed by accident; the checksum
lets us refuse a mistyped one without asking any store.
"""

import hashlib
import string
import zlib

PERSONAL = "agp_"
DEVICE = "agd_"
REFRESH = "agr_"
LONGEST = 200

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_CHECK = 6


def write(prefix: str, content: bytes) -> str:
    """The token that carries these bytes."""
    body = prefix + _base62(int.from_bytes(content, "big"), _width(len(content)))
    return body + _checksum(body)


def read(prefix: str, text: str, size: int) -> bytes | None:
    """The bytes of a token of this kind; None when it is none, or was mistyped."""
    width = _width(size)
    if len(text) != len(prefix) + width + _CHECK or not text.startswith(prefix):
        return None
    body, check = text[:-_CHECK], text[-_CHECK:]
    if not all(digit in _VALUES for digit in body[len(prefix) :]) or _checksum(body) != check:
        return None
    number = 0
    for digit in body[len(prefix) :]:
        number = number * 62 + _VALUES[digit]
    return number.to_bytes(size, "big") if number >> (8 * size) == 0 else None


def digest(text: str) -> str:
    """What is stored instead of a token; enough, because tokens are random and long."""
    return hashlib.sha256(text.encode()).hexdigest()


def _width(size: int) -> int:
    """Digits that any content of so many bytes fits in."""
    return -(-size * 8 * 100_000 // 595_419)  # log2(62) = 5.95419...


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)
