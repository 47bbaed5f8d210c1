"""The pedigree: what people ask of checked ids, sires and dams."""

from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from agrigen._kernels import pedigree as kernels
from agrigen.errors import DataError, ModelError, NotAvailable, PedigreeError, Problem
from agrigen.io.csv import read_csv
from agrigen.pedigree import groups as unknown_parents
from agrigen.pedigree import order, relationship
from agrigen.pedigree.columns import Coded, Column, coded
from agrigen.pedigree.dominance import dominance_matrix
from agrigen.pedigree.draft import Rows, read
from agrigen.pedigree.parentage import Parentage
from agrigen.pedigree.statistics import Statistics
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats, Integers, Parents, Texts

DENSE_LIMIT = 20_000
"""Animals above which a dense relationship matrix (3.2 GB there) is refused."""


class Pedigree(Statistics):
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
    groups
        Names that stand as sires or dams for unknown parents of a kind; a group is no animal and
        has no row. Their effects are fixed (Westell, Quaas and Van Vleck 1988; Quaas 1988).
    gamma
        Relationships among the groups, one row and column each in their order: they are
        metafounders (Legarra et al. 2015), and relationships are relative to them.
    maternal
        What `dams` holds: "dam", or "grandsire" where only the dam's sire is known.

    Raises
    ------
    PedigreeError
        With every problem in `.problems`: loop, own_parent, both_sexes, sire_is_female,
        dam_is_male, duplicate, born_before_parent, missing_id, unknown_sex, unreadable_birth,
        group_name, group_has_row, unused_group, gamma.
    """

    def __init__(
        self,
        ids: Column,
        sires: Column,
        dams: Column,
        *,
        sex: Column | None = None,
        birth: Column | None = None,
        groups: Sequence[Any] | None = None,
        gamma: Any = None,
        maternal: str = "dam",
    ) -> None:
        if maternal not in ("dam", "grandsire"):
            raise ValueError(f"maternal is {maternal!r}; it is 'dam' or 'grandsire'")
        self.groups = unknown_parents.clean(groups)
        self.maternal = maternal
        draft = read(Rows(ids, sires, dams, sex, birth, self.groups, maternal == "grandsire"))
        if draft.problems:
            raise PedigreeError(draft.problems)
        self.gamma: Floats | None = None
        if gamma is not None:
            self.gamma = unknown_parents.checked_gamma(gamma, self.groups)
        animals = len(draft.ids)
        # Of -1, unknown, and of -2 - g, group g, the places are counted from the end.
        place = np.full(animals + len(self.groups) + 1, -1, np.int32)
        place[draft.order] = np.arange(animals, dtype=np.int32)
        place[animals:-1] = animals + np.arange(len(self.groups))[::-1]
        self._names = draft.ids.take(draft.order)
        self._levels = (place[draft.sire[draft.order]], place[draft.dam[draft.order]])
        self.sire: Parents = self._animals_only(self._levels[0])
        self.dam: Parents = self._animals_only(self._levels[1])
        self.sex: Texts = draft.sex[draft.order]
        self.birth: Floats = draft.birth[draft.order]
        self.birth_in_days = draft.dated
        self._implied = draft.ids.take(draft.implied)

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
        groups: Sequence[Any] | None = None,
        gamma: Any = None,
        maternal: str = "dam",
    ) -> "Pedigree":
        """A pedigree from the named columns of a data frame."""
        parts = _columns(frame, (id, sire, dam, sex, birth))
        options: dict[str, Any] = {"groups": groups, "gamma": gamma, "maternal": maternal}
        return cls(*parts[:3], sex=parts[3], birth=parts[4], **options)

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
        groups: Sequence[Any] | None = None,
        gamma: Any = None,
        maternal: str = "dam",
    ) -> "Pedigree":
        """A pedigree from a CSV file with a header."""
        frame = read_csv(path, "pedigree")
        options: dict[str, Any] = {"groups": groups, "gamma": gamma, "maternal": maternal}
        return cls.from_frame(frame, id, sire, dam, sex=sex, birth=birth, **options)

    @staticmethod
    def check(
        ids: Column,
        sires: Column,
        dams: Column,
        *,
        sex: Column | None = None,
        birth: Column | None = None,
        groups: Sequence[Any] | None = None,
        maternal: str = "dam",
    ) -> list[Problem]:
        """All problems of the rows, empty when a pedigree can be made of them."""
        named = unknown_parents.clean(groups)
        return read(Rows(ids, sires, dams, sex, birth, named, maternal == "grandsire")).problems

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, id: object) -> bool:
        return id in self._names.places

    def __repr__(self) -> str:
        founders = int(np.sum((self.sire < 0) & (self.dam < 0)))
        deepest = int(self.generation.max(initial=0))
        kind = "metafounders" if self.gamma is not None else "groups of unknown parents"
        behind = f", {len(self.groups)} {kind}" if self.groups else ""
        count = f"{len(self)} animals, {founders} founders, {deepest} generations"
        return f"Pedigree of {count}{behind}"

    @cached_property
    def ids(self) -> Texts:
        """Ids of the animals, parents before offspring."""
        return self._names.texts

    @cached_property
    def implied_founders(self) -> list[str]:
        """Parents without a row of their own."""
        return [str(name) for name in self._implied.texts]

    def index(self, id: str | int) -> int:
        """Where an animal stands in `ids`."""
        place = self._names.places.get(str(id).strip())
        if place is None:
            raise DataError([_not_here(str(id))])
        return place

    def index_many(self, ids: Column) -> Integers:
        """Where each animal stands in `ids`; -1 where it is not in the pedigree."""
        return self.find(coded(ids))

    def find(self, found: Coded) -> Integers:
        """Where each animal of a coded column stands; -1 where it is not in the pedigree."""
        return np.append(self._names.find(found.names), -1)[found.codes]

    @cached_property
    def generation(self) -> Parents:
        """Longest known path to a founder; founders are 0."""
        return order.generations(self.sire, self.dam)

    @cached_property
    def _parentage(self) -> Parentage:
        kind = "sire_mgs" if self.maternal == "grandsire" else "pedigree"
        return Parentage(len(self) + len(self.groups), *self._levels, kind, self.gamma)

    @cached_property
    def _grandsires(self) -> Parentage:
        """Sires and maternal grandsires; of a dam that is a group, the group."""
        sire, dam = self._levels
        above = np.concatenate([sire, len(self) + np.arange(len(self.groups)), [-1]])
        grandsire = above[dam].astype(np.int32)
        return Parentage(self._parentage.levels, sire, grandsire, "sire_mgs", self.gamma)

    def random_structure(self) -> Structure:
        """Covariance among the animals and metafounders; parents that are fixed groups are unknown.

        Its levels are numbers, because products need no names.
        """
        return self._covariance

    @cached_property
    def _covariance(self) -> Structure:
        random = self._parentage.random
        return random.structure(cast(Texts, range(random.levels)))

    def inbreeding(self) -> Floats:
        """Inbreeding coefficient of every animal, in the order of `ids`.

        With metafounders it is relative to their base, where a founder of a metafounder with
        relationship 1 to itself has 0.5.
        """
        view = self._parentage.inbreeding.view()
        view.setflags(write=False)
        return view

    def mendelian(self, *, counted: bool = True) -> Floats:
        """Mendelian sampling variance in units of A, with or without inbreeding counted."""
        return self._parentage.mendelian(counted)[0]

    def structure(self, *, inbreeding: bool = True, relationship: str = "pedigree") -> Structure:
        """Covariance among the animals and groups, as models and solvers take it.

        Parameters
        ----------
        inbreeding
            Whether inbreeding is counted.
        relationship
            "pedigree": A of sires and dams. "sire_mgs": of sires and maternal grandsires, the
            sires of the dams where the pedigree holds dams.
        """
        if relationship not in ("pedigree", "sire_mgs"):
            raise ValueError(f"relationship is {relationship!r}; it is 'pedigree' or 'sire_mgs'")
        if relationship == "pedigree" and self.maternal == "grandsire":
            raise ModelError([_NO_DAMS])
        own = relationship == "pedigree" or self.maternal == "grandsire"
        parentage = self._parentage if own else self._grandsires
        return parentage.structure(self._level_names, inbreeding)

    def ainverse(self, *, counted: bool = True) -> csr_array:
        """A-inverse, both triangles; `counted=False` ignores inbreeding (Henderson 1976).

        Groups follow the animals, fixed ones by the QP transformation (Quaas 1988).
        """
        return relationship.symmetric(self.ainverse_lower(counted=counted))

    def ainverse_lower(self, *, counted: bool = True) -> csr_array:
        """The lower triangle of A-inverse."""
        levels = cast(Texts, range(self._parentage.levels))  # names would be made for nothing
        return self._parentage.structure(levels, counted).inverse_lower()

    def times(self, x: Floats) -> Floats:
        """A x for a vector or a matrix, without forming A; metafounders follow the animals."""
        return self._covariance.times(x)

    def inverse_times(self, x: Floats) -> Floats:
        """A-inverse x for a vector or a matrix, without forming A-inverse."""
        return self._covariance.inverse_times(x)

    def relationship(self, a: str | int, b: str | int) -> float:
        """Additive relationship of two animals; of an animal with itself it is 1 + F."""
        return float(self.relationships([a], [b])[0])

    def relationships(self, a: Column, b: Column) -> Floats:
        """Additive relationship of each animal of `a` with the one of `b` beside it."""
        first, second = self._places(a), self._places(b)
        if first.size != second.size:
            raise ValueError(f"a has {first.size} animals and b has {second.size}")
        return self._parentage.related(first, second)

    def relationship_matrix(self, ids: Column | None = None) -> Floats:
        """Dense A among some animals (all by default), in their order."""
        places = np.arange(len(self)) if ids is None else self._places(ids)
        if places.size > DENSE_LIMIT:
            raise DataError([_too_large(places.size)])
        return relationship.block(self._covariance, places)

    def dominance_matrix(self, ids: Column | None = None) -> Floats:
        """Dense dominance relationships among some animals (all by default), in their order.

        0.25 (a(s, s') a(d, d') + a(s, d') a(d, s')) for sires s, s' and dams d, d'; 1 - F with
        itself. Exact without inbreeding (Cockerham 1954); with it, an approximation in use.
        """
        if self.gamma is not None or self.maternal == "grandsire":
            raise NotAvailable([_NO_DOMINANCE])
        places = np.arange(len(self)) if ids is None else self._places(ids)
        if places.size > DENSE_LIMIT:
            raise DataError([_too_large(places.size)])
        return dominance_matrix(self._covariance, self.sire, self.dam, places)

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
        names = np.append(self._level_names, "")
        return pd.DataFrame(
            {
                "id": self.ids,
                "sire": names[self._levels[0]],
                "dam": names[self._levels[1]],
                "generation": self.generation,
                "inbreeding": self.inbreeding(),
            }
        )

    @property
    def _level_names(self) -> Texts:
        return np.append(self.ids, list(self.groups)) if self.groups else self.ids

    def _animals_only(self, level: Parents) -> Parents:
        return np.where(level < len(self), level, np.int32(-1)) if self.groups else level

    def _places(self, ids: Column) -> Integers:
        """Where animals, and metafounders behind them, stand; all must be there."""
        names = [str(id).strip() for id in ids]
        places = self.index_many(names)
        if self.gamma is not None:
            level = {name: len(self) + g for g, name in enumerate(self.groups)}
            places = np.array(
                [
                    p if p >= 0 else level.get(name, -1)
                    for name, p in zip(names, places, strict=True)
                ]
            )
        if (places < 0).any():
            absent = dict.fromkeys(names[k] for k in np.flatnonzero(places < 0))
            raise DataError([_not_here(name) for name in absent])
        return places


def _columns(frame: pd.DataFrame, names: tuple[str | None, ...]) -> list[pd.Series | None]:
    absent = [name for name in names if name is not None and name not in frame.columns]
    if absent:
        there = ", ".join(str(column) for column in frame.columns)
        message = f"The pedigree has no column {', '.join(absent)}; its columns are {there}."
        remedy = "Name the columns with id=, sire=, dam=."
        raise PedigreeError([Problem("missing_column", (), message, remedy)])
    return [None if name is None else frame[name] for name in names]


def _not_here(id: str) -> Problem:
    message = f"Animal {id!r} is not in the pedigree."
    return Problem("unknown_animal", (id,), message, "Check the id; capitals and zeros count.")


def _too_large(n: int) -> Problem:
    message = f"A dense relationship matrix of {n} animals takes {n * n * 8 / 1e9:.1f} GB."
    remedy = f"Ask for at most {DENSE_LIMIT} animals with ids=, or use times() or relationships()."
    return Problem("too_large", (), message, remedy)


_NO_DOMINANCE = Problem(
    "dominance",
    (),
    "Dominance relationships need sires and dams, and have no definition with metafounders yet.",
    "Leave gamma out.",
)
_NO_DAMS = Problem(
    "relationship",
    (),
    "The pedigree holds maternal grandsires, not dams.",
    'Write the effect with relationship="sire_mgs".',
)
