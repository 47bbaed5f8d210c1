"""Association studies: the list, and the page of one."""

import pandas as pd
import pytest

from agrigen.client import Association, Item
from dashboards.association import data, views
from dashboards.associations import data as list_data
from dashboards.associations import views as list_views
from dashboards.downloads import file_name

POINTS = Item(
    chromosome=["1", "2"], position=[500, 2_000_000], marker=["m1", "m2"],
    minus_log10_p=[0.4, 9.2], effect=[0.1, -1.5], lambda_gc=1.02,
    thresholds={"bonferroni": 1e-6, "suggestive": 2e-5},
    qq={"expected": [3.0, 0.2], "observed": [9.2, 0.4], "low": [0, 0], "high": [4, 1]},
)  # fmt: skip
TESTS = pd.DataFrame({
    "chromosome": ["2"], "position": [2_000_000], "marker": ["m2"], "effect_allele": ["A"],
    "other_allele": ["G"], "frequency": [0.31], "effect": [-1.5], "se": [0.2], "p": [6.3e-10],
    "minus_log10_p": [9.2], "variance_explained": [0.08],
})  # fmt: skip
WINDOWS = pd.DataFrame({
    "chromosome": ["2"], "start": [2_000_000], "stop": [3_000_000], "markers": [12],
    "best": ["m2"], "p": [0.0], "minus_log10_p": [410.0], "inclusion": [0.97],
})  # fmt: skip


def association(state: str = "done", **more: object) -> Association:
    item = {
        "id": "g", "name": "Weight <1>", "trait": "weaning_weight", "state": state, "error": "",
        "person_id": "me", "job_id": None, "genotype_set_id": "s", "result_hash": "f" * 64,
        "created_at": "2026-11-02T10:00:00+00:00", "started_at": None, "finished_at": None,
        "published_at": None, "withdrawn_at": None,
        "settings": {"method": "exact", "relationship": "vanraden1", "effects": [{"name": "sex"}],
                     "leave_one_chromosome_out": True},
        "summary": {"markers": 5000, "animals": 640, "lambda": 1.02, "h2": 0.31, "hits": 3,
                    "excluded": {"monomorphic": 12}},
        "provenance": {"citations": ["Zhou and Stephens 2012"],
                       "dataset": {"content_hash": "d" * 64}},
    }  # fmt: skip
    return Association(None, Item(item | more))


@pytest.fixture
def study() -> data.Study:
    return data.Study(
        association(), trait=Item(name="Weaning weight", unit="kg"), points=POINTS,
        strongest=TESTS, genotypes=Item(name="Lambs 50K", version=2),
    )  # fmt: skip


def test_the_outcome_is_said_in_words(study):
    html = views.numbers(study)
    for text in ("markers above the line", "5,000", "640", "1.02", "31 %", "differ in weaning"):
        assert text in html
    nothing = data.Study(association(summary={"hits": 0, "lambda": 1.4}))
    assert "No single marker stands out" in views.numbers(nothing)
    assert "Be careful" in views.numbers(nothing)


def test_a_study_at_work_shows_how_far_it_is():
    busy = data.Study(association("running"), job=Item(progress=0.3, message="chromosome 4"))
    html = views.header(busy)
    assert 'aria-valuenow="30"' in html
    assert "chromosome 4" in html
    assert "by themselves" in views.not_there(busy)
    failed = data.Study(association("failed", error="No <records>."))
    assert "No &lt;records&gt;." in views.header(failed)
    assert "no results" in views.not_there(failed)


def test_the_pictures_are_drawn_from_the_points(study):
    card, plot, place = views.manhattan(study, lambda row: None)
    assert list(place.ends) == ["1", "2"]
    assert plot.renderers[0].data_source.data["marker"] == ["m1", "m2"]
    assert "Tap" in card[0].object
    assert len(views.quantiles(study)) == 1
    assert views.quantiles(data.Study(association())) == []


def test_the_strongest_markers_are_a_table(study):
    html = views.strongest(study)
    for text in ("m2", "2,000,000", "6.3e-10", "−1.500", "± 0.2", "A (other G)", "8.0 %", "kg"):
        assert text in html


def test_a_tapped_marker_shows_its_region_and_windows(study):
    found = data.Region("m2", "2", 1_000_000, 3_000_000, TESTS, WINDOWS)
    html = views.region(study, found)
    for text in ("Around m2", "1.0 to 3.0 Mb of chromosome 2", "<b>m2</b>", "2 to 3", "1e-410",
                 "97.0 %"):  # fmt: skip
        assert text in html
    assert data.row_of(study, "m2") == 1
    assert data.row_of(study, "other") is None


def test_it_says_how_it_was_computed(study):
    html = views.computed(study, "genotype-set?id=s")
    for text in ("exact", "sex", "each chromosome tested with the others", "Lambs 50K, version 2",
                 "12: one allele only", "d" * 12, "Zhou"):  # fmt: skip
        assert text in html


def test_the_list_says_what_was_found():
    job = Item(progress=0.5, message="half")
    found = list_data.Overview(
        [association(), association("running", id="r", summary={}, person_id="other")],
        {"weaning_weight": Item(name="Weaning weight")}, {"r": job}, "me",
    )  # fmt: skip
    html = list_views.studies(found, lambda id: f"a?id={id}", "genotypes", may_run=True)
    for text in ("Weight &lt;1&gt;", "Weaning weight", "you", "somebody else",
                 'aria-valuenow="50"', "under “Use”"):  # fmt: skip
        assert text in html
    assert found.busy


def test_without_studies_one_is_told_where_they_come_from():
    nothing = list_data.Overview([], {}, {}, "me")
    run = list_views.studies(nothing, str, "genotypes", may_run=True)
    read = list_views.studies(nothing, str, "genotypes", may_run=False)
    assert "genotype set" in run
    assert "Published ones appear here" in read


def test_names_of_files_are_taken_by_every_system():
    assert file_name("Weight, ♀ 50K/2026") == "weight-50k-2026"
    assert file_name("…") == "table"
