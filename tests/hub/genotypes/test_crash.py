"""Making a set, killed and repeated: the same set in the end, and nothing by halves."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import agrigen as ag
from hub import genotypes, jobs
from hub.actor import Actor
from hub.genotypes import ParentageQuery, SamplesQuery
from hub.genotypes import run as making
from hub.jobs import Run
from hub.jobs.run import Resources
from hub.permissions import Role
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.genotyping import Genotyping, flock, plink, settle
from tests.workers import Door, Workers, until


@pytest.fixture(scope="module")
def genotyping(as_: As, objects: FolderObjects) -> Genotyping:
    return Genotyping(as_, objects)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make, fiona: Actor) -> UUID:
    return await make.farm("HILL", owner=fiona)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def content(
    make: Make, hill: UUID, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    made = flock()
    await settle(make, hill, made)
    return plink(made.genotypes, tmp_path_factory.mktemp("plink"))


class Killed(BaseException):
    """The worker is gone; nothing of the job runs any more."""


class Dying:
    """An object store whose process dies when the given number of objects is in."""

    def __init__(self, objects: FolderObjects, lives: int) -> None:
        self.objects, self.lives = objects, lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objects, name)

    def put(self, content: bytes) -> str:
        if self.lives == 0:
            raise Killed
        self.lives -= 1
        return self.objects.put(content)


async def rows(as_: As, actor: Actor, set_id: UUID) -> list[object]:
    async with as_(actor) as tx:
        page = await genotypes.samples(tx, set_id, SamplesQuery(limit=1000))
    return [(one.name, one.animal_id, one.state, one.call_rate) for one in page.items]


async def test_dying_after_any_object_leaves_nothing_by_halves_and_ends_in_the_same_set(
    fiona: Actor, hill: UUID, content: dict[str, bytes], genotyping: Genotyping, as_: As,
    engine: AsyncEngine, objects: FolderObjects,
) -> None:  # fmt: skip
    async def attempt(set_id: UUID, job_id: UUID, store: object, number: int) -> None:
        run = Run(job_id, number, fiona, Resources(engine, store))  # type: ignore[arg-type]
        async with as_(fiona) as tx:
            statement = "UPDATE app.job SET state = 'running', attempts = :n WHERE id = :id"
            await tx.session.execute(text(statement), {"n": number, "id": job_id})
        await making.run(run, set_id)

    outcomes = set()
    reference = None
    for lives in range(12):
        asked = await genotyping.ask(fiona, hill, content, rules={"minor_frequency": 0.1})
        assert asked.job_id
        try:
            await attempt(asked.id, asked.job_id, Dying(objects, lives), 1)
        except Killed:
            async with as_(fiona) as tx:
                half = await genotypes.get(tx, asked.id)
                count = await tx.session.scalar(
                    text("SELECT count(*) FROM app.sample WHERE set_id = :id"), {"id": asked.id}
                )
            assert (half.objects, half.content_hash, count) == ({}, "", 0)
            await attempt(asked.id, asked.job_id, objects, 2)
        async with as_(fiona) as tx:
            done = await genotypes.get(tx, asked.id)
            job = await jobs.get(tx, asked.job_id)
        assert (done.state, job.state) == ("done", "done")
        found = await rows(as_, fiona, asked.id)
        reference = reference or found
        assert found == reference
        kept = {k: v for k, v in done.objects.items() if k != "provenance.json"}
        outcomes.add((done.content_hash, tuple(sorted(kept.items())), done.panel_id))
    assert len(outcomes) == 1


async def test_a_killed_worker_s_set_is_made_by_the_next_one(
    fiona: Actor, hill: UUID, content: dict[str, bytes], genotyping: Genotyping, door: Door,
    workers: Workers, as_: As, tmp_path: Path,
) -> None:  # fmt: skip
    rng = np.random.default_rng(2)
    big = ag.Genotypes.from_dosages(
        rng.integers(0, 3, (1500, 20_000)).astype(np.int8),
        [f"b{i}" for i in range(1500)],
        ag.MarkerMap.of(
            [f"m{i}" for i in range(20_000)], chromosomes=["1"] * 20_000,
            positions=np.arange(1, 20_001), counted=["A"] * 20_000, other=["G"] * 20_000,
        ),
    )  # fmt: skip
    asked = await genotyping.ask(fiona, hill, plink(big, tmp_path))
    assert asked.job_id
    for _ in range(2):
        process = workers.start()
        await until(
            lambda: door.job(fiona, asked.job_id), lambda job: job.state == "running", 30
        )  # fmt: skip
        await asyncio.sleep(0.3)
        workers.kill(process)
    workers.start()
    done = await genotyping.over(fiona, asked.id, 60)
    assert (done.state, done.content_hash) == ("done", big.sha256)
    assert len(await rows(as_, fiona, asked.id)) == 1000  # the page's limit; 1,500 samples in all
    assert done.counts["samples"] == 1500


async def test_a_set_is_cancelled_and_made_again(
    fiona: Actor, hill: UUID, content: dict[str, bytes], genotyping: Genotyping, as_: As,
    objects: FolderObjects,
) -> None:  # fmt: skip
    async with as_(fiona) as tx:
        file_ids = await genotyping.hand_in(fiona, content)
        asked = await genotypes.create(
            tx, genotypes.GenotypeSetCreate(name="x", farm_id=hill, files=file_ids)
        )
        cancelled = await genotypes.cancel(tx, asked.id)
    assert cancelled.state == "cancelled"
    async with as_(fiona) as tx:
        await genotypes.retry(tx, asked.id)
    done = await genotyping.over(fiona, asked.id)
    assert done.state == "done"
    async with as_(fiona) as tx:
        page = await genotypes.parentage(tx, objects, asked.id, ParentageQuery(limit=5))
    assert len(page.items) == 5
    assert page.next_cursor
