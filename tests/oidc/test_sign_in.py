"""Sign-in through an institution, against a real OpenID Connect provider in a real browser."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hub.local import node
from tests.running import RunningHub, free_ports, running_hub

HERE = Path(__file__).parent
SECRET = "a-secret-only-the-tests-know-0123456789"
USERS = {
    "greta": {"password": "greta-pw", "name": "Greta Meadow", "groups": ["breeders"]},
    "omar": {"password": "omar-pw", "name": "Omar Data", "groups": ["data-team", "choir"]},
    "nina": {"password": "nina-pw", "name": "Nina Nobody", "groups": ["choir", "steward"]},
}
ROLES = {"breeders": "farmer", "data-team": "steward"}

pytestmark = pytest.mark.e2e


@contextmanager
def provider(folder: Path, port: int, callback: str) -> Iterator[str]:
    """The provider as a process of its own, ended afterwards."""
    modules = node.install(HERE.parent / "node", folder)
    script = modules.parent / "provider.mjs"
    script.write_text((HERE / "provider.mjs").read_text())
    settings = {
        "PORT": str(port),
        "CLIENT_ID": "agrigen",
        "CLIENT_SECRET": SECRET,
        "REDIRECT_URI": callback,
        "USERS": json.dumps(USERS),
    }
    process = subprocess.Popen(
        [node.node(), script], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub whose people come from the provider."""
    port = free_ports(24)
    hub_port, provider_port = port, port + 20
    callback = f"http://127.0.0.1:{hub_port}/hub/oauth_callback"
    with (
        provider(tmp_path_factory.mktemp("provider"), provider_port, callback) as issuer,
        running_hub(
            tmp_path_factory.mktemp("institution"),
            hub_port,
            AGRIGEN_SIGN_IN="oidc",
            AGRIGEN_OIDC_ISSUER=issuer,
            AGRIGEN_OIDC_CLIENT_ID="agrigen",
            AGRIGEN_OIDC_CLIENT_SECRET=SECRET,
            AGRIGEN_OIDC_ROLES=json.dumps(ROLES),
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
    page.get_by_role("link", name="Sign in").or_(page.get_by_role("button", name="Sign in")).click()
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(password or str(USERS[username]["password"]))
    page.get_by_role("button", name="Sign in").click()
    return page


def me(page: Page) -> dict:
    """The account as the API sees it, asked by the signed-in browser itself."""
    page.goto("/services/api/docs")
    return page.evaluate(
        """async () => {
            const key = document.cookie.match(/_xsrf=([^;]+)/)[1];
            const answer = await fetch("/services/api/api/v1/me", {headers: {"X-XSRFToken": key}});
            return {status: answer.status, body: await answer.json()};
        }"""
    )


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
