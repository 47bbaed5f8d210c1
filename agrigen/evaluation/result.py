"""What an evaluation gives back, and how it is written to a folder."""

import json
import tempfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import name_some
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.model import Model

SHOWN_ANIMALS = 5


class Components(Protocol):
    """Estimated variance components, by whichever method."""

    @property
    def covariances(self) -> dict[str, Any]:
        """The estimates, as `evaluate` takes variances."""

    @property
    def errors(self) -> Covariances:
        """Standard errors of the estimates."""

    @property
    def converged(self) -> bool:
        """Whether the estimates are final."""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the method rests on."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Breeding values and all other solutions of one run.

    Attributes
    ----------
    breeding_values
        One row for every animal of the pedigree, genetic effect and trait: id, effect, trait,
        breeding_value, se, reliability, accuracy, inbreeding, records (observations through this
        effect), pev. Empty without an effect of type animal.
    solutions
        One row a level: effect, trait, level, coefficient, solution, se, reliability.
    variances
        effect ("a:m" between effects), trait_1, trait_2, coefficient_1, coefficient_2, value, se
        (nan where they were given), group (of the residual).
    summary
        Counts, solver, likelihood, heritability, repeatability, correlations, notes, resources.
    diagnostics
        Residual of the equations, iterations and their history, size of the factor.
    marker_effects
        With a genomic effect: effect, trait, marker, chromosome, position, allele, frequency,
        value of one copy of the allele.
    components
        How the variances were estimated; None where they were given.
    """

    model: Model
    breeding_values: pd.DataFrame
    solutions: pd.DataFrame
    variances: pd.DataFrame
    summary: dict[str, Any]
    diagnostics: dict[str, Any]
    provenance: dict[str, Any]
    citations: tuple[Citation, ...]
    components: Components | None = None
    marker_effects: pd.DataFrame | None = None

    @property
    def converged(self) -> bool:
        """Whether the solutions are as exact as the solver promises."""
        return bool(self.summary["converged"])

    def to_frame(self) -> pd.DataFrame:
        """The breeding values."""
        return self.breeding_values

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write the tables as CSV, summary.json and provenance.json."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".writing-") as name:
            draft = Path(name)
            self.solutions.to_csv(draft / "solutions.csv", index=False)
            self.breeding_values.to_csv(draft / "breeding_values.csv", index=False)
            self.variances.to_csv(draft / "variances.csv", index=False)
            if self.marker_effects is not None:
                self.marker_effects.to_csv(draft / "snp_effects.csv", index=False)
            _write_json(draft / "summary.json", self.summary)
            _write_json(draft / "provenance.json", self.provenance)
            # Complete files replace old ones; a reader never sees half a table.
            for path in sorted(draft.iterdir()):
                path.replace(target / path.name)
        return target

    def __repr__(self) -> str:
        records = self.summary["records"]
        lines = [
            f"Evaluation of {', '.join(self.model.traits)}: {records['used']} of "
            f"{records['read']} records, {self.summary['animals']['evaluated']} animals, "
            f"{self.summary['solver']} solver" + ("" if self.converged else ", NOT CONVERGED")
        ]
        if self.components is not None:
            lines.append(repr(self.components))
        else:
            for word in ("heritability", "repeatability"):
                lines += self._ratio_lines(word)
        lines += self._best_lines()
        if self.summary["dependent"]:
            names = name_some(self.summary["dependent"])
            lines.append(f"held at zero, as other effects say the same: {names}")
        return "\n".join([*lines, *self.summary["notes"]])

    def _ratio_lines(self, word: str) -> list[str]:
        values = self.summary[word]
        if len(values) == 1:
            return [f"{word} {value:.3f}" for value in values.values()]
        return [f"{word} of {name} {value:.3f}" for name, value in values.items()]

    def _best_lines(self) -> list[str]:
        """The best animals of every trait and genetic effect."""
        lines = []
        groups = self.breeding_values.groupby(["effect", "trait"], sort=False)
        for (effect, trait), values in groups:
            best = values.sort_values(["breeding_value", "id"], ascending=[False, True])
            columns = ["id", "breeding_value", "se", "reliability", "records"]
            what = "" if groups.ngroups == 1 else f" ({effect}, {trait})"
            lines.append(f"highest breeding values{what}:")
            lines.append(best[columns].head(SHOWN_ANIMALS).to_string(index=False))
        return lines


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
