"""Mating plans, growth, milk and reports, as farmers meet them in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor, picture

pytestmark = pytest.mark.e2e

PAGES = "/services/dashboards"
PHONE = {"width": 360, "height": 800}


def expect_to_fit(page: Page) -> None:
    """On a telephone nothing is wider than the window; tables scroll by themselves."""
    page.set_viewport_size(PHONE)
    page.wait_for_function(  # pictures follow
        "innerWidth == 360 && document.documentElement.scrollWidth <= innerWidth"
    )


def saved(page: Page, link: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).first.click()
    return Path(download.value.path()).read_bytes()


def test_a_farmer_plans_matings_keeps_the_plan_and_judges_one_pair(visit: Visitor) -> None:
    page = visit("fiona")
    page.goto(f"{PAGES}/mating-plan")
    find = page.get_by_role("button", name="Find the best matings")
    expect(find).to_be_visible()
    page.get_by_label("Name of the plan").fill("Autumn")
    find.click()
    expect(page.get_by_text("females with a mate")).to_be_visible()
    expect(page.get_by_role("heading", name="Autumn")).to_be_visible()
    picture(page, "farmer-mating-plan")
    rows = saved(page, "Download as a table").decode("utf-8-sig").splitlines()
    assert rows[0].startswith("female,male,index")
    female, male = rows[1].split(",")[:2]
    page.reload()
    expect(page.get_by_role("heading", name="Autumn")).to_be_visible()

    page.get_by_role("radio", name="One pair").check()
    page.get_by_label("Male, by tag", exact=True).fill(male)
    page.get_by_label("Female, by tag").fill(female)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="What would they give?").click()
    expect(page.get_by_text("Where their young would stand")).to_be_visible()
    expect_to_fit(page)
    picture(page, "farmer-one-pair")


def test_growth_is_told_in_pounds_with_the_reasons(visit: Visitor) -> None:
    page = visit("fiona")
    page.goto(f"{PAGES}/growth")
    expect(page.get_by_text("young of 20").first).to_be_visible()
    page.get_by_label("Weights in").select_option(label="Pounds")
    expect(page.get_by_text("Gain a day, lb")).to_be_visible()
    assert "unit=lb" in page.url
    page.locator("details summary").first.click()
    expect(page.get_by_text("100 days:").first).to_be_visible()
    picture(page, "farmer-growth")
    expect_to_fit(page)


def test_a_dairy_farmer_sees_curves_and_lactations_of_a_cow(visit: Visitor) -> None:
    page = visit("marc")
    page.goto(f"{PAGES}/growth")
    expect(page.get_by_text("Milk of the herd by parity")).to_be_visible()
    page.locator("table tbody a").first.click()
    expect(page.get_by_role("heading", name="Test days")).to_be_visible()
    picture(page, "farmer-milk")
    expect_to_fit(page)
    page.get_by_role("radio", name="Condition and withdrawals").check()
    expect(page.get_by_role("heading", name="Withdrawals running")).to_be_visible()


def test_reports_are_pictures_tables_and_files_in_two_languages(visit: Visitor) -> None:
    page = visit("fiona")
    page.goto(f"{PAGES}/reports")
    expect(page.get_by_text("Living animals by age").first).to_be_visible()
    page.get_by_label("Subject").select_option(label="Births and fertility")
    expect(page.get_by_text("Births by year").first).to_be_visible()
    picture(page, "farmer-report")
    page.get_by_label("Language").select_option(label="Français")
    expect(page.get_by_text("Taille de portée").first).to_be_visible()
    assert saved(page, "Report with pictures (PDF)").startswith(b"%PDF")
    assert saved(page, "Animals (CSV)").splitlines()[0].endswith(b"sire,dam")
    page.get_by_label("Subject").select_option(label="Beside other farms")
    expect(page.get_by_role("heading", name="Beside other farms")).to_be_visible()
    expect_to_fit(page)
