"""Factors in the database: apps, passkeys and recovery codes, each used once and by their owner."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import factors
from hub.actor import Actor
from hub.errors import Conflict, Denied, Gone, HubError, Invalid, Missing
from hub.factors import proving, totp
from hub.factors.models import Challenge, Factor, RecoveryCode
from hub.permissions import Role
from hub.settings import Settings
from hub.storage.sealing import Sealer
from hub.storage.transaction import begin
from tests.database import As, Make
from tests.passkeys import USER_PRESENT, USER_VERIFIED, Passkey

SEALER = Sealer((b"k" * 32,))
SETTINGS = Settings(public_url="http://localhost:8000/", demo=False)
NOW = datetime.now(UTC)
People = Callable[[], Any]


@pytest_asyncio.fixture
async def rita(make: Make) -> Actor:
    """A researcher, whose role asks for two factors; a new one for each test."""
    return await make.person(f"rita{id(object())}{datetime.now().microsecond}", Role.RESEARCHER)


@pytest_asyncio.fixture
async def fiona(make: Make) -> Actor:
    return await make.person(f"fiona{id(object())}{datetime.now().microsecond}", Role.FARMER)


def code_of(secret: str, offset: int = 0) -> str:
    return totp.code_at(secret, int(datetime.now(UTC).timestamp()) // 30 + offset)


async def app_of(as_: As, actor: Actor) -> str:
    """An authenticator app that counts, confirmed with the code of the step before; its secret."""
    async with as_(actor) as tx:
        started = await factors.start_totp(tx, SETTINGS, SEALER, "phone")
    async with as_(actor) as tx:
        await factors.confirm_totp(tx, SEALER, started.id, code_of(started.secret, -1))
    return started.secret


async def passkey_of(as_: As, actor: Actor, algorithm: str = "ES256") -> Passkey:
    key = Passkey(algorithm)
    async with as_(actor) as tx:
        options = await factors.passkey_options(tx, SETTINGS)
    async with as_(actor) as tx:
        await factors.add_passkey(tx, SETTINGS, algorithm, key.create(options))
    return key


async def prove(as_: As, actor: Actor, answer: dict[str, Any]) -> frozenset[str]:
    async with as_(actor) as tx:
        challenge = await factors.take(tx, "prove", answer)
    async with as_(actor) as tx:
        return await factors.prove_passkey(tx, SETTINGS, answer, challenge)


async def options_of(as_: As, actor: Actor) -> dict[str, Any]:
    async with as_(actor) as tx:
        return await proving.ask_passkey(tx, SETTINGS)


# --- authenticator apps


async def test_an_app_counts_only_when_it_showed_a_right_code(as_: As, rita: Actor) -> None:
    """A9."""
    async with as_(rita) as tx:
        started = await factors.start_totp(tx, SETTINGS, SEALER, "phone")
        assert await factors.kinds(tx) == frozenset()
    with pytest.raises(Invalid, match="another code"):
        async with as_(rita) as tx:
            await factors.confirm_totp(tx, SEALER, started.id, "000000")
    async with as_(rita) as tx:
        with pytest.raises(Denied):
            await factors.prove_totp(tx, SEALER, code_of(started.secret))
        read = await factors.confirm_totp(tx, SEALER, started.id, code_of(started.secret))
        assert (read.kind, read.name) == ("totp", "phone")
        assert await factors.kinds(tx) == {"totp"}


async def test_a_code_works_once_even_when_it_comes_twice_at_once(as_: As, rita: Actor) -> None:
    """A12."""
    code = code_of(await app_of(as_, rita))

    async def attempt() -> bool:
        try:
            async with as_(rita) as tx:
                await factors.prove_totp(tx, SEALER, code)
        except Denied:
            return False
        return True

    assert sorted(await asyncio.gather(*(attempt() for _ in range(5)))) == [False] * 4 + [True]


async def test_the_code_that_confirmed_an_app_signs_nobody_in(as_: As, rita: Actor) -> None:
    """C9: a step is not taken twice in the place of the next."""
    async with as_(rita) as tx:
        started = await factors.start_totp(tx, SETTINGS, SEALER, "phone")
        code = code_of(started.secret)
        await factors.confirm_totp(tx, SEALER, started.id, code)
        with pytest.raises(Denied):
            await factors.prove_totp(tx, SEALER, code)


async def test_the_secret_is_in_the_database_only_sealed(
    as_: As, rita: Actor, owner_engine: AsyncEngine
) -> None:
    secret = await app_of(as_, rita)
    async with owner_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT f::text FROM app.factor f"))).scalars().all()
    assert rows
    assert secret not in "".join(rows)
    raw = base64.b32decode(secret)
    assert raw.hex() not in "".join(rows)


async def test_an_app_left_unconfirmed_is_over_and_gives_way_to_the_next(
    as_: As, rita: Actor, owner_engine: AsyncEngine
) -> None:
    async with as_(rita) as tx:
        first = await factors.start_totp(tx, SETTINGS, SEALER, "old")
        second = await factors.start_totp(tx, SETTINGS, SEALER, "new")
        with pytest.raises(Missing):
            await factors.confirm_totp(tx, SEALER, first.id, code_of(first.secret))
    async with owner_engine.begin() as connection:
        late = NOW - timedelta(hours=1)
        await connection.execute(
            text("UPDATE app.factor SET created_at = :at WHERE id = :id"),
            {"at": late, "id": second.id},
        )
    async with as_(rita) as tx:
        with pytest.raises(Gone):
            await factors.confirm_totp(tx, SEALER, second.id, code_of(second.secret))


async def test_nobody_confirms_uses_renames_or_removes_a_factor_of_somebody_else(
    as_: As, rita: Actor, fiona: Actor
) -> None:
    async with as_(rita) as tx:
        started = await factors.start_totp(tx, SETTINGS, SEALER, "phone")
    async with as_(fiona) as tx:
        with pytest.raises(Missing):
            await factors.confirm_totp(tx, SEALER, started.id, code_of(started.secret))
        with pytest.raises(Missing):
            await factors.rename(tx, started.id, "mine")
        with pytest.raises(Missing):
            await factors.remove(tx, SETTINGS, started.id)
        assert (await tx.session.scalars(select(Factor))).all() == []


# --- recovery codes


async def renewed(as_: As, actor: Actor) -> list[str]:
    async with as_(actor) as tx:
        return (await factors.renew_codes(tx)).codes


async def test_a_recovery_code_works_once_however_many_try_at_once(as_: As, rita: Actor) -> None:
    """A13."""
    await app_of(as_, rita)
    code = (await renewed(as_, rita))[3]

    async def attempt() -> bool:
        try:
            async with as_(rita) as tx:
                await factors.prove_recovery(tx, code)
        except Denied:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(8)))) == 1
    async with as_(rita) as tx:
        assert (await factors.mine(tx, SETTINGS)).recovery_codes_left == 9


async def test_new_recovery_codes_end_the_old_ones(as_: As, rita: Actor) -> None:
    """A13."""
    await app_of(as_, rita)
    old = await renewed(as_, rita)
    new = await renewed(as_, rita)
    assert len(set(old) | set(new)) == 20
    async with as_(rita) as tx:
        with pytest.raises(Denied):
            await factors.prove_recovery(tx, old[0])
        assert await factors.prove_recovery(tx, new[0].lower().replace("-", " ")) == {"otp"}


async def test_recovery_codes_are_stored_as_digests_and_are_their_owners_alone(
    as_: As, rita: Actor, fiona: Actor
) -> None:
    """A13."""
    await app_of(as_, rita)
    code = (await renewed(as_, rita))[0]
    async with as_(rita) as tx:
        stored = (await tx.session.scalars(select(RecoveryCode.digest))).all()
    assert {len(one) for one in stored} == {64}
    assert not any(code.replace("-", "") in one.upper() for one in stored)
    async with as_(fiona) as tx:
        with pytest.raises(Denied):
            await factors.prove_recovery(tx, code)


async def test_recovery_codes_need_something_to_replace(as_: As, rita: Actor) -> None:
    async with as_(rita) as tx:
        with pytest.raises(Conflict, match="you have none"):
            await factors.renew_codes(tx)


# --- passkeys


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_a_passkey_is_added_and_proved(as_: As, rita: Actor, algorithm: str) -> None:
    key = await passkey_of(as_, rita, algorithm)
    methods = await prove(as_, rita, key.get(await options_of(as_, rita)))
    assert methods == {"hwk", "user", "mfa"}
    async with as_(rita) as tx:
        (read,) = (await factors.mine(tx, SETTINGS)).factors
    assert read.last_used_at is not None


LIES = {
    "another origin": {"origin": "http://localhost:9000"},
    "a look-alike origin": {"origin": "http://localhost:8000.evil.example"},
    "another relying party": {"relying_party": "evil.example"},
    "nobody was present": {"flags": USER_VERIFIED},
    "the owner was not verified": {"flags": USER_PRESENT},
    "a creation instead of a proof": {"type": "webauthn.create"},
    "another person's handle": {"user": b"somebody else 16"},
    "a signature of nothing": {"signature": b"0" * 64},
}


@pytest.mark.parametrize("lie", LIES, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_a_passkey_that_lies_is_refused(
    as_: As, rita: Actor, lie: str, algorithm: str
) -> None:
    """A14: each field of the answer changed by itself."""
    key = await passkey_of(as_, rita, algorithm)
    answer = key.get(await options_of(as_, rita), **LIES[lie])
    with pytest.raises(Denied, match="not accepted"):
        await prove(as_, rita, answer)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_data_changed_after_signing_is_refused(as_: As, rita: Actor, algorithm: str) -> None:
    """A14: what was signed is what counts, bit by bit."""
    key = await passkey_of(as_, rita, algorithm)
    answer = key.get(await options_of(as_, rita))
    data = bytearray(base64.urlsafe_b64decode(answer["response"]["authenticatorData"] + "=="))
    data[-1] ^= 2  # the count
    changed = base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")
    answer["response"]["authenticatorData"] = changed
    with pytest.raises(Denied, match="not accepted"):
        await prove(as_, rita, answer)


@pytest.mark.parametrize("uses", [0, 4, 5])
async def test_a_count_that_goes_back_is_a_copied_key(as_: As, rita: Actor, uses: int) -> None:
    """A14."""
    key = await passkey_of(as_, rita)
    await prove(as_, rita, key.get(await options_of(as_, rita), uses=5))
    with pytest.raises(Denied, match="not accepted"):
        await prove(as_, rita, key.get(await options_of(as_, rita), uses=uses))
    await prove(as_, rita, key.get(await options_of(as_, rita), uses=6))


async def test_a_challenge_is_answered_once_by_whom_it_was_asked_and_in_time(
    as_: As, rita: Actor, fiona: Actor, owner_engine: AsyncEngine
) -> None:
    """A14."""
    key = await passkey_of(as_, rita)
    other = await passkey_of(as_, fiona)
    options = await options_of(as_, rita)
    answer = key.get(options)
    with pytest.raises(Gone):  # asked of rita
        await prove(as_, fiona, other.get(options))
    await prove(as_, rita, answer)
    with pytest.raises(Gone):  # twice
        await prove(as_, rita, answer)
    invented = {"challenge": base64.urlsafe_b64encode(b"c" * 32).decode().rstrip("=")}
    with pytest.raises(Gone):  # never asked
        await prove(as_, rita, key.get(options, **invented))
    late = await options_of(as_, rita)
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.challenge SET expires_at = now() - interval '1 second'")
        )
    with pytest.raises(Gone):
        await prove(as_, rita, key.get(late))


async def test_a_challenge_to_add_a_passkey_proves_none(as_: As, rita: Actor) -> None:
    key = await passkey_of(as_, rita)
    async with as_(rita) as tx:
        options = await factors.passkey_options(tx, SETTINGS)
    with pytest.raises(Gone):
        await prove(as_, rita, key.get(options))


async def test_another_persons_passkey_proves_nothing(as_: As, rita: Actor, fiona: Actor) -> None:
    """A14: cross-account, with its own handle and without one."""
    await passkey_of(as_, rita)
    foreign = await passkey_of(as_, fiona)
    for handle in (fiona.person_id.bytes, rita.person_id.bytes, b""):
        answer = foreign.get(await options_of(as_, rita), user=handle)
        with pytest.raises(Denied, match="does not belong"):
            await prove(as_, rita, answer)


async def test_a_passkey_is_added_to_one_account_once(as_: As, rita: Actor, fiona: Actor) -> None:
    key = await passkey_of(as_, rita)
    for actor in (rita, fiona):
        async with as_(actor) as tx:
            options = await factors.passkey_options(tx, SETTINGS)
        with pytest.raises(Conflict, match="in use already"):
            async with as_(actor) as tx:
                await factors.add_passkey(tx, SETTINGS, "again", key.create(options))


ADDING_LIES = {
    name: lie
    for name, lie in LIES.items()
    if name not in ("another person's handle", "a signature of nothing")
} | {"a creation instead of a proof": {"type": "webauthn.get"}}


@pytest.mark.parametrize("lie", ADDING_LIES, ids=lambda name: name.replace(" ", "-"))
async def test_a_passkey_that_lies_is_not_added(as_: As, rita: Actor, lie: str) -> None:
    """A14."""
    async with as_(rita) as tx:
        options = await factors.passkey_options(tx, SETTINGS)
    with pytest.raises(Denied, match="not accepted"):
        async with as_(rita) as tx:
            answer = Passkey().create(options, **ADDING_LIES[lie])
            await factors.add_passkey(tx, SETTINGS, "key", answer)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"response": None},
        {"response": []},
        {"response": {"clientDataJSON": 3}},
        {"response": {"clientDataJSON": "!!"}},
        {"response": {"clientDataJSON": base64.urlsafe_b64encode(b"[" * 9000).decode()}},
        {"response": {"clientDataJSON": base64.urlsafe_b64encode(b'{"challenge": 1}').decode()}},
    ],
)
async def test_what_is_no_answer_is_refused_in_words(
    as_: As, rita: Actor, answer: dict[str, Any]
) -> None:
    async with as_(rita) as tx:
        with pytest.raises(Invalid, match="not the answer of a passkey"):
            await factors.take(tx, "prove", answer)


async def test_a_passkey_alone_says_who_signs_in(as_: As, rita: Actor, engine: AsyncEngine) -> None:
    key = await passkey_of(as_, rita)
    options = await factors.ask_anybody(engine, SETTINGS)
    assert options["allowCredentials"] == []
    answer = key.get(options)
    owner, challenge = await factors.whose_passkey(engine, answer)
    assert (owner.username, owner.known_roles) == (rita.username, {Role.RESEARCHER})
    async with as_(rita) as tx:
        await factors.prove_passkey(tx, SETTINGS, answer, challenge)
    with pytest.raises(Gone):
        await factors.whose_passkey(engine, answer)
    with pytest.raises(Denied, match="No account"):
        await factors.whose_passkey(
            engine, Passkey().get(await factors.ask_anybody(engine, SETTINGS))
        )


async def test_a_disabled_persons_passkey_signs_nobody_in(
    as_: As, rita: Actor, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    key = await passkey_of(as_, rita)
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.person SET disabled_at = now() WHERE id = :id"),
            {"id": rita.person_id},
        )
    with pytest.raises(Denied, match="No account"):
        await factors.whose_passkey(engine, key.get(await factors.ask_anybody(engine, SETTINGS)))


@pytest.mark.parametrize(
    ("address", "possible"),
    [
        ("https://hub.example.org", True),
        ("http://localhost:8000", True),
        ("http://hub.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.7", False),
        ("https://[2001:db8::7]", False),
    ],
)
def test_passkeys_need_a_name_and_a_secure_origin(address: str, possible: bool) -> None:
    party = factors.relying_party(Settings(public_url=address))
    assert party.is_possible is possible
    assert party.origin == address


# --- the second step of a sign-in


async def test_five_wrong_codes_end_a_pending_sign_in_even_all_at_once(
    as_: As, rita: Actor
) -> None:
    """A12: guesses are counted before they are looked at."""
    async with as_(rita) as tx:
        key = await factors.start_pending(tx)

    async def attempt() -> bool:
        try:
            async with as_(rita) as tx:
                await factors.count_try(tx, key)
        except Gone:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(9)))) == 5
    async with as_(rita) as tx:
        assert not await factors.is_pending(tx, key)


async def test_a_pending_sign_in_ends_once_in_time_and_for_its_owner(
    as_: As, rita: Actor, fiona: Actor, owner_engine: AsyncEngine
) -> None:
    async with as_(rita) as tx:
        key, late = await factors.start_pending(tx), await factors.start_pending(tx)
    async with as_(fiona) as tx:
        assert not await factors.is_pending(tx, key)
        with pytest.raises(Gone):
            await factors.end_pending(tx, key)
    async with as_(rita) as tx:
        await factors.end_pending(tx, key)
        with pytest.raises(Gone):
            await factors.end_pending(tx, key)
        with pytest.raises(Gone):
            await factors.count_try(tx, key)
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE app.challenge SET expires_at = now()"))
    async with as_(rita) as tx:
        assert not await factors.is_pending(tx, late)


async def test_old_challenges_go_when_the_next_is_asked(
    as_: As, rita: Actor, owner_engine: AsyncEngine
) -> None:
    async with as_(rita) as tx:
        await factors.start_pending(tx)
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("UPDATE app.challenge SET expires_at = now() - interval '2 hours'")
        )
    async with as_(rita) as tx:
        await factors.start_pending(tx)
        assert len((await tx.session.scalars(select(Challenge.id))).all()) == 1


# --- policy, and who may take factors away


async def test_the_last_factor_stays_where_the_roles_ask_for_two(
    as_: As, rita: Actor, fiona: Actor
) -> None:
    """A9."""
    for actor, may in ((rita, False), (fiona, True)):
        await app_of(as_, actor)
        await renewed(as_, actor)
        async with as_(actor) as tx:
            (only,) = (await factors.mine(tx, SETTINGS)).factors
        try:
            async with as_(actor) as tx:
                await factors.remove(tx, SETTINGS, only.id)
        except Conflict:
            assert not may
            continue
        assert may
        async with as_(actor) as tx:
            assert (await factors.mine(tx, SETTINGS)).recovery_codes_left == 0


async def test_two_removals_at_once_leave_one_factor(as_: As, rita: Actor) -> None:
    """A9."""
    await app_of(as_, rita)
    await passkey_of(as_, rita)
    async with as_(rita) as tx:
        ids = [one.id for one in (await factors.mine(tx, SETTINGS)).factors]

    async def remove(factor_id: UUID) -> bool:
        try:
            async with as_(rita) as tx:
                await factors.remove(tx, SETTINGS, factor_id)
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*map(remove, ids))) == 1


async def test_administrators_take_factors_away_and_see_none(
    as_: As, make: Make, rita: Actor, fiona: Actor, engine: AsyncEngine
) -> None:
    await app_of(as_, rita)
    await renewed(as_, rita)
    ada = await make.person(f"ada{datetime.now().microsecond}", Role.ADMIN)
    stella = await make.person(f"stella{datetime.now().microsecond}", Role.STEWARD)
    for actor in (fiona, rita, stella):
        with pytest.raises(HubError):
            async with begin(engine, actor) as tx:
                await factors.reset(tx, rita.person_id)
    with pytest.raises(Invalid, match="another administrator"):
        async with as_(ada) as tx:
            await factors.reset(tx, ada.person_id)
    async with as_(ada) as tx:
        assert (await tx.session.scalars(select(Factor))).all() == []
        assert await factors.reset(tx, rita.person_id) == rita.username
    async with as_(rita) as tx:
        assert await factors.kinds(tx) == frozenset()
        assert (await tx.session.scalars(select(RecoveryCode))).all() == []


async def test_every_change_is_written_down_and_told(
    as_: As, rita: Actor, owner_engine: AsyncEngine
) -> None:
    """A15."""
    await app_of(as_, rita)
    await passkey_of(as_, rita)
    codes = await renewed(as_, rita)
    async with as_(rita) as tx:
        await factors.prove_recovery(tx, codes[0])
        first = (await factors.mine(tx, SETTINGS)).factors[0]
        await factors.rename(tx, first.id, "old phone")
        await factors.remove(tx, SETTINGS, first.id)
    mine = {"id": rita.person_id}
    async with owner_engine.connect() as connection:
        acts = await connection.execute(
            text("SELECT action, details FROM app.audit_event WHERE person_id = :id"), mine
        )
        letters = await connection.execute(
            text("SELECT kind, details FROM app.outbox WHERE person_id = :id"), mine
        )
        written, told = acts.all(), letters.all()
    assert sorted(row.action for row in written) == [
        "factors:add", "factors:add", "factors:remove", "factors:rename",
        "recovery_codes:renew", "recovery_codes:use",
    ]  # fmt: skip
    assert sorted(row.kind for row in told) == [
        "factor_added", "factor_added", "factor_removed", "recovery_code_used",
        "recovery_codes_renewed",
    ]  # fmt: skip
    everything = json.dumps([row.details for row in (*written, *told)])
    assert not any(code in everything for code in codes)
