"""Synchronization of phones: pulls, pushes, and what the change feed costs a bulk import.

python -m tests.benchmarks.collect [rows of the bulk import]

A PostgreSQL of its own in a temporary folder (without waiting for the disk), the hub's functions
and the JSON of requests and answers; no network.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from pydantic_core import to_json
from sqlalchemy import text

from hub import collect
from hub.actor import Actor
from hub.collect import PullQuery, Push
from hub.local.postgres import EmbeddedPostgres, Urls
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.postgres import make_engine
from hub.storage.transaction import begin
from tests.database import Cluster, Make

ANIMALS, EVENTS, RECORDS = 2_000, 3_000, 5_000
OPERATIONS = 500
RUNS = 7

_FILL = """
INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, birth_date, status)
SELECT gen_random_uuid(), :farm, 'T' || n, '', 'sheep', 'TEX', 'F', '2023-03-01', 'alive'
FROM generate_series(1, :animals) n;
INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value, normalized)
SELECT gen_random_uuid(), farm_id, id, 'tag', tag, tag FROM app.animal WHERE farm_id = :farm;
INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, person_id,
                       remark, device, reason, revision, voided)
SELECT gen_random_uuid(), :farm, id, 'heat', date '2025-10-01' + n,
       '{"kind": "heat", "intensity": "normal"}', :person, '', '', '', 1, false
FROM (SELECT id, row_number() OVER () AS place FROM app.animal WHERE farm_id = :farm) a,
     generate_series(1, 2) n WHERE (a.place - 1) * 2 + n <= :events;
INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, value,
                        attributes)
SELECT gen_random_uuid(), :farm, id, 'weaning_weight', date '2023-06-01' + n, '', 30, '{}'
FROM (SELECT id, row_number() OVER () AS place FROM app.animal WHERE farm_id = :farm) a,
     generate_series(1, 3) n WHERE (a.place - 1) * 3 + n <= :records;
"""

_BULK = """
INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, value,
                        attributes)
SELECT gen_random_uuid(), :farm, a.id, 'fleece_weight', date '2000-01-01' + n, '', 3, '{}'
FROM (SELECT id FROM app.animal WHERE farm_id = :farm ORDER BY tag LIMIT 1000) a,
     generate_series(1, :rows / 1000) n;
"""


def _run(url: str, statements: str, **values: Any) -> float:
    """Seconds of a transaction of the owner."""
    with psycopg.connect(url) as connection:
        start = time.perf_counter()
        for statement in statements.split(";\n"):
            if statement.strip():
                named = {k: v for k, v in values.items() if f":{k}" in statement}
                for name in named:
                    statement = statement.replace(f":{name}", f"%({name})s")
                connection.execute(statement, named)
        connection.commit()
        return time.perf_counter() - start


class Bench:
    """One farm and its farmer."""

    def __init__(self, urls: Urls, actor: Actor, farm: UUID) -> None:
        self.urls, self.actor, self.farm = urls, actor, farm
        self.engine = make_engine(Settings(), urls.app)

    async def pull(self, limit: int) -> tuple[float, int, int]:
        """Seconds, changes and bytes of a whole pull."""
        start, cursor, count, size, more = time.perf_counter(), "", 0, 0, True
        while more:
            async with begin(self.engine, self.actor) as tx:
                query = PullQuery(farm=self.farm, cursor=cursor, limit=limit)
                page = await collect.pull(tx, query)
                size += len(to_json(page))
            cursor, more, count = page.cursor, page.more, count + len(page.changes)
        return time.perf_counter() - start, count, size

    async def push(self, make: Callable[[int, UUID], dict[str, Any]]) -> float:
        """Seconds of a push of OPERATIONS, each of another animal."""
        async with begin(self.engine, self.actor) as tx:
            ids = (await tx.session.scalars(
                text("SELECT id FROM app.animal WHERE farm_id = :farm ORDER BY tag LIMIT :n"),
                {"farm": self.farm, "n": OPERATIONS},
            )).all()  # fmt: skip
        body = to_json({
            "device": "phone-benchmark", "schema_version": 2, "sent_at": "2026-06-20T12:00:00Z",
            "operations": [
                {"op_id": new_id(), "seq": n, "entity_id": new_id(), **make(n, id_)}
                for n, id_ in enumerate(ids)
            ],
        })  # fmt: skip
        start = time.perf_counter()
        async with begin(self.engine, self.actor) as tx:
            reply = await collect.push(tx, Push.model_validate_json(body))
            to_json(reply)
        took = time.perf_counter() - start
        refused = [one for one in reply.results if one.state == "rejected"]
        assert not refused, refused[0]
        return took


def weight(day: int) -> Callable[[int, UUID], dict[str, Any]]:
    def make(n: int, animal: UUID) -> dict[str, Any]:
        values = {"animal_id": animal, "trait": "weaning_weight", "value": 30 + n % 9,
                  "recorded_on": f"2024-07-{day:02d}"}  # fmt: skip
        return {"entity": "record", "kind": "create", "values": values}

    return make


def treatment(day: int) -> Callable[[int, UUID], dict[str, Any]]:
    def make(n: int, animal: UUID) -> dict[str, Any]:
        details = {"kind": "treatment", "product": f"drench {n}", "medicine_group": "anthelmintic"}
        values = {"animal_id": animal, "occurred_on": f"2024-07-{day:02d}", "details": details}
        return {"entity": "event", "kind": "create", "values": values}

    return make


def _say(what: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{what:48} p50 {statistics.median(ordered):6.2f} s  p95 {p95:6.2f} s", flush=True)


async def _phones(bench: Bench) -> None:
    for limit in (500, 2000):
        runs = [await bench.pull(limit) for _ in range(RUNS)]
        _, count, size = runs[0]
        _say(f"pull {count:,} changes, {limit} a page, {size:,} bytes", [run[0] for run in runs])
    for name, make in (("weights", weight), ("treatments", treatment)):
        await bench.push(make(1))
        seconds = [await bench.push(make(day)) for day in range(2, RUNS + 2)]
        _say(f"push {OPERATIONS} operations ({name})", seconds)


def _bulk(bench: Bench, rows: int) -> None:
    owner = bench.urls.owner
    for told in (True, False):
        change = "ENABLE" if told else "DISABLE"
        for name in ("insert", "update", "delete"):
            _run(owner, f"ALTER TABLE app.record {change} TRIGGER note_{name}")
        took = _run(owner, _BULK, farm=bench.farm, rows=rows)
        print(f"{rows:,} records in one transaction, feed {told!s:5} {took:6.1f} s", flush=True)
        _run(owner, "DELETE FROM app.record WHERE trait_code = 'fleece_weight'")


async def _with(until: Callable[[Bench], Awaitable[None]], urls: Urls) -> Bench:
    owner = make_engine(Settings(), urls.owner)
    make = Make(owner)
    fiona = await make.person("fiona", Role.FARMER)
    farm = await make.farm("HILL", owner=fiona)
    await owner.dispose()
    values = {"animals": ANIMALS, "events": EVENTS, "records": RECORDS}
    _run(urls.owner, _FILL, farm=farm, person=fiona.person_id, **values)
    bench = Bench(urls, fiona, farm)
    await until(bench)
    await bench.engine.dispose()
    return bench


def main(rows: int = 1_000_000) -> None:
    home = Path(tempfile.mkdtemp(prefix="agrigen-bench-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home)
    try:
        cluster = Cluster(postgres)
        urls = cluster.urls(cluster.clone())
        bench = asyncio.run(_with(_phones, urls))
        _bulk(bench, rows)
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
