"""Where results come from: graphs, rows of files behind a breeding value, and the way back."""

from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pandas as pd

from agrigen.client.evaluations import id_of
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.transport import Transport

_ORDER = (
    "source", "template", "file", "import", "door", "table", "dataset", "genotype_set",
    "evaluation", "association", "breeding_value", "mating_plan",
)  # fmt: skip
_WIDE, _HIGH, _GAP, _LETTERS = 176, 40, 56, 24


class Lineage:
    """From a file to every result that rests on it, and from a result to its files."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def graph(self, type: str, id: Any, direction: str = "up", depth: int = 12) -> "Graph":
        """Things and what was made from what; type: file, import, dataset, evaluation, ..."""
        path = f"/lineage/{quote(type, safe='')}/{_part(id)}"
        return Graph(self._transport.get(path, direction=direction, depth=depth))

    def value(self, evaluation: Any, animal: Any, **query: Any) -> Item:
        """Where one breeding value came from: `rows` and `graph` (generations=2, trait=...)."""
        path = f"/evaluations/{_part(evaluation)}/values/{_part(animal)}/lineage"
        return self._transport.get(path, **query)

    def rows(self, evaluation: Any, animal: Any, **query: Any) -> pd.DataFrame:
        """The rows of files and events behind one breeding value, the nearest relatives first."""
        return frame_of(self.value(evaluation, animal, **query)["rows"])

    def breeding_values(
        self, type: str, id: Any, *, limit: int | None = None, **filters: Any
    ) -> pd.DataFrame:
        """Every published breeding value that rests on a file, import, dataset or genotype set."""
        path = f"/lineage/{quote(type, safe='')}/{_part(id)}/breeding-values"
        columns = ("evaluation_id", "animal_id", "tag", "trait", "effect", "value")
        return frame_of(self._transport.pages(path, limit=limit, **filters), columns)

    def openlineage(self, since: str | int = 0, run: Any = None) -> str:
        """Events of the runs that one may see, or of one: OpenLineage, one JSON object a line."""
        query = {"since": str(since)} | ({} if run is None else {"run": str(id_of(run))})
        return self._transport.send("GET", "/lineage/openlineage", query=query).text


def _part(thing: Any) -> str:
    """The id of a thing, or an id itself, as a part of a path."""
    return quote(str(id_of(thing)), safe="")


class Graph(Item):
    """`nodes` and `edges`; notebooks show it as a picture, `plot()` gives that as SVG."""

    def frame(self) -> pd.DataFrame:
        """The edges with the names of both ends."""
        names = {node["id"]: node["name"] or f"({node['type']})" for node in self["nodes"]}
        edges = [
            {"source": names[one["source"]], "target": names[one["target"]], "rows": one["rows"]}
            for one in self["edges"]
        ]
        return frame_of(edges, ("source", "target", "rows"))

    def plot(self) -> str:
        """The graph as an SVG picture, from files on the left to results on the right."""
        places = _places(self["nodes"])
        lines = [_line(places[one["source"]], places[one["target"]]) for one in self["edges"]]
        boxes = [_box(node, *places[node["id"]]) for node in self["nodes"]]
        width = max((x for x, _ in places.values()), default=0) + _WIDE + 8
        height = max((y for _, y in places.values()), default=0) + _HIGH + 8
        size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        title = "<title>From files to results</title>"
        style = '<g font-family="sans-serif" font-size="12" fill="none" stroke="#667">'
        body = "".join([*lines, *boxes])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>'
            f"{title}{style}{body}</g></svg>"
        )

    def _repr_svg_(self) -> str:
        return self.plot()


def _places(nodes: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """A column for each type that is there, in the order of making."""
    types = [name for name in _ORDER if any(node["type"] == name for node in nodes)]
    filled = dict.fromkeys(types, 0)
    found = {}
    for node in sorted(nodes, key=lambda one: (one["hidden"], one["name"])):
        column, row = types.index(node["type"]), filled[node["type"]]
        found[node["id"]] = (4 + column * (_WIDE + _GAP), 4 + row * (_HIGH + 12))
        filled[node["type"]] += 1
    return found


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, x2 = float(start[0] + _WIDE), float(end[0])
    y1, y2 = start[1] + _HIGH / 2, end[1] + _HIGH / 2
    if end[0] <= start[0]:  # a thing of the same kind, such as a version of a genotype set
        x1, y1, x2, y2 = start[0] + _WIDE / 2, start[1] + _HIGH, end[0] + _WIDE / 2, end[1]
    middle = (x1 + x2) / 2
    return f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _box(node: dict[str, Any], x: int, y: int) -> str:
    name = node["name"] or "not visible to you"
    short = name if len(name) <= _LETTERS else name[: _LETTERS - 1].rstrip() + "…"
    dash = ' stroke-dasharray="4 3"' if node["hidden"] else ""
    label = f'<text x="{x + 8}" y="{{}}" fill="{{}}" stroke="none">{{}}</text>'
    return (
        f"<g><title>{escape(name)}</title>"
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="4" fill="#fff"{dash}/>'
        + label.format(y + 16, "#556", escape(node["type"].replace("_", " ")))
        + label.format(y + 32, "#111", escape(short))
        + "</g>"
    )
