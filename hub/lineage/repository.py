"""Queries of lineage: the shape of the graph, then the names of what the caller may see of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.animals.models import Animal
from hub.evaluations.models import BreedingValue, Evaluation
from hub.lineage.schemas import RestingValuesQuery
from hub.storage.paging import Page, fetch_page
from hub.storage.postgres import Engine

_WALK = text("SELECT * FROM app.lineage_walk(:type, :id, :up, :depth)")

# One statement for all things of a type; the row policies leave out what one may not see.
_NODES = {
    "file": """
        SELECT f.id, f.name, jsonb_build_object('sha256', f.sha256, 'size', f.size,
            'media_type', f.media_type, 'uploaded_at', f.created_at) AS facts
        FROM app.lineage_files(:ids) f""",
    "source": """
        SELECT s.id, s.name, jsonb_build_object('kind', s.kind, 'place', s.place) AS facts
        FROM app.import_source s WHERE s.id = ANY(:ids)""",
    "template": """
        SELECT t.id, t.name, jsonb_build_object('kind', t.kind, 'sender', t.sender) AS facts
        FROM app.import_template t WHERE t.id = ANY(:ids)""",
    "import": """
        SELECT i.id, i.person_id,
            replace(i.kind, '_', ' ') || ' into ' || coalesce(f.code, 'a farm') AS name,
            jsonb_build_object('kind', i.kind, 'farm', f.code, 'farm_id', i.farm_id,
            'state', i.state, 'parser', i.parser, 'rules', i.rules, 'mapping', i.mapping,
            'cleaning', i.cleaning, 'policy', i.policy, 'rows_read', i.rows_read,
            'rows_loaded', i.rows_loaded, 'rows_unchanged', i.rows_unchanged,
            'rows_rejected', i.rows_rejected, 'dry_run', i.dry_run, 'file_id', i.file_id,
            'finished_at', i.finished_at) AS facts
        FROM app.import i LEFT JOIN app.farm f ON f.id = i.farm_id WHERE i.id = ANY(:ids)""",
    "dataset": """
        SELECT d.id, d.person_id, d.name,
            jsonb_build_object('content_hash', d.content_hash, 'number', d.number,
            'counts', d.counts, 'doors', d.description -> 'doors', 'frozen_at', d.created_at)
            AS facts
        FROM app.dataset_version d WHERE d.id = ANY(:ids)""",
    "genotype_set": """
        SELECT g.id, g.person_id, g.name,
            jsonb_build_object('version', g.version, 'format', g.format,
            'content_hash', g.content_hash, 'counts', g.counts, 'state', g.state) AS facts
        FROM app.genotype_set g WHERE g.id = ANY(:ids)""",
    "evaluation": """
        SELECT e.id, e.person_id, e.name, jsonb_build_object('traits', e.traits, 'state', e.state,
            'genetic_effects', e.genetic_effects, 'software', e.provenance -> 'software',
            'result_hash', e.result_hash, 'finished_at', e.finished_at,
            'published_at', e.published_at, 'withdrawn_at', e.withdrawn_at) AS facts
        FROM app.evaluation e WHERE e.id = ANY(:ids)""",
    "association": """
        SELECT a.id, a.person_id, a.name, jsonb_build_object('trait', a.trait, 'state', a.state,
            'method', a.settings -> 'method', 'software', a.provenance -> 'software',
            'result_hash', a.result_hash, 'finished_at', a.finished_at,
            'published_at', a.published_at) AS facts
        FROM app.association a WHERE a.id = ANY(:ids)""",
    "mating_plan": """
        SELECT m.id, m.name, jsonb_build_object('farm_id', m.farm_id, 'made_at', m.created_at)
            AS facts
        FROM app.mating_plan m WHERE m.id = ANY(:ids)""",
}

_PEOPLE = text("""
SELECT id, coalesce(nullif(name, ''), username) AS name FROM app.person WHERE id = ANY(:ids)
""")
_FARMS = text("SELECT id, code FROM app.farm WHERE id = ANY(:ids)")
_FROZEN = text("SELECT dataset_id, objects FROM app.lineage_frozen(:id)")
_ANIMALS = text("SELECT id, tag FROM app.animal WHERE id = ANY(:ids)")
_EVENTS = text("SELECT id, kind, occurred_on FROM app.event WHERE id = ANY(:ids)")
_VALUES = text("""
SELECT v.trait_code AS trait, v.effect, v.value, v.reliability, a.tag
FROM app.breeding_value v JOIN app.animal a ON a.id = v.animal_id
WHERE v.evaluation_id = :evaluation AND v.animal_id = :animal
ORDER BY v.trait_code, v.effect
""")

# Events of which no earlier one can still appear: all transactions up to theirs have ended.
_TOLD = text("""
SELECT e.n, e.noun, e.subject_id, e.type, e.at, app.lineage_run(e.noun, e.subject_id) AS run
FROM app.lineage_event e
WHERE e.n > :number AND (CAST(:at AS timestamptz) IS NULL OR e.at >= :at)
  AND (CAST(:run AS uuid) IS NULL OR e.subject_id = :run)
  AND e.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY e.n LIMIT :limit
""")
_DUE = text("SELECT * FROM app.lineage_due(:limit)")
_SENT = text("SELECT app.lineage_told(:n, :error, make_interval(secs => :wait))")


async def walk(
    session: AsyncSession, kind: str, id_: UUID, *, up: bool, depth: int
) -> list[dict[str, Any]]:
    """Every step from one thing to another, upwards or downwards."""
    values = {"type": kind, "id": id_, "up": up, "depth": depth}
    return [dict(row) for row in (await session.execute(_WALK, values)).mappings()]


async def nodes(
    session: AsyncSession, ids: Mapping[str, Collection[UUID]]
) -> dict[tuple[str, UUID], dict[str, Any]]:
    """What there is to say of the things that one may see; the others are left out."""
    found: dict[tuple[str, UUID], dict[str, Any]] = {}
    for kind, wanted in ids.items():
        if kind in _NODES and wanted:
            rows = await session.execute(text(_NODES[kind]), {"ids": list(wanted)})
            found |= {(kind, row["id"]): dict(row) for row in rows.mappings()}
    await _name_people(session, found.values())
    return found


async def _name_people(session: AsyncSession, found: Collection[dict[str, Any]]) -> None:
    """Who did it, for those who may see people: stewards, and everybody themselves."""
    wanted = {one["person_id"] for one in found if "person_id" in one}
    rows = await session.execute(_PEOPLE, {"ids": list(wanted)}) if wanted else ()
    names = {row.id: row.name for row in rows}
    for one in found:
        if (who := one.pop("person_id", None)) in names:
            one["facts"]["person"] = names[who]


async def farms(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Codes of the farms that one may see."""
    return {row.id: row.code for row in await session.execute(_FARMS, {"ids": list(ids)})}


async def frozen(session: AsyncSession, evaluation_id: UUID) -> tuple[UUID, dict[str, str]] | None:
    """The dataset of an evaluation that one may see, and the hashes of its files."""
    row = (await session.execute(_FROZEN, {"id": evaluation_id})).first()
    return None if row is None else (row.dataset_id, row.objects)


async def tags(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Tags of the animals that one may see."""
    rows = await session.execute(_ANIMALS, {"ids": [UUID(one) for one in ids]})
    return {str(row.id): row.tag for row in rows}


async def events(session: AsyncSession, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Events that one may see."""
    rows = await session.execute(_EVENTS, {"ids": [UUID(one) for one in ids]})
    return {str(row["id"]): dict(row) for row in rows.mappings()}


async def values(
    session: AsyncSession, evaluation_id: UUID, animal_id: UUID
) -> list[dict[str, Any]]:
    """What an evaluation says of an animal."""
    wanted = {"evaluation": evaluation_id, "animal": animal_id}
    return [dict(row) for row in (await session.execute(_VALUES, wanted)).mappings()]


async def resting(
    session: AsyncSession, evaluation_ids: Collection[UUID], query: RestingValuesQuery
) -> Page[BreedingValue]:
    """Breeding values of those of the evaluations that are published."""
    statement = (
        select(BreedingValue)
        .join(Evaluation, Evaluation.id == BreedingValue.evaluation_id)
        .where(
            BreedingValue.evaluation_id.in_(evaluation_ids),
            Evaluation.published_at.is_not(None),
            Evaluation.withdrawn_at.is_(None),
        )
    )
    if query.trait:
        statement = statement.where(BreedingValue.trait_code == query.trait)
    if query.evaluation_id:
        statement = statement.where(BreedingValue.evaluation_id == query.evaluation_id)
    keys = [
        BreedingValue.evaluation_id, BreedingValue.trait_code, BreedingValue.effect,
        BreedingValue.animal_id,
    ]  # fmt: skip
    return await fetch_page(session, statement, keys, cursor=query.cursor, limit=query.limit)


async def named(
    session: AsyncSession, rows: Collection[BreedingValue]
) -> tuple[dict[UUID, str], dict[UUID, Any]]:
    """Tags of the animals and names of the evaluations of breeding values."""
    wanted = {row.animal_id for row in rows}
    animals = await session.execute(select(Animal.id, Animal.tag).where(Animal.id.in_(wanted)))
    statement = select(Evaluation.id, Evaluation.name, Evaluation.published_at)
    which = Evaluation.id.in_({row.evaluation_id for row in rows})
    evaluations = await session.execute(statement.where(which))
    return {row.id: row.tag for row in animals}, {row.id: row for row in evaluations}


async def told(
    session: AsyncSession, number: int, at: datetime | None, run: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Events behind a number or time, of runs that one may see, or of one of them."""
    values = {"number": number, "at": at, "run": run, "limit": limit}
    return [dict(row) for row in (await session.execute(_TOLD, values)).mappings()]


async def due(engine: Engine, limit: int) -> list[dict[str, Any]]:
    """Events that are to be sent now; for the worker, which acts for nobody."""
    async with engine.begin() as connection:
        rows = await connection.execute(_DUE, {"limit": limit})
        return [dict(row) for row in rows.mappings()]


async def sent(engine: Engine, n: int, error: str = "", wait: float = 0.0) -> None:
    """Mark an event as sent or, with an error, as to be tried again after some seconds."""
    async with engine.begin() as connection:
        await connection.execute(_SENT, {"n": n, "error": error, "wait": wait})
