"""What may be done with a run, and how runs, jobs and imports are shown."""

from datetime import UTC, datetime

import pytest

from agrigen.client import Evaluation, Item
from dashboards.evaluations import data, views

ALL = frozenset({"evaluations:run", "evaluations:publish"})


def href(id: str) -> str:
    return f"run?id={id}"


def run(state: str, **more: object) -> Item:
    return Item(
        {
            "id": "e", "name": "Spring", "state": state, "published_at": None,
            "withdrawn_at": None, "traits": ["weaning_weight"], "error": "", "summary": {},
            "model": {"effects": [{"name": "sex"}, {"name": "animal"}]}, "person_id": "p",
            "created_at": "2026-01-01T10:00:00+00:00", "started_at": None, "finished_at": None,
        }
        | more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "more", "acts"),
    [
        ("queued", {}, ["cancel"]),
        ("running", {}, ["cancel"]),
        ("failed", {}, ["retry"]),
        ("cancelled", {}, ["retry"]),
        ("done", {}, ["publish"]),
        ("done", {"published_at": "2026-01-01"}, ["withdraw"]),
        ("done", {"published_at": "2026-01-01", "withdrawn_at": "2026-01-02"}, ["publish"]),
    ],
)
def test_only_what_is_possible_is_offered(state, more, acts):
    assert data.acts_for(run(state, **more), ALL) == acts
    assert data.acts_for(run(state, **more), frozenset()) == []


def test_every_act_is_asked_about_before_it_is_done():
    assert set(views.SENTENCES) == set(views.BUTTONS)


def test_a_running_job_counts_its_seconds():
    job = {"started_at": "2026-01-01T10:00:00+00:00"}
    now = datetime(2026, 1, 1, 10, 1, 30, tzinfo=UTC)
    assert data.duration_seconds(job, now) == 90
    assert data.duration_seconds(job | {"finished_at": "2026-01-01T10:00:05+00:00"}, now) == 5
    assert data.duration_seconds({"started_at": None}) is None


def test_a_finished_run_shows_its_counts_and_a_failed_one_its_reason():
    summary = {"animals": {"evaluated": 2284}, "records": {"used": 1836}}
    items = [run("done", summary=summary), run("failed", error="The variance must be > 0.")]
    html = views.evaluations([Evaluation(None, item) for item in items], "p", href)
    for text in (
        "2,284",
        "1,836",
        "sex, animal",
        'href="run?id=e"',
        "must be &gt; 0.",
        "weaning_weight",
        "you",
    ):
        assert text in html


def test_a_job_shows_how_far_it_is():
    job = Item(
        kind="evaluations.run", state="running", progress=0.42, message="solving", error="",
        attempts=2, cancel_requested=False, created_at="2026-01-01T10:00:00+00:00",
        started_at=None,
    )  # fmt: skip
    html = views.jobs([job])
    assert 'aria-valuenow="42"' in html
    assert "(attempt 2)" in html
    assert "stopping" in views.jobs([Item(job, cancel_requested=True)])


def test_refused_rows_of_an_import_stand_out():
    one = Item(
        farm_id="f", kind="animals", state="done", dry_run=False, error="", rows_read=812,
        rows_loaded=806, rows_unchanged=0, rows_rejected=6, created_at="2026-01-01T10:00:00Z",
    )  # fmt: skip
    html = views.imports([one], {"f": "Hill"})
    assert "Hill" in html
    assert '<span class="badge bad">6</span>' in html
