"""A farm's whole year on the phone page, half of it without a signal; then seen everywhere else.

Mating, scanning, a litter of three of which one is fostered, weights, weaning, a treatment, a sale
and a death; two phones that tell the same lambing, and an entry that the hub refuses.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

import agrigen as ag
from tests.browsing import Visitor, picture
from tests.phones import PAGE, TODAY, day, opened, phone_of, settled
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

NUMBER = 100 + uuid4().int % 900  # animals of this run end in NUMBER00, NUMBER01, ...
RAM, THREE, ONE, TWICE, SOLD = range(5)
MATED, SCANNED, LAMBED, WEANED = 290, 210, 143, 83  # days ago
MODEL = "weaning_weight ~ farm:birth_year + sex + linear(age_days) + animal(animal) + random(dam)"
ADJUSTED = {"50-day": 19.0, "100-day": 31.0}  # weighed on these days
VARIANCES = {"a": 4.0, "dam": 2.0, "residual": 14.0}


def tag(which: int) -> str:
    return f"YEAR {NUMBER}{which:02}"


class Year:
    """The farm at the desk, as its farmer reads it."""

    def __init__(self, hub: ag.client.Hub) -> None:
        self.hub = hub
        self.farm = next(str(one["id"]) for one in hub.farms.list() if one["code"] == "HILL")
        mothers = [
            one["id"]
            for one in hub.animals.list(farm=self.farm, sex="F", born_to=day(2000), limit=4)
        ]
        self.ids = [self._bought(RAM, sex="M")]
        self.ids += [
            self._bought(place, sex="F", dam_id=dam) for place, dam in enumerate(mothers, 1)
        ]

    def _bought(self, which: int, **more: str) -> str:
        known = {"tag": tag(which), "breed": "Texel", "birth_date": day(1300), **more}
        return str(self.hub.animals.create(farm_id=self.farm, **known)["id"])

    def lambs(self, *dams: int) -> list[ag.client.Item]:
        """Those that were born to these ewes, in order of tags."""
        found = [one for dam in dams for one in self.hub.animals.offspring(self.ids[dam])]
        return sorted(found, key=lambda one: one["tag"])


@pytest.fixture(scope="module")
def year(hub: RunningHub) -> Year:
    return Year(hub.client("fiona"))


@pytest.fixture(scope="module")
def phones(hub: RunningHub, chromium: Browser, year: Year) -> Iterator[list[BrowserContext]]:
    """Two phones on which fiona has signed in and chosen this farm."""
    with ExitStack() as stack:
        pair = [stack.enter_context(phone_of(hub, chromium)) for _ in range(2)]
        for phone in pair:
            page = opened(phone, offline=False)
            page.locator("#top .farm").tap()
            page.get_by_role("radio", name="Hillside Farm").tap()
            expect(page.locator("#top .farm")).to_have_text("Hillside Farm")
            page.close()
        yield pair


def card(page: Page, which: str) -> None:
    """The animal's card, by the last digits of its tag."""
    page.get_by_role("link", name="Find", exact=True).tap()
    page.locator("body[data-path='/']").wait_for()
    page.locator("#find").fill(which[-5:])
    page.locator("#found a").first.tap()
    expect(page.get_by_role("heading", name=which[-5:])).to_be_visible()


def task(page: Page, which: str, what: str) -> None:
    """A task of an animal, where need be one of the other entries."""
    card(page, which)
    link = page.get_by_role("link", name=what, exact=True)
    if not link.is_visible():
        page.get_by_text("Other entries").tap()
    link.tap()
    expect(page.get_by_role("heading", name=what)).to_be_visible()


def choose(page: Page, group: str, what: str) -> None:
    page.get_by_role("group", name=group).get_by_role("radio", name=what, exact=True).tap()


def name(page: Page, role: str, which: int) -> None:
    """Another animal that a form asks for."""
    page.get_by_role("searchbox", name=role).fill(tag(which)[-5:])
    page.locator(".found button").first.tap()


def save(page: Page, what: str, on: int) -> None:
    page.get_by_label("Day", exact=True).fill(day(on))
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text(f"Saved: {what}")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)  # and the card is drawn


def mate(page: Page, ewe: int, on: int) -> None:
    task(page, tag(ewe), "Mating")
    name(page, "Sire", RAM)
    save(page, "Mating", on)


def lamb(page: Page, ewe: int, sexes: str, kg: float) -> list[str]:
    """A lambing; answers the tags that the phone gave."""
    task(page, tag(ewe), "Lambing")
    choose(page, "How many", str(len(sexes)))
    if not page.get_by_label("Tag").first.input_value():
        page.get_by_role("button", name="Give the next tags").tap()
    for place, sex in enumerate(sexes, 1):
        choose(page, f"No. {place}", "Female" if sex == "F" else "Male")
        page.get_by_label("kg", exact=True).nth(place - 1).fill(str(kg))
    tags = [field.input_value() for field in page.get_by_label("Tag").all()]
    save(page, "Lambing", LAMBED)
    return tags


def weigh(page: Page, lambs: list[str], kg: float, on: int) -> None:
    page.get_by_role("link", name="Weigh", exact=True).tap()
    page.get_by_label("Day", exact=True).fill(day(on))
    for place, which in enumerate(lambs, 1):
        page.get_by_label("Tag or reader").fill(which[-5:])
        page.locator(".found button").first.tap()
        page.get_by_label("Weight (kg)").fill(str(kg + place))
        page.get_by_role("button", name="Save and next").tap()
        expect(page.get_by_text(f"{place} weighed")).to_be_visible()


def test_ewes_are_mated_and_scanned_in_flight_mode(phones: list[BrowserContext]) -> None:
    page = opened(phones[0], offline=True)
    for ewe in (THREE, ONE, TWICE):
        mate(page, ewe, MATED)
    for ewe, result, young in ((THREE, "more than one", 3), (ONE, "pregnant", 1)):
        task(page, tag(ewe), "Pregnancy scan")
        choose(page, "Result", result)
        choose(page, "How many", str(young))
        save(page, "Pregnancy scan", SCANNED)
    expect(page.get_by_text("Pregnancy scan pregnant 1")).to_be_visible()
    expect(page.locator("#light")).to_have_text("No signal · 5")
    page.close()


def test_triplets_are_born_and_one_is_fostered_before_there_is_a_signal(
    phones: list[BrowserContext], year: Year
) -> None:
    page = opened(phones[0], offline=True)  # closed and opened again: a cold start
    tags = lamb(page, THREE, "FMF", kg=3.5)
    lamb(page, ONE, "M", kg=5.0)
    task(page, tags[2], "Fostering")
    name(page, "New mother", ONE)
    save(page, "Fostering", LAMBED - 1)
    expect(page.get_by_text(f"Foster dam: {tag(ONE)}")).to_be_visible()
    picture(page, "year-fostered")
    assert year.lambs(THREE) == []
    phones[0].set_offline(False)
    settled(page)
    page.close()

    lambs = [year.hub.animals.get(one["id"]) for one in year.lambs(THREE)]
    assert [one["tag"] for one in lambs] == tags
    assert {(one["birth_type"], one["sire_id"]) for one in lambs} == {(3, year.ids[RAM])}
    assert [one["foster_dam_id"] for one in lambs] == [None, None, year.ids[ONE]]


def test_the_same_lambing_on_two_phones_is_asked_about(
    phones: list[BrowserContext], year: Year
) -> None:
    first, second = phones
    for phone in phones:
        page = opened(phone, offline=False)
        settled(page)
        phone.set_offline(True)
        lamb(page, TWICE, "FM", kg=4.0)
        page.close()
    page = opened(first, offline=False)
    settled(page)
    page.close()
    page = opened(second, offline=False)
    page.goto(f"{PAGE}#/reviews")
    expect(page.get_by_text("Twice the same?")).to_be_visible()
    picture(page, "year-twice")
    page.get_by_role("button", name="Keep the hub's").tap()
    expect(page.get_by_text("Nothing to decide.")).to_be_visible()
    page.close()
    assert [one["sex"] for one in year.lambs(TWICE)] == ["F", "M"]


def test_lambs_are_weighed_weaned_dosed_sold_and_lost(
    phones: list[BrowserContext], year: Year, tmp_path: Path
) -> None:
    lambs = [one["tag"] for one in year.lambs(THREE, ONE)]
    page = opened(phones[0], offline=False)
    weigh(page, lambs, 16.0, LAMBED - 50)
    for place, which in enumerate(lambs):
        task(page, which, "Weaning")
        page.get_by_label("Weight").fill(str(20.5 + place))
        save(page, "Weaning", WEANED)
    weigh(page, lambs, 28.0, LAMBED - 100)
    task(page, lambs[0], "Treatment")
    page.get_by_label("Medicine", exact=True).fill("Drench")
    choose(page, "Kind of medicine", "wormer")
    page.get_by_label("Withdrawal meat").fill("14")
    save(page, "Treatment", 3)
    expect(page.get_by_text("Do not slaughter before")).to_be_visible()
    camera = tmp_path / "camera.jpg"
    Image.new("RGB", (1200, 900), "#7a5").save(camera)
    page.get_by_role("link", name="Photo").tap()
    page.locator("#picture").set_input_files(camera)
    expect(page.locator(".pictures img")).to_be_visible()
    page.get_by_role("button", name="Save").tap()
    for which, how, on in ((lambs[1], "sold", 10), (lambs[3], "died", 5)):
        task(page, which, "Sold or dead")
        choose(page, "How", how)
        save(page, "Sold or dead", on)
    settled(page)
    picture(page, "year-died")
    page.close()
    states = [one["status"] for one in year.lambs(THREE, ONE)]
    assert states == ["alive", "sold", "alive", "dead"]


def test_a_mating_of_a_ewe_that_was_sold_is_refused_and_mended(
    phones: list[BrowserContext], year: Year
) -> None:
    page = opened(phones[0], offline=True)
    mate(page, SOLD, 5)
    year.hub.events.record(year.ids[SOLD], "disposal", day(20), disposal="sold")  # at the desk
    phones[0].set_offline(False)
    settled(page, "refused")
    page.locator("#light").tap()
    expect(page.locator(".refused li")).to_contain_text("sold")
    picture(page, "year-refused")
    page.get_by_role("link", name="Mend").tap()
    page.get_by_label("Day", exact=True).fill(day(25))
    page.get_by_role("button", name="Save").tap()
    settled(page)
    page.close()
    (mating,) = year.hub.events.search(animal=year.ids[SOLD], kind="mating")
    assert mating["occurred_on"] == day(25)


def test_lists_excel_pdf_ade_and_the_history_tell_the_year(year: Year, tmp_path: Path) -> None:
    hub, lambs = year.hub, year.lambs(THREE, ONE)
    due = hub.events.due(year.farm, day(0), day(-30))
    due = due[due["tag"].isin([one["tag"] for one in lambs])]
    assert set(due["kind"]) == {"withdrawal_end"}
    weights = hub.performance.of_animal(lambs[2])["weights"]
    assert {one["name"]: one["weight_kg"] for one in weights["adjusted"]} == ADJUSTED

    book = openpyxl.load_workbook(hub.reports.report(year.farm, tmp_path / "report.xlsx"))
    rows = {row[0]: row for row in book["Animals"].iter_rows(values_only=True)}
    assert rows[lambs[2]["tag"]][6:10] == (3, "alive", tag(RAM), tag(THREE))
    assert rows[lambs[3]["tag"]][7] == "dead"
    assert hub.reports.report(year.farm, tmp_path / "report.pdf").read_bytes()[:4] == b"%PDF"

    since = f"{TODAY.isoformat()}T00:00:00Z"
    parturitions = list(hub.exchange.messages("HILL", "parturitions", changed_since=since))
    litter = next(one for one in parturitions if tag(THREE) in str(one))
    assert len(litter["progenyDetails"]) == 3
    deaths = list(hub.exchange.messages("HILL", "deaths", changed_since=since))
    assert any(lambs[3]["tag"] in str(one) for one in deaths)
    fostered, born = hub.animals.history(lambs[2]["id"])
    assert fostered["after"] == {"foster_dam_id": year.ids[ONE]}
    assert (born["action"], born["after"]["dam_id"]) == ("animals:create", year.ids[THREE])


def test_the_lambs_weights_give_breeding_values_on_their_cards(
    hub: RunningHub, year: Year, visit: Visitor
) -> None:
    steward = hub.client("stella")
    run = steward.evaluations.create(
        MODEL, variances=VARIANCES, farms=[year.farm], name="The year of the lambs"
    ).wait()
    lambs = year.lambs(THREE, ONE)
    run.publish()
    try:
        found = [year.hub.animals.breeding_value_items(one["id"]) for one in lambs]
        assert [one["records"] for (one,) in found] == [1, 1, 1, 1]
        page = visit("fiona")
        page.goto(f"/services/dashboards/animal?id={lambs[2]['id']}")
        expect(page.get_by_text("The year of the lambs")).to_be_visible()
        body = page.locator("main")
        for text in (tag(THREE), tag(RAM), "triplet", "1 own record", "Fostering"):
            expect(body).to_contain_text(text)
        picture(page, "year-animal")
        page.goto(f"/services/dashboards/season?farm={year.farm}")
        expect(page.get_by_role("link", name=lambs[0]["tag"]).first).to_be_visible()
        picture(page, "year-season")
    finally:
        run.withdraw()
