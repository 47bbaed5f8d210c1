"""What to do about the files of a place; no database, no clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from hub.etl.watching import rules
from hub.etl.watching.seen import Seen


@dataclass
class Plan:
    """Files to take now (those that belong together as one), to wait for, and to refuse.

    `settling`: something waits only because it was written a moment ago.
    """

    ready: list[list[Seen]] = field(default_factory=list)
    waiting: list[Seen] = field(default_factory=list)
    refused: list[Seen] = field(default_factory=list)
    settling: bool = False


def plan_of(seen: Sequence[Seen], known: Collection[tuple[str, str]]) -> Plan:
    """What is new among what was seen, in its order."""
    plan, done = Plan(), set[str]()
    there = {one.key.casefold(): one for one in seen}
    for one in seen:
        if (one.key, one.version) in known or one.key in done:
            continue
        names = rules.companions(one.key)
        group = [there[name.casefold()] for name in names if name.casefold() in there]
        done |= {other.key for other in group}
        missing = [name for name in names if name.casefold() not in there]
        _place(plan, group, missing)
    return plan


def _place(plan: Plan, group: list[Seen], missing: list[str]) -> None:
    if any(one.refused for one in group):
        plan.refused += group
    elif missing:
        plan.waiting += [replace(one, wait=f"It waits for {' and '.join(missing)}.")
                         for one in group]  # fmt: skip
    elif waits := next((one.wait for one in group if one.wait), ""):
        plan.waiting += [replace(one, wait=one.wait or waits) for one in group]
        plan.settling = True
    else:
        plan.ready.append(group)
