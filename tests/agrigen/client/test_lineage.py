"""Lineage at a notebook: the real service answers, and the graph is a picture."""

from xml.etree import ElementTree

import pytest

from agrigen import client
from agrigen.client import Hub, errors
from agrigen.client.lineage import Graph
from tests.hubs import LiveApi

NODES = [
    {"id": "file:1", "type": "file", "name": "a <b> & a long name of a file.csv", "hidden": False},
    {"id": "import:1", "type": "import", "name": "records into HILL", "hidden": False},
    {"id": "dataset:hidden-1", "type": "dataset", "name": "", "hidden": True},
]
EDGES = [
    {"source": "file:1", "target": "import:1", "rows": 3},
    {"source": "import:1", "target": "dataset:hidden-1", "rows": None},
]
GRAPH = Graph({"start": "dataset:hidden-1", "nodes": NODES, "edges": EDGES})


@pytest.fixture(scope="module")
def steward(live_api: LiveApi) -> Hub:
    with client.connect(live_api.url, live_api.token("steward")) as hub:
        yield hub


def test_a_file_that_was_handed_in_begins_a_graph(steward: Hub) -> None:
    file = steward.files.upload(b"id,sex\nA,F\n", name="flock.csv")
    graph = steward.lineage.graph("file", file, direction="both")
    [node] = graph.nodes
    assert (node["name"], node["facts"]["sha256"]) == ("flock.csv", file.sha256)
    assert graph.start == node["id"] == f"file:{file.id}"
    assert steward.lineage.breeding_values("file", file).empty


def test_an_unknown_type_is_answered_with_those_there_are(steward: Hub) -> None:
    with pytest.raises(errors.Invalid, match="genotype_set"):
        steward.lineage.graph("cow", "0198c2a4-7c1e-7f2a-9d3b-0123456789ab")
    with pytest.raises(errors.Missing):
        steward.lineage.graph("import", "0198c2a4-7c1e-7f2a-9d3b-0123456789ab")


def test_events_come_as_lines(steward: Hub) -> None:
    assert steward.lineage.openlineage(since="2999-01-01") == ""


def test_a_picture_has_a_box_for_each_thing_and_a_line_for_each_step() -> None:
    picture = ElementTree.fromstring(GRAPH.plot())
    name = "{http://www.w3.org/2000/svg}"
    assert len(picture.findall(f".//{name}rect")) == 3
    assert len(picture.findall(f".//{name}path")) == 2
    texts = [one.text for one in picture.iter(f"{name}text")]
    assert {"a <b> & a long name of…", "not visible to you"} <= set(texts)
    assert GRAPH._repr_svg_() == GRAPH.plot()


def test_edges_come_as_a_frame_with_names() -> None:
    frame = GRAPH.frame()
    assert frame["target"].tolist() == ["records into HILL", "(dataset)"]
