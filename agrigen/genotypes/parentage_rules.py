"""When a parent is accepted, doubtful or excluded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from agrigen.errors import DataError, Problem
from agrigen.types import Integers, Texts


@dataclass(frozen=True)
class ParentageRules:
    """Thresholds on opposing homozygotes.

    Attributes
    ----------
    accept
        Rate of conflicts up to which a parent is accepted. 1 % "provided the best compromise
        between false-positive and false-negative assignments" in cattle and sheep (Strucken et
        al. 2016, J. Anim. Breed. Genet. 133:13, doi:10.1111/jbg.12179); with the ISAG panels of
        100 and 200 markers it is the usual one or two.
    exclude
        Rate above which it is excluded; between the two it is doubtful.
    verification
        Markers that must be compared to say anything about a recorded parent. Pure breeds needed
        200 to 210 in the same study.
    discovery
        Markers needed to find a parent among many: 700 to 890 there.
    accept_conflicts, exclude_conflicts
        Numbers instead of rates, for a panel with a rule of its own.
    identity
        Share of equal genotypes from which a candidate is the same animal and no parent.
    """

    accept: float = 0.01
    exclude: float = 0.02
    verification: int = 200
    discovery: int = 700
    accept_conflicts: int | None = None
    exclude_conflicts: int | None = None
    identity: float = 0.99

    def __post_init__(self) -> None:
        if not 0 <= self.accept <= self.exclude < 0.5:
            _refuse(f"accept is {self.accept} and exclude {self.exclude}",
                    "Give rates with 0 <= accept <= exclude < 0.5.")  # fmt: skip
        if (self.accept_conflicts is None) != (self.exclude_conflicts is None):
            _refuse("one number of conflicts is given without the other",
                    "Give accept_conflicts and exclude_conflicts, or neither.")  # fmt: skip
        if self.accept_conflicts is not None and not (
            0 <= self.accept_conflicts <= (self.exclude_conflicts or 0)
        ):
            _refuse("accept_conflicts is above exclude_conflicts or below 0", "Exchange them.")

    def verdicts(self, conflicts: Integers, compared: Integers) -> Texts:
        """accepted, doubtful, excluded or too few markers."""
        verdict = np.full(conflicts.size, "doubtful", dtype=object)
        if self.accept_conflicts is not None and self.exclude_conflicts is not None:
            verdict[conflicts <= self.accept_conflicts] = "accepted"
            verdict[conflicts > self.exclude_conflicts] = "excluded"
        else:
            verdict[conflicts <= self.accept * compared] = "accepted"
            verdict[conflicts > self.exclude * compared] = "excluded"
        verdict[compared < self.verification] = "too few markers"
        return verdict

    def limit(self, known: Integers) -> Integers:
        """Conflicts that an animal of so many known markers may have with a candidate."""
        if self.exclude_conflicts is not None:
            return np.full(known.size, self.exclude_conflicts, np.int64)
        return np.floor(self.exclude * known).astype(np.int64)

    def to_mapping(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "ParentageRules":
        """Rules of plain values; an unknown name is refused."""
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            _refuse(f"{', '.join(unknown)} is no rule of parentage",
                    f"Known are {', '.join(cls.__dataclass_fields__)}.")  # fmt: skip
        return cls(**values)


def _refuse(what: str, remedy: str) -> None:
    raise DataError([Problem("rule", (), f"{what[0].upper()}{what[1:]}.", remedy)])
