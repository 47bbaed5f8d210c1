"""Guesses at passwords and codes: few an account and an address, without locking people out.

A sign-in page asks before it checks anything, and says so when the guess was right:

    await limits.guess(engine, account=name, address=address, device=known_device(...))
    ...  # wrong: nothing more to do, it is counted
    await limits.forgive(engine, account=name, address=address, device=...)  # right

Counting first keeps fifty guesses that arrive at once within the limit as well.
"""

import hashlib
import math
import time
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from hub.errors import Limited
from hub.limits import repository
from hub.limits.addresses import group_of
from hub.limits.policies import ACCOUNT_GUESSES, ADDRESS_GUESSES, Policy
from hub.observability import logging
from hub.storage.postgres import Engine

log = logging.get_logger(__name__)

_MOST_KEYS = 10_000


class LocalGuesses:
    """The same count in this process alone, for while the database is away."""

    def __init__(self) -> None:
        self._moments: dict[str, list[float]] = {}

    def wait(self, key: str, policy: Policy, now: float) -> float:
        """0 when one more may be tried (and is counted), else the seconds until it may."""
        lately = [one for one in self._moments.get(key, ()) if one > now - policy.window]
        if len(lately) >= policy.quota:
            return lately[-policy.quota] + policy.window - now
        if len(self._moments) >= _MOST_KEYS and key not in self._moments:
            return float(policy.window)  # closed rather than forgetful
        self._moments[key] = [*lately, now]
        return 0.0

    def forgive(self, keys: list[str]) -> None:
        for key in keys:
            if self._moments.get(key):
                self._moments[key].pop()


_LOCAL: WeakKeyDictionary[Engine, LocalGuesses] = WeakKeyDictionary()


async def guess(engine: Engine, *, account: str, address: str, device: str = "") -> None:
    """Count a guess; Limited, before anything is checked, when there were too many lately.

    `device` is what `known_device` made of the browser's cookie: with it only the failures of this
    very browser count, not those of others who try the account or share the address.
    """
    for key, policy in _counted(account, address, device):
        wait = await _wait(engine, key, policy)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            log.warning("guess refused", policy=policy.name, retry_after=seconds)
            raise Limited(
                "sign_in.too_many",
                f"There were too many attempts to sign in. Wait {seconds} seconds, then try again; "
                "if you forgot your password, ask for a new one.",
                retry_after=seconds,
            )


async def forgive(engine: Engine, *, account: str, address: str, device: str = "") -> None:
    """The guess was right and is not counted; failures before it still are."""
    keys = [key for key, _ in _counted(account, address, device)]
    _local(engine).forgive(keys)
    try:
        await repository.forgive(engine, keys)
    except (SQLAlchemyError, OSError) as error:
        log.warning("guess not forgiven", error=type(error).__name__)


def _counted(account: str, address: str, device: str) -> list[tuple[str, Policy]]:
    """Addresses first: one that tries many names leaves no count for every name."""
    who = hashlib.sha256(account.strip().casefold().encode()).hexdigest()
    if device:
        return [(f"guess:device:{who}:{device}", ACCOUNT_GUESSES)]
    return [
        (f"guess:address:{group_of(address)}", ADDRESS_GUESSES),
        (f"guess:account:{who}", ACCOUNT_GUESSES),
    ]


async def _wait(engine: Engine, key: str, policy: Policy) -> float:
    try:
        return await repository.guess(engine, key, policy)
    except (SQLAlchemyError, OSError) as error:
        log.warning("guesses are counted in this process alone", error=type(error).__name__)
        return _local(engine).wait(key, policy, time.monotonic())


def _local(engine: Engine) -> LocalGuesses:
    return _LOCAL.setdefault(engine, LocalGuesses())
