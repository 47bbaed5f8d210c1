"""Published pigs, gryphons, cattle and Holsteins, taken in by the pages as a person would.

What each file holds, and what tests/hub/etl/test_real_sets.py found in it, stands on the page.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import agrigen as ag
from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

SLOW = 120_000
HAND_IN = "/services/api/hand-in/"
IMPORT = "/services/dashboards/import"


@pytest.fixture(scope="module")
def stella(hub: RunningHub) -> ag.client.Hub:
    """The steward by the API: she makes the farms, and looks whether the pages say the truth."""
    return hub.client("stella")


def new_farm(stella: ag.client.Hub, code: str, name: str, species: str) -> str:
    return str(stella.farms.create(code=code, name=name, species=species)["id"])


def hand_in(page: Page, *paths: Path) -> dict[str, str]:
    """Files go up by the page; the ids that their links lead to, by name."""
    page.goto(HAND_IN)
    page.get_by_label("Choose files").set_input_files(list(paths))
    found = {}
    for path in paths:
        one = page.locator("#list li").filter(has_text=path.name)
        link = one.get_by_role("link", name="Look at it and import")
        found[path.name] = str(link.get_attribute("href", timeout=SLOW)).rpartition("=")[2]
    return found


def look(page: Page, path: Path, farm: str, **chosen: str) -> None:
    """Hand the file in and look at it for this farm; what else is chosen stands in the address."""
    file = hand_in(page, path)[path.name]
    page.goto(f"{IMPORT}?{urlencode({'file': file, 'farm': farm, **chosen})}")
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible(timeout=SLOW)


def take_in(page: Page) -> None:
    """Press the button and wait on the page of the import until it is over."""
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/import-run?id=*", timeout=SLOW)
    expect(page.locator(".steps li.done")).to_have_count(5, timeout=SLOW)


def says(page: Page, taken: int, refused: int) -> None:
    """The numbers of the page."""
    for count, label in ((taken, "rows taken"), (refused, "rows not taken")):
        tile = page.locator(".tile").filter(has_text=label)
        expect(tile.get_by_text(f"{count:,}", exact=True)).to_be_visible(timeout=SLOW)


def bars(page: Page, words: Sequence[str]) -> None:
    """Why rows were not taken, as the bars say it."""
    for one in words:
        expect(page.get_by_role("button", name=one).first).to_be_visible(timeout=SLOW)


def test_pigs_go_in_with_their_records_and_their_genotypes(
    visit: Visitor, stella: ag.client.Hub, reference: Path
) -> None:
    farm = new_farm(stella, "MSU-PIGS", "MSU pigs", "pig")
    folder = reference / "data/msuprp_pig"
    page = visit("stella")
    look(page, folder / "pedigree.csv", farm)
    picture(page, "real-pigs-looked-at")
    take_in(page)
    says(page, 253, 0)
    look(page, folder / "pheno.csv", farm)
    take_in(page)
    says(page, 176, 0)
    picture(page, "real-pigs")
    summary = stella.farms.summary(farm)
    assert summary["animals"] == 253
    drip = next(one for one in summary["traits"] if one["trait"] == "drip_loss")
    assert drip["records"] == 176

    files = hand_in(page, *(folder / f"pig.{end}" for end in ("bed", "bim", "fam")))
    page.goto(f"/services/dashboards/genotypes?file={files['pig.bed']}")
    expect(page.get_by_text("Handed in already")).to_be_visible(timeout=SLOW)
    page.get_by_label("Farm").first.select_option("MSU pigs")
    page.get_by_role("button", name="Hand in").click()
    page.get_by_role("link", name="Open pig").click()
    expect(page.get_by_text("linked to animals")).to_be_visible(timeout=SLOW)
    picture(page, "real-pigs-genotypes")
    told = stella.genotypes.list(farm_id=farm)[0].counts
    samples = len((folder / "pig.fam").read_text().splitlines())
    markers = len((folder / "pig.bim").read_text().splitlines())
    assert (told["samples"], told["linked"], told["markers"]) == (samples, samples, markers)


def test_the_gryphon_that_is_her_own_dam_is_named(
    visit: Visitor, stella: ag.client.Hub, reference: Path
) -> None:
    farm = new_farm(stella, "GRYPHONS", "Gryphons", "sheep")
    path = reference / "data/sommer_gryphon/P_gryphon.csv"
    page = visit("stella")
    look(page, path, farm, kind="animals")
    take_in(page)
    bars(page, ["Own parent", "Loop"])
    told = pd.read_csv(path, dtype=str, keep_default_na=False)
    own = told.index[(told["id"] == told["sire"]) | (told["id"] == told["dam"])] + 2
    run = stella.imports.get(page.url.partition("id=")[2].partition("&")[0])
    assert run["rows_loaded"] + run["rows_rejected"] == len(told) == 1309
    says(page, run["rows_loaded"], run["rows_rejected"])
    page.get_by_role("button", name="Own parent").first.click()
    for row in own:
        expect(page.locator(f'a[href="#row-{row}"]')).to_be_visible(timeout=SLOW)
    picture(page, "real-gryphons")


@pytest.mark.slow
def test_a_pedigree_of_cattle_goes_in_as_it_is(
    visit: Visitor, stella: ag.client.Hub, reference: Path
) -> None:
    farm = new_farm(stella, "SYNBREED", "Synbreed cattle", "cattle")
    page = visit("stella")
    look(page, reference / "data/synbreed_cattle/pedigree.csv", farm)
    take_in(page)
    says(page, 1929, 0)
    expect(page.get_by_text("Every row was taken. There is nothing to mend.")).to_be_visible()
    picture(page, "real-cattle")
    assert stella.farms.summary(farm)["animals"] == 1929


@pytest.mark.slow
def test_holsteins_of_many_generations_go_in(
    visit: Visitor, stella: ag.client.Hub, reference: Path
) -> None:
    farm = new_farm(stella, "HOLSTEIN", "Holsteins", "cattle")
    page = visit("stella")
    look(page, reference / "milk/pedCows.csv", farm)
    take_in(page)
    says(page, 6547, 0)
    picture(page, "real-holsteins")
    assert stella.farms.summary(farm)["animals"] == 6547
