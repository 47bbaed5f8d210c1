"""Answers to the questions of `statements`, under the policies of the person who asks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from hub.reports import statements

_SET = text(
    "SELECT set_config('enable_nestloop', :loops, true), set_config('work_mem', :memory, true)"
)

Rows = list[dict[str, Any]]


async def rows(session: AsyncSession, question: str, **values: Any) -> Rows:
    """The rows of a statement of that name."""
    return [dict(row) for row in (await _ask(session, question, values)).mappings()]


async def frame(session: AsyncSession, question: str, **values: Any) -> pd.DataFrame:
    """The same as a data frame."""
    found = await _ask(session, question, values)
    names, records = list(found.keys()), found.fetchall()
    if not records:
        return pd.DataFrame(columns=names)
    return pd.DataFrame(dict(zip(names, zip(*records, strict=True), strict=True)))


async def _ask(session: AsyncSession, question: str, values: dict[str, Any]) -> Any:
    """Run a statement; one of a single farm without nested loops and with memory to sort.

    Just after a load the planner believes a farm to have one row and loops over all its litters
    for each of them: 30 s and more where 5 ms are enough.
    """
    statement = text(getattr(statements, question))
    if question in statements.ACROSS_FARMS:
        return await session.execute(statement, values)
    await session.execute(_SET, {"loops": "off", "memory": "64MB"})
    found = await session.execute(statement, values)
    await session.execute(_SET, {"loops": "on", "memory": "4MB"})
    return found


async def tags(session: AsyncSession, ids: Sequence[str]) -> dict[str, str]:
    """Tags of the visible ones of these animals."""
    found = await rows(session, "TAGS", ids=[UUID(one) for one in ids])
    return {row["id"]: row["tag"] for row in found}


async def more_parents(session: AsyncSession, ids: Sequence[str]) -> pd.DataFrame:
    """The visible ones of these animals with their parents."""
    return await frame(session, "MORE_PARENTS", ids=[UUID(one) for one in ids])


async def benchmark_years(session: AsyncSession, farm_id: UUID) -> list[int]:
    """Years with benchmarks of a breed that the farm contributed to."""
    return [row["year"] for row in await rows(session, "BENCHMARK_YEARS", farm=farm_id)]


async def benchmarks(session: AsyncSession, farm_id: UUID, year: int) -> Rows:
    """What a farm contributed to a year, each with the cells of its breed and region."""
    return await rows(session, "BENCHMARKS", farm=farm_id, year=year)


async def refresh(engine: AsyncEngine, year: int) -> int:
    """Let the database compute a year; it alone reads what all farms contribute."""
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        found = await connection.scalar(
            text("SELECT app.refresh_benchmarks(:year)"), {"year": year}
        )
    return int(found or 0)
