"""Nobody changes the audit log unseen: every way of trying is named with its row (H5)."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub import audit
from hub.actor import Actor
from hub.audit import AuditQuery, VerificationRead, anchors
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.base import new_id
from hub.storage.postgres import make_engine, sqlalchemy_url
from hub.storage.sealing import open_sealer
from hub.storage.transaction import begin
from tests.database import Cluster, Make

EVENTS = 12


@dataclass
class Log:
    """A database of its own with a sealed and anchored log of twelve events."""

    engine: AsyncEngine
    owner: AsyncEngine
    settings: Settings
    actor: Actor
    ids: list[UUID] = field(default_factory=list)

    async def write(self, count: int = 1, **details: str) -> None:
        async with begin(self.engine, self.actor) as tx:
            for number in range(count):
                await audit.write(tx, "tests:act", subject_id=new_id(), number=number, **details)

    async def seal(self, *, anchor: bool = True) -> int:
        seq, head = await audit.seal_all(self.engine, open_sealer(self.settings), batch=5)
        if anchor:
            anchors.add(anchors.place(self.settings), seq, head)
        return seq

    async def verify(self) -> VerificationRead:
        return await audit.verify(self.engine, self.settings)

    async def tamper(self, *statements: str, **values: object) -> None:
        """As somebody who owns the database and switched the triggers off."""
        async with self.owner.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                await connection.execute(text(statement), values)


@pytest_asyncio.fixture(loop_scope="session")
async def log(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Log]:
    name = cluster.clone()
    engine = make_engine(Settings(), cluster.urls(name).app)
    owner = create_async_engine(sqlalchemy_url(cluster.postgres.url("postgres", name)))
    actor = await Make(owner).person("ada", Role.ADMIN)
    log = Log(engine, owner, Settings(home=tmp_path), actor)
    await log.write(EVENTS)
    await log.seal()
    async with owner.connect() as connection:
        rows = await connection.execute(text("SELECT event_id FROM app.audit_link ORDER BY seq"))
        log.ids = list(rows.scalars())
    yield log
    await engine.dispose()
    await owner.dispose()
    cluster.drop(name)


def only(found: VerificationRead) -> tuple[str, int | None, UUID | None]:
    assert not found.sound
    assert len(found.findings) == 1, found.findings
    return found.findings[0].what, found.findings[0].place, found.findings[0].event_id


async def test_a_log_that_nobody_changed_is_sound(log: Log) -> None:
    await log.write(3)
    found = await log.verify()
    assert found.sound
    assert (found.events, found.waiting, found.anchors) == (EVENTS, 3, 1)
    await log.seal()
    found = await log.verify()
    assert (found.sound, found.events, found.waiting) == (True, EVENTS + 3, 0)


@pytest.mark.parametrize(
    "change",
    [
        "details = details || '{\"number\": 99}'",
        "at = at + interval '1 second'",
        "person_id = gen_random_uuid()",
        "action = action || ' '",
        "subject_id = NULL",
        "farm_id = gen_random_uuid()",
        "request_id = 'another'",
    ],
)
async def test_a_changed_value_is_found_in_its_row(log: Log, change: str) -> None:
    await log.tamper(f"UPDATE app.audit_event SET {change} WHERE id = :id", id=log.ids[6])
    assert only(await log.verify()) == (
        "the event, or its place in the log, was changed", 7, log.ids[6]
    )  # fmt: skip


async def test_a_single_flipped_bit_of_a_hash_is_found(log: Log) -> None:
    flip = "UPDATE app.audit_link SET hash = set_bit(hash, 77, 1 - get_bit(hash, 77)) WHERE seq = 4"
    await log.tamper(flip)
    found = await log.verify()
    assert found.findings[0].place == 4  # and the next, whose hash covers this one
    assert {one.place for one in found.findings} <= {4, 5}


async def test_a_deleted_event_is_missed(log: Log) -> None:
    await log.tamper("DELETE FROM app.audit_event WHERE id = :id", id=log.ids[2])
    assert only(await log.verify()) == ("the event is missing", 3, log.ids[2])


async def test_an_event_that_was_deleted_with_its_link_is_missed(log: Log) -> None:
    await log.tamper(
        "DELETE FROM app.audit_event WHERE id = :id",
        "DELETE FROM app.audit_link WHERE event_id = :id",
        id=log.ids[2],
    )
    found = await log.verify()
    assert found.findings[0].what == "a link is missing"
    assert found.findings[0].place == 3


async def test_events_that_changed_places_are_found(log: Log) -> None:
    await log.tamper(
        "UPDATE app.audit_link SET event_id = gen_random_uuid() WHERE seq = 3",
        "UPDATE app.audit_link SET event_id = :third WHERE seq = 8",
        "UPDATE app.audit_link SET event_id = :eighth WHERE seq = 3",
        third=log.ids[2],
        eighth=log.ids[7],
    )
    found = await log.verify()
    assert [one.place for one in found.findings] == [3, 8]


async def test_an_end_that_was_cut_off_is_missed(log: Log) -> None:
    await log.tamper(
        "DELETE FROM app.audit_event WHERE id IN "
        "(SELECT event_id FROM app.audit_link WHERE seq > 9)",
        "DELETE FROM app.audit_link WHERE seq > 9",
    )
    what, place, _ = only(await log.verify())
    assert what == "the end of the log is missing: it had at least 12 events"
    assert place == 10


async def test_a_log_that_was_emptied_is_missed(log: Log) -> None:
    await log.tamper(
        "DELETE FROM app.audit_event", "DELETE FROM app.audit_link", "DELETE FROM app.audit_chain"
    )
    await log.write(2)
    await log.seal(anchor=False)
    assert not (await log.verify()).sound


async def test_an_event_put_in_between_is_found(log: Log) -> None:
    new = new_id()
    copy = (
        "INSERT INTO app.audit_event (id, at, person_id, action, request_id, details) "
        "SELECT CAST(:new AS uuid), at, person_id, action, request_id, details "
        "FROM app.audit_event WHERE id = :id"
    )
    await log.tamper(copy, new=new, id=log.ids[5])
    assert only(await log.verify()) == ("the event was put in past the log", None, new)


async def test_an_event_of_yesterday_written_today_is_found(log: Log) -> None:
    """The application may insert, so it can lie about the time; the chain knows better."""
    old = (
        "INSERT INTO app.audit_event (id, at, person_id, action, request_id, details) "
        f"VALUES ('{new_id()}', now() - interval '1 day', '{log.actor.person_id}', 'x', '', '{{}}')"
    )
    async with begin(log.engine, log.actor) as tx:
        await tx.session.execute(text(old))
    await log.seal()
    what, place, _ = only(await log.verify())
    assert (what, place) == ("the event was put in later than it says", EVENTS + 1)


async def test_whoever_has_only_the_database_cannot_chain_anew(log: Log) -> None:
    """The key is sealed with one that the database does not have."""
    async with log.owner.connect() as connection:
        sealed = (await connection.execute(text("SELECT sealed_key FROM app.audit_chain"))).scalar()
    other = Settings(home=log.settings.home / "another")
    await log.tamper("DELETE FROM app.audit_link", "DELETE FROM app.audit_chain")
    await log.tamper(
        "INSERT INTO app.audit_pending SELECT id FROM app.audit_event ON CONFLICT DO NOTHING"
    )
    await audit.seal_all(log.engine, open_sealer(other))
    await log.tamper("UPDATE app.audit_chain SET sealed_key = :sealed", sealed=sealed)
    assert len((await log.verify()).findings) >= EVENTS


async def test_erasing_somebody_keeps_the_log_valid_and_takes_what_is_personal(log: Log) -> None:
    """G18: the canary is nowhere readable afterwards, and the chain is whole."""
    await log.write(email="canary@example.org", address="203.0.113.7")
    await log.seal()
    async with begin(log.engine, log.actor) as tx:
        newest = (await audit.search(tx, AuditQuery(limit=1))).items[0]
        assert newest.details["email"] == "canary@example.org"
        await audit.destroy_subject_key(tx, log.actor.person_id)
    async with begin(log.engine, log.actor) as tx:
        newest = (await audit.search(tx, AuditQuery(limit=1))).items[0]
        assert newest.details == {"number": 0, "erased": True}
        assert await audit.subject_key(tx, log.actor.person_id) is None
    async with log.owner.connect() as connection:
        rows = await connection.execute(text("SELECT details::text FROM app.audit_event"))
        assert not any("canary" in row for row in rows.scalars())
    await log.write(email="later@example.org")  # nothing personal of somebody erased is kept
    await log.seal()
    assert (await log.verify()).sound


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.audit_event SET action = 'x'",
        "DELETE FROM app.audit_event",
        "TRUNCATE app.audit_event",
        "UPDATE app.audit_link SET hash = ''",
        "DELETE FROM app.audit_link",
        "INSERT INTO app.audit_link VALUES (99, gen_random_uuid(), 1, '')",
        "SELECT sealed_key FROM app.audit_chain",
        "SELECT key FROM app.audit_subject_key",
        "DELETE FROM app.audit_pending",
        "ALTER TABLE app.audit_event DISABLE TRIGGER ALL",
        "SELECT app.audit_digest(e) FROM app.audit_event e",
    ],
)
async def test_the_application_cannot_change_the_log(log: Log, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with begin(log.engine, log.actor) as tx:
            await tx.session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE app.audit_event SET action = 'x'", "DELETE FROM app.audit_event",
     "TRUNCATE app.audit_event", "TRUNCATE app.audit_link"],
)  # fmt: skip
async def test_nor_does_its_owner_by_mistake(log: Log, statement: str) -> None:
    with pytest.raises(DBAPIError, match="is only ever added to"):
        async with log.owner.begin() as connection:
            await connection.execute(text(statement))


async def test_writers_do_not_wait_for_each_other_nor_for_the_sealer(log: Log) -> None:
    """Two open transactions that wrote, a third that commits, and a sealer in between."""
    async with begin(log.engine, log.actor) as slow:
        await audit.write(slow, "tests:slow")
        async with begin(log.engine, log.actor) as other:
            await audit.write(other, "tests:other")
        assert await log.seal() == EVENTS + 1
    assert await log.seal() == EVENTS + 2
    assert (await log.verify()).sound


async def test_two_sealers_make_one_chain(log: Log) -> None:
    await log.write(40)
    sealer = open_sealer(log.settings)
    ends = await asyncio.gather(*(audit.seal_all(log.engine, sealer, batch=3) for _ in range(4)))
    assert max(seq for seq, _ in ends) == EVENTS + 40
    assert (await log.verify()).sound


async def test_a_new_sealing_key_seals_the_key_of_the_chain_anew(log: Log) -> None:
    """K6: after the next sealing the old key can go."""
    old = (log.settings.home / "secrets" / "sealing").read_text().strip()
    both = Settings(home=log.settings.home, sealing_keys=["ab" * 32, old])
    await log.write()
    await audit.seal_all(log.engine, open_sealer(both))
    only_new = Settings(home=log.settings.home, sealing_keys=["ab" * 32])
    assert (await audit.verify(log.engine, only_new)).sound


def test_a_line_of_anchors_that_was_torn_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "audit" / "anchors.jsonl"
    anchors.add(path, 3, b"\x01" * 32)
    with path.open("a") as file:
        file.write(json.dumps({"count": 5, "head": "00"})[:-4])
    assert anchors.read(path) == {3: b"\x01" * 32}
