"""The page of one import: what it says, what it marks, and that it shows texts as texts."""

from typing import Any

import pytest

from agrigen.client import Item
from dashboards.import_run import data, views
from dashboards.import_run.bars import rows_of
from dashboards.import_run.by_rule import ByRule
from dashboards.import_run.state import DISCARDED, REJECTED, WARNED, ImportRunState

SCRIPT = '<script>alert("1")</script>'
FORMULA = '=HYPERLINK("http://x","y")'
WRITTEN = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"


def item(**more: Any) -> Item:
    known = {
        "id": "i", "farm_id": "f", "file_id": "d", "file_name": SCRIPT, "person_name": "Fiona",
        "kind": "records", "mapping": {"columns": {"date": "weighed"}}, "dry_run": False,
        "state": "done", "job_id": "j", "rows_read": 9, "rows_loaded": 5, "rows_unchanged": 1,
        "rows_rejected": 2, "rows_warned": 1, "rows_discarded": 1, "notes": {}, "error": "",
        "created_at": "2026-11-02T10:00:00+00:00", "policy": "good_rows", "cleaning": [],
        "template_id": None, "rules": "records 3", "parser": "csv 2", "source_id": None,
        "steps": [
            {"name": "extract", "state": "done", "rows": 9, "note": "",
             "started_at": "2026-11-02T10:00:00+00:00", "finished_at": "2026-11-02T10:00:03+00:00"},
            {"name": "clean", "state": "running", "rows": 0, "note": "", "started_at": None,
             "finished_at": None},
        ],
    }  # fmt: skip
    return Item(known | more)


def mending(**more: Any) -> Item:
    known = {
        "id": "m", "kind": "by_rule", "state": "done", "column": "weighed", "reason": "",
        "action": {"do": "date_order", "order": "mdy"}, "error": "", "undoes_id": None,
        "job_id": None, "rows_changed": 3, "rows_loaded": 2, "rows_unchanged": 0,
        "rows_rejected": 1, "rows_left": 0, "person_name": "Fiona",
        "created_at": "2026-11-02T10:05:00+00:00",
    }  # fmt: skip
    return Item(known | more)


def finding(**more: Any) -> Item:
    known = {
        "rule": "bad_date", "column": "date", "severity": "error", "rows": 3, "waiting": 2,
        "message": f"{SCRIPT} is not a date.", "remedy": "Write it as 2024-03-17.",
        "values": [{"value": SCRIPT, "rows": 2}, {"value": FORMULA, "rows": 1}],
    }  # fmt: skip
    return Item(known | more)


def refused(**values: str) -> dict[str, Any]:
    problem = {
        "column": "date", "rule": "bad_date", "severity": "error", "value": SCRIPT,
        "message": f"{SCRIPT} is not a date.", "remedy": "Write it as 2024-03-17.",
    }  # fmt: skip
    return {"row": 1212, "state": "rejected", "values": values, "problems": [problem]}


def test_the_head_says_what_it_is_and_draws_its_steps():
    html = views.header(data.Run(item(), farm=Item(name="Hill")))
    for text in (WRITTEN, "Hill", "Fiona", "done", "9 rows", "3.0 s", "at work", "to come"):
        assert text in html
    assert html.count("<li") == 5
    assert "<script" not in html


def test_a_dry_run_says_that_nothing_is_loaded():
    run = data.Run(item(dry_run=True, notes={"would_load": 6}))
    assert "only tried, nothing is loaded" in views.header(run)
    assert "rows would be taken" in views.numbers(run)
    assert not run.mendable


def test_wrong_cells_are_marked_and_texts_of_the_file_stay_texts():
    row = refused(animal=FORMULA, weighed=SCRIPT, note="")
    html = views.rows([row], item()["mapping"], may_mend=True, caption="Rows")
    assert f'<td class="marked cut">{WRITTEN}</td>' in html
    assert "=HYPERLINK(&quot;http://x&quot;" in html
    assert "Write it as 2024-03-17." in html
    assert 'href="#row-1212"' in html
    assert "<script" not in html
    assert "#row-" not in views.rows([row], {}, may_mend=False, caption="Rows")


@pytest.mark.parametrize(
    ("column", "found"), [("date", "weighed"), ("ANIMAL", "animal"), ("", ""), ("dam", "")]
)
def test_findings_find_the_column_of_the_file(column, found):
    assert data.header_of(["animal", "weighed"], item()["mapping"], column) == found


def test_bars_count_the_rows_that_are_looked_at():
    assert [rows_of(finding(), show) for show in (REJECTED, DISCARDED, WARNED)] == [2, 1, 0]
    assert rows_of(finding(severity="warning"), WARNED) == 3
    assert "<script" not in views.explained(finding())


def test_a_preview_shows_cells_before_and_after():
    answer = {
        "rows": 3, "rows_changed": 2, "rows_set_aside": 1, "rows_tried": 2, "rows_loadable": 2,
        "examples": [{"row": 3, "column": "weighed", "before": SCRIPT, "after": ""}],
    }  # fmt: skip
    html = views.preview(answer, "replace")
    for text in ("2 of 3 rows will change", "2 can then be taken", "1 row need", WRITTEN, "empty"):
        assert text in html
    nothing = {**answer, "rows": 0, "rows_tried": 0, "rows_set_aside": 0, "examples": []}
    assert "No row" in views.preview(nothing, "replace")
    assert "3 rows will be left out" in views.preview(answer, "discard")


def test_what_was_done_says_who_what_and_what_came_of_it():
    html = views.mending(mending())
    for text in ("order of dates", "column weighed", "3 rows changed", "2 taken now", "Fiona"):
        assert text in html
    changed = {"row": 2, "column": "weighed", "before": SCRIPT, "after": "2024-03-17",
               "at": "2026-11-02T10:05:00+00:00", "person_name": "", "undone": True}  # fmt: skip
    shown = views.changes([changed, {**changed, "column": "", "before": "rejected",
                                     "after": "discarded", "undone": False}])  # fmt: skip
    for text in (WRITTEN, "2024-03-17", "undone", "somebody of the farm", "left out"):
        assert text in shown


def test_acts_are_undone_once_and_only_what_is_not_loaded():
    acts = [mending(), mending(id="all", rows_changed=2), mending(id="u", kind="undo"),
            mending(id="x"), mending(id="y", kind="undo", undoes_id="x")]  # fmt: skip
    assert data.undoable(data.Run(item(), mendings=acts)) == {"m"}


def test_a_run_follows_its_mendings():
    assert not data.Run(item(), mendings=[mending()]).busy
    assert data.Run(item(), mendings=[mending(state="running")]).busy


def test_cleaning_is_shown_step_by_step():
    step = {"step": "trim_and_case", "columns": ["tag"], "case": "upper"}
    cell = {"row": 2, "column": "tag", "before": SCRIPT, "after": "X"}
    html = views.cleaning([{"step": step, "changed": 30, "examples": [cell]}])
    assert WRITTEN in html
    assert "30 changes" in html
    assert "<script" not in html
    assert "nothing was cleaned" in views.cleaning([])


def test_reports_go_through_the_sign_in_and_the_way_of_the_rows_is_linked():
    html = views.about(data.Run(item()), "/lineage?type=import&id=i", "")
    assert "/services/api/take-along/imports/i/report.xlsx" in html
    assert "Where did these rows go?" in html


@pytest.fixture
def form() -> ByRule:
    made = ByRule(None, ImportRunState(rule="bad_date", column="date"), None)
    made.offer(data.Run(item()), finding(), ["animal", "weighed"])
    return made


def test_the_form_begins_with_the_chosen_bar(form):
    assert form.column.value == "weighed"
    assert SCRIPT in form.value.options.values()
    assert "<script" not in form.meant.object


def test_the_form_asks_for_what_is_missing_and_sends_what_is_there(form):
    with pytest.raises(ValueError, match="what to find"):
        form._ask()
    form.action.value = "unit"
    form.factor.value = "0,001"
    assert form._ask() == {
        "do": "unit", "rule": "bad_date", "column": "date", "value": None, "target": "weighed",
        "factor": 0.001,
    }  # fmt: skip
    form.action.value = "date_order"
    form.century.value = "300"
    with pytest.raises(ValueError, match="last year"):
        form._ask()
