"""A hub of a million animals on 2,000 farms, asked by a farmer under row-level security.

python -m tests.benchmarks.farm [animals] [farms]

A PostgreSQL of its own in a temporary folder (without waiting for the disk), filled by its
superuser; then the hub's services as a farmer of one farm of 10,000 animals and as an adviser of
twenty small ones, each call in a transaction of its own; no network. Prints p50 and p95 of the time
and the mean processor time of this process (without PostgreSQL's), in ms.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import animals, evaluations, events, records, reports
from hub.actor import Actor
from hub.animals import AnimalQuery, identifiers
from hub.events import AnimalEventQuery
from hub.local.postgres import EmbeddedPostgres
from hub.permissions import Role
from hub.records import RecordQuery
from hub.reports import Subject
from hub.settings import Settings
from hub.storage.postgres import make_engine
from hub.storage.transaction import Transaction, begin
from tests.database import Cluster, Make

LARGE = 10_000
RUNS = 60

_PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i WHERE schemaname = 'app'
AND tablename IN ('animal', 'animal_identifier', 'record', 'event')
AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""
FILLING = Path(__file__).with_name("farm.sql")


def main(count: int = 1_000_000, farms: int = 2_000) -> None:
    """Fill and measure."""
    home = Path(tempfile.mkdtemp(prefix="agrigen-farm-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home)
    try:
        asyncio.run(_measure(Cluster(postgres), count, farms))
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _measure(cluster: Cluster, count: int, farms: int) -> None:
    database = cluster.clone()
    urls = cluster.urls(database)
    make = Make(make_engine(Settings(), urls.owner))
    fiona = await make.person("fiona", Role.FARMER)
    adviser = await make.person("ann", Role.ADVISER)
    _fill(cluster.postgres.url("postgres", database), count, farms, fiona, adviser)
    engine = make_engine(Settings(statement_timeout_seconds=600), urls.app)
    print(f"{'':<50}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}")
    for name, actor, farm, size in (
        ("farmer of 10,000", fiona, 1, LARGE), ("adviser of 20 farms", adviser, 2, 400),
    ):  # fmt: skip
        print(name)
        for label, call in calls(farm, size).items():
            await _time(label, engine, actor, call)
    for subject in Subject:
        await _time(f"analytics: {subject.value} (goal 300)", engine, fiona, _about(subject), 15)
    start = time.perf_counter()
    made = await reports.refresh(engine)
    took = time.perf_counter() - start
    print(f"benchmarks of five years: {sum(made.values())} cells in {took:.1f} s")
    await engine.dispose()


def _fill(url: str, count: int, farms: int, fiona: Actor, adviser: Actor) -> None:
    """All rows by statements on whole sets; triggers and foreign keys rest meanwhile."""
    script = FILLING.read_text()
    for name, value in (
        ("animals", count), ("farms", farms), ("large", LARGE), ("person", fiona.person_id),
        ("adviser", adviser.person_id),
    ):  # fmt: skip
        script = script.replace("{" + name + "}", str(value))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '512MB'")
        indexes = connection.execute(_PLAIN_INDEXES).fetchall()
        for name, _ in indexes:  # built anew from all rows at once
            connection.execute(f"DROP INDEX app.{name}")
        for statement in [*script.split(";\n\n"), *(made for _, made in indexes)]:
            start = time.perf_counter()
            connection.execute(statement)  # type: ignore[arg-type]
            what = " ".join(statement.split()[:3])
            took = time.perf_counter() - start
            if took > 1:
                print(f"{what:<44}{took:9.1f} s", flush=True)
        connection.execute("VACUUM ANALYZE")
        for table in ("animal", "animal_identifier", "record", "event"):
            rows = connection.execute(f"SELECT count(*) FROM app.{table}").fetchone()
            print(f"{table:<44}{rows[0]:>9,} rows" if rows else table)


def key(kind: int, farm: int, n: int) -> UUID:
    """The id that the filling statements give."""
    return UUID(f"0190000{kind}-0000-7{farm % 4096:03x}-8000-{n:012x}")


Call = Callable[[Transaction, int], Awaitable[Any]]


def calls(farm: int, size: int) -> dict[str, Call]:
    """What is measured, of the animals of a farm; the second argument is the number of the run."""

    def number(run: int) -> int:
        return size - 1 - run * 37 % (size // 3)

    async def by_tag(tx: Transaction, run: int) -> None:
        tag = f"F{farm:05d}-{number(run):06d}"
        [found] = (await animals.resolve(tx, [tag], key(1, farm, 0)))[tag]
        await animals.get(tx, found)

    async def by_any(tx: Transaction, run: int) -> None:
        tag = f"f{farm:05d} {number(run):06d}"
        assert await identifiers.lookup(tx, key(1, farm, 0), tag)

    async def by_end(tx: Transaction, run: int) -> None:
        assert await identifiers.lookup(tx, key(1, farm, 0), f"{number(run):06d}"[-4:])

    async def card(tx: Transaction, run: int) -> None:
        animal = key(2, farm, number(run))
        await animals.get(tx, animal)
        assert len(await animals.pedigree(tx, animal, generations=5)) > 10
        await animals.count_offspring(tx, animal)
        await records.of_animal(tx, animal, RecordQuery(limit=20))
        await events.of_animal(tx, animal, AnimalEventQuery(limit=20))
        await evaluations.of_animal(tx, animal)

    async def first_page(tx: Transaction, run: int) -> None:
        assert len((await animals.search(tx, AnimalQuery(farm=key(1, farm, 0)))).items) == 50

    async def any_farm(tx: Transaction, run: int) -> None:
        assert len((await animals.search(tx, AnimalQuery())).items) == 50

    async def filtered(tx: Transaction, run: int) -> None:
        query = AnimalQuery(farm=key(1, farm, 0), sex="F", status="alive", text=str(run % 10))
        assert (await animals.search(tx, query)).items

    async def later_page(tx: Transaction, run: int) -> None:
        page = await animals.search(tx, AnimalQuery(farm=key(1, farm, 0), limit=300))
        assert (await animals.search(tx, AnimalQuery(cursor=page.next_cursor))).items

    return {
        "animal by tag (goal 5)": by_tag,
        "animal by any spelling (goal 5)": by_any,
        "animals by the last digits": by_end,
        "card, pedigree of five generations (goal 50)": card,
        "list page of a farm (goal 30)": first_page,
        "list page of all one's farms (goal 30)": any_farm,
        "list page, filtered by part of a tag (goal 30)": filtered,
        "page of 300, then the page behind it": later_page,
    }


def _about(subject: Subject) -> Call:
    async def ask(tx: Transaction, run: int) -> None:
        found = await reports.analytics(tx, key(1, 1, 0), subject)
        assert found.tables[0].rows or subject == Subject.TRENDS

    return ask


async def _time(
    label: str, engine: AsyncEngine, actor: Actor, call: Call, runs: int = RUNS
) -> None:
    taken = []
    for run in range(runs + 3):
        if run == 3:
            processor = time.process_time()
        start = time.perf_counter()
        async with begin(engine, actor) as tx:
            await call(tx, run)
        taken.append(1000 * (time.perf_counter() - start))
    p50, p95 = np.quantile(taken[3:], [0.5, 0.95])
    mine = 1000 * (time.process_time() - processor) / runs
    print(f"  {label:<48}{p50:9.1f}{p95:9.1f}{mine:9.1f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
