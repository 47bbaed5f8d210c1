"""Two institutions and local accounts side by side, the certified provider as both."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from hub import accounts, sessions
from hub.accounts import LocalAccount
from hub.sessions import Session
from hub.storage.dynamodb import open_store
from hub.storage.postgres import make_engine
from tests.oidc.conftest import (
    PORTS,
    ROLES,
    SECRET,
    TWO_FACTORS,
    USERS,
    HubAlone,
    hub_alone,
    provider,
    sign_in_locally,
)
from tests.running import free_ports, xsrf


@dataclass
class Campus:
    hub: HubAlone
    issuers: dict[str, str]


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """A hub, a university and a college with the same people under the same subjects."""
    port = free_ports(PORTS)
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("providers")
    (folder / "secret").write_text(f"{SECRET}\n")

    def declared(name: str, issuer: str) -> dict[str, object]:
        return {
            "name": name, "title": name.title(), "issuer": issuer, "client_id": "agrigen",
            "client_secret_file": str(folder / "secret"), "roles": ROLES,
            "claims": {"preferred_username": {"omar": "researcher"}},
            "acr_levels": {TWO_FACTORS: 2},
        }  # fmt: skip

    def started(name: str, at: int) -> object:
        (folder / name).mkdir()
        return provider(folder / name, at, url, f"{url}/hub/oauth_callback/{name}")

    with (
        started("university", port + 4) as first,  # type: ignore[attr-defined]
        started("college", port + 5) as second,  # type: ignore[attr-defined]
        hub_alone(
            tmp_path_factory.mktemp("campus"),
            port,
            AGRIGEN_INSTITUTIONS=json.dumps(
                [declared("university", first), declared("college", second)]
            ),
            AGRIGEN_SECOND_FACTOR_ROLES='["adviser"]',
        ) as hub,
    ):
        yield Campus(hub, {"university": first, "college": second})


def follow(browser: httpx.Client, answer: httpx.Response, hub: str) -> httpx.Response:
    """Go where one is sent, until a page: the institution's form, or something of the hub's."""
    while answer.is_redirect:
        address = urljoin(str(answer.url), answer.headers["Location"])
        if address.startswith(hub) and urlsplit(address).path == "/hub/home":
            return browser.get(address)
        answer = browser.get(address)
    return answer


def fill_in(
    campus: Campus, browser: httpx.Client, form: httpx.Response, name: str, **more: str
) -> httpx.Response:
    values = {"username": name, "password": str(USERS[name]["password"]), **more}
    return follow(browser, browser.post(str(form.url), data=values), campus.hub.url)


def sign_in(
    campus: Campus, institution: str, name: str, browser: httpx.Client | None = None, **query: str
) -> tuple[httpx.Client, httpx.Response]:
    browser = browser or campus.hub.browser()
    there = browser.get(f"/hub/oauth_login/{institution}", params=query)
    form = follow(browser, there, campus.hub.url)
    return browser, fill_in(campus, browser, form, name)


def person(campus: Campus, institution: str, name: str) -> LocalAccount:
    async def asked() -> LocalAccount | None:
        engine = make_engine(campus.hub.settings)
        found = await accounts.by_identity(engine, campus.issuers[institution], name)
        await engine.dispose()
        return found

    found = asyncio.run(asked())
    assert found is not None
    return found


def session_of(campus: Campus, browser: httpx.Client, username: str) -> Session | None:
    (cookie,) = [c for c in browser.cookies.jar if c.name == "jupyterhub-session-id"]

    async def asked() -> Session | None:
        store = open_store(campus.hub.settings)
        digest = sessions.digest_of(str(cookie.value))
        try:
            return await sessions.find(store, username, digest)
        finally:
            store.close()

    return asyncio.run(asked())


def is_signed_in(browser: httpx.Client) -> bool:
    return browser.get("/hub/home").status_code == 200


def test_the_page_offers_every_institution_and_the_local_form(campus: Campus) -> None:
    page = campus.hub.browser().get("/hub/login", params={"next": "/hub/token"}).text
    assert re.search(r'href="/hub/oauth_login/university\?next=%2Fhub%2Ftoken">Sign in with', page)
    assert "Sign in with College" in page
    assert '<label for="username_input">User name</label>' in page


def test_the_same_subject_and_address_at_two_institutions_are_two_people(campus: Campus) -> None:
    """A16: identity is (issuer, subject); an address joins nobody."""
    first, _ = sign_in(campus, "university", "greta")
    second, _ = sign_in(campus, "college", "greta")
    assert is_signed_in(first)
    assert is_signed_in(second)
    one, other = person(campus, "university", "greta"), person(campus, "college", "greta")
    assert one.id != other.id
    assert {one.username, other.username} == {"greta", "greta-2"}


def test_somebody_comes_back_as_themself(campus: Campus) -> None:
    sign_in(campus, "university", "greta")
    before = person(campus, "university", "greta")
    sign_in(campus, "university", "greta")
    assert person(campus, "university", "greta") == before


def test_a_name_that_a_local_account_has_opens_no_local_account(campus: Campus) -> None:
    browser, _ = sign_in(campus, "university", "local-lea")
    assert is_signed_in(browser)
    assert person(campus, "university", "local-lea").username == "local-lea-2"
    assert person(campus, "university", "local-lea").roles == {"farmer"}
    assert sign_in_locally(campus.hub.browser()).status_code == 302


def test_groups_and_claims_become_roles_by_the_tables_only(campus: Campus) -> None:
    sign_in(campus, "university", "omar")
    assert person(campus, "university", "omar").roles == {"steward", "researcher"}
    browser, answer = sign_in(campus, "university", "nina")
    assert answer.status_code == 403
    assert "has no role here" in answer.text
    assert not is_signed_in(browser)


def test_one_factor_there_is_one_factor_here_and_when_is_told(campus: Campus) -> None:
    browser, _ = sign_in(campus, "university", "greta")
    session = session_of(campus, browser, person(campus, "university", "greta").username)
    assert session is not None
    assert (session.level, session.issuer) == (1, campus.issuers["university"])
    assert abs((session.created_at - session.proved_at).total_seconds()) < 20


def test_single_sign_on_is_no_fresh_proof(campus: Campus) -> None:
    """The second sign-in needs no password, and what was proved then is as old as the first."""
    browser, _ = sign_in(campus, "university", "greta")
    username = person(campus, "university", "greta").username
    first = session_of(campus, browser, username)
    hub_cookies = [
        c
        for c in browser.cookies.jar
        if c.path.startswith("/hub") or c.name.startswith("jupyterhub")
    ]
    for cookie in hub_cookies:
        browser.cookies.delete(cookie.name, cookie.domain, cookie.path)
    answer = follow(browser, browser.get("/hub/oauth_login/university"), campus.hub.url)
    assert answer.status_code == 200
    second = session_of(campus, browser, username)
    assert first is not None and second is not None
    assert second.id != first.id
    assert second.proved_at.replace(microsecond=0) == first.proved_at.replace(microsecond=0)


def test_signing_out_here_leads_to_the_institution_with_a_hint(campus: Campus) -> None:
    browser, _ = sign_in(campus, "university", "greta")
    answer = browser.get("/hub/logout")
    address = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(f"{campus.issuers['university']}/session/end?")
    query = parse_qs(address.query)
    assert query["post_logout_redirect_uri"] == [f"{campus.hub.url}/hub/login"]
    assert query["id_token_hint"][0].count(".") == 2
    assert not is_signed_in(browser)


def test_signing_out_of_a_local_account_leads_nowhere_else(campus: Campus) -> None:
    browser = campus.hub.browser()
    sign_in_locally(browser)
    assert browser.get("/hub/logout").headers["Location"] == "/hub/login"


def sign_out_there(campus: Campus, browser: httpx.Client, institution: str) -> None:
    page = browser.get(f"{campus.issuers[institution]}/session/end")
    secret = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    action = re.search(r'action="([^"]+)"', page.text)
    assert secret and action, page.text
    browser.post(action[1], data={"xsrf": secret[1], "logout": "yes"})


def test_signing_out_there_ends_the_session_here(campus: Campus) -> None:
    """B11: the provider itself sends the notice; another browser of the person stays signed in."""
    browser, _ = sign_in(campus, "university", "greta")
    other, _ = sign_in(campus, "university", "greta")
    assert is_signed_in(browser)
    sign_out_there(campus, browser, "university")
    assert not is_signed_in(browser)
    assert is_signed_in(other)


def test_two_factors_there_are_two_factors_here_where_the_table_says_so(campus: Campus) -> None:
    """A18, ID-2: by the acr of the table; amr is in no table of this institution."""
    browser = campus.hub.browser()
    there = browser.get("/hub/oauth_login/university")
    address = f"{there.headers['Location']}&acr_values={TWO_FACTORS}"
    form = browser.get(address)
    form = follow(browser, form, campus.hub.url)
    fill_in(campus, browser, form, "greta", code="123456")
    username = person(campus, "university", "greta").username
    session = session_of(campus, browser, username)
    assert session is not None
    assert session.level == 2
    assert "otp" in session.methods


def test_signing_in_gives_a_session_id_that_nobody_knew(campus: Campus) -> None:
    """B1: an id that was planted before is not the one after."""
    browser = campus.hub.browser()
    browser.cookies.set("jupyterhub-session-id", "planted", domain="127.0.0.1", path="/")
    sign_in(campus, "university", "greta", browser)
    values = {c.value for c in browser.cookies.jar if c.name == "jupyterhub-session-id"}
    assert any(len(str(value)) == 64 for value in values)
    fixed = campus.hub.browser()
    fixed.cookies.set("jupyterhub-session-id", "planted", domain="127.0.0.1", path="/")
    assert not is_signed_in(fixed)


def test_jupyterhubs_own_address_for_tokens_takes_no_password(campus: Campus) -> None:
    """It would let in with a password alone whoever has two factors."""
    body = {"auth": {"username": "local-lea", "password": "meadow lark over stubble 7"}}
    answer = campus.hub.browser().post("/hub/api/users/local-lea/tokens", json=body)
    assert answer.status_code in {401, 403}


def answer_with(
    campus: Campus, browser: httpx.Client, form: httpx.Response, name: str, code: str
) -> httpx.Response:
    """Fill in the institution's form, with this code of a phone; the hub's answer to it."""
    values = {"username": name, "password": str(USERS[name]["password"]), "code": code}
    answer = browser.post(str(form.url), data=values)
    while answer.is_redirect and not str(answer.url).startswith(campus.hub.url):
        answer = browser.get(urljoin(str(answer.url), answer.headers["Location"]))
    return answer


def adviser(campus: Campus, code: str = "123456") -> tuple[httpx.Client, httpx.Response]:
    """Vera, whose role wants two factors: asked for one, then again for two."""
    browser, form = sign_in(campus, "university", "vera")
    assert "Code" in form.text
    return browser, answer_with(campus, browser, form, "vera", code)


def step_up(campus: Campus, browser: httpx.Client, code: str, name: str = "vera") -> httpx.Response:
    """Confirm at the institution, from the page that asks for it."""
    there = browser.get("/hub/step-up/institution", params={"next": "/hub/token"})
    assert there.is_redirect, there.text
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    assert asked["prompt"] == ["login"]
    assert asked["max_age"] == ["0"]
    assert asked["acr_values"] == [TWO_FACTORS]
    form = follow(browser, there, campus.hub.url)
    return answer_with(campus, browser, form, name, code)


def test_whose_role_wants_two_factors_is_asked_for_both_there(campus: Campus) -> None:
    browser, answer = adviser(campus)
    assert answer.headers["Location"] == "/hub/home"
    session = session_of(campus, browser, "vera")
    assert session is not None
    assert session.level == 2


def test_who_gives_one_factor_there_must_give_the_second_here(campus: Campus) -> None:
    browser, answer = adviser(campus, code="")
    assert answer.headers["Location"] == "/hub/second-factor"
    assert not is_signed_in(browser)


def test_confirming_at_the_institution_is_a_fresh_proof(campus: Campus) -> None:
    browser, _ = adviser(campus)
    before = session_of(campus, browser, "vera")
    answer = step_up(campus, browser, "123456")
    assert answer.headers["Location"] == "/hub/token", answer.text
    after = session_of(campus, browser, "vera")
    assert before is not None
    assert after is not None
    assert (before.id, after.level) == (after.id, 2)
    assert after.proved_at > before.proved_at


def test_one_factor_where_two_were_asked_for_confirms_nothing(campus: Campus) -> None:
    """A18: the institution answers with less than was asked for."""
    browser, _ = adviser(campus)
    before = session_of(campus, browser, "vera")
    answer = step_up(campus, browser, "")
    assert answer.status_code == 401
    assert "insufficient_user_authentication" in answer.headers["WWW-Authenticate"]
    assert "needs two factors" in answer.text
    after = session_of(campus, browser, "vera")
    assert before is not None
    assert after is not None
    assert after.proved_at == before.proved_at


def test_somebody_else_cannot_confirm_for_me(campus: Campus) -> None:
    browser, _ = adviser(campus)
    for cookie in list(browser.cookies.jar):  # Vera signed out there meanwhile
        if cookie.name.startswith("session-"):
            browser.cookies.delete(cookie.name, cookie.domain, cookie.path)
    answer = step_up(campus, browser, "123456", name="omar")
    assert answer.status_code == 403
    assert "signed in as somebody else" in answer.text


def link(campus: Campus, browser: httpx.Client, name: str) -> httpx.Response:
    browser.get("/hub/home")
    token = re.search(r'xsrf_token: "([^"]+)"', browser.get("/hub/home").text)
    key = token[1] if token else xsrf(browser)
    asked = browser.post("/hub/oauth_login/college", headers={"X-XSRFToken": key})
    assert asked.status_code == 200, asked.text
    form = follow(browser, browser.get(asked.json()["address"]), campus.hub.url)
    return fill_in(campus, browser, form, name)


def test_an_account_is_linked_by_who_proves_both_and_opens_through_either(campus: Campus) -> None:
    browser = campus.hub.browser()
    sign_in_locally(browser)
    assert link(campus, browser, "local-lea").status_code == 200
    assert person(campus, "college", "local-lea").username == "local-lea"
    through, _ = sign_in(campus, "college", "local-lea")
    assert "local-lea" in through.get("/hub/home").text
    assert person(campus, "college", "local-lea").roles == {"researcher"}, "kept here, not there"


def test_an_identity_that_somebody_has_cannot_be_linked_to_another(campus: Campus) -> None:
    sign_in(campus, "college", "omar")
    browser = campus.hub.browser()
    sign_in_locally(browser)
    answer = link(campus, browser, "omar")
    assert answer.status_code == 409
    assert "belongs to an account already" in answer.text


def test_another_page_cannot_start_a_link(campus: Campus) -> None:
    browser = campus.hub.browser()
    sign_in_locally(browser)
    assert browser.post("/hub/oauth_login/college").status_code == 403
