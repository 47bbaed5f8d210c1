"""Sign-in sessions: begun, in use, ended, too many, too old, and of no use to a thief."""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import sessions
from hub.actor import Actor, Credential
from hub.chat import repository, upkeep
from hub.errors import Denied, SignInAgain, Unavailable
from hub.permissions import Role
from hub.sessions import Ended, devices, ledger
from hub.settings import Settings
from hub.storage.dynamodb import MESSAGES, SESSIONS, Store, key
from hub.storage.transaction import begin
from tests.database import As, Make
from tests.hub.sessions.conftest import FIREFOX, PHONE, SignIn

HOUR = timedelta(hours=1)


def signed_in(actor: Actor, digest: str) -> Actor:
    return replace(actor, session_id=digest, credential=Credential.BROWSER)


# --- begun and kept


async def test_a_session_is_stored_without_its_id(
    store: Store, sign_in: SignIn, username: str
) -> None:
    """B1: only a digest is kept, so whoever reads the store cannot use a session."""
    made = await sign_in(username, "secret-id", address="192.0.2.7")
    assert (made.device, made.address, made.method) == (
        "Firefox on Windows", "192.0.2.7", "password",
    )  # fmt: skip
    [item] = store.query(SESSIONS, key(username))
    assert "secret-id" not in str(item)
    assert made.id == sessions.digest_of("secret-id")


async def test_sessions_of_others_are_neither_listed_nor_found(
    store: Store, sign_in: SignIn, username: str
) -> None:
    made = await sign_in(username, "mine")
    assert await sessions.list_for(store, "somebody else") == []
    assert await sessions.find(store, "somebody else", made.id) is None


async def test_a_proof_after_the_sign_in_raises_the_level_and_never_lowers_it(
    store: Store, sign_in: SignIn, username: str, now: datetime
) -> None:
    await sign_in(username, "s", now=now - HOUR)
    first = await sessions.proved(store, username, "s", level=2, methods=["otp"], now=now)
    assert first is not None
    assert (first.level, first.methods, first.proved_at) == (
        2, {"pwd", "otp"}, pytest.approx(now, abs=timedelta(milliseconds=1)),
    )  # fmt: skip
    again = await sessions.proved(store, username, "s", level=1, methods=["pwd"])
    assert again is not None and again.level == 2
    assert await sessions.proved(store, username, "unknown", level=2, methods=["otp"]) is None


async def test_a_proof_of_an_hour_ago_is_no_recent_one(sign_in: SignIn, username: str) -> None:
    """A18: an institution remembers people; what counts is when they proved who they are."""
    at = datetime.now().astimezone() - HOUR
    made = await sign_in(username, "s", issuer="https://id.example", at=at)
    assert made.proved_at == pytest.approx(at, abs=timedelta(milliseconds=1))
    assert made.method == "institution"


# --- how long


@pytest.mark.parametrize(
    ("roles", "agent", "idle", "absolute"),
    [
        (["admin"], FIREFOX, timedelta(minutes=30), timedelta(days=1)),
        (["researcher"], FIREFOX, timedelta(hours=12), timedelta(days=30)),
        (["farmer"], PHONE, timedelta(days=30), timedelta(days=180)),
        (["farmer", "admin"], PHONE, timedelta(minutes=30), timedelta(days=1)),
    ],
)
async def test_a_session_nobody_uses_ends_and_so_does_one_in_daily_use(
    store: Store, engine: AsyncEngine, sign_in: SignIn, username: str, now: datetime,
    roles: list[str], agent: str, idle: timedelta, absolute: timedelta,
) -> None:  # fmt: skip
    """B3, B4: idle and absolute ends, by role and kind of device."""
    made = await sign_in(username, "s", roles=roles, agent=agent, now=now)
    second = timedelta(seconds=2)
    assert await sessions.find(store, username, made.id, now=now + idle - second)
    assert await sessions.find(store, username, made.id, now=now + idle + second) is None
    moment = now
    while moment + idle * 0.9 < now + absolute:
        moment += idle * 0.9
        used = await sessions.seen(
            store, engine, Settings(), username, made.id, address="192.0.2.7", now=moment
        )
        assert used is not None
    assert await sessions.find(store, username, made.id, now=now + absolute - second)
    assert await sessions.find(store, username, made.id, now=now + absolute + second) is None
    assert await sessions.list_for(store, username, now=now + absolute + second) == []


async def test_what_is_past_its_time_is_not_listed_although_it_is_still_stored(
    store: Store, sign_in: SignIn, username: str
) -> None:
    old, new = await sign_in(username, "old"), await sign_in(username, "new")
    past = int(time.time()) - 1
    store.update(SESSIONS, key(username), old.id, "SET #ttl = :ttl", "", ttl=past)
    assert [one.id for one in await sessions.list_for(store, username)] == [new.id]
    assert await sessions.find(store, username, old.id) is None
    assert store.sweep(SESSIONS, time.time()) >= 1
    assert len(await sessions.list_for(store, username)) == 1


async def test_upkeep_tidies_what_is_left_behind(
    store: Store, sign_in: SignIn, username: str
) -> None:
    made = await sign_in(username, "old")
    past = int(time.time()) - 1
    store.update(SESSIONS, key(username), made.id, "SET #ttl = :ttl", "", ttl=past)
    owner = str(uuid4())
    conversation = repository.create(store, owner, None)
    said = key(owner, str(conversation.id))
    store.create(MESSAGES, {"conversation": said, "place": "M#0000000001"})
    repository.bury(store, owner, conversation.id)
    await upkeep.tidy(store)
    assert store.query(MESSAGES, said) == []
    assert made.id not in [item["session"] for item in store._pages("scan", SESSIONS, {})]


async def test_figures_of_one_role_leave_those_of_the_others(username: str) -> None:
    asked = Settings(session_idle_minutes={"farmer": 60})
    assert sessions.limits_of(asked, ["farmer"], phone=True).idle == 3600
    assert sessions.limits_of(asked, ["admin"], phone=False).idle == 1800
    with pytest.raises(ValueError, match="greater than zero"):
        Settings(session_hours={"admin": 0})


# --- how many


async def test_the_sign_in_too_many_ends_the_oldest_and_says_so(
    store: Store, sign_in: SignIn, username: str, now: datetime
) -> None:
    """B10: five at a time; the sixth ends the first, and the list tells the person."""
    made = [
        await sign_in(username, f"s{n}", now=now - HOUR + timedelta(seconds=n)) for n in range(6)
    ]
    listed = await sessions.list_for(store, username)
    assert [one.id for one in listed if not one.is_over] == [one.id for one in made[:0:-1]]
    assert (listed[-1].id, listed[-1].ended_because) == (made[0].id, Ended.LIMIT)
    assert await sessions.find(store, username, made[0].id) is None


async def test_sign_ins_at_the_same_moment_do_not_exceed_the_number(
    store: Store, sign_in: SignIn, username: str
) -> None:
    started = (sign_in(username, f"s{n}", roles=["admin"]) for n in range(8))
    await asyncio.gather(*started, return_exceptions=True)
    living = [one for one in await sessions.list_for(store, username) if not one.is_over]
    assert 1 <= len(living) <= Settings().sessions_at_once["admin"]


# --- ended


async def test_an_ended_session_is_refused_at_the_next_statement_of_any_process(
    store: Store, engine: AsyncEngine, make: Make, sign_in: SignIn
) -> None:
    """B5, G9: the other sessions of the person live on."""
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    one, two = await sign_in(fiona.username, "one"), await sign_in(fiona.username, "two")
    async with begin(engine, signed_in(fiona, one.id)):
        pass
    assert await sessions.end(engine, store, fiona.person_id, fiona.username, one.id)
    with pytest.raises(SignInAgain) as refused:
        async with begin(engine, signed_in(fiona, one.id)):
            pytest.fail("an ended session was let in")
    assert refused.value.code == "sign_in.ended"
    async with begin(engine, signed_in(fiona, two.id)):
        pass
    assert await sessions.standing(engine, fiona.username, one.id) == "ended"
    assert await sessions.standing(engine, fiona.username, two.id) == ""


async def test_nobody_ends_a_session_of_somebody_else(
    store: Store, engine: AsyncEngine, make: Make, sign_in: SignIn
) -> None:
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    marc = await make.person(f"marc-{uuid4()}", Role.FARMER)
    hers = await sign_in(fiona.username, str(uuid4()))
    assert not await sessions.end(engine, store, marc.person_id, marc.username, hers.id)
    assert await sessions.find(store, fiona.username, hers.id)
    async with begin(engine, signed_in(fiona, hers.id)):
        pass


async def test_all_sessions_but_one_are_ended(
    store: Store, engine: AsyncEngine, make: Make, sign_in: SignIn
) -> None:
    """A4, B8."""
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    made = [await sign_in(fiona.username, str(uuid4())) for _ in range(3)]
    kept = made[1].id
    ended = await sessions.end_all(engine, store, fiona.person_id, fiona.username, but=kept)
    assert ended == 2
    listed = await sessions.list_for(store, fiona.username)
    assert [one.id for one in listed if not one.is_over] == [kept]
    assert await sessions.end_all(engine, store, fiona.person_id, fiona.username) == 1


async def test_a_session_ended_twice_and_a_crash_in_between_change_nothing(
    store: Store, engine: AsyncEngine, make: Make, sign_in: SignIn, as_: As
) -> None:
    """PostgreSQL is written first: what is ended there is over, whatever the item says."""
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    made = await sign_in(fiona.username, str(uuid4()))
    await sessions.end_credential(engine, fiona.person_id, made.id)
    assert await sessions.find(store, fiona.username, made.id)
    async with as_(fiona) as tx:
        [read] = await sessions.shown(tx, store, fiona.username)
    assert (read.ended_because, read.current) == (Ended.REVOKED, False)
    await sessions.end_credential(engine, fiona.person_id, made.id)
    assert await sessions.end(engine, store, fiona.person_id, fiona.username, made.id)
    assert not await sessions.end(engine, store, fiona.person_id, fiona.username, made.id)


async def test_a_disabled_person_is_refused_with_every_credential_at_once(
    owner_engine: AsyncEngine, engine: AsyncEngine, make: Make
) -> None:
    """B6: browsers, tokens and the hub's own pages; jobs know it themselves."""
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    async with owner_engine.begin() as connection:
        change = text("UPDATE app.person SET disabled_at = now() WHERE id = :id")
        await connection.execute(change, {"id": fiona.person_id})
    for credential in set(Credential) - {Credential.INTERNAL}:
        with pytest.raises(SignInAgain) as refused:
            async with begin(engine, replace(fiona, credential=credential)):
                pytest.fail(f"{credential} was let in")
        assert refused.value.code == "sign_in.disabled"
    assert await sessions.standing(engine, fiona.username, "") == "disabled"
    async with begin(engine, fiona):
        pass


async def test_an_administrator_ends_everybodys_sessions_and_nobody_else_can(
    engine: AsyncEngine, make: Make, sign_in: SignIn
) -> None:
    """B7."""
    ada = await make.person(f"ada-{uuid4()}", Role.ADMIN)
    rita = await make.person(f"rita-{uuid4()}", Role.RESEARCHER)
    own, hers = await sign_in(ada.username, "ada"), await sign_in(rita.username, str(uuid4()))
    async with begin(engine, rita) as tx:
        with pytest.raises(Denied, match="people:manage"):
            await sessions.end_everybody(tx, "")
        assert await ledger.end_everybody(tx, "") == 0  # the database asks for itself
    async with begin(engine, signed_in(ada, own.id)) as tx:
        assert await sessions.end_everybody(tx, own.id) >= 1
    assert await sessions.standing(engine, rita.username, hers.id) == "ended"
    assert await sessions.standing(engine, ada.username, own.id) == ""


async def test_rows_that_say_nothing_any_more_are_taken_out(
    engine: AsyncEngine, make: Make, now: datetime
) -> None:
    fiona = await make.person(f"fiona-{uuid4()}", Role.FARMER)
    await sessions.end_credential(engine, fiona.person_id, "gone", now - HOUR)
    await sessions.end_credential(engine, fiona.person_id, "kept", now + HOUR)
    assert await sessions.tidy(engine) >= 1
    assert await sessions.standing(engine, fiona.username, "kept") == "ended"
    assert await sessions.standing(engine, fiona.username, "gone") == ""


# --- what is told about a device


def test_a_device_has_a_name_that_people_know() -> None:
    assert devices.device_of(PHONE) == devices.Device("Chrome Mobile on Android", phone=True)
    assert devices.device_of("") == devices.Device("Unknown device", phone=False)
    assert devices.device_of("x" * 100_000) == devices.Device("Unknown device", phone=False)


async def test_the_country_comes_from_the_operators_database(
    tmp_path: Path, sign_in: SignIn, username: str
) -> None:
    file = tmp_path / "countries.mmdb"
    writer = MMDBWriter(6, ipv4_compatible=True, database_type="Countries")
    record = {"country": {"iso_code": "NZ", "names": {"en": "New Zealand"}}}
    writer.insert_network(IPSet(["198.51.100.0/24"]), record)
    writer.to_db_file(str(file))
    asked = Settings(places=str(file))
    made = await sign_in(username, "s", address="198.51.100.9", settings=asked)
    assert made.place == "New Zealand"
    for address in ("192.0.2.1", "no address", "::1"):
        assert devices.place_of(str(file), address) == ""
    with pytest.raises(Unavailable, match="AGRIGEN_PLACES"):
        devices.place_of(str(tmp_path / "missing.mmdb"), "192.0.2.1")


async def test_an_address_is_told_in_full_for_thirty_days_only(
    store: Store, sign_in: SignIn, username: str, now: datetime
) -> None:
    long = Settings(session_idle_minutes={"other": 90 * 24 * 60}, session_hours={"other": 9000})
    await sign_in(username, "s", address="192.0.2.77", settings=long, now=now)
    [soon] = await sessions.list_for(store, username, now=now + timedelta(days=29))
    [later] = await sessions.list_for(store, username, now=now + timedelta(days=31))
    assert (soon.address, later.address) == ("192.0.2.77", "192.0.2.0/24")
    assert devices.shortened("2001:db8:1:2::3") == "2001:db8:1::/48"


# --- how the hub is used


async def test_figures_count_people_and_leave_small_counts_out(
    engine: AsyncEngine, make: Make, sign_in: SignIn
) -> None:
    ada = await make.person(f"ada-{uuid4()}", Role.ADMIN)
    rita = await make.person(f"rita-{uuid4()}", Role.RESEARCHER)
    for _ in range(6):
        one = await make.person(f"farmer-{uuid4()}", Role.FARMER)
        await sign_in(one.username, str(uuid4()), issuer="https://id.example")
    await sign_in(rita.username, str(uuid4()), methods=["hwk"], level=2, agent=PHONE)
    async with begin(engine, ada) as tx:
        told = await sessions.figures(tx)
    assert told.active_day is not None and told.active_day >= 6
    assert told.active_month is not None and told.active_month >= told.active_day
    methods = {one.name: one.count for one in told.sign_ins}
    assert methods["institution"] is not None and methods["institution"] >= 6
    assert methods["passkey"] is None
    assert {one.name for one in told.lengths} == {"under 10 minutes"}
    async with begin(engine, rita) as tx:
        rows = await tx.session.execute(
            text("SELECT count(*) FROM app.session_figures() WHERE count > 0")
        )
        assert rows.scalar_one() == 0
