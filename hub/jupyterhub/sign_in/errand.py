"""Why somebody was sent to an institution, kept in a signed cookie until they come back.

One cookie for each time, named by its state, sent back to that institution's callback address only:
an answer of another institution, of another browser or of an hour ago finds no errand.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.escape import utf8

MINUTES = 15


class Purpose(StrEnum):
    SIGN_IN = "sign-in"
    STEP_UP = "step-up"  # somebody who is signed in proves it again, perhaps with two factors
    LINK = "link"  # somebody who is signed in wants to sign in through the institution as well


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Errand:
    """What must fit when the person comes back; `session` is a digest, empty when signing in."""

    institution: str
    purpose: Purpose = Purpose.SIGN_IN
    next_url: str = ""
    username: str = ""
    session: str = ""
    level: int = 1
    started: float = field(default_factory=time.time)
    state: str = field(default_factory=_secret)
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)

    @property
    def challenge(self) -> str:
        """S256 of the verifier (RFC 7636)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def leave(handler: BaseHandler, errand: Errand, path: str) -> None:
    """Remember the errand in this browser."""
    value = json.dumps(asdict(errand))
    handler._set_cookie(_name(errand.state), value, path=path, expires_days=MINUTES / 1440)


def take(handler: BaseHandler, institution: str, state: str, path: str) -> Errand | None:
    """The errand that this answer belongs to, once; None when there is none in this browser."""
    name = _name(state)
    kept = handler.get_secure_cookie(name, max_age_days=MINUTES / 1440)
    if kept is None:
        return None
    handler.clear_cookie(name, path=path)
    values: dict[str, Any] = json.loads(kept)
    errand = Errand(**values | {"purpose": Purpose(values["purpose"])})
    same = hmac.compare_digest(utf8(errand.state), utf8(state))
    fits = same and errand.institution == institution
    return errand if fits and time.time() - errand.started < MINUTES * 60 else None


def _name(state: str) -> str:
    return f"agrigen-errand-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
