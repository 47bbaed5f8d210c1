"""What is left of a limit, as header fields (draft-ietf-httpapi-ratelimit-headers-10)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hub.limits.policies import Policy


@dataclass(frozen=True)
class Quota:
    """What somebody has left under one policy; `wait` is above 0 when a request was refused."""

    policy: Policy
    remaining: int
    full_in: float
    wait: float = 0.0

    @property
    def refused(self) -> bool:
        return self.wait > 0

    @property
    def retry_after(self) -> int:
        """Whole seconds, never too early."""
        return max(1, math.ceil(self.wait))

    @property
    def reset(self) -> int:
        """Seconds until the quota is whole again; of a refused request, until it may be sent."""
        if self.refused:
            return self.retry_after
        return max(0, min(self.policy.window, math.ceil(self.full_in)))


def headers_of(quotas: Iterable[Quota]) -> dict[str, str]:
    """RateLimit-Policy says what is allowed, RateLimit what is left of it."""
    known = list(quotas)
    if not known:
        return {}
    rules = (f'"{one.policy.name}";q={one.policy.quota};w={one.policy.window}' for one in known)
    left = (f'"{one.policy.name}";r={one.remaining};t={one.reset}' for one in known)
    return {"RateLimit-Policy": ", ".join(rules), "RateLimit": ", ".join(left)}
