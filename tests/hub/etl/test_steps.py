"""kill -9 at every checkpoint of an import; each row is loaded once and told once.

Every attempt is a process of its own that dies by SIGKILL, in turn before a checkpoint and after it
is written but not committed. The attempts take turns on the pipeline itself; that a dead worker's
job is begun anew is shown in tests/e2e/test_kill.py.
"""

import asyncio
import json
import subprocess
import sys
from datetime import date, timedelta

import psycopg
import pytest
import pytest_asyncio
from psycopg.conninfo import conninfo_to_dict

from hub import etl
from hub.actor import Actor
from hub.etl import pipeline
from hub.etl.sources import encoding, reading
from hub.jobs import repository as jobs_repository
from hub.jobs.run import Resources, Run
from hub.local.postgres import Urls
from hub.permissions import Role
from tests.database import As, Cluster, Make
from tests.workers import CHECKOUT, Door, Workers, until

_ATTEMPTS = """
import asyncio, json, os, signal, sys
from uuid import UUID
from hub.actor import Actor
from hub.etl import loading, pipeline, validation, work
from hub.etl.sources import delimited, encoding, reading
from hub.jobs import repository
from hub.jobs.run import Resources, Run
from hub.permissions import Role, granted
from hub.settings import Settings
from hub.storage.objects import open_objects
from hub.storage.postgres import make_engine
from hub.storage.transaction import begin

person, job, subject = (UUID(text) for text in sys.argv[1:4])
patience = int(sys.argv[4])
encoding.BLOCK, reading.CHUNK_ROWS, loading.PIECE, validation.PIECE = 1 << 12, 1000, 400, 7
plain = work.Work.save

def dying(deaths):
    before = deaths % 2 == 0
    left = 2 + deaths // patience  # one checkpoint is made, in the next it dies; later further
    # on, where several checkpoints are one transaction
    async def save(self, tx, counts=work.Counts()):
        nonlocal left
        left -= 1
        if left == 0 and before:
            os.kill(os.getpid(), signal.SIGKILL)
        await plain(self, tx, counts)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return save

async def attempt():
    settings = Settings()
    engine = make_engine(settings)
    roles = frozenset({Role.STEWARD})
    actor = Actor(person, "stella", roles, granted(set(roles)), request_id="kill")
    async with begin(engine, actor) as tx:
        number = await repository.start(tx.session, job)
    run = Run(job, number, actor, Resources(engine, open_objects(settings)))
    await pipeline.run_import(run, subject)
    await engine.dispose()

deaths = 0
while True:
    child = os.fork()
    if child == 0:
        work.Work.save = dying(deaths)
        asyncio.run(attempt())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) == 0:
        break
    if os.waitstatus_to_exitcode(status) != -9 or deaths > 200:
        sys.exit(1)
    deaths += 1
print(json.dumps({"deaths": deaths}))
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


def run_dying(workers: Workers, stella: Actor, asked: etl.ImportRead, patience: int) -> int:
    """How often the import was killed until it was done."""
    command = [sys.executable, "-c", _ATTEMPTS, str(stella.person_id), str(asked.job_id),
               str(asked.id), str(patience)]  # fmt: skip
    done = subprocess.run(
        command, cwd=CHECKOUT, env=workers.environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    deaths: int = json.loads(done.stdout)["deaths"]
    return deaths


async def bring(
    door: Door, as_: As, workers: Workers, stella: Actor, farm: object, kind: str, text: str,
    patience: int = 12, **options: object,
) -> tuple[etl.ImportRead, int]:  # fmt: skip
    """Import a file by attempts that die one after the other."""
    asked = await door.ask(stella, farm, kind, text, **options)  # type: ignore[arg-type]
    deaths = await asyncio.to_thread(run_dying, workers, stella, asked, patience)
    async with as_(stella) as tx:
        return await etl.get(tx, asked.id), deaths


async def bring_here(
    door: Door, as_: As, stella: Actor, farm: object, kind: str, text: str, **options: object
) -> etl.ImportRead:
    """Import a file in this process, which stays alive."""
    asked = await door.ask(stella, farm, kind, text, **options)  # type: ignore[arg-type]
    assert asked.job_id is not None
    async with as_(stella) as tx:
        number = await jobs_repository.start(tx.session, asked.job_id)
    assert number is not None
    resources = Resources(door.engine, door.objects)
    await pipeline.run_import(Run(asked.job_id, number, stella, resources), asked.id)
    async with as_(stella) as tx:
        return await etl.get(tx, asked.id)


def one(urls: Urls, query: str) -> tuple[object, ...]:
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


async def test_animals_and_their_records_survive_kill_9_at_every_step(
    door: Door, as_: As, workers: Workers, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("KILL")
    flock = "id,sex,birth_date,dam\n" + "".join(
        f"T{n},{'X' if n % 100 == 7 else 'F'},2020-01-01,{'M1' if n % 3 else ''}\n"
        for n in range(900)
    )
    done, deaths = await bring(door, as_, workers, stella, farm, "animals", flock)
    assert (done.state, done.rows_read, done.rows_loaded, done.rows_rejected) == (
        "done", 900, 891, 9,
    )  # fmt: skip
    assert deaths >= 4
    assert one(urls, "SELECT count(*), count(DISTINCT tag) FROM app.animal") == (892, 892)

    rows = [f"T{n % 900},weight,{2021 + n // 900}-05-01,{40 + n % 7}" for n in range(3500)]
    rows[1500] = "T600,weight,2021-05-01,41"  # a second time
    rows[2000] = "T1,weight,2022-13-01,41"
    rows[3000] = "T300,weight,2024-05-01,99"  # far from the others
    text = "\n".join(["animal,trait,date,value", *rows])
    cleaning = [{"step": "trim_and_case", "columns": ["trait"], "case": "lower"}]
    done, deaths = await bring(door, as_, workers, stella, farm, "records", text,
                               cleaning=cleaning)  # fmt: skip
    refused = 2 + sum(n % 900 % 100 == 7 for n in range(3500))
    assert (done.state, done.rows_read, done.rows_rejected) == ("done", 3500, refused)
    assert (done.rows_loaded, done.rows_unchanged, done.rows_warned) == (3500 - refused, 0, 1)
    assert deaths >= 8
    loaded = 3500 - refused
    stored = "SELECT count(*), count(DISTINCT source_row) FROM app.record"
    assert one(urls, stored) == (loaded, loaded)
    kept = f"SELECT count(*) FROM app.import_row WHERE import_id = '{done.id}'"
    assert one(urls, kept) == (refused + 1,)
    assert [step.state for step in done.steps] == ["done"] * 5
    assert done.findings["outlier"] == {"severity": "warning", "count": 1}


async def test_events_survive_kill_9_at_every_step(
    door: Door, as_: As, workers: Workers, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("EVENTS")
    for n in range(30):
        await make.animal(farm, f"E{n}", sex="F")
    rows = "".join(f"weight,E{n},2021-01-{1 + n % 28:02d},5{n % 10}\n" for n in range(29))
    text = f"event,animal,date,weight\n{rows}weight,NOBODY,2021-02-01,50\n"
    done, deaths = await bring(door, as_, workers, stella, farm, "events", text)
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 29, 1)
    assert deaths >= 2


async def test_all_or_nothing_loads_nothing_when_a_row_is_refused_and_all_when_none_is(
    door: Door, as_: As, workers: Workers, stella: Actor, make: Make, urls: Urls
) -> None:
    farm = await make.farm("ALL")
    for n in range(30):
        await make.animal(farm, f"A{n}", sex="F")
    before = one(urls, "SELECT count(*) FROM app.record")
    good = "".join(f"A{n},weight,2021-01-01,5{n % 10}\n" for n in range(29))
    head = "animal,trait,date,value\n"
    done = await bring_here(door, as_, stella, farm, "records",
                            f"{head}{good}A29,weight,2021-01-01,heavy\n",
                            policy="all_or_nothing")  # fmt: skip
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 0, 1)
    assert one(urls, "SELECT count(*) FROM app.record") == before
    trial = await bring_here(door, as_, stella, farm, "records", f"{head}{good}",
                             policy="all_or_nothing", dry_run=True)  # fmt: skip
    assert (trial.rows_loaded, trial.notes["would_load"]) == (0, 29)
    done, deaths = await bring(door, as_, workers, stella, farm, "records", f"{head}{good}",
                               patience=2, policy="all_or_nothing")  # fmt: skip
    assert deaths >= 4
    assert (done.state, done.rows_loaded, done.rows_rejected) == ("done", 29, 0)


async def test_a_column_that_nobody_knows_is_told_and_the_others_are_loaded(
    door: Door, as_: As, stella: Actor, make: Make
) -> None:
    farm = await make.farm("MORE")
    text = "id,sex,colour\nA1,F,red\nA2,F,\n"
    done = await bring_here(door, as_, stella, farm, "animals", text)
    assert (done.rows_loaded, done.rows_rejected, done.rows_warned) == (2, 0, 0)
    assert done.findings == {"unknown_column": {"severity": "warning", "count": 1}}
    async with as_(stella) as tx:
        page = await etl.problems(tx, done.id, etl.ProblemsQuery(state="warned"))
    [problem] = [problem for row in page.items for problem in row.problems]
    assert (problem.row, problem.column, problem.value) == (1, "colour", "colour")
    done = await bring_here(door, as_, stella, farm, "animals", text, mapping={"ignore": ["*"]})
    assert (done.rows_unchanged, done.findings) == (2, {})


async def test_a_piece_gives_way_to_somebody_who_waits_for_it(
    door: Door, as_: As, stella: Actor, make: Make, cluster: Cluster, urls: Urls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    farm = await make.farm("WAY")
    animals = [await make.animal(farm, f"W{n}", sex="F") for n in range(40)]
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(60)]
    rows = [f"W{n},weight,{day},50" for day in days for n in range(40)]
    monkeypatch.setattr(encoding, "BLOCK", 1 << 12)
    monkeypatch.setattr(reading, "CHUNK_ROWS", 1000)
    text = "\n".join(["animal,trait,date,value", *rows])
    add = (
        "INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, value,"
        " attributes) VALUES (uuidv7(), %s, %s, 'weight', %s, '', 70, '{}')"
    )
    async with await psycopg.AsyncConnection.connect(urls.owner) as phone:
        await phone.execute(add, [farm, animals[0], days[0]])  # the first piece waits for it
        importing = asyncio.create_task(bring_here(door, as_, stella, farm, "records", text))
        await _until_somebody_waits(cluster, urls)
        await asyncio.wait_for(phone.execute(add, [farm, animals[0], days[30]]), 30)
    done = await importing
    assert (done.rows_loaded, done.rows_rejected) == (2400, 0)
    weights = f"SELECT count(*), max(value) FROM app.record WHERE farm_id = '{farm}'"
    assert one(urls, weights) == (2400, 50)


async def _until_somebody_waits(cluster: Cluster, urls: Urls) -> None:
    """The first piece waits for a lock, and the second one for its turn."""
    waiting = (
        "SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'),"
        " count(*) FILTER (WHERE state = 'idle in transaction')"
        " FROM pg_stat_activity WHERE datname = current_database() AND usename = 'agrigen_app'"
    )
    database = str(conninfo_to_dict(urls.owner)["dbname"])

    async def look() -> tuple[object, ...]:
        with psycopg.connect(cluster.postgres.url("postgres", database)) as all_seeing:
            row = all_seeing.execute(waiting).fetchone()
        return tuple(row or ())

    await until(look, lambda seen: seen == (1, 1), 30)
