"""Imports and a new import: counts, words, uses of columns, steps of cleaning, hostile texts."""

import pytest

from agrigen.client import Item
from dashboards.components.address import parts
from dashboards.genotypes import data as genotypes
from dashboards.imports import data, views
from dashboards.imports.state import KINDS
from dashboards.new_import import data as new_data
from dashboards.new_import import views as new_views
from dashboards.new_import.cleaning import Unclear, made
from dashboards.new_import.state import NewImportState
from dashboards.new_import.uses import KEEP, LEAVE, changed, made_by, mapping_of, uses_of
from dashboards.new_import.words import STEPS, choices, step_said

FARM = Item(id="f", name="Hill <1>", may_write=True, species="sheep")


def one(**more: object) -> Item:
    item = {
        "id": "i", "file_name": "<b>scale</b>.csv", "farm_id": "f", "kind": "records",
        "state": "done", "dry_run": False, "error": "", "rows_read": 131, "rows_loaded": 120,
        "rows_unchanged": 7, "rows_rejected": 3, "rows_warned": 20, "rows_discarded": 1,
        "person_name": "Fiona",
        "source_id": None, "created_at": "2026-11-02T10:00:00+00:00",
    }  # fmt: skip
    return Item(item | more)


def overview(*imports: Item, **more: object) -> data.Overview:
    return data.Overview(list(imports), {"f": FARM}, **({"jobs": {}} | more))


def href(id: str) -> str:
    return f"import-run?id={id}&x"


def listed(*imports: Item, **more: object) -> str:
    return views.imports(overview(*imports, **more), href, may_add=True, narrowed=False)


def test_the_list_says_what_became_of_each_file():
    html = listed(one(), one(state="running", id="r"), jobs={"r": Item(progress=0.4, message="x")})
    for text in ("&lt;b&gt;scale", "import-run?id=i&amp;x", KINDS["records"], "Hill &lt;1&gt;",
                 "100 taken, 7 there already, 20 taken with a remark, 4 not taken", "Fiona",
                 'aria-valuenow="40"', "at work"):  # fmt: skip
        assert text in html
    assert "<b>scale" not in html


def test_a_trial_and_an_error_are_told():
    html = listed(one(dry_run=True, rows_read=120, rows_loaded=0, rows_rejected=0,
                      rows_discarded=0, rows_warned=0, rows_unchanged=0),
                  one(state="failed", error="<no>", person_name="",
                      source_id="s"))  # fmt: skip
    for text in ("120 would be taken", "only tried", "&lt;no&gt;", "a watched place"):
        assert text in html
    assert views.who(one(person_name="")) == "somebody of the farm"


@pytest.mark.parametrize(
    ("narrowed", "may_add", "said"),
    [(True, True, "No import is like that"), (False, True, "Hand in a file"),
     (False, False, "Nothing was imported yet")],
)  # fmt: skip
def test_an_empty_list_says_what_to_do(narrowed, may_add, said):
    assert said in views.imports(overview(), href, may_add=may_add, narrowed=narrowed)


@pytest.mark.parametrize(
    ("loaded", "unchanged", "warned", "parts"),
    [(10, 0, 4, (6, 4, 0)), (2, 5, 4, (0, 4, 3)), (0, 0, 4, (0, 0, 0))],
)
def test_rows_with_a_remark_are_counted_once(loaded, unchanged, warned, parts):
    counts = data.Counts.of(one(rows_loaded=loaded, rows_unchanged=unchanged, rows_warned=warned,
                                rows_rejected=0, rows_discarded=0))  # fmt: skip
    assert (counts.taken, counts.remarked, counts.unchanged) == parts
    assert counts.total == loaded + unchanged


def test_workbooks_lead_through_the_sign_in():
    html = views.workbooks(FARM)
    assert html.count("take-along/farms/f/workbook") == 2 * len(KINDS)
    assert "filled=true" in html
    assert "Hill &lt;1&gt;" in html


MAPPING = {"columns": {"animal": "Tag", "date": "Day"}, "traits": {"weight": "kg"}}
COLUMNS = ["Tag", "Day", "kg", "Note", "Pen"]


def test_each_column_has_one_use_and_back():
    uses = uses_of(MAPPING | {"ignore": ["Pen"]}, COLUMNS, "records")
    assert uses == {"Tag": "columns.animal", "Day": "columns.date", "kg": "traits.weight",
                    "Note": KEEP, "Pen": LEAVE}  # fmt: skip
    assert mapping_of(uses, "records") == MAPPING | {"ignore": ["Pen"]}
    for kind in KINDS:
        for mapping in (MAPPING, MAPPING | {"ignore": ["*"]}, MAPPING | {"occasion": "Pen"},
                        MAPPING | {"attributes": ["Note"]}):  # fmt: skip
            if kind in ("animals", "events"):
                mapping = {"columns": MAPPING["columns"], "ignore": ["*"]}
            there = uses_of(mapping, COLUMNS, kind)
            assert uses_of(mapping_of(there, kind), COLUMNS, kind) == there


def test_two_columns_cannot_be_the_same():
    uses = uses_of(MAPPING, COLUMNS, "records")
    other = changed(uses, {"Pen": "columns.animal", "gone": KEEP}, "records")
    assert (other["Pen"], other["Tag"]) == ("columns.animal", KEEP)
    assert "gone" not in other
    assert changed(uses, {"Pen": LEAVE, "Note": LEAVE}, "records")["Tag"] == "columns.animal"


def test_columns_that_cleaning_makes_can_be_used():
    steps = [{"step": "split", "column": "Pen", "by": "/", "into": ["barn", "box"]},
             {"step": "join", "columns": ["a", "b"], "into": "both"},
             {"step": "constant", "column": "farm", "value": "H"}]  # fmt: skip
    assert made_by(steps) == ["barn", "box", "both", "farm"]


TRAITS = [Item(code="weight", name="Live weight", unit="kg", species=None),
          Item(code="milk_yield", name="Milk", unit="kg", species="cattle")]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_column_can_be_is_said_in_words(kind):
    events = [{"name": "result", "sentence": "What was found"}]
    tables = [Item(name="events", columns=events)]
    offered = choices(kind, TRAITS, tables, "sheep")
    assert offered["Leave out"] == LEAVE
    assert ("Live weight (kg)" in offered) == (kind == "records")
    assert ("Keep beside the record" in offered) == (kind in ("records", "milk_recording"))
    assert ("Result: What was found" in offered) == (kind == "events")
    assert "Milk (kg)" not in offered


@pytest.mark.parametrize(
    ("kind", "choice", "first", "said"),
    [
        ("date_format", "Month/day/year", "", "month/day/year"),
        ("number_format", "1.234,5", "", "1.234,5"),
        ("unit", "Pounds to kilograms", "", "“lb” become “kg”"),
        ("missing", "", "-9, ?", "“-9”, “?” mean that nothing"),
        ("codes", "", "w=F, m=M", "“w” is “F”, “m” is “M”"),
        ("replace", "", "<i>", "“&lt;i&gt;” becomes nothing"),
        ("trim_and_case", "become capitals", "", "letters become capitals"),
        ("identifier", "", "", "usual form"),
        ("constant", "", "HILL", "“HILL”"),
        ("duplicates", "the last", "", "the last stays"),
    ],
)
def test_a_step_is_made_by_choice_and_said_as_a_sentence(kind, choice, first, said):
    step = made(kind, ["<Tag>"], choice, first, "")
    assert step["step"] == kind
    assert said in step_said(step)
    assert "<Tag>" not in step_said(step)


def test_every_step_that_is_offered_can_be_said():
    assert set(STEPS.values()) >= {"date_format", "number_format", "unit", "missing", "duplicates"}
    assert step_said({"step": "split", "column": "a", "by": "/", "into": ["b", "c"]})
    assert step_said({"step": "join", "columns": ["a", "b"], "by": " ", "into": "c"})


@pytest.mark.parametrize(
    ("kind", "columns", "first"),
    [("unit", [], ""), ("missing", ["a"], " "), ("codes", ["a"], "w F"), ("codes", ["a"], ",")],
)
def test_a_step_that_lacks_something_is_not_added(kind, columns, first):
    with pytest.raises(Unclear):
        made(kind, columns, "Pounds to kilograms", first, "")


def seen(**more: object) -> new_data.Seen:
    preview = {
        "kind": "records", "format": "csv", "encoding": "latin-1", "delimiter": ";",
        "notes": {"encoding_guessed": True}, "refused": "", "template": None,
        "policy": "good_rows", "rows_looked_at": 3, "mapping": MAPPING, "cleaning": [],
        "columns": [{"name": name, "samples": ["<x>"], "type": "text", "filled": 1.0}
                    for name in COLUMNS],
        "suggestions": [{"ours": "animal", "theirs": "Tag", "part": "columns", "score": 0.9,
                         "why": "its cells are dates (dmy)", "cleaning": []}],
        "before": [{"row": 2, "values": {"Tag": "<b>", "Day": "1.2.26", "kg": "2,5"}},
                   {"row": 3, "values": {"Tag": "B"}}],
        "after": [{"row": 2, "values": {"Tag": "<b>", "Day": "2026-02-01", "kg": "1.13398"}}],
        "steps": [],
        "findings": [{"row": 2, "rule": "r", "column": "animal", "severity": "error",
                      "message": "<who>", "remedy": "look"},
                     {"row": 3, "rule": "w", "column": "kg", "severity": "warning",
                      "message": "odd", "remedy": "look"}],
    }  # fmt: skip
    item = Item(preview | more)
    return new_data.Seen(item, item, uses_of(MAPPING, COLUMNS, "records"), [])


def test_the_file_is_shown_with_what_changes_and_nothing_of_it_runs():
    html = new_views.rows(seen())
    for text in ("&lt;b&gt;", "1.2.26</del>", "2026-02-01</ins>", "1.134</ins>", "B</del>"):
        assert text in html
    assert "<b>" not in html
    told = new_views.findings(seen())
    assert "&lt;who&gt;" in told
    assert "remark" in told
    assert "day.month.year" in new_views.column("Tag", seen())
    assert "&lt;x&gt;" in new_views.column("Note", seen())
    facts = new_views.file_facts(Item(name="<f>.csv", size=1200), seen())
    for text in ("&lt;f&gt;.csv, 1.2 kB", "latin-1, guessed", "semicolon", "5 columns"):
        assert text in facts


def test_the_verdict_says_whether_it_fits():
    assert "3 of 5 columns are used" in new_views.verdict(seen(), "Hill")
    assert "1 of the first 3 rows would not be taken" in new_views.verdict(seen(), "Hill")
    wrong = [{"row": n, "severity": "error"} for n in (2, 3)]
    assert "another farm" in new_views.verdict(seen(findings=wrong), "Hill")
    assert "cannot go in" in new_views.verdict(seen(refused="No <animal>."), "Hill")
    template = {"name": "<T>", "sender": "Lab"}
    known = new_views.verdict(seen(findings=[], template=template), "Hill")
    for text in ("came before of Lab", "&lt;T&gt;", "nothing is wrong"):
        assert text in known


def test_a_wide_file_shows_the_columns_in_use_first():
    uses = {f"c{n}": LEAVE for n in range(500)} | {"Tag": "columns.animal"}
    wide = new_data.Seen(seen().preview, seen().suggested, uses, [])
    shown = new_views.shown_columns(wide)
    assert shown[0] == "Tag"
    assert len(shown) == 60
    assert "441 further columns" in new_views.more_columns(len(uses) - len(shown))


@pytest.mark.parametrize(
    ("file", "taken", "name"),
    [("waage_2026-09-01.csv", [], "Waage"), ("2026.csv", [], "My files"),
     ("waage.csv", ["Waage", "Waage 2"], "Waage 3")],
)  # fmt: skip
def test_how_a_file_is_read_is_kept_under_a_plain_name(file, taken, name):
    assert new_data.name_for(file, taken) == name


def test_choices_of_several_parts_stand_in_the_address():
    state = NewImportState(columns={"Tag": "keep"}, steps=[{"step": "missing"}])
    assert parts(state.columns, dict) == {"Tag": "keep"}
    assert parts(state.steps, list) == [{"step": "missing"}]
    for made_up in ("", "{", "[1]", "12"):
        assert parts(NewImportState(columns=made_up).columns, dict) is None
    assert NewImportState(columns=12).columns == "12"


def test_files_that_genotypes_cannot_be_read_without_are_looked_for():
    assert genotypes._lacking(["Flock.bed"]) == {"flock.bim", "flock.fam"}
    assert genotypes._lacking(["a.ped", "A.map"]) == set()
    assert genotypes._lacking(["x.vcf.gz"]) == set()
