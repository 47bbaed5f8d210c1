"""Rows as people give them, turned into animals with integer parents; all that is wrong is said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agrigen.errors import Problem, name_some
from agrigen.pedigree import check, groups, order
from agrigen.pedigree.columns import Column, are_dates, births, coded_together, sexes
from agrigen.pedigree.names import Names
from agrigen.types import Floats, Integers, Parents, Texts


@dataclass(frozen=True)
class Rows:
    """The columns of a pedigree as given; `names` of groups are parents that are no animals."""

    ids: Column
    sires: Column
    dams: Column
    sex: Column | None = None
    birth: Column | None = None
    groups: Sequence[str] = ()
    grandsires: bool = False


@dataclass(frozen=True)
class Draft:
    """What was read: one entry an animal, order of appearance, and all problems found.

    Parents are -1 where unknown and -2 - g where they are group g.
    """

    ids: Names
    sire: Parents
    dam: Parents
    sex: Texts
    birth: Floats
    implied: Integers
    dated: bool
    problems: list[Problem]
    order: Parents


def read(rows: Rows) -> Draft:
    """Number the animals, order them, and find every problem."""
    given = (rows.ids, rows.sires, rows.dams, rows.sex, rows.birth)
    lengths = {len(column) for column in given if column is not None}
    if len(lengths) > 1:
        raise ValueError(f"the columns have different lengths: {sorted(lengths)}")
    (own, *parents), names = coded_together([rows.ids, rows.sires, rows.dams])
    problems = []
    if rows.groups:
        problems += groups.find_problems(rows.groups, names, own, parents)
        own, parents, names = groups.separate(rows.groups, names, own, parents)
    problems += _missing_ids(own)
    first = _first_rows(own, len(names))
    sex, row_sex = _sexes(rows, own, names, first, problems)
    birth, row_birth = _births(rows, own, names, first, problems)
    details = [("sex", row_sex), ("birth", row_birth)]
    problems += _duplicates(
        own, names, first, [("sire", parents[0]), ("dam", parents[1]), *details]
    )
    sire, dam = (_per_animal(column, first, np.int32(-1)).astype(np.int32) for column in parents)
    found, placed = _check_parents(rows, names, sire, dam, sex, birth)
    implied = np.flatnonzero(first < 0)
    dated = rows.birth is not None and are_dates(rows.birth)
    return Draft(names, sire, dam, sex, birth, implied, dated, problems + found, placed)


def _check_parents(
    rows: Rows, names: Names, sire: Parents, dam: Parents, sex: Texts, birth: Floats
) -> tuple[list[Problem], Parents]:
    """What is wrong between animals and their parents; the order of the animals."""
    found = check.own_parents(names, sire, dam)
    placed, looped = order.parents_first(sire, dam)
    if looped:
        found += check.loops(names, sire, dam)
    if not rows.grandsires:
        found += check.both_sexes(names, sire, dam)
        if rows.sex is not None:
            found += check.wrong_sex(names, sire, dam, sex)
    if rows.birth is not None:
        found += check.born_before_parent(names, sire, dam, birth)
    return found, placed


def _sexes(
    rows: Rows, own: Integers, names: Names, first: Integers, problems: list[Problem]
) -> tuple[Texts, Texts | None]:
    """Sex of each animal and of each row."""
    if rows.sex is None:
        return np.full(len(names), "", dtype=object), None
    values, bad = sexes(rows.sex)
    problems += _unreadable(own, names, bad, "unknown_sex", "sex", "Use M, F or nothing.")
    return _per_animal(values, first, ""), values


def _births(
    rows: Rows, own: Integers, names: Names, first: Integers, problems: list[Problem]
) -> tuple[Floats, Floats | None]:
    """Birth of each animal and of each row."""
    if rows.birth is None:
        return np.full(len(names), np.nan), None
    values, bad = births(rows.birth)
    remedy = "Write dates as 2024-03-31."
    problems += _unreadable(own, names, bad, "unreadable_birth", "birth date", remedy)
    return _per_animal(values, first, np.nan), values


def _first_rows(own: Integers, animals: int) -> Integers:
    """First row of each animal; -1 for parents without one."""
    first = np.full(animals, -1, np.int64)
    rows = np.arange(own.size)[::-1]
    known = own[rows] >= 0
    first[own[rows[known]]] = rows[known]  # going backwards, the first row is written last
    return first


def _per_animal(values: np.ndarray, first: Integers, unknown: object) -> np.ndarray:
    out = np.full(first.size, unknown, dtype=values.dtype)
    has_row = first >= 0
    out[has_row] = values[first[has_row]]
    return out


def _missing_ids(own: Integers) -> list[Problem]:
    rows = [str(row + 1) for row in np.flatnonzero(own < 0)]
    if not rows:
        return []
    word = "Row" if len(rows) == 1 else "Rows"
    message = f"{word} {name_some(rows)} of the pedigree have no animal id."
    return [Problem("missing_id", (), message, "Give each animal an id, or remove the rows.")]


def _unreadable(
    own: Integers, names: Names, bad: np.ndarray, kind: str, what: str, remedy: str
) -> list[Problem]:
    found = [str(names[i]) for i in own[bad] if i >= 0]
    if not found:
        return []
    return [Problem(kind, tuple(found), f"The {what} of {name_some(found)} is not clear.", remedy)]


def _duplicates(
    own: Integers,
    names: Names,
    first: Integers,
    columns: list[tuple[str, np.ndarray | None]],
) -> list[Problem]:
    """Animals with several rows that contradict each other; equal rows are one animal."""
    rows = np.flatnonzero(own >= 0)
    repeated = rows[first[own[rows]] != rows]
    differing: dict[int, list[str]] = {}
    for name, values in columns:
        if values is None:
            continue
        a, b = values[repeated], values[first[own[repeated]]]
        unequal = (a != b) & ~((a != a) & (b != b))  # two unknown births (nan) are equal
        for i in own[repeated[unequal.astype(bool)]]:
            known = differing.setdefault(int(i), [])
            if name not in known:
                known.append(name)
    return [
        Problem(
            "duplicate",
            (str(names[i]),),
            f"Animal {names[i]} has several rows with a different {' and '.join(what)}.",
            "Keep the right row.",
        )
        for i, what in sorted(differing.items())
    ]
