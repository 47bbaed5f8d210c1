"""Freeze tables of farms: all of them as they are at one moment, piece by piece."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from hub import datasets, farms, genotypes, tables
from hub.accounts import me
from hub.datasets import FrozenColumn, FrozenGenotypes, FrozenTable
from hub.datasets.storing import Freezing, Plan, Stored
from hub.errors import Conflict
from hub.farms import FarmRead
from hub.genotypes import GenotypeSetRead
from hub.jobs import Run
from hub.permissions import Permission
from hub.storage.transaction import Transaction, begin
from hub.tables.reading import ROWS
from hub.versions import package, repository
from hub.versions.schemas import Asked

IDENTITIES = package.IDENTITIES
_IDENTITY = Plan(
    IDENTITIES,
    ("animal_id",),
    (
        FrozenColumn(name="animal_id", type="string", description="The animal in this hub"),
        FrozenColumn(name="farm", type="string", description="Code of the farm"),
        FrozenColumn(name="id", type="string", description="Tag of the animal"),
        FrozenColumn(name="farm_id", type="string", description="The farm in this hub"),
    ),
)


@dataclass
class Frozen:
    """What was frozen so far."""

    farms: list[FarmRead]
    creator: str
    stored: list[Stored] = field(default_factory=list)
    sets: list[GenotypeSetRead] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[FrozenTable]:
        return [one.table for one in self.stored]

    @property
    def objects(self) -> dict[str, str]:
        return {name: digest for one in self.stored for name, digest in one.objects.items()}


async def freeze(run: Run, asked: Asked) -> None:
    """Write the tables, then keep the version; a repetition after a crash writes the same."""
    async with begin(run.engine, run.actor) as tx:
        if await datasets.may_read(tx, asked.dataset_id):
            return  # an attempt before this one kept it
    snapshot = run.engine.execution_options(isolation_level="REPEATABLE READ")
    async with begin(snapshot, run.actor) as tx:
        frozen = await _frozen(tx, run, asked)
    new = await run.in_thread(_version, run, asked, frozen)
    async with begin(run.engine, run.actor) as tx:
        await datasets.add(tx, new)
        rows = sum(one.rows for one in frozen.tables if one.kind != IDENTITIES)
        await run.finish(tx, f"{rows:,} rows of {len(frozen.farms)} farms")


async def _frozen(tx: Transaction, run: Run, asked: Asked) -> Frozen:
    run.actor.require(Permission.DATASETS_WRITE)
    found = [await farms.get(tx, farm_id) for farm_id in asked.farm_ids]
    found.sort(key=lambda farm: farm.code)
    person = await me(tx)
    frozen = Frozen(found, person.name or person.username)
    for place, kind in enumerate(asked.freeze.kinds):
        share = place / (len(asked.freeze.kinds) + 1)
        await run.report(share, tables.KINDS[kind].title.lower())
        frozen.stored.append(await _table(tx, run, asked, kind))
    if "animals" in asked.freeze.kinds:
        frozen.stored.append(await _identities(tx, run, asked))
    frozen.sets = [await _genotypes(tx, set_id) for set_id in asked.freeze.genotypes]
    frozen.about = {
        "farms": [{"id": str(farm.id), "code": farm.code} for farm in found],
        "units": await repository.units(tx.session),
        "imports": await repository.imports(tx.session, asked.farm_ids),
    }
    return frozen


async def _table(tx: Transaction, run: Run, asked: Asked, kind: str) -> Stored:
    filters = asked.freeze.rows.filters()
    columns = await tables.columns(tx, kind, asked.farm_ids, filters)
    title = tables.KINDS[kind].title.lower()
    with Freezing(_plan(kind, columns)) as freezing:
        async for frame in tables.chunks(tx, kind, asked.farm_ids, filters):
            await _add(run, freezing, frame, title)
        return await run.in_thread(freezing.store, run.objects)


async def _identities(tx: Transaction, run: Run, asked: Asked) -> Stored:
    with Freezing(_IDENTITY) as freezing:
        async for frame in repository.identities(tx.session, asked.farm_ids, ROWS):
            await _add(run, freezing, frame, "identities")
        return await run.in_thread(freezing.store, run.objects)


async def _add(run: Run, freezing: Freezing, frame: pl.DataFrame, title: str) -> None:
    await run.in_thread(freezing.add, frame)
    run.note(run.fraction, f"{freezing.rows:,} rows of {title}")


def _plan(kind: str, columns: Any) -> Plan:
    """The columns as the data dictionary has them."""
    told = tables.dictionary(kind, columns)
    return Plan(kind, told["primaryKey"], [_column(field) for field in told["fields"]])


def _column(told: dict[str, Any]) -> FrozenColumn:
    return FrozenColumn(
        name=told["name"],
        type=told["type"],
        unit=told.get("unit", ""),
        description=told["description"],
        codes=told.get("constraints", {}).get("enum", []),
    )


async def _genotypes(tx: Transaction, set_id: Any) -> GenotypeSetRead:
    found = await genotypes.get(tx, set_id)
    if found.state != "done":
        message = f"The genotype set {found.name!r} is {found.state}; wait until it is done."
        raise Conflict("versions.genotypes_not_done", message)
    return found


def _version(run: Run, asked: Asked, frozen: Frozen) -> datasets.NewVersion:
    """Everything of the version that its row keeps."""
    objects, hashes = frozen.objects, package.hashes(frozen.tables)
    about = package.descriptor(frozen.tables)
    objects[package.NAME] = hashes[package.NAME] = run.objects.put(about)
    for one in frozen.sets:
        hashes[f"genotypes/{one.content_hash}"] = one.content_hash
        objects |= {f"genotypes/{one.id}/{name}": told for name, told in one.objects.items()}
    farm_ids = {*asked.farm_ids, *(farm for one in frozen.sets for farm in one.farm_ids)}
    counts = {one.kind: one.rows for one in frozen.tables if one.kind != IDENTITIES}
    return datasets.NewVersion(
        id=asked.dataset_id,
        name=asked.freeze.name,
        content_hash=datasets.hash_of(hashes),
        farm_ids=sorted(farm_ids),
        objects=objects,
        counts=counts | {"farms": len(farm_ids)},
        description={"freeze": asked.freeze.model_dump(mode="json"), **frozen.about},
        why=asked.freeze.why,
        creator=frozen.creator,
        series_id=asked.series_id,
        parent_ids=asked.parent_ids,
        tables=frozen.tables,
        genotypes=[
            FrozenGenotypes(
                id=one.id, name=one.name, version=one.version, content_hash=one.content_hash
            )
            for one in frozen.sets
        ],
    )
