"""What happened on the demonstration farms: a season that is over and one that runs today.

Past births are those of the farms' own animal files, with the services, scans, weanings and sales
that belong to them. The running season is laid around today, so that there is always something due.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np

from agrigen.pedigree import Pedigree
from agrigen.selection import kinship
from agrigen.types import Floats
from hub.animals import AnimalRead
from hub.events import EventCreate

SHEEP_GESTATION, CATTLE_GESTATION = 147, 281
LAST_SEASONS = 1
SCANNED_AFTER, WEANED_AFTER, SOLD_AFTER = 78, 90, 150
MATED_BEFORE_TODAY = 112
EASE = (0.86, 0.08, 0.04, 0.02)
CARELESS = 23
"""One ewe in so many goes to any ram, so that an alert of inbreeding can be seen."""


def sheep_events(
    flock: Sequence[AnimalRead], circle: Sequence[AnimalRead], today: date, seed: int
) -> list[EventCreate]:
    """Lambings of a flock, and ewes that are in lamb today, in order of day.

    Parameters
    ----------
    flock
        All animals of the farm.
    circle
        All animals of the ram circle whose rams serve the flock.
    """
    random = np.random.default_rng([seed, 5])
    known = {one.id: one for one in flock}
    past = [
        event
        for dam_id, on, litter in _litters(flock)
        if (dam := known.get(dam_id))
        for event in _lambing(dam, on, litter, random)
    ]
    past += _disposals_of_dams(flock, {event.animal_id for event in past})
    return _in_order([*past, *_running_season(flock, circle, today, random)])


def cattle_events(herd: Sequence[AnimalRead]) -> list[EventCreate]:
    """Past calvings of a dairy herd: insemination, check, drying off, birth; in order of day."""
    known = {one.id: one for one in herd}
    past = [
        event
        for dam_id, on, litter in _litters(herd)
        if (dam := known.get(dam_id))
        for event in _calving(dam, on, litter)
    ]
    past += _disposals_of_dams(herd, {event.animal_id for event in past})
    return _in_order(past)


def _litters(animals: Iterable[AnimalRead]) -> Iterator[tuple[UUID, date, list[AnimalRead]]]:
    """Dam, day and young of the births of the last season."""
    born = [one for one in animals if one.dam_id and one.birth_date]
    last = max((one.birth_date.year for one in born if one.birth_date), default=0)
    recent = [one for one in born if one.birth_date and one.birth_date.year > last - LAST_SEASONS]
    recent.sort(key=_birth)
    for (dam_id, on), litter in groupby(recent, key=_birth):
        yield dam_id, on, list(litter)


def _birth(one: AnimalRead) -> tuple[UUID, date]:
    if one.dam_id is None or one.birth_date is None:
        raise ValueError("an animal without dam or birth date has no birth")
    return one.dam_id, one.birth_date


def _lambing(
    dam: AnimalRead, on: date, litter: Sequence[AnimalRead], random: np.random.Generator
) -> Iterator[EventCreate]:
    """A ewe's season, from the ram to the sale of her lambs."""
    mated = on - timedelta(days=SHEEP_GESTATION)
    many = len(litter) > 1
    yield _served(dam, mated, litter, "natural")
    yield _told(
        dam, mated + timedelta(days=SCANNED_AFTER), "pregnancy_check", method="ultrasound",
        result="multiple" if many else "pregnant", foetus_count=len(litter),
    )  # fmt: skip
    yield _born(dam, on, litter, ease=1 + int(random.choice(len(EASE), p=EASE)))
    if len(litter) == 3 and litter[-1].status != "dead":
        yield _told(litter[-1], on + timedelta(days=1), "fostering")  # reared by hand
    for lamb in litter:
        yield from _life_of_lamb(lamb, on, random)


def _life_of_lamb(
    lamb: AnimalRead, born: date, random: np.random.Generator
) -> Iterator[EventCreate]:
    if lamb.status == "dead":
        died = born + timedelta(days=int(random.integers(1, 40)))
        reason = str(random.choice(["nutrition", "disease", "predator", "unknown"]))
        yield _told(lamb, died, "disposal", disposal="died", reason=reason)
        return
    yield _told(lamb, born + timedelta(days=WEANED_AFTER), "weaning")
    if lamb.status == "sold":
        sold = born + timedelta(days=SOLD_AFTER)
        yield _told(lamb, sold, "disposal", disposal="sold", reason="sale", destination="Market")


def _calving(dam: AnimalRead, on: date, litter: Sequence[AnimalRead]) -> Iterator[EventCreate]:
    served = on - timedelta(days=CATTLE_GESTATION)
    yield _served(dam, served, litter, "ai")
    yield _told(
        dam, served + timedelta(days=35), "pregnancy_check", method="ultrasound",
        result="multiple" if len(litter) > 1 else "pregnant",
    )  # fmt: skip
    if dam.birth_date and (on - dam.birth_date).days > 2.9 * 365:
        yield _told(dam, on - timedelta(days=56), "dry_off")
    yield _born(dam, on, litter, ease=1)
    for calf in litter:
        if calf.status in ("sold", "dead"):
            left = on + timedelta(days=21)
            how = "sold" if calf.status == "sold" else "died"
            yield _told(calf, left, "disposal", disposal=how)


def _running_season(
    flock: Sequence[AnimalRead],
    circle: Sequence[AnimalRead],
    today: date,
    random: np.random.Generator,
) -> Iterator[EventCreate]:
    """Ewes that were mated some 16 weeks ago: most are scanned, some late, two empty.

    Nearly all were put to rams that are not related to them, as farmers do.
    """
    rams = [one for one in circle if _serves(one, today)]
    grown = today - timedelta(days=600)
    ewes = [
        one for one in flock
        if one.sex == "F" and one.status == "alive" and one.birth_date and one.birth_date < grown
    ]  # fmt: skip
    kin = _kinship(ewes, rams, (*flock, *circle))
    for place, ewe in enumerate(ewes):
        nearest_last = sorted(range(len(rams)), key=lambda k: (kin[place, k], k))
        fitting = [rams[k] for k in nearest_last if rams[k].breed == ewe.breed]
        if not fitting:
            continue
        chosen = fitting if place % CARELESS == 5 else fitting[:2]
        mated = today - timedelta(days=MATED_BEFORE_TODAY - int(random.integers(0, 34)))
        yield from _mated_and_scanned(ewe, chosen, mated, place, today, random)
    yield from _health(ewes, today)


def _serves(one: AnimalRead, today: date) -> bool:
    grown = one.birth_date is not None and one.birth_date < today - timedelta(days=365)
    return one.sex == "M" and one.status == "alive" and grown


def _kinship(
    ewes: Sequence[AnimalRead], rams: Sequence[AnimalRead], known: Sequence[AnimalRead]
) -> Floats:
    """Of every ewe with every ram; a parent that is not among the known is unknown."""
    there = {one.id for one in known}
    sires, dams = (
        [str(id_) if id_ in there else "" for id_ in some]
        for some in ([one.sire_id for one in known], [one.dam_id for one in known])
    )
    pedigree = Pedigree([str(one.id) for one in known], sires, dams)
    return kinship(pedigree, [str(ewe.id) for ewe in ewes], [str(ram.id) for ram in rams])


def _mated_and_scanned(
    ewe: AnimalRead,
    rams: Sequence[AnimalRead],
    mated: date,
    place: int,
    today: date,
    random: np.random.Generator,
) -> Iterator[EventCreate]:
    first = int(random.integers(len(rams)))
    if place % 5 == 4 and len(rams) > 1:
        sires = [rams[first].id, rams[(first + 1) % len(rams)].id]
        out = min(mated + timedelta(days=34), today)
        yield _told(ewe, mated, "mating", method="group", sire_ids=sires, until=out)
    else:
        yield _told(ewe, mated, "mating", method="natural", sire_ids=[rams[first].id])
    scanned = mated + timedelta(days=SCANNED_AFTER)
    if scanned > today or place % 11 == 7:
        return  # not yet, or forgotten: then it is overdue
    found = 0 if place % 19 == 3 else 1 + int(random.choice(3, p=(0.36, 0.55, 0.09)))
    result = ("empty", "pregnant", "multiple", "multiple")[found]
    yield _told(
        ewe, scanned, "pregnancy_check", method="ultrasound", result=result,
        foetus_count=found or None,
    )  # fmt: skip


def _health(ewes: Sequence[AnimalRead], today: date) -> Iterator[EventCreate]:
    """A lame ewe, and the two with her that were drenched; their meat is withheld today."""
    for place, ewe in enumerate(ewes[10:13]):
        on = today - timedelta(days=4)
        if place == 0:
            yield _told(ewe, on, "diagnosis", disease="footrot", site="left fore", severity="light")
        yield _told(
            ewe, on, "treatment", product="Footvax" if place == 0 else "Drench",
            medicine_group="vaccine" if place == 0 else "anthelmintic",
            withdrawal_meat_days=0 if place == 0 else 14, batch="B-2231",
        )  # fmt: skip


def _disposals_of_dams(animals: Iterable[AnimalRead], told: set[UUID]) -> Iterator[EventCreate]:
    """A dam that is gone left in the autumn after her last birth, or later in the same year."""
    last: dict[UUID, date] = {}
    for dam_id, on, _ in _litters(animals):
        last[dam_id] = max(on, last.get(dam_id, on))
    for one in animals:
        if one.id in told and one.id in last and one.status in ("dead", "sold"):
            left = last[one.id] + timedelta(days=200)
            yield _told(one, left, "disposal", disposal="slaughtered", reason="age")


def _served(dam: AnimalRead, on: date, litter: Sequence[AnimalRead], method: str) -> EventCreate:
    sires = list({one.sire_id for one in litter if one.sire_id})
    if not sires:
        return _told(dam, on, "mating", method="ai", straw="unknown")
    return _told(dam, on, "mating", method=method, sire_ids=sires[:1])


def _born(dam: AnimalRead, on: date, litter: Sequence[AnimalRead], *, ease: int) -> EventCreate:
    offspring = [{"animal_id": one.id, "tag": one.tag, "sex": one.sex} for one in litter]
    return _told(dam, on, "parturition", ease=ease, offspring=offspring)


def _told(animal: AnimalRead, on: date, kind: str, **details: Any) -> EventCreate:
    return EventCreate(
        animal_id=animal.id, occurred_on=on, details={"kind": kind, **details}
    )  # fmt: skip


def _in_order(events: Iterable[EventCreate]) -> list[EventCreate]:
    return sorted(events, key=lambda event: event.occurred_on)
