"""Requests counted at the door: addresses before anybody is known, people and tokens after.

What is left goes along with every answer as RateLimit fields; who has nothing left gets 429.
"""

import hashlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.actor import Actor, Credential
from hub.limits import Counter, Policy, Quota, Rate, group_of, of_token, too_many

if TYPE_CHECKING:
    from extensions.base.routing import Route

_HEALTH = "Health"  # the tag of routes that probes ask all the time
_KNOWN_SECONDS = 3600.0
_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Limits:
    """What counting needs, once a process: policies, counts, credentials that were right."""

    policies: dict[str, Policy]
    counter: Counter
    right: dict[bytes, float] = field(default_factory=dict, repr=False)

    def was_right(self, credential: str) -> bool:
        made = self.right.get(_digest(credential))
        return made is not None and time.monotonic() - made < _KNOWN_SECONDS

    def note_right(self, credential: str) -> None:
        if len(self.right) >= _MOST_KNOWN:
            self.right.clear()
        self.right[_digest(credential)] = time.monotonic()


async def count_address(handler: Any, route: "Route") -> None:
    """Requests of nobody, and those that check a secret, count for the address."""
    if route.rate is Rate.PROOF:
        await _count(handler, _address(handler), _policy(handler, Rate.PROOF), route.cost)
    elif route.public and route.tag != _HEALTH:
        await _count(handler, _address(handler), _policy(handler, "anonymous"), route.cost)


async def count_caller(handler: Any, route: "Route", caller: Actor) -> None:
    """Requests count for the person, and those by a token for the token as well."""
    policy = _policy(handler, route.rate)
    await _count(handler, f"person:{caller.person_id}", policy, route.cost, open=True)
    if caller.session_id and caller.credential not in (Credential.BROWSER, Credential.INTERNAL):
        key = f"token:{caller.session_id}"
        await _count(handler, key, of_token(policy), route.cost, open=True)


def refuse_guessers(handler: Any) -> None:
    """Addresses that sent many wrong tokens wait; a token that was right lately passes."""
    limits, given = handler.app.limits, handler.request.headers.get("Authorization")
    if not given or limits.was_right(given):
        return
    quota = limits.counter.is_refused(_address(handler), _policy(handler, "failed"))
    if quota is not None:
        _refuse(handler, quota)


async def note_credential(handler: Any, *, right: bool) -> None:
    """A wrong token counts for the address; cookies do not, they cannot be guessed one by one."""
    given = handler.request.headers.get("Authorization")
    if not given:
        return
    limits = handler.app.limits
    if right:
        limits.note_right(given)
    else:
        await limits.counter.take(_address(handler), _policy(handler, "failed"), open=False)


async def _count(handler: Any, key: str, policy: Policy, cost: int, *, open: bool = False) -> None:
    quota = await handler.app.limits.counter.take(key, policy, cost=cost, open=open)
    if quota.refused:
        _refuse(handler, quota)
    handler.note_quota(quota)


def _refuse(handler: Any, quota: Quota) -> None:
    handler.note_quota(quota)
    raise too_many(quota)


def _policy(handler: Any, name: str) -> Policy:
    policy: Policy = handler.app.limits.policies[str(name)]
    return policy


def _address(handler: Any) -> str:
    return f"address:{group_of(handler.request.remote_ip or '')}"


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode("utf-8", "replace")).digest()
