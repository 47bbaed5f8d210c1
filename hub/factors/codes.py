"""Recovery codes: ten of 120 random bits, stored as SHA-256.

That many bits cannot be guessed from a digest, so no slow hash is needed (ASVS 6.5.2).
"""

import base64
import hashlib
import secrets

COUNT = 10
BYTES = 15
_MISREAD = str.maketrans("018", "OIB")  # not in the alphabet of base 32, and easily written


def new_codes() -> list[str]:
    """Ten codes as people read them: six groups of four letters and digits."""
    return [_grouped(secrets.token_bytes(BYTES)) for _ in range(COUNT)]


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def digest(code: str) -> str:
    """What is stored of a code, whatever its case, its spaces and its dashes."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.translate(_MISREAD).encode()).hexdigest()
