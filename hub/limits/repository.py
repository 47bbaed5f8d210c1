"""The shared counters, each a single statement in a transaction of its own."""

from sqlalchemy import text

from hub.limits.policies import Policy
from hub.storage.postgres import Engine

_TAKE = text("SELECT granted, full_in FROM app.take_rate(:key, :quota, :window, :cost, :most)")
_GUESS = text("SELECT app.guess(:key, :quota, :window)")
_FORGIVE = text("SELECT app.forgive_guess(:keys)")
_FORGET = text("SELECT app.forget_rates(:seconds)")


async def take(engine: Engine, key: str, policy: Policy, cost: int, most: int) -> tuple[int, float]:
    """Units granted, 0 or from `cost` to `most`, and the seconds until the bucket is full."""
    values = {"key": key, "quota": policy.quota, "window": policy.window}
    async with engine.begin() as connection:
        row = (await connection.execute(_TAKE, values | {"cost": cost, "most": most})).one()
    return int(row.granted), float(row.full_in)


async def guess(engine: Engine, key: str, policy: Policy) -> float:
    """0 when one more may be tried, and it is counted; else the seconds until it may."""
    values = {"key": key, "quota": policy.quota, "window": policy.window}
    async with engine.begin() as connection:
        return float((await connection.execute(_GUESS, values)).scalar_one())


async def forgive(engine: Engine, keys: list[str]) -> None:
    async with engine.begin() as connection:
        await connection.execute(_FORGIVE, {"keys": keys})


async def forget(engine: Engine, seconds: float) -> int:
    """Delete counts that have been full, or without a guess, for so long."""
    async with engine.begin() as connection:
        return int((await connection.execute(_FORGET, {"seconds": seconds})).scalar_one())
