"""A real store of sessions, and sign-ins made with it."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import sessions
from hub.sessions import Session
from hub.settings import Settings
from hub.storage.dynamodb import Store
from tests.stores import running_store

SignIn = Callable[..., Awaitable[Session]]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("dynamodb"), "sessions-") as opened:
        yield opened


@pytest.fixture
def username() -> str:
    return f"fi#ona {uuid4()}"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sign_in(store: Store, engine: AsyncEngine) -> SignIn:
    """`await sign_in("fiona", "secret id", roles=["farmer"])` begins a session."""

    async def start(username: str, session_id: str, **more: Any) -> Session:
        settings = more.pop("settings", Settings())
        values: dict[str, Any] = {
            "roles": ["researcher"], "address": "127.0.0.1", "agent": FIREFOX, "level": 1,
            "methods": ["pwd"], "issuer": "", **more,
        }  # fmt: skip
        return await sessions.start(
            store, engine, settings, username=username, session_id=session_id, **values
        )

    return start
