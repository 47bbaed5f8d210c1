"""Sharing, profile and privacy in Chromium, with the keyboard only.

A farmer shares records with a project and ends it, somebody without an account comes by an
invitation, what one chooses on one page is seen on the next, and who wants to go can stay.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import agrigen as ag
from agrigen.client.errors import Missing
from tests import keyboard
from tests.browsing import picture
from tests.keyboard import arrived, go_to, press, said, write
from tests.running import RunningHub, xsrf

pytestmark = pytest.mark.e2e
SHARING = f"{keyboard.ACCOUNT}/sharing"
PROFILE = f"{keyboard.ACCOUNT}/profile"
PRIVACY = f"{keyboard.ACCOUNT}/privacy"
PAGES = {SHARING: "stella", PROFILE: "fiona", PRIVACY: "fiona"}
NEWS = "The hub may write to me about news that are not about my own account"
fresh_page = partial(keyboard.fresh_page, host="127.0.0.1")  # as the common hub calls itself
PURPOSE = "Breeding values for milk that farms of the valley can use"
WORDS = "nine calm cows under a linden tree"
KINDS = {
    "pedigree": "Animals with their names and numbers, sex, breed, birth, parents and status",
    "records": "What was weighed, measured and milked: weights, yields, scores, with their dates",
}


@pytest.fixture(scope="module")
def lind(hub: RunningHub) -> Iterator[dict[str, Any]]:
    """marc's farm, on which rita has no place as long as these tests go on."""
    with closing(hub.browser("marc")) as marc:
        marc.get("/services/api/docs")
        marc.headers["X-XSRFToken"] = xsrf(marc, "/services/api/")
        farms = marc.get(f"{hub.api}/me").json()["farms"]  # other tests give him more
        [farm] = [one for one in farms if one["code"] == "LIND"]
        members = f"{hub.api}/farms/{farm['id']}/members"
        [rita] = [one for one in marc.get(members).json()["items"] if one["username"] == "rita"]
        assert marc.delete(f"{members}/{rita['person_id']}").status_code == 204
        yield farm
    with closing(hub.browser("marc")) as marc:  # signed in a moment ago
        marc.get("/services/api/docs")
        marc.headers["X-XSRFToken"] = xsrf(marc, "/services/api/")
        place = {"username": "rita", "role": rita["role"]}
        assert marc.post(members, json=place).status_code == 200


@pytest.fixture
def as_before(hub: RunningHub) -> Iterator[None]:
    """Other tests meet fiona's profile as it was made."""
    yield
    asked = {"time_zone": "", "organization": "", "cards": [], "suggestions_off": []}
    header = {"Authorization": f"Bearer {hub.token('fiona')}"}
    httpx.patch(f"{hub.api}/me/profile", json=asked, headers=header).raise_for_status()


def opened(page: Page, hub: RunningHub, username: str, to: str = SHARING) -> Page:
    """A page of somebody who signed in on the way, when it shows what they have."""
    keyboard.sign_in(page, username, hub.passwords()[username], to)
    return ready(page)


def ready(page: Page) -> Page:
    lists = "#own-place-list li, #card-list li, #consent-list li"
    expect(page.locator(lists).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    return page


def records(client: ag.client.Hub, farm: dict[str, Any]) -> int:
    """How many records of the farm a person sees; 0 of a farm that they may not see."""
    try:
        return len(client.records.of_farm(farm["id"], limit=50))
    except Missing:
        return 0


def test_what_a_farmer_shares_is_seen_until_they_end_it(
    hub: RunningHub, chromium: Browser, lind: dict[str, Any]
) -> None:
    """By the kinds that were agreed to, and at the next request no more."""
    rita = hub.client("rita")
    assert records(rita, lind) == 0
    with fresh_page(chromium, hub) as page:
        make_project(opened(page, hub, "rita"))
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "marc")
        share(page, hub)
        assert records(rita, lind) > 0
        with fresh_page(chromium, hub, 360) as other:
            expect(opened(other, hub, "rita").locator("#with-me-list")).to_contain_text(PURPOSE)
            assert keyboard.too_wide(other) <= 0
            picture(other, "sharing-with-me-360")
        press(page, "End now: LIND with the project Milk of the valley (VALLEY)")
        picture(page, "sharing-end")
        press(page, "End it now")
        said(page, "Nobody sees it any more")
        assert records(rita, lind) == 0
        expect(page.locator("#ended-part")).to_be_visible()


def make_project(page: Page) -> None:
    press(page, "Make a project or a class")
    write(page, "Name", "Milk of the valley")
    write(page, "Code", "VALLEY")
    write(page, "What it is for", PURPOSE)
    press(page, "Make it")
    said(page, "Milk of the valley (VALLEY) was made. You lead it.")
    picture(page, "sharing-project")


def share(page: Page, hub: RunningHub) -> None:
    """After a sign-in that is old by then, and a code that no project has."""
    keyboard.make_old(hub, "marc")
    press(page, "Share something")
    write(page, "Code of the project", "NOWHERE")
    for kind, sentence in KINDS.items():
        press(page, f"{kind}: {sentence}", "Space")
    write(page, "For what", PURPOSE)
    press(page, "I agree, share this")
    keyboard.confirm(page, hub.passwords()["marc"])
    arrived(page, SHARING)
    said(page, "Press “I agree, share this” once more")
    assert page.locator("#grant-purpose").input_value() == PURPOSE
    page.keyboard.press("Enter")
    wrong = page.locator("#grant p.wrong")
    expect(wrong).to_contain_text("There is no project with the code 'NOWHERE'")
    assert page.evaluate(keyboard.FOCUSED) == "Code of the project"
    picture(page, "sharing-wrong-code")
    write(page, "Code of the project", "VALLEY")
    press(page, "I agree, share this")
    said(page, "LIND shares pedigree, records with the project Milk of the valley (VALLEY)")
    picture(page, "sharing-agreed")


def test_somebody_without_an_account_comes_by_an_invitation(
    hub: RunningHub, chromium: Browser, lind: dict[str, Any]
) -> None:
    """The link is shown once, works once, and gives the place that it says."""
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "marc")
        press(page, "Invite somebody")
        write(page, "Whom it is for (only for your list)", "Nils, for the calving")
        press(page, "Make the invitation")
        shown = page.locator("#invitation-once .secret")
        expect(shown).to_be_visible()
        link = urlsplit(shown.inner_text())
        press(page, "Copy")
        assert page.evaluate("navigator.clipboard.readText()") == shown.inner_text()
        picture(page, "sharing-invitation")
        press(page, "I have kept it")
        expect(page.locator("#invitation-list")).to_contain_text("Nils, for the calving")
        accept(chromium, hub, f"{link.path}#{link.fragment}")
        page.reload()
        ready(page)
        assert link.fragment not in page.content()
        expect(page.locator("#invitation-list")).to_contain_text("None are open.")
        press(page, f"Take it away: the place of Nils North (nils) on {lind['name']} (LIND)")
        press(page, "Take it away")
        said(page, "Nils North (nils) has no place on")


def accept(chromium: Browser, hub: RunningHub, link: str) -> None:
    with fresh_page(chromium, hub) as page:
        page.goto(link)
        expect(page.get_by_text("invites you to the farm Lindenhof, as worker")).to_be_visible()
        write(page, "User name", "nils")
        write(page, "Your name", "Nils North")
        write(page, "New password", WORDS)
        write(page, "The same once more", WORDS)
        press(page, "Make the account and join")
        arrived(page, "/hub/home")
        page.goto(SHARING)
        expect(page.locator("#own-place-list")).to_contain_text("You are worker here.")
        expect(page.locator("#places")).to_be_hidden()  # that is for owners


@pytest.mark.usefixtures("as_before")
def test_a_choice_of_the_profile_is_seen_at_the_next_view(
    hub: RunningHub, chromium: Browser
) -> None:
    with fresh_page(chromium, hub) as page, fresh_page(chromium, hub, 360) as phone:
        opened(page, hub, "fiona", PROFILE)
        opened(phone, hub, "fiona", PROFILE)
        write(page, "Time zone (empty: that of the browser)", "Atlantis/Deep")
        press(page, "Keep this display")
        expect(page.locator("#display p.wrong")).to_contain_text("no time zone")
        write(page, "Time zone (empty: that of the browser)", "Europe/Zurich")
        press(page, "Keep this display")
        said(page, "Every page follows at its next view.")
        write(page, "Organization", "Fields and daughters")
        press(page, "Keep my details")
        said(page, "Your details were changed.")
        order = move_emilia_up(page)
        phone.reload()
        ready(phone)
        expect(phone.locator("#time-zone")).to_have_value("Europe/Zurich")
        expect(phone.locator("#organization")).to_have_value("Fields and daughters")
        assert phone.locator("#card-list li label").all_inner_texts() == order
        phone.goto("/hub/home")
        assert phone.locator(".agrigen-cards h2").all_inner_texts() == order


def move_emilia_up(page: Page) -> list[str]:
    """The focus stays on the button that was pressed, so it is pressed again."""
    go_to(page, "Up: Emilia")
    page.keyboard.press("Enter")
    said(page, "Emilia is number")
    assert page.evaluate(keyboard.FOCUSED) == "Up: Emilia"
    page.keyboard.press("Enter")
    order: list[str] = page.locator("#card-list li label").all_inner_texts()
    press(page, "Keep these cards")
    said(page, "Your home page follows")
    return order


def test_a_kind_of_suggestion_that_is_not_wanted_is_not_shown_again(
    hub: RunningHub, chromium: Browser
) -> None:
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "fiona", PROFILE)
        listed = page.locator("#suggestion-list")
        expect(listed).to_contain_text("Because: You have no authenticator app")
        press(page, "Do not suggest this kind: Sign in with two factors")
        said(page, "You will not see this kind again.")
        page.reload()
        ready(page)
        expect(listed).not_to_contain_text("authenticator app")
        press(page, "Sign in with two factors", "Space")
        press(page, "Keep these suggestions")
        said(page, "Suggestions were changed.")
        expect(listed).to_contain_text("authenticator app")


def test_a_consent_is_given_and_taken_back_with_its_wording(
    hub: RunningHub, chromium: Browser
) -> None:
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "fiona", PRIVACY)
        press(page, f"I agree: {NEWS}")
        said(page, "You agree to this.")
        page.reload()
        ready(page)
        press(page, f"Take it back: {NEWS}")
        said(page, "You do not agree to this any more.")
        news = page.locator("#consent-list > li", has_text=NEWS)
        expect(news).to_contain_text("You took it back or refused")
        expect(news.locator("details li")).to_have_count(2)


def test_everything_about_oneself_is_packed_and_fetched_once(
    hub: RunningHub, chromium: Browser
) -> None:
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "fiona", PRIVACY)
        press(page, "Pack everything about me")
        state = page.locator("#export-state")
        expect(state).to_contain_text("The archive is ready.", timeout=60_000)
        picture(page, "privacy-archive")
        with page.expect_download() as download:
            press(page, "Fetch the archive")
        assert download.value.suggested_filename == "about-you.zip"
        names = ZipFile(download.value.path()).namelist()
        assert any(name.endswith("manifest.json") for name in names), names
        expect(state).to_contain_text("The archive was fetched.")
        page.reload()
        ready(page)
        expect(state).to_contain_text("The archive was fetched.")
        expect(page.get_by_role("button", name="Fetch the archive")).to_have_count(0)


def test_who_wants_to_be_erased_types_their_name_and_can_stay_after_all(
    hub: RunningHub, chromium: Browser
) -> None:
    with fresh_page(chromium, hub) as page:
        opened(page, hub, "sam", PRIVACY)
        press(page, "I want to be erased")
        write(page, "Your user name, to be sure", "Sam")
        press(page, "Erase my account")
        expect(page.locator("#erasure p.wrong")).to_contain_text("Is not the user name.")
        write(page, "Your user name, to be sure", "sam")
        picture(page, "privacy-erasure")
        press(page, "Erase my account")
        said(page, "Your wish is noted.")
        page.reload()
        ready(page)
        expect(page.locator("#erasure-state")).to_contain_text("Your account is erased after")
        press(page, "Take it back, I stay")
        said(page, "You stay. Nothing is erased.")
        expect(page.locator("#erasure-part")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_break_no_rule_of_accessibility(
    hub: RunningHub, chromium: Browser, path: str
) -> None:
    """Contrast is among the rules; everything is open."""
    with fresh_page(chromium, hub) as page:
        opened(page, hub, PAGES[path], path)
        for look in keyboard.looks(page):
            ready(page)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            page.wait_for_load_state("networkidle")  # what is asked for when it is opened
            picture(page, f"{path.rsplit('/', 1)[1]}-{look}", whole=True)
            assert keyboard.violations(page) == [], look
            assert keyboard.too_wide(page) <= 0, look
