"""Data processing to look at: a file with rows to mend, its template, versions, an export.

Asked for through the doors that people use, as all of the demonstration; what is there already is
left alone.
"""

import csv
import io
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from hub import datasets, etl, exports, farms, files, jobs, versions
from hub.actor import Actor
from hub.datasets import DatasetsQuery, TagSet
from hub.etl import ImportCreate, ImportsQuery, cleaning, import_templates
from hub.etl.import_templates import TemplateCreate, TemplateRead, TemplatesQuery
from hub.etl.schemas import Mapping
from hub.exports import ExportCreate, ExportsQuery
from hub.farms import FarmQuery, FarmRead
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction, begin
from hub.versions import Freeze, NextVersion

FARM, NAME, SENDER = "HILL", "Scans of lambs", "Ultrasound service"
FILE = "hill-scans.csv"
HEADER = ("Ear tag", "Scan date", "Muscle depth (mm)", "Fat depth (mm)")
MAPPING = Mapping(
    columns={"animal": HEADER[0], "date": HEADER[1]},
    traits={"muscle_depth": HEADER[2], "fat_depth": HEADER[3]},
)
CLEANING = (
    {"step": "date_format", "columns": [HEADER[1]], "order": "dmy"},
    {"step": "number_format", "columns": [HEADER[2], HEADER[3]], "decimal": ","},
)
DATASET, TAG = "Sheep of Hillside Farm", "before-scanning"
REFUSED = 3
_LAMBS, _AGE, _SEED = 60, 140, 2026


def scans(animals_csv: str, day: date) -> str:
    """The service's file of last year's lambs: decimal commas, days first, three rows wrong."""
    born = (day - timedelta(days=_AGE)).isoformat()
    lambs = [row for row in csv.DictReader(io.StringIO(animals_csv))
             if row["dam"] and row["status"] == "alive" and row["birth_date"] <= born]  # fmt: skip
    lambs = sorted(lambs, key=lambda row: (row["birth_date"], row["id"]))[-_LAMBS:]
    random_ = random.Random(_SEED)  # noqa: S311  a demonstration, no secret
    rows = [[row["id"], f"{day:%d/%m/%Y}", f"{random_.gauss(27, 2.5):.1f}".replace(".", ","),
             f"{max(random_.gauss(2.6, 0.6), 0.8):.1f}".replace(".", ",")]
            for row in lambs]  # fmt: skip
    rows[10][0] += "7"  # no lamb bears this tag
    rows[20][1] = f"31/02/{day:%Y}"
    rows[30][2] = rows[30][2].replace(",", "")
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([HEADER, *rows])
    return text.getvalue()


@dataclass(frozen=True)
class Showing:
    """Who shows it, with what, how jobs are waited for, and where it is told."""

    engine: AsyncEngine
    objects: ObjectStore
    steward: Actor
    over: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    say: Callable[[str], None]

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        return begin(self.engine, self.steward)


async def show_data(showing: Showing, animals_csv: str) -> None:
    """A version of the flock's tables, a file with rows to mend, the next version, an export."""
    async with showing.begin() as tx:
        page = await farms.search(tx, FarmQuery(text=FARM, limit=100))
        farm = next(one for one in page.items if one.code == FARM)
    first = await _version(showing, farm.id, 1, None)
    await _scanned(showing, farm, animals_csv)
    await _version(showing, farm.id, 2, first)
    async with showing.begin() as tx:
        await datasets.put_tag(tx, first, TagSet(name=TAG, why="The flock before it was scanned"))
        if not (await exports.search(tx, ExportsQuery(limit=1))).items:
            await exports.create(tx, ExportCreate(farm_ids=(farm.id,), format="xlsx"))
    showing.say(f"{farm.name}: two versions of its tables are frozen, one export is asked for")


async def _version(showing: Showing, farm_id: UUID, number: int, first: UUID | None) -> UUID:
    """The version of this number: there before, or made now."""
    async with showing.begin() as tx:
        page = await datasets.search(tx, DatasetsQuery(name=DATASET, tables=True))
        mine = next((one for one in page.items if one.number == number), None)
        if mine is not None:
            return mine.id
        if first is None:
            new = Freeze(name=DATASET, why="The season's records, looked through", farms=[farm_id])
            asked = await versions.freeze(tx, new)
        else:
            again = NextVersion(why="With the scans of the lambs")
            asked = await versions.freeze_again(tx, first, again)

    async def look() -> Any:
        async with showing.begin() as tx:
            return await jobs.get(tx, asked.job_id)

    await showing.over(look)
    return asked.dataset_id


async def _scanned(showing: Showing, farm: FarmRead, animals_csv: str) -> None:
    """The service's file, read by its template; what is wrong in it waits to be mended."""
    async with showing.begin() as tx:
        template = await _template(tx, farm.id)
        page = await etl.search(tx, ImportsQuery(farm_id=farm.id, kind="records"))
        asked = next((one for one in page.items if one.template_id == template.id), None)
        if asked is None:
            showing.say(f"importing {FILE}")
            content = scans(animals_csv, farms.today(farm)).encode()
            file = await files.store(
                tx, showing.objects, name=FILE, media_type="text/csv", content=content
            )
            new = ImportCreate(
                farm_id=farm.id, kind="records", file_id=file.id, template_id=template.id
            )
            asked = await etl.create(tx, new)
    wanted = asked.id

    async def look() -> Any:
        async with showing.begin() as tx:
            return await etl.get(tx, wanted)

    done = await showing.over(look)
    showing.say(
        f"{farm.name}: {done.rows_loaded} of {done.rows_read} scans are in, "
        f"{done.rows_rejected} wait to be mended (planted errors)"
    )


async def _template(tx: Transaction, farm_id: UUID) -> TemplateRead:
    page = await import_templates.search(tx, TemplatesQuery(farm_id=farm_id, name=NAME))
    if page.items:
        return page.items[0]
    new = TemplateCreate(
        farm_id=farm_id, name=NAME, sender=SENDER, kind="records", columns=list(HEADER),
        mapping=MAPPING, cleaning=cleaning.load(CLEANING),
    )  # fmt: skip
    return await import_templates.create(tx, new)
