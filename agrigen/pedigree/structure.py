"""The covariance among the levels of a random effect, as its sparse inverse is built from."""

from dataclasses import dataclass

import numpy as np

from agrigen.types import Floats, Parents, Texts


@dataclass(frozen=True, eq=False)
class Structure:
    """K of var(u) = K G, without forming it.

    The inverse of K is the sum over animals of precision * t t', where t is 1 at the animal and
    -weight at each known parent (Henderson 1976, Quaas 1988), plus `base` on the groups.

    Attributes
    ----------
    names
        Levels: animals with parents first, then unknown-parent groups or metafounders.
    sire, dam
        Level of each animal's parents, -1 unknown; a group is a level behind the animals. None
        for independent levels.
    weights
        What an animal inherits of sire and dam: 0.5 and 0.5; 0.5 and 0.25 of sire and maternal
        grandsire.
    precision
        1 / Mendelian sampling variance of each animal, in units of the genetic variance.
    base
        Inverse of the covariance among metafounders; zeros for fixed groups; None without groups.
    logdet
        Log-determinant of K; of the animals' part where groups are fixed.
    scale
        Diagonal of K: 1 + inbreeding; nan for fixed groups.
    """

    names: Texts
    logdet: float
    scale: Floats
    sire: Parents | None = None
    dam: Parents | None = None
    weights: tuple[float, float] = (0.5, 0.5)
    precision: Floats | None = None
    base: Floats | None = None

    @classmethod
    def independent(cls, names: Texts) -> "Structure":
        """Levels without covariance."""
        return cls(names, 0.0, np.ones(len(names)))

    def __len__(self) -> int:
        return len(self.names)
