"""Use cases of growth, milk and feed: what the records of animals amount to."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from hub import animals, farms
from hub.animals.models import Animal
from hub.errors import FieldError, Invalid
from hub.farms.models import Farm
from hub.performance import feed, lactations, repository, rules, weights
from hub.performance.schemas import (
    AnimalLactations,
    AnimalPerformance,
    AnimalWeights,
    FarmLactationQuery,
    FarmWeightQuery,
    FeedQuery,
    FeedTest,
    Lactation,
    LactationQuery,
    Session,
    WeightQuery,
)
from hub.permissions import Permission
from hub.storage.paging import Page, bad_cursor, decode_cursor, encode_cursor
from hub.storage.transaction import Transaction

DRESSING_DAYS = 10


async def of_animal(
    tx: Transaction, animal_id: UUID, query: WeightQuery | None = None
) -> AnimalPerformance:
    """Weights, scans, scores, carcass, feed and wool of an animal."""
    tx.actor.require(Permission.RECORDS_READ)
    animal = await animals.find(tx, animal_id)
    found = await _weights_of(tx, animal, query or WeightQuery())
    sessions = _sessions(await repository.sessions(tx.session, animal.id))
    return AnimalPerformance(
        weights=found, sessions=sessions, dressing_percent=_dressing(found, sessions)
    )


async def weights_of_animal(
    tx: Transaction, animal_id: UUID, query: WeightQuery | None = None
) -> AnimalWeights:
    """An animal's weighings, gain and adjusted weights."""
    tx.actor.require(Permission.RECORDS_READ)
    return await _weights_of(tx, await animals.find(tx, animal_id), query or WeightQuery())


async def weights_of_farm(
    tx: Transaction, farm_id: UUID, query: FarmWeightQuery
) -> Page[AnimalWeights]:
    """Weights of a farm's animals in order of tag.

    Everybody is computed for each page: an animal's ratio needs its contemporaries.
    """
    tx.actor.require(Permission.RECORDS_READ)
    await farms.require_visible(tx, farm_id)
    frames = await repository.weights_of_farm(tx.session, farm_id, query)
    known = frames[0]
    start = _after(known["tag"].tolist(), known["animal"].tolist(), query.cursor)
    end = min(start + query.limit, len(known))
    shown = known["animal"].tolist()[start:end]
    told = await asyncio.to_thread(_tell_weights, *frames, query, shown)
    more = end < len(known)
    last = known.iloc[end - 1] if shown else None
    cursor = encode_cursor([last["tag"], last["animal"]]) if more and last is not None else None
    return Page(told, cursor)


async def lactations_of_animal(
    tx: Transaction, animal_id: UUID, query: LactationQuery | None = None
) -> AnimalLactations:
    """An animal's lactations with test days and curves, newest first."""
    tx.actor.require(Permission.RECORDS_READ)
    animal = await animals.find(tx, animal_id)
    farm = await farms.require_visible(tx, animal.farm_id)
    days = _days(animal.species, query or LactationQuery())
    history = await repository.history(tx.session, [animal.id])
    tests = await repository.tests(tx.session, [animal.id])
    herd_tests = await repository.herd_tests(tx.session, farm.id)
    tags = {str(animal.id): animal.tag}
    found, unplaced = await asyncio.to_thread(
        _tell_details, history, tests, herd_tests, animal.species, days, farm, tags
    )
    return AnimalLactations(
        animal_id=animal.id, tag=animal.tag, lactations=found, tests_without_calving=unplaced
    )


async def lactations_of_farm(
    tx: Transaction, farm_id: UUID, query: FarmLactationQuery
) -> Page[Lactation]:
    """Lactations of a farm with at least one test day, newest first."""
    tx.actor.require(Permission.RECORDS_READ)
    farm = await farms.require_visible(tx, farm_id)
    days = _days(farm.species, query)
    page = await repository.calvings(tx.session, farm_id, query)
    if not page.items:
        return Page([])
    dams = {one.animal_id for one in page.items}
    history = await repository.history(tx.session, dams)
    tests = await repository.tests(tx.session, dams)
    herd_tests = await repository.herd_tests(tx.session, farm_id)
    tags = {str(id_): tag for id_, tag in (await repository.tags(tx.session, dams)).items()}
    wanted = [str(one.id) for one in page.items]
    found = await asyncio.to_thread(
        _tell_lactations, history, tests, herd_tests, days, farm, tags, wanted
    )
    return Page(found, page.next_cursor)


async def feed_of_farm(tx: Transaction, farm_id: UUID, query: FeedQuery) -> FeedTest:
    """Intake, gain, feed conversion and residual intake of animals on test."""
    tx.actor.require(Permission.RECORDS_READ)
    await farms.require_visible(tx, farm_id)
    require_order(query)
    rows = await repository.feed(tx.session, farm_id, query.start, query.end, query.group)
    found, remarks = await asyncio.to_thread(feed.compute, rows)
    return FeedTest(start=query.start, end=query.end, animals=found, remarks=remarks)


def require_order(query: Any) -> None:
    """Refuse a time that ends before it begins."""
    if query.end < query.start:
        message = f"The time from {query.start} to {query.end} ends before it begins."
        problem = FieldError("to", message, "Give a later day, or exchange the two.")
        raise Invalid("performance.bad_time", message, errors=[problem])


async def _weights_of(tx: Transaction, animal: Animal, query: WeightQuery) -> AnimalWeights:
    frames = await repository.weights_with(tx.session, animal)
    [told] = await asyncio.to_thread(_tell_weights, *frames, query, [str(animal.id)])
    return told


def _tell_weights(
    known: Any, weighings: Any, query: WeightQuery, shown: Sequence[str]
) -> list[AnimalWeights]:
    assumed = query.assumed_birth_weight
    return weights.tell(weights.compute(known, weighings, assumed_birth_weight=assumed), shown)


def _after(tags: Sequence[str], ids: Sequence[str], cursor: str | None) -> int:
    """Where the page after a cursor begins; animals may have come or gone meanwhile."""
    if not cursor:
        return 0
    last = decode_cursor(cursor, 2)
    if not all(isinstance(one, str) for one in last):
        raise bad_cursor()
    keys = list(zip(tags, ids, strict=True))
    if tuple(last) in set(keys):
        return keys.index((last[0], last[1])) + 1
    return sum(key <= (last[0], last[1]) for key in keys)


def _days(species: str, query: LactationQuery) -> int:
    return query.days or lactations.STANDARD_DAYS.get(species, 305)


def _tell_lactations(
    history: Any, tests: Any, herd_tests: Any, days: int, farm: Farm, tags: Any,
    wanted: Sequence[str],
) -> list[Lactation]:  # fmt: skip
    herd = lactations.herd(farm.species, herd_tests, days)
    computed = lactations.compute(
        history, tests, herd=herd, days=days, today=farms.today(farm), wanted=wanted
    )
    return lactations.tell(computed, tags)


def _tell_details(
    history: Any, tests: Any, herd_tests: Any, species: str, days: int, farm: Farm, tags: Any
) -> Any:
    herd = lactations.herd(species, herd_tests, days)
    computed = lactations.compute(history, tests, herd=herd, days=days, today=farms.today(farm))
    return lactations.tell_details(computed, tags), computed.unplaced


def _sessions(rows: Sequence[Any]) -> list[Session]:
    """Records of one kind, day and occasion together, in the order given."""
    found = []
    for (on, kind, occasion), group in groupby(
        rows, key=lambda row: (row.recorded_on, row.kind, row.occasion)
    ):
        values = {row.trait_code: row.value for row in group}
        grades = {
            name: rules.GRADES[name](value) for name, value in values.items()
            if name in rules.GRADES
        }  # fmt: skip
        found.append(
            Session(kind=kind, recorded_on=on, occasion=occasion, values=values, grades=grades)
        )
    return found


def _dressing(found: AnimalWeights, sessions: Sequence[Session]) -> float | None:
    """Carcass weight over the last live weight shortly before slaughter, in percent."""
    for one in sessions:
        carcass = one.values.get("carcass_weight")
        if carcass is None or one.recorded_on is None:
            continue
        before = [
            weighing for weighing in found.weighings
            if 0 <= (one.recorded_on - weighing.weighed_on).days <= DRESSING_DAYS
        ]  # fmt: skip
        if before:
            return round(100 * carcass / before[-1].weight_kg, 1)
    return None
