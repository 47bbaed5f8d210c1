"""Workers die, people change their minds: nothing is lost, nothing is doubled."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from hub import etl, jobs
from hub.actor import Actor
from hub.errors import Conflict, Denied, Missing
from hub.etl import repository as etl_repository
from hub.etl.work import Counts
from hub.jobs import JobsQuery
from hub.local.postgres import Urls
from hub.permissions import Permission, Role
from tests.database import As, Make
from tests.workers import Door, Evaluating, Workers, until

ANIMALS = 18_000  # several pieces of an import, and an evaluation of some seconds
SMALL = "from hub.etl import loading; loading.PIECE = 6_000"
MODEL: dict[str, Any] = {
    "traits": ["weaning_weight"],
    "effects": [
        {"name": "year", "type": "fixed", "column": "birth_year"},
        {"name": "a", "type": "animal", "column": "animal"},
    ],
    "variances": {"a": 4, "residual": 8},
}


def flock(count: int) -> str:
    """Animals with parents some rows before them, one in a thousand with an impossible date."""
    lines = ["id,sex,birth_date,sire,dam"]
    for i in range(count):
        year = 1960 + 60 * i // count
        date = f"{year}-02-30" if i % 1000 == 999 else f"{year}-03-{1 + i % 28:02d}"
        back = count // 15
        sire = f"A{(i - back) // 2 * 2}" if i >= 2 * back else ""
        dam = f"A{(i - back) // 2 * 2 + 1}" if i >= 2 * back else ""
        lines.append(f"A{i},{'MF'[i % 2]},{date},{sire},{dam}")
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def no_worker_is_left(workers: Workers) -> Iterator[None]:
    yield
    workers.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


def one(urls: Urls, query: str) -> Any:
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


async def test_a_worker_killed_in_an_import_loses_and_doubles_nothing(
    door: Door, make: Make, stella: Actor, workers: Workers, urls: Urls
) -> None:
    farm = await make.farm("KILLED")
    asked = await door.ask(stella, farm, "animals", flock(ANIMALS))
    first = workers.start(SMALL)
    loaded = "SELECT rows_loaded FROM app.import WHERE id = '" + str(asked.id) + "'"

    refused = ANIMALS // 1000

    async def read() -> int:
        return one(urls, loaded)

    await until(read, bool)
    workers.kill(first)
    assert one(urls, loaded) < ANIMALS - refused
    workers.start(SMALL)
    done = await door.over(stella, asked.id, 240)
    assert (done.state, done.rows_read, done.rows_rejected) == ("done", ANIMALS, refused)
    assert done.rows_loaded == ANIMALS - refused
    assert done.rows_unchanged == 0
    # Refused rows whose animal is somebody's parent are there as parents without data.
    animals = f"SELECT count(*) FROM app.animal WHERE farm_id = '{farm}'"
    stubs = one(urls, f"{animals} AND status = 'unknown'")
    assert one(urls, animals) == ANIMALS - refused + stubs
    job = await door.job(stella, done.job_id) if done.job_id else None
    assert job is not None
    assert (job.state, job.attempts) == ("done", 2)


async def test_a_worker_killed_in_an_evaluation_stores_it_once(
    door: Door, make: Make, stella: Actor, workers: Workers, evaluating: Evaluating, urls: Urls,
) -> None:  # fmt: skip
    farm = await make.farm("EVALUATED")
    first = workers.start()
    await door.bring(stella, farm, "animals", flock(ANIMALS))
    weights = "\n".join(f"A{i},weaning_weight,{20 + i % 17}" for i in range(0, ANIMALS, 3))
    done = await door.bring(stella, farm, "records", f"animal,trait,value\n{weights}\n")
    assert done.state == "done", done.error
    asked = await evaluating.ask(stella, model=MODEL, farms=[str(farm)], publish=True)

    async def running() -> str:
        return one(urls, f"SELECT state FROM app.evaluation WHERE id = '{asked.id}'")

    await until(running, lambda state: state == "running")
    workers.kill(first)
    assert one(urls, f"SELECT state FROM app.evaluation WHERE id = '{asked.id}'") == "running"
    workers.start()
    over = await evaluating.over(stella, asked.id)
    assert over.state == "done", over.error
    animals = one(urls, f"SELECT count(*) FROM app.animal WHERE farm_id = '{farm}'")
    values = "SELECT count(*) FROM app.breeding_value WHERE evaluation_id = "
    assert one(urls, f"{values}'{asked.id}'") == animals


async def test_cancelling_a_running_import_and_going_on_later(
    door: Door, make: Make, stella: Actor, workers: Workers, as_: As
) -> None:
    farm = await make.farm("CANCELLED")
    asked = await door.ask(stella, farm, "animals", flock(ANIMALS))
    workers.start()
    assert asked.job_id

    async def state() -> str:
        return (await door.job(stella, asked.job_id)).state  # type: ignore[arg-type]

    await until(state, lambda found: found == "running")
    async with as_(stella) as tx:
        assert (await jobs.cancel(tx, asked.job_id)).cancel_requested
    cancelled = await door.over(stella, asked.id)
    assert cancelled.state == "cancelled"
    assert cancelled.rows_read < ANIMALS
    async with as_(stella) as tx:
        assert (await jobs.retry(tx, asked.job_id)).state == "queued"
    done = await door.over(stella, asked.id, 240)
    assert (done.state, done.rows_read) == ("done", ANIMALS)
    assert done.rows_loaded == ANIMALS - ANIMALS // 1000


async def test_cancelling_what_waits_is_immediate(
    door: Door, make: Make, stella: Actor, as_: As
) -> None:
    farm = await make.farm("WAITING")
    asked = await door.ask(stella, farm, "animals", "id\nA\n")
    assert asked.job_id
    async with as_(stella) as tx:
        assert (await jobs.cancel(tx, asked.job_id)).state == "cancelled"
    assert (await door.over(stella, asked.id, 1)).state == "cancelled"
    with pytest.raises(Conflict):
        async with as_(stella) as tx:
            await jobs.cancel(tx, asked.job_id)


async def test_a_job_belongs_to_who_asked_and_to_stewards(
    door: Door, make: Make, stella: Actor, as_: As
) -> None:
    fiona = await make.person("fiona", Role.FARMER)
    marc = await make.person("marc", Role.FARMER)
    farm = await make.farm("FIONA", owner=fiona)
    asked = await door.ask(fiona, farm, "animals", "id\nA\n")
    assert asked.job_id
    with pytest.raises(Missing):
        async with as_(marc) as tx:
            await jobs.cancel(tx, asked.job_id)
    with pytest.raises(Denied):
        async with as_(await make.person("sam", Role.STUDENT)) as tx:
            await jobs.search(tx, JobsQuery())
    looking = Permission.JOBS_READ, Permission.IMPORTS_READ
    reader = dataclasses.replace(fiona, permissions=frozenset(looking))  # a narrowed token
    for change in (jobs.cancel, jobs.retry):
        with pytest.raises(Denied, match="imports:write"):
            async with as_(reader) as tx:
                await change(tx, asked.job_id)
    async with as_(stella) as tx:
        assert asked.job_id in {job.id for job in (await jobs.search(tx, JobsQuery())).items}
        await jobs.cancel(tx, asked.job_id)


async def test_a_stopping_worker_hands_its_job_to_the_next(
    door: Door, make: Make, stella: Actor, workers: Workers
) -> None:
    farm = await make.farm("HANDED")
    asked = await door.ask(stella, farm, "animals", flock(ANIMALS))
    first = workers.start()
    assert asked.job_id

    async def state() -> str:
        return (await door.job(stella, asked.job_id)).state  # type: ignore[arg-type]

    await until(state, lambda found: found == "running")
    first.terminate()
    assert await asyncio.to_thread(first.wait, 60) == 0
    workers.start()
    done = await door.over(stella, asked.id, 240)
    assert (done.state, done.rows_read) == ("done", ANIMALS)


async def test_a_person_who_was_disabled_is_not_worked_for(
    door: Door, make: Make, stella: Actor, workers: Workers, urls: Urls
) -> None:
    gone = await make.person("gone", Role.FARMER)
    farm: UUID = await make.farm("GONE", owner=gone)
    asked = await door.ask(gone, farm, "animals", "id\nA\n")
    with psycopg.connect(urls.owner) as connection:
        connection.execute("UPDATE app.person SET disabled_at = now() WHERE username = 'gone'")
    workers.start()
    done = await door.over(stella, asked.id)
    assert done.state == "failed"
    assert one(urls, f"SELECT count(*) FROM app.animal WHERE farm_id = '{farm}'") == 0


async def test_an_import_of_a_person_who_left_the_farm_ends_and_loads_nothing(
    door: Door, make: Make, stella: Actor, workers: Workers, urls: Urls
) -> None:
    left = await make.person("left", Role.FARMER)
    farm: UUID = await make.farm("LEFT", owner=left)
    asked = await door.ask(left, farm, "animals", "id\nA\n")
    with psycopg.connect(urls.owner) as connection:
        connection.execute("DELETE FROM app.farm_member WHERE person_id = %s", [left.person_id])
    workers.start()
    done = await door.over(stella, asked.id)
    assert done.state == "failed"
    assert (await door.over(left, asked.id)).error == done.error
    assert one(urls, f"SELECT count(*) FROM app.animal WHERE farm_id = '{farm}'") == 0


async def test_an_attempt_that_was_believed_dead_counts_no_piece_twice(
    door: Door, make: Make, stella: Actor, as_: As
) -> None:
    farm = await make.farm("TWICE")
    asked = await door.ask(stella, farm, "animals", "id\nA\n")
    counts, values = Counts(loaded=10), {"stage": {"mark": 1}}

    async def count() -> bool:
        async with as_(stella) as tx:
            return await etl_repository.checkpoint(tx.session, asked.id, 0, counts, values)

    assert [await count(), await count()] == [True, False]
    async with as_(stella) as tx:
        assert (await etl.get(tx, asked.id)).rows_loaded == 10
        await etl.cancel(tx, asked.id)


async def test_a_job_whose_start_cannot_be_noted_is_tried_again(
    door: Door, make: Make, stella: Actor, workers: Workers, urls: Urls
) -> None:
    farm = await make.farm("BLOCKED")
    asked = await door.ask(stella, farm, "animals", "id\nA\n")
    tried = (
        "SELECT count(*) FROM jobs.procrastinate_events WHERE type = 'deferred_for_retry' AND "
        f"job_id = (SELECT queue_id FROM app.job WHERE id = '{asked.job_id}')"
    )

    async def times() -> int:
        return one(urls, tried)

    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("REVOKE UPDATE ON app.job FROM agrigen_app")
        try:
            workers.start()
            await until(times, lambda found: found > 0)
        finally:
            owner.execute("GRANT UPDATE ON app.job TO agrigen_app")
    assert (await door.over(stella, asked.id)).state == "done"


async def test_entries_of_the_queue_that_ended_long_ago_are_deleted_and_their_jobs_kept(
    door: Door, make: Make, stella: Actor, workers: Workers, urls: Urls
) -> None:
    farm = await make.farm("OLD")
    workers.start()
    old = await door.bring(stella, farm, "animals", "id\nA\n")
    new = await door.bring(stella, farm, "animals", "id\nB\n")
    entry = "SELECT count(*) FROM jobs.procrastinate_jobs WHERE id = (SELECT queue_id FROM app.job"
    with psycopg.connect(urls.owner) as owner:
        owner.execute(
            "UPDATE jobs.procrastinate_events SET at = at - interval '31 days' WHERE job_id = "
            "(SELECT queue_id FROM app.job WHERE id = %s)",
            [old.job_id],
        )
    workers.stop()
    workers.start()

    async def left() -> int:
        return one(urls, f"{entry} WHERE id = '{old.job_id}')")

    await until(left, lambda found: found == 0, 240)
    assert one(urls, f"{entry} WHERE id = '{new.job_id}')") == 1
    assert (await door.over(stella, old.id)).job_id == old.job_id
