"""A host name of its own for each person's server: a page of one cannot reach what is another's."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.running import CHECKOUT, RunningHub, free_ports, running_hub

pytestmark = pytest.mark.e2e

HOST = "hub.localhost"  # browsers know *.localhost as this machine
PASSWORD = "quiet meadow of forty ewes"
PEOPLE = ("anna", "berta")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub with hosts of their own for anna and berta, without demonstration data."""
    port = free_ports()
    home = tmp_path_factory.mktemp("apart")
    settings = {
        "AGRIGEN_DEMO": "0",
        "AGRIGEN_SUBDOMAINS": HOST,
        "AGRIGEN_PUBLIC_URL": f"http://{HOST}:{port}",
        "AGRIGEN_SECOND_FACTOR_ROLES": "[]",
    }
    with running_hub(home, port, **settings) as running:
        for name in PEOPLE:
            _add(running, name)
        yield running


def _add(hub: RunningHub, name: str) -> None:
    command = [sys.executable, "-m", "hub", "person", "add", name, "--role", "researcher"]
    subprocess.run(
        [*command, "--password-stdin"],
        input=PASSWORD + "\n",
        env={**os.environ, "AGRIGEN_HOME": str(hub.home)},
        cwd=CHECKOUT,
        text=True,
        check=True,
    )


def _sign_in(browser: Browser, hub: RunningHub, name: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(base_url=f"http://{HOST}:{hub.port}")
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.goto("/hub/login")
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/hub/home")
    return context, page


def _server(page: Page, hub: RunningHub, name: str) -> str:
    """Start the person's server; its own address."""
    page.goto("/hub/spawn")
    page.wait_for_url(f"http://{name}.{HOST}:{hub.port}/user/{name}/lab**")
    return f"http://{name}.{HOST}:{hub.port}/user/{name}/"


READ = """async (address) => {
  try { const answer = await fetch(address, {credentials: 'include'}); return await answer.text(); }
  catch (error) { return 'refused: ' + error.name; }
}"""
FRAME = """(address) => new Promise((done) => {
  const frame = document.createElement('iframe');
  const look = () => { try { done(frame.contentDocument ? frame.contentDocument.cookie : 'none'); }
    catch (error) { done('refused: ' + error.name); } };
  frame.onload = look; frame.src = address; document.body.append(frame); setTimeout(look, 5000);
})"""


def test_a_page_of_one_persons_server_reads_no_cookie_and_no_page_of_anothers(
    apart: RunningHub, chromium: Browser
) -> None:
    """1.3: anna's browser is signed in to berta's server too, and berta's page is hostile."""
    context, page = _sign_in(chromium, apart, "anna")
    annas = _server(page, apart, "anna")
    own = page.evaluate("() => document.cookie")
    assert "_xsrf" in own  # JupyterLab reads its own
    _, theirs = _sign_in(chromium, apart, "berta")
    bertas = _server(theirs, apart, "berta")
    assert theirs.evaluate("() => document.cookie").count("_xsrf") == 1
    hostile = context.new_page()
    hostile.goto(f"{bertas}static/favicons/favicon.ico")  # any page at berta's host
    assert hostile.evaluate("() => location.hostname") == f"berta.{HOST}"
    assert own not in hostile.evaluate("() => document.cookie")
    for address in (f"{annas}api/contents", f"http://{HOST}:{apart.port}/hub/home"):
        assert hostile.evaluate(READ, address).startswith("refused"), address
    context.close()


def test_cookies_of_one_host_are_not_sent_to_another(apart: RunningHub, chromium: Browser) -> None:
    """B12: only the number of the session is for all hosts; it proves nothing by itself."""
    context, page = _sign_in(chromium, apart, "anna")
    _server(page, apart, "anna")
    hosts = {}
    for cookie in context.cookies():
        hosts.setdefault(cookie["domain"], set()).add(cookie["name"])
    assert hosts.pop(f".{HOST}", set()) <= {"jupyterhub-session-id"}
    assert "jupyterhub-hub-login" in hosts[HOST]
    assert all("jupyterhub-hub-login" not in names for host, names in hosts.items() if host != HOST)
    context.close()


def test_notebooks_and_dashboards_find_the_api(apart: RunningHub, chromium: Browser) -> None:
    context, page = _sign_in(chromium, apart, "anna")
    page.goto("/services/dashboards/herd")
    assert "herd" in page.url and page.locator("body").inner_text()
    answer = page.goto("/services/api/docs")
    assert answer is not None and answer.status == 200
    context.close()


def test_a_strangers_host_name_reaches_no_persons_server_and_leads_nowhere(
    apart: RunningHub, chromium: Browser
) -> None:
    """D11: the name in a request is the asker's choice."""
    import httpx

    context, page = _sign_in(chromium, apart, "anna")
    _server(page, apart, "anna")
    for host in ("evil.example", "127.0.0.1", f"x.{HOST}", f"berta.{HOST}"):
        for path in ("user/anna/lab", "hub/home", "services/api/docs"):
            address = f"http://127.0.0.1:{apart.port}/{path}"
            answer = httpx.get(address, headers={"Host": host})
            assert "evil.example" not in answer.headers.get("location", "")
            assert answer.status_code != 200 or path == "hub/home", (host, path)
    context.close()
