"""What there is to do, to the day, from where animals stand; pure.

Something stays on the list, overdue, until it is done or for `KEPT` days: after that the farm has
decided, and a list that only grows is read by nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.events.machine import DAY, Happening, Track
from hub.events.schemas import DueKind, Milk, State

KEPT = 60
_ENDING = {DueKind.HEAT_WATCH, DueKind.WITHDRAWAL_END}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do with one animal."""

    animal_id: UUID
    kind: DueKind
    due_on: date
    from_on: date
    to_on: date
    because: str
    event_id: UUID | None = None

    def falls(self, first: date, last: date, today: date) -> bool:
        """Whether it belongs on the list of these days; what is overdue belongs on today's."""
        if self.overdue(today):
            return first <= today <= last and self.to_on + DAY * KEPT >= today
        return self.from_on <= last and self.to_on >= first

    def overdue(self, today: date) -> bool:
        """Not done in time; what ends by itself never is."""
        return self.to_on < today and self.kind not in _ENDING


def of_female(track: Track, today: date) -> Iterator[Due]:
    """Everything to do with a female that is on the farm."""
    standing = track.standing(today)
    if standing is State.SERVED:
        yield from _after_service(track, today)
    if standing in (State.SERVED, State.PREGNANT):
        yield from _before_birth(track, today)
    if standing in (State.OPEN, State.IMMATURE):
        yield from _mate(track)


def _after_service(track: Track, today: date) -> Iterator[Due]:
    service, rules = track.services[-1], track.rules
    if service.method == "group":
        start = service.last if service.ended else service.first
    else:
        start = service.event.on
        yield _span(
            track, DueKind.HEAT_WATCH, service.event, start, rules.cycle.low, rules.cycle.mean,
            rules.cycle.high, f"Mated on {start}; if she is not pregnant she comes back into heat.",
        )  # fmt: skip
    if track.check and track.check.on >= start + DAY * rules.check.low:
        return  # looked at, and not found pregnant or empty for sure
    yield _span(
        track, DueKind.PREGNANCY_CHECK, service.event, start, rules.check.low, rules.check.mean,
        rules.check.high, f"{_mated(track)}; a pregnancy is seen from day {rules.check.low} on.",
    )  # fmt: skip


def _span(
    track: Track, kind: DueKind, event: Happening, start: date, low: int, mean: int, high: int,
    because: str,
) -> Due:  # fmt: skip
    days = (start + DAY * mean, start + DAY * low, start + DAY * high)
    return Due(track.subject.id, kind, *days, because, event.id)


def _before_birth(track: Track, today: date) -> Iterator[Due]:
    days = track.due(today)
    if days is None:
        return
    rules, event = track.rules, track.pregnant or track.services[-1].event
    first, expected, last = days
    because = _expecting(track)
    yield Due(track.subject.id, DueKind.PARTURITION, expected, first, last, because, event.id)
    before = rules.dry_off_before
    if before and track.giving_milk(today) is Milk.LACTATING:
        on = expected - DAY * before.days
        text = f"{rules.words.birth.capitalize()} is expected on {expected}. {because}"
        yield Due(
            track.subject.id, DueKind.DRY_OFF, on, on - DAY * 7, on + DAY * 14, text, event.id
        )


def _mated(track: Track) -> str:
    service = track.services[-1]
    if service.method != "group":
        return f"Mated on {service.event.on}"
    until = f"to {service.last}" if service.ended else "on"
    return f"With the {track.rules.words.male} from {service.event.on} {until}"


def _expecting(track: Track) -> str:
    if track.pregnant is None:
        return f"{_mated(track)}, not looked at yet."
    seen = track.foetuses()
    young = f" with {seen}" if seen else ""
    mated = f" {_mated(track)}." if track.live_services() else ""
    return f"Found pregnant{young} on {track.pregnant.on}.{mated}"


def _mate(track: Track) -> Iterator[Due]:
    """Again after a birth, or for the first time; nothing in species that mate by season."""
    waiting, born, rules = track.rules.voluntary_waiting, track.subject.birth_date, track.rules
    if waiting is None:
        return
    if track.birth:
        start = track.birth.on + DAY * waiting.days
        because = f"{rules.words.born.capitalize()} on {track.birth.on}, {waiting.days} days ago."
        event = track.birth
        if track.empty and track.empty.on >= start:
            start, event = track.empty.on, track.empty
            because = f"Found empty on {start}."
    elif born and not track.services:
        start, event = born + DAY * rules.first_mating.days, None
        because = f"Born on {born}: old enough for her first mating."
    else:
        return
    high = start + DAY * rules.cycle.high * 2
    yield Due(
        track.subject.id, DueKind.MATE, start, start, high, because, event.id if event else None
    )


def of_young(track: Track) -> Iterator[Due]:
    """Weaning of one that was born here and is not weaned."""
    born, span = track.subject.birth_date, track.rules.weaning
    if born is None or track.weaned:
        return
    because = f"Born on {born}; usually weaned at {span.mean} days."
    on = born + DAY * span.mean
    yield Due(track.subject.id, DueKind.WEAN, on, on - DAY * 7, on + DAY * 14, because)


def of_treatments(animal_id: UUID, treatments: Iterable[Happening]) -> Iterator[Due]:
    """From a treatment to the first day on which meat or milk may be used again."""
    for h in treatments:
        for what in ("meat", "milk"):
            days = h.details.get(f"withdrawal_{what}_days")
            if days:
                end = h.on + DAY * (days + 1)
                because = f"{h.details['product']} given on {h.on}: {what} withheld {days} days."
                yield Due(animal_id, DueKind.WITHDRAWAL_END, end, h.on, end, because, h.id)
