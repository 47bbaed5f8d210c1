"""The pedigree: ids to checked integer parents, with everything that is wrong said at once."""

from dataclasses import dataclass
from functools import cached_property
from os import PathLike

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from agrigen._kernels import pedigree as kernels
from agrigen.errors import DataError, PedigreeError, Problem, name_some
from agrigen.io.csv import read_csv
from agrigen.pedigree import check, order, relationship
from agrigen.pedigree.columns import Coded, Column, births, coded, sexes
from agrigen.pedigree.inbreeding import grandsire_inbreeding, inbreeding, mendelian_variance
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats, Integers, Parents, Texts

DENSE_LIMIT = 20_000
"""Animals above which a dense relationship matrix (3.2 GB there) is refused."""


@dataclass(frozen=True)
class _Draft:
    """What was read: one entry an animal, order of appearance, and all problems found."""

    ids: Texts
    sire: Parents
    dam: Parents
    sex: Texts
    birth: Floats
    implied: Integers
    problems: list[Problem]
    order: Parents


class Pedigree:
    """A checked pedigree with string ids and parents before offspring.

    Parameters
    ----------
    ids, sires, dams
        One entry a row. Numbers become strings; empty, blank, 0, NA and missing mean unknown.
        Parents without a row of their own become founders (`implied_founders`).
    sex
        Optional: M, male or 1; F, female or 2; empty is unknown.
    birth
        Optional: ISO dates or numbers (years, days).

    Raises
    ------
    PedigreeError
        With every problem in `.problems`: loop, own_parent, both_sexes, sire_is_female,
        dam_is_male, duplicate, born_before_parent, missing_id, unknown_sex, unreadable_birth.
    """

    def __init__(
        self,
        ids: Column,
        sires: Column,
        dams: Column,
        *,
        sex: Column | None = None,
        birth: Column | None = None,
    ) -> None:
        draft = _read(ids, sires, dams, sex, birth)
        if draft.problems:
            raise PedigreeError(draft.problems)
        place = np.full(draft.ids.size + 1, -1, np.int32)  # the last place keeps -1 unknown
        place[draft.order] = np.arange(draft.ids.size, dtype=np.int32)
        self.ids: Texts = draft.ids[draft.order]
        self.sire: Parents = place[draft.sire[draft.order]]
        self.dam: Parents = place[draft.dam[draft.order]]
        self.sex: Texts = draft.sex[draft.order]
        self.birth: Floats = draft.birth[draft.order]
        self.implied_founders: list[str] = [str(i) for i in draft.ids[draft.implied]]

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        id: str = "id",
        sire: str = "sire",
        dam: str = "dam",
        *,
        sex: str | None = None,
        birth: str | None = None,
    ) -> "Pedigree":
        """A pedigree from the named columns of a data frame."""
        parts = _columns(frame, (id, sire, dam, sex, birth))
        return cls(*parts[:3], sex=parts[3], birth=parts[4])

    @classmethod
    def read_csv(
        cls,
        path: str | PathLike[str],
        *,
        id: str = "id",
        sire: str = "sire",
        dam: str = "dam",
        sex: str | None = None,
        birth: str | None = None,
    ) -> "Pedigree":
        """A pedigree from a CSV file with a header."""
        frame = read_csv(path, "pedigree")
        return cls.from_frame(frame, id, sire, dam, sex=sex, birth=birth)

    @staticmethod
    def check(
        ids: Column,
        sires: Column,
        dams: Column,
        *,
        sex: Column | None = None,
        birth: Column | None = None,
    ) -> list[Problem]:
        """All problems of the rows, empty when a pedigree can be made of them."""
        return _read(ids, sires, dams, sex, birth).problems

    def __len__(self) -> int:
        return int(self.ids.size)

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def __repr__(self) -> str:
        founders = int(np.sum((self.sire < 0) & (self.dam < 0)))
        deepest = int(self.generation.max(initial=0))
        return f"Pedigree of {len(self)} animals, {founders} founders, {deepest} generations"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {str(id): place for place, id in enumerate(self.ids)}

    def index(self, id: str | int) -> int:
        """Where an animal stands in `ids`."""
        place = self._places.get(str(id).strip())
        if place is None:
            raise DataError([_not_here(str(id))])
        return place

    @cached_property
    def generation(self) -> Parents:
        """Longest known path to a founder; founders are 0."""
        return order.generations(self.sire, self.dam)

    @cached_property
    def _inbreeding(self) -> Floats:
        return inbreeding(self.sire, self.dam)

    @cached_property
    def _mendelian(self) -> Floats:
        return mendelian_variance(self.sire, self.dam, self._inbreeding)

    def inbreeding(self) -> Floats:
        """Inbreeding coefficient of every animal, in the order of `ids`."""
        view = self._inbreeding.view()
        view.setflags(write=False)
        return view

    def mendelian(self, *, counted: bool = True) -> Floats:
        """Mendelian sampling variance in units of A, with or without inbreeding counted."""
        if counted:
            return self._mendelian
        return mendelian_variance(self.sire, self.dam, np.zeros(len(self)))

    def ainverse(self, *, counted: bool = True) -> csr_array:
        """A-inverse, both triangles; `counted=False` ignores inbreeding (Henderson 1976)."""
        return relationship.symmetric(self.ainverse_lower(counted=counted))

    def ainverse_lower(self, *, counted: bool = True) -> csr_array:
        """The lower triangle of A-inverse."""
        return relationship.ainverse_lower(self.sire, self.dam, self.mendelian(counted=counted))

    def structure(self, *, inbreeding: bool = True, relationship: str = "pedigree") -> Structure:
        """Covariance among the animals, as models and solvers take it.

        Parameters
        ----------
        inbreeding
            Whether inbreeding is counted.
        relationship
            "pedigree": A of sires and dams. "sire_mgs": of sires and maternal grandsires.
        """
        if relationship == "sire_mgs":
            return _grandsire_structure(self, inbreeding)
        if relationship != "pedigree":
            raise ValueError(f"relationship is {relationship!r}; it is 'pedigree' or 'sire_mgs'")
        d = self.mendelian(counted=inbreeding)
        scale = 1.0 + self._inbreeding if inbreeding else np.ones(len(self))
        logdet = float(np.log(d).sum())
        return Structure(self.ids, logdet, scale, self.sire, self.dam, precision=1.0 / d)

    def times(self, x: Floats) -> Floats:
        """A x, without forming A."""
        return relationship.a_times(self.sire, self.dam, self._mendelian, self._vector(x))

    def inverse_times(self, x: Floats) -> Floats:
        """A-inverse x, without forming A-inverse."""
        return relationship.ainverse_times(self.sire, self.dam, self._mendelian, self._vector(x))

    def relationship(self, a: str | int, b: str | int) -> float:
        """Additive relationship of two animals; of an animal with itself it is 1 + F."""
        unit = np.zeros(len(self))
        unit[self.index(a)] = 1.0
        return float(self.times(unit)[self.index(b)])

    def relationship_matrix(self, ids: Column | None = None) -> Floats:
        """Dense A among some animals (all by default), in their order."""
        places = np.arange(len(self)) if ids is None else np.array([self.index(i) for i in ids])
        if places.size > DENSE_LIMIT:
            raise DataError([_too_large(places.size)])
        return relationship.relationship_block(self.sire, self.dam, self._mendelian, places)

    def ancestors(self, id: str | int, generations: int | None = None) -> list[str]:
        """Ancestors of an animal, nearest first, as far back as asked."""
        depth = np.full(len(self), -1, np.int32)
        depth[self.index(id)] = 0
        depth = kernels.mark_ancestors(self.sire, self.dam, depth)
        wanted = depth > 0 if generations is None else (depth > 0) & (depth <= generations)
        found = np.flatnonzero(wanted)
        return [str(i) for i in self.ids[found[np.argsort(depth[found], kind="stable")]]]

    def descendants(self, id: str | int) -> list[str]:
        """All descendants of an animal, in the order of `ids`."""
        start = self.index(id)
        found = np.zeros(len(self), np.bool_)
        found[start] = True
        found = kernels.mark_descendants(self.sire, self.dam, found)
        found[start] = False
        return [str(i) for i in self.ids[found]]

    def to_frame(self) -> pd.DataFrame:
        """One row an animal: id, sire, dam (empty is unknown), generation, inbreeding."""
        names = np.append(self.ids, "")
        return pd.DataFrame(
            {
                "id": self.ids,
                "sire": names[self.sire],
                "dam": names[self.dam],
                "generation": self.generation,
                "inbreeding": self.inbreeding(),
            }
        )

    def _vector(self, x: Floats) -> Floats:
        vector = np.array(x, dtype=np.float64)  # a copy: kernels are compiled for writable arrays
        if vector.shape != (len(self),):
            raise ValueError(f"x has shape {vector.shape}; one value an animal is {(len(self),)}")
        return vector


def _grandsire_structure(pedigree: Pedigree, counted: bool) -> Structure:
    """Relationships through sires and maternal grandsires; dams are otherwise unrelated."""
    known = np.append(pedigree.sire, np.int32(-1))  # the last place: the sire of an unknown dam
    grandsire = known[pedigree.dam]
    f = np.zeros(len(pedigree))
    if counted:
        f = grandsire_inbreeding(pedigree.sire, grandsire)
    own = np.append(1.0 + f, 0.0)
    d = 1.0 - own[pedigree.sire] / 4 - own[grandsire] / 16
    logdet = float(np.log(d).sum())
    sires = (pedigree.sire, grandsire, (0.5, 0.25))
    return Structure(pedigree.ids, logdet, 1.0 + f, *sires, precision=1.0 / d)


def _columns(frame: pd.DataFrame, names: tuple[str | None, ...]) -> list[pd.Series | None]:
    absent = [name for name in names if name is not None and name not in frame.columns]
    if absent:
        there = ", ".join(str(column) for column in frame.columns)
        message = f"The pedigree has no column {', '.join(absent)}; its columns are {there}."
        remedy = "Name the columns with id=, sire=, dam=."
        raise PedigreeError([Problem("missing_column", (), message, remedy)])
    return [None if name is None else frame[name] for name in names]


def _read(
    ids: Column, sires: Column, dams: Column, sex: Column | None, birth: Column | None
) -> _Draft:
    lengths = {len(column) for column in (ids, sires, dams, sex, birth) if column is not None}
    if len(lengths) > 1:
        raise ValueError(f"the columns have different lengths: {sorted(lengths)}")
    own, names, parents = _index(coded(ids), [coded(sires), coded(dams)])
    row_sex, bad_sex = sexes(sex) if sex is not None else (None, None)
    row_birth, bad_birth = births(birth) if birth is not None else (None, None)

    problems = _missing_ids(own)
    if bad_sex is not None:
        problems += _unreadable(own, names, bad_sex, "unknown_sex", "sex", "Use M, F or nothing.")
    if bad_birth is not None:
        remedy = "Write dates as 2024-03-31."
        problems += _unreadable(own, names, bad_birth, "unreadable_birth", "birth date", remedy)

    first = _first_rows(own, len(names))
    details = [(name, values) for name, values in (("sex", row_sex), ("birth", row_birth))]
    problems += _duplicates(
        own, names, first, [("sire", parents[0]), ("dam", parents[1]), *details]
    )
    sire = _per_animal(parents[0], first, np.int32(-1)).astype(np.int32)
    dam = _per_animal(parents[1], first, np.int32(-1)).astype(np.int32)
    animal_sex = _per_animal(row_sex, first, "") if row_sex is not None else _blank(len(names))
    animal_birth = (
        _per_animal(row_birth, first, np.nan)
        if row_birth is not None
        else np.full(len(names), np.nan)
    )

    problems += check.own_parents(names, sire, dam)
    placed, looped = order.parents_first(sire, dam)
    if looped:
        problems += check.loops(names, sire, dam)
    problems += check.both_sexes(names, sire, dam)
    problems += check.wrong_sex(names, sire, dam, animal_sex)
    problems += check.born_before_parent(names, sire, dam, animal_birth)
    implied = np.flatnonzero(first < 0)
    return _Draft(names, sire, dam, animal_sex, animal_birth, implied, problems, placed)


def _index(own: Coded, parents: list[Coded]) -> tuple[Integers, Texts, list[Integers]]:
    """Animals numbered by first appearance: own rows, then sires, then dams without a row."""
    number: dict[str, int] = {name: place for place, name in enumerate(own.texts)}
    columns = []
    for column in parents:
        places = [number.setdefault(name, len(number)) for name in column.texts]
        columns.append(np.array([*places, -1], np.int64)[column.codes])
    names = np.empty(len(number), dtype=object)
    names[:] = list(number)
    return own.codes, names, columns


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


def _blank(n: int) -> Texts:
    return np.full(n, "", dtype=object)


def _missing_ids(own: Integers) -> list[Problem]:
    rows = [str(row + 1) for row in np.flatnonzero(own < 0)]
    if not rows:
        return []
    word = "Row" if len(rows) == 1 else "Rows"
    message = f"{word} {name_some(rows)} of the pedigree have no animal id."
    return [Problem("missing_id", (), message, "Give each animal an id, or remove the rows.")]


def _unreadable(
    own: Integers, names: Texts, bad: np.ndarray, kind: str, what: str, remedy: str
) -> list[Problem]:
    found = [str(names[i]) for i in own[bad] if i >= 0]
    if not found:
        return []
    return [Problem(kind, tuple(found), f"The {what} of {name_some(found)} is not clear.", remedy)]


def _duplicates(
    own: Integers,
    names: Texts,
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


def _not_here(id: str) -> Problem:
    message = f"Animal {id!r} is not in the pedigree."
    return Problem("unknown_animal", (id,), message, "Check the id; capitals and zeros count.")


def _too_large(n: int) -> Problem:
    message = f"A dense relationship matrix of {n} animals takes {n * n * 8 / 1e9:.1f} GB."
    remedy = f"Ask for at most {DENSE_LIMIT} animals with ids=, or use times()."
    return Problem("too_large", (), message, remedy)
