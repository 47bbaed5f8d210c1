"""Where a number comes from: layers, few boxes, the way of its rows, and what is hidden."""

from itertools import pairwise
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agrigen.client import Item
from dashboards.lineage import data, names, rows, views
from dashboards.lineage.drawing import NOWHERE, Ways, graph_svg
from dashboards.lineage.gather import FEW, ORDER, gather, lit
from dashboards.lineage.layout import crossings, isotonic, lay_out
from dashboards.lineage.links import Links

SVG = "{http://www.w3.org/2000/svg}"
EVALUATION, ANIMAL = "e" * 36, "a" * 36
TRAITS = {"weaning_weight": Item(code="weaning_weight", name="Weaning weight", unit="kg")}


def node(id: str, name: str = "", hidden: bool = False, **facts: object) -> Item:
    type = id.partition(":")[0]
    return Item(id=id, type=type, name=name, facts=facts, href="", hidden=hidden)


def edge(source: str, target: str, rows: int | None = None) -> Item:
    return Item(source=source, target=target, rows=rows)


def row(**more: object) -> Item:
    known = {
        "table": "records", "animal_id": "a1", "tag": "Ewe <1>", "relation": "self", "degree": 0,
        "trait": "weaning_weight", "recorded_on": "2021-06-01", "value": 31.5, "door": "import",
        "import_id": "1", "file_id": "1", "file": "flock <b>.csv", "sha256": "f" * 64, "row": 7,
        "event": None, "record_id": None,
    }  # fmt: skip
    return Item(known | more)


def value_lineage(count: int = 2, **more: object) -> data.Lineage:
    """As many files, each imported, frozen together and evaluated; one more import is hidden."""
    value = f"breeding_value:{EVALUATION}-{ANIMAL}"
    said = {"trait": "weaning_weight", "effect": "a", "value": -1.25, "reliability": 0.49}
    nodes, edges = [], []
    for number in range(1, count + 1):
        nodes += [
            node(f"file:{number}", f"flock {number} <b>.csv", size=1234, sha256="f" * 64),
            node(f"import:{number}", "records into HILL", state="done", rows_loaded=number),
        ]
        edges += [edge(f"file:{number}", f"import:{number}", number)]
        edges += [edge(f"import:{number}", "table:records-f", number)]
    nodes += [
        node("import:hidden-1", hidden=True),
        node("table:records-f", "records of HILL", farm="HILL", farm_id="f"),
        node("door:records-hand-d", "records typed by hand", rows=3),
        node("dataset:d", "Lambs", content_hash="d" * 64),
        node("evaluation:e", "Lambs", state="done", published_at="2026-11-01T10:00:00+00:00"),
        node(value, "breeding value of Ewe <1>", tag="Ewe <1>", values=[said]),
    ]
    edges += [edge(*ends) for ends in (
        ("import:hidden-1", "table:records-f"), ("table:records-f", "dataset:d"),
        ("door:records-hand-d", "dataset:d"), ("dataset:d", "evaluation:e"),
        ("evaluation:e", value),
    )]  # fmt: skip
    return data.Lineage(value, nodes, edges, rows=[row()], traits=TRAITS, **more)


@pytest.fixture
def links() -> Links:
    return Links(lambda path: f"/d/{path}", lambda permission: permission != "datasets:read")


def ways(links: Links) -> Ways:
    return Ways(links.traced, links.home, lambda group: f"open={group.type}")


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_boxes_never_lie_on_each_other_and_lines_go_to_the_right(pairs):
    edges = [(str(a), str(b)) for a, b in pairs if a < b]
    found = lay_out([str(one) for one in range(12)], edges)
    assert all(found.places[a][0] < found.places[b][0] for a, b in edges)
    everywhere = list(found.places.values())
    for layer in range(found.layers):
        heights = sorted(y for x, y in everywhere if x == layer)
        assert all(b - a > 1 - 1e-6 for a, b in pairwise(heights))
    for a, b in edges:
        between = [x for x, _ in found.passes[a, b]]
        assert between == list(range(found.places[a][0] + 1, found.places[b][0]))


def test_a_circle_is_drawn_all_the_same():
    assert len(lay_out(["a", "b"], [("a", "b"), ("b", "a")]).places) == 2


def test_lines_that_need_not_cross_do_not():
    edges = [(f"f{i}", f"i{(i * 7) % 10}") for i in range(10)]
    found = lay_out([*(f"f{i}" for i in range(10)), *(f"i{i}" for i in range(10))], edges)
    columns = [sorted((n for n in found.places if found.places[n][0] == layer),
                      key=lambda name: found.places[name][1]) for layer in (0, 1)]  # fmt: skip
    assert crossings(columns, edges) == 0


def test_heights_are_the_closest_that_never_fall():
    assert isotonic([3, 1, 2, 5]) == [2, 2, 2, 5]


def test_many_files_become_few_boxes_that_open():
    known = value_lineage(count=40)
    drawn = gather(known)
    for type in ("file", "import"):
        assert sum(one["type"] == type and not one["hidden"] for one in drawn.nodes) == FEW
    groups = {group.type: group for group in drawn.groups}
    assert groups["file"].name == "and 35 more"
    kept = {one["id"] for one in drawn.nodes}
    assert "file:1" in kept  # the row stands in it
    assert {n[5:] for n in kept if n.startswith("file:")} == {
        n[7:] for n in kept if n.startswith("import:") and "hidden" not in n
    }
    summed = drawn.edges[groups["import"].id, "table:records-f"]
    assert summed == sum(int(one["id"][7:]) for one in groups["import"].members)
    assert len(gather(known, ["file", "import"]).nodes) == len(known.nodes)


def test_one_more_than_few_is_shown_rather_than_called_one_more():
    assert gather(value_lineage(count=FEW + 1)).groups == []


def test_files_of_genotypes_are_not_among_those_of_records():
    known = value_lineage(count=30)
    known.nodes.extend([node("file:g", "flock.vcf.gz"), node("genotype_set:g", "Flock")])
    known.edges.extend([edge("file:g", "genotype_set:g"), edge("genotype_set:g", "evaluation:e")])
    assert "file:g" in {one["id"] for one in gather(known).nodes}


def test_what_is_hidden_is_one_nameless_box(links):
    known = value_lineage()
    known.nodes.extend([node("import:hidden-2", hidden=True), node("import:hidden-3", hidden=True)])
    known.edges.extend([edge(f"import:hidden-{n}", "table:records-f") for n in (2, 3)])
    drawn = gather(known)
    [group] = drawn.groups
    assert (group.hidden, group.name) == (True, "3 not visible to you")
    picture = graph_svg(known, drawn, ways(links))
    assert "open=import" not in picture
    assert "hidden-2" not in picture


def test_the_way_of_the_rows_goes_from_their_file_to_the_value():
    known = value_lineage()
    assert lit(gather(known), known.used) == {
        "file:1", "import:1", "table:records-f", "dataset:d", "evaluation:e", known.start,
    }  # fmt: skip
    typed = value_lineage()
    typed.rows[:] = [row(door="hand", import_id=None, file_id=None, row=None)]
    assert "door:records-hand-d" in lit(gather(typed), typed.used)


def test_the_picture_is_drawn_with_links_that_the_keyboard_reaches(links):
    known = value_lineage()
    drawn = gather(known)
    picture = ElementTree.fromstring(graph_svg(known, drawn, ways(links)))
    leads = {one.get("href"): one.get("aria-label") for one in picture.iter(f"{SVG}a")}
    assert leads["/d/lineage?type=file&id=1"] == "File: flock 1 <b>.csv, 1 row of this value"
    assert leads["/d/import-run?id=1"] == "Open the import: records into HILL"
    assert leads["/d/lineage?type=dataset&id=d"] == "Frozen data: Lambs, dddddddd"
    assert "/d/dataset?id=d" not in leads  # this viewer may not open datasets
    assert leads[f"/d/animal?id={ANIMAL}"] == "Open the animal: Weaning weight"
    texts = [one.text for one in picture.iter(f"{SVG}text")]
    assert {"Weaning weight", "−1.25 kg", "not visible to you"} <= set(texts)
    plain = ElementTree.fromstring(graph_svg(known, drawn, NOWHERE))
    assert not list(plain.iter(f"{SVG}a"))


def test_the_page_says_in_words_what_the_number_rests_on(links):
    known = value_lineage()
    known.rows.append(row(animal_id="a2", relation="half sib", degree=2, file_id=None, file=None,
                          import_id=None, row=None))  # fmt: skip
    html = views.header(known, links)
    for text in ("Breeding value of Ewe &lt;1&gt;: Weaning weight", "−1.25 kg, accuracy 70 %",
                 "2 records: 1 of the animal itself and 1 of its relatives (1 half sibling)",
                 "1 file and files that are not visible to you",
                 f"/d/animal?id={ANIMAL}"):  # fmt: skip
        assert text in html


def test_a_row_says_where_it_stands(links):
    known = value_lineage(more_rows=True)
    known.rows[:] = [
        row(), row(event={"kind": "weaning", "occurred_on": "2021-06-02"}, file_id=None, row=None),
        row(door="phone", file_id=None, row=None), row(table="animals", trait=None, value=None),
    ]  # fmt: skip
    html = rows.rows_table(known, links)
    for text in ("flock &lt;b&gt;.csv</a>, row 7", "2 June 2021", "recorded on a phone",
                 "Birth and parents", "31.5 kg", "/d/lineage?type=file&amp;id=1",
                 "may not see"):  # fmt: skip
        assert text in html
    known.rows[:] = [row()] * 90
    assert "Show all 90 rows" in rows.rows_table(known, links, every="?rows=all")
    assert "Show all" not in rows.rows_table(known, links, all=True)


def test_the_list_has_everything_that_the_picture_has(links):
    known = value_lineage(count=40)
    drawn = gather(known)
    html = views.steps(known, drawn, links, ways(links))
    for text in ("Files (40)", "open=file", "and 35 more", "f" * 64, "not visible to you",
                 "Records typed by hand", "flock 1 &lt;b&gt;.csv", "Open the farm"):  # fmt: skip
        assert text in html
    assert html.index("Files (40)") < html.index("Frozen data") < html.index("Breeding values")


def test_a_lonely_file_says_what_to_do(links):
    known = data.Lineage("file:1", [node("file:1", "new.csv", size=10, sha256="a")], [])
    assert "Nothing was made from it yet" in views.picture(known, gather(known), NOWHERE, {})


def test_values_that_rest_on_a_file_lead_to_their_own_lineage(links):
    found = pd.DataFrame([{
        "evaluation_id": EVALUATION, "animal_id": ANIMAL, "tag": "Ewe <1>", "trait":
        "weaning_weight", "value": 2.0, "reliability": None, "evaluation": "Lambs",
        "published_at": "2026-11-01T10:00:00+00:00",
    }])  # fmt: skip
    known = data.Lineage("file:1", [node("file:1", "a.csv")], [], resting=found, traits=TRAITS)
    html = views.resting(known, links)
    assert f"/d/lineage?type=breeding_value&amp;id={EVALUATION}-{ANIMAL}" in html
    none = data.Lineage("file:1", known.nodes, [], resting=found.iloc[:0])
    assert "No published breeding value" in views.resting(none, links)


def test_all_values_of_an_animal_stand_in_one_graph():
    start = node("animal:a", "Ewe")
    known = data.merged(start, [value_lineage(), value_lineage()], TRAITS)
    assert len(known.rows) == 1
    assert [one["id"] for one in known.nodes].count("dataset:d") == 1
    hidden = [one["id"] for one in known.nodes if one["hidden"]]
    assert len(hidden) == len(set(hidden)) == 2  # they may be two
    assert known.start == "animal:a"
    assert "No published evaluation" in views.header(
        data.merged(start, [], TRAITS), Links(str, lambda _: True)
    )


def test_a_file_is_asked_what_rests_on_it_and_a_run_where_it_comes_from():
    assert data.direction_of("file", "") == "down"
    assert data.direction_of("evaluation", "") == "up"
    assert data.direction_of("breeding_value", "down") == "up"
    assert data.direction_of("import", "both") == "both"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 KB"), (12e6, "12 MB")]
)
def test_sizes_are_said_as_people_say_them(value, said):
    assert names.size(value) == said


def test_a_picture_to_keep_shows_every_thing():
    known = value_lineage(count=40)
    kept = ElementTree.fromstring(graph_svg(known, gather(known, ORDER)))
    assert len(kept.findall(f"{SVG}g")) == len(known.nodes)


def test_every_type_has_words_colors_and_a_place():
    from typing import get_args

    from dashboards.lineage.drawing import COLORS, ICONS
    from hub.lineage.schemas import NodeType

    assert {*get_args(NodeType), "animal"} == set(ORDER) == set(names.CALLED)
    assert set(COLORS) == set(ICONS) == set(ORDER)
