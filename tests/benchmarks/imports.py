"""Weights of a farm of 100,000 animals imported by a real worker, against what could be faster.

python -m tests.benchmarks.imports [rows]

A PostgreSQL of its own in a temporary folder that waits for the disk as in production. Prints the
seconds of each step and the worker's largest memory; then, for comparison, Polars reading the file,
all rules without the database, pandas with to_sql (a tenth of the rows, times ten), and COPY of
clean rows into a table without keys, policies and change feed.
"""

import asyncio
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import etl, files
from hub.actor import Actor
from hub.etl import asked, sources
from hub.etl.schemas import ImportCreate, ImportRead, Mapping
from hub.local.postgres import EmbeddedPostgres, Urls
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.objects import FolderObjects
from hub.storage.postgres import make_engine, sqlalchemy_url
from hub.storage.transaction import begin
from tests.database import Cluster, Make
from tests.etl_requests import request_of
from tests.workers import Door, Workers

ANIMALS = 100_000


def main(rows: int = 1_000_000) -> None:
    """Fill, import, compare."""
    home = Path(tempfile.mkdtemp(prefix="agrigen-imports-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home)
    try:
        cluster = Cluster(postgres)
        cluster.run("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        asyncio.run(_measure(cluster.urls(cluster.clone()), home, rows))
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _measure(urls: Urls, home: Path, rows: int) -> None:
    file = write_weights(home / "weights.csv", rows)
    owner, engine = make_engine(Settings(), urls.owner), make_engine(Settings(), urls.app)
    make, workers = Make(owner), Workers(urls, home)
    steward = await make.person("stella", Role.STEWARD)
    farm = await make.farm("HILL", owner=steward)
    await make.animal(farm, "X", birth_date=date(2015, 1, 1), sex="F")
    _multiply(urls)
    print(f"load of the machine: {os.getloadavg()}, {rows:,} rows, {file.stat().st_size:,} bytes")
    try:
        await _import(workers, engine, FolderObjects(home / "objects"), steward, farm, file)
        await _validate(engine, steward, farm, file)
    finally:
        workers.stop()
        await engine.dispose()
        await owner.dispose()
    _compare(urls, file, rows)


def write_weights(path: Path, rows: int) -> Path:
    """Every animal once a month, in any order."""
    random = np.random.default_rng(1)
    order = np.concatenate([random.permutation(ANIMALS) for _ in range(-(-rows // ANIMALS))])
    days = np.datetime64("2018-01-15") + np.arange(rows) // ANIMALS * 20
    pl.DataFrame(
        {
            "animal": [f"T{n:06d}" for n in order[:rows]], "trait": "weight",
            "date": np.datetime_as_string(days).tolist(),
            "value": random.normal(60, 5, rows).round(1),
        }
    ).write_csv(path)  # fmt: skip
    return path


def _multiply(urls: Urls) -> None:
    """The one animal and its tag a hundred thousand times."""
    own = {"animal": {"id": "uuidv7()", "tag": "'T' || lpad(g::text, 6, '0')"}}
    own["animal_identifier"] = {
        "id": "uuidv7()", "value": "a.tag", "normalized": "a.tag", "animal_id": "a.id",
    }  # fmt: skip
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        for table, new in own.items():
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'app' "
                    "AND table_name = %s AND is_generated = 'NEVER'", [table],
                )
            ]  # fmt: skip
            wanted = ", ".join(new.get(name, f"x.{name}") for name in names)
            other = "app.animal a WHERE a.tag <> 'X' AND x.value = 'X'"
            each = f"generate_series(0, {ANIMALS - 1}) g" if table == "animal" else other
            connection.execute(
                f"INSERT INTO app.{table} ({', '.join(names)}) SELECT {wanted} "
                f"FROM app.{table} x, {each}"
            )
        connection.execute("VACUUM ANALYZE")


async def _import(
    workers: Workers, engine: AsyncEngine, objects: FolderObjects, actor: Actor, farm: UUID,
    file: Path,
) -> None:  # fmt: skip
    door = Door(engine, objects)
    async with begin(engine, actor) as tx:
        known = await files.note(
            tx, name=file.name, media_type="text/csv", digest=objects.put_file(file),
            size=file.stat().st_size,  # noqa: ASYNC240  a benchmark waits for nothing else
        )  # fmt: skip
        new = ImportCreate(farm_id=farm, kind="records", file_id=known.id)
        wanted = await etl.create(tx, new)
    process = workers.start()
    await asyncio.sleep(8)
    done = await door.over(actor, wanted.id, seconds=3600)
    assert done.state == "done", done.error
    _tell_steps(done)
    status = Path(f"/proc/{process.pid}/status").read_text()  # noqa: ASYNC240
    print("largest memory of the worker:", status.split("VmHWM:")[1].split("\n")[0].strip())


def _tell_steps(done: ImportRead) -> None:
    print(f"{done.rows_loaded:,} loaded, {done.rows_rejected:,} refused")
    for step in done.steps:
        if step.started_at and step.finished_at:
            print(f"  {step.name:9} {(step.finished_at - step.started_at).total_seconds():7.1f} s")
    first, last = done.steps[0].started_at, done.steps[-1].finished_at
    if first and last:
        print(f"  whole     {(last - first).total_seconds():7.1f} s")


async def _validate(engine: AsyncEngine, actor: Actor, farm: UUID, file: Path) -> None:
    async with begin(engine, actor) as tx:
        known = await asked.context(tx, farm, "records")
    request = request_of("records")

    def validate() -> int:
        reading = sources.open(file, file.name, "records", Mapping())
        return sum(len(asked.check(t, request, known).findings.rows) for t in reading.chunks())

    _timed("Polars reads the file", lambda: pl.read_csv(file))
    _timed("read and judged by all rules of rows", validate)


def _timed(name: str, work: Callable[[], Any]) -> None:
    start = time.perf_counter()
    work()
    print(f"{name}: {time.perf_counter() - start:.2f} s")


def _compare(urls: Urls, file: Path, rows: int) -> None:
    frame = pl.read_csv(file, try_parse_dates=True)
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE clean (animal text, trait text, day date, value float8)")
        start = time.perf_counter()
        with connection.cursor().copy("COPY clean FROM STDIN (FORMAT csv)") as copy:
            copy.write(frame.write_csv(include_header=False))
        connection.commit()
        print(f"COPY of clean rows: {time.perf_counter() - start:.1f} s")
    some = pd.read_csv(io.StringIO(frame.head(rows // 10).write_csv()), parse_dates=["date"])
    engine = sa.create_engine(sqlalchemy_url(urls.owner))
    start = time.perf_counter()
    some.to_sql("pandas", engine, index=False)
    print(f"pandas to_sql, a tenth times ten: {10 * (time.perf_counter() - start):.1f} s")
    engine.dispose()


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
