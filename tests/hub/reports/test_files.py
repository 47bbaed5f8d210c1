"""Reports as files: what stands in them, in which language, and that they are safe to open."""

import csv
import io
import re
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import openpyxl
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import reports
from hub.actor import Actor
from hub.errors import Invalid, Limited, Missing
from hub.permissions import Role
from hub.reports import AnalyticsQuery, ListQuery, ReportQuery, files, tables
from hub.reports.texts import Texts
from hub.schemas import Language
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.hub.reports.flock import Flock

TODAY = date.today()
YEARS = range(TODAY.year - 4, TODAY.year + 1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flock(make: Make, fiona: Actor, owner_engine: AsyncEngine) -> Flock:
    flock = Flock(await make.farm("HILL", owner=fiona), fiona.person_id).live(YEARS)
    evil = flock.animal("F", date(YEARS[0], 3, 1), tag='=HYPERLINK("http://x")', breed="+1+1")
    evil["breed"] = "@SUM(1)"
    flock.animal("F", None, tag="Δάφνη-Œuf")
    await flock.store(owner_engine)
    return flock


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


async def test_the_flock_report_has_pages_in_both_languages(
    flock: Flock, as_: As, fiona: Actor
) -> None:
    for language in Language:
        async with as_(fiona) as tx:
            made = await reports.farm_pdf(tx, flock.farm_id, AnalyticsQuery(language=language))
        assert made.content.startswith(b"%PDF-")
        assert made.name == f"HILL-report-{datetime.now():%Y-%m-%d}.pdf"
        assert 3 <= pages(made.content) <= 14


async def test_the_summary_of_an_animal_is_one_page_whatever_stands_on_it(
    flock: Flock, as_: As, fiona: Actor, tmp_path: Path
) -> None:
    objects = FolderObjects(tmp_path)
    ram = flock.animals[0]
    greek = flock.animals[-1]
    for animal in (ram, greek, flock.animals[len(flock.animals) // 2]):
        async with as_(fiona) as tx:
            query = ReportQuery(language="fr")
            made = await reports.animal_pdf(tx, objects, animal["id"], query)
        assert pages(made.content) == 1
    fonts = re.findall(rb"/BaseFont /\w+\+(\w+)", made.content)
    assert b"DejaVuSans" in b"".join(fonts)


async def test_a_workbook_has_typed_cells_units_and_says_where_it_is_from(
    flock: Flock, as_: As, fiona: Actor
) -> None:
    async with as_(fiona) as tx:
        made = await reports.farm_workbook(tx, flock.farm_id, AnalyticsQuery())
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    about = {row[0].value: row[2].value for row in book["About this file"].iter_rows(max_row=6)}
    assert about["Made by"] == "fiona"
    assert about["Software"].startswith("AgriGen ")
    assert about["Rows"] == "all that the maker may see"
    sheet = book["Animals"]
    assert sheet.freeze_panes == "A2"
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["Tag", "Name", "Species"]
    born = sheet.cell(2, heads.index("Born") + 1)
    assert isinstance(born.value, datetime)
    assert born.number_format == "yyyy-mm-dd"
    assert sheet.max_row == len(flock.animals) + 1
    milk = book["Test days by month"]
    heads = [cell.value for cell in milk[1]]
    assert "Milk (kg)" in heads
    assert isinstance(milk.cell(2, heads.index("Milk (kg)") + 1).value, float)
    french = Texts("fr")
    assert french.table("animals") == "Animaux"


async def test_nothing_in_a_file_is_computed_by_a_spreadsheet(
    flock: Flock, as_: As, fiona: Actor
) -> None:
    async with as_(fiona) as tx:
        sheet = await reports.table_file(tx, flock.farm_id, "animals", "xlsx", ListQuery())
        plain = await reports.table_file(tx, flock.farm_id, "animals", "csv", ListQuery())
    cells = openpyxl.load_workbook(io.BytesIO(sheet.content))["Animals"].iter_rows(min_row=2)
    values = [cell for row in cells for cell in row]
    assert "f" not in {cell.data_type for cell in values}
    assert '\'=HYPERLINK("http://x")' in {cell.value for cell in values}
    rows = list(csv.DictReader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert len(rows) == len(flock.animals)
    assert not [one for row in rows for one in row.values() if one.startswith(("=", "+", "@"))]
    assert "Δάφνη-Œuf" in {row["tag"] for row in rows}


async def test_every_table_is_a_file_and_lists_follow_the_year(
    flock: Flock, as_: As, fiona: Actor
) -> None:
    year = YEARS[1]
    async with as_(fiona) as tx:
        for name in ("ages", "growth_by_sire", "survival_curve", "benchmarks", *tables.LISTS):
            made = await reports.table_file(tx, flock.farm_id, name, "csv", ListQuery(year=year))
            head = made.content.decode("utf-8-sig").splitlines()[0]
            assert head.split(",") == list(tables.TABLES[name])
        made = await reports.table_file(tx, flock.farm_id, "events", "csv", ListQuery(year=year))
        with pytest.raises(Missing, match=r"There is no table 'x'. There are composition"):
            await reports.table_file(tx, flock.farm_id, "x", "csv", ListQuery())
    told = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert {row["occurred_on"][:4] for row in told} == {str(year)}
    assert len(told) == sum(one["occurred_on"].year == year for one in flock.events)
    births, matings = ([row for row in told if row["kind"] == kind] for kind in
                       ("birth", "mating"))  # fmt: skip
    assert births and all(row["young"] for row in births)
    assert matings and all(row["sires"] for row in matings)
    assert {row["told"] for row in matings} <= {"natural service", "AI", "in a group"}
    assert not [row for row in told if "{" in "".join(row.values())]


async def test_a_list_that_is_too_long_is_refused_and_a_third_file_waits(
    flock: Flock, as_: As, fiona: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 10)
    async with as_(fiona) as tx:
        with pytest.raises(Invalid, match=r"more than 10 rows\. Ask for one year"):
            await reports.table_file(tx, flock.farm_id, "records", "csv", ListQuery())
        assert files.AT_ONCE.acquire(blocking=False)
        assert files.AT_ONCE.acquire(blocking=False)
        try:
            started = perf_counter()
            with pytest.raises(Limited):
                await reports.farm_pdf(tx, flock.farm_id, AnalyticsQuery())
            assert perf_counter() - started < 1
        finally:
            files.AT_ONCE.release()
            files.AT_ONCE.release()


def test_languages_have_the_same_texts() -> None:
    first, second = (Texts(one)._texts for one in Language)
    for group in ("titles", "tables", "notes", "sentences", "columns"):
        assert first[group].keys() == second[group].keys(), group
    assert first["words"].keys() <= second["words"].keys()
    for name, columns in tables.TABLES.items():
        for texts in map(Texts, Language):
            assert texts.table(name)
            assert all(texts.column(name, column) for column in columns)
