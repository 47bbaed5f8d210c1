"""Refresh tokens: they rotate, forgive a bad signal and die with a thief."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from hub.actor import Actor, Assurance
from hub.audit.models import AuditEvent
from hub.errors import Invalid, SignInAgain
from hub.permissions import Permission, Role
from hub.storage.dynamodb import CREDENTIALS
from hub.storage.sealing import Sealer
from hub.storage.transaction import begin
from hub.tokens import Kind, Pair, Stores, end_all, families, list_for, repository, texts, verify
from hub.tokens import refresh as refresh_
from tests.database import Make

SCOPE = frozenset({Permission.EVENTS_WRITE, Permission.ANIMALS_READ})
RECENT = Assurance(1, datetime.now(UTC), frozenset({"pwd"}))


@pytest_asyncio.fixture(loop_scope="session")
async def fiona(make: Make) -> Actor:
    made = await make.person(f"fiona{datetime.now(UTC).timestamp()}", Role.FARMER)
    return replace(made, assurance=RECENT)


async def signed_in(stores: Stores, person: Actor, **more: datetime) -> Pair:
    _, pair = await families.start(
        stores, person, client="agrigen-phone", name="Phone", scope=SCOPE, **more
    )
    return pair


async def refresh(stores: Stores, pair: Pair, **more: object) -> Pair:
    return await refresh_(stores, pair.refresh_token or "", **more)  # type: ignore[arg-type]


async def counter_of(stores: Stores, person: Actor) -> int:
    (family,) = await list_for(stores.store, person.person_id, Kind.FAMILY)
    return family.counter


async def refused(stores: Stores, pair: Pair, **more: object) -> str:
    with pytest.raises(Invalid) as found:
        await refresh(stores, pair, **more)
    return str(found.value.attributes["error"])


async def test_a_refresh_gives_the_next_tokens(stores: Stores, fiona: Actor) -> None:
    first = await signed_in(stores, fiona)
    second = await refresh(stores, first)
    third = await refresh(stores, second)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    said = await verify(stores.engine, stores.sealer, stores.settings, third.access_token)
    assert (said.person_id, said.scope) == (fiona.person_id, SCOPE)
    assert said.assurance.at is not None
    assert abs(said.assurance.at - RECENT.at) < timedelta(seconds=1)  # type: ignore[operator]


async def test_twenty_refreshes_at_once_all_succeed_and_nobody_is_signed_out(
    stores: Stores, fiona: Actor
) -> None:
    """G10, K5: same generation for all of them."""
    first = await signed_in(stores, fiona)
    pairs = await asyncio.gather(*(refresh(stores, first) for _ in range(20)))
    assert len({pair.refresh_token for pair in pairs}) == 1
    assert await counter_of(stores, fiona) == 1
    assert await refresh(stores, pairs[0])


async def test_an_answer_that_was_lost_is_given_again_however_late(
    stores: Stores, fiona: Actor
) -> None:
    first = await signed_in(stores, fiona)
    lost = await refresh(stores, first)
    later = datetime.now(UTC) + timedelta(days=5)
    again = await refresh(stores, first, now=later)
    assert again.refresh_token == lost.refresh_token
    assert await counter_of(stores, fiona) == 1


async def test_an_old_token_that_was_on_its_way_is_forgiven_for_seconds(
    stores: Stores, fiona: Actor
) -> None:
    now = datetime.now(UTC)
    first = await signed_in(stores, fiona, now=now)
    second = await refresh(stores, first, now=now)
    third = await refresh(stores, second, now=now)
    late = await refresh(stores, first, now=now + timedelta(seconds=9))
    assert late.refresh_token == third.refresh_token


async def test_a_replayed_token_kills_the_family_for_everybody(
    stores: Stores, fiona: Actor
) -> None:
    """G10, K5: generation n-2 after the window; the end is kept although the call fails."""
    first = await signed_in(stores, fiona)
    third = await refresh(stores, await refresh(stores, first))
    later = datetime.now(UTC) + timedelta(seconds=11)
    assert await refused(stores, first, now=later) == "invalid_grant"
    assert await refused(stores, third) == "invalid_grant"
    said = await verify(stores.engine, stores.sealer, stores.settings, third.access_token)
    with pytest.raises(SignInAgain, match="over"):
        async with begin(stores.engine, as_shown(fiona, said.credential)):
            pass
    ada = replace(fiona, session_id="")
    async with begin(stores.engine, ada) as tx:
        await tx.session.execute(text("SELECT 1"))


def as_shown(person: Actor, credential: str) -> Actor:
    from hub.actor import Credential

    return replace(person, session_id=credential, credential=Credential.ACCESS)


async def test_the_replay_is_written_down(
    stores: Stores, fiona: Actor, owner_engine: object
) -> None:
    first = await signed_in(stores, fiona)
    await refresh(stores, await refresh(stores, first))
    await refused(stores, first, now=datetime.now(UTC) + timedelta(seconds=11))
    async with owner_engine.connect() as connection:  # type: ignore[attr-defined]
        acts = await connection.scalars(
            select(AuditEvent.action).where(AuditEvent.person_id == fiona.person_id)
        )
        assert acts.all() == ["tokens:reused"]


async def test_a_crash_after_the_rotation_loses_nobody(
    stores: Stores, fiona: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the write and the answer: the next try gets what was lost."""
    first = await signed_in(stores, fiona)

    async def killed(*_: object, **__: object) -> Pair:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(families, "_pair", killed)
        with pytest.raises(KeyboardInterrupt):
            await refresh(stores, first)
    assert await counter_of(stores, fiona) == 1
    assert await refresh(stores, await refresh(stores, first))


async def test_a_crash_while_a_family_is_ended_leaves_it_ended(
    stores: Stores, fiona: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await signed_in(stores, fiona)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(repository, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            await end_all(stores.engine, stores.store, fiona.person_id)
    assert await refused(stores, pair) == "invalid_grant"


async def test_a_token_of_the_future_is_refused_and_kills_nothing(
    stores: Stores, fiona: Actor
) -> None:
    """As after the store was put back to an older state."""
    first = await signed_in(stores, fiona)
    second = await refresh(stores, first)
    (family,) = await list_for(stores.store, fiona.person_id, Kind.FAMILY)
    place = (CREDENTIALS, str(fiona.person_id), f"CREDENTIAL#{family.id}")
    stores.store.update(*place, "SET #counter = :zero", "", zero=0)
    assert await refused(stores, second) == "invalid_grant"
    assert await refresh(stores, first)


async def test_forged_refresh_tokens_are_refused(stores: Stores, fiona: Actor) -> None:
    pair = await signed_in(stores, fiona)
    content = texts.read(texts.REFRESH, pair.refresh_token or "", 52)
    assert content is not None
    other = bytes([content[0] ^ 1])
    forged = [
        content[:-1] + bytes([content[-1] ^ 1]),  # another HMAC
        content[:31] + bytes([content[31] ^ 1]) + content[32:],  # another counter
        other + content[1:],  # another person
        content[:-20] + bytes(20),
    ]
    for one in forged:
        wrong = Pair(access_token="", scope="", refresh_token=texts.write(texts.REFRESH, one))
        assert await refused(stores, wrong) == "invalid_grant"
    for text_ in ("", "agr_", "agr_" + "A" * 80, pair.access_token, "x" * 10_000):
        wrong = Pair(access_token="", scope="", refresh_token=text_)
        assert await refused(stores, wrong) == "invalid_grant"
    assert await refresh(stores, pair)


async def test_families_end_when_idle_and_when_old(stores: Stores, fiona: Actor) -> None:
    """B4: refreshing all the time does not make one live for ever."""
    start = datetime.now(UTC)
    pair = await signed_in(stores, fiona, now=start)
    assert await refused(stores, pair, now=start + timedelta(days=31)) == "invalid_grant"
    for days in range(20, 90, 20):
        pair = await refresh(stores, pair, now=start + timedelta(days=days))
    assert await refused(stores, pair, now=start + timedelta(days=91)) == "invalid_grant"


async def test_roles_are_those_of_now(stores: Stores, fiona: Actor, owner_engine: object) -> None:
    """C6: what was taken away is gone at the next refresh; disabled people are out."""
    pair = await signed_in(stores, fiona)
    await change(owner_engine, fiona.person_id, "roles = ARRAY['adviser']")
    pair = await refresh(stores, pair)
    assert pair.scope == "animals:read"
    await change(owner_engine, fiona.person_id, "disabled_at = now()")
    assert await refused(stores, pair) == "invalid_grant"


async def change(engine: object, person_id: UUID, what: str) -> None:
    async with engine.begin() as connection:  # type: ignore[attr-defined]
        statement = text(f"UPDATE app.person SET {what} WHERE id = :id")
        await connection.execute(statement, {"id": person_id})


async def test_a_refresh_can_ask_for_less_but_not_for_more(stores: Stores, fiona: Actor) -> None:
    pair = await signed_in(stores, fiona)
    less = await refresh(stores, pair, scope=frozenset({Permission.ANIMALS_READ}))
    assert less.scope == "animals:read"
    assert await refused(stores, less, scope=frozenset({Permission.AUDIT_READ})) == "invalid_scope"
    assert (await refresh(stores, less)).scope == "animals:read events:write"


async def test_keys_of_families_are_sealed_and_sealed_anew(stores: Stores, fiona: Actor) -> None:
    """K6: after a refresh under a new sealing key the old one is not needed."""
    first = await signed_in(stores, fiona)
    newer = replace(stores, sealer=Sealer((bytes(32), *stores.sealer.keys)))
    second = await refresh(newer, first)
    (family,) = await list_for(stores.store, fiona.person_id, Kind.FAMILY)
    assert newer.sealer.is_current(family.sealed)
    assert await refresh(newer, second)
