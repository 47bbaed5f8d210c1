"""What there is to do, to the day, from where animals stand; pure.

Something stays on the list, overdue, until it is done or for `KEPT` days: after that the farm has
decided, and a list that only grows is read by nobody.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.events.machine import DAY, Happening, Service, Track
from hub.events.schemas import DueKind, Milk, State
from hub.events.species import Rules

KEPT = 60
_ENDING = {DueKind.HEAT_WATCH, DueKind.WITHDRAWAL_END}


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a work list, and which day it is."""

    first: date
    last: date
    today: date

    def lists(self, kind: DueKind, from_on: date, to_on: date) -> bool:
        """Whether something is on the list; what is overdue is on the one of today."""
        if self.overdue(kind, to_on):
            now = self.first <= self.today <= self.last
            return now and to_on + DAY * KEPT >= self.today
        return from_on <= self.last and to_on >= self.first

    def overdue(self, kind: DueKind, to_on: date) -> bool:
        """Not done in time; what ends by itself never is."""
        return to_on < self.today and kind not in _ENDING


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


@dataclass(frozen=True, slots=True)
class _Maybe:
    """Something to do, should its days be asked for: only then its words are made."""

    kind: DueKind
    days: tuple[date, date, date]
    because: Callable[[], str]
    event: Happening | None = None


def of_female(track: Track, days: Days) -> Iterator[Due]:
    """Everything to do in these days with a female that is on the farm."""
    standing = track.standing(days.today)
    if standing is State.SERVED:
        yield from _listed(track, _after_service(track), days)
    if standing in (State.SERVED, State.PREGNANT):
        yield from _listed(track, _before_birth(track, days.today), days)
    if standing in (State.OPEN, State.IMMATURE):
        yield from _listed(track, _mate(track), days)


def of_young(track: Track, days: Days) -> Iterator[Due]:
    """Weaning of one that was born here and is not weaned."""
    born, span = track.subject.birth_date, track.rules.weaning
    if born and not track.weaned:
        on = born + DAY * span.mean
        weaning = _Maybe(
            DueKind.WEAN, (on - DAY * 7, on, on + DAY * 14),
            lambda: f"Born on {born}; usually weaned at {span.mean} days.",
        )  # fmt: skip
        yield from _listed(track, [weaning], days)


def of_treatments(animal_id: UUID, treatments: Iterable[Happening], days: Days) -> Iterator[Due]:
    """From a treatment to the first day on which meat or milk may be used again."""
    for h in treatments:
        for what in ("meat", "milk"):
            withheld = h.details.get(f"withdrawal_{what}_days")
            end = h.on + DAY * ((withheld or 0) + 1)
            if withheld and days.lists(DueKind.WITHDRAWAL_END, h.on, end):
                because = (
                    f"{h.details['product']} given on {h.on}: {what} withheld {withheld} days."
                )
                yield Due(animal_id, DueKind.WITHDRAWAL_END, end, h.on, end, because, h.id)


def _listed(track: Track, found: Iterable[_Maybe], days: Days) -> Iterator[Due]:
    for one in found:
        from_on, due_on, to_on = one.days
        if days.lists(one.kind, from_on, to_on):
            event_id = one.event.id if one.event else None
            because = one.because()
            yield Due(track.subject.id, one.kind, due_on, from_on, to_on, because, event_id)


def _after_service(track: Track) -> Iterator[_Maybe]:
    service, rules = track.services[-1], track.rules
    if service.method != "group":
        cycle = rules.cycle
        yield _Maybe(
            DueKind.HEAT_WATCH, _from(service.first, cycle.low, cycle.mean, cycle.high),
            lambda: f"{_mated(track)}; if she is not pregnant she comes back into heat.",
            service.event,
        )  # fmt: skip
    days = _check_days(service, rules)
    if track.check and track.check.on >= days[0]:
        return  # looked at, and not found pregnant or empty for sure
    yield _Maybe(
        DueKind.PREGNANCY_CHECK, days,
        lambda: f"{_mated(track)}; a pregnancy is seen from day {rules.check.low} on.",
        service.event,
    )  # fmt: skip


def _check_days(service: Service, rules: Rules) -> tuple[date, date, date]:
    """When to look: of a group, once the last to conceive can be seen and the first be counted."""
    check = rules.check
    low, mean, high = _from(service.first, check.low, check.mean, check.high)
    if service.method == "group" and service.ended:
        low = service.last + DAY * check.low
        mean = max(low, mean)
        high = max(mean, high, service.last + DAY * rules.check_sure.days)
    return low, mean, high


def _from(start: date, *numbers: int) -> tuple[date, date, date]:
    low, mean, high = (start + DAY * number for number in numbers)
    return low, mean, high


def _before_birth(track: Track, today: date) -> Iterator[_Maybe]:
    days = track.due(today)
    if days is None:
        return
    event = track.pregnant or track.services[-1].event
    yield _Maybe(DueKind.PARTURITION, days, lambda: _expecting(track), event)
    before, birth = track.rules.dry_off_before, track.rules.words.birth.capitalize()
    if before and track.giving_milk(today) is Milk.LACTATING:
        on = days[1] - DAY * before.days
        yield _Maybe(
            DueKind.DRY_OFF, (on - DAY * 7, on, on + DAY * 14),
            lambda: f"{birth} is expected on {days[1]}. {_expecting(track)}", event,
        )  # fmt: skip


def _mated(track: Track) -> str:
    service: Service = track.services[-1]
    if service.method == "embryo":
        return f"Embryo transferred on {service.event.on}"
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


def _mate(track: Track) -> Iterator[_Maybe]:
    """Again after a birth or abortion, or for the first time; nothing where mating is seasonal."""
    waiting, rules, born = track.rules.voluntary_waiting, track.rules, track.subject.birth_date
    if waiting is None:
        return
    ended = [one for one in (track.birth, track.abortion) if one]
    event = max(ended, key=lambda one: one.on, default=None)
    if event:
        start = event.on + DAY * waiting.days
        what = rules.words.born.capitalize() if event is track.birth else "Aborted"
        because = f"{what} on {event.on}; {waiting.days} days are waited."
    elif born:
        start = born + DAY * rules.first_mating.days
        because = f"Born on {born}: old enough for her first mating."
    else:
        return
    if track.empty and track.empty.on >= start:
        start, event = track.empty.on, track.empty
        because = f"Found empty on {start}."
    yield _mating(track, start, because, event)


def _mating(track: Track, start: date, because: str, event: Happening | None) -> _Maybe:
    end = start + DAY * track.rules.cycle.high * 2
    return _Maybe(DueKind.MATE, (start, start, end), lambda: because, event)
