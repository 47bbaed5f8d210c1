"""What cannot be (refused) and what is unusual (told) of an animal's events, in their order.

Every function looks at one event and at the track of what was before it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.events.machine import DAY, SAME_BIRTH, Happening, Service, Subject, Track, in_order
from hub.events.species import Rules, rules_of

_NOUNS = {
    "embryo_flush": "embryo flush", "embryo_transfer": "embryo transfer",
    "pregnancy_check": "pregnancy check", "dry_off": "drying off",
}  # fmt: skip
_LEAVING = {
    "sold": "sale", "slaughtered": "slaughter", "died": "death", "euthanized": "euthanasia",
    "lost": "loss",
}  # fmt: skip
_LEFT = {
    "sold": "was sold", "slaughtered": "was slaughtered", "died": "died",
    "euthanized": "was put down", "lost": "was lost",
}  # fmt: skip
ALIVE_AFTER = {"sold", "lost"}
_OF_FEMALES = {
    "heat", "mating", "embryo_flush", "embryo_transfer", "pregnancy_check", "abortion",
    "parturition", "dry_off",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing about an event: it cannot be (`refused`) or it is unusual."""

    about: Happening
    code: str
    message: str
    remedy: str
    earlier: UUID | None = None
    where: str = "occurred_on"
    refused: bool = True

    @property
    def same(self) -> tuple[UUID, str, UUID | None]:
        """What makes it the finding it is, whatever its words."""
        return self.about.id, self.code, self.earlier


def noun(h: Happening, rules: Rules) -> str:
    """What a farmer calls the event."""
    if h.kind == "parturition":
        return rules.words.birth
    if h.kind == "disposal":
        return _LEAVING[h.details["disposal"]]
    return _NOUNS.get(h.kind, h.kind)


def findings(subject: Subject, happenings: Iterable[Happening]) -> list[Finding]:
    """Everything about all events of an animal."""
    track = Track(subject, rules_of(subject.species))
    found: list[Finding] = []
    for h in in_order(happenings):
        found += look(track, h)
        track.take(h)
    return found


def look(track: Track, h: Happening) -> Iterator[Finding]:
    """Everything about one event after those before it."""
    yield from _whenever(track, h)
    if h.kind in _OF_FEMALES:
        yield from _of_a_female(track, h)
    check = _CHECKS.get(h.kind)
    if check:
        yield from check(track, h)


def _whenever(track: Track, h: Happening) -> Iterator[Finding]:
    subject, what = track.subject, noun(h, track.rules)
    if subject.birth_date and h.on < subject.birth_date:
        yield Finding(
            h, "before_birth",
            f"{subject.tag} was born on {subject.birth_date}, after this {what} of {h.on}.",
            "Correct the date, or the birth date of the animal.",
        )  # fmt: skip
    left = track.left
    if left is None or h.kind in ("arrival", "remark"):
        return
    how = left.details["disposal"]
    if h.kind == "diagnosis" and how not in ALIVE_AFTER:
        return  # found after death
    yield Finding(
        h, "after_leaving",
        f"{subject.tag} {_LEFT[how]} on {left.on}, so there is no {what} on {h.on}.",
        f"Give a date up to {left.on}, correct or void the {noun(left, track.rules)}"
        + (", or record its arrival if it came back." if how in ALIVE_AFTER else "."),
        earlier=left.id,
    )  # fmt: skip


def _of_a_female(track: Track, h: Happening) -> Iterator[Finding]:
    subject, rules, what = track.subject, track.rules, noun(h, track.rules)
    if subject.sex == "M":
        yield Finding(
            h, "male", f"{subject.tag} is male; a {what} is of a female.",
            f"Choose the {rules.words.female}, or correct the sex of {subject.tag}.",
            where="animal_id",
        )  # fmt: skip
        return
    age = _age(subject, h.on)
    needed = _youngest(h, rules)
    if age is not None and 0 <= age < needed:
        yield Finding(
            h, "too_young",
            f"{subject.tag} was {age} days old on {h.on}; a {what} of {rules.species} is possible "
            f"from {needed} days on.",
            f"Correct the date, or the birth date ({subject.birth_date}) of {subject.tag}.",
        )  # fmt: skip


def _youngest(h: Happening, rules: Rules) -> int:
    if h.kind in ("parturition", "dry_off"):
        return rules.youngest_dam
    if h.kind == "heat" or (h.kind == "pregnancy_check" and not _positive(h)):
        return 0
    return rules.puberty_female.days


def _mating(track: Track, h: Happening) -> Iterator[Finding]:
    rules, subject = track.rules, track.subject
    until = h.details.get("until")
    if until and date.fromisoformat(until) < h.on:
        yield Finding(
            h, "until_before", f"The sires were taken out on {until}, before {h.on}.",
            "Correct one of the two dates.", where="details.until",
        )  # fmt: skip
    if track.pregnant and track.carrying(h.on):
        yield _unusual(
            h, "mated_pregnant",
            f"{subject.tag} was found pregnant on {track.pregnant.on}. The mating is kept; if she "
            "came back into heat, record an abortion or an empty pregnancy check.",
            track.pregnant,
        )  # fmt: skip
    if track.birth and 0 <= (h.on - track.birth.on).days < rules.rest.days:
        days = (h.on - track.birth.on).days
        message = f"{subject.tag} {rules.words.born} {days} days before, on {track.birth.on}."
        yield _unusual(h, "soon_after_birth", message, track.birth)
    age = _age(subject, h.on)
    if age is not None and rules.puberty_female.days <= age < rules.first_mating.days:
        message = (
            f"{subject.tag} is {age} days old; a first mating is usual from "
            f"{rules.first_mating.days} days on."
        )
        yield _unusual(h, "young", message)


def _pregnancy_check(track: Track, h: Happening) -> Iterator[Finding]:
    if not _positive(h):
        return
    rules, subject, birth = track.rules, track.subject, track.birth
    yield from _too_many(track, h, h.details.get("foetus_count") or 0, "details.foetus_count")
    since = (h.on - birth.on).days if birth else None
    if birth and since is not None and since < rules.rest.days + rules.check.low:
        yield Finding(
            h, "pregnant_too_soon",
            f"{subject.tag} {rules.words.born} on {birth.on}, {since} days before; a new pregnancy "
            f"is seen from {rules.rest.days + rules.check.low} days on.",
            f"Correct the date, or first the {rules.words.birth}.", earlier=birth.id,
        )  # fmt: skip
    age = h.details.get("foetal_age_days")
    if age and birth and since is not None and age > since:
        yield Finding(
            h, "conceived_before_birth",
            f"A foetus of {age} days on {h.on} is older than the last {rules.words.birth} "
            f"({birth.on}).", "Correct foetal_age_days or one of the dates.",
            earlier=birth.id, where="details.foetal_age_days",
        )  # fmt: skip
    live = track.live_services()
    if live and all((h.on - one.first).days < rules.check.low for one in live):
        message = (
            f"The first mating was on {live[0].first}; a pregnancy of {rules.species} is seen "
            f"from {rules.check.low} days on. She may have conceived before."
        )
        yield _unusual(h, "earlier_than_mated", message, live[0].event)


def _abortion(track: Track, h: Happening) -> Iterator[Finding]:
    birth, rules = track.birth, track.rules
    if birth and (h.on - birth.on).days < rules.rest.days:
        yield Finding(
            h, "aborted_too_soon",
            f"{track.subject.tag} {rules.words.born} on {birth.on}; she cannot be pregnant again "
            f"by {h.on}.", f"Correct the date, or the {rules.words.birth}: a dead young of "
            "it is an offspring with state stillborn.", earlier=birth.id,
        )  # fmt: skip


def _parturition(track: Track, h: Happening) -> Iterator[Finding]:
    birth = track.birth
    offspring = len(h.details["offspring"])
    yield from _too_many(track, h, offspring, "details.offspring")
    if birth and (h.on - birth.on).days <= SAME_BIRTH:
        yield _unusual(
            h,
            "same_birth",
            f"Taken as one {track.rules.words.birth} with that of {birth.on}.",
            birth,
        )
        return
    too_soon = list(_born_too_soon(track, h))
    yield from too_soon
    if too_soon:
        return
    yield from _born_after_empty(track, h)
    yield from _born_of_a_mating(track, h)
    counted = track.foetuses()
    if counted and counted != offspring and track.pregnant:
        message = f"{counted} were counted on {track.pregnant.on}, {offspring} are recorded."
        yield _unusual(h, "not_as_counted", message, track.pregnant)


def _born_too_soon(track: Track, h: Happening) -> Iterator[Finding]:
    birth, rules = track.birth, track.rules
    if birth and (h.on - birth.on).days < rules.shortest_interval:
        first = birth.on + DAY * rules.shortest_interval
        yield Finding(
            h, "born_too_soon",
            f"{track.subject.tag} {rules.words.born} on {birth.on}; the next {rules.words.birth} "
            f"is possible from {first} on, not on {h.on}.",
            f"If it is the same {rules.words.birth}, correct that one; otherwise correct a date.",
            earlier=birth.id,
        )  # fmt: skip
    lost = track.abortion
    if lost and (not birth or lost.on > birth.on):
        days = (h.on - lost.on).days
        if days < rules.gestation.shortest:
            message = f"She aborted {days} days before, on {lost.on}."
            yield _unusual(h, "soon_after_abortion", message, lost)


def _born_after_empty(track: Track, h: Happening) -> Iterator[Finding]:
    """An empty check that must have overlooked a pregnancy which nobody overlooks."""
    rules, empty = track.rules, track.empty
    if empty is None or empty.details["method"] in ("visual", "other"):
        return
    conceived_by = h.on - DAY * rules.gestation.shortest
    if (empty.on - conceived_by).days >= rules.check_sure.days:
        yield Finding(
            h, "born_after_empty",
            f"{track.subject.tag} was found empty on {empty.on}, {(h.on - empty.on).days} days "
            f"before; a {rules.words.birth} on {h.on} is a pregnancy of at least "
            f"{(empty.on - conceived_by).days} days by then.",
            "Correct the date, or void the pregnancy check if it was wrong.", earlier=empty.id,
        )  # fmt: skip


def _born_of_a_mating(track: Track, h: Happening) -> Iterator[Finding]:
    rules, live = track.rules, track.not_ruled_out()
    fitting = track.conceptions(h.on)
    if not live or (track.pregnant and track.pregnant.on < live[0].first):
        return
    if fitting:
        yield from _length(track, h, fitting)
    elif all((h.on - one.first).days < rules.gestation.shortest for one in live):
        mated, since = live[0].event, live[0].first
        yield Finding(
            h, "too_soon_after_mating",
            f"{track.subject.tag} was mated on {since}; {(h.on - since).days} days are too few "
            f"for a {rules.words.birth}, which takes at least {rules.gestation.shortest}.",
            "Correct a date, record the mating of which she conceived, or void the "
            f"{noun(mated, rules)} of {mated.on}.", earlier=mated.id,
        )  # fmt: skip
    else:
        last = live[-1]
        message = (
            f"The last mating that is known was on {last.event.on}; she must have conceived of "
            "another one, so no sire is named."
        )
        yield _unusual(h, "no_mating_fits", message, last.event)


def _length(track: Track, h: Happening, fitting: list[Service]) -> Iterator[Finding]:
    usual = track.rules.gestation
    days = [(h.on - one.first).days for one in fitting if one.last == one.first]
    if len(days) < len(fitting) or any(usual.low <= one <= usual.high for one in days):
        return
    message = f"{days[-1]} days after the mating; usual are {usual.low} to {usual.high}."
    yield _unusual(h, "unusual_length", message, fitting[-1].event)


def _too_many(track: Track, h: Happening, young: int, where: str) -> Iterator[Finding]:
    litter, words = track.rules.litter, track.rules.words
    if young > litter.highest:
        yield Finding(
            h, "litter", f"{young} young at once; a {words.female} has at most {litter.highest}.",
            "Correct the number.", where=where,
        )  # fmt: skip
    elif young > litter.usual:
        yield _unusual(h, "litter", f"{young} young at once are rare.")


def _dry_off(track: Track, h: Happening) -> Iterator[Finding]:
    if track.dry:
        yield Finding(
            h, "already_dry", f"{track.subject.tag} is dry since {track.dry.on}.",
            f"Correct the date of that drying off, or record the {track.rules.words.birth} in "
            "between.", earlier=track.dry.id,
        )  # fmt: skip
    elif not track.fresh:
        message = f"No {track.rules.words.birth} of {track.subject.tag} is recorded."
        yield _unusual(h, "never_in_milk", message)


def _weaning(track: Track, h: Happening) -> Iterator[Finding]:
    if track.weaned:
        yield Finding(
            h, "already_weaned", f"{track.subject.tag} was weaned on {track.weaned.on}.",
            "Correct the date of that weaning; a later weight is a record, not a weaning.",
            earlier=track.weaned.id,
        )  # fmt: skip
    age, usual = _age(track.subject, h.on), track.rules.weaning
    if age is not None and not usual.low <= age <= usual.high and age >= 0:
        message = f"Weaned at {age} days; usual are {usual.low} to {usual.high}."
        yield _unusual(h, "weaning_age", message)


def _fostering(track: Track, h: Happening) -> Iterator[Finding]:
    if track.weaned:
        message = f"{track.subject.tag} was weaned on {track.weaned.on}."
        yield _unusual(h, "fostered_weaned", message, track.weaned)


def _arrival(track: Track, h: Happening) -> Iterator[Finding]:
    left, subject = track.left, track.subject
    if left and left.details["disposal"] not in ALIVE_AFTER:
        how = _LEFT[left.details["disposal"]]
        yield Finding(
            h, "dead", f"{subject.tag} {how} on {left.on}; it cannot arrive on {h.on}.",
            f"Void the {noun(left, track.rules)} if it was told of the wrong animal.",
            earlier=left.id,
        )  # fmt: skip
    elif track.arrival and not left:
        message = f"{subject.tag} arrived on {track.arrival.on} and has not left since."
        yield _unusual(h, "already_here", message, track.arrival)


_CHECKS: dict[str, Callable[[Track, Happening], Iterator[Finding]]] = {
    "mating": _mating,
    "pregnancy_check": _pregnancy_check,
    "abortion": _abortion,
    "parturition": _parturition,
    "dry_off": _dry_off,
    "weaning": _weaning,
    "fostering": _fostering,
    "arrival": _arrival,
}


def _positive(h: Happening) -> bool:
    return h.details["result"] in ("pregnant", "multiple")


def _age(subject: Subject, on: date) -> int | None:
    return (on - subject.birth_date).days if subject.birth_date else None


def _unusual(h: Happening, code: str, message: str, earlier: Happening | None = None) -> Finding:
    return Finding(h, code, message, "", earlier=earlier.id if earlier else None, refused=False)
