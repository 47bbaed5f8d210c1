"""The security page in Chromium, with the keyboard only: everything that guards an account."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.factors import totp
from tests import demonstration, keyboard
from tests.browsing import picture
from tests.keyboard import arrived, go_to, press, said, write
from tests.running import RunningHub, free_ports, running_hub

pytestmark = pytest.mark.e2e
SECURITY = f"{keyboard.ACCOUNT}/security"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
WORDS = "seven quiet sheep in a paper boat"


@pytest.fixture(scope="module")
def local(demonstrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub at `localhost`, because browsers bind passkeys to names."""
    port = free_ports()
    url = f"http://localhost:{port}"
    home = demonstration.copy(demonstrated, tmp_path_factory.mktemp("account"))
    with running_hub(home, port, AGRIGEN_PUBLIC_URL=url) as running:
        yield running


def opened(page: Page, hub: RunningHub, username: str, password: str = "") -> Page:
    """The security page of somebody who signed in on the way."""
    keyboard.sign_in(page, username, password or hub.passwords()[username], SECURITY)
    ready(page)
    return page


def ready(page: Page) -> None:
    """Every part has asked the API and shows what it was told."""
    expect(page.locator("#session-list .mark")).to_be_visible()
    expect(page.locator("#device-list li").first).to_be_visible()
    expect(page.locator("#email-now")).not_to_have_text("…")


def test_the_account_is_one_link_away_from_everywhere(local: RunningHub, chromium: Browser) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        keyboard.sign_in(page, "fiona", local.passwords()["fiona"], "/hub/home")
        press(page, "Open my account")
        arrived(page, SECURITY)
        ready(page)
        assert page.locator("#strip [aria-current=page]").inner_text() == "Security"
        page.goto("/services/dashboards/herd")
        expect(page.get_by_role("heading", name="Animals").first).to_be_visible()
        press(page, "Account")
        arrived(page, SECURITY)


def test_a_password_is_changed_after_the_hub_said_what_is_wrong_with_it(
    local: RunningHub, chromium: Browser
) -> None:
    """A2, A3, A4: what was copied can be put in; all other browsers are signed out."""
    with (
        keyboard.fresh_page(chromium, local) as page,
        keyboard.fresh_page(chromium, local) as other,
    ):
        keyboard.sign_in(other, "marc", local.passwords()["marc"], "/hub/home")
        opened(page, local, "marc")
        press(page, "Change the password")
        write(page, "Current password", local.passwords()["marc"])
        write(page, "New password", "password123")
        press(page, "Change it")
        expect(page.locator("#password p.wrong")).to_be_visible()
        expect(page.locator("#new")).to_have_attribute("aria-invalid", "true")
        assert page.evaluate(keyboard.FOCUSED) == "New password"
        picture(page, "security-password-refused")
        page.evaluate("(words) => navigator.clipboard.writeText(words)", WORDS)
        page.keyboard.press("Control+A")
        page.keyboard.press("Control+V")
        page.keyboard.press("Enter")
        said(page, "The password was changed")
        assert page.locator("#current").input_value() == ""
        other.goto("/hub/home")
        arrived(other, "/hub/login")
        opened(other, local, "marc", WORDS)


def test_an_old_sign_in_is_confirmed_and_what_was_typed_is_still_there(
    local: RunningHub, chromium: Browser
) -> None:
    """B9: passwords are never kept meanwhile; the rest is, in this window only."""
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "stella")
        keyboard.make_old(local, "stella")
        press(page, "Make a token")
        write(page, "What it is for", "weights from the shed")
        press(page, "See farms one belongs to and farms that are shared", "Space")
        go_to(page, "How long it works")
        page.keyboard.type("30")
        press(page, "Make the token")
        keyboard.confirm(page, local.passwords()["stella"])
        arrived(page, SECURITY)
        said(page, "Press “Make the token” once more")
        assert page.evaluate(keyboard.FOCUSED) == "Make the token"
        assert page.locator("#token-name").input_value() == "weights from the shed"
        assert page.locator("#token-days").input_value() == "30"
        page.keyboard.press("Enter")
        expect(page.locator("#token-once .secret")).to_contain_text("agp_")
        assert page.evaluate("sessionStorage.length") == 0


def test_passwords_are_typed_after_the_confirmation(local: RunningHub, chromium: Browser) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "sam")
        keyboard.make_old(local, "sam")
        page.reload()
        ready(page)
        press(page, "Change the password")
        expect(page.locator("#password")).to_be_hidden()
        press(page, "Confirm who you are")
        keyboard.confirm(page, local.passwords()["sam"])
        arrived(page, SECURITY)
        said(page, "You can type it now")
        assert page.evaluate(keyboard.FOCUSED) == "Current password"


def test_an_app_is_added_with_recovery_codes_and_taken_away_again(
    local: RunningHub, chromium: Browser
) -> None:
    """A9."""
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "rita")
        press(page, "Add an authenticator app")
        write(page, "What to call it", "old phone")
        press(page, "Show the picture for the app")
        expect(page.locator("#totp-picture")).to_be_visible()
        drawn = page.locator("#totp-picture").evaluate(
            "(one) => one.decode().then(() => one.naturalWidth)"
        )
        assert drawn > 100
        picture(page, "security-app")
        secret = page.locator("#totp-secret").inner_text()
        write(page, "Code that the app shows", "000000")
        page.keyboard.press("Enter")
        expect(page.locator("#error")).to_be_visible()
        write(page, "Code that the app shows", totp.code_at(secret, now_step()))
        page.keyboard.press("Enter")
        codes = page.locator("#factor-once .secret")
        expect(codes).to_be_visible()
        assert len(codes.inner_text().split()) == 10
        press(page, "Copy")
        expect(page.locator("#factor-once")).to_contain_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == codes.inner_text()
        picture(page, "security-recovery-codes")
        press(page, "I have kept it")
        assert secret not in page.content()
        rename(page, "old phone", "blue phone")
        press(page, "Remove blue phone")
        press(page, "Remove it")
        said(page, "blue phone was removed.")
        expect(page.locator("#factor-list")).to_contain_text("None yet.")


def now_step() -> int:
    return int(time.time()) // totp.STEP_SECONDS


def rename(page: Page, before: str, after: str) -> None:
    press(page, f"Rename {before}")
    write(page, "New name", after)
    press(page, "Rename it")
    said(page, "another name")
    expect(page.get_by_role("heading", name=after)).to_be_visible()


def device(page: Page) -> None:
    """A passkey device inside the browser that always knows its owner (CDP)."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in(local: RunningHub, chromium: Browser) -> None:
    """A9."""
    with keyboard.fresh_page(chromium, local) as page:
        device(page)
        opened(page, local, "rita")
        press(page, "Add a passkey")
        write(page, "What to call it", "laptop")
        press(page, "Add the passkey")
        expect(page.locator("#factor-once .secret")).to_be_visible()
        expect(page.get_by_role("heading", name="laptop")).to_be_visible()
        press(page, "I have kept it")
        press(page, "Sign out everywhere")
        press(page, "Sign out")
        arrived(page, "/hub/login")
        press(page, "Sign in with a passkey")
        arrived(page, "/hub/home")


def test_a_token_is_made_used_and_ended(local: RunningHub, chromium: Browser) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "fiona")
        press(page, "Make a token")
        write(page, "What it is for", "shed")
        press(page, "Make the token")
        expect(page.locator("#token p.wrong")).to_be_visible()
        press(page, "See farms one belongs to and farms that are shared", "Space")
        press(page, "Make the token")
        shown = page.locator("#token-once .secret")
        expect(shown).to_be_visible()
        picture(page, "security-token")
        header = {"Authorization": f"Bearer {shown.inner_text()}"}
        press(page, "I have kept it")
        assert httpx.get(f"{local.api}/farms", headers=header, timeout=60).status_code == 200
        assert httpx.get(f"{local.api}/animals", headers=header, timeout=60).status_code == 403
        page.reload()
        ready(page)
        assert "agp_" not in page.content()
        press(page, "End shed")
        press(page, "End it")
        said(page, "shed was ended.")
        assert httpx.get(f"{local.api}/farms", headers=header, timeout=60).status_code == 401


def test_a_device_that_shows_a_code_is_let_in_for_one_farm(
    local: RunningHub, chromium: Browser
) -> None:
    """E11: its code stands in the form and not in the address; the page says who asks for what."""
    oauth = f"{local.url}/services/api/oauth"
    form = {"client_id": "agrigen-device", "device_name": "Scale", "scope": "records:write"}
    asked = httpx.post(f"{oauth}/device_authorization", data=form, timeout=60).json()
    address = urlsplit(asked["verification_uri_complete"])
    with keyboard.fresh_page(chromium, local) as page:
        keyboard.sign_in(page, "fiona", local.passwords()["fiona"], "/hub/home")
        page.goto(f"{address.path}?{address.query}")
        ready(page)
        expect(page.locator("#user-code")).to_have_value(asked["user_code"])
        assert asked["user_code"] not in page.url
        press(page, "Look at what asks")
        expect(page.locator("#device-title")).to_have_text("Scale wants to be let in")
        expect(page.locator("#device-from")).to_contain_text("127.0.0.1")
        assert page.locator("#farm option").count() == 3
        picture(page, "security-device")
        write(page, "What to call it", "Scale in the shed")
        press(page, "Let it in")
        said(page, "Scale in the shed is let in")
        form = {"client_id": "agrigen-device", "grant_type": DEVICE}
        told = httpx.post(f"{oauth}/token", data={**form, "device_code": asked["device_code"]})
        assert told.json()["access_token"].startswith("agd_")
        page.reload()
        ready(page)
        expect(page.locator("#device-list")).to_contain_text("only")
        press(page, "End Scale in the shed")
        press(page, "End it")
        said(page, "Scale in the shed was ended.")


def test_a_code_that_no_device_shows_is_refused_in_words(
    local: RunningHub, chromium: Browser
) -> None:
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "ada")
        write(page, "Code that the device shows", "BBBB-BBBB")
        page.keyboard.press("Enter")
        expect(page.locator("#error")).to_be_visible()
        expect(page.locator("#device")).to_be_hidden()


def test_another_browser_is_signed_out_from_the_list(local: RunningHub, chromium: Browser) -> None:
    """B8: at its next request, which leads to the sign-in page and back."""
    with (
        keyboard.fresh_page(chromium, local) as mine,
        keyboard.fresh_page(chromium, local) as lost,
    ):
        opened(mine, local, "stella")
        opened(lost, local, "stella")
        mine.reload()
        ready(mine)
        others = mine.locator("#session-list li:not(:has(.mark)) button")
        name = others.first.get_attribute("aria-label") or ""  # the last used comes first
        assert re.match(r"Sign out .+, last used", name)
        press(mine, name)
        said(mine, "That browser is signed out.")
        assert mine.evaluate(keyboard.FOCUSED) == "Where you are signed in"
        expect(mine.locator("#ended-part")).to_be_visible()
        press(lost, "Sign out everywhere else")
        expect(lost.locator("#error")).to_contain_text("You have been signed out.")
        press(lost, "Sign in again")
        arrived(lost, "/hub/login")


def test_the_page_breaks_no_rule_of_accessibility(local: RunningHub, chromium: Browser) -> None:
    """Contrast is among the rules; everything is open."""
    with keyboard.fresh_page(chromium, local) as page:
        opened(page, local, "ada")
        for look in keyboard.looks(page):
            ready(page)
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            picture_whole(page, f"security-{look}")
            assert keyboard.violations(page) == [], look
            assert keyboard.too_wide(page) <= 0, look


def picture_whole(page: Page, name: str) -> None:
    """The whole page, also what is below the window."""
    size = page.viewport_size or {"width": 1280, "height": 900}
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": height})
    picture(page, name)
    page.set_viewport_size(size)
