"""A real worker process for tests, and the way from a file to a finished import or evaluation."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import etl, evaluations, files, jobs
from hub.actor import Actor
from hub.etl import ImportCreate, ImportRead
from hub.evaluations import BreedingValuesQuery, EvaluationCreate, EvaluationRead
from hub.jobs import JobRead
from hub.local.postgres import Urls
from hub.storage.objects import FolderObjects
from hub.storage.transaction import begin
from tests.database import As

# A quick pulse, so that a killed worker's job goes on within seconds.
_WORK = """
import asyncio
from hub.jobs.worker import Pulse, run
from hub.settings import Settings
pulse = Pulse(beat=0.5, dead_after=3.0, look_every=0.5, time_to_stop=2.0)
asyncio.run(run(Settings(), pulse=pulse))
"""
CHECKOUT = Path(__file__).resolve().parents[1]


class Workers:
    """Starts worker processes on a database, and ends them: politely or by kill -9."""

    def __init__(self, urls: Urls, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "worker.log"
        self.environment = {
            **os.environ,
            "AGRIGEN_DATABASE_URL": urls.app,
            "AGRIGEN_OBJECTS_URL": str(folder / "objects"),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, first: str = "") -> subprocess.Popen[bytes]:
        """A worker; `first` is Python that it runs before it begins, such as smaller pieces."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", f"{first}\n{_WORK}"], cwd=CHECKOUT, env=self.environment,
                stdout=log, stderr=log,
            )  # fmt: skip
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill(process)


class Door:
    """What a person does: hand in a file, import it, wait for it."""

    def __init__(self, engine: AsyncEngine, objects: FolderObjects) -> None:
        self.engine = engine
        self.objects = objects

    async def ask(
        self, actor: Actor, farm_id: UUID, kind: str, content: str | bytes, **options: Any
    ) -> ImportRead:
        """Queue an import of a file with this content."""
        data = content.encode() if isinstance(content, str) else content
        async with begin(self.engine, actor) as tx:
            file = await files.store(
                tx, self.objects, name=f"{kind}.csv", media_type="text/csv", content=data
            )
            new = ImportCreate(farm_id=farm_id, kind=kind, file_id=file.id, **options)
            return await etl.create(tx, new)

    async def bring(
        self, actor: Actor, farm_id: UUID, kind: str, content: str | bytes, **options: Any
    ) -> ImportRead:
        """Import a file and wait until that is over."""
        asked = await self.ask(actor, farm_id, kind, content, **options)
        return await self.over(actor, asked.id)

    async def over(self, actor: Actor, import_id: UUID, seconds: float = 180) -> ImportRead:
        async def look() -> ImportRead:
            async with begin(self.engine, actor) as tx:
                return await etl.get(tx, import_id)

        return await until(look, lambda found: found.state in jobs.FINAL, seconds)

    async def job_over(self, actor: Actor, job_id: UUID, seconds: float = 180) -> JobRead:
        return await until(
            lambda: self.job(actor, job_id), lambda found: found.state in jobs.FINAL, seconds
        )

    async def job(self, actor: Actor, job_id: UUID) -> JobRead:
        async with begin(self.engine, actor) as tx:
            return await jobs.get(tx, job_id)

    async def problems(self, actor: Actor, import_id: UUID) -> list[tuple[int, str, str]]:
        """Row, column and rule of every problem, in the order of the file."""
        async with begin(self.engine, actor) as tx:
            page = await etl.problems(tx, import_id, etl.ProblemsQuery(limit=1000))
        return [(p.row, p.column, p.rule) for row in page.items for p in row.problems]


class Evaluating:
    """Ask for an evaluation and wait for it."""

    def __init__(self, as_: As, objects: FolderObjects) -> None:
        self.as_ = as_
        self.objects = objects

    async def ask(self, actor: Actor, **values: Any) -> EvaluationRead:
        new = EvaluationCreate.model_validate({"name": "test", **values})
        async with self.as_(actor) as tx:
            return await evaluations.create(tx, self.objects, new)

    async def over(self, actor: Actor, evaluation_id: UUID, seconds: float = 240) -> EvaluationRead:
        async def look() -> EvaluationRead:
            async with self.as_(actor) as tx:
                return await evaluations.get(tx, evaluation_id)

        return await until(look, lambda found: found.state in jobs.FINAL, seconds)

    async def run(self, actor: Actor, **values: Any) -> EvaluationRead:
        asked = await self.ask(actor, **values)
        return await self.over(actor, asked.id)

    async def values(self, actor: Actor, evaluation_id: UUID, **query: Any) -> dict[str, float]:
        found: dict[str, float] = {}
        cursor = None
        while True:
            wanted = BreedingValuesQuery(cursor=cursor, **{"limit": 1000, **query})
            async with self.as_(actor) as tx:
                page = await evaluations.breeding_values(tx, evaluation_id, wanted)
            found |= {item.tag: item.value for item in page.items}
            cursor = page.next_cursor
            if cursor is None:
                return found


async def until(
    look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool], seconds: float = 180
) -> Any:
    """Look again and again until what is wanted is seen."""
    deadline = time.monotonic() + seconds
    while not wanted(found := await look()):
        assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {found}"
        await asyncio.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def workers(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    workers = Workers(urls, tmp_path_factory.mktemp("worker"))
    yield workers
    workers.stop()


@pytest.fixture(scope="module")
def objects(workers: Workers) -> FolderObjects:
    return FolderObjects(workers.folder / "objects")


@pytest.fixture(scope="module")
def door(engine: AsyncEngine, objects: FolderObjects) -> Door:
    return Door(engine, objects)


@pytest.fixture(scope="module")
def worker(workers: Workers) -> subprocess.Popen[bytes]:
    """One worker for the whole module."""
    return workers.start()


@pytest.fixture(scope="module")
def evaluating(as_: As, objects: FolderObjects) -> Evaluating:
    return Evaluating(as_, objects)
