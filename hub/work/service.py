"""Use cases of a farm's work: alerts, what one has seen of them, and calendars."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from hub import accounts, audit, breeding, events, farms, performance
from hub.errors import Missing
from hub.performance import HealthQuery
from hub.permissions import Permission
from hub.storage.base import new_id
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction, begin
from hub.work import calendar as ical
from hub.work import repository, rules
from hub.work.models import CalendarFeed
from hub.work.rules import Alert, AlertKind, Measured, Pairing, Withdrawal
from hub.work.schemas import (
    AlertMarkCreate,
    AlertRead,
    AlertsQuery,
    FeedCreate,
    FeedMade,
    FeedRead,
    Notifications,
    NotificationsQuery,
)
from hub.work.texts import say

DAYS_AHEAD, DAYS_BACK = 180, 60
SECRET_BYTES = 32
_MILK = ("milk_yield",)
_WEIGHTS = ("weight",)


async def alerts(tx: Transaction, farm_id: UUID, query: AlertsQuery) -> list[AlertRead]:
    """What deserves a look on a farm, the gravest kinds first."""
    tx.actor.require(Permission.EVENTS_READ)
    farm = await farms.require_visible(tx, farm_id)
    on = query.on or farms.today(farm)
    seen = await repository.marked(tx.session, farm_id, tx.actor.person_id, on)
    found = await _found(tx, farm_id, on, query.inbreeding_limit)
    return [
        _read(one, farm_id, query.language, one.key in seen)
        for one in sorted(found, key=_gravity)
        if query.seen or one.key not in seen
    ]


async def notifications(tx: Transaction, query: NotificationsQuery) -> Notifications:
    """Alerts of every farm that one belongs to, those first that one has not seen."""
    wanted = AlertsQuery(**query.model_dump(), seen=True)
    found = [one for farm in await farms.mine(tx) for one in await alerts(tx, farm.id, wanted)]
    found.sort(key=lambda one: one.seen)
    return Notifications(unseen=sum(not one.seen for one in found), alerts=found)


async def mark(tx: Transaction, farm_id: UUID, seen: AlertMarkCreate) -> None:
    """Note that one has seen an alert."""
    tx.actor.require(Permission.EVENTS_READ)
    await farms.require_visible(tx, farm_id)
    await repository.put_mark(
        tx.session, person_id=tx.actor.person_id, farm_id=farm_id, key=seen.key, until=seen.until
    )


async def unmark(tx: Transaction, farm_id: UUID, seen: AlertMarkCreate) -> None:
    """Show an alert again."""
    tx.actor.require(Permission.EVENTS_READ)
    await farms.require_visible(tx, farm_id)
    await repository.remove_mark(tx.session, farm_id, tx.actor.person_id, seen.key)


async def calendar(tx: Transaction, farm_id: UUID, query: NotificationsQuery) -> bytes:
    """The work that is due on a farm from two months ago to half a year ahead (iCalendar)."""
    farm = await farms.require_visible(tx, farm_id)
    on = query.on or farms.today(farm)
    items = await events.due(
        tx, farm_id, on - timedelta(days=DAYS_BACK), on + timedelta(days=DAYS_AHEAD)
    )
    return ical.write(items, farm.name, query.language, now=datetime.now(UTC))


async def create_feed(tx: Transaction, farm_id: UUID, new: FeedCreate) -> FeedMade:
    """A secret address at which a calendar program reads the work of a farm."""
    tx.actor.require(Permission.EVENTS_READ)
    await farms.require_visible(tx, farm_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = CalendarFeed(
        id=new_id(), person_id=tx.actor.person_id, farm_id=farm_id, language=new.language,
        secret_hash=_hash(secret),
    )  # fmt: skip
    await repository.add_feed(tx.session, feed)
    await audit.write(tx, "work:share_calendar", subject_id=feed.id, farm_id=farm_id)
    return FeedMade(
        **FeedRead.model_validate(feed).model_dump(),
        secret=secret,
        path=f"/calendar.ics?secret={secret}",
    )


async def feeds(tx: Transaction, farm_id: UUID) -> list[FeedRead]:
    """One's own calendars of a farm, without their secrets."""
    tx.actor.require(Permission.EVENTS_READ)
    return [FeedRead.model_validate(one) for one in await repository.feeds(tx.session, farm_id)]


async def revoke_feed(tx: Transaction, feed_id: UUID) -> FeedRead:
    """End a calendar; its address answers no more."""
    tx.actor.require(Permission.EVENTS_READ)
    feed = await repository.revoke_feed(tx.session, feed_id, datetime.now(UTC))
    if feed is None:
        raise Missing("work.no_such_calendar", "There is no such calendar of yours.")
    await audit.write(tx, "work:end_calendar", subject_id=feed.id, farm_id=feed.farm_id)
    return FeedRead.model_validate(feed)


async def open_feed(engine: Engine, secret: str, *, request_id: str = "") -> bytes:
    """The calendar behind a secret, as the person who made it sees it today."""
    found = await repository.calendar_of(engine, _hash(secret))
    if found is None:
        raise _no_calendar()
    actor = await accounts.actor_of(
        engine, found.person_id, frozenset({Permission.EVENTS_READ}),
        request_id=request_id,
    )  # fmt: skip
    async with begin(engine, actor) as tx:
        return await calendar(tx, found.farm_id, NotificationsQuery(language=found.language))


async def _found(tx: Transaction, farm_id: UUID, on: date, limit: float) -> list[Alert]:
    due = await events.due(tx, farm_id, on - timedelta(days=DAYS_BACK), on)
    return [
        *rules.withdrawals(await _withdrawals(tx, farm_id, on), on),
        *rules.inbred_matings(await _pairings(tx, farm_id, on), limit),
        *rules.overdue(due, on),
        *rules.milk_drops(await _measured(tx, farm_id, _MILK, on, rules.MILK_TESTS), on),
        *rules.weight_losses(await _measured(tx, farm_id, _WEIGHTS, on, 2), on),
    ]


async def _measured(
    tx: Transaction, farm_id: UUID, traits: Sequence[str], on: date, most: int
) -> list[list[Measured]]:
    """The last measurements of each living animal, oldest first."""
    rows = await repository.last_values(tx.session, farm_id, traits, on=on, days=365, most=most)
    named = [Measured(row.animal_id, row.tag, row.recorded_on, float(row.value)) for row in rows]
    return [list(group) for _, group in groupby(named, key=lambda one: one.animal_id)]


async def _withdrawals(tx: Transaction, farm_id: UUID, on: date) -> list[Withdrawal]:
    running = await performance.withdrawals(tx, farm_id, HealthQuery(on=on))
    return [
        Withdrawal(
            given.event_id, animal.animal_id, animal.tag, given.treated_on, given.product,
            product, until,
        )
        for animal in running.animals
        for given in animal.treatments
        for product, until in (("meat", given.meat_until), ("milk", given.milk_until))
        if until
    ]  # fmt: skip


async def _pairings(tx: Transaction, farm_id: UUID, on: date) -> list[Pairing]:
    rows = await repository.open_matings(tx.session, farm_id, on)
    pairs = {(row.sire_id, row.animal_id) for row in rows}
    kinship = await breeding.kinship(tx, pairs) if pairs else {}
    return [
        Pairing(
            row.id, row.animal_id, row.tag, row.occurred_on, row.sire,
            kinship[row.sire_id, row.animal_id],
        )
        for row in rows
        if (row.sire_id, row.animal_id) in kinship
    ]  # fmt: skip


def _gravity(one: Alert) -> tuple[int, Any, str]:
    return list(AlertKind).index(one.kind), one.since, one.tag


def _read(one: Alert, farm_id: UUID, language: str, seen: bool) -> AlertRead:
    return AlertRead(
        key=one.key, farm_id=farm_id, kind=one.kind, animal_id=one.animal_id, tag=one.tag,
        since=one.since, values=one.values, seen=seen,
        text=say(language, f"alert.{one.kind}", tag=one.tag, **_named(one.values, language)),
    )  # fmt: skip


def _named(values: dict[str, Any], language: str) -> dict[str, Any]:
    """Codes among the values in words: what is due, which product."""
    words = {"what": "due", "product": "product"}
    return {
        name: say(language, f"{words[name]}.{value}") if name in words else value
        for name, value in values.items()
    }


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _no_calendar() -> Missing:
    return Missing("work.no_such_calendar", "There is no calendar at this address, or it ended.")
