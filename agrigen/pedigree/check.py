"""What can be wrong with a pedigree; every finder reports all it finds.

Finders take the animals of a draft (agrigen/pedigree/build.py): indices into `ids`, parents not
yet before offspring.
"""

from collections import deque

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from agrigen.errors import Problem
from agrigen.pedigree.names import Names
from agrigen.types import Flags, Floats, Integers, Parents, Texts

SHOWN_OFFSPRING = 3
"""Offspring that the message about a parent names."""


def own_parents(ids: Names, sire: Parents, dam: Parents) -> list[Problem]:
    """Animals that are their own sire or dam."""
    self_index = np.arange(len(ids))
    found = np.flatnonzero((sire == self_index) | (dam == self_index))
    return [
        Problem(
            "own_parent",
            (str(ids[i]),),
            f"Animal {ids[i]} is its own {'sire' if sire[i] == i else 'dam'}.",
            "Correct the parent or leave it empty.",
        )
        for i in found
    ]


def both_sexes(ids: Names, sire: Parents, dam: Parents) -> list[Problem]:
    """Animals used as sire and as dam."""
    found = np.flatnonzero(_used(sire) & _used(dam))
    by_sire, by_dam = _families(ids, sire, found), _families(ids, dam, found)
    return [
        Problem(
            "both_sexes",
            (str(ids[i]),),
            f"Animal {ids[i]} is a sire (of {of_sire}) and a dam (of {of_dam}).",
            "Correct the parent of one group of offspring.",
        )
        for i, of_sire, of_dam in zip(found, by_sire, by_dam, strict=True)
    ]


def wrong_sex(ids: Names, sire: Parents, dam: Parents, sex: Texts) -> list[Problem]:
    """Sires recorded as female and dams recorded as male."""
    problems = []
    for parent, role, wrong, word in ((sire, "sire", "F", "female"), (dam, "dam", "M", "male")):
        used = np.flatnonzero(_used(parent))
        found = used[sex[used] == wrong]
        families = _families(ids, parent, found)
        problems += [
            Problem(
                f"{role}_is_{word}",
                (str(ids[i]),),
                f"Animal {ids[i]} is recorded as {word} but is the {role} of {offspring}.",
                f"Correct its sex or the {role} of its offspring.",
            )
            for i, offspring in zip(found, families, strict=True)
        ]
    return problems


def born_before_parent(ids: Names, sire: Parents, dam: Parents, birth: Floats) -> list[Problem]:
    """Offspring not born after their parent."""
    problems = []
    for parent, role in ((sire, "sire"), (dam, "dam")):
        known = np.flatnonzero(parent >= 0)
        early = known[birth[known] <= birth[parent[known]]]
        problems += [
            Problem(
                "born_before_parent",
                (str(ids[i]), str(ids[parent[i]])),
                f"Animal {ids[i]} was born on the day of, or before, its {role} {ids[parent[i]]}.",
                f"Correct one of the birth dates or the {role}.",
            )
            for i in early
            if parent[i] != i
        ]
    return problems


def loops(ids: Names, sire: Parents, dam: Parents) -> list[Problem]:
    """Animals that are their own ancestors: one shortest loop of each knot."""
    n = len(ids)
    child, parent = _links(sire, dam)
    graph = coo_array((np.ones(child.size, np.int8), (child, parent)), shape=(n, n))
    _, knot = connected_components(graph.tocsr(), directed=True, connection="strong")
    sizes = np.bincount(knot, minlength=n)
    tangled = np.flatnonzero(sizes[knot] > 1)
    members: dict[int, list[int]] = {}
    for i in tangled:
        members.setdefault(int(knot[i]), []).append(int(i))
    return [_loop(ids, sire, dam, set(group)) for group in members.values()]


def _links(sire: Parents, dam: Parents) -> tuple[Parents, Parents]:
    index = np.arange(sire.size, dtype=np.int32)
    child = np.concatenate([index[sire >= 0], index[dam >= 0]])
    parent = np.concatenate([sire[sire >= 0], dam[dam >= 0]])
    other = child != parent
    return child[other], parent[other]


def _loop(ids: Names, sire: Parents, dam: Parents, group: set[int]) -> Problem:
    path = _shortest_loop(sire, dam, group)
    names = tuple(str(ids[i]) for i in path)
    chain = " <- ".join(names if len(names) <= 12 else (*names[:11], "..."))
    extra = len(group) - len(path)
    more = f" ({extra} more animals are on loops with them)" if extra else ""
    return Problem(
        "loop",
        names,
        f"A loop: {chain} <- {names[0]}, each an offspring of the next{more}.",
        "Correct one parent on the loop.",
    )


def _shortest_loop(sire: Parents, dam: Parents, group: set[int]) -> list[int]:
    """Shortest way from the first animal of a knot up its parents and back to itself."""
    start = min(group)
    came_from: dict[int, int] = {}
    queue = deque([start])
    while queue:
        i = queue.popleft()
        for p in (int(sire[i]), int(dam[i])):
            if p == start and i != start:
                path = [i]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if p in group and p != start and p not in came_from:
                came_from[p] = i
                queue.append(p)
    raise AssertionError("a knot of two or more animals always holds a loop")


def _used(parent: Parents) -> Flags:
    """Which animals are this parent of somebody."""
    used = np.zeros(parent.size, np.bool_)
    used[parent[parent >= 0]] = True
    return used


def _families(ids: Names, parent: Parents, wanted: Integers) -> list[str]:
    """The first few offspring of each wanted parent and how many more there are."""
    if not wanted.size:
        return []
    offspring = np.flatnonzero(np.isin(parent, wanted))
    offspring = offspring[np.argsort(parent[offspring], kind="stable")]
    low = np.searchsorted(parent[offspring], wanted)
    high = np.searchsorted(parent[offspring], wanted, side="right")
    named = []
    for first, last in zip(low.tolist(), high.tolist(), strict=True):
        some = ", ".join(ids[offspring[first : min(first + SHOWN_OFFSPRING, last)]])
        more = last - first - SHOWN_OFFSPRING
        named.append(f"{some} and {more} more" if more > 0 else some)
    return named
