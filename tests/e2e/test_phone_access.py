"""The phone page for everybody: without sight of it, without touching it, in two tabs, renewed."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from extensions.collect.page import BUILT
from hub.local import web
from tests.browsing import picture
from tests.phones import PAGE, Desk, day, desk_of, opened, phone_of, settled
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
NUMBER = 100 + uuid4().int % 900
AXE = web.SOURCE / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
FORMS = ("parturition", "mating", "treatment", "disposal", "movement", "group", "retag", "weight")


@pytest.fixture(scope="module")
def desk(hub: RunningHub) -> Iterator[Desk]:
    with desk_of(hub) as desk:
        yield desk


@pytest.fixture(scope="module")
def ewe(desk: Desk) -> str:
    ram = desk.add(f"ACC {NUMBER}00", sex="M")
    ewe = desk.add(f"ACC {NUMBER}01")
    desk.record(ewe, day(147), kind="mating", method="natural", sire_ids=[ram])
    desk.record(ewe, day(3), kind="treatment", product="Oxytet", withdrawal_meat_days=28)
    return ewe


@pytest.fixture(scope="module")
def phone(hub: RunningHub, chromium: Browser, ewe: str) -> Iterator[BrowserContext]:
    with phone_of(hub, chromium) as phone:
        yield phone


@pytest.fixture(scope="module")
def axe(phone: BrowserContext) -> Page:
    """A page into which axe was put by the browser itself; the page's own policy stays."""
    page = opened(phone, offline=False)
    settled(page)
    page.evaluate(AXE.read_text())
    return page


def screens(ewe: str, event: str) -> list[str]:
    forms = [f"/do/{name}/{ewe}" for name in FORMS]
    entry = [f"/animal/{ewe}", f"/photo/{ewe}", f"/correct/{event}", f"/takeback/{event}"]
    lists = ["/", "/?do=treatment", "/due?days=60", "/weigh", "/outbox", "/more", "/reviews"]
    return [*lists, "/groups", "/places", *entry, *forms, "/animal/unknown"]


def violations(page: Page) -> list[str]:
    """What axe finds: rule, and where."""
    run = "(rules) => axe.run({ runOnly: { type: 'tag', values: rules } })"
    found = page.evaluate(run, RULES)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_breaks_a_rule_of_accessibility(
    axe: Page, desk: Desk, ewe: str, scheme: str
) -> None:
    axe.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    axe.set_viewport_size({"width": 320 if scheme == "dark" else 360, "height": 740})
    [treatment] = desk.events(ewe, "treatment")
    broken: dict[str, list[str]] = {}
    everything = screens(ewe, treatment["id"])
    for screen in everything if scheme == "light" else everything[::2]:
        axe.evaluate("(to) => { location.hash = to }", f"#{screen}")
        axe.wait_for_function("(to) => document.body.dataset.path === to", arg=screen)
        found = violations(axe)
        if found:
            broken[screen] = found
        wide = axe.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            broken.setdefault(screen, []).append(f"{wide} px too wide")
    picture(axe, f"phone-{scheme}")
    assert broken == {}


def test_the_check_above_sees_a_button_without_a_name(axe: Page) -> None:
    axe.evaluate("document.getElementById('main').append(document.createElement('button'))")
    assert any(one.startswith("button-name") for one in violations(axe))


def test_a_lambing_is_recorded_with_the_keyboard_alone(
    phone: BrowserContext, desk: Desk, ewe: str
) -> None:
    page = opened(phone, offline=False)
    keys = page.keyboard
    page.locator("#find").focus()
    keys.type(f"ACC {NUMBER}01", delay=120)  # the whole tag: digits may be in others too
    keys.press("Enter")
    expect(page.get_by_role("heading", name=f"{NUMBER}01")).to_be_visible()
    reach(page, "Lambing")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Lambing")).to_be_visible()
    reach(page, "Female")
    keys.press("Space")
    reach(page, "Save")
    keys.press("Enter")
    expect(page.get_by_text("Saved: Lambing")).to_be_visible()
    page.goto(f"{PAGE}#/outbox")  # whichever tab sends it
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    [birth] = desk.events(ewe, "parturition")
    assert [one["sex"] for one in birth["details"]["offspring"]] == ["F"]
    page.close()


def reach(page: Page, name: str, most: int = 60) -> None:
    """Tab until this has the focus, as the focus is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"{name} is not reached with the keyboard")


FOCUSED = """() => {
  const here = document.activeElement;
  return (here.closest("label") ?? here).innerText.trim();
}"""


def test_two_tabs_send_an_entry_once_and_both_show_it(
    phone: BrowserContext, desk: Desk, ewe: str
) -> None:
    phone.set_offline(True)
    first, second = opened(phone, offline=True), opened(phone, offline=True)
    second.goto(f"{PAGE}#/animal/{ewe}")
    first.goto(f"{PAGE}#/do/remark/{ewe}")
    first.get_by_label("Remark").fill("from the first tab")
    first.get_by_role("button", name="Save").tap()
    expect(second.get_by_text("from the first tab").first).to_be_visible()
    pushed: list[str] = []
    phone.on("request", lambda one: pushed.append(f"{one.url} {one.post_data or ''}"))
    phone.set_offline(False)
    for page in (first, second):
        page.goto(f"{PAGE}#/outbox")
        expect(page.get_by_text("Everything is sent.")).to_be_visible()
    assert len([one for one in pushed if "/push" in one and "from the first tab" in one]) == 1
    told = [one["remark"] for one in desk.events(ewe, "remark")]
    assert told.count("from the first tab") == 1
    first.close()
    second.close()


@pytest.fixture
def newer() -> Iterator[Callable[[], None]]:
    """Gives out another service worker, as after an upgrade of the hub."""
    file = BUILT / "sw.js"
    before = file.read_text()
    yield lambda: file.write_text(f"{before}\n// newer")
    file.write_text(before)


def test_a_new_version_waits_until_it_is_wanted(
    phone: BrowserContext, ewe: str, newer: Callable[[], None]
) -> None:
    page = opened(phone, offline=False)
    page.goto(f"{PAGE}#/do/remark/{ewe}")
    page.get_by_label("Remark").fill("half written")
    newer()
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    expect(page.get_by_text("A new version is here.")).to_be_visible()
    assert page.get_by_label("Remark").input_value() == "half written"
    picture(page, "phone-new-version")
    page.get_by_role("button", name="Reload").tap()
    expect(page.get_by_text("A new version is here.")).to_have_count(0)
    expect(page.get_by_label("Remark")).to_have_value("half written")
    page.close()
