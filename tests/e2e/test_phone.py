"""The phone page in Chromium against the whole hub: in the pen, no signal, wet hands."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, expect

from hub.local import node, web
from tests.browsing import picture
from tests.phones import PAGE, Desk, day, desk_of, opened, phone_of, settled, sign_in
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
MOST_ACTIONS = 14  # taps and keys of a twin lambing; a person does one in about two seconds
NUMBER = 100 + uuid4().int % 900  # tags of this run end in NUMBER01, NUMBER02, ...
TRANSPONDER = f"8260210417{NUMBER}01"


@pytest.fixture(scope="module")
def desk(hub: RunningHub) -> Iterator[Desk]:
    with desk_of(hub) as desk:
        yield desk


@pytest.fixture(scope="module")
def ewes(desk: Desk) -> dict[str, str]:
    ram = desk.add(f"PEN {NUMBER}00", sex="M")
    chip = {"scheme": "std.iso.11785", "value": TRANSPONDER}
    made = {
        "twins": desk.add(f"PEN {NUMBER}01", identifiers=[chip]),
        "sold": desk.add(f"PEN {NUMBER}02"),
        "weighed": desk.add(f"PEN {NUMBER}03"),
    }
    desk.record(made["twins"], day(147), kind="mating", method="natural", sire_ids=[ram])
    scan = {"method": "ultrasound", "result": "multiple", "foetus_count": 2}
    desk.record(made["twins"], day(60), kind="pregnancy_check", **scan)
    return made


@pytest.fixture(scope="module")
def phone(hub: RunningHub, chromium: Browser, ewes: dict[str, str]) -> Iterator[BrowserContext]:
    with phone_of(hub, chromium) as phone:
        yield phone


@dataclass
class Hands:
    """Counts what a person does."""

    page: Page
    actions: int = 0

    def tap(self, place: Locator) -> None:
        place.tap()
        self.actions += 1

    def keys(self, text: str) -> None:
        for key in text:
            self.page.keyboard.press(key)
            time.sleep(0.12)  # a finger, not a reader
            self.actions += 1


def read(page: Page, text: str, seen: Locator) -> None:
    """A reader types; on a busy machine it may come too slowly, and people read again."""
    for _ in range(5):
        page.keyboard.type(f"{text}\n", delay=0)
        try:
            seen.wait_for(timeout=2000)
        except TimeoutError:
            continue
        return
    expect(seen).to_be_visible()


def sex(page: Page, young: int, what: str) -> Locator:
    return page.get_by_role("group", name=f"No. {young}").get_by_role(
        "radio", name=what, exact=True
    )


def test_twins_are_recorded_in_flight_mode_and_sent_with_the_signal(
    phone: BrowserContext, desk: Desk, ewes: dict[str, str]
) -> None:
    page = opened(phone, offline=True)  # a cold start: a new page without a signal
    settled(page, "offline")
    hands = Hands(page)
    hands.tap(page.get_by_role("link", name="Lambing", exact=True))
    hands.tap(page.locator("#find"))
    hands.keys(f"{NUMBER}01")
    hands.tap(page.locator("#found a").first)
    expect(page.get_by_role("heading", name="Lambing")).to_be_visible()
    hands.tap(page.get_by_role("button", name="Give the next tags"))
    hands.tap(sex(page, 1, "Female"))
    hands.tap(sex(page, 2, "Male"))
    picture(page, "phone-lambing")
    hands.tap(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Saved: Lambing")).to_be_visible()
    assert hands.actions <= MOST_ACTIONS
    expect(page.locator("#light")).to_have_text("No signal · 1")
    page.close()
    assert desk.offspring(ewes["twins"]) == []

    page = opened(phone, offline=True)  # closed and opened again, still without a signal
    expect(page.locator("#light")).to_have_text("No signal · 1")
    page.get_by_role("link", name="To send").last.tap()
    expect(page.get_by_text("Waiting to be sent")).to_be_visible()
    picture(page, "phone-waiting")
    phone.set_offline(False)
    settled(page)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    page.close()
    lambs = desk.offspring(ewes["twins"])
    assert sorted(one["sex"] for one in lambs) == ["F", "M"]
    assert {one["birth_type"] for one in lambs} == {2}
    assert len(desk.events(ewes["twins"], "parturition")) == 1


def test_a_reader_that_types_opens_the_animal_wherever_one_is(
    phone: BrowserContext, ewes: dict[str, str]
) -> None:
    page = opened(phone, offline=True)
    page.get_by_role("link", name="Weigh", exact=True).tap()
    weight = page.get_by_label("Weight (kg)")
    weight.tap()
    who = page.locator(".who", has_text=f"{NUMBER}01")
    read(page, f"LA {TRANSPONDER[:3]} {TRANSPONDER[3:]}", who)
    weight.fill("61.5")
    page.get_by_role("button", name="Save and next").tap()
    expect(page.get_by_text("1 weighed")).to_be_visible()
    page.get_by_role("link", name="Due", exact=True).tap()
    expect(page.get_by_role("heading", name="Due", exact=True)).to_be_visible()
    read(page, TRANSPONDER, page.get_by_role("heading", name=f"{NUMBER}01"))
    expect(page.get_by_text("61.5 kg")).to_be_visible()
    picture(page, "phone-animal")
    page.close()


def test_a_refused_entry_says_why_and_is_mended(
    phone: BrowserContext, desk: Desk, ewes: dict[str, str]
) -> None:
    page = opened(phone, offline=True)
    page.goto(f"{PAGE}#/do/treatment/{ewes['sold']}")
    page.get_by_label("Medicine", exact=True).fill("Oxytet")
    page.get_by_label("Withdrawal meat").fill("28")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Saved: Treatment")).to_be_visible()
    desk.record(ewes["sold"], day(3), kind="disposal", disposal="sold")
    phone.set_offline(False)
    settled(page, "refused")
    page.goto(f"{PAGE}#/outbox")
    expect(page.locator(".refused li")).to_contain_text("sold")
    picture(page, "phone-refused")
    assert desk.events(ewes["sold"], "treatment") == []

    page.get_by_role("link", name="Mend").tap()
    expect(page.get_by_label("Medicine", exact=True)).to_have_value("Oxytet")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_role("alert")).to_contain_text("was sold on")  # the phone knows it now
    page.get_by_label("Day", exact=True).fill(day(5))
    page.get_by_role("button", name="Save").tap()
    settled(page)
    (treatment,) = desk.events(ewes["sold"], "treatment")
    assert treatment["occurred_on"] == day(5)
    assert treatment["details"]["withdrawal_meat_days"] == 28
    page.close()


def test_what_was_kept_is_sent_after_signing_in_again(
    phone: BrowserContext, hub: RunningHub, desk: Desk, ewes: dict[str, str]
) -> None:
    page = opened(phone, offline=False)
    settled(page)
    phone.clear_cookies()
    page.goto(f"{PAGE}#/do/remark/{ewes['weighed']}")
    page.get_by_label("Remark").fill("calm")
    page.get_by_role("button", name="Save").tap()
    settled(page, "signed_out")
    page.locator("#light").tap()
    sign_in(page, hub)
    settled(page)
    (remark,) = desk.events(ewes["weighed"], "remark")
    assert remark["remark"] == "calm"
    page.close()


def test_the_phone_finds_due_what_the_hub_finds_due(desk: Desk) -> None:
    first, last = day(60), day(-60)
    told = {
        "animals": desk.all("/animals", farm=desk.farm),
        "events": desk.all("/events", farm=desk.farm),
        "rules": desk.all("/species/rules"),
        "today": day(0),
        "from": first,
        "to": last,
    }
    script = str(web.SOURCE / "tests" / "due.ts")
    shown = subprocess.run(
        [str(node.node()), script], input=json.dumps(told), capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stderr
    days = {"from": first, "to": last}
    listed = desk.client.get(f"/farms/{desk.farm}/due", params=days).json()["items"]
    assert listed
    hubs = {(one["tag"], one["kind"], one["due_on"]) for one in listed}
    assert {tuple(one) for one in json.loads(shown.stdout)} == hubs


def test_a_photo_is_sent_and_signing_out_waits_for_what_is_unsent(
    phone: BrowserContext, desk: Desk, ewes: dict[str, str], tmp_path: Path
) -> None:
    camera = tmp_path / "camera.jpg"
    Image.new("RGB", (3000, 2000), "#7a5").save(camera)
    page = opened(phone, offline=True)
    page.goto(f"{PAGE}#/photo/{ewes['weighed']}")
    page.locator("#picture").set_input_files(camera)
    expect(page.locator(".pictures img")).to_be_visible()
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Saved: Photo")).to_be_visible()
    page.goto(f"{PAGE}#/more")
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_text("One entry is not sent yet")).to_be_visible()
    page.get_by_role("button", name="Cancel").tap()
    phone.set_offline(False)
    settled(page)
    (photo,) = desk.client.get(f"/animals/{ewes['weighed']}/photos").json()["items"]
    assert (photo["width"], photo["height"]) == (1600, 1067)
    page.get_by_role("button", name="Sign out").tap()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").tap()
    page.wait_for_url("**/hub/**")
    kept = page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert kept == []
    page.close()
