"""What every part of the hub tells browsers: the hub, the API, dashboards, lessons, own servers.

Everything is asked as a browser would ask, through the proxy.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie

import httpx
import pytest
from playwright.sync_api import Page

from extensions.base.extension import Extension
from extensions.points import PACKAGES
from tests.browsing import Visitor
from tests.inside import inside
from tests.running import RunningHub, xsrf

pytestmark = pytest.mark.e2e

API = "/services/api"
HUB_PAGES = [
    *("/hub/home", "/hub/admin", "/hub/login", "/hub/nowhere", "/hub/user/nobody/lab"),
    *("/hub/logo", "/hub/static/css/style.min.css", "/hub/api/", "/hub/api/user", "/hub/health"),
    *("/", "/hub/error/503", "/hub/security/csp-report"),
]
DASHBOARDS = ["/services/dashboards/", "/services/dashboards/livez", "/services/dashboards/none"]
LESSONS = ["/services/lessons/", "/services/lessons/none", "/services/lessons/static/voila.js"]
OWN = ["/user/rita/lab", "/user/rita/api/status", "/user/rita/files/none", "/user/rita/tree"]
# What scripts of a page must read to send it back in a header; everything else is for HTTP only.
READABLE = {("_xsrf", "/user/rita/"), ("_xsrf", "/services/lessons/")}
EXPIRED = re.compile(r"expires=[^;]*2025|expires=Thu, 01 Jan 1970|Max-Age=0", re.IGNORECASE)


def api_pages() -> list[str]:
    """Every page of the API service that has a fixed address, from the extensions themselves."""
    import importlib

    found = []
    for name in PACKAGES:
        extension = next(
            one
            for one in vars(importlib.import_module(name)).values()
            if isinstance(one, Extension)
        )
        found += [pattern for pattern, _ in extension.pages if re.fullmatch(r"[\w/.-]+", pattern)]
    return sorted({API + page for page in found} | {f"{API}/livez", f"{API}/nowhere"})


@pytest.fixture(scope="module")
def answers(hub: RunningHub) -> Iterator[dict[str, httpx.Response]]:
    """What rita's browser is answered everywhere, redirections and all; keyed by the address."""
    found: dict[str, httpx.Response] = {}
    with inside(hub, "rita"), closing(hub.browser("rita")) as browser:
        browser.headers["Sec-Fetch-Mode"] = "navigate"
        for address in [*HUB_PAGES, *api_pages(), *DASHBOARDS, *LESSONS, *OWN, "/hub/logout"]:
            answer = browser.get(address)
            for one in [*answer.history, answer]:
                found[f"{address} -> {one.url.path} {one.status_code}"] = one
    yield found


def from_the_proxy(answer: httpx.Response) -> bool:
    """The proxy itself answers where there is nothing; its page has no script and no data."""
    return "x-content-type-options" not in answer.headers and answer.status_code >= 500


def test_every_answer_has_the_headers(answers: dict[str, httpx.Response]) -> None:
    """E9, E1: frame-ancestors, nosniff, Referrer-Policy, COOP, Permissions-Policy everywhere."""
    wrong = {
        name: missing
        for name, answer in answers.items()
        if not from_the_proxy(answer)
        and not is_way_back(name, answer)
        and (missing := missing_headers(answer.headers, of_a_person=name.startswith("/user/")))
    }
    assert wrong == {}


def is_way_back(name: str, answer: httpx.Response) -> bool:
    """A user server's return from the sign-in: JupyterHub's own handler, and nothing to show."""
    return name.startswith("/user/") and "/oauth_callback" in name and not answer.content


def missing_headers(headers: httpx.Headers, *, of_a_person: bool) -> list[str]:
    policy = headers.get("content-security-policy", "")
    said = {
        "frame-ancestors": "frame-ancestors 'none'" in policy,
        "object-src": "object-src 'none'" in policy or "default-src 'none'" in policy,
        "nosniff": headers.get("x-content-type-options") == "nosniff",
        "referrer": headers.get("referrer-policy") in ("same-origin", "no-referrer"),
        "opener": headers.get("cross-origin-opener-policy") == "same-origin",
        "devices": "geolocation=()" in headers.get("permissions-policy", ""),
        "frames": headers.get("x-frame-options") == "DENY",
        "cors": "access-control-allow-origin" not in headers,
        "server": of_a_person or "server" not in headers,  # what runs there is no secret
    }
    return [name for name, right in said.items() if not right]


def test_every_body_says_what_it_is_and_in_which_encoding(
    answers: dict[str, httpx.Response],
) -> None:
    """E1."""
    kinds = {name: one.headers.get("content-type", "") for name, one in answers.items()}
    with_body = {name for name, one in answers.items() if one.content}
    unclear = {
        name: kind
        for name, kind in kinds.items()
        if name in with_body
        and (not kind or (kind.startswith("text/") and "charset=utf-8" not in kind.lower()))
        and not (name.startswith("/user/") or from_the_proxy(answers[name]))
    }
    assert unclear == {}


def test_pages_of_the_hub_and_of_the_api_run_no_inline_scripts(
    answers: dict[str, httpx.Response],
) -> None:
    """E9."""
    for name, answer in answers.items():
        if "/hub/" not in name and API not in name:
            continue
        policy = answer.headers["content-security-policy"]
        scripts = re.search(r"script-src ([^;]*)", policy)
        allowed = scripts[1] if scripts else ""
        assert "unsafe-inline" not in allowed and "unsafe-eval" not in allowed, name
        for tag in re.findall(r"<script[^>]*>", answer.text):
            nonce = re.search(r'nonce="([^"]+)"', tag)
            assert "src=" in tag or (nonce and f"'nonce-{nonce[1]}'" in allowed), (name, tag)


def test_a_nonce_is_used_once(hub: RunningHub) -> None:
    """E9."""
    policies = [httpx.get(f"{hub.url}/hub/login").headers["content-security-policy"] for _ in "123"]
    assert len(set(policies)) == 3


def test_personal_pages_are_kept_nowhere_and_leaving_clears_the_cache(
    answers: dict[str, httpx.Response],
) -> None:
    """I6."""
    for name, answer in answers.items():
        kind = answer.headers.get("content-type", "")
        personal = kind.startswith(("text/html", "application/json", "application/problem"))
        if personal and not name.startswith("/user/") and not from_the_proxy(answer):
            kept = answer.headers.get("cache-control", "")
            public = "/collect" in name or "/oauth/jwks" in name  # scripts, keys that all may have
            assert "no-store" in kept or public, (name, kept)
    left = next(one for name, one in answers.items() if name.startswith("/hub/logout"))
    assert left.headers["clear-site-data"] == '"cache"'


def test_every_cookie_is_for_http_only_and_for_this_site_only(
    answers: dict[str, httpx.Response],
) -> None:
    """B12: on plain HTTP, where neither Secure nor __Host- can be; test_cookies has the rest."""
    seen = 0
    for name, answer in answers.items():
        for line in answer.headers.get_list("set-cookie"):
            if EXPIRED.search(line):
                continue
            (cookie,) = SimpleCookie(line).values()
            seen += 1
            assert cookie["samesite"] in ("Lax", "Strict"), (name, line)
            readable = (cookie.key, cookie["path"]) in READABLE
            assert cookie["httponly"] or readable, (name, cookie.key, cookie["path"])
            assert not cookie["domain"], (name, line)
    assert seen > 5


HOSTILE_ORIGINS = [
    *("null", "https://evil.example", "http://127.0.0.1.evil.example", "https://127.0.0.1"),
    *("http://evil.example:8000", "http://127.0.0.1:1", "file://", "chrome-extension://abcdef"),
]


@pytest.mark.parametrize("origin", HOSTILE_ORIGINS)
@pytest.mark.parametrize("address", ["/hub/api/user", f"{API}/api/v1/farms", "/hub/login"])
def test_no_other_site_may_read_an_answer(hub: RunningHub, origin: str, address: str) -> None:
    """E2."""
    headers = {"Origin": origin, "Authorization": f"Bearer {token_of(hub)}"}
    for method in ("GET", "OPTIONS"):
        asked = {**headers, "Access-Control-Request-Method": "POST"}
        answer = httpx.request(method, hub.url + address, headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "address",
    [
        *("/hub/metrics", "/hub/api/info", "/hub/api/users", "/hub/api/services", f"{API}/docs"),
        *(f"{API}/metrics", "/services/dashboards/metrics", "/services/lessons/metrics"),
        *("/metrics", "/debug", "/.git/config", "/.env", f"{API}/api", f"{API}/tree"),
    ],
)
def test_nobody_sees_figures_documents_or_settings_without_a_sign_in(
    hub: RunningHub, address: str
) -> None:
    """I1."""
    answer = httpx.get(hub.url + address)
    assert answer.status_code in (302, 401, 403, 404), answer.text[:200]
    assert (
        answer.status_code != 302
        or "login" in answer.headers["location"]
        or (
            "oauth2/authorize" in answer.headers["location"]
            or "/hub/" in answer.headers["location"]
        )
    )


TOKENS: dict[str, str] = {}


def token_of(hub: RunningHub) -> str:
    if hub.url not in TOKENS:
        TOKENS[hub.url] = hub.token("rita")
    return TOKENS[hub.url]


MODES = ["navigate", "cors", "no-cors", "same-origin", None]
GUARDED = [
    ("POST", "/hub/api/users/rita/tokens"),
    ("DELETE", "/hub/api/users/rita/server"),
    ("POST", f"{API}/api/v1/conversations"),
    ("PATCH", f"{API}/api/v1/me/profile"),
    ("DELETE", f"{API}/api/v1/me/sessions"),
]


@pytest.mark.parametrize("given", ["none", "of somebody else", "of before the sign-in", "forged"])
@pytest.mark.parametrize("mode", MODES)
def test_a_browser_changes_nothing_without_its_own_xsrf_token(
    two: tuple[httpx.Client, dict[str, str]], mode: str | None, given: str
) -> None:
    """E3: Sec-Fetch-Mode x method x token; `no-cors` too (CVE-2026-40864)."""
    browser, tokens = two
    headers = {"Sec-Fetch-Mode": mode} if mode else {}
    if given != "none":
        headers["X-XSRFToken"] = tokens[given]
    for method, address in GUARDED:
        answer = browser.request(method, address, headers=headers, json={})
        assert answer.status_code in (401, 403), (method, address, answer.status_code)


@pytest.fixture(scope="module")
def two(hub: RunningHub) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """Rita's browser, and the tokens that are not its own."""
    with httpx.Client(base_url=hub.url) as nobody:
        nobody.get("/hub/login")
        before = xsrf(nobody)
    with closing(hub.browser("fiona")) as other:
        other.get("/hub/home")
        theirs = xsrf(other)
    with closing(hub.browser("rita")) as browser:
        browser.headers["Sec-Fetch-Mode"] = "navigate"
        browser.get("/hub/home")
        browser.get(f"{API}/docs")
        tokens = {"of somebody else": theirs, "of before the sign-in": before, "forged": "x" * 40}
        yield browser, tokens


HOSTILE_NEXT = [
    *("//evil.example", "/\\evil.example", "///evil.example", "https:evil.example", "\\\\evil"),
    *("https://evil.example/", "/hub/../..//evil.example", "http:///evil.example"),
    *("javascript:alert(1)", "data:text/html,x", "127.0.0.1//evil.example", "%2f%2fevil.example"),
    *("/%09/evil.example", "\t//evil.example", "https://127.0.0.1@evil.example"),
    "//evil%2eexample",
]


@pytest.mark.parametrize("wanted", HOSTILE_NEXT)
@pytest.mark.parametrize(
    "door", ["/hub/login", "/hub/logout", "/services/dashboards/login", "/hub/step-up"]
)
def test_no_door_leads_to_another_site(hub: RunningHub, door: str, wanted: str) -> None:
    """D11: followed as a browser does, which reads backslashes as slashes and drops tabs."""
    with closing(hub.browser("sam")) as browser:
        answer = browser.get(door, params={"next": wanted})
        for one in [*answer.history, answer]:
            led = one.headers.get("location", "").replace("\\", "/").replace("\t", "")
            host = httpx.URL(str(one.url)).join(led).host if led else "127.0.0.1"
            assert host in ("127.0.0.1", "localhost"), (str(one.url), led)


def test_pages_work_without_a_complaint_of_the_browser(visit: Visitor) -> None:
    """E9: the policies are strict and nothing that people use breaks on them."""
    page = visit("ada")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for address in ["/hub/home", "/hub/admin", "/services/dashboards/herd", f"{API}/docs"]:
        page.goto(address)
        page.wait_for_timeout(1500)
    assert [
        line for line in said if "Content Security" in line or "Permissions-Policy" in line
    ] == []


def test_a_script_that_comes_in_with_a_page_does_not_run(visit: Visitor) -> None:
    """D4, E9: a tag without the nonce of the answer is text to the browser."""
    page = visit("fiona")
    for address in ["/hub/home", "/services/dashboards/herd"]:
        page.goto(address)
        assert script_runs(page) is False, address


def script_runs(page: Page) -> bool:
    page.evaluate(
        """() => { const p = document.createElement('p');
        p.innerHTML = '<img src=x onerror="window.hurt = true">'; document.body.append(p); }"""
    )
    page.wait_for_timeout(500)
    return bool(page.evaluate("() => window.hurt === true"))
