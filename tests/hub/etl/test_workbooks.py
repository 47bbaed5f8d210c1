"""Excel workbooks: what is read, what is skipped, what is refused, and how a year of events is."""

import io
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import openpyxl
import pytest
import pytest_asyncio
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from hub import etl, events, records
from hub.actor import Actor
from hub.errors import Invalid
from hub.etl import Mend, MendedRow, event_sheets, templates
from hub.etl.workbooks import read_workbook
from hub.events import EventQuery
from hub.permissions import Role
from hub.records import FarmRecordQuery
from tests.database import As, Make
from tests.workers import Door

KNOWN = ("animal", "date")
Change = Callable[[Any], None]


def saved(change: Change, rows: list[list[Any]] | None = None) -> bytes:
    """A small workbook of weights, changed."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Weights"
    for row in rows or [["animal", "date", "weight"], ["A1", date(2026, 1, 2), 31.5]]:
        sheet.append(row)
    change(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(content: bytes, **more: Any) -> list[dict[str, Any]]:
    return read_workbook("flock.xlsx", content, known=KNOWN, **more).frame.to_dicts()


FIRST = {"_row": 2, "animal": "A1", "date": "2026-01-02", "weight": "31.5"}


def nothing(_: Any) -> None:
    pass


def test_cells_are_read_as_they_would_stand_in_a_csv_file() -> None:
    rows = [["animal", "date", "weight"], [982000123456789, 45567, "31,5"], ["B", None, 30.0]]
    assert read(saved(nothing, rows)) == [
        {"_row": 2, "animal": "982000123456789", "date": "2024-10-02", "weight": "31,5"},
        {"_row": 3, "animal": "B", "date": None, "weight": "30"},
    ]


def test_days_count_from_the_year_that_the_workbook_says() -> None:
    def of_a_mac(sheet: Any) -> None:
        sheet.parent.epoch = CALENDAR_MAC_1904

    rows = [["animal", "date", "weight"], ["A1", 44562, 31.5]]
    [row] = read(saved(of_a_mac, rows))
    assert row["date"] == "2026-01-02"


def test_titles_above_units_below_and_empty_rows_are_skipped() -> None:
    rows = [
        ["Hill Farm, weights 2026"], [None], ["animal", "date", "weight"],
        ["(tag)", "(yyyy-mm-dd)", "kg"], ["A1", date(2026, 1, 2), 31.5],
        [None, None, None], ["", "", ""],
    ]  # fmt: skip
    table = read_workbook("x.xlsx", saved(lambda s: s.merge_cells("A1:C1"), rows), known=KNOWN)
    assert table.frame.to_dicts() == [FIRST | {"_row": 5}]
    assert table.notes["title_rows_skipped"] == 2
    assert table.notes["unit_rows_skipped"] == 1


def test_repeated_names_get_the_title_of_their_group() -> None:
    rows = [[None, "Birth", None, "Weaning", None], ["animal", "date", "kg", "date", "kg"],
            ["A1", date(2026, 1, 2), 4, date(2026, 4, 2), 31]]  # fmt: skip

    def grouped(sheet: Any) -> None:
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("D1:E1")

    [row] = read(saved(grouped, rows))
    assert list(row)[1:] == ["animal", "Birth date", "Birth kg", "Weaning date", "Weaning kg"]


def test_hidden_sheets_are_not_read_and_are_named() -> None:
    def hidden(sheet: Any) -> None:
        other = sheet.parent.create_sheet("Old")
        other.append(["animal", "date", "weight"])
        other.sheet_state = "hidden"

    table = read_workbook("x.xlsx", saved(hidden), known=KNOWN)
    assert table.frame.to_dicts() == [FIRST]
    assert table.notes["hidden_sheets"] == ["Old"]


def second_sheet(sheet: Any) -> None:
    sheet.parent.create_sheet("More").append(["animal", "date"])


def formula(sheet: Any) -> None:
    sheet["C2"] = "=30+1.5"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (saved(lambda s: s.merge_cells("A2:A3")), "cells A2:A3 of sheet 'Weights' are merged"),
        (
            saved(formula),
            "Cell C2 of sheet 'Weights' holds the formula =30\\+1.5 without",
        ),
        (saved(lambda s: s.__setitem__("E2", "late")), "Cell E2 .* its column has no name"),
        (saved(lambda s: s.__setitem__("A2", 1234567890123456)), "more than 15 digits"),
        (saved(second_sheet), "Say in mapping.sheet which of 'Weights', 'More'"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old Excel workbook"),
        (b"PK\x03\x04broken", "no Excel workbook"),
    ],
)
def test_what_has_two_meanings_is_refused_with_its_place(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read(content)


def test_a_stray_cell_at_the_end_of_the_sheet_does_not_take_the_memory() -> None:
    assert read(saved(lambda s: s.__setitem__("A90000", None))) == [FIRST]
    with pytest.raises(Invalid, match="reaches to cell XFD1048576, too far for a table"):
        read(saved(lambda s: s.__setitem__("XFD1048576", "x")))


@pytest.mark.parametrize(
    "harm",
    [b'</sheetData><mergeCells><mergeCell ref="C4:XFD1048576"/></mergeCells>',
     b'<row r="9"/>' * 2_000_000 + b"</sheetData>"],
)  # fmt: skip
def test_a_small_file_that_unpacks_to_millions_of_cells_is_refused_before_it_is_built(
    harm: bytes,
) -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved(nothing))) as book,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in book.namelist():
            bomb.writestr(name, book.read(name).replace(b"</sheetData>", harm))
    with pytest.raises(Invalid, match="more than 2,000,000 cells"):
        read(buffer.getvalue())


def rewritten(content: bytes, change: Callable[[str, bytes], bytes], twice: str = "") -> bytes:
    """A workbook with changed parts; one of them may be there twice."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as book,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as other,
    ):
        for name in book.namelist():
            other.writestr(name, change(name, book.read(name)))
        if twice:
            other.writestr(twice.upper(), b"<x/>")
    return buffer.getvalue()


def test_an_error_in_a_cell_is_a_value_that_rules_refuse_and_not_an_empty_cell() -> None:
    [row] = read(saved(lambda s: s.__setitem__("C2", "#DIV/0!")))
    assert row["weight"] == "#DIV/0!"


def test_a_sheet_that_cannot_be_looked_through_is_not_read() -> None:
    """The reader forgives what is no XML, and might see other cells than were counted."""
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="9"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    harm = b"<row r='5' r='5'/>" + far

    def broken(name: str, part: bytes) -> bytes:
        return part.replace(b"</sheetData>", harm) if name == sheet else part

    for content in (
        rewritten(saved(nothing), broken),
        rewritten(saved(nothing), lambda _, part: part, twice=sheet),
    ):
        with pytest.raises(Invalid, match="no Excel workbook that can be read"):
            read(content)


def test_the_templates_are_read_back_without_a_mapping() -> None:
    content = templates.of_events({"mating": [("E1", date(2026, 10, 1), "natural", "R1")]})
    table = read_workbook("x.xlsx", content, known=event_sheets.KNOWN, several=True)
    [row] = table.frame.to_dicts()
    assert (row["animal"], row["date"], row["method"]) == ("E1", "2026-10-01", "natural")
    assert table.place(row["_row"]) == ("x.xlsx [Matings]", 3)


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    content = templates.of_animals([("=1+1", "F", "@SUM(A1)")])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Animals"]
    assert [(sheet[at].data_type, sheet[at].quotePrefix) for at in ("A3", "C3")] == [
        ("s", True)
    ] * 2


def test_a_remark_that_holds_what_no_workbook_may_goes_out_without_it() -> None:
    content = templates.of_animals([("E1", "F", "a\x0bb\x01")])
    assert openpyxl.load_workbook(io.BytesIO(content))["Animals"]["C3"].value == "ab"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fiona(make: Make) -> Actor:
    return await make.person("fiona", Role.FARMER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hill(make: Make, fiona: Actor, worker: subprocess.Popen[bytes]) -> UUID:
    farm = await make.farm("HILL", owner=fiona)
    for tag, sex in (("R1", "M"), ("E1", "F"), ("E2", "F"), ("E3", "F")):
        await make.animal(farm, tag, sex=sex, birth_date=date(2021, 3, 1))
    return farm


YEAR = {
    "mating": [
        ("E1", date(2024, 10, 2), "natural", "R1"), ("E2", date(2024, 10, 3), "horse", "R1"),
    ],
    "pregnancy_check": [("E1", date(2024, 12, 1), "ultrasound", "multiple", 2)],
    "parturition": [
        ("E1", date(2025, 2, 27), 1, "L1", "F", "live", 4.5),
        ("E1", date(2025, 2, 27), None, "L2", "M", "stillborn"),
        ("E3", date(2025, 3, 1), 1, "L3", "F", "live", 4.1),
        ("E3", date(2025, 3, 1), 1, "L4", "F", "purple", 4.2),
    ],
    "weight": [("E1", date(2025, 6, 1), 71.5)],
    "disposal": [("E2", date(2030, 1, 1), "sold"), ("NOBODY", date(2025, 1, 1), "sold")],
}  # fmt: skip


async def test_a_year_in_a_workbook_is_recorded_and_what_is_wrong_is_mended(
    door: Door, as_: As, fiona: Actor, hill: UUID
) -> None:
    content = templates.of_events(YEAR)
    trial = await door.bring(fiona, hill, "events", content, dry_run=True)
    assert (trial.state, trial.rows_loaded, trial.rows_rejected) == ("done", 0, 5), trial.error
    done = await door.bring(fiona, hill, "events", content)
    assert (done.rows_loaded, done.rows_rejected) == (5, 5), done
    async with as_(fiona) as tx:
        page = await etl.problems(tx, done.id, etl.ProblemsQuery())
        told = await events.search(tx, EventQuery(farm=hill))
    wrong = {(p.file, p.row, p.column, p.rule) for row in page.items for p in row.problems}
    assert wrong == {
        ("events.csv [Matings]", 4, "method", "not_a_choice"),
        ("events.csv [Births]", 5, "", "birth_refused"),
        ("events.csv [Births]", 6, "young_state", "not_a_choice"),
        ("events.csv [Disposals]", 3, "date", "in_the_future"),
        ("events.csv [Disposals]", 4, "animal", "unknown_animal"),
    }
    assert sorted(one.kind for one in told.items) == ["mating", "parturition", "pregnancy_check"]
    [bad] = [r.row for r in page.items if r.values["young_state"] == "purple"]
    async with as_(fiona) as tx:
        mended = await etl.mend(
            tx, done.id, Mend(rows=[MendedRow(row=bad, values={"young_state": "live"})])
        )
        assert (mended.rows_loaded, mended.rows_rejected) == (7, 3)
        found = await events.search(tx, EventQuery(farm=hill, kind="parturition"))
        assert sorted(len(one.details.offspring) for one in found.items) == [2, 2]  # type: ignore[union-attr]


async def test_the_same_workbook_again_records_nothing_twice(
    door: Door, as_: As, fiona: Actor, hill: UUID
) -> None:
    again = await door.bring(fiona, hill, "events", templates.of_events(YEAR))
    assert (again.rows_loaded, again.rows_unchanged) == (0, 5)
    async with as_(fiona) as tx:
        _, content = await etl.workbook(tx, hill, "events", filled=True)
    filled = await door.bring(fiona, hill, "events", content)
    assert (filled.rows_loaded, filled.rows_rejected) == (0, 0), filled


async def test_a_row_of_milk_recording_is_a_record_for_every_result(
    door: Door, as_: As, fiona: Actor, hill: UUID
) -> None:
    file = (
        "Ear tag;Test date;Milk kg;Fat %;SCC;Herd\n"
        "E1;2025-04-01;2,1;6.2;250;X\n"
        "E3;2025-04-01;2.0;;9999999;X\n"
    )
    done = await door.bring(fiona, hill, "milk_recording", file)
    assert (done.rows_loaded, done.rows_rejected) == (1, 1), done.error
    async with as_(fiona) as tx:
        page = await records.of_farm(tx, hill, FarmRecordQuery())
        _, book = await etl.workbook(tx, hill, "milk_recording", filled=True)
    values = {one.trait: one.value for one in page.items if str(one.recorded_on) == "2025-04-01"}
    assert values == {"milk_yield": 2.1, "fat_percent": 6.2, "somatic_cell_count": 250}
    again = await door.bring(fiona, hill, "milk_recording", book)
    assert (again.rows_loaded, again.rows_unchanged) == (0, 1)


async def test_workbooks_of_other_kinds_have_what_the_farm_has(
    as_: As, fiona: Actor, hill: UUID
) -> None:
    async with as_(fiona) as tx:
        _, content = await etl.workbook(tx, hill, "animals", filled=True)
        _, kept = await etl.workbook(tx, hill, "records", filled=True)
    rows = read_workbook("x.xlsx", content, known=("id",)).frame
    assert {"E1", "L1", "R1"} <= set(rows["id"])
    assert "weight" in set(
        read_workbook("x.xlsx", kept, known=KNOWN, sheet="Records").frame["trait"]
    )
