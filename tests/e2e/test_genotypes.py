"""Genotypes by screen: a farmer hands files in and sees parents, a researcher finds genes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import agrigen as ag
from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

GENOTYPES = "/services/dashboards/genotypes"


@pytest.fixture(scope="module")
def flock(hub: RunningHub) -> ag.client.GenotypeSet:
    """The genotyped flock of the demonstration after quality control."""
    found = hub.client("rita").genotypes.list(species="sheep", state="done")
    return next(one for one in found if (one.name, one.version) == ("Hillside flock, 5k", 2))


@pytest.fixture(scope="module")
def lamb(flock: ag.client.GenotypeSet) -> dict[str, str]:
    """A lamb whose recorded sire the genotypes exclude, with the one that fits."""
    found = flock.parentage(status="excluded").iloc[0].to_dict()
    return found | {"fits": found["proposed"][0]["tag"]}


def on_set(page: Page, part: str) -> None:
    page.get_by_role("button", name=part, exact=True).click()


def test_a_farmer_sees_which_parent_is_wrong_and_who_fits(
    visit: Visitor, lamb: dict[str, str]
) -> None:
    page = visit("fiona")
    page.goto(GENOTYPES)
    expect(page.get_by_text("DNA results of your animals")).to_be_visible()
    page.get_by_role("link", name="Hillside flock, 5k, version 2").click()
    expect(page.get_by_role("columnheader", name="Heterozygosity")).to_have_count(0)
    on_set(page, "Parents")
    page.get_by_label("Show").select_option("not the parent")
    verdict = f"{lamb['tag']} not the {lamb['role']}"
    row = page.get_by_role("row", name=verdict)
    expect(row).to_contain_text(lamb["fits"])
    picture(page, "farmer-parents")
    row.get_by_role("link", name=lamb["tag"]).click()
    expect(page.get_by_text("says the DNA").first).to_be_visible()
    expect(page.get_by_role("link", name="Hillside flock, 5k, version 2")).to_be_visible()
    picture(page, "farmer-animal")


def test_a_farmer_hands_in_files_and_is_told_what_is_wrong(
    visit: Visitor, hub: RunningHub, flock: ag.client.GenotypeSet, tmp_path: Path
) -> None:
    flock.genotypes()[-20:, :300].write(tmp_path / "few.vcf.gz")
    page = visit("fiona")
    page.goto(GENOTYPES)
    hand_in = page.get_by_role("button", name="Hand in")
    page.get_by_label("Farm").last.select_option("Hillside Farm")
    hand_in.click()
    expect(page.get_by_text("Choose the files first")).to_be_visible()
    page.locator("input[type=file]").set_input_files(tmp_path / "few.vcf.gz")
    expect(page.get_by_text("Upload complete").first).to_be_visible()
    hand_in.click()
    expect(page.get_by_text("Give the set a name")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("A few lambs")
    hand_in.click()
    page.get_by_role("link", name="Open A few lambs").click()
    expect(page.get_by_text("linked to animals")).to_be_visible()
    picture(page, "farmer-handed-in")
    made = next(one for one in hub.client("fiona").genotypes.list() if one.name == "A few lambs")
    assert made.counts["samples"] == made.counts["linked"] == 20


def test_a_farmer_of_other_animals_sees_none_of_them(visit: Visitor, flock: object) -> None:
    page = visit("marc")
    page.goto(GENOTYPES)
    expect(page.get_by_text("There are no genotypes yet")).to_be_visible()
    page.goto(f"/services/dashboards/genotype-set?id={flock.id}")
    expect(page.get_by_text("Genotypes not found")).to_be_visible()


def test_a_researcher_goes_from_quality_to_a_study_and_its_pictures(
    visit: Visitor, flock: ag.client.GenotypeSet
) -> None:
    page = visit("rita")
    page.goto(f"/services/dashboards/genotype-set?id={flock.id}")
    expect(page.get_by_text("markers were left out")).to_be_visible()
    picture(page, "researcher-quality")
    on_set(page, "Region")
    expect(page.get_by_text("The darker, the more copies")).to_be_visible()
    on_set(page, "Use")
    expect(page.get_by_label("Beside the genes")).to_have_value(re.compile("contemporary_group"))
    page.get_by_role("button", name="Test all markers").click()
    page.get_by_role("link", name=re.compile("^Open Weaning weight")).click()
    expect(page.get_by_text("markers tested")).to_be_visible(timeout=120_000)
    expect(page.get_by_role("heading", name="Strongest markers")).to_be_visible()
    page.wait_for_timeout(1500)
    picture(page, "researcher-association")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("along the genome for a publication")).click()
    drawn = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert waiting.value.suggested_filename.endswith(".svg")
    assert "<svg" in drawn
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("All tests as a table")).click()
    assert len(Path(waiting.value.path()).read_text().splitlines()) > 5000


def test_a_tapped_marker_shows_its_region(visit: Visitor, hub: RunningHub) -> None:
    study = hub.client("rita").associations.list(state="done")[0]
    best = study.frame(limit=1)["marker"][0]
    page = visit("rita")
    page.goto(f"/services/dashboards/association?id={study.id}&marker={best}")
    heading = page.get_by_role("heading", name=f"Around {best}")
    expect(heading).to_be_visible()
    expect(page.get_by_role("heading", name="Windows")).to_be_visible()


def test_a_genomic_run_is_started_by_screen_and_shows_its_marker_effects(
    visit: Visitor, flock: ag.client.GenotypeSet
) -> None:
    page = visit("rita")
    page.goto(f"/services/dashboards/genotype-set?id={flock.id}&part=use")
    expect(page.get_by_label("Beside the genes")).to_have_value(re.compile("contemporary_group"))
    page.get_by_label("For").select_option("Genotyped animals only (GBLUP)")
    page.get_by_role("button", name="Compute breeding values").click()
    page.get_by_role("link", name=re.compile("^Open Weaning weight")).click()
    expect(page.get_by_text("Marker effects: Weaning weight")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("genomic relationships (GBLUP)")).to_be_visible()
    page.wait_for_timeout(1500)
    picture(page, "researcher-genomic-run")


@pytest.mark.parametrize("address", ["genotypes", "associations"])
def test_pages_fit_a_telephone(visit: Visitor, address: str) -> None:
    page = visit("fiona")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/services/dashboards/{address}")
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_timeout(2000)
    page.wait_for_function("document.documentElement.scrollWidth == 360")
