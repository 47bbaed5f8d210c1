"""Sign-in sessions through the API and the hub's own pages, with the cookies of real sign-ins."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from hub.permissions import Role
from hub.sessions import repository
from hub.settings import Settings
from hub.storage.dynamodb import SESSIONS, Store, key, open_store
from tests.hubs import LiveApi

COOKIE = "jupyterhub-session-id"
# The service knows the person from a moment ago and refuses, or asks JupyterHub, which refuses.
OVER = ("sign_in.ended", "sign_in.required")


@pytest.fixture(scope="module")
def items(live_api: LiveApi) -> Iterator[Store]:
    """The store that the service uses."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in live_api.store.credentials.environment.items():
            patch.setitem(os.environ, name, value)
        store = open_store(Settings(dynamodb_endpoint=live_api.store.endpoint))
        yield store
        store.close()


def own(client: httpx.Client) -> str:
    """The id of the session of this browser, as the list tells it."""
    listed = client.get("/me/sessions").json()["items"]
    [current] = [one["id"] for one in listed if one["current"]]
    return str(current)


def home(live_api: LiveApi, client: httpx.Client) -> httpx.Response:
    return client.get(live_api.hub_url.replace("/api", "/home"))


def is_out(live_api: LiveApi, client: httpx.Client) -> bool:
    """Whether the hub's own page asks to sign in."""
    answer = home(live_api, client)
    return answer.status_code == 302 and "/hub/login" in answer.headers["Location"]


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return str(answer.json()["code"])


def age(items: Store, username: str, digest: str, minutes: float) -> None:
    """As if the person had signed in some minutes ago."""
    at = time.time() - minutes * 60
    assert repository.prove(
        items, username, digest, level=1, methods=["pwd"], at=at, now=time.time()
    )


# --- the list, and ending from it


def test_the_list_shows_each_browser_with_its_device_and_marks_the_own(live_api: LiveApi) -> None:
    one = live_api.browser("student", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    two = live_api.browser("student", agent="Mozilla/5.0 (Windows NT 10.0) Firefox/139.0")
    listed = two.get("/me/sessions").json()["items"]
    assert [entry["device"] for entry in listed[:2]] == ["Firefox on Windows", "Firefox on Linux"]
    assert [entry["current"] for entry in listed[:2]] == [True, False]
    assert own(one) == listed[1]["id"]
    assert one.cookies[COOKIE] not in two.get("/me/sessions").text


def test_one_browser_signs_another_out_at_its_next_request_and_no_third(live_api: LiveApi) -> None:
    """B8, G9: the service, the hub's pages and a token of that session; the others live on."""
    mine, lost, third = (live_api.browser("instructor") for _ in range(3))
    for client in (mine, lost, third):
        assert client.get("/me").status_code == 200
        assert home(live_api, client).status_code == 200
    assert mine.delete(f"/me/sessions/{own(lost)}").status_code == 204
    assert refused(lost.get("/me")) in OVER
    assert is_out(live_api, lost)
    for client in (mine, third):
        assert client.get("/me").status_code == 200
        assert home(live_api, client).status_code == 200


def test_a_session_is_ended_once_and_only_by_its_person(live_api: LiveApi) -> None:
    mine, theirs = live_api.browser("instructor"), live_api.browser("adviser")
    strange = own(theirs)
    answer = mine.delete(f"/me/sessions/{strange}")
    assert (answer.status_code, answer.json()["code"]) == (404, "sessions.not_found")
    assert theirs.get("/me").status_code == 200
    assert mine.delete("/me/sessions/" + "0" * 64).status_code == 404
    other = own(live_api.browser("instructor"))
    assert mine.delete(f"/me/sessions/{other}").status_code == 204
    assert mine.delete(f"/me/sessions/{other}").status_code == 404


def test_everywhere_else_is_signed_out_and_then_here_too(live_api: LiveApi) -> None:
    mine, *others = (live_api.browser("adviser") for _ in range(3))
    assert mine.delete("/me/sessions").json()["ended"] >= 2
    assert all(is_out(live_api, one) for one in others)
    assert mine.get("/me").status_code == 200
    listed = mine.get("/me/sessions").json()["items"]
    assert [one["current"] for one in listed if one["ended_at"] is None] == [True]
    assert {one["ended_because"] for one in listed if one["ended_at"]} >= {"revoked"}
    assert mine.delete("/me/sessions", params={"this_too": "true"}).json() == {"ended": 1}
    assert refused(mine.get("/me")) in OVER


# --- a fresh sign-in is asked for


def test_an_old_sign_in_must_be_confirmed_and_then_counts_at_once(
    live_api: LiveApi, items: Store
) -> None:
    """B9: RFC 9470; whoever comes back from confirming waits for no cache."""
    mine = live_api.browser("adviser")
    digest = own(mine)
    age(items, "adviser", digest, 11)
    deadline = time.monotonic() + 8
    while (answer := mine.delete("/me/sessions")).status_code == 200:  # known for 5 s
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert refused(answer) == "sign_in.again"
    assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    age(items, "adviser", digest, 0)
    assert mine.delete("/me/sessions").status_code == 200


def test_a_token_of_a_program_cannot_end_sessions(live_api: LiveApi) -> None:
    assert refused(live_api.client("adviser").delete("/me/sessions")) == "sign_in.again"


# --- cookies that were not made by a sign-in


def test_a_session_id_from_before_the_sign_in_is_not_adopted(live_api: LiveApi) -> None:
    """B2: whoever plants a cookie learns nothing by it."""
    planted = "0" * 32
    hub = live_api.hub_url.removesuffix("/api")
    with httpx.Client(verify=False, timeout=30) as client:
        client.cookies.set(COOKIE, planted, domain="127.0.0.1", path="/")
        client.get(f"{hub}/login")
        [xsrf] = [c.value for c in client.cookies.jar if c.name == "_xsrf"]
        form = {"username": "student", "password": live_api.tester, "_xsrf": xsrf}
        answer = client.post(f"{hub}/login", data=form)
    assert answer.status_code == 302
    given = answer.cookies[COOKIE]
    assert given != planted and len(given) >= 32
    assert len(set(given)) > 8


def test_the_cookie_of_a_person_counts_only_with_a_living_session_of_theirs(
    live_api: LiveApi,
) -> None:
    """The hub's login cookie is the same in all browsers of a person."""
    mine, theirs = live_api.browser("student"), live_api.browser("adviser")
    login = next(c for c in mine.cookies.jar if c.name == "jupyterhub-hub-login")
    for value in (None, "0" * 64, theirs.cookies[COOKIE]):
        cookies = {login.name: str(login.value)} | ({COOKIE: value} if value else {})
        with httpx.Client(cookies=cookies, verify=False) as thief:
            assert is_out(live_api, thief), value
    assert home(live_api, mine).status_code == 200


def test_signing_out_ends_the_session_for_copies_of_its_cookies_too(live_api: LiveApi) -> None:
    """B5: cookies that somebody kept from before are of no use afterwards."""
    mine = live_api.browser("student")
    kept = httpx.Client(base_url=mine.base_url, cookies=httpx.Cookies(mine.cookies), verify=False)
    other = live_api.browser("student")
    assert kept.get("/me").status_code == 200
    mine.get(live_api.hub_url.replace("/api", "/logout"))
    assert kept.get("/me").status_code == 401
    assert is_out(live_api, kept)
    assert other.get("/me").status_code == 200
    kept.close()


# --- idle, too many, disabled


def test_a_session_that_rested_too_long_is_over_everywhere(live_api: LiveApi, items: Store) -> None:
    """B3: the store says so within five seconds."""
    mine = live_api.browser("student")
    digest, past = own(mine), int(time.time()) - 1
    items.update(SESSIONS, key("student"), digest, "SET #ttl = :ttl", "", ttl=past)
    deadline = time.monotonic() + 8
    while mine.get("/me").status_code == 200 or not is_out(live_api, mine):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_an_administrator_signs_somebody_out_and_nobody_else_does(live_api: LiveApi) -> None:
    """B7, C2."""
    ada, rita = live_api.browser("admin"), live_api.browser("researcher")
    person = rita.get("/me").json()["id"]
    listed = ada.get(f"/people/{person}/sessions").json()["items"]
    assert own(rita) in [one["id"] for one in listed]
    for role in set(Role) - {Role.ADMIN}:
        answer = live_api.client(role.value).get(f"/people/{person}/sessions")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission.missing")
    assert ada.delete(f"/people/{person}/sessions/{own(rita)}").status_code == 204
    assert refused(rita.get("/me")) in OVER
    again = live_api.browser("researcher")
    assert ada.delete(f"/people/{person}/sessions").json()["ended"] >= 1
    assert is_out(live_api, again)
    unknown = ada.get("/people/0198c2a4-7c1e-7f2a-9d3b-0123456789ab/sessions")
    assert unknown.status_code == 404


def test_a_disabled_person_is_out_in_every_channel_at_the_next_request(live_api: LiveApi) -> None:
    """B6: browser, token, the hub's pages and the hub's API."""
    browser, program = live_api.browser("neighbor"), live_api.client("neighbor")
    token = live_api.token("neighbor")
    me = {"Authorization": f"token {token}"}
    person = browser.get("/me").json()["id"]
    assert program.get("/me").status_code == 200
    owner = live_api.postgres.url("agrigen_owner")
    change = "UPDATE app.person SET disabled_at = %s WHERE id = %s"
    try:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(change, [datetime.now(UTC), person])
        assert refused(browser.get("/me")) == "sign_in.disabled"
        assert refused(program.get("/me")) == "sign_in.disabled"
        assert is_out(live_api, browser)
        assert httpx.get(f"{live_api.hub_url}/user", headers=me).status_code == 403
    finally:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(change, [None, person])


def test_everybody_is_signed_out_after_a_break_in_but_the_administrator(live_api: LiveApi) -> None:
    ada, sam = live_api.browser("admin"), live_api.browser("student")
    assert ada.delete("/sessions").json()["ended"] >= 1
    assert refused(sam.get("/me")) in OVER
    assert ada.get("/me").status_code == 200


def test_figures_are_for_administrators_and_name_nobody(live_api: LiveApi) -> None:
    told = live_api.client("admin").get("/sessions/analytics").json()
    assert {"active_day", "active_week", "active_month", "sign_ins", "devices"} <= set(told)
    assert "student" not in str(told)


# --- in use


def test_a_living_session_is_noted_in_use_without_holding_up_a_request(
    live_api: LiveApi, items: Store
) -> None:
    mine = live_api.browser("student")
    digest = own(mine)
    long_ago = time.time() - timedelta(minutes=20).total_seconds()
    items.update(SESSIONS, key("student"), digest, "SET #seen = :seen", "", seen=long_ago)
    deadline = time.monotonic() + 9
    while True:
        mine.get("/me")
        found = repository.get(items, "student", digest, time.time())
        if found is not None and found.last_seen_at.timestamp() > long_ago + 60:
            break
        assert time.monotonic() < deadline
        time.sleep(0.5)
