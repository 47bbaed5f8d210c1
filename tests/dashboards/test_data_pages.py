"""Datasets, one version, and exports: what is said about them, with hostile texts."""

import pytest

from agrigen.client import Item
from dashboards.components.take_along import size_of, take_link
from dashboards.dataset import comparison, data, views
from dashboards.dataset.line import nearest, version_line
from dashboards.datasets import data as sets_data
from dashboards.datasets import views as sets_views
from dashboards.exports import data as exports_data
from dashboards.exports import views as exports_views

EVIL = "<img src=x onerror=alert(1)>"


def href(id: str) -> str:
    return f"to?id={id}&x"


def column(name: str, type: str = "string", **more: object) -> dict[str, object]:
    return {"name": name, "type": type, "unit": "", "description": EVIL, "codes": [], **more}


def version(number: int, **more: object) -> Item:
    frozen = {"kind": "records", "rows": 3, "sha256": "b" * 64, "key": ["animal", "trait"],
              "columns": [column("animal"), column("value", "number", unit="kg"),
                          column("occasion")], "pieces": []}  # fmt: skip
    hidden = frozen | {"kind": "identities"}
    return Item({
        "id": f"v{number}", "series_id": "s", "number": number, "name": EVIL, "why": f"why {EVIL}",
        "creator": "Rita", "created_at": f"2026-11-{number:02d}T10:00:00+00:00",
        "content_hash": f"{number:064d}", "farm_ids": ["f"],
        "counts": {"records": 3, "farms": 1}, "tables": [frozen, hidden],
        "genotypes": [{"id": "g", "name": EVIL, "version": 2, "content_hash": "c" * 64}],
        "parent_ids": [f"v{number - 1}"] if number > 1 else [],
        "description": {"freeze": {"rows": {"traits": ["weaning_weight"]}},
                        "farms": [{"id": "f", "code": "HILL"}]}, **more,
    })  # fmt: skip


def tag(name: str, at: str, *, fixed: bool = False) -> Item:
    return Item(name=name, version_id=at, fixed=fixed, why=EVIL, updated_at="2026-11-03T10:00")


@pytest.fixture
def known() -> data.Version:
    versions = [version(3, parent_ids=["v1", "v2"]), version(2), version(1)]
    tags = {"official": tag("official", "v2"), "thesis": tag("thesis", "v1", fixed=True)}
    return data.Version(versions[1], versions, tags)


def test_datasets_are_listed_once_with_their_newest_version():
    groups = sets_data.by_series([version(2), version(1), version(1, series_id="other", id="o")])
    assert {id: [one["number"] for one in found] for id, found in groups.items()} == {
        "s": [2, 1], "other": [1]
    }  # fmt: skip


def test_the_list_escapes_and_says_where_tags_stand():
    found = [sets_data.Series(version(2), 2, [("official", 1, False)])]
    html = sets_views.series(found, href, show="frozen", all=1)
    assert EVIL not in html
    for text in ("&lt;img", "official → 1", "3 records", "to?id=v2&amp;x", "Rita"):
        assert text in html


def test_datasets_are_found_by_name_reason_and_tag():
    found = [sets_data.Series(version(2, name="Hill"), 2, [("official", 1, False)])]
    assert sets_data.matching(found, " HILL ") == sets_data.matching(found, "offic") == found
    assert sets_data.matching(found, "dairy") == []
    assert "No dataset has" in sets_views.series([], href, show="frozen", all=1)
    assert "Nothing is frozen" in sets_views.series([], href, show="frozen", all=0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "", "farms": ["f"], "kinds": ["animals"]}, "name"),
        ({"name": "a", "farms": [], "kinds": ["animals"]}, "farm"),
        ({"name": "a", "farms": ["f"], "kinds": []}, "table"),
    ],
)
def test_what_a_freeze_lacks_is_said(asked, said):
    assert said in sets_views.missing(asked)


def test_a_freeze_is_followed_to_its_end():
    job = Item(state="running", progress=0.4, message=EVIL)
    assert 'aria-valuenow="40"' in sets_views.followed(job, "to")
    assert EVIL not in sets_views.followed(job, "to")
    assert "Open the new version" in sets_views.followed(Item(state="done"), "to")
    failed = sets_views.followed(Item(state="failed", error=EVIL), "to")
    assert "Nothing was frozen" in failed
    assert EVIL not in failed


def test_the_head_says_who_when_and_why(known):
    html = views.header(known, "lineage?type=dataset")
    for text in ("version 2", "Rita froze it", "official", "lineage?type=dataset"):
        assert text in html
    assert "newest version" not in html
    assert EVIL not in html + views.content_of(known, href, href) + views.tags(known, href)


def test_a_table_shows_its_first_rows_and_its_columns_in_words(known):
    rows = [Item(animal="A 1", value=31.5, occasion=None), Item(animal=EVIL, value=None)]
    html = views.one_table(known, "records", rows)
    for text in ("Records: 3 rows", "value, kg", "31.5", "1 column without a value here",
                 "take-along/datasets/v2/tables/records/content?format=csv",
                 "The first 2 rows"):  # fmt: skip
        assert text in html
    assert EVIL not in html
    assert [one["kind"] for one in known.tables] == ["records"]


def test_versions_are_a_line_with_an_arc_from_what_was_brought_back(known):
    html = version_line(known, href)
    assert html.count("<circle") == 3
    assert "Q" in html and "stroke-dasharray" in html
    assert 'aria-current="true"' in html
    assert EVIL not in html
    alone = data.Version(version(1), [version(1)], {})
    assert version_line(alone, href) == ""
    many = [version(number) for number in range(28, 0, -1)]
    middle = data.Version(many[8], many, {})
    assert len(nearest(middle)) == 12
    assert "16 further versions" in version_line(middle, href)


def test_the_version_before_is_compared_first(known):
    options = {"Version 3": "v3", "Version 1": "v1"}
    assert data.usual_other(known, options) == "v1"
    alone = data.Version(version(1), [version(1)], {})
    assert data.usual_other(alone, {"Other": "o"}) == "o"


def difference(**more: object) -> Item:
    table = {"kind": "records", "rows_before": 3, "rows_after": 3, "added": 1, "removed": 1,
             "changed": 1, "unchanged": 1, "columns": {"value": 1}, "columns_added": [EVIL],
             "columns_removed": []}  # fmt: skip
    key = {"animal": EVIL, "trait": "weight"}
    items = [
        {"change": "changed", "key": key, "before": {"value": 31.0}, "after": {"value": 33.5}},
        {"change": "added", "key": key, "before": None, "after": {"value": 1, "occasion": None}},
        {"change": "removed", "key": key, "before": {"value": EVIL}, "after": None},
    ]
    return Item({"equal": False, "tables": [table], "only_before": [], "only_after": ["events"],
                 "kind": "records", "items": items, "next_cursor": None, **more})  # fmt: skip


def test_what_differs_is_counted_and_shown_with_both_values():
    found = data.Compared(version(1), version(2), difference())
    html = comparison.told(found, href) + comparison.rows(found)
    for text in ("1 added, 1 changed, 1 removed, 1 unchanged", "value: 1 value",
                 "<del>31</del> → <ins><b>33.5</b></ins>", "Only the newer version has events",
                 "take-along/datasets/v1/diff.parquet?to=v2&amp;kind=records"):  # fmt: skip
        assert text in html
    assert EVIL not in html


def test_equal_versions_have_nothing_to_show():
    found = data.Compared(version(1), version(2), difference(equal=True, items=[]))
    assert "exactly the same rows" in comparison.told(found, href)
    assert comparison.rows(found) == ""


def test_imports_of_a_restore_say_what_they_would_change():
    one = Item(id="i", kind="records", farm_id="f", state="done", error="", dry_run=True,
               rows_read=3, rows_loaded=1, rows_unchanged=2, rows_rejected=0)  # fmt: skip
    html = views.imports([one], href, {"HILL": "f"})
    assert "nothing was changed" in html
    assert "HILL" in html
    assert "nothing was changed" not in views.imports([Item(one | {"dry_run": False})], href, {})


def export(state: str = "done", **more: object) -> Item:
    return Item({"id": "e", "state": state, "farm_ids": ["f", "g"], "kinds": ["animals", "records"],
                 "format": "xlsx", "filters": {"from": "2024-01-01", "traits": ["wool"]},
                 "counts": {"animals": 2, "records": 3}, "size": 1_234_567, "sha256": "a" * 64,
                 "error": EVIL, "downloads": 1, "created_at": "2026-11-02T10:00",
                 "expires_at": "2026-11-09T10:00", "job_id": "j", **more})  # fmt: skip


def test_an_export_says_what_is_in_it_and_leads_to_its_archive():
    found = exports_data.Overview([export()], export(), {})
    farms = {"f": EVIL}
    html = exports_views.exports(found, farms, href) + exports_views.chosen(found, farms)
    for text in ("Animals, records of &lt;img", "a farm as Excel from 1 January 2024, only wool",
                 "/services/api/take-along/exports/e/content", "1.2 MB", "1 time",
                 "9 November"):  # fmt: skip
        assert text in html
    assert EVIL not in html
    assert " download" not in html.split("take-along")[0][-40:]


def test_exports_that_have_no_archive_say_why():
    for state, text in (("failed", "&lt;img"), ("expired", "is gone"), ("queued", "waiting")):
        found = exports_data.Overview([], export(state), {})
        html = exports_views.chosen(found, {})
        assert text in html
        assert "take-along" not in html
    nothing = exports_data.Overview([], None, {})
    assert "Export not found" in exports_views.chosen(nothing, {})
    assert "nothing along yet" in exports_views.exports(nothing, {}, href)


def test_what_an_export_lacks_is_said():
    asked = {"farms": ["f"], "kinds": ["animals"], "filters": {"from": "2024-02-01"}}
    assert exports_views.missing(asked) == ""
    assert "farm" in exports_views.missing(asked | {"farms": []})
    assert "table" in exports_views.missing(asked | {"kinds": []})
    days = {"from": "2024-02-01", "to": "2024-01-01"}
    assert "Turn them round" in exports_views.missing(asked | {"filters": days})
    assert "genotype set" in exports_views.missing({"genotype_set": ""})


def test_the_dictionary_says_what_columns_mean():
    told = {"codes": ["F", "M"], "required": True}
    one = Item(title="Animals", sentence="All.", importable=True,
               columns=[column("farm", **told), column("sex", **told)])  # fmt: skip
    html = exports_views.dictionary(one)
    assert "(F, M)" in html
    assert "farm" not in html
    assert EVIL not in html


@pytest.mark.parametrize(
    ("bytes", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_999, "1.0 MB"), (2.5e11, "250 GB")],
)
def test_sizes_are_said_as_people_say_them(bytes, said):
    assert size_of(int(bytes)) == said


def test_links_to_archives_are_escaped():
    assert take_link("<a>", "exports/x/content", to='"') == (
        '<a href="/services/api/take-along/exports/x/content?to=%22" '
        'style="display:inline-block;padding:.45rem .9rem;border:1px solid #98a39d;'
        'border-radius:8px;background:#fff;font-weight:600;text-decoration:none">&lt;a&gt;</a>'
    )
