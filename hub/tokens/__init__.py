"""Tokens of our own: personal ones, devices, and short-lived ones that are refreshed.

`tokens.actor_of` and `tokens.verify` are the only places that say whose a token is.
"""

from hub.tokens.access import Access, issuer, verify
from hub.tokens.devices import answer, ask, look, poll
from hub.tokens.families import refresh, refused
from hub.tokens.keys import keep, ring, rotate, rotate_if_due
from hub.tokens.schemas import (
    CodeQuery,
    DeviceAnswer,
    DeviceAsks,
    DeviceRead,
    Kind,
    Pair,
    PairCreate,
    Stored,
    TokenCreate,
    TokenMade,
    TokenRead,
)
from hub.tokens.service import (
    actor_of,
    create,
    create_pair,
    end,
    end_all,
    exchange,
    is_ours,
    list_for,
    revoke,
)
from hub.tokens.stores import Stores

__all__ = [
    "Access",
    "CodeQuery",
    "DeviceAnswer",
    "DeviceAsks",
    "DeviceRead",
    "Kind",
    "Pair",
    "PairCreate",
    "Stored",
    "Stores",
    "TokenCreate",
    "TokenMade",
    "TokenRead",
    "actor_of",
    "answer",
    "ask",
    "create",
    "create_pair",
    "end",
    "end_all",
    "exchange",
    "is_ours",
    "issuer",
    "keep",
    "list_for",
    "look",
    "poll",
    "refresh",
    "refused",
    "revoke",
    "ring",
    "rotate",
    "rotate_if_due",
    "verify",
]
