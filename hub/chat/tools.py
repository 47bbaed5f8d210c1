"""What Emilia looks up: the hub's services, in the asker's transaction and with their rights.

Nothing here reaches a table: what the person may not see, the services do not return.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from hub import animals, evaluations, farms, records
from hub.animals import AnimalCount, AnimalQuery, AnimalRead, Sex, Status
from hub.chat.understanding import RESERVED, SYNONYMS, Narrowing, Vocabulary, plain
from hub.evaluations import (
    AnimalValue,
    BreedingValueRead,
    BreedingValuesQuery,
    EvaluationRead,
    EvaluationsQuery,
)
from hub.farms import FarmQuery, FarmRead, Species
from hub.records import RecordQuery, RecordRead, TraitRead
from hub.storage.paging import MAX_LIMIT, Page
from hub.storage.transaction import Transaction

T = TypeVar("T")

MOST_FARMS_SHOWN = 12
_MOST_PAGES = 20


@dataclass(frozen=True)
class Known:
    """What the asker may see: the names that can stand in a question, and what they mean."""

    farms: dict[UUID, FarmRead]
    traits: dict[str, TraitRead]
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Counted:
    """Animals by kind, in all and farm by farm."""

    counts: list[AnimalCount]
    by_farm: list[tuple[FarmRead, list[AnimalCount]]]


@dataclass(frozen=True)
class Ranked:
    """The best animals in the newest published evaluation of a trait."""

    evaluation: EvaluationRead
    trait: TraitRead
    values: list[BreedingValueRead]


@dataclass(frozen=True)
class TraitSummary:
    """Records of one trait on one animal."""

    trait: TraitRead
    records: int
    mean: float
    newest: float
    newest_on: date | None


@dataclass(frozen=True)
class AnimalPage:
    """All that the hub knows of an animal, short enough for one page."""

    animal: AnimalRead
    farm: FarmRead | None
    records: list[TraitSummary]
    values: list[AnimalValue]
    offspring: int


async def vocabulary(tx: Transaction) -> Known:
    """Names of the farms, breeds and traits that the asker may see."""
    seen = {farm.id: farm async for farm in _every_farm(tx)}
    traits = {trait.code: trait for trait in await records.traits(tx)}
    breeds = {one.breed for one in await animals.counts(tx, AnimalQuery()) if one.breed}
    return Known(seen, traits, Vocabulary(_farms(seen), _breeds(breeds), _traits(traits)))


async def _every_farm(tx: Transaction) -> AsyncIterator[FarmRead]:
    async for farm in _each(lambda page: farms.search(tx, FarmQuery(**page))):
        yield farm


async def _each(ask: Callable[[dict[str, object]], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """Every item of a list that comes in pages."""
    cursor = None
    for _ in range(_MOST_PAGES):
        page = await ask({"limit": MAX_LIMIT, "cursor": cursor})
        for item in page.items:
            yield item
        cursor = page.next_cursor
        if cursor is None:
            return


def _farms(seen: dict[UUID, FarmRead]) -> dict[str, UUID]:
    names: dict[str, UUID] = {}
    for farm in seen.values():
        short = plain(farm.name).removesuffix(" farm")
        names |= dict.fromkeys((short, f"{short} farm", plain(farm.code)), farm.id)
    return {name: id_ for name, id_ in names.items() if _can_be_a_name(name)}


def _breeds(breeds: Iterable[str]) -> dict[str, str]:
    names = {plain(breed) + ending: breed for breed in breeds for ending in ("s", "")}
    return {name: breed for name, breed in names.items() if _can_be_a_name(name)}


def _traits(traits: dict[str, TraitRead]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for code, trait in traits.items():
        own = {plain(code), plain(trait.name)}
        for name in own | {plain(one) for one in SYNONYMS.get(code, ())}:
            names[name] = (*names.get(name, ()), code)
    return names


def _can_be_a_name(name: str) -> bool:
    """A farm called "All" or "Rams" would make that word in a question mean the farm."""
    return any(not {word, word.removesuffix("s")} & RESERVED for word in name.split())


async def count(tx: Transaction, known: Known, narrowing: Narrowing) -> Counted:
    """Animals by species, breed, sex and status; farm by farm where that is readable."""
    scope = await _scope(tx, known, narrowing)
    everything = not narrowing.farm and not narrowing.mine
    if everything and len(scope) > MOST_FARMS_SHOWN:
        return Counted(await _counts(tx, narrowing, None), [])
    by_farm = [(farm, await _counts(tx, narrowing, farm.id)) for farm in scope]
    return Counted([one for _, counts in by_farm for one in counts], by_farm)


async def _scope(tx: Transaction, known: Known, narrowing: Narrowing) -> list[FarmRead]:
    """The farms a question is about."""
    if narrowing.farm:
        return [known.farms[narrowing.farm]]
    if narrowing.mine:
        return await farms.mine(tx)
    return list(known.farms.values())


async def _counts(tx: Transaction, narrowing: Narrowing, farm: UUID | None) -> list[AnimalCount]:
    query = AnimalQuery(
        farm=farm,
        species=Species(narrowing.species) if narrowing.species else None,
        breed=narrowing.breed,
        sex=Sex(narrowing.sex) if narrowing.sex else None,
    )
    return await animals.counts(tx, query)


async def evaluated(tx: Transaction, known: Known) -> dict[str, EvaluationRead]:
    """The newest published evaluation of every trait that has one."""
    newest: dict[str, EvaluationRead] = {}
    pages = _each(lambda page: evaluations.search(tx, EvaluationsQuery(published=True, **page)))
    async for one in pages:
        for trait in one.traits:
            if trait in known.traits and _is_newer(one, newest.get(trait)):
                newest[trait] = one
    return newest


def _is_newer(one: EvaluationRead, other: EvaluationRead | None) -> bool:
    if one.published_at is None or one.withdrawn_at is not None:
        return False
    return other is None or other.published_at is None or one.published_at > other.published_at


async def best(
    tx: Transaction,
    known: Known,
    evaluation: EvaluationRead,
    trait: str,
    narrowing: Narrowing,
    *,
    number: int,
    lowest: bool,
) -> Ranked:
    """The best living animals of an evaluation; those of the asker's own farms for "my"."""
    scope = {farm.id for farm in await _scope(tx, known, narrowing)}
    found: list[BreedingValueRead] = []
    query = BreedingValuesQuery(
        trait=trait,
        farm_id=narrowing.farm,
        sex=Sex(narrowing.sex).value if narrowing.sex else None,
        breed=narrowing.breed,
        status=Status.ALIVE.value,
        order="value" if lowest else "-value",
        limit=200,
    )
    for _ in range(_MOST_PAGES):
        page = await evaluations.breeding_values(tx, evaluation.id, query)
        found += await _wanted(tx, page.items, scope, narrowing.species)
        if len(found) >= number or page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    return Ranked(evaluation, known.traits[trait], found[:number])


async def _wanted(
    tx: Transaction, values: Sequence[BreedingValueRead], scope: set[UUID], species: str | None
) -> list[BreedingValueRead]:
    own = [one for one in values if one.farm_id in scope]
    if species is None:
        return own
    seen = await animals.get_many(tx, {one.animal_id for one in own})
    return [one for one in own if one.animal_id in seen and seen[one.animal_id].species == species]


async def find_animals(tx: Transaction, names: Sequence[str]) -> list[AnimalRead]:
    """Animals that bear the first of these names that anybody bears; else those containing it."""
    usable = [name for name in names if len(name) <= 64 and name.isprintable()]
    found = await animals.resolve(tx, usable)
    for name in usable:
        if name in found:
            return list((await animals.get_many(tx, found[name])).values())
    for name in usable:
        page = await animals.search(tx, AnimalQuery(text=name, limit=20))
        exact = [one for one in page.items if _is_called(one, name)]
        if page.items:
            return exact or list(page.items)
    return []


def _is_called(animal: AnimalRead, name: str) -> bool:
    names = {animal.tag, animal.name, *(one.value for one in animal.identifiers)}
    return name.casefold() in {one.casefold() for one in names}


async def animal_page(tx: Transaction, known: Known, animal: AnimalRead) -> AnimalPage:
    """Records, breeding values and offspring of an animal."""
    return AnimalPage(
        animal=animal,
        farm=known.farms.get(animal.farm_id),
        records=await _record_summaries(tx, known, animal.id),
        values=_newest(await evaluations.of_animal(tx, animal.id)),
        offspring=await animals.count_offspring(tx, animal.id),
    )


async def _record_summaries(tx: Transaction, known: Known, animal_id: UUID) -> list[TraitSummary]:
    by_trait: dict[str, list[RecordRead]] = {}
    async for one in _each(lambda page: records.of_animal(tx, animal_id, RecordQuery(**page))):
        by_trait.setdefault(one.trait, []).append(one)
    return [
        TraitSummary(
            trait=known.traits[trait],
            records=len(found),
            mean=sum(one.value for one in found) / len(found),
            newest=found[0].value,
            newest_on=found[0].recorded_on,
        )
        for trait, found in sorted(by_trait.items())
        if trait in known.traits
    ]


def _newest(values: Sequence[AnimalValue]) -> list[AnimalValue]:
    """The newest published value of every trait."""
    newest: dict[str, AnimalValue] = {}
    for one in values:
        before = newest.get(one.trait)
        if one.published_at and (
            before is None or before.published_at is None or one.published_at > before.published_at
        ):
            newest[one.trait] = one
    return [newest[trait] for trait in sorted(newest)]
