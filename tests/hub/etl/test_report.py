"""Reports say everything that was found, and nothing in them is computed by a spreadsheet."""

import csv
import io
import json
import subprocess
import time
import zipfile
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pytest
import pytest_asyncio

from hub import etl
from hub.actor import Actor
from hub.etl import ImportRead, quarantine
from hub.etl.quarantine import MendByRule
from hub.etl.report import COLUMNS
from hub.local.postgres import Urls
from hub.permissions import Role
from hub.storage.base import new_id
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import Door

FLOCK = """\
id,sex,birth_date,name
A1,F,2023-02-30,=cmd|' /C calc'!A0
A2,X,2023-03-01,@SUM(1)
A3,F,2023-03-02,Zoë
A4,F,,-5
A5,F,31/02/2020,+1+1
"""


class Desk:
    """Where reports are asked for and read."""

    def __init__(self, as_: As, objects: FolderObjects) -> None:
        self.as_, self.objects = as_, objects

    async def bytes(self, actor: Actor, import_id: UUID, form: Any, **options: Any) -> bytes:
        async with self.as_(actor) as tx:
            file = await etl.write_report(tx, self.objects, import_id, form, **options)
        size = etl.report_size(file)
        content = b"".join(etl.report_pieces(file))
        assert len(content) == size
        return content

    async def table(self, actor: Actor, import_id: UUID) -> list[dict[str, str]]:
        text = (await self.bytes(actor, import_id, "csv")).decode()
        return list(csv.DictReader(io.StringIO(text)))

    async def book(self, actor: Actor, import_id: UUID, **options: Any) -> openpyxl.Workbook:
        content = await self.bytes(actor, import_id, "xlsx", **options)
        return openpyxl.load_workbook(io.BytesIO(content))


def facts_of(book: openpyxl.Workbook) -> dict[Any, Any]:
    """The first sheet: what was imported and what became of it."""
    return {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}


@pytest.fixture(scope="module")
def desk(as_: As, objects: FolderObjects) -> Desk:
    return Desk(as_, objects)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stella(make: Make) -> Actor:
    return await make.person("stella", Role.STEWARD)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def done(
    make: Make, door: Door, stella: Actor, worker: subprocess.Popen[bytes]
) -> ImportRead:
    found = await door.bring(stella, await make.farm("HILL"), "animals", FLOCK)
    assert (found.rows_loaded, found.rows_rejected) == (2, 3), found
    return found


async def test_a_csv_report_has_a_line_for_every_finding(
    desk: Desk, stella: Actor, done: ImportRead
) -> None:
    rows = await desk.table(stella, done.id)
    assert tuple(rows[0]) == COLUMNS
    named = ("file", "row", "column", "rule", "severity", "state")
    assert [tuple(row[name] for name in named) for row in rows] == [
        ("animals.csv", "2", "birth_date", "bad_date", "error", "rejected"),
        ("animals.csv", "3", "sex", "bad_sex", "error", "rejected"),
        ("animals.csv", "6", "birth_date", "bad_date", "error", "rejected"),
    ]
    assert all(row["message"] and row["remedy"] for row in rows)


async def test_a_json_report_holds_the_import_its_counts_and_every_finding(
    desk: Desk, stella: Actor, done: ImportRead
) -> None:
    told = json.loads(await desk.bytes(stella, done.id, "json"))
    assert told["import"]["id"] == str(done.id)
    assert [(one["rule"], one["rows"], one["waiting"]) for one in told["summary"]] == [
        ("bad_date", 2, 2), ("bad_sex", 1, 1),
    ]  # fmt: skip
    assert [one["row"] for one in told["findings"]] == [2, 3, 6]


async def test_a_workbook_marks_wrong_cells_and_computes_nothing(
    desk: Desk, stella: Actor, done: ImportRead
) -> None:
    book = await desk.book(stella, done.id)
    assert book.sheetnames == ["Summary", "Rows", "Rules"]
    sheet = book["Rows"]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0] == (
        "row", "state", "id", "sex", "birth_date", "name", "what is wrong", "what to do",
    )  # fmt: skip
    assert [line[0] for line in lines[1:]] == [2, 3, 4, 5, 6]
    assert lines[1][5] == "=cmd|' /C calc'!A0"
    cells = [cell for row in sheet.iter_rows(min_row=2, min_col=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    marked = {(cell.row, cell.column) for cell in cells if cell.fill.fgColor.rgb == "FFF8C9C4"}
    assert marked == {(2, 5), (3, 4), (6, 5)}
    assert {(cell.row, cell.column) for cell in cells if cell.comment} == marked
    assert "2023-02-30" in str(sheet.cell(2, 5).comment)
    assert [row[0] for row in book["Rules"].iter_rows(min_row=2, values_only=True)] == [
        "bad_date", "bad_sex",
    ]  # fmt: skip
    facts = facts_of(book)
    assert (facts["file"], facts["rows read"], facts["rows refused"]) == ("animals.csv", 5, 3)


async def test_a_workbook_of_what_was_found_says_that_rows_are_left_out(
    desk: Desk, stella: Actor, done: ImportRead
) -> None:
    book = await desk.book(stella, done.id, rows="found")
    assert [row[0].value for row in book["Rows"].iter_rows(min_row=2)] == [2, 3, 6]
    assert "rows=all" in facts_of(book)["note"]


async def test_what_would_be_computed_in_a_csv_report_is_quoted(
    desk: Desk, door: Door, stella: Actor, make: Make
) -> None:
    text = 'id,sex\nA1,"=HYPERLINK(""http://x"")"\nA2,-5\n'
    done = await door.bring(stella, await make.farm("QUOTE"), "animals", text)
    assert done.rows_rejected == 2
    content = (await desk.bytes(stella, done.id, "csv")).decode()
    for cell in (cell for row in csv.reader(io.StringIO(content)) for cell in row):
        assert cell[:1] not in "=+-@\t" or not cell
    assert "'-5" in content


async def test_rows_of_several_sheets_have_sheets_of_their_own(
    desk: Desk, door: Door, stella: Actor, make: Make
) -> None:
    farm = await make.farm("SHEETS")
    await door.bring(stella, farm, "animals", "id,sex\nE1,F\n")
    book = openpyxl.Workbook()
    book.active.title = "heat"  # type: ignore[union-attr]
    for name, header, row in (
        ("heat", ("animal", "date"), ("E1", "soon")),
        ("weight", ("animal", "date", "weight"), ("E1", "2021-03-04", "heavy")),
    ):
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.append(header)
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    done = await door.bring(stella, farm, "events", file.getvalue())
    assert done.rows_rejected == 2, done
    told = await desk.book(stella, done.id)
    assert told.sheetnames == ["Summary", "heat", "weight", "Rules"]
    assert [told[name].cell(2, 1).value for name in ("heat", "weight")] == [2, 2]


async def test_a_file_refused_as_a_whole_has_a_report_that_says_so(
    desk: Desk, door: Door, stella: Actor, make: Make
) -> None:
    done = await door.bring(stella, await make.farm("WHOLE"), "animals", "tag,sex\nA,F\n")
    assert done.state == "failed"
    [only] = await desk.table(stella, done.id)
    assert (only["rule"], only["file"]) == ("file_refused", "animals.csv")
    assert only["message"] == done.error
    facts = facts_of(await desk.book(stella, done.id))
    assert facts["refused as a whole"] == done.error


async def test_what_was_mended_is_no_longer_reported_and_what_was_left_out_is(
    desk: Desk, door: Door, stella: Actor, make: Make, as_: As
) -> None:
    done = await door.bring(stella, await make.farm("AFTER"), "animals", FLOCK)
    for action, rows in (
        ({"do": "set", "column": "sex", "value": "F"}, [3]),
        ({"do": "discard", "reason": "no animal"}, [2]),
    ):
        asked = MendByRule.model_validate({"action": action, "filter": {"rows": rows}})
        async with as_(stella) as tx:
            await quarantine.mend_by_rule(tx, done.id, asked)
    rows_left = await desk.table(stella, done.id)
    assert [(row["row"], row["state"]) for row in rows_left] == [
        ("2", "discarded"), ("6", "rejected"),
    ]  # fmt: skip


def seed(urls: Urls, like: ImportRead, count: int) -> UUID:
    """An import with so many refused rows, put there by the database's owner."""
    made = new_id()
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "INSERT INTO app.import SELECT (jsonb_populate_record(i, jsonb_build_object("
            "'id', %s::text, 'rows_read', %s::int, 'rows_rejected', %s::int))).* "
            "FROM app.import i WHERE i.id = %s",
            (made, count, count, like.id),
        )
        connection.execute(
            "INSERT INTO app.import_row (import_id, row_number, farm_id, raw, problems, state) "
            "SELECT %s, n, %s, jsonb_build_object('id', 'B' || n, 'sex', 'F', 'birth_date', 'x'), "
            "jsonb_build_array(jsonb_build_object('file', 'f.csv', 'row', n, 'column', "
            "'birth_date', 'rule', 'bad_date', 'message', 'no date', 'remedy', 'mend it')), "
            "'rejected' FROM generate_series(2, %s) n",
            (made, like.farm_id, count + 1),
        )
    return made


@pytest.mark.slow
async def test_a_report_of_200_000_rows_is_written_in_bounded_time(
    desk: Desk, stella: Actor, done: ImportRead, urls: Urls
) -> None:
    many = seed(urls, done, 200_000)
    for form, seconds in (("csv", 20), ("json", 20), ("xlsx", 60)):
        start = time.perf_counter()
        content = await desk.bytes(stella, many, form)
        took = time.perf_counter() - start
        print(f"{form}: {took:.1f} s, {len(content):,} bytes")
        assert took < seconds
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.getinfo("xl/worksheets/sheet2.xml").file_size > 20_000_000
