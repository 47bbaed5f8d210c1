"""Local sign-in: roles become groups, a disabled account is out, a sleeping store stops nobody."""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from hub import accounts
from hub.accounts import LocalAccountCreate
from hub.jupyterhub.authenticator import LocalAccounts
from hub.jupyterhub.sessions import record_sign_in
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.settings import Settings

PASSWORD = "a long enough password 123"


@pytest.fixture
async def authenticator(urls: Urls, owner_engine: Any) -> Any:
    settings = Settings(database_url=SecretStr(urls.app))
    new = LocalAccountCreate(
        username="gate-keeper",
        name="Gate Keeper",
        roles=frozenset({Role.STEWARD, Role.ADMIN}),
        password=SecretStr(PASSWORD),
    )
    await accounts.bootstrap(owner_engine, [new])
    made = LocalAccounts(settings=settings)
    yield made, owner_engine
    await made._engine.dispose()


async def test_the_right_password_gives_roles_as_groups(authenticator: Any) -> None:
    made, _ = authenticator
    found = await made.authenticate(None, {"username": "gate-keeper", "password": PASSWORD})
    assert found["groups"] == ["admin", "steward"]
    assert found["admin"] is True


@pytest.mark.parametrize(
    "data", [{}, {"username": "gate-keeper", "password": "no"}, {"password": "x"}]
)
async def test_anything_else_gives_nobody(authenticator: Any, data: dict[str, str]) -> None:
    made, _ = authenticator
    assert await made.authenticate(None, data) is None


async def test_a_disabled_account_is_out_at_the_next_look(authenticator: Any) -> None:
    made, owner = authenticator
    keeper = SimpleNamespace(name="gate-keeper")
    assert await made.refresh_user(keeper)
    change = text("UPDATE app.person SET disabled_at = :at WHERE username = 'gate-keeper'")
    async with owner.begin() as connection:
        await connection.execute(change, {"at": datetime.now(UTC)})
    try:
        assert not await made.refresh_user(keeper)
    finally:
        async with owner.begin() as connection:
            await connection.execute(change, {"at": None})


async def test_a_session_store_that_is_away_keeps_nobody_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = SimpleNamespace(headers={"User-Agent": "test"}, remote_ip="127.0.0.1")
    handler = SimpleNamespace(
        request=request, get_session_cookie=lambda: "s", set_session_cookie=lambda: "s"
    )
    nowhere = Settings(dynamodb_endpoint="http://127.0.0.1:9")
    await record_sign_in(nowhere, handler, "sam", logging.getLogger("test"))
    assert "could not be noted" in caplog.text
