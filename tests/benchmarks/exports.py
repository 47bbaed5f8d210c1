"""How long a million records take to be exported in each format, and how much memory.

    python -m tests.benchmarks.exports [--rows 1000000] [--format csv ...]

Each format runs in a process of its own; the memory is the largest it ever held, less what it held
before the first row was read.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import psycopg

from hub import tables
from hub.actor import Actor
from hub.exports.writers import open_writer
from hub.local.postgres import Urls
from hub.permissions import Role, granted
from hub.settings import Settings
from hub.storage.postgres import make_engine
from hub.storage.transaction import begin
from tests.database import Cluster, EmbeddedPostgres, Make

FORMATS = ("csv", "xlsx", "parquet", "json", "jsonl")
_FILL = """
INSERT INTO app.animal (id, farm_id, tag, species, name, breed, sex, status)
SELECT gen_random_uuid(), %(farm)s, 'A' || n, 'sheep', '', '', 'F', 'alive'
FROM generate_series(1, %(animals)s) n;
INSERT INTO app.record
  (id, farm_id, animal_id, trait_code, recorded_on, occasion, value, attributes)
SELECT gen_random_uuid(), %(farm)s, a.id, 'weight', date '2020-01-01' + d, '', 40 + random() * 40,
       jsonb_build_object('pen', d %% 7)
FROM app.animal a CROSS JOIN generate_series(1, 20) d;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", action="append", choices=FORMATS)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(asyncio.run(_one(*given.one))))
        return
    home = Path(tempfile.mkdtemp(prefix="agrigen-bench-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home)
    try:
        cluster = Cluster(postgres)
        urls = cluster.urls(cluster.clone())
        person, farm = asyncio.run(_fill(urls, given.rows))
        for format_ in given.format or FORMATS:
            one = ("--one", format_, urls.app, str(person), str(farm))
            command = [sys.executable, "-m", "tests.benchmarks.exports", *one]
            print(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout, end=""
            )
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _fill(urls: Urls, rows: int) -> tuple[UUID, UUID]:
    engine = make_engine(Settings(), urls.owner)
    make = Make(engine)
    stella = await make.person("stella", Role.STEWARD)
    farm = await make.farm("BIG", owner=stella)
    await engine.dispose()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                connection.execute(statement, {"farm": farm, "animals": rows // 20})
        connection.execute("ANALYZE")
    return stella.person_id, farm


async def _one(format_: str, url: str, person: str, farm: str) -> dict[str, object]:
    actor = Actor(UUID(person), "stella", frozenset({Role.STEWARD}), granted({Role.STEWARD}))
    engine = make_engine(Settings(), url)
    before, began, rows = _held(), time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        async with begin(engine, actor) as tx:
            columns = await tables.columns(tx, "records", [UUID(farm)])
            writer = open_writer(format_, Path(folder), "records", columns)
            async for frame in tables.chunks(tx, "records", [UUID(farm)]):
                await asyncio.to_thread(writer.write, frame)
                rows += frame.height
            await asyncio.to_thread(writer.close)
        size = sum(path.stat().st_size for path in writer.files)
    await engine.dispose()
    took = time.perf_counter() - began
    return {"format": format_, "rows": rows, "seconds": round(took, 1), "MB": round(size / 1e6),
            "more_memory_MiB": round(_held() - before)}  # fmt: skip


def _held() -> float:
    """MiB that this process held at most so far (of the process, not of the one that began it)."""
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
