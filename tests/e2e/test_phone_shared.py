"""One phone and several people, a phone without room, without memory, with a wrong clock."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsing import picture
from tests.phones import PAGE, Desk, day, desk_of, opened, phone_of, settled, sign_in
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
NUMBER = 100 + uuid4().int % 900


@pytest.fixture(scope="module")
def desk(hub: RunningHub) -> Iterator[Desk]:
    with desk_of(hub) as desk:
        yield desk


@pytest.fixture(scope="module")
def ewe(desk: Desk) -> str:
    return desk.add(f"SHR {NUMBER}01")


@pytest.fixture(scope="module")
def phone(hub: RunningHub, chromium: Browser, ewe: str) -> Iterator[BrowserContext]:
    with phone_of(hub, chromium) as phone:
        yield phone


def remark(page: Page, animal: str, text: str) -> None:
    page.goto(f"{PAGE}#/do/remark/{animal}")
    page.get_by_label("Remark").fill(text)
    page.get_by_role("button", name="Save").tap()


def test_another_person_neither_sees_nor_sends_what_the_first_left_unsent(
    phone: BrowserContext, hub: RunningHub, desk: Desk, ewe: str, tmp_path: Path
) -> None:
    camera = tmp_path / "camera.jpg"
    Image.new("RGB", (300, 200), "#7a5").save(camera)
    page = opened(phone, offline=True)
    remark(page, ewe, "left behind")
    expect(page.get_by_text("Saved: Remark")).to_be_visible()
    page.goto(f"{PAGE}#/photo/{ewe}")
    page.locator("#picture").set_input_files(camera)
    expect(page.locator(".pictures img")).to_be_visible()
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Saved: Photo")).to_be_visible()
    page.close()

    # Marc signs in on the hub in the same browser; nobody has told the phone page.
    phone.clear_cookies()
    phone.set_offline(False)
    desktop = phone.new_page()
    desktop.goto("/hub/login")
    sign_in(desktop, hub, "marc", "**/hub/**")
    desktop.close()
    page = phone.new_page()
    page.goto(PAGE)
    expect(page.get_by_text("fiona used this phone last")).to_be_visible()
    picture(page, "phone-last-used")
    mine = page.evaluate("localStorage['agrigen.session']")
    page.locator("#light").tap()
    left = page.get_by_text("fiona has 2 entries on this phone")
    expect(left.first).to_be_visible()
    settled(page)
    picture(page, "phone-shared")
    # Even a page that has his keys and believes that it is hers sends nothing, and becomes his.
    page.evaluate(CONFUSED, mine)
    with page.expect_response("**/collect/push") as refused:
        page.goto(f"{PAGE}?again")
    assert refused.value.status == 403
    expect(left.first).to_be_visible()
    assert desk.events(ewe, "remark") == []
    page.goto(f"{PAGE}#/animal/{ewe}")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.goto(f"{PAGE}#/outbox")
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    page.goto(f"{PAGE}#/more")
    expect(page.get_by_text("Signed in as marc")).to_be_visible()
    page.get_by_role("button", name="Sign out").tap()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").tap()
    page.wait_for_url("**/hub/**")
    assert desk.events(ewe, "remark") == []

    page.goto(PAGE)
    expect(page.get_by_text("fiona has 2 entries on this phone")).to_be_visible()
    page.get_by_role("link", name="Sign in").tap()
    sign_in(page, hub)
    settled(page)
    [told] = desk.events(ewe, "remark")
    assert told["remark"] == "left behind"
    assert len(desk.client.get(f"/animals/{ewe}/photos").json()["items"]) == 1
    page.close()


def test_signing_out_keeps_what_is_unsent_and_nothing_else(
    phone: BrowserContext, hub: RunningHub, desk: Desk, ewe: str
) -> None:
    page = opened(phone, offline=True)
    remark(page, ewe, "before signing out")
    expect(page.get_by_text("Saved: Remark")).to_be_visible()
    page.goto(f"{PAGE}#/more")
    page.get_by_role("button", name="Sign out").tap()
    picture(page, "phone-sign-out")
    # The signal is back, and the entry not yet sent, when the person signs out.
    page.route("**/collect/push", lambda route: route.abort())
    phone.set_offline(False)
    page.get_by_role("dialog").get_by_role("button", name="Sign out").tap()
    page.wait_for_url("**/hub/**")
    kept = page.evaluate(COUNT)
    assert kept == {"rows": 0, "outbox": 1}
    page.unroute("**/collect/push")
    page.goto(PAGE)
    page.get_by_role("link", name="Sign in").tap()
    sign_in(page, hub)
    settled(page)
    assert "before signing out" in [one["remark"] for one in desk.events(ewe, "remark")]
    page.close()


CONFUSED = """(mine) => {
  const his = JSON.parse(localStorage["agrigen.session"]);
  const { id, person } = JSON.parse(mine);
  localStorage["agrigen.session"] = JSON.stringify({ ...his, id, person });
}"""
FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); };
  window.makeRoom = () => { IDBObjectStore.prototype.put = put; };
}"""
COUNT = """async () => {
  const [{ name }] = await indexedDB.databases();
  const db = await new Promise((done) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => done(asked.result);
  });
  const count = (store) => new Promise((done) => {
    const asked = db.transaction(store).objectStore(store).count();
    asked.onsuccess = () => done(asked.result);
  });
  const found = { rows: await count("rows"), outbox: await count("outbox") };
  db.close();
  return found;
}"""


def test_what_finds_no_room_on_the_phone_can_be_kept_as_a_file(
    phone: BrowserContext, desk: Desk, ewe: str
) -> None:
    page = opened(phone, offline=True)
    page.evaluate(FULL)  # Chromium looks at a changed quota half a minute late
    page.goto(f"{PAGE}#/do/remark/{ewe}")
    page.get_by_label("Remark").fill("no room for this " * 200)
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Not saved: the phone is full")).to_be_visible()
    picture(page, "phone-full")
    with page.expect_download() as download:
        page.get_by_role("button", name="Keep as a file").tap()
    told = json.loads(download.value.path().read_text())
    [entry] = told["typed"]["entries"]
    assert entry["operation"]["values"]["remark"].startswith("no room for this")
    assert page.get_by_label("Remark").input_value().startswith("no room for this")
    page.evaluate("window.makeRoom()")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("Saved: Remark")).to_be_visible()
    phone.set_offline(False)
    settled(page)
    assert any(one["remark"].startswith("no room") for one in desk.events(ewe, "remark"))
    page.close()


def test_a_browser_that_keeps_nothing_takes_nothing(phone: BrowserContext) -> None:
    phone.set_offline(False)
    page = phone.new_page()
    page.add_init_script("indexedDB.open = () => { throw new DOMException('', 'SecurityError') }")
    page.goto(PAGE)
    expect(page.get_by_role("heading", name="This browser keeps nothing")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)
    picture(page, "phone-no-memory")
    page.close()


def test_a_clock_that_is_years_behind_is_told_and_days_are_right(
    phone: BrowserContext, desk: Desk, ewe: str
) -> None:
    phone.set_offline(False)
    page = phone.new_page()
    page.add_init_script(BEHIND)
    page.goto(PAGE)
    settled(page)
    page.goto(f"{PAGE}#/more")
    expect(page.get_by_text("clock is 1,100 days behind")).to_be_visible()
    picture(page, "phone-clock")
    page.goto(f"{PAGE}#/do/remark/{ewe}")
    assert page.get_by_label("Day", exact=True).input_value() == day(0)
    page.get_by_label("Remark").fill("by an old clock")
    with page.expect_response("**/collect/push"):
        page.get_by_role("button", name="Save").tap()
    told = [one for one in desk.events(ewe, "remark") if one["remark"] == "by an old clock"]
    assert [one["occurred_on"] for one in told] == [day(0)]
    page.close()


BEHIND = """{
  const real = Date, back = 1100 * 86400000;
  globalThis.Date = class extends real {
    constructor(...given) { given.length ? super(...given) : super(real.now() - back); }
    static now() { return real.now() - back; }
  };
}"""
