"""A two-trait maternal evaluation by REML on the demonstration: over REST and in a browser."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browsing import Visitor, picture
from tests.running import RunningHub

pytestmark = pytest.mark.e2e

NAME = "Lambs, direct and maternal"
FORMULA = (
    "birth_weight, weaning_weight ~ farm:birth_year + sex + birth_type "
    "+ linear(age_days_weaning_weight)[weaning_weight] "
    "+ animal(animal) + maternal(dam)[weaning_weight] + pe(dam)"
)


@pytest.fixture(scope="module")
def run(hub: RunningHub) -> str:
    """Declared, computed and looked at as the steward, by the Python client; its id."""
    steward = hub.client("stella")
    declared = steward.evaluations.create(FORMULA, estimate="reml", species="sheep", name=NAME)
    return str(declared.wait(timeout_seconds=300).item["id"])


@pytest.fixture(scope="module")
def steward(hub: RunningHub) -> httpx.Client:
    headers = {"Authorization": f"Bearer {hub.token('stella')}"}
    with httpx.Client(base_url=hub.api, headers=headers, timeout=60) as client:
        yield client


def items(client: httpx.Client, path: str, **query: str) -> list[dict]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_components_ratios_trends_and_diagnostics_are_read(steward: httpx.Client, run: str) -> None:
    found = steward.get(f"/evaluations/{run}").json()
    assert found["summary"]["converged"]
    assert [one["role"] for one in found["genetic_effects"]] == ["direct", "maternal"]
    maternal = items(steward, f"/evaluations/{run}/variances", effect="m")
    assert {one["effect"] for one in maternal} == {"a:m", "m"}
    shares = items(steward, f"/evaluations/{run}/ratios", trait="weaning_weight")
    inherited = {one["effect_1"]: one for one in shares if one["kind"] == "heritability"}
    assert set(inherited) == {"a", "m", "total"}
    assert 0.02 < inherited["a"]["value"] < 0.5
    assert inherited["a"]["se"] > 0
    assert len(items(steward, f"/evaluations/{run}/trends", effect="m")) > 5
    told = steward.get(f"/evaluations/{run}/diagnostics").json()
    assert told["history"][-1]["log_likelihood"] >= told["history"][0]["log_likelihood"]


def test_the_client_gives_them_as_frames(hub: RunningHub, run: str) -> None:
    evaluation = hub.client("stella").evaluations.get(run)
    wide = evaluation.frame(wide=True)
    assert {"birth_weight", "weaning_weight", "weaning_weight:m"} <= set(wide.columns)
    assert wide["animal_id"].is_unique
    assert len(evaluation.breeding_values()) == 3 * len(wide)
    components = evaluation.components
    assert components is not None
    assert components.covariances.keys() == {"a", "pe", "residual"}
    assert components.history["iteration"].is_monotonic_increasing
    assert set(components.heritability["effect_1"]) == {"a", "m", "total"}


def test_the_page_of_the_run_says_it_in_words(visit: Visitor, run: str) -> None:
    page = visit("stella")
    page.goto("/services/dashboards/runs")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_text("Weaning weight, maternal", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("Genetic trend"))).to_be_visible()
    expect(page.get_by_text("It settled")).to_be_visible()
    picture(page, "steward-run")
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth == 360")  # pictures follow


def test_published_it_shows_farmers_what_an_animal_gives_as_a_mother(
    hub: RunningHub, steward: httpx.Client, visit: Visitor, run: str
) -> None:
    assert steward.post(f"/evaluations/{run}/publish").status_code == 200
    try:
        farmer = hub.client("fiona")
        best = farmer.evaluations.get(run).frame(trait="weaning_weight").iloc[0]
        assert {one["role"] for one in farmer.animals.breeding_value_items(best["animal_id"])} == {
            "direct",
            "maternal",
        }
        assert farmer.evaluations.get(run).diagnostics()["notes"] == []
        page = visit("fiona")
        page.goto(f"/services/dashboards/animal?id={best['animal_id']}&trait=weaning_weight")
        expect(page.get_by_text("Weaning weight, as a mother")).to_be_visible()
    finally:
        steward.post(f"/evaluations/{run}/withdraw")
