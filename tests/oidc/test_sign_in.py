"""Sign-in through an institution, against a certified provider, in a real browser, whole hub."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.oidc.conftest import ROLES, SECRET, USERS, provider
from tests.running import RunningHub, free_ports, running_hub

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub whose people come from two providers, one by the settings of before."""
    port = free_ports(24)
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("providers")
    for name in ("first", "college"):
        (folder / name).mkdir()
    with (
        provider(folder / "first", port + 20, url, f"{url}/hub/oauth_callback") as first,
        provider(
            folder / "college", port + 21, url, f"{url}/hub/oauth_callback/college"
        ) as college,
        running_hub(
            tmp_path_factory.mktemp("institution"),
            port,
            AGRIGEN_SIGN_IN="oidc",
            AGRIGEN_OIDC_ISSUER=first,
            AGRIGEN_OIDC_CLIENT_ID="agrigen",
            AGRIGEN_OIDC_CLIENT_SECRET=SECRET,
            AGRIGEN_OIDC_ROLES=json.dumps(ROLES),
            AGRIGEN_INSTITUTIONS=json.dumps(
                [
                    {
                        "name": "college",
                        "title": "Hill College",
                        "issuer": college,
                        "client_id": "agrigen",
                        "client_secret": SECRET,
                        "roles": {"breeders": "student"},
                    }
                ]
            ),
        ) as hub,
    ):
        yield hub


@pytest.fixture
def context(chromium: Browser, institution: RunningHub) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=institution.url)
    yield context
    context.close()


def sign_in(context: BrowserContext, username: str, password: str | None = None) -> Page:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Sign in with your institution").click()
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(password or str(USERS[username]["password"]))
    page.get_by_role("button", name="Sign in").click()
    return page


def me(page: Page) -> dict:
    """The account as the API sees it, asked with the browser's own cookies."""
    page.goto("/services/api/docs")
    (key,) = [
        one["value"]
        for one in page.context.cookies()
        if one["name"] == "_xsrf" and one["path"] == "/services/api/"
    ]
    answer = page.context.request.get("/services/api/api/v1/me", headers={"X-XSRFToken": key})
    return {"status": answer.status, "body": answer.json()}


def test_a_group_at_the_institution_becomes_a_role_here(context: BrowserContext) -> None:
    page = sign_in(context, "omar")
    page.wait_for_url("**/hub/home")
    expect(page.get_by_role("heading", name="Runs and jobs")).to_be_visible()
    answer = me(page)
    assert answer["status"] == 200
    assert answer["body"]["username"] == "omar"
    assert answer["body"]["roles"] == ["steward"], "the choir maps to nothing"


def test_a_farmer_from_the_institution_sees_no_farm_before_somebody_adds_them(
    context: BrowserContext,
) -> None:
    page = sign_in(context, "greta")
    page.wait_for_url("**/hub/home")
    answer = me(page)
    assert answer["body"]["roles"] == ["farmer"]
    assert answer["body"]["farms"] == []


def test_a_group_named_like_a_role_gives_nothing_unless_it_is_mapped(
    context: BrowserContext,
) -> None:
    page = sign_in(context, "nina")
    expect(page.get_by_text("has no role here").first).to_be_visible()


def test_a_wrong_password_stays_at_the_institution(
    context: BrowserContext, institution: RunningHub
) -> None:
    page = sign_in(context, "omar", "wrong")
    expect(page.get_by_text("That is not right")).to_be_visible()
    assert not page.url.startswith(institution.url)


def test_an_institution_is_chosen_and_left_with_the_keyboard_alone(
    context: BrowserContext, institution: RunningHub
) -> None:
    page = context.new_page()
    page.goto("/hub/login")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip().endswith("Hill College"):
            break
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.type("greta")
    page.keyboard.press("Tab")
    page.keyboard.type("greta-pw")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/home")
    assert me(page)["body"]["roles"] == ["student"], "by the table of this institution"
    page.goto("/hub/logout")
    page.get_by_role("button", name="Yes, sign me out").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/login**")
    page.goto("/hub/home")
    expect(page.get_by_role("heading", name="Sign in to AgriGen")).to_be_visible()


def test_there_is_no_form_for_passwords_where_institutions_alone_sign_in(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    page.goto("/hub/login")
    expect(page.get_by_label("Password")).to_have_count(0)
