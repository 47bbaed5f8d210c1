"""Second factors in a browser, by keyboard alone, with a passkey of the browser's own test device.

A hub of its own, in which researchers, stewards and administrators sign in with two factors. It is
opened at `localhost`: browsers bind passkeys to names.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.factors import totp
from tests import demonstration
from tests.browsing import picture
from tests.running import RunningHub, free_ports, running_hub

pytestmark = pytest.mark.e2e
ASKED = '["researcher", "steward", "admin"]'
Kept = dict[str, Any]


@pytest.fixture(scope="module")
def strict(demonstrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub whose roles ask for two factors."""
    port = free_ports()
    settings = {
        "AGRIGEN_PUBLIC_URL": f"http://localhost:{port}",
        "AGRIGEN_SECOND_FACTOR_ROLES": ASKED,
    }
    home = demonstration.copy(demonstrated, tmp_path_factory.mktemp("strict"))
    with running_hub(home, port, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def kept() -> Kept:
    """Secrets and codes that one test was shown and another uses."""
    return {}


@contextmanager
def page_of(chromium: Browser, hub: RunningHub) -> Iterator[Page]:
    """A fresh browser with a device that holds passkeys and always knows its owner."""
    context = chromium.new_context(
        base_url=f"http://localhost:{hub.port}", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        yield page
    finally:
        context.close()


def device(page: Page) -> tuple[Any, str]:
    """An authenticator inside the browser (CDP): the session to ask it, and its id."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, made["authenticatorId"]


def go_to(page: Page, name: str) -> None:
    """Press Tab until the field, button or link of this name has the focus."""
    for _ in range(60):
        label = page.evaluate(
            "() => { const e = document.activeElement; return (e.labels && e.labels[0]"
            " ? e.labels[0].innerText : e.innerText || '').trim() }"
        )
        if label == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches {name!r}")


def press(page: Page, name: str) -> None:
    go_to(page, name)
    page.keyboard.press("Enter")


def type_into(page: Page, name: str, text: str) -> None:
    go_to(page, name)
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def first_factor(page: Page, hub: RunningHub, username: str, to: str = "/hub/login") -> None:
    page.goto(to)
    go_to(page, "User name")
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(hub.passwords()[username])
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fresh_code(kept: Kept, name: str) -> str:
    """A code of a step that was not used yet; waits when this one was."""
    now = int(time.time()) // totp.STEP_SECONDS
    step = max(now - 1, kept.get(f"{name} step", 0) + 1)
    while step > int(time.time()) // totp.STEP_SECONDS + 1:
        time.sleep(0.5)
    kept[f"{name} step"] = step
    return totp.code_at(kept[name], step)


def me(page: Page) -> httpx.Response | Any:
    return page.request.get("/services/api/api/v1/me/factors")


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_researcher_adds_a_passkey_at_the_first_sign_in(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    """A9: before the factor is added nothing else opens; afterwards the passkey is enough."""
    with page_of(chromium, strict) as page:
        cdp, authenticator = device(page)
        first_factor(page, strict, "rita", "/hub/login?next=/hub/home%3Ffrom%3Dtest")
        expect(heading(page)).to_have_text("Add a second factor")
        picture(page, "second-factor-add")
        for closed in ("/hub/home", "/hub/token", "/services/api/api/v1/me"):
            answer = page.request.get(closed, max_redirects=0)
            assert answer.status in (302, 401, 403), (closed, answer.status)
        press(page, "Add a passkey")
        expect(heading(page)).to_have_text("Your recovery codes")
        kept["rita codes"] = page.locator("#codes li").all_inner_texts()
        assert len(kept["rita codes"]) == 10
        press(page, "I have kept them, go on")
        page.wait_for_url("**/hub/home?from=test")
        credentials = cdp.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
        kept["rita passkey"] = credentials["credentials"]
        (only,) = kept["rita passkey"]
        assert (only["rpId"], only["isResidentCredential"]) == ("localhost", True)


def test_a_passkey_alone_signs_in(strict: RunningHub, chromium: Browser, kept: Kept) -> None:
    with page_of(chromium, strict) as page:
        restore(page, kept)
        page.goto("/hub/login")
        press(page, "Sign in with a passkey")
        page.wait_for_url("**/hub/home")
        expect(heading(page)).to_contain_text("rita")
        remember(page, kept)


def test_a_passkey_is_the_second_factor_after_a_password(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    with page_of(chromium, strict) as page:
        restore(page, kept)
        first_factor(page, strict, "rita")
        expect(heading(page)).to_have_text("Your second factor")
        press(page, "Use a passkey")
        page.wait_for_url("**/hub/home")
        remember(page, kept)


def test_without_a_passkey_at_hand_a_recovery_code_signs_in_once(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    """A13."""
    for right in (True, False):
        with page_of(chromium, strict) as page:
            first_factor(page, strict, "rita")
            press(page, "I have neither with me: use a recovery code")
            type_into(page, "Recovery code", kept["rita codes"][0].lower())
            if right:
                page.wait_for_url("**/hub/home")
            else:
                expect(page.get_by_role("alert")).to_contain_text("used before")


def test_a_steward_adds_an_app_signs_in_with_it_and_confirms_it_again(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    """A9, A12, B9."""
    with page_of(chromium, strict) as page:
        first_factor(page, strict, "stella")
        kept["stella"] = page.locator("#secret").inner_text()
        expect(page.locator("main svg")).to_be_visible()
        type_into(page, "Type the code that the app shows", "000000")
        expect(page.get_by_role("alert")).to_contain_text("another code")
        assert page.locator("#secret").inner_text() == kept["stella"]
        code = fresh_code(kept, "stella")
        type_into(page, "Type the code that the app shows", code)
        press(page, "I have kept them, go on")
        page.wait_for_url("**/hub/home")
    with page_of(chromium, strict) as page:
        first_factor(page, strict, "stella")
        type_into(page, "Code of your authenticator app", code)  # a second time
        expect(page.get_by_role("alert")).to_contain_text("used before")
        type_into(page, "Code of your authenticator app", fresh_code(kept, "stella"))
        page.wait_for_url("**/hub/home")
        step_up(page, strict, kept)


def step_up(page: Page, hub: RunningHub, kept: Kept) -> None:
    """Confirm it again with password and code, and be led back."""
    page.goto("/hub/step-up?next=/hub/home%3Fback%3Dyes")
    picture(page, "step-up")
    type_into(page, "Your password", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("not your password")
    type_into(page, "Your password", hub.passwords()["stella"])
    expect(heading(page)).to_have_text("Your second factor")
    type_into(page, "Code of your authenticator app", fresh_code(kept, "stella"))
    page.wait_for_url("**/hub/home?back=yes")


def test_a_step_up_with_a_passkey_asks_for_nothing_else(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    """B9."""
    with page_of(chromium, strict) as page:
        restore(page, kept)
        page.goto("/hub/login")
        press(page, "Sign in with a passkey")
        page.wait_for_url("**/hub/home")
        page.goto("/hub/step-up?next=/hub/home%3Fback%3Dyes")
        press(page, "Use a passkey")
        page.wait_for_url("**/hub/home?back=yes")
        remember(page, kept)


def test_a_farmer_is_asked_for_nothing_more(strict: RunningHub, chromium: Browser) -> None:
    with page_of(chromium, strict) as page:
        first_factor(page, strict, "fiona")
        page.wait_for_url("**/hub/home")


def restore(page: Page, kept: Kept) -> None:
    """A device that has rita's passkey already."""
    cdp, authenticator = device(page)
    kept["device"] = cdp, authenticator
    for one in kept["rita passkey"]:
        cdp.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": one})


def remember(page: Page, kept: Kept) -> None:
    """The device counts its uses; the next one goes on from there."""
    cdp, authenticator = kept["device"]
    found = cdp.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    kept["rita passkey"] = found["credentials"]


# --- no way around it: the API with a cookie and with a token, when a role comes later


def open_api(page: Page) -> None:
    """The API's own sign-in; without showing its pages, whose requests go on behind others."""
    assert page.request.get("/services/api/docs").ok


def call(page: Page, method: str, path: str, body: object = None) -> Any:
    """A request of this browser to the API, as a page of the hub would send it."""
    held = page.context.cookies()
    token = [c for c in held if c["name"] == "_xsrf" and c["path"].startswith("/services/api")]
    headers = {"X-XSRFToken": token[0]["value"]} if token else {}
    address = f"/services/api/api/v1{path}"
    return page.request.fetch(address, method=method, headers=headers, data=body)


def by_token(hub: RunningHub, token: str, path: str) -> httpx.Response:
    return httpx.get(f"{hub.api}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_a_role_that_comes_later_closes_cookie_and_token_until_there_are_two_factors(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    """A9, A18: fiona signed in with a password becomes a researcher."""
    with page_of(chromium, strict) as fiona, page_of(chromium, strict) as ada:
        first_factor(fiona, strict, "fiona")
        fiona.wait_for_url("**/hub/home")
        open_api(fiona)
        assert call(fiona, "GET", "/farms").status == 200
        asked = {"name": "script", "scopes": ["farms:read", "account:read"], "days": 1}
        made = call(fiona, "POST", "/me/tokens", asked)
        assert made.status == 201, made.text()
        token = made.json()["token"]
        assert by_token(strict, token, "/farms").status_code == 200
        make_researcher(ada, strict, kept, call(fiona, "GET", "/me").json()["id"])
        refused = call(fiona, "GET", "/farms")
        assert refused.status == 401, refused.text()
        assert refused.json()["step_up"] == "/hub/step-up"
        assert 'error="insufficient_user_authentication"' in refused.headers["www-authenticate"]
        assert call(fiona, "GET", "/me/factors").json()["wanted_level"] == 2
        assert by_token(strict, token, "/farms").status_code == 401
        assert call(fiona, "POST", "/me/recovery-codes").status == 401
        fiona.goto("/hub/step-up?next=/hub/home")
        type_into(fiona, "Your password", strict.passwords()["fiona"])
        expect(heading(fiona)).to_have_text("Add a second factor")
        kept["fiona"] = fiona.locator("#secret").inner_text()
        type_into(fiona, "Type the code that the app shows", fresh_code(kept, "fiona"))
        press(fiona, "I have kept them, go on")
        fiona.wait_for_url("**/hub/home")
        assert call(fiona, "GET", "/farms").status == 200
        assert by_token(strict, token, "/farms").status_code == 401


def make_researcher(page: Page, hub: RunningHub, kept: Kept, person_id: str) -> None:
    """What ada does, after she added her own second factor."""
    first_factor(page, hub, "ada")
    kept["ada"] = page.locator("#secret").inner_text()
    type_into(page, "Type the code that the app shows", fresh_code(kept, "ada"))
    press(page, "I have kept them, go on")
    page.wait_for_url("**/hub/home")
    open_api(page)
    answer = call(page, "PATCH", f"/people/{person_id}", {"roles": ["farmer", "researcher"]})
    assert answer.status == 200, answer.text()


def test_an_administrator_takes_lost_factors_away_and_the_sessions_with_them(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    with page_of(chromium, strict) as rita, page_of(chromium, strict) as ada:
        restore(rita, kept)
        rita.goto("/hub/login")
        press(rita, "Sign in with a passkey")
        rita.wait_for_url("**/hub/home")
        open_api(rita)
        person_id = call(rita, "GET", "/me").json()["id"]
        first_factor(ada, strict, "ada")
        type_into(ada, "Code of your authenticator app", fresh_code(kept, "ada"))
        ada.wait_for_url("**/hub/home")
        open_api(ada)
        gone = call(ada, "DELETE", f"/people/{person_id}/factors")
        assert gone.status == 204, gone.text()
        assert call(rita, "GET", "/me").status == 401
        rita.goto("/hub/home")
        rita.wait_for_url("**/hub/login**")
        press(rita, "Sign in with a passkey")
        expect(rita.get_by_role("alert")).to_contain_text("No account here has this passkey")


def test_five_wrong_codes_send_one_back_to_the_password(
    strict: RunningHub, chromium: Browser, kept: Kept
) -> None:
    with page_of(chromium, strict) as page:
        first_factor(page, strict, "ada")
        for _ in range(5):
            type_into(page, "Code of your authenticator app", "000000")
        expect(page.get_by_role("alert")).to_be_visible()
        page.goto("/hub/second-factor")
        expect(heading(page)).to_have_text("This did not work")
        press(page, "Start again")
        page.wait_for_url("**/hub/login")
