"""What an evaluation gives back, and how it is written to a folder."""

import json
import tempfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from agrigen.citations import Citation
from agrigen.evaluation.model import Model

SHOWN_ANIMALS = 5


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Breeding values and all other solutions of one run.

    Attributes
    ----------
    breeding_values
        One row for every animal of the pedigree: id, breeding_value, se, reliability, accuracy,
        inbreeding, records (its own), pev. Empty without an effect of type animal.
    solutions
        One row a level: effect, trait, level, coefficient, solution, se, reliability.
    variances
        effect, trait_1, trait_2, value, se; as given, so without se.
    summary
        Counts, solver, likelihood, heritability, repeatability, resources.
    diagnostics
        Residual of the equations, iterations, size of the factor.
    """

    model: Model
    breeding_values: pd.DataFrame
    solutions: pd.DataFrame
    variances: pd.DataFrame
    summary: dict[str, Any]
    diagnostics: dict[str, Any]
    provenance: dict[str, Any]
    citations: tuple[Citation, ...]

    @property
    def converged(self) -> bool:
        """Whether the solutions are as exact as the solver promises."""
        return bool(self.summary["converged"])

    def to_frame(self) -> pd.DataFrame:
        """The breeding values."""
        return self.breeding_values

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write solutions.csv, variances.csv, summary.json and provenance.json."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".writing-") as name:
            draft = Path(name)
            self.solutions.to_csv(draft / "solutions.csv", index=False)
            self.variances.to_csv(draft / "variances.csv", index=False)
            _write_json(draft / "summary.json", self.summary)
            _write_json(draft / "provenance.json", self.provenance)
            # Complete files replace old ones; a reader never sees half a table.
            for path in sorted(draft.iterdir()):
                path.replace(target / path.name)
        return target

    def __repr__(self) -> str:
        records = self.summary["records"]
        lines = [
            f"Evaluation of {self.model.trait}: {records['used']} of {records['read']} records, "
            f"{self.summary['animals']['evaluated']} animals, {self.summary['solver']} solver"
            + ("" if self.converged else ", NOT CONVERGED")
        ]
        for word in ("heritability", "repeatability"):
            values = self.summary[word].values()
            lines += [f"{word} {value:.3f}" for value in values]
        best = self.breeding_values.sort_values(
            ["breeding_value", "id"], ascending=[False, True]
        ).head(SHOWN_ANIMALS)
        if len(best):
            columns = ["id", "breeding_value", "se", "reliability", "records"]
            lines += ["highest breeding values:", best[columns].to_string(index=False)]
        return "\n".join(lines)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
