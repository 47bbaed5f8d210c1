"""Watched places: each file is taken once, nothing leads out of a folder, databases are asked."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import etl, genotypes, jobs
from hub.actor import Actor
from hub.errors import Conflict, Denied, Invalid, Missing
from hub.etl import watching
from hub.etl.watching import (
    SourceCreate,
    SourceFilesQuery,
    SourceRead,
    SourcesQuery,
    SourceUpdate,
    taking,
)
from hub.etl.watching.folder import Folder
from hub.jobs.run import Resources, Run, Stopped
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import CHECKOUT, Door, Workers, until

FLOCK = "id,sex,birth_date\nR1,M,2018-03-01\nE1,F,2018-03-05\n"


class Watch:
    """What a steward does with sources, in front of a real worker."""

    def __init__(self, as_: As, settings: Settings, door: Door, urls: Urls) -> None:
        self.as_, self.settings, self.door, self.urls = as_, settings, door, urls
        self.root = settings.sources_location

    async def create(self, actor: Actor, farm_id: UUID, name: str, **values: Any) -> SourceRead:
        given = {"kind": "animals", "place": f"folder:{name}", "pattern": "*.csv", **values}
        new = SourceCreate(farm_id=farm_id, name=name, **given)
        (self.root / name).mkdir(exist_ok=True)
        async with self.as_(actor) as tx:
            return await watching.create(tx, self.settings, new)

    async def run(self, actor: Actor, source: SourceRead) -> SourceRead:
        async with self.as_(actor) as tx:
            asked = await watching.run_now(tx, source.id)
        return await self.over(actor, asked)

    async def over(self, actor: Actor, source: SourceRead) -> SourceRead:
        assert source.job_id
        await self.door.job_over(actor, source.job_id)
        return await self.get(actor, source)

    async def get(self, actor: Actor, source: SourceRead) -> SourceRead:
        async with self.as_(actor) as tx:
            return await watching.get(tx, source.id)

    async def change(self, actor: Actor, source: SourceRead, **values: Any) -> SourceRead:
        async with self.as_(actor) as tx:
            changed = SourceUpdate(**values)
            return await watching.change(tx, self.settings, source.id, changed)

    async def files(self, actor: Actor, source: SourceRead) -> dict[str, list[Any]]:
        """States of every version of a file, oldest first."""
        async with self.as_(actor) as tx:
            page = await watching.files(tx, source.id, SourceFilesQuery(limit=1000))
        found: dict[str, list[Any]] = {}
        for one in reversed(page.items):
            found.setdefault(one.key, []).append(one)
        return found

    def set_due(self, source: SourceRead) -> None:
        statement = "UPDATE app.import_source SET next_run_at = now() - interval '1 min' "
        with psycopg.connect(self.urls.owner) as connection:
            connection.execute(statement + "WHERE id = %s", [source.id])


@pytest.fixture(scope="module")
def settings(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("sources")
    shed = sqlite3.connect(folder / "shed.sqlite")
    shed.execute("CREATE TABLE weights (animal, day, kg)")
    shed.execute("INSERT INTO weights VALUES ('W1', '2020-06-20', 31.5)")
    shed.commit()
    shed.close()
    (folder / "incoming").mkdir()
    return Settings(
        sources_folder=str(folder / "incoming"),
        sources_settle_seconds=0,
        sources_most_files=20,
        sources_databases={"shed": f"sqlite:///{folder}/shed.sqlite", "lab": urls.app},
    )


@pytest.fixture(scope="module")
def watch(as_: As, settings: Settings, door: Door, workers: Workers, urls: Urls) -> Watch:
    databases = {n: u.get_secret_value() for n, u in settings.sources_databases.items()}
    workers.environment |= {
        "AGRIGEN_SOURCES_FOLDER": settings.sources_folder,
        "AGRIGEN_SOURCES_SETTLE_SECONDS": "0",
        "AGRIGEN_SOURCES_MOST_FILES": "20",
        "AGRIGEN_SOURCES_DATABASES": json.dumps(databases),
    }
    workers.start()
    return Watch(as_, settings, door, urls)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make) -> UUID:
    return await make.farm("HILL")


async def test_a_file_is_taken_once_and_a_changed_one_again(
    watch: Watch, door: Door, stella: Actor, hill: UUID
) -> None:
    source = await watch.create(stella, hill, "drop")
    place = watch.root / "drop"
    (place / "flock.csv").write_text(FLOCK)
    (place / "flock.csv.part").write_text("half")
    (place / "notes.txt").write_text("not asked for")
    ran = await watch.run(stella, source)
    assert not ran.error
    assert (ran.last_counts["taken"], ran.last_counts["found"]) == (1, 1)
    [taken] = (await watch.files(stella, source))["flock.csv"]
    done = await door.over(stella, taken.import_id)
    assert (done.state, done.rows_loaded, done.source_id) == ("done", 2, source.id)

    again = await watch.run(stella, source)
    assert again.last_counts["taken"] == 0
    (place / "flock.csv").touch()
    touched = await watch.run(stella, source)
    assert (touched.last_counts["taken"], touched.last_counts["unchanged"]) == (0, 1)
    (place / "flock.csv").write_text(FLOCK + "E2,F,2018-03-09\n")
    changed = await watch.run(stella, source)
    assert changed.last_counts["taken"] == 1
    states = [one.state for one in (await watch.files(stella, source))["flock.csv"]]
    assert states == ["taken", "unchanged", "taken"]


async def test_links_and_other_things_lead_nowhere(
    watch: Watch, stella: Actor, hill: UUID, tmp_path: Path
) -> None:
    source = await watch.create(stella, hill, "links", pattern="**/*.csv")
    place = watch.root / "links"
    secret = tmp_path / "secret.csv"
    secret.write_text(FLOCK)
    (place / "link.csv").symlink_to(secret)
    (place / "linked").symlink_to(tmp_path)
    (place / "hard.csv").hardlink_to(secret)
    os.mkfifo(place / "pipe.csv")
    ran = await watch.run(stella, source)
    found = await watch.files(stella, source)
    assert list(found) == ["hard.csv"]
    assert found["hard.csv"][0].state == "refused"
    assert "second name" in found["hard.csv"][0].note
    assert ran.last_counts["taken"] == 0

    (watch.root / "elsewhere").symlink_to(tmp_path)
    outside = await watch.change(stella, source, place="folder:elsewhere")
    failed = await watch.run(stella, outside)
    assert "is a link" in failed.error
    assert str(tmp_path) not in failed.error


@pytest.mark.parametrize(
    "place",
    [
        "folder:..", "folder:../other", "folder:hill/../../etc", "folder:/etc", "folder:.hidden",
        "folder:hill//x", "folder:a/b/c/d/e/f/g", "folder: ", "s3://somebody-elses/bucket",
        "database:unknown",
    ],
)  # fmt: skip
async def test_places_that_the_operator_did_not_name_are_refused(
    watch: Watch, stella: Actor, hill: UUID, place: str
) -> None:
    query = "SELECT 1" if place.startswith("database:") else ""
    with pytest.raises((Invalid, ValueError)):
        await watch_create(watch, stella, hill, place, query)


async def watch_create(watch: Watch, actor: Actor, farm: UUID, place: str, query: str) -> None:
    new = SourceCreate(farm_id=farm, name=place, kind="animals", place=place, query=query)
    async with watch.as_(actor) as tx:
        await watching.create(tx, watch.settings, new)


async def test_a_file_whose_copy_was_cut_off_by_a_stop_is_not_refused(
    stella: Actor, engine: AsyncEngine, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "flock.csv").write_text(FLOCK)
    folder = Folder(tmp_path, "in", settle=0, most_bytes=1000)
    run = Run(new_id(), 1, stella, Resources(engine, FolderObjects(tmp_path / "objects")))
    run.stop()
    with pytest.raises(Stopped):
        taking._copy(run, folder, folder.look("*"))


async def test_files_of_genotypes_that_belong_together_become_a_set(
    watch: Watch, door: Door, stella: Actor, hill: UUID
) -> None:
    source = await watch.create(stella, hill, "chips", pattern="*")
    place = watch.root / "chips"
    (place / "lambs.ped").write_text("1 L1 0 0 1 0 A A A G\n1 L2 0 0 2 0 A G G G\n")
    first = await watch.run(stella, source)
    assert (first.last_counts["waiting"], first.last_counts["taken"]) == (1, 0)
    [waits] = (await watch.files(stella, source))["lambs.ped"]
    assert waits.note == "It waits for lambs.map."
    (place / "lambs.map").write_text("1 s1 0 100\n1 s2 0 200\n")
    second = await watch.run(stella, source)
    assert (second.last_counts["waiting"], second.last_counts["taken"]) == (0, 2)
    files = await watch.files(stella, source)
    [one] = {found[-1].genotype_set_id for found in files.values()}

    async def look() -> Any:
        async with watch.as_(stella) as tx:
            return await genotypes.get(tx, one)

    made = await until(look, lambda found: found.state in jobs.FINAL)
    assert (made.state, made.counts.get("samples")) == ("done", 2), made.error


async def test_a_question_to_a_database_becomes_an_import_when_its_answer_is_new(
    watch: Watch, door: Door, stella: Actor, hill: UUID
) -> None:
    query = "SELECT animal AS id, 'F' AS sex FROM weights"
    source = await watch.create(
        stella, hill, "shed", place="database:shed", pattern="*", query=query
    )
    ran = await watch.run(stella, source)
    assert (ran.error, ran.last_counts["taken"]) == ("", 1)
    again = await watch.run(stella, source)
    assert (again.last_counts["taken"], again.last_counts["unchanged"]) == (0, 1)
    [taken] = (await watch.files(stella, source))["shed.parquet"]
    assert (await door.over(stella, taken.import_id)).rows_loaded == 1


async def test_a_postgresql_role_is_asked_in_a_transaction_that_cannot_write(
    watch: Watch, stella: Actor, hill: UUID
) -> None:
    source = await watch.create(
        stella, hill, "lab", place="database:lab", pattern="*",
        query="SELECT 'P' || n AS id, date '2020-01-01' + n AS birth_date "
        "FROM generate_series(1, 3) n",
    )  # fmt: skip
    assert (await watch.run(stella, source)).last_counts["taken"] == 1
    wrong = await watch.change(stella, source, query="SELECT nothing_such FROM somewhere")
    failed = await watch.run(stella, wrong)
    assert "refuses the query" in failed.error
    assert failed.failures == 1
    mended = await watch.change(stella, source, query="SELECT 'P9' AS id")
    assert (await watch.run(stella, mended)).failures == 0


async def test_what_is_due_runs_once_and_a_failure_is_tried_again_later(
    watch: Watch, stella: Actor, hill: UUID, engine: AsyncEngine
) -> None:
    source = await watch.create(stella, hill, "timed", schedule="0 4 * * *", timezone="Asia/Tokyo")
    assert source.next_run_at
    assert source.next_run_at.astimezone(UTC).hour == 19
    assert await watching.hand_out(engine) == 0
    watch.set_due(source)
    assert [await watching.hand_out(engine) for _ in range(3)] == [1, 0, 0]
    first = await watch.over(stella, await watch.get(stella, source))
    assert first.last_run_at
    assert first.next_run_at == source.next_run_at

    shutil.rmtree(watch.root / "timed")
    watch.set_due(source)
    await watching.hand_out(engine)
    failed = await watch.over(stella, await watch.get(stella, source))
    assert (failed.failures, "is not there" in failed.error) == (1, True)
    assert failed.next_run_at
    assert failed.next_run_at < datetime.now(UTC) + timedelta(minutes=2)

    paused = await watch.change(stella, source, enabled=False)
    assert paused.next_run_at is None
    watch.set_due(source)
    assert await watching.hand_out(engine) == 0


async def test_a_source_that_cannot_be_queued_says_why_and_gives_way_to_others(
    watch: Watch, stella: Actor, hill: UUID, engine: AsyncEngine, urls: Urls
) -> None:
    source = await watch.create(stella, hill, "stuck", schedule="0 4 * * *")
    with psycopg.connect(urls.owner) as connection:
        statement = "UPDATE app.import_source SET job_id = %s WHERE id = %s"
        connection.execute(statement, [new_id(), source.id])
    watch.set_due(source)
    assert await watching.hand_out(engine) == 0
    seen = await watch.get(stella, source)
    assert (seen.failures, "no such job" in seen.error) == (1, True)
    assert seen.next_run_at
    assert seen.next_run_at > datetime.now(UTC)


async def test_a_source_of_somebody_who_left_is_paused_and_says_so(
    watch: Watch, make: Make, stella: Actor, hill: UUID, engine: AsyncEngine, urls: Urls
) -> None:
    leaver = await make.person("leaver", Role.STEWARD)
    source = await watch.create(leaver, hill, "left", schedule="* * * * *")
    watch.set_due(source)
    with psycopg.connect(urls.owner) as connection:
        statement = "UPDATE app.person SET roles = '{farmer}' WHERE id = %s"
        connection.execute(statement, [leaver.person_id])
    assert await watching.hand_out(engine) == 0
    seen = await watch.get(stella, source)
    assert (seen.enabled, "no steward" in seen.error) == (False, True)


async def test_only_stewards_see_and_make_sources(
    watch: Watch, make: Make, stella: Actor, hill: UUID
) -> None:
    fiona = await make.person("fiona", Role.FARMER)
    await make.member(hill, fiona, "owner")
    source = await watch.create(stella, hill, "mine")
    with pytest.raises(Denied):
        await watch.create(fiona, hill, "hers")
    with pytest.raises(Denied):
        await watch.get(fiona, source)
    stranger = await make.person("stranger", Role.FARMER)
    with psycopg.connect(watch.urls.app) as connection:
        connection.execute(
            "SELECT set_config('app.person_id', %s, false)", [str(stranger.person_id)]
        )
        for table in ("import_source", "import_source_file"):
            assert connection.execute(f"SELECT count(*) FROM app.{table}").fetchone() == (0,)
    other = await make.person("other", Role.STEWARD)
    with pytest.raises(Conflict, match="in the name of who set it up"):
        await watch.run(other, source)


async def test_a_source_is_set_up_and_run_from_the_command_line(
    watch: Watch, workers: Workers, stella: Actor, hill: UUID
) -> None:
    (watch.root / "typed").mkdir()
    (watch.root / "typed" / "a.csv").write_text("id\nT1\n")
    environment = {**workers.environment, "AGRIGEN_MIGRATION_URL": watch.urls.owner}

    async def say(*words: str) -> str:
        command = [sys.executable, "-m", "hub", "source", *words, "--as", "stella"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=CHECKOUT, env=environment, capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "folder:typed" in await say("places")
    place = ("--kind", "animals", "--place", "folder:typed", "--schedule", "0 3 * * *")
    assert "folder:typed" in await say("add", "typed", "--farm", "HILL", *place)
    assert "1 files found, 1 taken" in await say("run", "typed")
    assert "taken      a.csv" in await say("files", "typed")
    assert "paused" in await say("pause", "typed")
    assert "watched no longer" in await say("remove", "typed")


async def test_a_source_is_removed_and_what_it_imported_stays(
    watch: Watch, stella: Actor, hill: UUID, door: Door
) -> None:
    source = await watch.create(stella, hill, "gone")
    with pytest.raises(Conflict, match="name already"):
        await watch.create(stella, hill, "gone")
    (watch.root / "gone" / "a.csv").write_text("id\nG1\n")
    await watch.run(stella, source)
    [taken] = (await watch.files(stella, source))["a.csv"]
    async with watch.as_(stella) as tx:
        await watching.remove(tx, source.id)
    with pytest.raises(Missing):
        await watch.get(stella, source)
    assert (await door.over(stella, taken.import_id)).state == "done"
    async with watch.as_(stella) as tx:
        page = await watching.search(tx, SourcesQuery(farm_id=hill, limit=1000))
        assert source.id not in {one.id for one in page.items}
        assert (await etl.get(tx, taken.import_id)).source_id == source.id
