"""A hostile institution gets nobody in, and its words are not shown (A16, A17, K1 to K4)."""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.oidc.conftest import Attacked, sign_in_locally

TOKENS = [
    "alg none", "alg NONE", "HS256 with the public key", "HS256 with the secret", "wrong key",
    "key in the header", "key elsewhere", "kid is a path", "kid is SQL", "unsigned", "changed",
    "token of another kind", "no token at all", "token too long", "no id_token", "wrong nonce",
    "no nonce", "issuer of another", "expired", "from the future", "old", "exp as text",
    "audience list", "another client", "authorized party", "no subject", "subject as number",
    "subject too long", "userinfo of another",
]  # fmt: skip
ANSWERS = ["redirects", "huge", "not JSON", "a list", "deep", "error 500", "hangs up"]
SENDERS = ["iss of another", "no iss", "state of another", "cancelled"]


@pytest.fixture(autouse=True)
def _good_again(attacked: Attacked) -> Iterator[None]:
    yield
    attacked.provider.wrong = ""
    attacked.provider.claims = {}


def to_callback(browser: httpx.Client, name: str = "bad", **query: str) -> str:
    """Go to the institution and give the address at which it sends the browser back."""
    there = browser.get(f"/hub/oauth_login/{name}", params=query)
    assert there.status_code == 302, there.text
    return str(httpx.get(there.headers["Location"]).headers["Location"])


def is_signed_in(browser: httpx.Client) -> bool:
    return browser.get("/hub/home").status_code == 200


def words(answer: httpx.Response) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)<', answer.text)
    return found[1] if found else ""


def test_the_same_institution_signs_somebody_in_when_nothing_is_wrong(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    answer = browser.get(to_callback(browser, next="/hub/token"))
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"] == "/hub/token"
    assert is_signed_in(browser)


@pytest.mark.parametrize("wrong", [*TOKENS, *ANSWERS, *SENDERS])
def test_what_is_wrong_is_refused_in_words(attacked: Attacked, wrong: str) -> None:
    browser = attacked.hub.browser()
    attacked.provider.wrong = wrong
    answer = browser.get(to_callback(browser))
    assert answer.status_code in {403, 503}
    assert len(words(answer)) > 40
    assert "<b>" not in words(answer)
    assert "Traceback" not in answer.text
    assert not is_signed_in(browser)


def test_a_slow_institution_is_given_up_and_stops_nobody_else(attacked: Attacked) -> None:
    browser, other = attacked.hub.browser(), attacked.hub.browser()
    attacked.provider.wrong = "slow"
    address = to_callback(browser)
    with pytest.raises(httpx.ReadTimeout):
        browser.get(address, timeout=1)
    before = time.monotonic()
    assert sign_in_locally(other).status_code == 302
    assert time.monotonic() - before < 3


def test_a_code_that_was_used_gets_nobody_in(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    address = to_callback(browser)
    cookies = httpx.Cookies(browser.cookies)
    assert browser.get(address).status_code == 302
    again = attacked.hub.browser()
    again.cookies = cookies
    assert again.get(address).status_code == 403
    assert not is_signed_in(again)


def test_an_answer_counts_once_in_a_browser(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    attacked.provider.wrong = "codes work twice"
    address = to_callback(browser)
    assert browser.get(address).status_code == 302
    browser.get("/hub/logout")
    answer = browser.get(address)
    assert answer.status_code == 403
    assert "no sign-in that was started in this browser" in words(answer)


def test_an_answer_in_another_browser_signs_nobody_in(attacked: Attacked) -> None:
    """Login CSRF: a link that would sign the victim in as the attacker."""
    attacker, victim = attacked.hub.browser(), attacked.hub.browser()
    address = to_callback(attacker)
    assert victim.get(address).status_code == 403
    assert not is_signed_in(victim)


@pytest.mark.parametrize("change", ["", "garbage", "x" * 5000, "%00", "../../x"])
def test_a_state_that_is_none_finds_nothing(attacked: Attacked, change: str) -> None:
    browser = attacked.hub.browser()
    to_callback(browser)
    answer = browser.get("/hub/oauth_callback/bad", params={"code": "x", "state": change})
    assert answer.status_code == 403


def test_one_institution_cannot_pass_for_another(attacked: Attacked) -> None:
    """Mix-up: the answer meant for one callback address is given to another's."""
    browser = attacked.hub.browser()
    answer = parse_qs(urlsplit(to_callback(browser, "other")).query)
    given = {name: values[0] for name, values in answer.items()}
    assert browser.get("/hub/oauth_callback/bad", params=given).status_code == 403
    moved = {**given, "iss": attacked.provider.issuer}
    assert browser.get("/hub/oauth_callback/bad", params=moved).status_code == 403
    assert not is_signed_in(browser)


def test_a_cookie_of_one_institution_is_no_errand_of_another(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    address = to_callback(browser, "other")
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    jar = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    answer = attacked.hub.browser().get(
        "/hub/oauth_callback/bad", params=given, headers={"Cookie": jar}
    )
    assert answer.status_code == 403
    assert "/token" not in attacked.provider.asked[-1:]


def test_keys_come_from_the_key_document_only(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    attacked.provider.wrong = "key elsewhere"
    browser.get(to_callback(browser))
    assert "/evil-keys" not in attacked.provider.asked


def test_an_institution_that_is_away_is_named_and_others_still_work(attacked: Attacked) -> None:
    browser = attacked.hub.browser()
    answer = browser.get("/hub/oauth_login/away")
    assert answer.status_code == 503
    assert "Away University does not answer right now" in words(answer)
    assert "Sign in with Bad University" in answer.text
    assert sign_in_locally(browser).status_code == 302


def test_an_institution_that_nobody_declared_is_not_there(attacked: Attacked) -> None:
    assert attacked.hub.browser().get("/hub/oauth_login/evil").status_code == 404
    assert attacked.hub.browser().get("/hub/oauth_callback/institution").status_code == 404


@pytest.mark.parametrize("sub", ["local-lea", "admin", "' OR 1=1 --", "a/b#c%00"])
def test_no_name_that_an_institution_gives_takes_over_an_account(
    attacked: Attacked, sub: str
) -> None:
    """A16: subject, user name and address are those of a local account; none of them opens it."""
    browser = attacked.hub.browser()
    attacked.provider.claims = {
        "sub": sub,
        "preferred_username": "local-lea",
        "email": "lea@example.org",
        "email_verified": True,
    }
    assert browser.get(to_callback(browser)).status_code == 302
    page = browser.get("/hub/home").text
    assert "local-lea-" in page
    assert "researcher" not in page.lower().split("</nav>")[0]


@pytest.mark.parametrize(
    "claims", [{"groups": ["admin"]}, {"groups": "steward"}, {"groups": None}, {"groups": {"a": 1}}]
)
def test_a_group_that_is_in_no_table_gives_no_role(
    attacked: Attacked, claims: dict[str, object]
) -> None:
    browser = attacked.hub.browser()
    attacked.provider.claims = {"sub": "nobody-here", **claims}
    answer = browser.get(to_callback(browser))
    assert answer.status_code == 403
    assert "has no role here" in words(answer)


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example", "///evil.example",
     "https:evil.example", "http://127.0.0.1//evil.example",
     "/%2f/evil.example", "/%5cevil.example", "/\t/evil.example",
     "javascript:alert(1)", "/hub/..//evil.example", "/hub/logout"],
)  # fmt: skip
def test_no_way_of_signing_in_leads_out_of_the_hub(attacked: Attacked, address: str) -> None:
    """D11, for institutions and local accounts alike."""
    browser = attacked.hub.browser()
    answer = browser.get(to_callback(browser, next=address))
    assert answer.headers["Location"] == "/hub/home"
    assert browser.get("/hub/login", params={"next": address}).headers["Location"] == "/hub/home"
    local = attacked.hub.browser()
    assert sign_in_locally(local, next_url=address).headers["Location"] == "/hub/home"
