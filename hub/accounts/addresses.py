"""E-mail addresses: how they are written, sealed, and found again without being readable."""

import hashlib
import hmac
import re
from uuid import UUID

from hub.errors import FieldError, Invalid
from hub.storage.sealing import Sealer

LONGEST = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
# What SMTP can deliver and a header can carry; whether it exists is found out by writing to it.
_FORM = re.compile(r"[^\s@<>\",;:()\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\",;:()\\\[\]\x00-\x1f\x7f]+")


def checked(address: str) -> str:
    """The address without blanks around it; Invalid when nothing could be sent there."""
    address = address.strip()
    host = address.rpartition("@")[2]
    if len(address) > LONGEST or not _FORM.fullmatch(address) or ".." in address or "." not in host:
        raise Invalid(
            "accounts.address",
            "This is not an e-mail address. Write it like name@example.org.",
            errors=[FieldError("email", "Is not an e-mail address like name@example.org.")],
        )
    return address


def digests(sealer: Sealer, address: str) -> list[str]:
    """Keyed digests of an address, by the key in use first; upper and lower case are the same."""
    said = address.strip().casefold().encode("utf-8", "replace")
    return [hmac.new(_key(key), said, hashlib.sha256).hexdigest() for key in sealer.keys]


def seal(sealer: Sealer, person_id: UUID, address: str) -> str:
    """For this person's row only."""
    return sealer.seal(f"address:{person_id}", address.encode())


def opened(sealer: Sealer, person_id: UUID, sealed: str) -> str:
    return sealer.open(f"address:{person_id}", sealed).decode()


def _key(sealing_key: bytes) -> bytes:
    """A key of its own for this purpose."""
    return hmac.new(sealing_key, b"digests of e-mail addresses", hashlib.sha256).digest()
