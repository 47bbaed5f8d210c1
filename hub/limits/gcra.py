"""The generic cell rate algorithm: a bucket as one moment, when it would be full again.

The same arithmetic as app.take_rate in the database; here for processes that stand alone.
ATM Forum, Traffic Management Specification 4.0 (1996), section 4.4.2.
"""

import math
from dataclasses import dataclass

from hub.limits.policies import Policy

_ROUNDING = 1e-6  # moments are floating-point numbers


@dataclass(frozen=True)
class Taken:
    """What a bucket gave: `granted` units (0: none), and when it will be full again."""

    granted: int
    full_in: float


def take(
    arrival: float, now: float, policy: Policy, *, cost: int = 1, most: int = 1
) -> tuple[Taken, float]:
    """From `cost` to `most` units when there are as many, and the bucket's new moment.

    A moment further away than a window is from before the clock was turned back.
    """
    base = max(min(arrival, now + policy.window), now)
    there = units_left(policy, base - now)
    granted = 0 if there < cost else min(max(most, cost), there)
    arrival = base + granted * policy.interval
    return Taken(granted, arrival - now), arrival


def units_left(policy: Policy, full_in: float) -> int:
    """Units in a bucket that will be full in so many seconds."""
    left = math.floor(policy.quota - max(0.0, full_in) / policy.interval + _ROUNDING)
    return max(0, min(policy.quota, left))


def wait_for(policy: Policy, full_in: float, cost: int) -> float:
    """Seconds until `cost` units are there."""
    return max(0.0, full_in + cost * policy.interval - policy.window)


class LocalBuckets:
    """Buckets of this process alone, for while the database is away."""

    def __init__(self, most: int = 10_000) -> None:
        self._arrivals: dict[str, float] = {}
        self._most = most

    def take(self, key: str, now: float, policy: Policy, cost: int) -> Taken:
        if len(self._arrivals) >= self._most:
            self._arrivals = {k: at for k, at in self._arrivals.items() if at > now}
            if len(self._arrivals) >= self._most and key not in self._arrivals:
                return Taken(0, float(policy.window))  # closed rather than forgetful
        taken, self._arrivals[key] = take(
            self._arrivals.get(key, 0.0), now, policy, cost=cost, most=cost
        )
        return taken
