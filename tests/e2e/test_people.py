"""Each person signs in, sees what they came for, and not what belongs to others."""

from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e
LOADED_MS = 20_000


def cards(page: Page) -> list[str]:
    return page.locator(".agrigen-cards h2").all_inner_texts()


def test_the_hub_says_who_may_sign_in_and_starts_again_quickly(hub: RunningHub) -> None:
    assert "Ready after" in hub.output
    assert set(hub.passwords()) == {"fiona", "marc", "rita", "sam", "stella", "ada"}


def test_a_farmer_sees_their_farms_animals_and_a_drawn_pedigree(visit: Visitor) -> None:
    page = visit("fiona")
    assert "My farms" in cards(page)
    assert "Runs and jobs" not in cards(page)
    picture(page, "farmer-home")
    page.get_by_role("link", name="Open my farms").click()
    expect(page.get_by_text("Breeding value").first).to_be_visible(timeout=LOADED_MS)
    picture(page, "farmer-herd")


def test_a_farmer_never_sees_another_farmers_farm(visit: Visitor, hub: RunningHub) -> None:
    page = visit("marc")
    page.goto("/services/dashboards/herd")
    expect(page.get_by_text("Breeding value").first).to_be_visible(timeout=LOADED_MS)
    shown = page.locator("body").inner_text()
    fionas = {farm["name"] for farm in get(hub, "fiona", "/farms") if not farm["shared"]}
    marcs = {farm["name"] for farm in get(hub, "marc", "/farms") if not farm["shared"]}
    assert fionas and marcs and not fionas & marcs
    assert not [name for name in fionas if name in shown]


def test_a_student_gets_the_lesson_and_nothing_of_farms(visit: Visitor) -> None:
    page = visit("sam")
    assert cards(page) == ["Lessons", "Account"]
    page.get_by_role("link", name="Open the lessons").click()
    slider = page.locator(".widget-slider, .jupyter-widgets").first
    expect(slider).to_be_visible(timeout=60_000)  # a kernel starts for the lesson
    picture(page, "student-lesson")
    page.goto("/services/dashboards/herd")
    expect(page.get_by_text("Breeding value")).to_have_count(0)


def test_a_steward_sees_runs_and_jobs(visit: Visitor) -> None:
    page = visit("stella")
    page.get_by_role("link", name="Open runs and jobs").click()
    expect(page.get_by_text("weaning_weight").first).to_be_visible()
    picture(page, "steward-runs")


def test_an_administrator_finds_the_api_documented(visit: Visitor) -> None:
    page = visit("ada")
    page.get_by_role("link", name="Open the documentation").click()
    page.locator("#operations-tag-Farms").click()
    expect(page.locator("#operations-Farms-list_farms")).to_be_visible()
    picture(page, "admin-api")


def test_a_farmer_asks_emilia(visit: Visitor) -> None:
    page = visit("fiona")
    page.get_by_role("link", name="Talk with Emilia").click()
    expect(page.locator(".example").first).to_be_visible()  # the page listens now
    page.get_by_role("textbox").last.fill("How many animals do I have by breed and sex?")
    page.keyboard.press("Enter")
    expect(page.locator("table").first).to_be_visible()
    picture(page, "farmer-emilia")


def test_a_researcher_has_the_values_in_three_lines(visit: Visitor) -> None:
    page = visit("rita")
    page.get_by_role("link", name="Open JupyterLab").click()
    page.wait_for_url("**/user/rita/lab**", timeout=120_000)
    page.goto("/user/rita/lab/tree/notebooks/00_tour.ipynb")
    page.locator(".jp-Notebook").wait_for()
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
    page.locator(".lm-MenuBar-item", has_text="Run").first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea table").first).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
    errors = page.locator(".jp-RenderedText[data-mime-type*=error]")
    assert errors.all_inner_texts() == []
    picture(page, "researcher-notebook")


def test_a_researcher_sees_published_runs(visit: Visitor) -> None:
    page = visit("rita")
    page.get_by_role("link", name="Open the evaluations").click()
    expect(page.get_by_text("Weaning weight of lambs").first).to_be_visible()


@pytest.mark.parametrize("address", ["/services/dashboards/herd", "/services/api/chat"])
def test_pages_ask_nobody_on_the_internet(visit: Visitor, address: str) -> None:
    page = visit("fiona")
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.goto(address)
    page.wait_for_timeout(3000)
    assert hosts <= {"127.0.0.1", None}


def get(hub: RunningHub, username: str, path: str) -> list[dict]:
    import httpx

    headers = {"Authorization": f"Bearer {hub.token(username)}"}
    return httpx.get(hub.api + path, headers=headers, timeout=60).json()["items"]
