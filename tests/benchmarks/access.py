"""What row policies cost at 2 million animals of 2,000 farms, for people with few and many farms.

    python -m tests.benchmarks.access [--animals 2000000] [--farms 2000]

Searches and reads go through hub.animals and the policies, as the hub's own role. Needs about
1.5 GB of disk for as long as it runs.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import text

from hub import animals
from hub.actor import Actor
from hub.animals import AnimalQuery
from hub.local.postgres import Urls
from hub.permissions import Role, granted
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.postgres import make_engine
from hub.storage.transaction import Transaction, begin
from tests.database import Cluster, EmbeddedPostgres

_FARMS = """
INSERT INTO app.farm (id, code, name, species, region, shared)
SELECT gen_random_uuid(), 'F' || lpad(n::text, 5, '0'), 'Farm ' || n, 'sheep', '', n <= 5
FROM generate_series(1, %(farms)s) n;
"""
# Triggers number every change for phones; they are no part of what is measured.
_ANIMALS = """
SET session_replication_role = replica;
INSERT INTO app.animal (id, farm_id, tag, species, name, breed, sex, status, birth_date)
SELECT gen_random_uuid(), f.id, f.code || '-' || n, 'sheep', '', '', 'F', 'alive',
       date '2015-01-01' + (n * 7 %% 4000)
FROM app.farm f CROSS JOIN generate_series(1, %(each)s) n;
SET session_replication_role = DEFAULT;
"""
_PLACES = """
INSERT INTO app.farm_member (person_id, farm_id, role)
SELECT %(person)s, id, 'owner' FROM app.farm WHERE NOT shared ORDER BY code LIMIT %(farms)s
"""
_GRANTS = """
INSERT INTO app.data_grant (id, farm_id, person_id, kinds, purpose, terms, valid_until, agreed_by)
SELECT gen_random_uuid(), id, %(person)s, '{pedigree,records}', '', '', now() + interval '1 day',
       %(person)s
FROM app.farm WHERE NOT shared ORDER BY code LIMIT %(farms)s
"""
_PEOPLE = {"3 places": (_PLACES, 3), "500 places": (_PLACES, 500), "500 grants": (_GRANTS, 500)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--animals", type=int, default=2_000_000)
    parser.add_argument("--farms", type=int, default=2_000)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="agrigen-bench-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home)
    try:
        cluster = Cluster(postgres)
        name = cluster.clone()
        people = _fill(postgres.url("postgres", name), given.farms, given.animals)
        asyncio.run(measure(cluster.urls(name), people))
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def _fill(url: str, farms: int, animals: int) -> dict[str, Actor]:
    started = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (*_FARMS.split(";"), *_ANIMALS.split(";")):
            if statement.strip():
                values = {"farms": farms, "each": animals // farms}
                wanted = {one: values[one] for one in values if f"%({one})s" in statement}
                connection.execute(statement, wanted)
        people = {name: _person(connection, name, *which) for name, which in _PEOPLE.items()}
        connection.execute("VACUUM (ANALYZE) app.animal")
        connection.execute("ANALYZE")
        size = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(f"filled in {time.perf_counter() - started:.0f} s, {size.fetchone()}")
    return people


def _person(connection: psycopg.Connection, name: str, statement: str, farms: int) -> Actor:
    person = new_id()
    connection.execute(
        "INSERT INTO app.person (id, username, name, roles) VALUES (%s, %s, '', '{researcher}')",
        [person, name],
    )
    connection.execute(statement, {"person": person, "farms": farms})
    roles = frozenset({Role.RESEARCHER})
    return Actor(person, name, roles, granted(set(roles)))


async def measure(urls: Urls, people: dict[str, Actor]) -> None:
    """Medians of what is asked within a transaction: on the clock, and the work of PostgreSQL."""
    engine = make_engine(Settings(), urls.app)

    async def timed(actor: Actor, act: Callable[[Transaction], Awaitable[object]]) -> str:
        took, worked = [], []
        for _ in range(23):
            async with begin(engine, actor) as tx:
                server = await tx.session.scalar(text("SELECT pg_backend_pid()"))
                before, started = _worked(server), time.perf_counter()
                await act(tx)
                took.append((time.perf_counter() - started) * 1000)
                worked.append(_worked(server) - before)
        took, cpu = sorted(took[3:]), statistics.median(worked[3:])
        return f"{statistics.median(took):.1f} ms (p95 {took[-2]:.1f}), PostgreSQL {cpu:.2f} ms"

    for name, actor in people.items():
        async with begin(engine, actor) as tx:
            first = await animals.search(tx, AnimalQuery(limit=50))
            one = first.items[-1].id
        print(f"\n{name}")
        for what, act in _acts(one, first.next_cursor or "").items():
            print(f"  {what:28} {await timed(actor, act)}")
    await engine.dispose()


def _worked(server: int) -> float:
    """Milliseconds that a server process has worked: what a busy machine does not falsify."""
    return int(Path(f"/proc/{server}/schedstat").read_text().split()[0]) / 1e6


def _acts(one: UUID, cursor: str) -> dict[str, Callable[[Transaction], Awaitable[object]]]:
    def run(statement: str) -> Callable[[Transaction], Awaitable[object]]:
        return lambda tx: tx.session.execute(
            text(statement), {"id": one} if ":id" in statement else {}
        )

    return {
        "first page (50)": lambda tx: animals.search(tx, AnimalQuery(limit=50)),
        "second page (50)": lambda tx: animals.search(tx, AnimalQuery(limit=50, cursor=cursor)),
        "search F00006-1": lambda tx: animals.search(tx, AnimalQuery(limit=50, text="F00006-1")),
        "animal by id, whole read": lambda tx: animals.get(tx, one),
        "animal by id, one statement": run("SELECT id, tag FROM app.animal WHERE id = :id"),
        "who reads which farms": run("SELECT app.my_farms_for('pedigree')"),
        "nothing": run("SELECT 1"),
    }


if __name__ == "__main__":
    main()
