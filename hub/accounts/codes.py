"""Codes that open something once: random, known only to whom they were sent, stored as a digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

RESET_FOR = timedelta(minutes=10)
ACTIVATE_FOR = timedelta(hours=24)
VERIFY_FOR = timedelta(hours=24)
_BYTES = 32  # 256 bits: nobody finds one by trying, so a plain digest is enough
_LONGEST = 100


@dataclass(frozen=True)
class Code:
    """What is sent, and what is stored of it."""

    text: str
    digest: str


def new_code() -> Code:
    text = secrets.token_urlsafe(_BYTES)
    return Code(text, digest_of(text))


def digest_of(text: str) -> str:
    """Under what a code is found; too long a text is as good as a wrong one."""
    return hashlib.sha256(text.strip()[:_LONGEST].encode("utf-8", "replace")).hexdigest()
