"""Paths of inbreeding: through which common ancestors an animal's parents are related."""

from collections.abc import Iterator

import pandas as pd

from agrigen.errors import DataError, Problem
from agrigen.types import Floats, Parents, Texts

COLUMNS = ["ancestor", "path", "sire_steps", "dam_steps", "ancestor_inbreeding", "contribution"]


def inbreeding_paths(
    ids: Texts, sire: Parents, dam: Parents, f: Floats, animal: int, most: int
) -> pd.DataFrame:
    """Every path from the sire up to a common ancestor and down to the dam (Wright 1922).

    Its contribution to F is (1/2)^(animals on the path) (1 + F of the ancestor), and together they
    sum to F of the animal. A path meets no animal twice. Columns: ancestor, path, sire_steps,
    dam_steps, ancestor_inbreeding, contribution.
    """
    if sire[animal] < 0 or dam[animal] < 0:
        return pd.DataFrame(columns=COLUMNS)
    shared = _ancestors(sire, dam, int(sire[animal])) & _ancestors(sire, dam, int(dam[animal]))
    useful = _descendants_among(sire, dam, shared, animal)
    climbed = [
        _climbs(sire, dam, int(parent[animal]), shared, useful, most) for parent in (sire, dam)
    ]
    rows = []
    for ancestor in shared:
        for left in climbed[0].get(ancestor, ()):
            for right in climbed[1].get(ancestor, ()):
                if set(left[:-1]).isdisjoint(right[:-1]):
                    rows.append(_row(ids, f, left, right))
                    if len(rows) > most:
                        raise DataError([_too_many(str(ids[animal]), most)])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)


def _row(ids: Texts, f: Floats, left: tuple[int, ...], right: tuple[int, ...]) -> list[object]:
    ancestor = left[-1]
    path = [str(ids[i]) for i in (*left, *right[-2::-1])]
    steps = len(left) - 1, len(right) - 1
    contribution = 0.5 ** len(path) * (1.0 + f[ancestor])
    return [str(ids[ancestor]), " - ".join(path), *steps, float(f[ancestor]), contribution]


def _ancestors(sire: Parents, dam: Parents, animal: int) -> set[int]:
    """The animal and its ancestors."""
    found = {animal}
    waiting = [animal]
    while waiting:
        i = waiting.pop()
        for p in (int(sire[i]), int(dam[i])):
            if p >= 0 and p not in found:
                found.add(p)
                waiting.append(p)
    return found


def _descendants_among(sire: Parents, dam: Parents, shared: set[int], animal: int) -> set[int]:
    """Ancestors of the animal from which a common ancestor can be reached going up."""
    useful = set(shared)
    for i in sorted(_ancestors(sire, dam, animal)):  # parents stand before their offspring
        if int(sire[i]) in useful or int(dam[i]) in useful:
            useful.add(i)
    return useful


def _climbs(
    sire: Parents, dam: Parents, start: int, shared: set[int], useful: set[int], most: int
) -> dict[int, list[tuple[int, ...]]]:
    """All ways up from one animal to each common ancestor, itself included."""
    ways: dict[int, list[tuple[int, ...]]] = {}
    count = 0
    for way in _upward(sire, dam, (start,), useful):
        if way[-1] in shared:
            ways.setdefault(way[-1], []).append(way)
            count += 1
            if count > most:
                raise DataError([_too_many(None, most)])
    return ways


def _upward(
    sire: Parents, dam: Parents, way: tuple[int, ...], useful: set[int]
) -> Iterator[tuple[int, ...]]:
    waiting = [way]
    while waiting:
        way = waiting.pop()
        yield way
        for p in (int(dam[way[-1]]), int(sire[way[-1]])):
            if p in useful:
                waiting.append((*way, p))


def _too_many(name: str | None, most: int) -> Problem:
    who = "The animal" if name is None else f"Animal {name}"
    message = f"{who} has more than {most} paths between its parents."
    remedy = "Raise most=, or ask for common_ancestors() of its parents."
    return Problem("too_many_paths", () if name is None else (name,), message, remedy)
