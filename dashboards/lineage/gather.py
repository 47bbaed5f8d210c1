"""Many things of one kind become one box: the most telling stay, "and 17 more" opens."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.lineage.data import Lineage

FEW = 5
"""Of one type are shown; one more is shown rather than called "and 1 more"."""
ORDER = (
    "source", "template", "file", "import", "door", "table", "dataset", "genotype_set",
    "association", "evaluation", "mating_plan", "breeding_value", "animal",
)  # fmt: skip

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """Things of one type that are drawn as one box; `into` are the types of what they lead to."""

    type: str
    hidden: bool
    members: tuple[Node, ...]
    into: str = ""

    @property
    def id(self) -> str:
        return f"group:{self.type}>{self.into}" + ("-hidden" if self.hidden else "")

    @property
    def name(self) -> str:
        """ "and 17 more"; of what is hidden all are in the group."""
        count = f"{len(self.members):,}"
        return f"{count} not visible to you" if self.hidden else f"and {count} more"


@dataclass(frozen=True)
class Drawn:
    """What stands in the picture."""

    nodes: list[Node]
    groups: list[Group]
    edges: dict[tuple[str, str], int | None]


def gather(known: Lineage, opened: Collection[str] = ()) -> Drawn:
    """The graph with few boxes of each kind, those most that the rows stand in."""
    used, after = known.used, _after(known)
    kept: dict[str, Node] = {}
    groups: list[Group] = []
    for (type, into, hidden), mine in _kinds(known, after).items():
        mine.sort(key=lambda one: _rank(one, known.start, used, after[one["id"]], kept))
        few = len(mine) if type in opened or len(mine) <= FEW + 1 else FEW
        few = few if not hidden else len(mine) if len(mine) == 1 else 0
        kept |= {one["id"]: one for one in mine[:few]}
        if mine[few:]:
            groups.append(Group(type, hidden, tuple(mine[few:]), into))
    nodes = sorted(kept.values(), key=lambda one: ORDER.index(one["type"]))
    return Drawn(nodes, groups, _joined(known.edges, groups))


def _after(known: Lineage) -> dict[str, list[Mapping[str, Any]]]:
    after = defaultdict(list)
    for edge in known.edges:
        after[edge["source"]].append(edge)
    return after


def _kinds(
    known: Lineage, after: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[tuple[str, str, bool], list[Node]]:
    """Things of the same type that lead to the same types, results first: files of genotypes are
    not among those of records."""
    types = {one["id"]: one["type"] for one in known.nodes}
    found: dict[tuple[str, str, bool], list[Node]] = defaultdict(list)
    for one in sorted(known.nodes, key=lambda one: -ORDER.index(one["type"])):
        into = sorted({types[edge["target"]] for edge in after.get(one["id"], ())})
        found[one["type"], "+".join(into), one["hidden"]].append(one)
    return found


def _rank(
    one: Node,
    start: str,
    used: Mapping[str, int],
    edges: Sequence[Mapping[str, Any]],
    kept: Mapping[str, Node],
) -> tuple[Any, ...]:
    """What was asked for, what its rows stand in, what leads to something shown, what is large."""
    leads = any(edge["target"] in kept for edge in edges)
    rows = sum(edge["rows"] or 0 for edge in edges)
    return (one["id"] != start, -used.get(one["id"], 0), not leads, -rows, one["name"])


def _joined(
    edges: Sequence[Mapping[str, Any]], groups: Sequence[Group]
) -> dict[tuple[str, str], int | None]:
    """Lines between boxes; those of a group are added up."""
    into = {one["id"]: group.id for group in groups for one in group.members}
    found: dict[tuple[str, str], int | None] = {}
    for edge in edges:
        ends = (into.get(edge["source"], edge["source"]), into.get(edge["target"], edge["target"]))
        if ends[0] == ends[1]:
            continue
        rows, before = edge["rows"], found.get(ends)
        found[ends] = before if rows is None else rows + (before or 0)
    return found


def lit(drawn: Drawn, used: Mapping[str, int]) -> set[str]:
    """Boxes on the way from the rows to the end: where rows stand, and all that follows."""
    found = {one["id"] for one in drawn.nodes if used.get(one["id"])}
    found |= {g.id for g in drawn.groups if any(used.get(one["id"]) for one in g.members)}
    grown = -1
    while grown < len(found):
        grown = len(found)
        found |= {b for a, b in drawn.edges if a in found}
    return found
