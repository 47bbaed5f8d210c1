"""An animal's events folded into where it stands; pure, in order of happening and not of recording.

    events in any order ──in_order──▶ Track.take, one by one ──▶ Track.state(on)

What cannot be is told by `hub.events.plausible`, which looks at the track before each step.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.events.schemas import Milk, ReproductiveState, State
from hub.events.species import Rules, rules_of

DAY = timedelta(days=1)
SAME_BIRTH = 3
"""Days within which two births of one female are one: the last lamb came next morning."""

FORGOTTEN = 180
"""Days after which sires whose removal nobody wrote down count as gone."""

UNTOLD = 60
"""Days past the longest gestation after which a birth came, and nobody wrote it down."""

_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
# What comes first on one day, where no time was told: she arrives, is looked at, gives birth, is
# mated, and leaves last.
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        ("arrival", "dry_off", "pregnancy_check", "abortion", "parturition", "embryo_flush",
         "heat", "mating", "embryo_transfer", "fostering", "weaning", "movement", "diagnosis",
         "treatment", "remark", "disposal")
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules need to know of the animal."""

    id: UUID
    tag: str
    sex: str
    species: str
    birth_date: date | None
    status: str = "alive"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the machine sees it; `details` as they are stored."""

    id: UUID
    kind: str
    on: date
    details: Mapping[str, Any]
    at: datetime | None = None


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """By day, then by what comes first on a day, then by time."""
    return sorted(happenings, key=lambda h: (h.on, _RANK[h.kind], h.at or _EARLIEST, h.id))


@dataclass(frozen=True, slots=True)
class Service:
    """When she may have conceived, and from whom."""

    event: Happening
    method: str
    first: date
    last: date
    sires: tuple[str, ...]
    donor: str | None = None
    ended: bool = True
    """False: nobody wrote down that the sires were taken out."""

    def may_end(self, on: date, rules: Rules) -> bool:
        """Whether a birth on this day can come of it."""
        return self._ends(on, rules.gestation.shortest, rules.gestation.longest)

    def usually_ends(self, on: date, rules: Rules) -> bool:
        """Whether a birth on this day comes of it after a gestation of usual length."""
        return self._ends(on, rules.gestation.low, rules.gestation.high)

    def _ends(self, on: date, shortest: int, longest: int) -> bool:
        return max(self.first, on - DAY * longest) <= min(self.last, on - DAY * shortest)


def _service_of_mating(h: Happening) -> Service:
    method, sires = h.details["method"], tuple(h.details["sire_ids"])
    if method != "group":
        return Service(h, method, h.on, h.on, sires)
    until = h.details.get("until")
    last = date.fromisoformat(until) if until else h.on + DAY * FORGOTTEN
    return Service(h, method, h.on, last, sires, ended=bool(until))


@dataclass(slots=True)
class Track:
    """Where an animal stands after the events taken so far."""

    subject: Subject
    rules: Rules
    services: list[Service] = field(default_factory=list)
    heat: Happening | None = None
    service: Service | None = None
    check: Happening | None = None
    pregnant: Happening | None = None
    """The check that found her pregnant."""
    empty: Happening | None = None
    """The check that found her empty, unless a later one found her pregnant."""
    birth: Happening | None = None
    abortion: Happening | None = None
    dry: Happening | None = None
    milk: Milk = Milk.NONE
    fresh: Happening | None = None
    """What her last lactation began with: a birth, or an abortion."""
    parity: int = 0
    lactations: int = 0
    weaned: Happening | None = None
    arrival: Happening | None = None
    left: Happening | None = None

    def take(self, h: Happening) -> None:
        """Go on by one event; kinds that change nothing here are passed over."""
        step = _STEPS.get(h.kind)
        if step:
            step(self, h)

    def live_services(self) -> list[Service]:
        """Services since the last birth that no empty check has ruled out, as far as told."""
        return self._not_empty(self.rules.check.low)

    def conceptions(self, on: date) -> list[Service]:
        """The services of which a birth on this day can come.

        Where some fit a gestation of usual length, only these: a cow that is mated again after 21
        days carries the calf of that mating, though both are possible.
        """
        possible = [one for one in self.not_ruled_out() if one.may_end(on, self.rules)]
        usual = [one for one in possible if one.usually_ends(on, self.rules)]
        return usual or possible

    def not_ruled_out(self) -> list[Service]:
        """Services of which an empty check can have overlooked the pregnancy, too."""
        return self._not_empty(self.rules.check_sure.days)

    def _not_empty(self, days: int) -> list[Service]:
        if self.empty is None:
            return self.services
        overlooked = self.empty.on - DAY * days
        return [one for one in self.services if one.last > overlooked]

    def due(self, on: date) -> tuple[date, date, date] | None:
        """First, expected and last day of the birth to come, as far as known on a day."""
        gestation, found = self.rules.gestation, self._conceived(on)
        if found is None:
            return None
        first, last = found
        return (
            first + DAY * gestation.low, first + DAY * gestation.mean, last + DAY * gestation.high
        )  # fmt: skip

    def _conceived(self, on: date) -> tuple[date, date] | None:
        """The first and last day on which she may have conceived what she carries."""
        live = self.live_services()
        if self.pregnant is None:
            return (live[-1].first, _last_possible(live[-1], on)) if live else None
        age = self.pregnant.details.get("foetal_age_days")
        if age:
            return self._conceived_by_age(self.pregnant.on - DAY * age, live)
        seen_by = self.pregnant.on - DAY * self.rules.check.low
        known = [one for one in live if one.first <= self.pregnant.on]
        before = [one for one in known if one.first <= seen_by] or known[:1]
        if not before:
            return None
        last = before[-1]
        return last.first, max(last.first, min(last.last, seen_by))

    def _conceived_by_age(self, told: date, live: list[Service]) -> tuple[date, date]:
        """By the foetus's age, or by the service that is meant when one was that week."""
        near = [one for one in live if one.first - DAY * 7 <= told <= one.last + DAY * 7]
        if near and near[-1].last == near[-1].first:
            return near[-1].first, near[-1].first
        return told, told

    def carrying(self, on: date, late: int = 0) -> bool:
        """Whether she was found pregnant and can be so still, or was up to some days before."""
        if self.pregnant is None:
            return False
        conceived = self._conceived(on)
        last = conceived[1] if conceived else self.pregnant.on - DAY * self.rules.check.low
        return on <= last + DAY * (self.rules.gestation.longest + late)

    def standing(self, on: date) -> State:
        """Her place in the cycle."""
        if self.subject.sex == "M":
            return State.MALE
        if self.carrying(on, UNTOLD):
            return State.PREGNANT
        longest = DAY * self.rules.gestation.longest
        if any(one.last + longest >= on for one in self.live_services()):
            return State.SERVED
        if self.parity or self.services:
            return State.OPEN
        born = self.subject.birth_date
        if born is None:
            return State.UNKNOWN if self.subject.sex == "U" else State.OPEN
        grown = (on - born).days >= self.rules.first_mating.days
        return State.OPEN if grown else State.IMMATURE

    def giving_milk(self, on: date) -> Milk:
        """Whether she gives milk that day; nobody writes down when a suckled ewe goes dry."""
        limit = self.rules.longest_lactation
        if self.milk is Milk.LACTATING and limit and self.fresh:
            return Milk.DRY if (on - self.fresh.on).days > limit.days else Milk.LACTATING
        return self.milk

    def state(self, on: date) -> ReproductiveState:
        """All of it as people read it."""
        standing = self.standing(on)
        expecting = standing in (State.SERVED, State.PREGNANT)
        due = self.due(on) if expecting else None
        service = self.service
        return ReproductiveState(
            animal_id=self.subject.id, species=self.subject.species, on=on,
            present=self.left is None and self.subject.status in ("alive", "unknown"),
            state=standing, milk=self.giving_milk(on), last_heat_on=_on(self.heat),
            last_service_on=service.event.on if service else None,
            service_method=service.method if service else None,
            service_event_id=service.event.id if service else None,
            sire_ids=self._sires() if expecting else (),
            donor_id=UUID(service.donor) if service and service.donor and expecting else None,
            due_on=due[1] if due else None, due_from=due[0] if due else None,
            due_to=due[2] if due else None,
            foetus_count=self.foetuses() if standing is State.PREGNANT else None,
            last_check_on=_on(self.check),
            last_check_result=self.check.details["result"] if self.check else None,
            last_parturition_on=_on(self.birth), parity=self.parity,
            lactation_number=self.lactations, dry_since=_on(self.dry),
            weaned_on=_on(self.weaned), left_on=_on(self.left),
            left_how=self.left.details["disposal"] if self.left else None,
        )  # fmt: skip

    def foetuses(self) -> int | None:
        """How many the check counted."""
        return self.pregnant.details.get("foetus_count") if self.pregnant else None

    def _sires(self) -> tuple[UUID, ...]:
        named = {sire: None for one in self.live_services() for sire in one.sires}
        return tuple(UUID(sire) for sire in named)

    def _heat(self, h: Happening) -> None:
        self.heat = h

    def _mating(self, h: Happening) -> None:
        self._serve(_service_of_mating(h))

    def _transfer(self, h: Happening) -> None:
        conceived = h.on - DAY * self.rules.embryo_age.days
        sires, donor = (h.details["sire_id"],), h.details["donor_id"]
        self._serve(Service(h, "embryo", conceived, conceived, sires, donor))

    def _serve(self, service: Service) -> None:
        if self.pregnant and not self.carrying(service.event.on):
            self._emptied(service.event.on)  # she gave birth, and nobody wrote it down
        self.services.append(service)
        self.service = service

    def _looked_at(self, h: Happening) -> None:
        self.check = h
        result = h.details["result"]
        if result in ("pregnant", "multiple"):
            self.pregnant, self.empty = h, None
        elif result == "empty":
            self.pregnant, self.empty = None, h

    def _aborted(self, h: Happening) -> None:
        self.abortion = h
        if h.details.get("in_milk"):
            self._freshened(h)
        self._emptied(h.on)

    def _gave_birth(self, h: Happening) -> None:
        again = self.birth and (h.on - self.birth.on).days <= SAME_BIRTH
        if again:
            return
        self.birth = h
        self.parity += 1
        self._freshened(h)
        self._emptied(h.on)

    def _freshened(self, h: Happening) -> None:
        self.fresh, self.milk, self.dry = h, Milk.LACTATING, None
        self.lactations += 1

    def _emptied(self, on: date) -> None:
        """Over: what was before belongs to it, but a ram who stays goes on serving her."""
        self.services = [replace(one, first=on + DAY) for one in self.services if one.last > on]
        self.pregnant = self.empty = None

    def _dried_off(self, h: Happening) -> None:
        self.dry, self.milk = h, Milk.DRY

    def _weaned(self, h: Happening) -> None:
        self.weaned = h

    def _arrived(self, h: Happening) -> None:
        self.arrival, self.left = h, None

    def _left(self, h: Happening) -> None:
        self.left = h


_STEPS: dict[str, Callable[[Track, Happening], None]] = {
    "heat": Track._heat,
    "mating": Track._mating,
    "embryo_transfer": Track._transfer,
    "pregnancy_check": Track._looked_at,
    "abortion": Track._aborted,
    "parturition": Track._gave_birth,
    "dry_off": Track._dried_off,
    "weaning": Track._weaned,
    "arrival": Track._arrived,
    "disposal": Track._left,
}


def fold(subject: Subject, happenings: Iterable[Happening], until: date | None = None) -> Track:
    """Where the animal stands after its events up to a day (inclusive)."""
    track = Track(subject, rules_of(subject.species))
    for h in in_order(happenings):
        if until is None or h.on <= until:
            track.take(h)
    return track


def _last_possible(service: Service, on: date) -> date:
    """The last day of conception, as far as it has come when nobody took the sires out."""
    return service.last if service.ended else max(service.first, min(service.last, on))


def _on(h: Happening | None) -> date | None:
    return h.on if h else None
