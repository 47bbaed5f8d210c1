"""Passwords and addresses: changing, resetting, proving, and what an attacker tries."""

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts, mail
from hub.accounts import LocalAccountCreate, codes, passwords
from hub.actor import Actor
from hub.errors import Conflict, Denied, Gone, Invalid, Unavailable
from hub.permissions import Role, granted
from hub.settings import Settings
from hub.storage.sealing import Sealer, open_sealer
from tests.database import As
from tests.hub.accounts.signing import PASSWORD, Letters

FARMER = frozenset({Role.FARMER})
NEW = "seven sheep in a boat"


class Scene:
    """People with a password, their letters, and the clock of their codes."""

    def __init__(self, engine: AsyncEngine, owner: AsyncEngine, home: Path) -> None:
        self.engine, self.owner = engine, owner
        self.settings = Settings(home=home)
        self.sealer: Sealer = open_sealer(self.settings)
        self.letters = Letters(engine, self.sealer, self.settings)

    async def person(self, username: str, address: str = "") -> Actor:
        new = LocalAccountCreate(username=username, roles=FARMER, password=SecretStr(PASSWORD))
        person_id = (await accounts.bootstrap(self.owner, [new]))[username]
        actor = Actor(person_id, username, FARMER, granted({Role.FARMER}))
        if address:
            await self.prove(actor, address)
        return actor

    async def prove(self, actor: Actor, address: str) -> None:
        code = await self.ask(actor, address)
        await accounts.redeem_address(self.engine, self.sealer, actor.username, code)

    async def ask(self, actor: Actor, address: str) -> str:
        from hub.storage.transaction import begin

        async with begin(self.engine, actor) as tx:
            await accounts.ask_address(tx, self.sealer, address)
        return (await self.letters.new())[-1].code

    async def reset_code(self, name: str) -> str:
        await accounts.ask_reset(self.engine, self.sealer, name)
        await accounts.answer_resets(self.engine, self.sealer)
        return (await self.letters.new())[-1].code

    async def run(self, statement: str, **values: Any) -> Any:
        async with self.owner.begin() as connection:
            return await connection.execute(text(statement), values)

    async def signs_in(self, username: str, password: str) -> bool:
        return await accounts.sign_in_locally(self.engine, username, password) is not None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(
    engine: AsyncEngine, owner_engine: AsyncEngine, tmp_path_factory: pytest.TempPathFactory
) -> Scene:
    return Scene(engine, owner_engine, tmp_path_factory.mktemp("home"))


# --- passwords as they are stored and checked


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(min_size=8, max_size=256))
async def test_only_the_whole_password_fits_whatever_it_is_made_of(password: str) -> None:
    """A1: nothing is truncated and nothing is made similar."""
    stored = await passwords.hash_password(password)
    assert await passwords.is_right(stored, password)
    assert not await passwords.is_right(stored, password[:-1])
    assert not await passwords.is_right(stored, password + "x")


async def test_a_hash_with_older_parameters_is_renewed_at_sign_in(scene: Scene) -> None:
    """A5: the parameters of everybody follow those of today."""
    await scene.person("older")
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    await scene.run("UPDATE app.person SET password_hash = :old WHERE username = 'older'", old=old)
    assert not await scene.signs_in("older", "something else")
    hash_of = "SELECT password_hash FROM app.person WHERE username = 'older'"
    assert (await scene.run(hash_of)).scalar_one() == old
    assert await scene.signs_in("older", PASSWORD)
    assert (await scene.run(hash_of)).scalar_one().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await scene.signs_in("older", PASSWORD)


async def test_a_flood_of_sign_ins_is_refused_and_not_queued_without_end(scene: Scene) -> None:
    """Beyond 20 waiting the answer is 503 at once, so that checking passwords is no attack."""
    answers = await asyncio.gather(
        *(accounts.sign_in_locally(scene.engine, "nobody", "x" * 20) for _ in range(60)),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, Unavailable)]
    assert len(refused) >= 60 - (passwords.WORKERS + passwords.WAITING) - 30
    assert all(one is None or isinstance(one, Unavailable) for one in answers)
    await scene.person("afterwards")
    assert await scene.signs_in("afterwards", PASSWORD)


# --- change


async def test_a_change_needs_the_current_password_and_is_told(scene: Scene, as_: As) -> None:
    """A4, A15."""
    pia = await scene.person("pia", "pia@farm.example")
    with pytest.raises(Denied, match="current password is not right"):
        async with as_(pia) as tx:
            await accounts.change_password(tx, "wrong password", NEW)
    async with as_(pia) as tx:
        await accounts.change_password(tx, PASSWORD, NEW)
    assert await scene.signs_in("pia", NEW)
    assert not await scene.signs_in("pia", PASSWORD)
    [letter] = await scene.letters.new()
    assert letter.to == "pia@farm.example"
    assert "was changed" in letter.subject
    assert NEW not in letter.body


@pytest.mark.parametrize("password", ["password1", "short", "changer2026", "x" * 257])
async def test_a_change_to_a_bad_password_is_refused(scene: Scene, as_: As, password: str) -> None:
    """A3: at change."""
    changer = await scene.person("changer")
    with pytest.raises(Invalid, match="Nothing was changed") as refusal:
        async with as_(changer) as tx:
            await accounts.change_password(tx, PASSWORD, password)
    assert refusal.value.errors[0].where == "new"
    assert await scene.signs_in("changer", PASSWORD)


# --- reset


async def test_a_mailed_code_sets_a_password_once(scene: Scene) -> None:
    """A11: random, single use."""
    await scene.person("rolf", "rolf@farm.example")
    for name in ("rolf", "ROLF@farm.example"):
        await scene.run("UPDATE app.mailed_code SET created_at = now() - interval '2 minutes'")
        code = await scene.reset_code(name)
        assert len(code) >= 43
        owner = await accounts.redeem_password(scene.engine, code, NEW)
        assert owner.username == "rolf"
        with pytest.raises(Gone, match="used already"):
            await accounts.redeem_password(scene.engine, code, "another good one")
    assert await scene.signs_in("rolf", NEW)
    await scene.letters.new()


async def test_one_of_many_who_use_a_code_at_once_sets_the_password(scene: Scene) -> None:
    await scene.person("race", "race@farm.example")
    code = await scene.reset_code("race")
    tries = [accounts.redeem_password(scene.engine, code, f"{NEW} {n}") for n in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, accounts.CodeOwner) for one in answers) == 1
    assert sum(isinstance(one, Gone) for one in answers) == 11
    await scene.letters.new()


async def test_a_code_is_over_after_ten_minutes(scene: Scene) -> None:
    """A11: late use."""
    await scene.person("late", "late@farm.example")
    code = await scene.reset_code("late")
    row = (await scene.run("SELECT expires_at - created_at FROM app.mailed_code")).scalars().all()
    assert all(lasting <= codes.VERIFY_FOR for lasting in row)
    lasting = await scene.run(
        "SELECT max(expires_at - now()) FROM app.mailed_code WHERE purpose = 'reset'"
    )
    assert lasting.scalar_one() <= codes.RESET_FOR
    await scene.run("UPDATE app.mailed_code SET expires_at = now() - interval '1 second'")
    with pytest.raises(Gone):
        await accounts.redeem_password(scene.engine, code, NEW)
    assert await scene.signs_in("late", PASSWORD)


async def test_a_newer_code_ends_the_older_one_and_comes_once_a_minute(scene: Scene) -> None:
    await scene.person("twice", "twice@farm.example")
    first = await scene.reset_code("twice")
    await accounts.ask_reset(scene.engine, scene.sealer, "twice")
    assert await accounts.answer_resets(scene.engine, scene.sealer) == 0
    await scene.run("UPDATE app.mailed_code SET created_at = now() - interval '2 minutes'")
    second = await scene.reset_code("twice")
    with pytest.raises(Gone):
        await accounts.redeem_password(scene.engine, first, NEW)
    assert await accounts.redeem_password(scene.engine, second, NEW)
    await scene.letters.new()


async def test_a_code_of_one_purpose_is_none_of_another(scene: Scene) -> None:
    """A11: bound to the request; cross-purpose and cross-account."""
    una = await scene.person("una", "una@farm.example")
    await scene.person("victim")
    proof = await scene.ask(una, "new@farm.example")
    with pytest.raises(Gone):
        await accounts.redeem_password(scene.engine, proof, NEW)
    with pytest.raises(Gone):
        await accounts.redeem_address(scene.engine, scene.sealer, "victim", proof)
    reset = await scene.reset_code("una")
    with pytest.raises(Gone):
        await accounts.redeem_address(scene.engine, scene.sealer, "una", reset)


async def test_a_bad_password_does_not_spend_the_code(scene: Scene) -> None:
    """A3: at reset."""
    await scene.person("clumsy", "clumsy@farm.example")
    code = await scene.reset_code("clumsy")
    for bad in ("short", "password1", "clumsy123"):
        with pytest.raises(Invalid):
            await accounts.redeem_password(scene.engine, code, bad)
    assert await accounts.redeem_password(scene.engine, code, NEW)


async def test_neither_code_nor_address_can_be_read_in_the_database(scene: Scene) -> None:
    await scene.person("hidden", "hidden@farm.example")
    await accounts.ask_reset(scene.engine, scene.sealer, "hidden@farm.example")
    dump = await whole(scene)
    assert "hidden@farm.example" not in dump
    await accounts.answer_resets(scene.engine, scene.sealer)
    before = await whole(scene)
    code = (await scene.letters.new())[-1].code
    assert code not in before
    assert code not in await whole(scene)
    assert "hidden@farm.example" not in before


async def whole(scene: Scene) -> str:
    tables = ("person", "person_address", "mailed_code", "reset_request", "outbox", "audit_event")
    found = [await scene.run(f"SELECT t::text FROM app.{table} t") for table in tables]
    return "\n".join(row for rows in found for row in rows.scalars())


async def test_asking_for_an_unknown_name_looks_the_same_and_takes_as_long(scene: Scene) -> None:
    """A6: the answer does not depend on the name, because nobody looks before the worker does."""
    await scene.person("timed", "timed@farm.example")
    times: dict[str, list[float]] = {"timed": [], "unknown": []}
    for _ in range(100):
        for name, taken in times.items():
            started = time.perf_counter()
            await accounts.ask_reset(scene.engine, scene.sealer, name)
            taken.append(time.perf_counter() - started)
    known, unknown = (min(taken) for taken in times.values())  # what the work itself takes
    assert abs(known - unknown) < 0.005
    while (await scene.run("SELECT count(*) FROM app.reset_request")).scalar_one():
        await accounts.answer_resets(scene.engine, scene.sealer)
    assert {letter.to for letter in await scene.letters.new()} == {"timed@farm.example"}


async def test_nobody_without_a_proven_address_or_password_gets_a_code(scene: Scene) -> None:
    await scene.person("silent")
    gone = await scene.person("gone", "gone@farm.example")
    await scene.run("UPDATE app.person SET disabled_at = now() WHERE id = :id", id=gone.person_id)
    await accounts.join(scene.engine, "https://id.example", "1", preferred="institutional")
    for name in ("silent", "gone", "institutional", "", "\x00", "x" * 5000, "' OR 1=1 --"):
        await accounts.ask_reset(scene.engine, scene.sealer, name)
    assert await accounts.answer_resets(scene.engine, scene.sealer) == 0


# --- addresses


async def test_an_address_counts_only_when_its_letter_was_answered(scene: Scene, as_: As) -> None:
    vera = await scene.person("vera")
    code = await scene.ask(vera, "vera@farm.example")
    async with as_(vera) as tx:
        assert await accounts.my_address(tx, scene.sealer) == ""
    await accounts.redeem_address(scene.engine, scene.sealer, "vera", code)
    async with as_(vera) as tx:
        assert await accounts.my_address(tx, scene.sealer) == "vera@farm.example"
    await scene.prove(vera, "other@farm.example")
    [told] = await scene.letters.new()
    assert (told.to, told.subject) == ("vera@farm.example", "Your e-mail address was changed")
    async with as_(vera) as tx:
        await accounts.forget_address(tx)
    async with as_(vera) as tx:
        assert await accounts.my_address(tx, scene.sealer) == ""


async def test_an_address_belongs_to_one_account_whatever_its_case(scene: Scene) -> None:
    await scene.person("first", "shared@farm.example")
    second = await scene.person("second")
    code = await scene.ask(second, "Shared@FARM.example")
    with pytest.raises(Conflict, match="another account"):
        await accounts.redeem_address(scene.engine, scene.sealer, "second", code)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a b@c.org", "a@b.org\nBcc: c@d.org", "<a@b.org>", f"{'x' * 250}@b.org"],
)
async def test_what_is_no_address_is_refused(scene: Scene, as_: As, address: str) -> None:
    wanda = await scene.person("wanda")
    with pytest.raises(Invalid, match="e-mail address"):
        async with as_(wanda) as tx:
            await accounts.ask_address(tx, scene.sealer, address)


async def test_a_proven_address_joins_only_an_institution_that_vouches(scene: Scene) -> None:
    """A16: e-mail never links unless verified by both, and the operator trusts the institution."""
    xenia = await scene.person("xenia", "xenia@uni.example")
    digests = tuple(accounts.address_digests(scene.sealer, "xenia@uni.example"))
    stranger = await accounts.join(scene.engine, "https://a.example", "1", preferred="xenia")
    assert stranger.id != xenia.person_id
    same = await accounts.join(
        scene.engine, "https://b.example", "1", preferred="xenia", proven_addresses=digests
    )
    assert same.id == xenia.person_id
    unproven = tuple(accounts.address_digests(scene.sealer, "unproven@uni.example"))
    await scene.ask(xenia, "unproven@uni.example")
    other = await accounts.join(
        scene.engine, "https://b.example", "2", preferred="yuri", proven_addresses=unproven
    )
    assert other.id != xenia.person_id


async def test_a_sealed_address_cannot_be_moved_to_another_person(scene: Scene) -> None:
    await scene.person("target", "target@farm.example")
    await scene.person("thief", "thief@farm.example")
    await scene.run(
        "UPDATE app.person_address SET sealed = (SELECT a.sealed FROM app.person_address a JOIN "
        "app.person p ON p.id = a.person_id WHERE p.username = 'thief') WHERE person_id = "
        "(SELECT id FROM app.person WHERE username = 'target')"
    )
    await accounts.ask_reset(scene.engine, scene.sealer, "target")
    assert await accounts.answer_resets(scene.engine, scene.sealer) == 1
    assert await scene.letters.new() == []


async def test_people_read_their_own_letters_only(scene: Scene, as_: As) -> None:
    zoe, yan = await scene.person("zoe"), await scene.person("yan")
    async with as_(zoe) as tx:
        await mail.notify(tx, zoe.person_id, "password_changed")
    count = text("SELECT count(*) FROM app.outbox WHERE person_id = :id")
    seen: dict[UUID, int] = {}
    for reader in (zoe, yan):
        async with as_(reader) as tx:
            found = await tx.session.execute(count, {"id": zoe.person_id})
            seen[reader.person_id] = found.scalar_one()
    assert seen == {zoe.person_id: 1, yan.person_id: 0}
