"""The page of watched places: schedules in words, what was taken, what went wrong."""

from typing import Any

import pytest

from agrigen.client import Item
from dashboards.sources import views
from dashboards.sources.data import Overview
from dashboards.sources.form import SourceForm
from dashboards.sources.schedules import choice_of, cron_of, in_words


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("", "by hand only"),
        ("0 6 * * *", "every day at 06:00"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/15 6-20 * * *", "every 15 minutes from 06:00 to 20:59"),
        ("0 * * * *", "every hour"),
        ("5 * * * *", "every hour at minute 5"),
        ("0 */4 * * *", "every 4 hours"),
        ("30 18 * * 1", "every Monday at 18:30"),
        ("30 18 * * mon,thu", "every Monday and Thursday at 18:30"),
        ("0 7 * * 1-5", "from Monday to Friday at 07:00"),
        ("0 7 1 * *", "on day 1 of every month at 07:00"),
        ("0 7 1 1 *", "by the schedule 0 7 1 1 *"),
        ("1,2 * * * *", "by the schedule 1,2 * * * *"),
    ],
)
def test_schedules_are_said_in_words(cron, said):
    assert in_words(cron) == said


@pytest.mark.parametrize(
    "cron", ["", "*/15 * * * *", "0 * * * *", "15 6 * * *", "30 18 * * 0", "1,2 * * * *"]
)
def test_a_choice_stands_for_its_schedule(cron):
    assert cron_of(**choice_of(cron)) == cron


def test_a_time_of_day_is_asked_for():
    with pytest.raises(ValueError, match="06:00"):
        cron_of("daily", "25:00", "")


def source(**more: Any) -> Item:
    known = {
        "id": "s", "farm_id": "f", "name": "Scale <b>", "kind": "records", "query": "",
        "place": "folder:hill/scale", "pattern": "*.csv", "policy": "good_rows",
        "template_id": None, "schedule": "0 6 * * *", "timezone": "Europe/Paris", "enabled": True,
        "job_id": "j", "last_run_at": "2026-11-02T06:00:00+00:00", "failures": 0, "error": "",
        "next_run_at": "2026-11-03T05:00:00+00:00",
        "last_counts": {"found": 3, "taken": 2, "refused": 1},
    }  # fmt: skip
    return Item(known | more)


def overview(**more: Any) -> Overview:
    farms = {"f": Item(id="f", name="Hill", may_write=True)}
    places = [Item(place="folder:hill", kind="folder"), Item(place="s3://lab/in", kind="bucket")]
    return Overview([source()], farms, places, [], **more)


def href(id: str) -> str:
    return f"to?id={id}&x"


def test_the_list_says_when_and_how_it_went():
    html = views.sources(overview(), href)
    for text in ("Scale &lt;b&gt;", "every day at 06:00 (Europe/Paris)", "3 files, 2 taken",
                 "1 not taken", "Hill", "watched", "2 Nov 2026, 06:00"):  # fmt: skip
        assert text in html


def test_without_places_one_is_told_what_to_do():
    nothing = Overview([], {}, [], [])
    assert "operator" in views.sources(nothing, href)
    assert "Watch a new place" in views.sources(Overview([], {}, [Item(place="x")], []), href)


def test_errors_and_files_are_shown_with_their_imports():
    file = {"key": "<i>.csv", "state": "taken", "note": "", "size": 1200, "import_id": "i",
            "genotype_set_id": None, "modified_at": "2026-11-02T05:00:00+00:00"}  # fmt: skip
    bad = {**file, "state": "refused", "note": "An archive <in> an archive.", "import_id": None}
    failed = source(error="No <folder>.", failures=2)
    found = overview(one=failed, files=[file, bad], jobs={"s": Item(state="running", progress=0.5)})
    html = views.one(found, "") + views.files(found, href, href)
    for text in ("No &lt;folder&gt;.", "2 runs in a row", "&lt;i&gt;.csv", "to?id=i&amp;x",
                 "An archive &lt;in&gt; an archive.", "looking now", "1.2 kB"):  # fmt: skip
        assert text in html
    assert found.busy


def test_the_form_begins_with_what_a_place_is_and_gives_it_back():
    form = SourceForm(None, None, None)
    form.open(overview(), source())
    assert form.values() == {
        "name": "Scale <b>", "farm": "f", "kind": "records", "place": "folder:hill/scale",
        "pattern": "*.csv", "query": "", "template_id": None, "policy": "good_rows",
        "schedule": "0 6 * * *", "timezone": "Europe/Paris",
    }  # fmt: skip
    form.open(overview(), None)
    with pytest.raises(ValueError, match="name"):
        form.values()
