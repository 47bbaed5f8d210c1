"""Places of the things of a graph: layers from left to right, few crossings, straight lines.

After Sugiyama, Tagawa & Toda (1981): layers by the longest way, orders within layers by the mean
place of neighbors, heights by isotonic regression on them. Pure; unit is a row of boxes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12
LANE = 0.45
"""Height of a line that passes a layer, in boxes."""

Edge = tuple[str, str]
Point = tuple[int, float]


@dataclass(frozen=True)
class Layout:
    """Layer and height of every box, the points where lines pass other layers, and the size."""

    places: dict[str, Point]
    passes: dict[Edge, list[Point]]
    layers: int
    rows: float


def lay_out(names: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Boxes in the order that they should have when nothing else decides it."""
    edges = list(dict.fromkeys((a, b) for a, b in edges if a != b))
    layer = _layers(names, edges)
    chains = {edge: _chain(edge, layer) for edge in edges}
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in [*names, *(one for chain in chains.values() for one in chain[1:-1])]:
        columns[layer[name]].append(name)
    _order(columns, links)
    height = {name: 1.0 if name in names else LANE for column in columns for name in column}
    rows = _heights(columns, links, height)
    top = min((rows[name] - height[name] / 2 for name in rows), default=0.0)
    bottom = max((rows[name] + height[name] / 2 for name in rows), default=0.0)
    places = {name: (layer[name], rows[name] - top) for name in rows}
    passes = {edge: [places[one] for one in chain[1:-1]] for edge, chain in chains.items()}
    return Layout({n: places[n] for n in names}, passes, len(columns), bottom - top)


def _layers(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The longest way to each box; what has nothing before it stands close to what comes after."""
    before, after = defaultdict(list), defaultdict(list)
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    layer: dict[str, int] = {}

    def depth(name: str, way: frozenset[str] = frozenset()) -> int:
        if name not in layer:
            ways = [depth(one, way | {name}) for one in before[name] if one not in way]
            layer[name] = max(ways, default=-1) + 1
        return layer[name]

    for name in names:
        depth(name)
    for name in names:
        if not before[name] and after[name]:
            layer[name] = max(0, min(layer[one] for one in after[name]) - 1)
    return layer


def _chain(edge: Edge, layer: dict[str, int]) -> list[str]:
    """The edge cut at every layer that it passes."""
    first, last = edge
    passed = range(layer[first] + 1, layer[last])
    names = [f"{first}>{last}@{number}" for number in passed]
    layer.update(zip(names, passed, strict=True))
    return [first, *names, last]


def _order(columns: list[list[str]], links: Sequence[Edge]) -> None:
    """Each layer by the mean place of its neighbors, forth and back; the best order stays."""
    before, after = _neighbors(links)
    best, fewest = [list(column) for column in columns], crossings(columns, links)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = before if forth else after
        for column in columns if forth else reversed(columns):
            place = {name: i for one in columns for i, name in enumerate(one)}
            column.sort(key=lambda name: _mean(near[name], place, place[name]))
        if (found := crossings(columns, links)) < fewest:
            best, fewest = [list(column) for column in columns], found
    columns[:] = best


def crossings(columns: Sequence[Sequence[str]], links: Sequence[Edge]) -> int:
    """How many pairs of lines cross."""
    place = {name: (c, r) for c, column in enumerate(columns) for r, name in enumerate(column)}
    ends = [(*place[a], place[b][1]) for a, b in links]
    return sum(
        one[0] == two[0] and (one[1] - two[1]) * (one[2] - two[2]) < 0
        for i, one in enumerate(ends)
        for two in ends[:i]
    )


def _heights(
    columns: Sequence[Sequence[str]], links: Sequence[Edge], height: Mapping[str, float]
) -> dict[str, float]:
    """Every box close to the middle of its neighbors, none on another."""
    rows: dict[str, float] = {}
    for column in columns:
        rows |= dict(zip(column, _offsets(column, height), strict=True))
    before, after = _neighbors(links)
    both = {name: [*before[name], *after[name]] for name in rows}
    for sweep in range(2 * SWEEPS):
        near = (before, after, both)[sweep % 3]
        for column in columns:
            wanted = [_mean(near[name], rows, rows[name]) for name in column]
            offsets = _offsets(column, height)
            free = isotonic([w - o for w, o in zip(wanted, offsets, strict=True)])
            rows |= {n: f + o for n, f, o in zip(column, free, offsets, strict=True)}
    return rows


def _offsets(column: Sequence[str], height: Mapping[str, float]) -> list[float]:
    """Middles when all stand upon each other."""
    found, top = [], 0.0
    for name in column:
        found.append(top + height[name] / 2)
        top += height[name]
    return found


def isotonic(wanted: Sequence[float]) -> list[float]:
    """The closest numbers that never fall, by pooling neighbors that do."""
    pools: list[tuple[float, int]] = []
    for value in wanted:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more = pools.pop()
            total, count = total + more[0], count + more[1]
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]


def _neighbors(links: Sequence[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before, after = defaultdict(list), defaultdict(list)
    for a, b in links:
        before[b].append(a)
        after[a].append(b)
    return before, after


def _mean(names: Sequence[str], place: Mapping[str, float], otherwise: float) -> float:
    return sum(place[one] for one in names) / len(names) if names else otherwise
