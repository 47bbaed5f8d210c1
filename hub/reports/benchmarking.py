"""Use cases of benchmarks: a farm beside farms of its breed and region, and computing a year."""

import asyncio
import logging
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from hub.reports import policy, repository
from hub.reports.schemas import BenchmarkQuery, BenchmarkRead, BenchmarksRead, Quartiles
from hub.reports.texts import Texts
from hub.storage.postgres import Engine
from hub.storage.transaction import Transaction

EVERY_SECONDS = 24 * 3600
YEARS_BACK = 5
"""Years that are computed when a hub has data from before it was one."""

Better = Literal["higher", "lower", "neither"]
METRICS: dict[str, tuple[str, Better]] = {
    "litter_size": ("", "higher"),
    "young_lost": ("%", "lower"),
    "birth_weight": ("kg", "neither"),
    "weaning_weight": ("kg", "higher"),
    "birth_interval": ("d", "lower"),
    "age_at_first_birth": ("d", "lower"),
    "test_day_milk": ("kg", "higher"),
    "cell_score": ("", "lower"),
}
"""Unit, and which way is better."""

log = logging.getLogger(__name__)


async def benchmarks(
    tx: Transaction, farm_id: UUID, query: BenchmarkQuery | None = None
) -> BenchmarksRead:
    """A farm beside the farms of its breeds and region, in the last or an earlier year."""
    query = query or BenchmarkQuery()
    farm = await policy.readable(tx, farm_id)
    texts = Texts(query.language)
    years = await repository.benchmark_years(tx.session, farm_id)
    year = query.year or max(years, default=None)
    rows = await repository.benchmarks(tx.session, farm_id, year) if year else []
    items = [_item(row, texts) for row in rows if row["metric"] in METRICS]
    return BenchmarksRead(
        farm_id=farm.id,
        farm=farm.name,
        region=farm.region,
        year=year,
        years=years,
        items=sorted(items, key=lambda one: (one.breed, list(METRICS).index(one.metric))),
        note=texts.note("benchmarks"),
    )


def _item(row: dict[str, Any], texts: Texts) -> BenchmarkRead:
    unit, better = METRICS[row["metric"]]
    of_breed, of_region = _quartiles(row, "breed"), _quartiles(row, "region")
    return BenchmarkRead(
        metric=row["metric"],
        label=texts.word(row["metric"]).partition(",")[0],
        unit=unit,
        better=better,
        species=row["species"],
        breed=row["breed"],
        year=row["year"],
        value=row["value"],
        animals=row["animals"],
        breed_quartiles=of_breed,
        region_quartiles=of_region,
        standing=_standing(row["value"], of_breed),
    )


def _quartiles(row: dict[str, Any], cell: str) -> Quartiles | None:
    if row[f"{cell}_farms"] is None:
        return None
    region = row["region"] if cell == "region" else ""
    parts = {name: row[f"{cell}_{name}"] for name in ("farms", "q25", "q50", "q75")}
    return Quartiles(region=region, **parts)


def _standing(
    value: float, cell: Quartiles | None
) -> Literal["lowest", "below", "above", "highest"] | None:
    if cell is None:
        return None
    if value < cell.q25:
        return "lowest"
    if value < cell.q50:
        return "below"
    return "above" if value <= cell.q75 else "highest"


async def refresh(engine: Engine, today: date | None = None) -> dict[int, int]:
    """Compute the years that are over and have no benchmarks yet; new cells by year."""
    today = today or datetime.now(UTC).date()
    years = range(today.year - YEARS_BACK, today.year)
    return {year: await repository.refresh(engine, year) for year in years}


async def keep(engine: Engine, *, every: float = EVERY_SECONDS) -> None:
    """Compute what is new now and then, until cancelled."""
    while True:
        try:
            await refresh(engine)
        except Exception as error:  # tomorrow may succeed; nothing is lost
            log.warning("benchmarks could not be computed", exc_info=error)
        await asyncio.sleep(every)
