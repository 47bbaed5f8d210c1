"""A8: a hub starts without accounts; the first administrator comes with a link that works once."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import accounts
from hub.errors import Conflict, Gone
from hub.permissions import Role
from tests.hub.accounts.signing import PASSWORD


async def test_a_fresh_hub_has_no_account_and_gets_one_administrator_by_one_link(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM app.person"))).scalar() == 0
    tries = [accounts.first_admin(owner_engine, f"first{number}") for number in range(6)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    [code] = [one for one in answers if isinstance(one, str)]
    assert sum(isinstance(one, Conflict) for one in answers) == 5
    owner = await accounts.redeem_password(engine, code, PASSWORD)
    account = await accounts.sign_in_locally(engine, owner.username, PASSWORD)
    assert account
    assert account.roles == {Role.ADMIN}
    with pytest.raises(Gone):
        await accounts.redeem_password(engine, code, "another good one")
