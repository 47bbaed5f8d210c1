"""The demonstration's events, told through the door that people use."""

from collections.abc import Callable
from uuid import UUID

from hub import animals, events, farms
from hub.animals import AnimalQuery, AnimalRead
from hub.events import EventCreate, EventQuery
from hub.farms import FarmQuery, FarmRead
from hub.local.demo_events import cattle_events, sheep_events
from hub.storage.paging import MAX_LIMIT
from hub.storage.transaction import Transaction

FLOCKS, HERDS, RAMS = ("HILL", "BROOK"), ("LIND",), "RAMS"
SEED = 2026

Say = Callable[[str], None]


async def tell_events(tx: Transaction, say: Say) -> None:
    """Events of the farms that have people; a farm that has some already is left alone."""
    circle = await _animals(tx, await _farm(tx, RAMS))
    for code in (*FLOCKS, *HERDS):
        farm = await _farm(tx, code)
        if (await events.search(tx, EventQuery(farm=farm.id, limit=1))).items:
            continue
        animals_ = await _animals(tx, farm)
        told = _events(farm, animals_, circle)
        say(f"{farm.name}: telling {len(told):,} events")
        for event in told:
            await events.record(tx, event)


def _events(farm: FarmRead, herd: list[AnimalRead], circle: list[AnimalRead]) -> list[EventCreate]:
    if farm.species == "cattle":
        return cattle_events(herd)
    return sheep_events(herd, circle, farms.today(farm), SEED)


async def _farm(tx: Transaction, code: str) -> FarmRead:
    page = await farms.search(tx, FarmQuery(text=code, limit=100))
    return next(one for one in page.items if one.code == code)


async def _animals(tx: Transaction, farm: FarmRead) -> list[AnimalRead]:
    found: dict[UUID, AnimalRead] = {}
    cursor = None
    while True:
        page = await animals.search(tx, AnimalQuery(farm=farm.id, limit=MAX_LIMIT, cursor=cursor))
        found |= {one.id: one for one in page.items}
        if not (cursor := page.next_cursor):
            return list(found.values())
