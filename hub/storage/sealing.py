"""Secrets that are stored: sealed with a key that the stores do not have.

AES-256-GCM with a fresh nonce; what a value is for is bound to it, so a value cannot be moved to
another place. The first key seals, all keys open: a new key is put in front, everything is sealed
again (`resealed`), and the old key can go.
"""

import base64
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Unavailable
from hub.settings import Settings

_NONCE = 12


@dataclass(frozen=True)
class Sealer:
    """Keys of 32 bytes, the one in use first."""

    keys: tuple[bytes, ...]

    def seal(self, purpose: str, secret: bytes) -> str:
        """`<key>.<nonce and ciphertext>`; `purpose` such as `factor:<id>` must be given again."""
        nonce, key = os.urandom(_NONCE), self.keys[0]
        closed = nonce + AESGCM(key).encrypt(nonce, secret, purpose.encode())
        return f"{_name(key)}.{base64.urlsafe_b64encode(closed).decode()}"

    def open(self, purpose: str, sealed: str) -> bytes:
        """The secret; Unavailable when its key is gone or the value was changed or moved."""
        name, _, text = sealed.partition(".")
        for key in self.keys:
            if _name(key) == name:
                closed = base64.urlsafe_b64decode(text)
                try:
                    return AESGCM(key).decrypt(closed[:_NONCE], closed[_NONCE:], purpose.encode())
                except (InvalidTag, ValueError):
                    break
        raise Unavailable(
            "storage.sealed",
            "A stored secret cannot be opened. Was a key removed from AGRIGEN_SEALING_KEYS or the "
            "file secrets/sealing before everything was sealed anew?",
        )

    def is_current(self, sealed: str) -> bool:
        return sealed.partition(".")[0] == _name(self.keys[0])

    def resealed(self, purpose: str, sealed: str) -> str:
        """The same secret under the key in use."""
        return self.seal(purpose, self.open(purpose, sealed))


def _name(key: bytes) -> str:
    return hashlib.sha256(b"name of a sealing key" + key).hexdigest()[:8]


def open_sealer(settings: Settings) -> Sealer:
    """Keys of the settings, or one made for this installation at first use."""
    texts = [one.get_secret_value() for one in settings.sealing_keys]
    if not texts:
        texts = [_own_key(settings.home / "secrets")]
    return Sealer(tuple(bytes.fromhex(text) for text in texts))


def _own_key(folder: Path) -> str:
    """The installation's key; several processes that start at once agree on one."""
    place = folder / "sealing"
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = folder / f".sealing.{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(os.urandom(32).hex())
        with suppress(FileExistsError):
            os.link(made, place)  # unlike a rename it never takes the place of another's
        made.unlink()
    return place.read_text().strip()
