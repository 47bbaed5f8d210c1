"""Other people's files in the browser: handed in, looked at, loaded without typing a mapping."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

IMPORTS = "/services/dashboards/imports"
KG_OF_LB = 0.45359237
ROWS = 12
SLOW = 60_000


@pytest.fixture(scope="module")
def tags(hub: RunningHub) -> list[str]:
    """Sheep of Hillside that are alive."""
    client = hub.client("fiona")
    farm = next(one for one in client.farms.list() if one["name"] == "Hillside Farm")
    alive = [one for one in client.animals.iterate(farm=farm["id"]) if one["status"] == "alive"]
    return [one["tag"] for one in alive[:ROWS]]


def scale_file(folder: Path, name: str, tags: list[str], month: int, *more: str) -> Path:
    """As a German scale writes it: semicolons, decimal commas, days first, pounds."""
    lines = [f"{tag};{day:02d}.{month:02d}.2026;{90 + day},5;" for day, tag in enumerate(tags, 1)]
    path = folder / name
    path.write_text(
        "\n".join(["Ohrmarke;Wiegedatum;Gewicht (lb);Bemerkung", *lines, *more, ""]),
        encoding="latin-1",
    )
    return path


def hand_in(page: Page, path: Path) -> None:
    """From the page of imports to the look at the file."""
    page.goto(IMPORTS)
    page.get_by_role("link", name="Hand in files").first.click()
    page.wait_for_url("**/hand-in/")  # and its script is there
    page.get_by_label("Choose files").set_input_files(path)
    page.get_by_role("link", name="Look at it and import").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible(timeout=SLOW)


def weights_of(hub: RunningHub, tag: str) -> dict[str, float]:
    client = hub.client("fiona")
    animal = client.animals.lookup(tag)[0]["animal"]["id"]
    found = client.animals.records(animal, trait="weight")
    return dict(zip(found["recorded_on"].astype(str).str[:10], found["value"], strict=True))


def test_a_messy_file_goes_in_without_typing_and_the_next_one_with_one_click(
    visit: Visitor, hub: RunningHub, tags: list[str], tmp_path: Path
) -> None:
    page = visit("fiona")
    hostile = f"{tags[0]};31.02.2026;90,5;<script>alert('Größe')</script>"
    hand_in(page, scale_file(tmp_path, "waage_2026-09.csv", tags, 9, hostile))
    expect(page.get_by_text("For Hillside Farm: 3 of 4 columns are used")).to_be_visible()
    date = page.get_by_label("Wiegedatum is").locator("option:checked")
    expect(date).to_have_text("Date")
    expect(page.get_by_text("1 of the first 13 rows would not be taken")).to_be_visible()
    expect(page.get_by_text("41.504").first).to_be_visible()  # 91.5 lb
    picture(page, "import-looked-at")
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/import-run?id=*")
    page.goto(IMPORTS)
    row = page.get_by_role("row", name="waage_2026-09.csv")
    expect(row.get_by_text("12 taken, 1 not taken")).to_be_visible(timeout=SLOW)
    picture(page, "imports")
    assert weights_of(hub, tags[0])["2026-09-01"] == pytest.approx(91.5 * KG_OF_LB, abs=0.01)

    hand_in(page, scale_file(tmp_path, "waage_2026-10.csv", tags, 10))
    expect(page.get_by_text("Files like this came before")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/import-run?id=*")
    page.goto(IMPORTS)
    row = page.get_by_role("row", name="waage_2026-10.csv")
    expect(row.get_by_text("12 taken")).to_be_visible(timeout=SLOW)
    assert weights_of(hub, tags[-1])["2026-10-12"] == pytest.approx(102.5 * KG_OF_LB, abs=0.01)


def test_columns_and_steps_are_changed_by_choice_and_stand_in_the_address(
    visit: Visitor, tags: list[str], tmp_path: Path
) -> None:
    page = visit("fiona")
    hand_in(page, scale_file(tmp_path, "weighed.csv", tags, 8))
    page.get_by_label("Bemerkung is").select_option("Leave out")
    expect(page).to_have_url(re.compile("columns=.*Bemerkung"))
    page.get_by_role("button", name="Remove 3").click()
    expect(page.get_by_text("2 steps of cleaning")).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile("steps=%5B"))
    page.reload()
    left = page.get_by_label("Bemerkung is")
    expect(left.locator("option:checked")).to_have_text("Leave out", timeout=SLOW)
    expect(page.get_by_text("2 steps of cleaning")).to_be_visible()
    page.get_by_role("button", name="Try without loading").click()
    page.wait_for_url("**/import-run?id=*")
    page.goto("/services/dashboards/import")
    page.get_by_role("link", name="weighed.csv").first.click()
    expect(page.get_by_text("For Hillside Farm")).to_be_visible(timeout=SLOW)


def test_workbooks_to_fill_in_are_downloaded(visit: Visitor) -> None:
    page = visit("fiona")
    page.goto(IMPORTS)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Empty").first.click()
    assert waiting.value.suggested_filename.endswith("-animals-template.xlsx")


def test_genotypes_begin_with_files_that_were_handed_in(
    visit: Visitor, hub: RunningHub, tmp_path: Path
) -> None:
    client = hub.client("fiona")
    ped = client.files.upload(b"F A 0 0 1 -9 A A\n", name="few.ped")
    client.files.upload(b"1 m1 0 100\n", name="few.map")
    page = visit("fiona")
    page.goto(f"/services/dashboards/genotypes?file={ped['id']}")
    expect(page.get_by_text("Handed in already")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("few.map")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("few")


@pytest.mark.parametrize("address", ["imports", "import"])
def test_pages_fit_a_telephone(visit: Visitor, address: str) -> None:
    page = visit("fiona")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/services/dashboards/{address}")
    expect(page.get_by_role("link", name="Hand in files").first).to_be_visible(timeout=SLOW)
    page.wait_for_function("document.documentElement.scrollWidth == 360")
