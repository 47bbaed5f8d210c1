"""The pages of administrators in Chromium, with the keyboard only: people, policy, sessions, audit.

Ada makes a person who comes in by a link, gets other roles, is kept out, and all of it stands in an
audit log that nobody changed.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import demonstration, keyboard
from tests.browsing import picture
from tests.keyboard import arrived, go_to, press, said, write
from tests.running import RunningHub, free_ports, running_hub

pytestmark = pytest.mark.e2e
ADMIN = "/services/api/admin"
PEOPLE = f"{ADMIN}/people"
SECURITY = f"{keyboard.ACCOUNT}/security"
WORDS = "four patient goats near the old mill"
READY = {
    "people": "#people li",
    "invitations": "#invited li",
    "policy": "#often table",
    "sessions": "#figures table",
    "audit": "#events li",
}
ROLES = """async () => {
  const token = document.querySelector('meta[name="xsrf"]').content;
  const answer = await fetch("/services/api/api/v1/me", { headers: { "X-XSRFToken": token } });
  return [answer.status, (await answer.json()).roles?.toSorted() ?? null];
}"""


@pytest.fixture(scope="module")
def local(demonstrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    port = free_ports()
    url = f"http://localhost:{port}"
    home = demonstration.copy(demonstrated, tmp_path_factory.mktemp("admin"))
    with running_hub(home, port, AGRIGEN_PUBLIC_URL=url) as running:
        yield running


def opened(page: Page, hub: RunningHub, name: str = "people", username: str = "ada") -> Page:
    """A page of administrators, when it shows what it was told."""
    keyboard.sign_in(page, username, hub.passwords()[username], f"{ADMIN}/{name}")
    return ready(page, name)


def ready(page: Page, name: str = "people") -> Page:
    arrived(page, f"{ADMIN}/{name}")
    expect(page.locator(READY[name]).first).to_be_visible()
    return page


def test_a_person_is_made_changed_and_kept_out_and_the_log_tells_it(
    local: RunningHub, chromium: Browser
) -> None:
    """B7, F1: what administrators decide holds at the next request."""
    with (
        keyboard.fresh_page(chromium, local) as ada,
        keyboard.fresh_page(chromium, local) as nora,
    ):
        opened(ada, local)
        make_nora(ada)
        link = ada.locator("#new-once .secret").inner_text()
        picture(ada, "admin-person-made")
        press(ada, "I have kept it")
        assert link not in ada.content()
        choose_password(nora, link)
        assert nora.evaluate(ROLES) == [200, ["farmer"]]
        change_roles(ada)
        assert nora.evaluate(ROLES) == [200, ["adviser", "farmer"]]
        keep_out(ada)
        assert nora.evaluate(ROLES)[0] == 403
        for address in (SECURITY, "/hub/home"):
            nora.goto(address)
            arrived(nora, "/hub/login")
        press(ada, "Audit")
        look_into_the_log(ready(ada, "audit"))


def make_nora(page: Page) -> None:
    press(page, "Make an account for somebody")
    write(page, "User name", "Nora North")
    press(page, "farmer", "Space")
    press(page, "Make the account")
    expect(page.locator("#new p.wrong")).to_be_visible()
    assert page.evaluate(keyboard.FOCUSED) == "User name"
    write(page, "User name", "nora")
    write(page, "Name of the person", "Nora North")
    page.keyboard.press("Enter")
    expect(page.locator("#new-once .secret")).to_be_visible()


def choose_password(page: Page, link: str) -> None:
    address = urlsplit(link)
    page.goto(f"{address.path}#{address.fragment}")
    write(page, "New password", WORDS)
    write(page, "The same once more", WORDS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("was changed")
    keyboard.sign_in(page, "nora", WORDS, SECURITY)


def change_roles(page: Page) -> None:
    write(page, "Part of a name", "nora")
    page.keyboard.press("Enter")
    said(page, "People shown: 1.")
    press(page, "Open nora")
    expect(page.locator("#person-sessions")).to_contain_text("Sign it out")
    assert page.evaluate(keyboard.FOCUSED) == "Nora North"
    press(page, "adviser", "Space")
    press(page, "Save")
    said(page, "nora has the roles: farmer, adviser.")


def keep_out(page: Page) -> None:
    press(page, "Keep out")
    press(page, "Keep out now")
    said(page, "nora is kept out.")
    expect(page.locator("#people .mark")).to_have_text("kept out")
    picture(page, "admin-person-kept-out")


def look_into_the_log(page: Page) -> None:
    write(page, "Done to (user name)", "nobody-like-this")
    page.keyboard.press("Enter")
    expect(page.locator("#find p.wrong")).to_contain_text("Nobody has the user name")
    write(page, "Done to (user name)", "nora")
    write(page, "Act, such as accounts", "accounts")
    page.keyboard.press("Enter")
    said(page, "Events shown: 4.")
    told = zip(
        page.locator("#events h3").all_inner_texts(),
        page.locator("#events code").all_inner_texts(),
        strict=True,
    )
    assert list(told) == [
        ("ada → nora", "accounts:change"),
        ("ada → nora", "accounts:change"),
        ("nora", "accounts:reset_password"),
        ("ada → nora", "accounts:create"),
    ]
    press(page, "Verify the log")
    expect(page.locator("#verified")).to_contain_text("Nobody changed the log.")
    picture(page, "admin-audit-verified")
    go_to(page, "From the day")
    page.keyboard.type("01012099")
    page.keyboard.press("Enter")
    expect(page.locator("#events")).to_have_text("Nothing fits.")


@pytest.mark.parametrize("name", list(READY))
def test_a_steward_is_told_no(local: RunningHub, chromium: Browser, name: str) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        keyboard.sign_in(page, "stella", local.passwords()["stella"], SECURITY)
        expect(page.locator("#strip")).not_to_contain_text("Administration")
        answer = page.goto(f"{ADMIN}/{name}")
        assert answer and answer.status == 403
        expect(page.locator("main")).to_contain_text("permission")
        assert keyboard.violations(page) == []
        press(page, "Back to what you can open")
        arrived(page, "/hub/home")


def test_an_old_sign_in_is_confirmed_and_the_person_is_open_again(
    local: RunningHub, chromium: Browser
) -> None:
    """B9."""
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local)
        keyboard.make_old(local, "ada")
        press(page, "Open sam")
        write(page, "Full name", "Sam Summer")
        press(page, "instructor", "Space")
        press(page, "Save")
        keyboard.confirm(page, local.passwords()["ada"])
        ready(page)
        said(page, "Press “Save” once more")
        assert page.evaluate(keyboard.FOCUSED) == "Save"
        page.keyboard.press("Enter")
        said(page, "sam has the roles: student, instructor.")
        expect(page.locator("#people")).to_contain_text("Sam Summer")
        assert page.evaluate("sessionStorage.length") == 0
        assert "sam" not in page.url


def test_a_lost_password_gets_a_link_and_sign_ins_of_one_are_ended(
    local: RunningHub, chromium: Browser
) -> None:
    with (
        keyboard.fresh_page(chromium, local) as ada,
        keyboard.fresh_page(chromium, local) as marc,
    ):
        keyboard.sign_in(marc, "marc", local.passwords()["marc"], SECURITY)
        opened(ada, local)
        press(ada, "Open marc")
        press(ada, "Make a link for a new password")
        expect(ada.locator("#person-once .secret")).to_contain_text("/hub/reset#")
        picture(ada, "admin-reset-link")
        press(ada, "I have kept it")
        press(ada, "Take second factors away")
        press(ada, "Take them away")
        said(ada, "marc has no second factors any more.")
        press(ada, "Sign them out everywhere")
        said(ada, "Browsers of marc that were signed out")
        expect(ada.locator("#person-sessions")).to_have_text("Nowhere.")
        assert marc.evaluate(ROLES)[0] == 401


def test_somebody_is_invited_to_the_hub_and_the_invitation_is_taken_back(
    local: RunningHub, chromium: Browser
) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "invitations")
        write(page, "Whom it is for", "the new vet")
        press(page, "Make the invitation")
        expect(page.locator("#error, #invite p.wrong").first).to_be_visible()
        press(page, "adviser", "Space")
        press(page, "Make the invitation")
        expect(page.locator("#invited-once .secret")).to_contain_text("#")
        picture(page, "admin-invitation")
        press(page, "I have kept it")
        press(page, "Take back the invitation the new vet")
        press(page, "Take it back now")
        said(page, "The invitation was taken back.")
        expect(page.locator("#invited")).to_have_text("None are open.")


def test_the_policy_names_the_variable_of_each_rule(local: RunningHub, chromium: Browser) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "policy")
        for name in ("SECOND_FACTOR_ROLES", "SESSION_IDLE_MINUTES", "SESSIONS_AT_ONCE", "LIMITS"):
            expect(page.locator("main")).to_contain_text(f"AGRIGEN_{name}")
        expect(page.get_by_role("row", name="admin 30 minutes 24 hours 3")).to_be_visible()
        expect(
            page.get_by_role("row", name="reading 3,000 in 1 minute person read")
        ).to_be_visible()
        assert page.locator("main :is(button, input)").count() == 0


def test_everybody_is_signed_out_by_typed_words_only(local: RunningHub, chromium: Browser) -> None:
    with (
        keyboard.fresh_page(chromium, local) as ada,
        keyboard.fresh_page(chromium, local) as fiona,
    ):
        keyboard.sign_in(fiona, "fiona", local.passwords()["fiona"], SECURITY)
        opened(ada, local, "sessions")
        press(ada, "Sign everybody out now")
        expect(ada.locator("#everybody p.wrong")).to_contain_text("Nobody was signed out.")
        assert fiona.evaluate(ROLES)[0] == 200
        write(ada, "Type: sign everybody out", "sign everybody out")
        ada.keyboard.press("Enter")
        said(ada, "Yours goes on.")
        assert fiona.evaluate(ROLES)[0] == 401
        assert ada.evaluate(ROLES)[0] == 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_break_no_rule_of_accessibility(
    local: RunningHub, chromium: Browser, width: int, scheme: str
) -> None:
    """Contrast is among the rules; everything is open."""
    with keyboard.fresh_page(chromium, local, width) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        opened(page, local)
        for name in READY:
            page.goto(f"{ADMIN}/{name}")
            ready(page, name)
            if name == "people":
                press(page, "Open fiona")
                expect(page.locator("#person")).to_be_visible()
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            picture_whole(page, f"admin-{name}-{width}-{scheme}")
            assert keyboard.violations(page) == []
            assert keyboard.too_wide(page) <= 0


def picture_whole(page: Page, name: str) -> None:
    """The whole page, also what is below the window."""
    size = page.viewport_size or {"width": 1280, "height": 900}
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": min(height, 4000)})
    picture(page, name)
    page.set_viewport_size(size)
