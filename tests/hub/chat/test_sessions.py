"""Sign-in sessions: seen, renewed, expired, and of no use to whoever reads the store."""

import time
from uuid import uuid4

import pytest

from hub.accounts import sessions
from hub.chat import repository, upkeep
from hub.storage.dynamodb import MESSAGES, SESSIONS, Store, key


@pytest.fixture
def username() -> str:
    return f"fi#ona \x00 {uuid4()}"


async def test_a_session_is_listed_without_its_id(store: Store, username: str):
    await sessions.record(store, username, "secret-id", address="127.0.0.1", agent="Firefox")
    [found] = await sessions.list_for(store, username)
    assert (found.address, found.agent) == ("127.0.0.1", "Firefox")
    [item] = store.query(SESSIONS, key(username))
    assert "secret-id" not in str(item)


async def test_a_session_seen_again_stays_one_session(store: Store, username: str):
    first = await sessions.record(store, username, "a", address="127.0.0.1", agent="Firefox")
    again = await sessions.record(store, username, "a", address="127.0.0.2", agent="Firefox")
    assert again.created_at == first.created_at
    assert len(await sessions.list_for(store, username)) == 1


async def test_an_expired_session_is_not_listed_and_then_swept(store: Store, username: str):
    await sessions.record(store, username, "old", address="", agent="")
    await sessions.record(store, username, "new", address="", agent="")
    digest = sessions._digest("old")
    past = int(time.time()) - 1
    store.update(SESSIONS, key(username), digest, "SET #ttl = :ttl", "", ttl=past)
    assert len(await sessions.list_for(store, username)) == 1
    assert store.sweep(SESSIONS, time.time()) >= 1
    assert len(await sessions.list_for(store, username)) == 1


async def test_upkeep_tidies_what_is_left_behind(store: Store, username: str):
    await sessions.record(store, username, "old", address="", agent="")
    digest = sessions._digest("old")
    store.update(SESSIONS, key(username), digest, "SET #ttl = :ttl", "", ttl=int(time.time()) - 1)
    owner = str(uuid4())
    conversation = repository.create(store, owner, None)
    said = key(owner, str(conversation.id))
    store.create(MESSAGES, {"conversation": said, "place": "M#0000000001"})
    repository.bury(store, owner, conversation.id)
    await upkeep.tidy(store)
    assert store.query(MESSAGES, said) == []
    stored = [item["session"] for item in store._pages("scan", SESSIONS, {})]
    assert digest not in stored
