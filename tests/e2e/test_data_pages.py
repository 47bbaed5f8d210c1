"""Data by screen: freeze, correct a weight, freeze again, see exactly that, cite, take along."""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from dashboards.components.farms import farm_names
from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

PAGES = "/services/dashboards"
FARM = "Hillside Farm"
NAME = "Weights of the hill flock"


def part(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).check()


def freeze(page: Page, others: Iterable[str]) -> str:
    """Freeze one farm by the form, not the others; the id of the version."""
    page.goto(f"{PAGES}/datasets")
    expect(page.get_by_role("heading", name="Freeze the data as they are now")).to_be_visible()
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("Give the dataset a name")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Why").fill("Before the scales were mended")
    for farm in others:
        page.get_by_role("checkbox", name=farm, exact=True).uncheck()
    page.get_by_role("button", name="Freeze").click()
    return opened(page)


def opened(page: Page) -> str:
    """Wait for a freeze, open its version, and say its id."""
    page.get_by_role("link", name="Open the new version").click()
    expect(page.get_by_role("radio", name="What is in it")).to_be_visible()
    return parse_qs(urlsplit(page.url).query)["id"][0]


@pytest.fixture(scope="module")
def weight(hub: RunningHub) -> dict[str, object]:
    """A weight of the farm, to be corrected."""
    stella = hub.client("stella")
    farm = next(one for one in stella.farms.list() if one["name"] == FARM)
    found = stella.records.of_farm(farm["id"], limit=1).iloc[0].to_dict()
    return {"id": found["id"], "value": found["value"], "tag": found["tag"], "farm": farm["id"]}


def test_a_corrected_weight_is_exactly_what_two_versions_differ_in(
    visit: Visitor, hub: RunningHub, weight: dict[str, object]
) -> None:
    page = visit("stella")
    others = farm_names(hub.client("stella").farms.list(limit=None)).keys() - {FARM}
    first = freeze(page, others)
    expect(page.get_by_text("HILL", exact=True).first).to_be_visible()
    picture(page, "dataset")

    changed = round(float(str(weight["value"])) + 1.5, 2)
    hub.client("stella").records.correct(str(weight["id"]), value=changed, reason="scales")
    part(page, "Go on from it")
    page.get_by_label("Why").fill("After they were mended")
    page.get_by_role("button", name="Freeze again").click()
    page.get_by_role("button", name="Yes").click()
    second = opened(page)
    assert second != first

    part(page, "Compare")
    expect(page.get_by_role("link", name=re.compile(f"{NAME}, version 1"))).to_be_visible()
    expect(page.get_by_text("1 changed", exact=False).first).to_be_visible()
    rows = page.get_by_label("Rows that differ").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text(str(weight["tag"]))
    expect(rows.last.locator("ins")).to_have_text(f"{changed:g}")
    picture(page, "dataset-compare")

    part(page, "Cite")
    expect(page.get_by_label("BibTeX")).to_have_value(re.compile("@misc"))
    picture(page, "dataset-cite")
    part(page, "Tags")
    page.get_by_label("Tag", exact=True).fill("official")
    page.get_by_role("button", name="Give this version the tag").click()
    expect(page.get_by_text("official is at this version now")).to_be_visible()
    picture(page, "dataset-tags")

    page.goto(f"{PAGES}/dataset?id={first}&part=back")
    page.get_by_label("Tables").select_option("records")
    page.get_by_role("button", name="Try bringing it back").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("nothing was changed in any farm")).to_be_visible()
    expect(page.get_by_role("button", name="Bring it back into the farms")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("records HILL done"))
    expect(row.get_by_role("cell").nth(4)).to_have_text("1")
    link = row.get_by_role("link", name="open")
    expect(link).to_have_attribute("href", re.compile(r"/import-run\?id="))
    picture(page, "dataset-restore")

    page.goto(f"{PAGES}/datasets")
    row = page.get_by_role("row", name=re.compile(NAME)).first
    expect(row).to_contain_text("official → 2")
    picture(page, "datasets")


def test_a_farmer_takes_a_workbook_along(visit: Visitor, tmp_path: Path) -> None:
    page = visit("fiona")
    page.goto(f"{PAGES}/exports")
    expect(page.get_by_role("checkbox", name=FARM)).to_be_visible()
    expect(page.get_by_text("Tag of the animal, unique on the farm")).to_be_visible()
    picture(page, "exports-empty")
    page.get_by_role("button", name="Make the files").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name=re.compile("Download")).first.click()
    coming.value.save_as(tmp_path / "all.zip")
    picture(page, "exports")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert "datapackage.json" in archive.namelist()
        name = next(one for one in archive.namelist() if one.endswith("/animals.xlsx"))
        book = openpyxl.load_workbook(io.BytesIO(archive.read(name)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][:2] == ("id", "sex")
    assert len(rows) > 100


@pytest.mark.parametrize("path", ["datasets", "exports"])
def test_pages_about_data_fit_a_phone(visit: Visitor, path: str) -> None:
    page = visit("stella")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{PAGES}/{path}")
    expect(page.get_by_role("navigation", name="Data")).to_be_visible()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    picture(page, f"{path}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
