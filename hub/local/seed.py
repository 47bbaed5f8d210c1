"""The demonstration: people, farms, their files, genotypes and first evaluations, loaded once.

Everything goes through the doors that people use: farms through their service, files through
imports, genotypes through sets, breeding values through evaluations, as the steward stella; the
worker must be running.
Stopped half-way it goes on at the next start; when all is there it returns at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts, associations, etl, evaluations, farms, files, genotypes, jobs
from hub.accounts import LocalAccountCreate
from hub.actor import Actor
from hub.associations import AssociationCreate, AssociationRead, AssociationsQuery
from hub.errors import Missing, Unavailable
from hub.etl import ImportCreate, ImportRead, ImportsQuery
from hub.evaluations import EvaluationCreate, EvaluationRead, EvaluationsQuery
from hub.farms import FarmCreate, FarmQuery, FarmRead, MemberAdd, MemberRole
from hub.genotypes import (
    GenotypeSetCreate,
    GenotypeSetDerive,
    GenotypeSetRead,
    GenotypeSetsQuery,
)
from hub.local.demo import DemoFarm, make_demonstration
from hub.local.demo_genomic import SINGLE_STEP, STUDY
from hub.local.demo_genotypes import ARRAY, DemoGenotypes
from hub.local.people import PEOPLE, demo_passwords
from hub.local.seed_data import FARM, Showing, show_data
from hub.local.seed_events import tell_events
from hub.settings import Settings
from hub.storage.objects import ObjectStore, open_objects
from hub.storage.postgres import make_engine
from hub.storage.transaction import Transaction, begin

Say = Callable[[str], None]

STEWARD = "stella"
MEMBERS: dict[str, dict[str, MemberRole]] = {
    "HILL": {"fiona": MemberRole.OWNER, "rita": MemberRole.READER},
    "BROOK": {"fiona": MemberRole.OWNER, "rita": MemberRole.READER},
    "MOOR": {"rita": MemberRole.READER},
    "LIND": {"marc": MemberRole.OWNER, "rita": MemberRole.READER},
    "POLD": {"rita": MemberRole.READER},
}
REGIONS = {
    "RAMS": "Cumbria", "HILL": "Cumbria", "BROOK": "Northumberland", "MOOR": "Yorkshire",
    "BULLS": "Friesland", "LIND": "Friesland", "POLD": "Flevoland",
}  # fmt: skip

# Components as the records were simulated with (hub/local/demo_sheep.py, demo_dairy.py).
EVALUATIONS: tuple[dict[str, Any], ...] = (
    {
        "name": "Weaning weight of lambs",
        "species": "sheep",
        "model": {
            "traits": ["weaning_weight"],
            "effects": [
                {"name": "contemporary_group", "type": "fixed"},
                {"name": "sex", "type": "fixed"},
                {"name": "birth_type", "type": "fixed"},
                {"name": "dam_age", "type": "fixed"},
                {"name": "age_days", "type": "covariate"},
                {"name": "a", "type": "animal", "column": "animal"},
                {"name": "dam", "type": "random", "column": "dam"},
            ],
            "variances": {"a": 4.0, "dam": 2.0, "residual": 14.0},
        },
    },
    {
        "name": "Test-day milk yield of cows",
        "species": "cattle",
        "model": {
            "traits": ["milk_yield"],
            "effects": [
                {"name": "contemporary_group", "type": "fixed"},
                {"name": "lactation", "type": "fixed"},
                {"name": "days_in_milk", "type": "covariate", "within": "lactation"},
                {
                    "name": "log_days_in_milk", "type": "covariate", "column": "days_in_milk",
                    "transform": "log", "within": "lactation",
                },
                {"name": "a", "type": "animal", "column": "animal"},
                {"name": "pe", "type": "random", "column": "animal"},
            ],
            "variances": {"a": 7.5, "pe": 5.0, "residual": 12.5},
        },
    },
)  # fmt: skip

GENOTYPES = "Hillside flock, 5k"
QUALITY: dict[str, Any] = {"heterozygosity": None}  # rams of the small circle are inbred, not ill
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Seeding:
    """Who does it, with what, and where it is told."""

    engine: AsyncEngine
    objects: ObjectStore
    steward: Actor
    say: Say


async def seed(
    settings: Settings,
    engine: AsyncEngine,
    say: Say,
    *,
    passwords: Mapping[str, str] | None = None,
) -> None:
    """Load what is missing of the demonstration; nothing twice."""
    if passwords is None:
        passwords = await asyncio.to_thread(demo_passwords, settings.home)
    people = await _people(settings, passwords)
    steward = await accounts.actor_of(engine, people[STEWARD], request_id="seed")
    seeding = Seeding(engine, open_objects(settings), steward, say)
    if await _is_there(seeding):
        return
    say("simulating five farms over eight years")
    demonstration = await asyncio.to_thread(make_demonstration)
    await _load_farms(seeding, demonstration.farms)
    async with begin(seeding.engine, seeding.steward) as tx:
        await tell_events(tx, say)
    showing = Showing(engine, seeding.objects, steward, _over, say)
    flock = demonstration.by_code[FARM].animals_csv
    results = _results(seeding, demonstration.genotypes)
    await asyncio.gather(results, show_data(showing, flock))  # which takes less long


async def _people(settings: Settings, passwords: Mapping[str, str]) -> dict[str, UUID]:
    """The demonstration accounts, made by the owner of the database on the first start."""
    url = settings.migration_url.get_secret_value()
    if not url:
        raise Unavailable(
            "seed.no_owner",
            "The demonstration accounts are made by the owner of the database. "
            "Set AGRIGEN_MIGRATION_URL, or switch the demonstration off: AGRIGEN_DEMO=false.",
        )
    new = [
        LocalAccountCreate(
            username=one.username,
            name=one.name,
            roles=frozenset({one.role}),
            password=SecretStr(passwords[one.username]),
        )
        for one in PEOPLE
    ]
    owner = make_engine(settings, url)
    try:
        return await accounts.bootstrap(owner, new)
    finally:
        await owner.dispose()


async def _is_there(seeding: Seeding) -> bool:
    """The published evaluations are made last, so they say that all the rest is there."""
    async with begin(seeding.engine, seeding.steward) as tx:
        for wanted in EVALUATIONS:
            try:
                await evaluations.latest(tx, wanted["model"]["traits"][0])
            except Missing:
                return False
    return True


async def _load_farms(seeding: Seeding, demonstration: tuple[DemoFarm, ...]) -> None:
    """Studs first: the other farms' files name their animals."""
    known = {farm.code: await _farm(seeding, farm) for farm in demonstration}
    for shared in (True, False):
        asked = [
            await _import(seeding, known[farm.code], kind, content)
            for farm in demonstration
            if farm.shared is shared
            for kind, content in (("animals", farm.animals_csv), ("records", farm.records_csv))
            if content
        ]
        for one in asked:
            await _imported(seeding, one)


async def _farm(seeding: Seeding, farm: DemoFarm) -> FarmRead:
    async with begin(seeding.engine, seeding.steward) as tx:
        page = await farms.search(tx, FarmQuery(text=farm.code, limit=100))
        found = next((one for one in page.items if one.code == farm.code), None)
        if found is None:
            new = FarmCreate(
                code=farm.code, name=farm.name, species=farms.Species(farm.species),
                region=REGIONS.get(farm.code, ""), shared=farm.shared,
            )  # fmt: skip
            found = await farms.create(tx, new)
        there = {member.person_id for member in await farms.members(tx, found.id)}
        for username, role in MEMBERS.get(farm.code, {}).items():
            person = await accounts.by_username(tx, username)
            if person.id not in there:
                await farms.add_member(tx, found.id, MemberAdd(username=username, role=role))
    return found


async def _import(seeding: Seeding, farm: FarmRead, kind: Any, content: str) -> ImportRead:
    """The import of this file: the one that was asked for before, gone on with, or a new one."""
    async with begin(seeding.engine, seeding.steward) as tx:
        page = await etl.search(tx, ImportsQuery(farm_id=farm.id, kind=kind))
        mine = [one for one in page.items if not one.dry_run]
        if mine and mine[0].state in {"failed", "cancelled"}:
            return await etl.retry(tx, mine[0].id)
        if mine:
            return mine[0]
        name = f"{farm.code.lower()}-{kind}.csv"
        file = await files.store(
            tx, seeding.objects, name=name, media_type="text/csv", content=content.encode()
        )
        new = ImportCreate(farm_id=farm.id, kind=kind, file_id=file.id)
        seeding.say(f"importing {name}")
        return await etl.create(tx, new)


async def _imported(seeding: Seeding, asked: ImportRead) -> None:
    async def look() -> ImportRead:
        async with begin(seeding.engine, seeding.steward) as tx:
            return await etl.get(tx, asked.id)

    done = await _over(look)
    async with begin(seeding.engine, seeding.steward) as tx:
        farm = await farms.get(tx, done.farm_id)
    seeding.say(
        f"{farm.name}: {done.rows_loaded:,} of {done.rows_read:,} rows of {done.kind} are in"
        + (f", {done.rows_rejected} refused (planted errors)" if done.rows_rejected else "")
    )


async def _results(seeding: Seeding, made: DemoGenotypes) -> None:
    await _evaluate(seeding, await _genotype(seeding, made))


async def _genotype(seeding: Seeding, made: DemoGenotypes) -> GenotypeSetRead:
    """A set as it came from the laboratory, and a version after quality control: the last one."""
    first = await _genotyped(seeding, await _genotype_set(seeding, made))
    return await _genotyped(seeding, await _genotype_version(seeding, first))


async def _genotype_set(seeding: Seeding, made: DemoGenotypes) -> GenotypeSetRead:
    """The set of this file: asked for before, gone on with, or a new one."""
    async with begin(seeding.engine, seeding.steward) as tx:
        page = await farms.search(tx, FarmQuery(text=made.farm, limit=100))
        farm = next(one for one in page.items if one.code == made.farm)
        there = await genotypes.search(tx, GenotypeSetsQuery(farm_id=farm.id))
        mine = [one for one in there.items if one.version == 1]
        if mine:
            return await _again(tx, mine[0])
        seeding.say(f"reading genotypes from {made.name}")
        file = await files.store(
            tx, seeding.objects, name=made.name, media_type="application/gzip",
            content=made.content,
        )  # fmt: skip
        new = GenotypeSetCreate(name=GENOTYPES, farm_id=farm.id, files=[file.id], array=ARRAY)
        return await genotypes.create(tx, new)


async def _genotype_version(seeding: Seeding, first: GenotypeSetRead) -> GenotypeSetRead:
    async with begin(seeding.engine, seeding.steward) as tx:
        there = await genotypes.search(tx, GenotypeSetsQuery(parent_id=first.id))
        if there.items:
            return await _again(tx, there.items[-1])
        return await genotypes.derive(tx, first.id, GenotypeSetDerive(rules=QUALITY))


async def _again(tx: Transaction, found: GenotypeSetRead) -> GenotypeSetRead:
    if found.state in {"failed", "cancelled"}:
        return await genotypes.retry(tx, found.id)
    return found


async def _genotyped(seeding: Seeding, asked: GenotypeSetRead) -> GenotypeSetRead:
    async def look() -> GenotypeSetRead:
        async with begin(seeding.engine, seeding.steward) as tx:
            return await genotypes.get(tx, asked.id)

    done: GenotypeSetRead = await _over(look)
    seeding.say(
        f"{done.name}, version {done.version}: {done.counts['samples']:,} samples at "
        f"{done.counts['markers']:,} markers, {done.counts['excluded_samples']} samples and "
        f"{done.counts['excluded_markers']} markers left out"
    )
    return done


async def _evaluate(seeding: Seeding, chip: GenotypeSetRead) -> None:
    """Genomic runs go first: the values of the pedigree models are the official ones."""
    genomic = await _evaluation(seeding, {**SINGLE_STEP, "genotypes": chip.id})
    study = await _study(seeding, chip)
    asked = [await _evaluation(seeding, wanted) for wanted in EVALUATIONS]
    for one in (genomic, *asked):
        done = await _over(lambda one=one: _look(seeding, one.id))  # type: ignore[misc]
        seeding.say(
            f"evaluated {done.traits[0]}: {done.summary['animals']['evaluated']:,} animals, "
            f"{done.summary['records']['used']:,} records, published"
        )
        if one is genomic:
            await _studied(seeding, study)


async def _study(seeding: Seeding, chip: GenotypeSetRead) -> AssociationRead:
    """The study of this name: asked for before, gone on with, or a new one."""
    async with begin(seeding.engine, seeding.steward) as tx:
        page = await associations.search(tx, AssociationsQuery(genotypes=chip.id))
        mine = [one for one in page.items if one.name == STUDY["name"]]
        if mine and mine[0].state in {"failed", "cancelled"}:
            return await associations.retry(tx, mine[0].id)
        if mine:
            return mine[0]
        new = AssociationCreate.model_validate({**STUDY, "genotypes": chip.id, "publish": True})
        return await associations.create(tx, seeding.objects, new)


async def _studied(seeding: Seeding, asked: AssociationRead) -> None:
    async def look() -> AssociationRead:
        async with begin(seeding.engine, seeding.steward) as tx:
            return await associations.get(tx, asked.id)

    done = await _over(look)
    seeding.say(
        f"tested {done.summary['markers']:,} markers for {done.trait} in "
        f"{done.summary['animals']:,} animals, published"
    )


async def _look(seeding: Seeding, evaluation_id: UUID) -> EvaluationRead:
    async with begin(seeding.engine, seeding.steward) as tx:
        return await evaluations.get(tx, evaluation_id)


async def _evaluation(seeding: Seeding, wanted: dict[str, Any]) -> EvaluationRead:
    """The evaluation of this name: asked for before, gone on with, or a new one."""
    async with begin(seeding.engine, seeding.steward) as tx:
        trait = wanted["model"]["traits"][0]
        page = await evaluations.search(tx, EvaluationsQuery(trait=trait, limit=100))
        mine = [one for one in page.items if one.name == wanted["name"]]
        if mine and mine[0].state in {"failed", "cancelled"}:
            return await evaluations.retry(tx, mine[0].id)
        if mine:
            return mine[0]
        seeding.say(f"evaluating {trait}")
        new = EvaluationCreate.model_validate({**wanted, "publish": True})
        return await evaluations.create(tx, seeding.objects, new)


async def _over(look: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for the worker; what it could not do is told in its own words."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := await look()).state not in jobs.FINAL:
        if time.monotonic() > deadline:
            raise Unavailable(
                "seed.no_worker",
                "The worker did not load the demonstration in time. Look into its log, "
                "and start again: it goes on from here.",
            )
        await asyncio.sleep(LOOK_SECONDS)
    if found.state != "done":
        raise Unavailable("seed.failed", f"The demonstration was not loaded. {found.error}")
    return found
