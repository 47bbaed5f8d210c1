"""Requests counted for all processes together, mostly without asking the database.

A process takes units from a shared bucket in lots and spends them from memory, so one request of 50
waits for a statement. What is granted altogether never exceeds the policy; a lot that is spent late
can move at most `policy.lot` units a process into the next window (the slack).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from hub.errors import Limited
from hub.limits import repository
from hub.limits.fields import Quota
from hub.limits.gcra import LocalBuckets, Taken, units_left, wait_for
from hub.limits.policies import Policy
from hub.observability import logging
from hub.storage.postgres import Engine

log = logging.get_logger(__name__)

KEPT_SECONDS = 10.0
"""How long units that were taken may be spent; later they are lost, and grew back meanwhile."""
AWAY_SECONDS = 2.0
"""How long the database is left alone after it did not answer."""
_MOST_KEYS = 20_000


@dataclass
class Purse:
    """Units of one key that this process has taken and not spent yet."""

    held: int = 0
    until: float = 0.0  # when the units are lost
    full_at: float = 0.0  # when the shared bucket is full, as far as this process knows
    refused_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def spend(self, cost: int, now: float) -> bool:
        if now >= self.until:
            self.held = 0
        if self.held < cost:
            return False
        self.held -= cost
        return True

    def put(self, taken: Taken, now: float) -> None:
        self.held += taken.granted
        self.until = now + KEPT_SECONDS
        self.full_at = now + taken.full_in


class Counter:
    """One a process; `clock` is a monotonic one, so turning the wall clock changes nothing here."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._purses: dict[str, Purse] = {}
        self._local = LocalBuckets()
        self._away_until = 0.0

    async def take(self, key: str, policy: Policy, *, cost: int = 1, open: bool = True) -> Quota:
        """Count a request; the quota says what is left, or that it is refused.

        While the database is away, `open` ones pass and others are counted in this process alone.
        """
        name = f"{policy.name}:{key}"
        purse = self._purse(name)
        if (known := self._known(policy, purse, cost)) is not None:
            return known
        async with purse.lock:  # while this one waited, another may have brought a lot
            if (known := self._known(policy, purse, cost)) is not None:
                return known
            return await self._fill(name, policy, purse, cost, open)

    def is_refused(self, key: str, policy: Policy) -> Quota | None:
        """What is left to somebody who was refused a moment ago; asks nobody."""
        now, purse = self._clock(), self._purses.get(f"{policy.name}:{key}")
        if purse is None or purse.refused_until <= now:
            return None
        return _refused(policy, purse.refused_until - now)

    def _purse(self, key: str) -> Purse:
        if len(self._purses) >= _MOST_KEYS and key not in self._purses:
            now = self._clock()
            kept = {k: one for k, one in self._purses.items() if one.refused_until > now}
            self._purses = kept if len(kept) < _MOST_KEYS else {}
        return self._purses.setdefault(key, Purse())

    def _known(self, policy: Policy, purse: Purse, cost: int) -> Quota | None:
        """The answer, if it can be given from memory."""
        now = self._clock()
        if purse.spend(cost, now):
            return _quota(policy, purse, now)
        if purse.refused_until > now:
            return _refused(policy, purse.refused_until - now)
        return None

    async def _fill(self, key: str, policy: Policy, purse: Purse, cost: int, open: bool) -> Quota:
        missing = cost - purse.held
        taken = await self._shared(key, policy, missing)
        now = self._clock()
        if taken is None:
            taken = Taken(missing, 0.0) if open else self._local.take(key, now, policy, missing)
        if taken.granted < missing:
            wait = max(wait_for(policy, taken.full_in, missing), 1e-3)
            purse.refused_until = now + wait
            return _refused(policy, wait)
        purse.put(taken, now)
        purse.spend(cost, now)
        return _quota(policy, purse, now)

    async def _shared(self, key: str, policy: Policy, cost: int) -> Taken | None:
        """From the shared bucket; None while the database is away."""
        if self._clock() < self._away_until:
            return None
        try:
            most = max(policy.lot, cost)
            return Taken(*await repository.take(self._engine, key, policy, cost, most))
        except (SQLAlchemyError, OSError) as error:
            self._away_until = self._clock() + AWAY_SECONDS
            log.warning("requests are counted in this process alone", error=type(error).__name__)
            return None


def too_many(quota: Quota) -> Limited:
    """What is told to whoever sends too much."""
    policy, seconds = quota.policy, quota.retry_after
    return Limited(
        "requests.too_many",
        f"There were too many requests: {policy.quota} within {policy.window} seconds are allowed "
        f"({policy.name}). Wait {seconds} second{'' if seconds == 1 else 's'}, then go on.",
        retry_after=seconds,
        policy=policy.name,
    )


def _quota(policy: Policy, purse: Purse, now: float) -> Quota:
    full_in = max(0.0, purse.full_at - now)
    remaining = min(policy.quota, units_left(policy, full_in) + purse.held)
    return Quota(policy, remaining, full_in)


def _refused(policy: Policy, wait: float) -> Quota:
    return Quota(policy, 0, float(policy.window), wait)
