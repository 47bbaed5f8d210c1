"""A browser in which somebody has signed in before: guesses of others do not lock it out.

The cookie says that this browser knew the account's password once. It lets nobody in; it only moves
the count of failures from the account to the account on this browser.
"""

import hashlib
import secrets
import time

from hub.errors import Unavailable
from hub.storage.sealing import Sealer

DAYS = 365


def cookie_name(account: str) -> str:
    """One cookie an account, so that people who share a computer each have theirs."""
    return f"agrigen-device-{_digest(account)[:12]}"


def cookie_value(sealer: Sealer, account: str, *, now: float | None = None) -> str:
    """What to set when the account has signed in here; for `DAYS`, HttpOnly, SameSite=Lax."""
    made = int(time.time() if now is None else now)
    return sealer.seal(_purpose(account), f"{made}.{secrets.token_hex(16)}".encode())


def known_device(
    sealer: Sealer, account: str, cookie: str | None, *, now: float | None = None
) -> str:
    """The id of the browser, or "" when the cookie is none of ours, of another account or old."""
    if not cookie or len(cookie) > 500:
        return ""
    try:
        made, _, device = sealer.open(_purpose(account), cookie).decode().partition(".")
    except (Unavailable, ValueError):
        return ""
    age = (time.time() if now is None else now) - int(made)
    return device if age <= DAYS * 86400 else ""


def _purpose(account: str) -> str:
    return f"known-device:{_digest(account)}"


def _digest(account: str) -> str:
    return hashlib.sha256(account.strip().casefold().encode()).hexdigest()
