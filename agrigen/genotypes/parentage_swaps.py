"""Samples whose names were exchanged: each fits the other's relatives and not its own."""

from itertools import combinations

import numpy as np
import pandas as pd

from agrigen._kernels import parentage as kernels
from agrigen.genotypes.parentage_rules import ParentageRules
from agrigen.genotypes.planes import Planes
from agrigen.genotypes.recorded import Recorded

MOST = 150
"""Suspects that are tried with each other, those with most conflicts."""

COLUMNS = ["a", "b", "relations", "conflicting_before", "conflicting_after"]


def find_swaps(
    planes: Planes, said: Recorded, pairs: pd.DataFrame, rules: ParentageRules
) -> pd.DataFrame:
    """Pairs of samples whose excluded relations become acceptable once they are exchanged.

    Both must have an excluded relation, and none may be left after the exchange; a pair is told
    from wrong parents by having no better explanation with fewer relations.
    """
    place = {name: number for number, name in enumerate(said.ids)}
    excluded = pairs[pairs["verdict"] == "excluded"]
    count = np.zeros(len(said.ids), np.int64)
    for row in excluded.itertuples():
        count[place[row.id]] += 1
        count[place[row.parent]] += 1
    suspects = np.flatnonzero(count)
    suspects = suspects[np.argsort(-count[suspects], kind="stable")][:MOST]
    rows = []
    for a, b in combinations(np.sort(suspects), 2):
        row = _exchange(planes, said, int(a), int(b), rules)
        if row is not None:
            rows.append([said.ids[a], said.ids[b], *row])
    return pd.DataFrame(rows, columns=COLUMNS)


def _exchange(
    planes: Planes, said: Recorded, a: int, b: int, rules: ParentageRules
) -> tuple[int, int, int] | None:
    """Relations of the two, and how many of them conflict before and after; None if not better."""
    if 0 < said.sex[a] != said.sex[b] > 0:
        return None
    relations = sorted(set(said.relatives[a]) | set(said.relatives[b]))
    other = {a: b, b: a}
    if any(pair[0] in other and pair[1] in other for pair in relations):
        return None  # parent and offspring of one another: exchanged they still are
    before = [(pair[0], pair[1]) for pair in relations]
    after = [(other.get(i, i), other.get(j, j)) for i, j in before]
    bad_before, bad_after = (_conflicting(planes, some, rules) for some in (before, after))
    own = [any(bad and name in pair for bad, pair in zip(bad_before, before, strict=True))
           for name in (a, b)]  # fmt: skip
    if not all(own) or any(bad_after):
        return None
    return len(relations), sum(bad_before), sum(bad_after)


def _conflicting(planes: Planes, pairs: list[tuple[int, int]], rules: ParentageRules) -> list[bool]:
    a, b = np.array(pairs, np.int64).T
    out = np.zeros((a.size, 2), np.int64)
    kernels.pair_conflicts(planes, np.ascontiguousarray(a), np.ascontiguousarray(b), out, 0, a.size)
    return [verdict == "excluded" for verdict in rules.verdicts(out[:, 0], out[:, 1])]
