"""The graph out of its steps, and who is related to whom: no session, no clock."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import polars as pl

from hub.lineage.schemas import Edge, GraphRead, Node

TABLES = {
    "animals": "animals", "records": "records", "milk_recording": "records", "events": "events"
}  # fmt: skip
DOORS = {
    "event": "said by events",
    "phone": "recorded on a phone",
    "exchange": "sent by a partner",
    "hand": "typed by hand",
}
HREFS = {
    "file": "/files/{}", "import": "/imports/{}", "dataset": "/datasets/{}",
    "genotype_set": "/genotype-sets/{}", "evaluation": "/evaluations/{}",
    "association": "/associations/{}", "mating_plan": "/breeding/plans/{}",
    "template": "/import-templates/{}", "source": "/sources/{}",
}  # fmt: skip

Thing = tuple[str, UUID]
Visible = Mapping[Thing, dict[str, Any]]
Steps = Sequence[Mapping[str, Any]]


def things(steps: Steps, start: Thing) -> dict[str, set[UUID]]:
    """Everything that the steps touch, by type."""
    found: dict[str, set[UUID]] = {start[0]: {start[1]}}
    for step in steps:
        for end in ("from", "to"):
            found.setdefault(step[f"{end}_type"], set()).add(step[f"{end}_id"])
    return found


class Graph:
    """Nodes and edges as they are shown: what may not be seen has a type and a number."""

    def __init__(self, visible: Visible, farms: Mapping[UUID, str]) -> None:
        self.visible = visible
        self.farms = farms
        self.nodes: dict[Any, Node] = {}
        self.edges: dict[tuple[str, str], int | None] = {}

    def add_steps(self, steps: Steps) -> None:
        """Between an import and a dataset stands the table of the farm that both have in common."""
        for step in sorted(steps, key=_order):
            source = self.thing((step["from_type"], step["from_id"]))
            target = self.thing((step["to_type"], step["to_id"]))
            if (step["from_type"], step["to_type"]) == ("import", "dataset"):
                table = self.table(step["farm_id"], step["kind"])
                self.connect(source, table, step["rows"])
                self.connect(table, target, step["rows"], add=True)
            else:
                self.connect(source, target, step["rows"])

    def thing(self, key: Thing) -> Node:
        """The node of a thing; made when it is first met."""
        if key not in self.nodes:
            kind, id_ = key
            known = self.visible.get(key)
            self.nodes[key] = self._shown(kind, id_, known) if known else self._nameless(kind)
            for node, rows in self._doors(key, known):
                self.connect(node, self.nodes[key], rows)
        return self.nodes[key]

    def table(self, farm_id: UUID, kind: str) -> Node:
        """The animals, records or events of a farm."""
        table = TABLES.get(kind, kind)
        key = ("table", farm_id, table)
        if key not in self.nodes:
            code = self.farms.get(farm_id)
            self.nodes[key] = self._nameless("table") if code is None else node(
                "table", f"{table}-{farm_id}", f"{table} of {code}",
                {"farm": code, "farm_id": str(farm_id), "table": table}, f"/farms/{farm_id}",
            )  # fmt: skip
        return self.nodes[key]

    def connect(self, source: Node, target: Node, rows: int | None, *, add: bool = False) -> None:
        """One edge between two nodes; numbers of rows are not said of what is hidden."""
        shown = None if source.hidden or target.hidden else rows
        key = (source.id, target.id)
        before = self.edges.get(key)
        if before is not None and shown is not None:
            shown = before + shown if add else max(before, shown)
        self.edges[key] = shown

    def read(self, start: Node) -> GraphRead:
        """The graph as it is answered."""
        edges = [Edge(source=a, target=b, rows=rows) for (a, b), rows in self.edges.items()]
        return GraphRead(start=start.id, nodes=list(self.nodes.values()), edges=edges)

    def _shown(self, kind: str, id_: UUID, known: dict[str, Any]) -> Node:
        return node(kind, str(id_), known["name"], known["facts"], HREFS[kind].format(id_))

    def _nameless(self, kind: str) -> Node:
        number = sum(1 for one in self.nodes.values() if one.hidden and one.type == kind) + 1
        values = {"id": f"{kind}:hidden-{number}", "type": kind, "name": "", "facts": {}}
        return Node.model_validate({**values, "href": "", "hidden": True})

    def _doors(self, key: Thing, known: dict[str, Any] | None) -> list[tuple[Node, int]]:
        """Rows of a dataset that came in no file, by table and door."""
        doors = (known or {}).get("facts", {}).get("doors") or {}
        found = []
        for table, counts in doors.items():
            for door, rows in counts.items():
                name = f"{table} {DOORS.get(door, door)}"
                made = node("door", f"{table}-{door}-{key[1]}", name, {"rows": rows}, "")
                self.nodes[made.id] = made
                found.append((made, rows))
        return found


def _order(step: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(step[name]) for name in ("to_type", "to_id", "from_type", "from_id"))


def node(kind: str, id_: str, name: str, facts: dict[str, Any], href: str) -> Node:
    """A node that one may see."""
    values = {"id": f"{kind}:{id_}", "type": kind, "name": name, "facts": facts, "href": href}
    return Node.model_validate({**values, "hidden": False})


def relatives(pedigree: pl.DataFrame, animal: str, generations: int) -> dict[str, tuple[str, int]]:
    """Relation and degree of an animal, its ancestors, descendants and sibs in the pedigree."""
    parents = {id_: (sire, dam) for id_, sire, dam in pedigree.select("id", "sire", "dam").rows()}
    young: dict[str, list[str]] = {}
    for id_, both in parents.items():
        for parent in both:
            if parent is not None:
                young.setdefault(parent, []).append(id_)
    found = {animal: ("self", 0)}
    if animal in parents:
        _up(found, parents, animal, generations)
        _down(found, young, animal, generations)
        if generations:
            _sibs(found, parents, young, animal)
    return found


def _up(
    found: dict[str, tuple[str, int]], parents: Mapping[str, tuple[Any, Any]], animal: str, far: int
) -> None:
    level = [animal]
    for degree in range(1, far + 1):
        pairs = [
            (parent, name)
            for one in level
            for parent, name in zip(parents.get(one, ()), ("sire", "dam"), strict=False)
            if parent is not None
        ]
        for parent, name in pairs:
            found.setdefault(parent, (name if degree == 1 else "ancestor", degree))
        level = [parent for parent, _ in pairs]


def _down(
    found: dict[str, tuple[str, int]], young: Mapping[str, list[str]], animal: str, far: int
) -> None:
    level = [animal]
    for degree in range(1, far + 1):
        level = [one for parent in level for one in young.get(parent, ())]
        for one in level:
            found.setdefault(one, ("offspring" if degree == 1 else "descendant", degree))


def _sibs(
    found: dict[str, tuple[str, int]],
    parents: Mapping[str, tuple[Any, Any]],
    young: Mapping[str, list[str]],
    animal: str,
) -> None:
    known = [parent for parent in parents[animal] if parent is not None]
    for parent in known:
        for one in young[parent]:
            full = len(known) == 2 and parents[one] == parents[animal]
            found.setdefault(one, ("full sib" if full else "half sib", 2))
