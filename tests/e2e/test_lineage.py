"""Where does this number come from? From an animal's breeding value down to rows of its files."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

LINEAGE = "/services/dashboards/lineage"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def lamb(hub: RunningHub) -> dict[str, str]:
    """A genotyped lamb of Hillside Farm with its official breeding value."""
    fiona = hub.client("fiona")
    flock = next(one for one in fiona.genotypes.list(state="done") if one.version == 2)
    animal = str(flock.parentage(status="excluded").iloc[0]["animal_id"])
    value = fiona.animals.breeding_value_items(animal)[0]
    return {"id": animal, "tag": value["tag"], "evaluation": value["evaluation_id"],
            "set": flock.id}  # fmt: skip


def of_value(lamb: dict[str, str]) -> str:
    return f"{LINEAGE}?type=breeding_value&id={lamb['evaluation']}-{lamb['id']}"


def test_a_farmer_follows_a_number_to_the_row_of_her_file(
    visit: Visitor, lamb: dict[str, str]
) -> None:
    page = visit("fiona")
    page.set_viewport_size({"width": 1280, "height": 1500})
    page.goto(f"/services/dashboards/animal?id={lamb['id']}")
    page.get_by_role("link", name="Where does this number come from?").first.click()
    expect(page.get_by_role("heading", name=f"Breeding value of {lamb['tag']}")).to_be_visible()
    drawn = page.get_by_role("group", name=re.compile("^Where breeding value"))
    expect(drawn.get_by_role("link", name=re.compile("File: hill-records.csv"))).to_be_visible()
    expect(drawn.locator("text", has_text="not visible to you").first).to_be_visible()
    row = page.get_by_role("row", name=re.compile("dam Weaning weight")).first
    expect(row).to_contain_text(re.compile(r"hill-records\.csv, row \d+"))
    picture(page, "lineage-value")
    row.get_by_role("link", name="hill-records.csv").click()
    expect(page.get_by_role("heading", name="File: hill-records.csv")).to_be_visible()
    expect(page.get_by_text("SHA-256").first).to_be_visible()
    expect(page.get_by_role("heading", name="Breeding values that rest on it")).to_be_visible()
    picture(page, "lineage-file")


def test_the_keyboard_goes_from_box_to_box(visit: Visitor, lamb: dict[str, str]) -> None:
    page = visit("fiona")
    page.goto(of_value(lamb))
    box = page.get_by_role("link", name=re.compile("^Import: animals into HILL"))
    expect(box.first).to_be_visible()
    page.get_by_role("region", name="From files to results").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUSED)
        if said.startswith("Import: animals into HILL"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Import: animals into HILL")).to_be_visible()
    expect(page.get_by_text("Rows not taken").first).to_be_visible()


FOCUSED = """() => {
  let at = document.activeElement;
  while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  return at ? at.getAttribute("aria-label") || "" : "";
}"""


def test_a_steward_sees_all_of_a_genomic_value_and_opens_what_was_gathered(
    visit: Visitor, hub: RunningHub, lamb: dict[str, str]
) -> None:
    found = hub.client("stella").evaluations.list(state="done")
    genomic = next(one for one in found if one.item.get("genotype_set_id"))
    page = visit("stella")
    page.goto(f"{LINEAGE}?type=breeding_value&id={genomic.id}-{lamb['id']}")
    expect(page.get_by_role("link", name=re.compile("^File: hill-flock-5k.vcf.gz"))).to_be_visible()
    files = page.get_by_role("link", name=re.compile("^File: "))
    few = files.count()
    picture(page, "lineage-genomic")
    page.get_by_role("link", name=re.compile("^File: and .* more")).click()
    expect(page).to_have_url(re.compile("open=file"))
    expect(page.get_by_role("link", name=re.compile("^File: rams-animals.csv"))).to_be_visible()
    assert files.count() > few
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Picture (SVG)").click()
    kept = ElementTree.parse(waiting.value.path()).getroot()
    assert len(list(kept.iter(f"{SVG}rect"))) > few
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("OpenLineage")).click()
    events = json.loads(Path(waiting.value.path()).read_text())
    assert {genomic.id} < {one["run"]["runId"] for one in events}
    assert {"START", "COMPLETE"} <= {one["eventType"] for one in events}


def test_a_genotype_set_shows_both_ways(visit: Visitor, lamb: dict[str, str]) -> None:
    page = visit("fiona")
    page.goto(f"/services/dashboards/genotype-set?id={lamb['set']}")
    page.get_by_role("link", name=re.compile("Where do they come from")).click()
    expect(page.get_by_role("link", name=re.compile("^Marker study: "))).to_be_visible()
    page.get_by_role("button", name="Where it comes from").click()
    expect(page.get_by_role("link", name=re.compile("^Marker study: "))).to_have_count(0)
    expect(page).to_have_url(re.compile("direction=up"))
    expect(page.get_by_role("link", name=re.compile("^File: hill-flock"))).to_be_visible()


def test_others_learn_nothing_of_it(visit: Visitor, lamb: dict[str, str]) -> None:
    page = visit("marc")
    page.goto(of_value(lamb))
    expect(page.get_by_text("There is no such thing, or you may not see it.")).to_be_visible()
    page.goto(LINEAGE)
    expect(page.get_by_text("Which number?")).to_be_visible()


def test_a_telephone_shows_the_steps_as_a_list(visit: Visitor, lamb: dict[str, str]) -> None:
    page = visit("fiona")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(of_value(lamb))
    expect(page.get_by_role("heading", name="Step by step")).to_be_visible()
    expect(page.get_by_role("group", name=re.compile("^Where breeding"))).to_be_hidden()
    page.get_by_role("heading", name="Step by step").scroll_into_view_if_needed()
    assert wide(page) == 360
    picture(page, "lineage-phone")


def wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))
