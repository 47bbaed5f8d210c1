"""What deserves a look today, found in what is known; pure, so that every rule can be tested.

Each rule takes plain facts and gives alerts. `key` is the same as long as the reason is the same,
so that somebody who has seen an alert is not told again, and is told of a new one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

MILK_DROP = 0.20
"""Share of the milk of two tests before; a healthy cow past her peak loses 6 to 9 % a month."""
MILK_TESTS = 3
MILK_TEST_DAYS = 60
"""A last test that is older says nothing of today."""
INBREEDING_LIMIT = 0.0625
"""Offspring of first cousins (1/16); herd programs warn above it."""
WEIGHT_LOSS = 0.10


class AlertKind(StrEnum):
    """Why an animal deserves a look."""

    WITHDRAWAL = "withdrawal"
    INBRED_MATING = "inbred_mating"
    OVERDUE = "overdue"
    MILK_DROP = "milk_drop"
    WEIGHT_LOSS = "weight_loss"


@dataclass(frozen=True)
class Alert:
    """One reason to look at one animal; `values` are what the sentence is filled with."""

    key: str
    kind: AlertKind
    animal_id: UUID
    tag: str
    since: date
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """One milk test or weighing of an animal, within one lactation where it is milk."""

    animal_id: UUID
    tag: str
    on: date
    value: float


@dataclass(frozen=True)
class Pairing:
    """A female, a possible sire of what she may carry, and their kinship."""

    event_id: UUID
    animal_id: UUID
    tag: str
    on: date
    sire: str
    kinship: float


@dataclass(frozen=True)
class Withdrawal:
    """A product of an animal that must not be sold until a day."""

    event_id: UUID
    animal_id: UUID
    tag: str
    on: date
    medicine: str
    product: str
    until: date


def milk_drops(tests: Iterable[Sequence[Measured]], on: date) -> list[Alert]:
    """Animals whose last of three tests gave at least a fifth less milk than the first of them."""
    found = []
    for three in tests:
        if len(three) < MILK_TESTS or on - three[-1].on > timedelta(days=MILK_TEST_DAYS):
            continue
        first, last = three[-MILK_TESTS], three[-1]
        if first.value > 0 and last.value <= (1 - MILK_DROP) * first.value:
            found.append(_change(AlertKind.MILK_DROP, first, last))
    return found


def weight_losses(weighings: Iterable[Sequence[Measured]], on: date) -> list[Alert]:
    """Animals that lost a tenth of their weight between their last two weighings."""
    found = []
    for pair in weighings:
        if len(pair) < 2 or on - pair[-1].on > timedelta(days=MILK_TEST_DAYS):
            continue
        first, last = pair[-2], pair[-1]
        if first.value > 0 and last.value <= (1 - WEIGHT_LOSS) * first.value:
            found.append(_change(AlertKind.WEIGHT_LOSS, first, last))
    return found


def inbred_matings(pairings: Iterable[Pairing], limit: float = INBREEDING_LIMIT) -> list[Alert]:
    """Matings whose offspring would be more inbred than the limit: kinship of the parents."""
    return [
        Alert(
            f"{AlertKind.INBRED_MATING}:{one.event_id}:{one.sire}", AlertKind.INBRED_MATING,
            one.animal_id, one.tag, one.on,
            {
                "on": one.on, "sire": one.sire, "inbreeding": round(100 * one.kinship, 1),
                "limit": round(100 * limit, 2),
            },
        )
        for one in pairings
        if one.kinship > limit
    ]  # fmt: skip


def withdrawals(running: Iterable[Withdrawal], on: date) -> list[Alert]:
    """Products that must not be sold today; the last day of a withdrawal still counts."""
    return [
        Alert(
            f"{AlertKind.WITHDRAWAL}:{one.event_id}:{one.product}", AlertKind.WITHDRAWAL,
            one.animal_id, one.tag, one.on,
            {
                "on": one.on, "medicine": one.medicine, "product": one.product,
                "until": one.until, "free": one.until + timedelta(days=1),
            },
        )
        for one in running
        if one.on <= on <= one.until
    ]  # fmt: skip


def overdue(items: Iterable[Any], on: date) -> list[Alert]:
    """Work that should have been done by now (items of `hub.events.due`)."""
    return [
        Alert(
            f"{AlertKind.OVERDUE}:{item.kind}:{item.event_id or item.animal_id}:{item.due_on}",
            AlertKind.OVERDUE, item.animal_id, item.tag, item.to_on,
            {"what": item.kind, "due_on": item.due_on, "days": (on - item.due_on).days},
        )
        for item in items
        if item.overdue
    ]  # fmt: skip


def _change(kind: AlertKind, first: Measured, last: Measured) -> Alert:
    return Alert(
        f"{kind}:{last.animal_id}:{last.on}", kind, last.animal_id, last.tag, last.on,
        {
            "drop": round(100 * (1 - last.value / first.value)),
            "first": first.value, "first_on": first.on, "last": last.value, "last_on": last.on,
        },
    )  # fmt: skip
