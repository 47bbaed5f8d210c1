"""What a thing was made from and what rests on it, asked of the hub."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from agrigen.client import Hub, Item
from dashboards.components.working import BUSY
from dashboards.lineage.state import BOTH, DOWN, UP
from dashboards.together import together

FIRST_RESTING = 20
MOST_EVALUATIONS = 6
ID_LETTERS = 36
VALUE, ANIMAL = "breeding_value", "animal"
COMPUTED = (VALUE, ANIMAL)
BEGINS = ("file", "source", "template")
"""Nothing of ours was before them, so what rests on them is looked at first."""

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Lineage:
    """A graph, and for breeding values the rows of files that they rest on."""

    start: str
    nodes: list[Item]
    edges: list[Item]
    values: list[Item] = field(default_factory=list)
    rows: list[Item] = field(default_factory=list)
    relatives: dict[str, int] = field(default_factory=dict)
    more_rows: bool = False
    notes: list[str] = field(default_factory=list)
    resting: pd.DataFrame | None = None
    traits: dict[str, Item] = field(default_factory=dict)

    @property
    def node(self) -> Item:
        """What was asked for."""
        return next(one for one in self.nodes if one["id"] == self.start)

    @property
    def busy(self) -> bool:
        """Whether what was asked for is still being made."""
        return self.node["facts"].get("state") in BUSY

    @property
    def used(self) -> Counter[str]:
        """How many of the rows each node stands for."""
        doors = [one["id"] for one in self.nodes if one["type"] == "door"]
        return Counter(id for row in self.rows for id in _nodes_of(row, doors))


def _nodes_of(row: Node, doors: Sequence[str]) -> list[str]:
    found = [f"{kind}:{row[f'{kind}_id']}" for kind in ("file", "import") if row[f"{kind}_id"]]
    begin = f"door:{row['table']}-{row['door']}-"
    return found + [id for id in doors if id.startswith(begin)]


def value_id(evaluation: Any, animal: Any) -> str:
    """A breeding value as the address of the page names it."""
    return f"{evaluation}-{animal}"


def direction_of(type: str, chosen: str) -> str:
    """Which way is looked; breeding values are an end, so there is only the way back."""
    if type in COMPUTED:
        return UP
    return chosen if chosen in (UP, DOWN, BOTH) else DOWN if type in BEGINS else UP


def load(hub: Hub, type: str, id: str, direction: str = "") -> Lineage:
    """The graph of a thing, with what belongs to it."""
    way = direction_of(type, direction)
    if type == VALUE:
        return _value(hub, id[:ID_LETTERS], id[ID_LETTERS + 1 :])
    if type == ANIMAL:
        return _animal(hub, id)
    if way == UP:
        graph = hub.lineage.graph(type, id, way)
        return Lineage(graph["start"], graph["nodes"], graph["edges"])
    got = together(
        graph=lambda: hub.lineage.graph(type, id, way),
        resting=lambda: hub.lineage.breeding_values(type, id, limit=FIRST_RESTING),
        traits=lambda: _traits(hub),
    )
    graph = got["graph"]
    return Lineage(
        graph["start"], graph["nodes"], graph["edges"], resting=got["resting"], traits=got["traits"]
    )


def _traits(hub: Hub) -> dict[str, Item]:
    return {one["code"]: one for one in hub.traits.iterate()}


def _value(hub: Hub, evaluation: str, animal: str) -> Lineage:
    got = together(found=lambda: hub.lineage.value(evaluation, animal), traits=lambda: _traits(hub))
    return _of_value(got["found"], got["traits"])


def _of_value(found: Item, traits: dict[str, Item]) -> Lineage:
    graph = found["graph"]
    return Lineage(
        graph["start"], graph["nodes"], graph["edges"], found["values"], found["rows"],
        found["relatives"], found["more_rows"], found["notes"], traits=traits,
    )  # fmt: skip


def _animal(hub: Hub, id: str) -> Lineage:
    """All breeding values of an animal in one graph, those of the newest evaluations first."""
    got = together(
        animal=lambda: hub.animals.get(id),
        values=lambda: hub.animals.breeding_value_items(id),
        traits=lambda: _traits(hub),
    )
    wanted = list(dict.fromkeys(one["evaluation_id"] for one in got["values"]))[:MOST_EVALUATIONS]
    asked = {str(one): lambda one=one: hub.lineage.value(one, id) for one in wanted}
    found = list(together(**asked).values()) if asked else []
    parts = [_of_value(one, got["traits"]) for one in found]
    facts = {"breed": got["animal"].get("breed"), "born": got["animal"].get("birth_date")}
    own = {"id": f"{ANIMAL}:{id}", "type": ANIMAL, "name": got["animal"]["tag"], "facts": facts,
           "href": f"/animals/{id}", "hidden": False}  # fmt: skip
    return merged(Item(own), parts, got["traits"])


def merged(start: Item, parts: Sequence[Lineage], traits: dict[str, Item]) -> Lineage:
    """Several graphs in one, all of which lead to the start.

    What is hidden is counted anew in each answer: two hidden files may be one or two, so they stay
    apart.
    """
    nodes: dict[str, Item] = {}
    edges: dict[tuple[str, str], Item] = {}
    rows: dict[tuple[Any, ...], Item] = {}
    for number, part in enumerate(parts):
        apart = {one["id"]: f"{one['id']}-{number}" for one in part.nodes if one["hidden"]}
        for one in part.nodes:
            nodes[apart.get(one["id"], one["id"])] = Item(
                one | {"id": apart.get(one["id"], one["id"])}
            )
        for edge in part.edges:
            ends = (
                apart.get(edge["source"], edge["source"]),
                apart.get(edge["target"], edge["target"]),
            )
            edges[ends] = Item(source=ends[0], target=ends[1], rows=edge["rows"])
        edges[part.start, start["id"]] = Item(source=part.start, target=start["id"], rows=None)
        names = ("table", "animal_id", "trait", "recorded_on", "value", "import_id", "row", "door")
        rows |= {tuple(str(row[name]) for name in names): row for row in part.rows}
    return Lineage(
        start["id"], [*nodes.values(), start], list(edges.values()),
        [value for part in parts for value in part.values],
        sorted(rows.values(), key=lambda row: (row["degree"], row["table"] != "records")),
        parts[0].relatives if parts else {}, any(part.more_rows for part in parts),
        list(dict.fromkeys(note for part in parts for note in part.notes)), traits=traits,
    )  # fmt: skip
