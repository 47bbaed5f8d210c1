"""Access tokens: what passes, what does not, and keys that come and go."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import select, text

from hub.actor import Actor, Assurance
from hub.cli import main
from hub.errors import SignInAgain
from hub.permissions import Permission, Role
from hub.storage.sealing import Sealer
from hub.tokens import Access, Stores, keys, ring, rotate, rotate_if_due, texts, verify
from hub.tokens.access import issue
from hub.tokens.models import SigningKey
from tests import forgery
from tests.database import Make, Urls

NOW = datetime.now(UTC)
SID = "family-0123456789abcdef01234567"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


def access_of(person: Actor) -> Access:
    scope = frozenset({Permission.ANIMALS_READ, Permission.RECORDS_WRITE})
    known = Assurance(2, datetime.fromtimestamp(int(NOW.timestamp()), UTC), frozenset({"pwd"}))
    return Access(person.person_id, "agrigen-phone", scope, SID, known)


async def issued(stores: Stores, person: Actor, **more: Any) -> str:
    return await issue(stores.engine, stores.sealer, stores.settings, access_of(person), **more)


async def read(stores: Stores, token: str, **more: Any) -> Access:
    return await verify(stores.engine, stores.sealer, stores.settings, token, **more)


async def forge_of(stores: Stores, person: Actor) -> forgery.Forge:
    known = await ring(stores.engine, stores.sealer)
    token = jws.extract_compact((await issued(stores, person)).encode())
    key = keys.opened(stores.sealer, known.signing_id, known.sealed)
    return forgery.Forge(key, known.signing_id, json.loads(token.payload))


async def test_what_is_signed_is_what_is_read(stores: Stores, fiona: Actor) -> None:
    assert await read(stores, await issued(stores, fiona)) == access_of(fiona)


async def test_a_token_has_all_that_rfc_9068_wants(stores: Stores, fiona: Actor) -> None:
    found = jws.extract_compact((await issued(stores, fiona)).encode())
    claims = json.loads(found.payload)
    assert found.headers()["typ"] == "at+jwt" and found.headers()["alg"] == "ES256"
    assert {"iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope", "sid", "auth_time",
            "acr", "amr"} == set(claims)  # fmt: skip
    assert claims["exp"] - claims["iat"] <= 600


async def test_no_forgery_passes(stores: Stores, fiona: Actor) -> None:
    """K1, K2, K3: algorithms, keys of strangers, types, issuers, audiences, times."""
    forge = await forge_of(stores, fiona)
    assert await read(stores, forge.token()) == access_of(fiona)  # the forge can do it right
    forged = forgery.all_of(forge)
    assert len(forged) >= 100
    passed = []
    for name, token in forged.items():
        try:
            await read(stores, token)
            passed.append(name)
        except SignInAgain as refused:
            assert refused.code == "sign_in.token", name
    assert passed == []


async def test_no_forgery_takes_long_to_refuse(stores: Stores, fiona: Actor) -> None:
    for name, token in forgery.all_of(await forge_of(stores, fiona)).items():
        start = time.perf_counter()
        with pytest.raises(SignInAgain):
            await read(stores, token)
        assert time.perf_counter() - start < 0.5, name


async def test_a_clock_may_be_wrong_by_half_a_minute_and_no_more(
    stores: Stores, fiona: Actor
) -> None:
    token = await issued(stores, fiona, now=NOW)
    for seconds, passes in ((-25, True), (0, True), (625, True), (-35, False), (635, False)):
        later = NOW + timedelta(seconds=seconds)
        if passes:
            await read(stores, token, now=later)
        else:
            with pytest.raises(SignInAgain):
                await read(stores, token, now=later)


async def test_refresh_and_personal_tokens_are_no_access_tokens(stores: Stores) -> None:
    for prefix in (texts.REFRESH, texts.PERSONAL, texts.DEVICE):
        with pytest.raises(SignInAgain):
            await read(stores, texts.write(prefix, bytes(48)))


# --- keys


async def test_two_keys_are_published_and_neither_is_private(stores: Stores) -> None:
    published = (await ring(stores.engine, stores.sealer)).published
    assert len(published["keys"]) >= 2
    assert all("d" not in key and key["alg"] == "ES256" for key in published["keys"])
    assert KeySet.import_key_set(published)


async def test_keys_take_turns_and_old_tokens_live_on(stores: Stores, fiona: Actor) -> None:
    """K6: the next key is known before it signs; the one before verifies until nothing needs it."""
    before = await ring(stores.engine, stores.sealer)
    token = await issued(stores, fiona)
    signing = await rotate(stores.engine, stores.sealer)
    assert signing in before.verifying and signing != before.signing_id
    assert await read(stores, token)
    assert await read(stores, await issued(stores, fiona))
    later = datetime.now(UTC) + timedelta(days=2)
    await rotate(stores.engine, stores.sealer, now=later)
    with pytest.raises(SignInAgain):
        await read(stores, token)


async def test_keys_that_got_lost_verify_nothing_any_more(stores: Stores, fiona: Actor) -> None:
    token = await issued(stores, fiona)
    await rotate(stores.engine, stores.sealer, lost=True)
    with pytest.raises(SignInAgain):
        await read(stores, token)
    assert await read(stores, await issued(stores, fiona))


async def test_keys_rotate_after_ninety_days_and_not_before(stores: Stores) -> None:
    now = datetime.now(UTC)
    await rotate(stores.engine, stores.sealer, now=now)
    assert not await rotate_if_due(stores.engine, stores.sealer, now=now + timedelta(days=89))
    assert await rotate_if_due(stores.engine, stores.sealer, now=now + timedelta(days=91))


async def test_private_keys_are_sealed_and_sealed_anew(stores: Stores, fiona: Actor) -> None:
    """K6, K7: no dump of the database has a key; an old sealing key can go after a rotation."""
    await rotate(stores.engine, stores.sealer)
    async with stores.engine.connect() as connection:
        dump = str((await connection.execute(text("SELECT * FROM app.signing_key"))).all())
    assert "PRIVATE KEY" not in dump and '"d"' not in dump
    newer = Sealer((bytes(32), *stores.sealer.keys))
    await rotate(stores.engine, newer)
    only = Stores(stores.engine, stores.store, Sealer((bytes(32),)), stores.settings)
    async with stores.engine.connect() as connection:
        sealed = (await connection.execute(select(SigningKey.id, SigningKey.sealed))).all()
    assert all(only.sealer.is_current(row.sealed) for row in sealed)
    assert await read(only, await issued(only, fiona))
    await rotate(stores.engine, Sealer((*stores.sealer.keys, bytes(32))))


# --- how tokens are written


def test_a_mistyped_token_is_known_without_asking_a_store() -> None:
    token = texts.write(texts.PERSONAL, bytes(range(48)))
    assert texts.read(texts.PERSONAL, token, 48) == bytes(range(48))
    for place in range(len(texts.PERSONAL), len(token)):
        other = "x" if token[place] != "x" else "y"
        assert texts.read(texts.PERSONAL, token[:place] + other + token[place + 1 :], 48) is None
    assert texts.read(texts.PERSONAL, token[:-1], 48) is None
    assert texts.read(texts.DEVICE, token, 48) is None
    assert texts.read(texts.PERSONAL, "agp_" + "é" * 71, 48) is None


def test_an_operator_rotates_the_keys(
    urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AGRIGEN_DATABASE_URL", urls.app)
    monkeypatch.setenv("AGRIGEN_HOME", str(tmp_path))
    monkeypatch.setenv("AGRIGEN_SEALING_KEYS", f'["{bytes(range(32)).hex()}"]')
    for option, told in (([], "verify for a day"), (["--lost"], "No older key")):
        assert main(["keys", "rotate", *option]) == 0
        assert told in capsys.readouterr().out
