"""Whether the stores answer, asked by load balancers and `make run`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

PATIENCE_SECONDS = 3.0

Check = Callable[[], Awaitable[None]]


async def check_postgres(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def ask(checks: Mapping[str, Check]) -> dict[str, bool]:
    """Every check at the same time; one that fails or is slow is down, whatever the cause."""
    answers = await asyncio.gather(
        *(asyncio.wait_for(check(), PATIENCE_SECONDS) for check in checks.values()),
        return_exceptions=True,
    )
    return {
        name: not isinstance(answer, BaseException)
        for name, answer in zip(checks, answers, strict=True)
    }
