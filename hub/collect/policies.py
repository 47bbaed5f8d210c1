"""What happens to a field of a thing that a phone and somebody else changed meanwhile; pure.

Events never meet in this way: they are only added, corrected as new revisions, and voided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.worded import Worded


class Policy(Worded):
    """How two edits of one field become one; `sentence` says it in words."""

    UNION = "union", "What either of them named is kept"
    APPEND = "append", "What was typed is added as a line of its own"
    KEYS = "keys", "Each named value by itself; the one that arrives last stands"
    LAST = "last", "The one that arrives last stands"
    SERVER = "server", "The hub's value stands; the phone is told"
    TERMINAL = "terminal", "Who is dead or sold stays so; the phone is told"
    REVIEW = "review", "The hub's value stands, both are kept, and a person of the farm decides"


P = Policy
ANIMAL: Mapping[str, Policy] = {
    "tag": P.SERVER,
    "name": P.REVIEW,
    "breed": P.REVIEW,
    "breed_fractions": P.REVIEW,
    "sex": P.REVIEW,
    "birth_date": P.REVIEW,
    "birth_type": P.REVIEW,
    "status": P.TERMINAL,
    "sire_id": P.REVIEW,
    "dam_id": P.REVIEW,
    "recipient_dam_id": P.REVIEW,
    "foster_dam_id": P.REVIEW,
    "possible_sires": P.REVIEW,
    "place_id": P.LAST,
    "coat": P.REVIEW,
    "defects": P.UNION,
    "custom": P.KEYS,
    "note": P.APPEND,
}
GROUP: Mapping[str, Policy] = {
    "name": P.REVIEW,
    "kind": P.REVIEW,
    "note": P.REVIEW,
    "archived": P.LAST,
}
PLACE: Mapping[str, Policy] = {
    **GROUP,
    "latitude": P.LAST,
    "longitude": P.LAST,
}
POLICIES: Mapping[str, Mapping[str, Policy]] = {"animal": ANIMAL, "group": GROUP, "place": PLACE}
_ENDED = ("dead", "sold")


@dataclass(frozen=True)
class Clash:
    """A field whose value at the hub stands, though the phone sent another."""

    field: str
    policy: Policy
    server: Any
    phone: Any


def merge(
    entity: str, current: Mapping[str, Any], sent: Mapping[str, Any], moved: frozenset[str]
) -> tuple[dict[str, Any], list[Clash]]:
    """What to store of the fields a phone sent, and where the hub's value stands instead.

    `moved` are the fields that somebody else changed since the copy that the phone had.
    """
    taken: dict[str, Any] = {}
    clashes = []
    for field, value in sent.items():
        policy = POLICIES[entity].get(field, Policy.REVIEW)
        now = current.get(field)
        if policy is Policy.UNION:
            taken[field] = [*now, *(one for one in value if one not in now)] if now else value
        elif policy is Policy.APPEND:
            taken[field] = f"{now}\n{value}" if now and value else (value or now)
        elif now == value:
            continue
        elif _stands(policy, now, field in moved):
            clashes.append(Clash(field, policy, now, value))
        else:
            taken[field] = value
    return taken, clashes


def _stands(policy: Policy, now: Any, moved: bool) -> bool:
    """Whether the hub's value stays."""
    if policy is Policy.TERMINAL:
        return now in _ENDED
    return moved and policy in (Policy.REVIEW, Policy.SERVER)


def moved_fields(fields: Mapping[str, Any], base_rev: int, device: str) -> frozenset[str]:
    """Fields that another hand changed after `base_rev`; one's own edits are no surprise."""
    return frozenset(name for name, (seq, by) in fields.items() if seq > base_rev and by != device)
