"""What can go wrong, each with a stable code.

AgrigenError
├── ProblemsError            several problems, all reported at once
│   ├── PedigreeError        pedigree.invalid
│   ├── DataError            data.invalid
│   │   └── GenotypeError    genotypes.invalid
│   └── ModelError           model.invalid
│       └── NotAvailable     model.not_available
├── SolveError               solve.failed
└── Cancelled                run.cancelled

ConvergenceWarning           the solutions are not as exact as asked
"""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 10
"""Problems, and animals of one problem, that a message spells out."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and what to do about it."""

    kind: str
    animals: tuple[str, ...]
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class AgrigenError(Exception):
    """Anything agrigen refuses to do, in words for a person."""

    code = "agrigen.error"


class ProblemsError(AgrigenError):
    """Carries every problem found; the message shows the first ten."""

    what = "the input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(_summary(self.what, self.problems))


class PedigreeError(ProblemsError):
    """A pedigree that cannot be: loops, impossible parents, contradicting rows."""

    code = "pedigree.invalid"
    what = "the pedigree"


class DataError(ProblemsError):
    """Records that do not fit the model or the pedigree."""

    code = "data.invalid"
    what = "the records"


class GenotypeError(DataError):
    """Genotypes, their files or their markers that cannot be what they are named."""

    code = "genotypes.invalid"
    what = "the genotypes"


class ModelError(ProblemsError):
    """A model that contradicts itself or that names what does not exist."""

    code = "model.invalid"
    what = "the model"


class NotAvailable(ModelError):
    """A correct model that this version cannot fit yet."""

    code = "model.not_available"


class SolveError(AgrigenError):
    """The equations could not be solved."""

    code = "solve.failed"


class Cancelled(AgrigenError):
    """The caller asked to stop. `state`: what was reached, where there is something."""

    code = "run.cancelled"
    state: object = None


class ConvergenceWarning(UserWarning):
    """The iterative solver stopped before it reached its tolerance."""


def name_some(names: Sequence[str], *, shown: int = SHOWN) -> str:
    """The first few names and how many more there are."""
    text = ", ".join(names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def _summary(what: str, problems: Sequence[Problem]) -> str:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = [f"{count} in {what}:"] + [f"- {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"... and {len(problems) - SHOWN} more (all are in .problems)")
    return "\n".join(lines)
