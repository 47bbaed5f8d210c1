"""Use cases of where animals stand and what there is to do with them."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from uuid import UUID

from hub import animals, farms
from hub.animals.rules import latest_today
from hub.errors import FieldError, Invalid
from hub.events import due as dues
from hub.events import repository
from hub.events.machine import DAY, Happening, Subject, fold
from hub.events.schemas import DueItem, ReproductiveState, State
from hub.events.species import TABLES
from hub.permissions import Permission
from hub.storage.transaction import Transaction

LONGEST = 366
LOOKED_BACK = 600
"""Days: longer than a gestation, a waiting time and what stays overdue in any species."""
_YOUNG = (
    max(
        max(rules.first_mating.days + rules.cycle.high * 2, rules.weaning.mean + 14)
        for rules in TABLES.values()
    )
    + dues.KEPT
)
"""Days after which nothing is due because of the birth date alone."""


async def reproduction(
    tx: Transaction, animal_id: UUID, on: date | None = None
) -> ReproductiveState:
    """Where one animal stands on a day, today unless given."""
    animal = await animals.find(tx, animal_id)
    states_ = await states(tx, animal_ids=[animal.id], on=on)
    return states_[animal.id]


async def females(
    tx: Transaction, farm_id: UUID, on: date | None = None
) -> list[ReproductiveState]:
    """Where the females stand that are on a farm on a day and are old enough to be mated."""
    found = (await states(tx, farm_id, on=on)).values()
    told = (State.OPEN, State.SERVED, State.PREGNANT)
    return [one for one in found if one.present and one.state in told]


async def states(
    tx: Transaction,
    farm_id: UUID | None = None,
    *,
    animal_ids: Collection[UUID] = (),
    on: date | None = None,
) -> dict[UUID, ReproductiveState]:
    """Where the animals of a farm, or these animals, stand on a day by their events until then."""
    tx.actor.require(Permission.EVENTS_READ)
    if farm_id:
        await farms.require_visible(tx, farm_id)
    day = on or latest_today(datetime.now(UTC))
    subjects = await repository.subjects(tx.session, farm_id, animal_ids)
    if farm_id:
        happened = await repository.happenings_of_farm(tx.session, farm_id)
    else:
        happened = await repository.happenings(tx.session, subjects.keys())
    return {
        id_: fold(subject, happened.get(id_, ()), until=day).state(day)
        for id_, subject in subjects.items()
    }


async def due(
    tx: Transaction, farm_id: UUID, from_: date | None = None, to: date | None = None
) -> list[DueItem]:
    """What there is to do on a farm between two days, in order of day; by two queries."""
    tx.actor.require(Permission.EVENTS_READ)
    farm = await farms.require_visible(tx, farm_id)
    today = farms.today(farm)
    days = _days(from_, to, today)
    rows = await repository.here(tx.session, farm_id, today - DAY * _YOUNG)
    happened = await repository.work_of_farm(
        tx.session, farm_id, min(days.first, today) - DAY * LOOKED_BACK, min(days.first, today)
    )
    items = [
        _item(farm_id, one, row, days)
        for row in rows
        for one in _of_animal(row, happened.get(row.subject.id, []), days)
    ]
    return sorted(items, key=lambda item: (item.due_on, item.kind, item.tag))


def _days(from_: date | None, to: date | None, today: date) -> dues.Days:
    first = from_ or today
    last = to or first + DAY * 14
    if not first <= last <= first + DAY * LONGEST:
        message = f"From {first} to {last} is not a time of up to {LONGEST} days."
        remedy = "Correct one of the two days."
        raise Invalid("events.bad_days", message, errors=[FieldError("to", message, remedy)])
    return dues.Days(first, last, today)


def _of_animal(
    row: repository.Named, happened: list[Happening], days: dues.Days
) -> Iterator[dues.Due]:
    subject = row.subject
    treatments = [h for h in happened if h.kind == "treatment"]
    if treatments:
        yield from dues.of_treatments(subject.id, treatments, days)
    if not happened and _nothing_due(subject, days.today):
        return
    track = fold(subject, happened)
    if subject.sex != "M":
        yield from dues.of_female(track, days)
    if row.born_here:
        yield from dues.of_young(track, days)


def _nothing_due(subject: Subject, today: date) -> bool:
    """Grown, and nothing was told of it for a long time."""
    return subject.birth_date is None or (today - subject.birth_date).days > _YOUNG


def _item(farm_id: UUID, one: dues.Due, row: repository.Named, days: dues.Days) -> DueItem:
    return DueItem(
        farm_id=farm_id, animal_id=one.animal_id, tag=row.subject.tag, name=row.name,
        kind=one.kind, due_on=one.due_on, from_on=one.from_on, to_on=one.to_on,
        because=one.because, event_id=one.event_id, overdue=days.overdue(one.kind, one.to_on),
    )  # fmt: skip
