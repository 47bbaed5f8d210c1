"""The season page and the animal card in Chromium: recorded, refused, corrected, and seen live."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

import agrigen as ag
from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
TODAY = date.today()
MATED = TODAY - timedelta(days=80)
SOON_MS = 12_000


@dataclass
class Flock:
    """A ewe that was mated eighty days ago, another, and a ram, on a farm of fiona's."""

    client: ag.client.Hub
    farm: str
    ewe: str
    ewe_tag: str
    other_tag: str
    other: str
    ram_tag: str


@pytest.fixture(scope="module")
def flock(hub: RunningHub) -> Flock:
    client = hub.client("fiona")
    farm = min(client.farms.list(mine=True), key=lambda one: one["name"])["id"]
    number = uuid4().hex[:6].upper()
    tags = [f"SEA {number} {name}" for name in ("EWE", "TWO", "RAM")]
    born = {"farm_id": farm, "birth_date": "2022-03-01"}
    ewe, other, ram = (
        client.animals.create(tag=tag, sex=sex, **born)["id"]
        for tag, sex in zip(tags, "FFM", strict=True)
    )
    for female in (ewe, other):
        client.events.record(female, "mating", MATED, method="natural", sire_ids=[ram])
    return Flock(client, farm, ewe, tags[0], tags[1], other, tags[2])


def test_what_is_recorded_beside_the_work_list_or_anywhere_changes_it(
    visit: Visitor, flock: Flock
) -> None:
    page = visit("fiona")
    page.goto(f"/services/dashboards/season?farm={flock.farm}&kind=pregnancy_check")
    expect(page.get_by_role("link", name=flock.ewe_tag)).to_be_visible()
    page.get_by_label("Animal", exact=True).fill(flock.ewe_tag)
    page.get_by_label("What happened").select_option("Birth")
    page.get_by_label("Young 1: tag").fill("TOO SOON")
    record(page)
    expect(page.get_by_text("80 days are too few for a lambing")).to_be_visible()
    page.get_by_label("What happened").select_option("Pregnancy check")
    page.get_by_label("Result", exact=True).select_option("Multiple")
    page.get_by_label("How many young were counted").fill("two")
    record(page)
    expect(page.get_by_text("“two” is not a number")).to_be_visible()
    page.get_by_label("How many young were counted").fill("2")
    record(page)
    expect(page.get_by_text(f"Pregnancy check of {flock.ewe_tag} is recorded.")).to_be_visible()
    expect(page.get_by_role("link", name=flock.ewe_tag)).to_have_count(0)
    page.get_by_label("Remark", exact=True).fill("half a sen")
    scan = {"method": "ultrasound", "result": "empty"}
    flock.client.events.record(flock.other, "pregnancy_check", TODAY, **scan)
    expect(page.get_by_role("link", name=flock.other_tag)).to_have_count(0, timeout=SOON_MS)
    expect(page.get_by_label("Remark", exact=True)).to_have_value("half a sen")
    picture(page, "farmer-season")


def record(page: Page) -> None:
    page.get_by_role("button", name="Record", exact=True).click()


def test_an_entry_is_put_right_on_the_card_and_then_said_not_to_have_happened(
    visit: Visitor, flock: Flock
) -> None:
    flock.client.records.add(flock.ewe, trait="weight", value=61.5, recorded_on=TODAY)
    page = visit("fiona")
    page.goto(f"/services/dashboards/animal?id={flock.ewe}")
    expect(page.get_by_text(f"natural, {flock.ram_tag}")).to_be_visible()
    expect(page.get_by_text("61.5 kg").first).to_be_visible()
    page.get_by_label("Weights in").select_option("Pounds")
    expect(page.get_by_text("135.6 lb").first).to_be_visible()
    change = page.get_by_role("link", name="Change Mating")
    change.click()
    page.get_by_label("Remark", exact=True).fill("in the top field")
    page.get_by_role("button", name="Save correction").click()
    expect(page.get_by_text("Say in a few words why")).to_be_visible()
    page.get_by_label("Why is it changed").fill("place was missing")
    page.get_by_role("button", name="Save correction").click()
    expect(page.get_by_text("corrected: place was missing")).to_be_visible()
    change.click()
    page.get_by_label("Why is it changed").fill("another ewe")
    page.get_by_role("button", name="It did not happen").click()
    expect(change).to_have_count(0)
    page.get_by_role("button", name="Show what did not happen").click()
    expect(page.get_by_text("did not happen: another ewe")).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("link", name="Summary (PDF)").click()
    assert told.value.suggested_filename.endswith(".pdf")
    picture(page, "farmer-animal")
