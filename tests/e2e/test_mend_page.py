"""A file with faults of several rules is imported and mended to the last row in Chromium."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

RUN = "/services/dashboards/import-run"
SCRIPT = "<script>document.title='owned'</script>"
PICTURE = "<img src=x onerror=document.title='owned'>"
FORMULA = "=HYPERLINK('http://example.org','animal')"
ROWS = 40


@pytest.fixture(scope="module")
def tags(hub: RunningHub) -> list[str]:
    """Grown animals of a farm of Fiona's."""
    found = hub.client("fiona").animals.list(limit=400, farm=farm(hub), status="alive")
    grown = [one["tag"] for one in found if one["birth_date"] and one["birth_date"] < "2025"]
    assert len(grown) >= ROWS
    return grown[:ROWS]


@pytest.fixture(scope="module", autouse=True)
def dropped(hub: RunningHub, tags: list[str]) -> None:
    """A file in a watched folder, put there early: half-written ones wait."""
    folder = hub.home / "incoming" / "scale"
    folder.mkdir(parents=True, exist_ok=True)
    rows = f"animal,trait,date,value\n{tags[1]},weight,2025-06-02,31\n"
    (folder / "weights.csv").write_text(rows)


def farm(hub: RunningHub) -> str:
    farms = hub.client("fiona").farms.list()
    return str(next(one["id"] for one in farms if one["name"] == "Hillside Farm"))


def planted(tags: list[str], month: int) -> bytes:
    """Weights with dates in another order, units in cells, grams, and two animals misspelled."""
    lines = [f"animal,trait,date,value,{PICTURE}"]
    for n, tag in enumerate(tags):
        day, value = f"2025-{month:02}-{n % 28 + 1:02}", f"{30 + n / 10:.1f}"
        if 5 <= n < 13:
            day = f"{month:02}/{n + 9}/2025"
        elif 13 <= n < 19:
            value += " kg"
        elif 19 <= n < 23:
            value = f"{31_500 + n}"
        animal = {23: SCRIPT, 24: FORMULA}.get(n, tag)
        lines.append(f'"{animal}",weight,{day},{value},{PICTURE if n == 23 else ""}')
    return "\n".join(lines).encode()


def imported(hub: RunningHub, content: bytes, **more: Any) -> dict[str, Any]:
    """The import of a file, over."""
    client = hub.client("fiona")
    file = client.files.upload(content, name="scale.csv")
    made = client.imports.create(file_id=file["id"], farm=farm(hub), kind="records", **more)
    return dict(client.imports.wait(made["id"]))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).first.click()


def by_rule(page: Page, bar: str, action: str, fields: dict[str, str]) -> None:
    """Press the bar of a rule, say what to do, look at it, do it."""
    press(page, bar)
    expect(page.get_by_text("Meant are the rows of the bar")).to_be_visible()
    page.get_by_label("What to do").select_option(action)
    for label, value in fields.items():
        field = page.get_by_label(label, exact=True)
        if value in ("month, day, year", "grams to kilograms"):
            field.select_option(value)
        else:
            field.fill(value)
    press(page, "^Show what it would do")
    expect(page.get_by_text("rows will change")).to_be_visible()


def done(page: Page, count: int) -> None:
    press(page, "^Do it in")
    expect(page.get_by_text(f"{count} taken now").first).to_be_visible()


def mend_by_hand(page: Page, row: int, tag: str) -> None:
    page.locator(f'a[href="#row-{row}"]').click()
    page.get_by_label("animal (wrong)").fill(tag)
    press(page, "^Check and take$")
    expect(page.get_by_text(f"Row {row} was taken.")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "month"), [(1280, 3), pytest.param(360, 4, marks=pytest.mark.slow)]
)
def test_every_row_is_mended_by_rule_and_by_hand(
    visit: Visitor, hub: RunningHub, tags: list[str], width: int, month: int
) -> None:
    taken = imported(hub, planted(tags, month))
    assert taken["rows_rejected"] == 20
    page = visit("fiona")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{RUN}?id={taken['id']}")
    expect(page.get_by_role("button", name=re.compile("Bad date.* 8$"))).to_be_visible()
    expect(page.get_by_text(SCRIPT, exact=True).first).to_be_visible()
    picture(page, f"mend-{width}")
    press(page, "^Mend many at once$")
    by_rule(page, "^Bad date", "Read dates in another order",
            {"The file writes": "month, day, year"})  # fmt: skip
    picture(page, f"mend-preview-{width}")
    done(page, 8)
    by_rule(page, "^Bad number", "Find and replace", {"Find": "kg"})
    done(page, 6)
    by_rule(page, "^Out of range", "Change the unit", {"From and to": "grams to kilograms"})
    done(page, 4)
    page.locator('a[href="#row-25"]').click()
    expect(page.get_by_role("heading", name="Row 25")).to_be_visible()
    page.get_by_role("heading", name="Row 25").scroll_into_view_if_needed()
    picture(page, f"mend-row-{width}")
    mend_by_hand(page, 25, tags[23])
    mend_by_hand(page, 26, tags[24])
    expect(page.get_by_text("Every row was taken. There is nothing to mend.")).to_be_visible()
    page.get_by_text("What was done").click()
    expect(page.get_by_role("cell", name=SCRIPT, exact=True)).to_be_visible()
    picture(page, f"mend-done-{width}")
    assert "AgriGen" in page.title()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    left = hub.client("fiona").imports.get(taken["id"])
    assert (left["rows_rejected"], left["rows_loaded"] + left["rows_unchanged"]) == (0, ROWS)


def test_a_row_is_left_out_taken_back_and_its_mending_undone(
    visit: Visitor, hub: RunningHub, tags: list[str]
) -> None:
    rows = f"animal,trait,date,value\n{tags[0]},weight,soon,31\n".encode()
    taken = imported(hub, rows)
    page = visit("fiona")
    page.goto(f"{RUN}?id={taken['id']}#row-2")
    page.get_by_label("date (wrong)").fill("later")
    press(page, "^Check and take$")
    expect(page.get_by_text("Row 2 is still not right")).to_be_visible()
    page.get_by_text("What was done").click()
    press(page, "^Undo$")
    expect(page.get_by_text("Undone: 1 row changed").first).to_be_visible()
    page.get_by_text("Rows", exact=True).click()
    page.get_by_label("Or leave it out, because").fill("test of the scale")
    press(page, "^Leave this row out$")
    expect(page.get_by_text("Row 2 was left out")).to_be_visible()
    page.get_by_text("Left out (1)").click()
    press(page, "^Take these rows back$")
    expect(page.get_by_text("they wait again")).to_be_visible()
    assert hub.client("fiona").imports.get(taken["id"])["rows_rejected"] == 1


def test_what_was_only_tried_is_imported_with_one_press(
    visit: Visitor, hub: RunningHub, tags: list[str]
) -> None:
    cleaning = [{"step": "date_format", "columns": ["date"], "order": "dmy"}]
    rows = f"animal,trait,date,value\n{tags[0]},weight,20.05.2025,31\n".encode()
    taken = imported(hub, rows, dry_run=True, cleaning=cleaning)
    page = visit("fiona")
    page.goto(f"{RUN}?id={taken['id']}&part=cleaning")
    expect(page.get_by_role("cell", name="2025-05-20")).to_be_visible()
    picture(page, "mend-cleaning")
    press(page, "^Import it now$")
    press(page, "^Yes$")
    expect(page.get_by_text("only tried, nothing is loaded")).to_have_count(0)
    expect(page.locator(".tile").filter(has_text="rows taken").get_by_text("1")).to_be_visible()
    page.get_by_text("Report and origin").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert waiting.value.suggested_filename.endswith("-report.csv")
    assert page.url.split("id=")[1] != taken["id"]


def looked_until_taken(page: Page) -> None:
    """A new file is taken when nobody has touched it for a while."""
    link = page.get_by_role("link", name="Open the import")
    for _ in range(20):
        press(page, "^Look now$")
        press(page, "^Yes$")
        expect(page.get_by_text(re.compile("1 file,")).first).to_be_visible()
        page.wait_for_timeout(2500)
        if link.count():
            return
    raise AssertionError("the file was not taken")


def test_a_steward_watches_a_folder_and_sees_what_was_taken(visit: Visitor, dropped: None) -> None:
    page = visit("stella")
    page.goto("/services/dashboards/sources")
    press(page, "^Watch a new place$")
    page.get_by_label("Name").fill("Scale <b>in the yard</b>")
    page.get_by_label("Farm").select_option("Hillside Farm")
    page.get_by_label("What the files hold").select_option("Weights and other measurements")
    page.get_by_label("Place", exact=True).select_option("folder:scale")
    page.get_by_label("Time zone").select_option("Europe/Paris")
    press(page, "^Keep$")
    expect(page.get_by_text("every day at 06:00 (Europe/Paris)").first).to_be_visible()
    looked_until_taken(page)
    picture(page, "sources-1280")
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth == 360")
    picture(page, "sources-360")
    press(page, "^Pause$")
    press(page, "^Yes$")
    expect(page.get_by_text("paused").first).to_be_visible()
    press(page, "^Watch no longer$")
    press(page, "^Yes$")
    expect(page.get_by_text("No place is watched yet").first).to_be_visible()
