"""What a farm's season is made of: what is asked of the hub and what follows from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from agrigen.client import Hub, Item
from dashboards.together import together

SCANS_OF_DAYS = 200
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Season:
    """One farm on one day."""

    farm: Item
    today: date
    due: list[dict[str, Any]]
    females: list[Item]
    scans: list[Item]
    alerts: list[dict[str, Any]]
    calendars: list[Item]


def today_at(farm: Mapping[str, Any]) -> date:
    """The farm's own day."""
    return datetime.now(ZoneInfo(farm.get("time_zone") or "UTC")).date()


def load_season(hub: Hub, farm: Item, days: int) -> Season:
    """Everything of the page, asked at the same time."""
    id, today = farm["id"], today_at(farm)
    since = today - timedelta(days=SCANS_OF_DAYS)
    got = together(
        due=lambda: rows(hub.events.due(id, today, today + timedelta(days=days))),
        females=lambda: hub.events.females(id),
        scans=lambda: hub.events.search(farm=id, kind="pregnancy_check", from_=since, limit=None),
        alerts=lambda: rows(hub.alerts.of_farm(id)),
        calendars=lambda: [one for one in hub.alerts.calendars(id) if not one["revoked_at"]],
    )
    return Season(farm, today, **got)


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with days as days, and None for what is not there."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in one.items()}
        for one in plain.to_dict("records")
    ]


def due_within(season: Season, days: int) -> int:
    """Pieces of work that fall on the next days and are not overdue."""
    last = season.today + timedelta(days=days)
    return sum(not one["overdue"] and one["due_on"] <= last for one in season.due)


def overdue(season: Season) -> int:
    return sum(bool(one["overdue"]) for one in season.due)


def by_state(females: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Females that are pregnant, mated and not checked, and open ones that had young before."""
    known = (
        one for one in females if one["state"] != "open" or one["parity"] or one["last_check_on"]
    )
    return Counter(str(one["state"]) for one in known)


def grouped(
    due: Sequence[dict[str, Any]], kind: str, today: date
) -> list[tuple[date | None, list[dict[str, Any]]]]:
    """What is overdue first (under None), then by day; what should have begun before is today's."""
    wanted = [one for one in due if not kind or one["kind"] == kind]
    late = sorted((one for one in wanted if one["overdue"]), key=lambda one: one["due_on"])
    days: dict[date, list[dict[str, Any]]] = {}
    for one in wanted:
        if not one["overdue"]:
            days.setdefault(max(one["due_on"], today), []).append(one)
    return ([(None, late)] if late else []) + sorted(days.items())


def births_by_week(females: Sequence[Mapping[str, Any]]) -> dict[date, tuple[int, int]]:
    """Expected births by the Monday of their week: of pregnant ones, of mated ones."""
    found: dict[date, list[int]] = {}
    for one in females:
        if one["state"] in ("pregnant", "served") and one["due_on"]:
            on = date.fromisoformat(str(one["due_on"])[:10])
            counts = found.setdefault(on - timedelta(days=on.weekday()), [0, 0])
            counts[one["state"] == "served"] += 1
    if not found:
        return {}
    first, last = min(found), max(found)
    weeks = [first + WEEK * i for i in range((last - first) // WEEK + 1)]
    return {week: (*found.get(week, [0, 0]),) for week in weeks}


SCAN_ORDER = ("empty", "single", "twins", "triplets", "four or more", "pregnant, not counted",
              "not sure")  # fmt: skip


def scan_results(scans: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many females had each result at their last check, in order of number."""
    last: dict[str, Mapping[str, Any]] = {}
    for one in sorted(scans, key=lambda one: str(one["occurred_on"])):
        last[one["animal_id"]] = one["details"]
    counts = Counter(_result(details) for details in last.values())
    return {name: counts[name] for name in SCAN_ORDER if counts[name]}


def _result(details: Mapping[str, Any]) -> str:
    result, count = details["result"], details.get("foetus_count")
    if result in ("empty", "unknown"):
        return "empty" if result == "empty" else "not sure"
    if count:
        return {1: "single", 2: "twins", 3: "triplets"}.get(count, "four or more")
    return "pregnant, not counted"
