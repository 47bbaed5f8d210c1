"""Samples of a genotype set: ids, and what a .fam file says about them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.genotypes.columns import frozen, repeated, same_text, texts
from agrigen.types import Integers, Texts

Sexes = npt.NDArray[np.int8]
"""0 unknown, 1 male, 2 female."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples in the order of the genotypes; every id stands once.

    Attributes
    ----------
    ids
        The animals.
    family, sire, dam
        Texts, empty where unknown.
    sex
        0 unknown, 1 male, 2 female.
    """

    ids: Texts
    family: Texts
    sire: Texts
    dam: Texts
    sex: Sexes

    @classmethod
    def of(
        cls, ids: Any, *, family: Any = None, sire: Any = None, dam: Any = None, sex: Any = None
    ) -> "Samples":
        """Samples of these ids; the rest is unknown where it is not given."""
        ids = texts(ids)
        _check_ids(ids)
        family, sire, dam = (
            same_text("", ids.size) if column is None else texts(column)
            for column in (family, sire, dam)
        )
        sexes = np.zeros(ids.size, np.int8) if sex is None else np.asarray(sex, dtype=np.int8)
        for name, column in (("family", family), ("sire", sire), ("dam", dam), ("sex", sexes)):
            if column.shape != ids.shape:
                message = f"There are {ids.size} ids and {column.size} values of {name}."
                raise GenotypeError([Problem("shape", (), message, "Give one for each sample.")])
        return cls(ids, family, sire, dam, frozen(sexes))

    def __len__(self) -> int:
        return int(self.ids.size)

    def take(self, chosen: slice | Integers) -> "Samples":
        """The chosen samples; choosing one twice is refused."""
        ids = frozen(self.ids[chosen])
        if not isinstance(chosen, slice):
            _check_ids(ids)
        family, sire, dam = (frozen(c[chosen]) for c in (self.family, self.sire, self.dam))
        return Samples(ids, family, sire, dam, frozen(self.sex[chosen]))


def _check_ids(ids: Texts) -> None:
    problems = []
    if (ids == "").any():
        row = int(np.flatnonzero(ids == "")[0])
        message = f"The sample in row {row + 1} has an empty id."
        problems.append(Problem("empty_id", (), message, "Give every sample an id."))
    twice = repeated(ids)
    if twice:
        message = f"{name_some(twice)} stands more than once among the samples."
        remedy = "Keep one sample of each animal, or give the samples names of their own."
        problems.append(Problem("duplicate_sample", tuple(twice), message, remedy))
    if problems:
        raise GenotypeError(problems)
