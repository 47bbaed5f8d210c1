"""What was made for data in files: nobody learns of a stranger's file, or past the row policies."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import files, genotypes, lineage
from hub.actor import Actor
from hub.datasets.models import DatasetVersion
from hub.errors import Missing
from hub.etl.models import Import
from hub.files.models import File
from hub.genotypes import GenotypeSetCreate
from hub.genotypes.models import GenotypeSet
from hub.lineage import GraphQuery
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from hub.storage.transaction import Transaction
from tests.database import As, Make


class Two:
    """Fiona of HILL, Marc of LIND, and a file of each."""

    def __init__(self, fiona: Actor, marc: Actor, hill: UUID, lind: UUID) -> None:
        self.fiona, self.marc, self.hill, self.lind = fiona, marc, hill, lind


async def two(make: Make) -> Two:
    mark = new_id().hex[-6:].upper()
    fiona = await make.person(f"fiona-{mark}", Role.FARMER)
    marc = await make.person(f"marc-{mark}", Role.FARMER)
    hill = await make.farm(f"H{mark}", owner=fiona)
    return Two(fiona, marc, hill, await make.farm(f"L{mark}", owner=marc))


async def a_file(as_: As, objects: FolderObjects, who: Actor, name: str) -> UUID:
    async with as_(who) as tx:
        content = f"Sample ID,SNP\n{name},1\n".encode()
        kept = await files.store(tx, objects, name=name, media_type="text/csv", content=content)
    return kept.id


async def test_a_strangers_file_is_no_further_part_of_a_genotype_set(
    as_: As, make: Make, tmp_path: Path
) -> None:
    """Else the set would show its name and hash, and keep it from being removed."""
    both, objects = await two(make), FolderObjects(tmp_path)
    hers = await a_file(as_, objects, both.fiona, "secret.csv")
    his = await a_file(as_, objects, both.marc, "own.csv")
    new = GenotypeSetCreate(name="Mine", farm_id=both.lind, files=[[his, hers]])
    with pytest.raises(Missing):
        async with as_(both.marc) as tx:
            await genotypes.create(tx, new)
    with pytest.raises(Missing):
        async with as_(both.marc) as tx:
            await lineage.graph(tx, "file", hers, GraphQuery())


async def test_the_database_makes_imports_and_sets_of_files_one_may_see_only(
    as_: As, make: Make, tmp_path: Path
) -> None:
    both, objects = await two(make), FolderObjects(tmp_path)
    hers = await a_file(as_, objects, both.fiona, "secret.csv")
    his = await a_file(as_, objects, both.marc, "own.csv")

    def an_import(file_id: UUID) -> Import:
        return Import(
            id=new_id(), person_id=both.marc.person_id, farm_id=both.lind, file_id=file_id,
            kind="animals", mapping={}, dry_run=True,
        )  # fmt: skip

    def a_set(*file_ids: UUID) -> GenotypeSet:
        return GenotypeSet(
            id=new_id(), person_id=both.marc.person_id, farm_id=both.lind, farm_ids=[both.lind],
            name="Mine", species="sheep", file_ids=list(file_ids), format="auto", coding="auto",
            settings={},
        )  # fmt: skip

    for row in (an_import(hers), a_set(hers), a_set(his, hers)):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with as_(both.marc) as tx:
                tx.session.add(row)
    async with as_(both.marc) as tx:
        tx.session.add_all([an_import(his), a_set(his), a_set()])
        await tx.session.flush()
        assert await tx.session.scalar(select(File.id).where(File.id == hers)) is None


async def asked(tx: Transaction, statement: str, **values: object) -> object:
    return await tx.session.scalar(text(f"SELECT {statement}"), values)


async def test_functions_that_look_past_the_policies_tell_a_stranger_nothing(
    as_: As, make: Make, owner_engine: AsyncEngine, tmp_path: Path
) -> None:
    both, objects = await two(make), FolderObjects(tmp_path)
    hers = await a_file(as_, objects, both.fiona, "secret.csv")
    version = new_id()
    async with owner_engine.begin() as connection:
        await connection.execute(
            insert(DatasetVersion).values(
                id=version,
                series_id=version,
                person_id=both.fiona.person_id,
                name="Secret",
                content_hash="0" * 64,
                farm_ids=[both.hill],
                objects={},
                counts={},
                description={},
            )
        )
    async with as_(both.marc) as tx:
        assert await asked(tx, "app.remove_file(:id)", id=hers) is False
        assert await asked(tx, "app.remove_file(:id)", id=new_id()) is False
        assert await asked(tx, "app.next_version(:id)", id=version) is None
        assert await asked(tx, "app.reads_series(:id)", id=version) is False
        assert await asked(tx, "count(*) FROM app.lineage_files(:ids)", ids=[hers]) == 0
        assert await asked(tx, "count(*) FROM app.lineage_due(10)") == 0
        assert await asked(tx, "count(*) FROM app.due_sources(10)") == 0
    async with as_(both.fiona) as tx:
        assert await asked(tx, "app.next_version(:id)", id=version) == 2
        assert await asked(tx, "app.remove_file(:id)", id=hers) is True


async def test_a_person_is_told_of_no_source_that_is_due(
    as_: As, make: Make, owner_engine: AsyncEngine
) -> None:
    """Only the worker asks, as nobody."""
    stella = await make.person(f"stella-{new_id().hex[-6:]}", Role.STEWARD)
    farm = await make.farm(f"S{new_id().hex[-6:].upper()}")
    async with as_(stella) as tx:
        await tx.session.execute(
            text(
                "INSERT INTO app.import_source (id, farm_id, person_id, name, kind, place, pattern,"
                " query, mapping, genotypes, cleaning, policy, schedule, timezone, enabled,"
                " next_run_at, last_counts, failures, error) VALUES (:id, :farm, :person, 'S',"
                " 'records', 'folder:x', '*', '', '{}', '{}', '[]', 'good_rows', '* * * * *',"
                " 'UTC', true, :now, '{}', 0, '')"
            ),
            {"id": new_id(), "farm": farm, "person": stella.person_id, "now": datetime.now(UTC)},
        )
    async with as_(stella) as tx:
        assert await asked(tx, "count(*) FROM app.due_sources(10)") == 0
        assert await asked(tx, "set_config('app.person_id', '', true)") == ""
        assert await asked(tx, "count(*) FROM app.due_sources(10)") == 1
