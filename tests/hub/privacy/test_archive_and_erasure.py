"""What is known about somebody is told to them whole, and goes whole when they want to go."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts, audit, privacy
from hub.actor import Credential
from hub.errors import Conflict, Gone, Invalid, Missing, SignInAgain
from hub.jobs import Run
from hub.jobs import repository as jobs_repository
from hub.jobs.run import Resources
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.privacy import STEPS, ErasureAsk, HoldWrite, Means, PersonalExportRead
from hub.privacy.packing import run_export
from hub.storage.dynamodb import TABLES as DYNAMODB
from hub.storage.dynamodb import Item, Store
from tests.database import As, Cluster, Make
from tests.hub.privacy.canaries import Person, settle, staying_words, told_words

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def database(urls: Urls) -> str:
    return str(make_url(urls.owner).database)


async def archive_of(person: Person, as_: As, means: Means) -> zipfile.ZipFile:
    """Ask, let the job run, and fetch."""
    async with as_(person.actor) as tx:
        asked = await privacy.ask_export(tx)
    done = await run(person, asked, as_, means)
    assert done.state == "done", done.error
    async with as_(person.actor) as tx:
        told, pieces = await privacy.take_export(tx, means.objects, asked.id)
    content = b"".join(pieces)
    assert hashlib.sha256(content).hexdigest() == told.sha256
    return zipfile.ZipFile(io.BytesIO(content))


async def run(
    person: Person, asked: PersonalExportRead, as_: As, means: Means
) -> PersonalExportRead:
    assert asked.job_id is not None
    async with as_(person.actor) as tx:
        attempt = await jobs_repository.start(tx.session, asked.job_id)
    resources = Resources(means.engine, means.objects, means.settings)
    await run_export(Run(asked.job_id, attempt or 1, person.actor, resources), asked.id)
    async with as_(person.actor) as tx:
        return await privacy.get_export(tx, asked.id)


async def hub_forgets(means: Means) -> list[str]:
    """JupyterHub's side; what it does there is tried with a real one."""
    gone: list[str] = []

    async def remove(username: str) -> None:
        gone.append(username)

    await privacy.of_hub(means.engine, means.sealer, remove)
    return gone


async def wish(person: Person, as_: As, days: float = 0) -> privacy.ErasureRead:
    async with as_(person.actor) as tx:
        return await privacy.ask_erasure(tx, ErasureAsk(username=person.actor.username), days)


def dump(cluster: Cluster, database: str) -> str:
    """Every row of every table, the queue's too, as text."""
    url = cluster.postgres.url("postgres", database)
    parts = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('app', 'jobs')"
        ).fetchall()
        for schema, table in tables:
            with connection.cursor().copy(f'COPY "{schema}"."{table}" TO STDOUT') as copy:
                parts += [f"{table}: {bytes(row).decode(errors='replace')}" for row in copy]
    return "".join(parts)


def scan(store: Store) -> str:
    found: list[Item] = [item for table in DYNAMODB for item in store._pages("scan", table, {})]
    return json.dumps(found, default=str)


def around(word: str, content: str, but: str) -> str:
    """Where a word stands, with what stands around it."""
    content = content.replace(but, "")
    place = content.find(word)
    return content[max(place - 200, 0) : place + 50] if place >= 0 else ""


def kept_files(folder: Path) -> str:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return "".join(f"{path.name}: {path.read_bytes().decode('latin-1')}" for path in paths)


# --- archives


async def test_an_archive_has_every_word_about_a_person_and_none_about_others(
    cluster: Cluster, database: str, make: Make, as_: As, means: Means
) -> None:
    """G18: coverage is that of the map, which is that of the catalogue (I7)."""
    fjord = await settle(cluster, database, make, as_, means, "fjord7")
    other = await settle(cluster, database, make, as_, means, "heath8")
    packed = await archive_of(fjord, as_, means)
    said = {name: packed.read(name).decode(errors="replace") for name in packed.namelist()}
    everything = "".join(said.values()) + "".join(said)
    assert {word for word in told_words(fjord) if word not in everything} == set()
    assert other.mark not in everything
    assert str(other.actor.person_id) not in everything
    assert "digest-fjord7" not in everything
    manifest = {one["name"]: one for one in json.loads(said["manifest.json"])}
    assert set(manifest) == set(said) - {"manifest.json", "README.txt"}
    for name, one in manifest.items():
        assert hashlib.sha256(packed.read(name)).hexdigest() == one["sha256"]
    assert json.loads(said["tables/person_address.json"])[0]["email"] == "fjord7@canary.example"


async def test_an_archive_is_fetched_once_by_its_person_within_a_day(
    cluster: Cluster, make: Make, as_: As, means: Means, owner_engine: AsyncEngine
) -> None:
    one = Person(await make.person("once", Role.FARMER), "once")
    thief = await make.person("thief", Role.ADMIN)
    async with as_(one.actor) as tx:
        asked = await privacy.ask_export(tx)
        with pytest.raises(Conflict):
            await privacy.ask_export(tx)
        with pytest.raises(Conflict):
            await privacy.take_export(tx, means.objects, asked.id)
    await run(one, asked, as_, means)
    async with as_(thief) as tx:
        with pytest.raises(Missing):
            await privacy.take_export(tx, means.objects, asked.id)
    async with as_(one.actor) as tx:
        told, pieces = await privacy.take_export(tx, means.objects, asked.id)
    assert len(b"".join(pieces)) == told.size
    assert not means.objects.has(told.sha256)
    async with as_(one.actor) as tx:
        with pytest.raises(Gone):
            await privacy.take_export(tx, means.objects, asked.id)
        again = await privacy.ask_export(tx)
    await run(one, again, as_, means)
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE app.personal_export SET expires_at = now()"))
    async with as_(one.actor) as tx:
        with pytest.raises(Gone):
            await privacy.take_export(tx, means.objects, again.id)


# --- wishes


async def test_a_wish_is_meant_waits_and_can_be_taken_back(
    make: Make, as_: As, means: Means
) -> None:
    one = Person(await make.person("waverer", Role.FARMER), "waverer")
    async with as_(one.actor) as tx:
        with pytest.raises(Invalid):
            await privacy.ask_erasure(tx, ErasureAsk(username="Waverer"), 7)
    asked = await wish(one, as_, days=7)
    assert 6.9 < (asked.due_at - datetime.now(UTC)).total_seconds() / 86_400 < 7.1
    with pytest.raises(Conflict):
        await wish(one, as_)
    assert await privacy.erase_due(means) == 0
    async with as_(one.actor) as tx:
        assert (await privacy.take_back_erasure(tx)).state == "taken_back"
    async with as_(one.actor) as tx:
        with pytest.raises(Conflict):
            await privacy.take_back_erasure(tx)
    again = await wish(one, as_, days=7)
    assert (again.state, again.id != asked.id) == ("waiting", True)


async def test_a_hold_stops_an_erasure_and_says_why(make: Make, as_: As, means: Means) -> None:
    held = Person(await make.person("held", Role.FARMER), "held")
    ada = await make.person("ada", Role.ADMIN)
    reason = "A court asked for what this account holds"
    await wish(held, as_)
    async with as_(ada) as tx:
        await privacy.hold(tx, held.actor.person_id, HoldWrite(reason=reason))
    assert await privacy.erase_due(means) == 0
    async with as_(held.actor) as tx:
        told = await privacy.get_erasure(tx)
        assert (told.state, told.hold) == ("waiting", reason)
        await privacy.take_back_erasure(tx)
    with pytest.raises(Conflict, match="A court asked"):
        await wish(held, as_)
    async with as_(ada) as tx:
        await privacy.end_hold(tx, held.actor.person_id)
    assert (await wish(held, as_, days=7)).hold == ""


async def test_the_last_administrator_cannot_be_erased(
    make: Make, as_: As, owner_engine: AsyncEngine
) -> None:
    """A hub that nobody may manage could not be handed over any more."""
    async with owner_engine.begin() as connection:
        nobody = text("UPDATE app.person SET disabled_at = now() WHERE roles @> '{admin}'")
        await connection.execute(nobody)
    last = Person(await make.person("last-one", Role.ADMIN), "last-one")
    with pytest.raises(Conflict, match="last administrator"):
        await wish(last, as_, days=7)
    await make.person("next-one", Role.ADMIN)
    assert (await wish(last, as_, days=7)).state == "waiting"


async def test_nobody_but_an_administrator_asks_for_others(make: Make, as_: As) -> None:
    """A2: neither by the service nor past it."""
    victim = await make.person("victim", Role.FARMER)
    stella = await make.person("stella", Role.STEWARD)
    for attacker in (await make.person("marc", Role.FARMER), stella):
        async with as_(attacker) as tx:
            with pytest.raises(Exception, match=r"people:manage|may not|There is no"):
                await privacy.ask_erasure(tx, ErasureAsk(username="victim"), 0, victim.person_id)
        with pytest.raises(Exception, match="row-level security"):
            async with as_(attacker) as tx:
                await tx.session.execute(
                    text(
                        "INSERT INTO app.erasure (id, person_id, asked_by, due_at) "
                        "VALUES (gen_random_uuid(), :victim, :me, now())"
                    ),
                    {"victim": victim.person_id, "me": attacker.person_id},
                )
    with pytest.raises(Exception, match="no such erasure is running"):
        async with as_(stella) as tx:
            await tx.session.execute(
                text(
                    "SELECT app.erase_rows(gen_random_uuid(), 'record', '{person_id}', '', true, "
                    "'{}', '{}', '{}')"
                )
            )


# --- erasure

_KILLED = """
import asyncio, os, signal, sys
from hub import privacy
from hub.privacy import Means
from hub.settings import Settings
from hub.storage.dynamodb import open_store
from hub.storage.objects import open_objects
from hub.storage.postgres import make_engine
from hub.storage.sealing import open_sealer

async def work(dies_at):
    def boundary(step):
        if step == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings()
    means = Means(make_engine(settings), open_store(settings), open_objects(settings),
                  open_sealer(settings), settings, boundary)
    async def forgotten(username):
        pass
    for _ in range(3):
        finished = await privacy.erase_due(means)
        await privacy.of_hub(means.engine, means.sealer, forgotten)
        if finished:
            return

for step in [*privacy.STEPS, ""]:
    child = os.fork()
    if child == 0:
        asyncio.run(work(step))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(step or "end", os.WTERMSIG(status) if os.WIFSIGNALED(status) else "done", flush=True)
"""


def work_and_die(means: Means) -> dict[str, str]:
    """Workers that are killed (-9) between doing each step and noting it, one after the other."""
    settings = means.settings
    environment = {
        **os.environ,
        "AGRIGEN_HOME": str(settings.home),
        "AGRIGEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "AGRIGEN_DYNAMODB_ENDPOINT": settings.dynamodb_endpoint,
        "AGRIGEN_DYNAMODB_PREFIX": settings.dynamodb_prefix,
    }
    done = subprocess.run(
        [sys.executable, "-c", _KILLED], cwd=CHECKOUT, env=environment, check=True, timeout=240,
        capture_output=True, text=True,
    )  # fmt: skip
    return dict(line.split() for line in done.stdout.splitlines())


async def science(owner: AsyncEngine) -> list[Any]:
    """Pedigree and breeding values, as anybody would compute with them."""
    statements = (
        "SELECT id, sire_id, dam_id, tag, farm_id FROM app.animal ORDER BY id",
        "SELECT * FROM app.breeding_value ORDER BY 1, 2, 3, 4",
        "SELECT id, animal_id, trait_code, value, recorded_on, person_id FROM app.record "
        "ORDER BY id",
        "SELECT id, content_hash, objects::text, farm_ids FROM app.dataset_version ORDER BY id",
        "SELECT id, result_hash, objects::text, published_at FROM app.evaluation ORDER BY id",
    )
    async with owner.connect() as connection:
        return [(await connection.execute(text(one))).all() for one in statements]


async def pedigree_of(make: Make, owner: AsyncEngine, farm: UUID) -> None:
    """Parents, young, and a breeding value of each, on a farm."""
    sire = await make.animal(farm, "S", sex="M")
    dam = await make.animal(farm, "D", sex="F")
    young = [await make.animal(farm, f"L{n}", sire_id=sire, dam_id=dam) for n in range(3)]
    await make.record(farm, young[0], "birth_weight", 4.2)
    async with owner.begin() as connection:
        evaluation = (await connection.execute(text("SELECT id FROM app.evaluation"))).scalar()
        for animal in young:
            await connection.execute(
                text(
                    "INSERT INTO app.breeding_value (evaluation_id, trait_code, effect, "
                    "animal_id, farm_id, value, inbreeding, records, percentile) VALUES "
                    "(:evaluation, 'birth_weight', 'direct', :animal, :farm, 0.5, 0, 1, 50)"
                ),
                {"evaluation": evaluation, "animal": animal, "farm": farm},
            )


async def test_an_erasure_survives_every_kill_and_leaves_no_trace(
    cluster: Cluster, database: str, make: Make, as_: As, means: Means, owner_engine: AsyncEngine
) -> None:
    """G18: canaries in 0 places: PostgreSQL, items, objects, letters, logs; science as it was."""
    gone = await settle(cluster, database, make, as_, means, "lagoon3")
    stays = await settle(cluster, database, make, as_, means, "meadow4")
    await pedigree_of(make, owner_engine, gone.farm)
    home = means.settings.home
    line = f'{{"msg": "200 GET /hub/api/users/{gone.actor.username}", "who": "Name lagoon3"}}\n'
    for folder, name, content in (
        ("logs", "hub.log", line * 3 + "user-meadow4 and user-lagoon3s stay\n"),
        ("mail", "1.eml", "To: lagoon3@canary.example\n"),
        ("mail", "2.eml", "To: meadow4@canary.example\n"),
    ):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / name).write_text(content)
    size = (home / "logs" / "hub.log").stat().st_size
    await audit.seal_all(means.engine, means.sealer)
    before, kept_before = await science(owner_engine), told_words(stays)
    await wish(gone, as_)

    died = work_and_die(means)
    assert died == {**dict.fromkeys(STEPS, str(int(signal.SIGKILL))), "end": "done"}

    stored = dump(cluster, database)
    left = stored + scan(means.store) + kept_files(home)
    assert [seen for word in gone.words if (seen := around(word, left, but="user-lagoon3s"))] == []
    found = {one for one in left.replace("\n", " ").replace('"', " ").split() if "lagoon3." in one}
    assert {one.strip("{},\t") for one in found} <= staying_words(gone)
    assert {word for word in kept_before if word not in left} <= {"meadow4@canary.example"}
    assert "To: meadow4" in left
    assert (home / "logs" / "hub.log").stat().st_size == size
    assert await science(owner_engine) == before
    assert (await audit.verify(means.engine, means.settings)).sound

    async with as_(gone.actor) as tx:  # only work inside the hub still begins as this number
        done = await privacy.get_erasure(tx)
    assert done.state == "done"
    assert set(done.steps) >= set(STEPS)
    assert done.certificate["person"] == str(gone.actor.person_id)
    assert "evaluation" in done.certificate["kept"]


async def test_whoever_is_erased_is_let_out_at_once_and_the_name_is_free(
    make: Make, as_: As, means: Means, engine: AsyncEngine
) -> None:
    one = Person(await make.person("leaver", Role.FARMER), "leaver")
    await wish(one, as_)
    assert await privacy.erase_due(means) == 0  # it waits for JupyterHub
    browser = replace(one.actor, credential=Credential.BROWSER, session_id="some session")
    with pytest.raises(SignInAgain):
        async with as_(browser):
            pass
    assert await hub_forgets(means) == ["leaver"]
    assert await privacy.erase_due(means) == 1
    again = await accounts.identify(
        engine, username="leaver", name="Somebody else", roles=frozenset({Role.FARMER}),
        permissions=frozenset(), request_id="test",
    )  # fmt: skip
    assert again.person_id != one.actor.person_id
