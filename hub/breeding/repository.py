"""Queries of breeding advice."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, bindparam, delete, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.breeding.models import AnimalGene, MatingPlan
from hub.breeding.schemas import PlansQuery
from hub.evaluations.models import BreedingValue
from hub.events.models import Event
from hub.records.models import Trait
from hub.storage.paging import Page, fetch_page

_EVALUATIONS = text(
    """
    SELECT DISTINCT ON (trait) trait, e.id, e.name, e.published_at, e.genetic_effects
    FROM app.evaluation e CROSS JOIN unnest(e.traits) AS trait
    WHERE e.published_at IS NOT NULL AND e.withdrawn_at IS NULL AND :farm = ANY(e.farm_ids)
    ORDER BY trait, e.published_at DESC, e.id DESC
    """
).bindparams(bindparam("farm", type_=Uuid))
_PEDIGREE = text(
    "SELECT place, sire, dam, animal FROM app.pedigree_above(:chosen) ORDER BY place"
).bindparams(bindparam("chosen", type_=ARRAY(Uuid)))
_ANIMAL = (Animal.id, Animal.farm_id, Animal.tag, Animal.name, Animal.species, Animal.breed,
           Animal.sex, Animal.birth_date, Animal.status)  # fmt: skip


async def candidates(session: AsyncSession, farm_id: UUID) -> Sequence[Any]:
    """Living males and females of a farm, in order of tag."""
    alive = (Animal.farm_id == farm_id, Animal.status == "alive", Animal.sex.in_(("F", "M")))
    return (await session.execute(select(*_ANIMAL).where(*alive).order_by(Animal.tag))).all()


async def served(session: AsyncSession, farm_id: UUID, since: date, on: date) -> set[UUID]:
    """Animals of a farm that were mated or examined between two days."""
    statement = select(Event.animal_id).where(
        Event.farm_id == farm_id,
        Event.kind.in_(("mating", "embryo_transfer", "pregnancy_check")),
        Event.occurred_on.between(since, on),
        Event.voided.is_(False),
    )
    return set(await session.scalars(statement.distinct()))


async def animals(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Any]:
    """The visible ones of these animals."""
    rows = await session.execute(select(*_ANIMAL).where(Animal.id == _any(ids)))
    return {row.id: row for row in rows}


async def pedigree(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Any]:
    """The shape of the whole pedigree above visible animals: see 0012_breeding.sql."""
    return (await session.execute(_PEDIGREE, {"chosen": list(ids)})).all()


async def evaluations(session: AsyncSession, farm_id: UUID) -> Sequence[Any]:
    """The last published evaluation of each trait that has animals of the farm."""
    return (await session.execute(_EVALUATIONS, {"farm": farm_id})).all()


async def values(
    session: AsyncSession, wanted: Collection[tuple[UUID, str, str]], ids: Collection[UUID]
) -> Sequence[Any]:
    """Breeding values of animals, of each (evaluation, trait, effect)."""
    columns = ("animal_id", "trait_code", "value", "se", "reliability", "inbreeding")
    of = tuple_(BreedingValue.evaluation_id, BreedingValue.trait_code, BreedingValue.effect)
    statement = select(*(getattr(BreedingValue, name) for name in columns))
    statement = statement.where(of.in_(list(wanted)), BreedingValue.animal_id == _any(ids))
    return (await session.execute(statement)).all() if wanted else []


async def traits(session: AsyncSession, codes: Collection[str]) -> dict[str, Any]:
    """Names and units of traits."""
    wanted = any_(literal(list(codes), ARRAY(Text)))
    rows = await session.execute(
        select(Trait.code, Trait.name, Trait.unit).where(Trait.code == wanted)
    )
    return {row.code: row for row in rows}


async def genes(session: AsyncSession, farm_ids: Collection[UUID]) -> Sequence[Any]:
    """Visible genotypes of animals of these farms, by gene and animal."""
    columns = (AnimalGene.animal_id, AnimalGene.gene, AnimalGene.genotype)
    statement = select(*columns).where(AnimalGene.farm_id == _any(farm_ids))
    ordered = statement.order_by(AnimalGene.gene, AnimalGene.animal_id)
    return (await session.execute(ordered)).all()


async def genes_of(session: AsyncSession, animal_id: UUID) -> Sequence[AnimalGene]:
    """All genotypes of an animal, by gene."""
    mine = select(AnimalGene).where(AnimalGene.animal_id == animal_id)
    return (await session.scalars(mine.order_by(AnimalGene.gene))).all()


async def set_gene(session: AsyncSession, values: dict[str, Any]) -> AnimalGene:
    """Store a genotype, in the place of the one before."""
    new = insert(AnimalGene).values(**values)
    changed = {name: values[name] for name in ("genotype", "source", "person_id")}
    statement = new.on_conflict_do_update(
        index_elements=["animal_id", "gene"], set_=changed | {"updated_at": func.now()}
    ).returning(AnimalGene)
    found = await session.scalars(statement, execution_options={"populate_existing": True})
    return found.one()


async def remove_gene(session: AsyncSession, animal_id: UUID, gene: str) -> bool:
    """Whether there was one to delete."""
    mine = (AnimalGene.animal_id == animal_id, AnimalGene.gene == gene)
    found = await session.scalars(delete(AnimalGene).where(*mine).returning(AnimalGene.gene))
    return found.first() is not None


async def add_plan(session: AsyncSession, plan: MatingPlan) -> MatingPlan:
    session.add(plan)
    await session.flush()
    await session.refresh(plan)
    return plan


async def plan(session: AsyncSession, plan_id: UUID) -> MatingPlan | None:
    return await session.get(MatingPlan, plan_id)


async def plans(session: AsyncSession, query: PlansQuery) -> Page[MatingPlan]:
    """Visible plans, newest first."""
    statement = select(MatingPlan)
    if query.farm:
        statement = statement.where(MatingPlan.farm_id == query.farm)
    return await fetch_page(
        session, statement, [MatingPlan.id],
        cursor=query.cursor, limit=query.limit, descending=True,
    )  # fmt: skip


async def remove_plan(session: AsyncSession, plan: MatingPlan) -> None:
    await session.delete(plan)
    await session.flush()


def _any(ids: Collection[UUID]) -> Any:
    return any_(literal(list(ids), ARRAY(Uuid)))
