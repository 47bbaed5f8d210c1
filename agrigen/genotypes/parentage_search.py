"""Search of parents: all candidates by opposing homozygotes, the few that remain as trios."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from agrigen._kernels import parentage as kernels
from agrigen.genotypes.mendelian import trio_counts
from agrigen.genotypes.parallel import in_parts
from agrigen.genotypes.parentage_rules import ParentageRules
from agrigen.genotypes.planes import Planes
from agrigen.genotypes.recorded import Recorded
from agrigen.types import Flags, Integers

ROLES = ("sire", "dam")
ROWS = 256
"""Offspring compared with all candidates at a time, to bound memory."""

MOST = 20
"""Candidates of a role that are compared as trios, those with the fewest conflicts."""

LOOKED = 2000
"""Nearest candidates of which copies of the offspring itself are left out."""

WORST = (0.0, 0.0, float("inf"))
SEARCHED = ("excluded", "unknown")
COLUMNS = ["id", "role", "recorded", "candidate", "conflicts", "compared", "rate",
           "trio_conflicts", "trio_compared", "trio_rate", "verdict"]  # fmt: skip


@dataclass
class _Search:
    """One offspring: candidates of each role and the parent that is known to fit."""

    child: int
    recorded: dict[str, str]
    candidates: dict[str, list[int]]
    fitting: dict[str, int]


def propose(
    planes: Planes,
    said: Recorded,
    pairs: pd.DataFrame,
    rules: ParentageRules,
    *,
    search: bool,
    among: Flags | None = None,
) -> pd.DataFrame:
    """Candidates for the pairs that are excluded, and for parents that are unknown."""
    wanted = _wanted(pairs, said) if search else {}
    known = np.bitwise_count(planes[0]).sum(axis=1).astype(np.int64)
    wanted = {child: roles for child, roles in wanted.items() if known[child] >= rules.discovery}
    allowed = np.flatnonzero((known >= rules.discovery) & (True if among is None else among))
    searches = _candidates(planes, said, wanted, pairs, allowed, rules, known)
    rows = [row for one in searches for row in _rows(planes, said, one, rules)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _wanted(pairs: pd.DataFrame, said: Recorded) -> dict[int, dict[str, str]]:
    """Of each sample the roles to search, with the recorded parent."""
    place = {name: number for number, name in enumerate(said.ids)}
    wanted: dict[int, dict[str, str]] = {}
    for row in pairs[pairs["verdict"].isin(SEARCHED)].itertuples():
        wanted.setdefault(place[row.id], {})[str(row.role)] = str(row.parent)
    if (pairs["verdict"] == "unknown").any():  # the caller says whom to search
        return wanted
    for child, role in zip(*np.nonzero(said.names == ""), strict=True):
        wanted.setdefault(int(child), {})[ROLES[role]] = ""
    return wanted


def _candidates(
    planes: Planes,
    said: Recorded,
    wanted: dict[int, dict[str, str]],
    pairs: pd.DataFrame,
    allowed: Integers,
    rules: ParentageRules,
    known: Integers,
) -> list[_Search]:
    accepted = pairs[pairs["verdict"] == "accepted"]
    place = {name: number for number, name in enumerate(said.ids)}
    fitting: dict[int, dict[str, int]] = {}
    for row in accepted.itertuples():
        fitting.setdefault(place[row.id], {})[str(row.role)] = place[row.parent]
    children = np.array(sorted(wanted), np.int64)
    searches = []
    for first in range(0, children.size, ROWS):
        part = children[first : first + ROWS]
        limit = rules.limit(known[part])
        counts = _conflicts(planes, part, allowed, limit)
        for row, child in enumerate(part):
            near = np.flatnonzero(counts[row] <= limit[row])
            near = near[np.argsort(counts[row, near], kind="stable")]
            found = [int(allowed[column]) for column in near]
            roles = wanted[int(child)]
            few = {role: _of_role(planes, said, int(child), found, role, rules) for role in roles}
            searches.append(_Search(int(child), roles, few, fitting.get(int(child), {})))
    return searches


def _conflicts(
    planes: Planes, children: Integers, candidates: Integers, limit: Integers
) -> np.ndarray:
    out = np.empty((children.size, candidates.size), np.int32)
    in_parts(
        lambda a, b: kernels.search_conflicts(planes, children, candidates, limit, out, a, b),
        children.size, 8,
    )  # fmt: skip
    return out


def _of_role(
    planes: Planes, said: Recorded, child: int, found: list[int], role: str, rules: ParentageRules
) -> list[int]:
    other_sex = 2 if role == "sire" else 1
    kept: list[int] = []
    for candidate in found[:LOOKED]:
        if candidate == child or said.sex[candidate] == other_sex:
            continue
        if not said.may_be_parent(candidate, child) or _same(planes, candidate, child, rules):
            continue
        kept.append(candidate)
        if len(kept) == MOST:
            break
    return kept


def _same(planes: Planes, a: int, b: int, rules: ParentageRules) -> bool:
    both = planes[0, a] & planes[0, b]
    unlike = (planes[1, a] ^ planes[1, b]) | (planes[2, a] ^ planes[2, b])
    compared = int(np.bitwise_count(both).sum())
    different = int(np.bitwise_count(both & unlike).sum())
    return different <= (1 - rules.identity) * compared


def _rows(
    planes: Planes, said: Recorded, one: _Search, rules: ParentageRules
) -> list[list[object]]:
    """The candidates of one offspring, the best first, with what is said of each."""
    scored = _trios(planes, one, rules)
    rows: list[list[object]] = []
    for role in one.candidates:
        found = one.candidates[role]
        if not found:
            continue
        counts = _pair_counts(planes, one.child, found)
        verdicts = rules.verdicts(counts[:, 0], counts[:, 1])
        rates = counts[:, 0] / np.maximum(counts[:, 1], 1)
        order = [(scored[role].get(name, WORST)[2], rates[k]) for k, name in enumerate(found)]
        ranked = sorted(range(len(found)), key=order.__getitem__)
        fits = [k for k in ranked if verdicts[k] == "accepted"
                and _trio_fits(scored[role].get(found[k]), rules)]  # fmt: skip
        for k in ranked:
            trio = scored[role].get(found[k])
            verdict = "doubtful"
            if k in fits:
                verdict = "proposed" if len(fits) == 1 else "ambiguous"
                if not one.recorded[role] and trio is None and said.undated(found[k], one.child):
                    verdict = "direction unknown"
            rows.append([
                said.ids[one.child], role, one.recorded[role], said.ids[found[k]],
                int(counts[k, 0]), int(counts[k, 1]), float(rates[k]),
                *(trio or (np.nan, np.nan, np.nan)), verdict,
            ])  # fmt: skip
    return rows


def _trio_fits(trio: tuple[float, float, float] | None, rules: ParentageRules) -> bool:
    """Trios conflict at more markers than pairs; their rate is allowed to be twice as high."""
    if trio is None:
        return True
    if rules.accept_conflicts is not None:
        return trio[0] <= 2 * rules.accept_conflicts
    return trio[2] <= 2 * rules.accept


def _trios(
    planes: Planes, one: _Search, rules: ParentageRules
) -> dict[str, dict[int, tuple[float, float, float]]]:
    """Of each candidate the best trio: conflicts, compared markers, rate."""
    sires, dams = (
        one.candidates.get(role) or ([one.fitting[role]] if role in one.fitting else [])
        for role in ROLES
    )
    best: dict[str, dict[int, tuple[float, float, float]]] = {role: {} for role in ROLES}
    trios = [(one.child, s, d) for s, d in product(sires, dams) if s != d]
    if not trios:
        return best
    counts, _ = trio_counts(planes, np.array(trios))
    for (_, sire, dam), row in zip(trios, counts, strict=True):
        score = (float(row[0]), float(row[4]), float(row[0]) / max(float(row[4]), 1.0))
        for role, parent in zip(ROLES, (sire, dam), strict=True):
            if parent not in best[role] or score[2] < best[role][parent][2]:
                best[role][parent] = score
    return best


def _pair_counts(planes: Planes, child: int, found: list[int]) -> Integers:
    out = np.zeros((len(found), 2), np.int64)
    a = np.full(len(found), child, np.int64)
    kernels.pair_conflicts(planes, a, np.array(found, np.int64), out, 0, len(found))
    return out
