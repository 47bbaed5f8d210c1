"""How much is allowed: one policy a class of requests, and those of guesses at sign-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.limits.rates import Rate

_FORM = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,5})")


@dataclass(frozen=True)
class Policy:
    """At most `quota` units at once, which come back evenly over `window` seconds (GCRA).

    So nobody uses more than `quota` at a stroke, nor more than quota + quota · t/window in t
    seconds.
    """

    name: str
    quota: int
    window: int

    @property
    def interval(self) -> float:
        """Seconds until one unit comes back."""
        return self.window / self.quota

    @property
    def lot(self) -> int:
        """How many units a process takes at a time, and may be holding when they are needed."""
        return max(1, min(self.quota // 20, 50))

    @classmethod
    def parse(cls, name: str, text: str) -> "Policy":
        """From `<units>/<seconds>`."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                f"'{text}' is no limit of {name}: write <units>/<seconds>, such as 600/60."
            )
        return cls(name, int(found[1]), int(found[2]))


DEFAULTS = {
    Rate.READ: "3000/60",
    Rate.WRITE: "1200/60",
    Rate.HEAVY: "120/600",
    Rate.SENSITIVE: "60/300",
    Rate.PROOF: "120/60",
    "anonymous": "1200/60",
    "failed": "60/60",
}
"""By the name in AGRIGEN_LIMITS. People: read, write, heavy, sensitive. Addresses: proof,
anonymous (requests of nobody) and failed (credentials that were wrong)."""

ACCOUNT_GUESSES = Policy("guesses", 5, 300)
ADDRESS_GUESSES = Policy("guesses-address", 10, 60)
"""Guesses are counted exactly: never more than `quota` within any `window` seconds."""


def policies(changed: Mapping[str, str]) -> dict[str, Policy]:
    """Every policy by name; ValueError names what in the settings is not one."""
    unknown = sorted(set(changed) - {str(name) for name in DEFAULTS})
    if unknown:
        raise ValueError(
            f"There is no limit '{unknown[0]}'; there are {', '.join(map(str, DEFAULTS))}."
        )
    texts = {str(name): text for name, text in DEFAULTS.items()} | dict(changed)
    return {name: Policy.parse(name, text) for name, text in texts.items()}


def of_token(policy: Policy) -> Policy:
    """What one token may use of its person's quota: half, so that a script leaves room."""
    return replace(policy, name=f"{policy.name}-token", quota=max(1, policy.quota // 2))
