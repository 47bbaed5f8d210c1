"""What an evaluation gives back, and how it is written to a folder."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.arrays import Covariances
from agrigen.evaluation.model import Model
from agrigen.plot import evaluation as plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.evaluation.report import Run
    from agrigen.prediction import MarkerEffects

SHOWN_ANIMALS = 5

KEPT_ANIMALS = 2_000
"""Genotyped animals up to which `write` keeps the errors of marker effects, which takes seconds."""


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
    contrasts
        Those that were asked for: name, effect, trait, value, se.
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
    contrasts: pd.DataFrame | None = None
    run: "Run | None" = field(default=None, repr=False)

    @property
    def converged(self) -> bool:
        """Whether the solutions are as exact as the solver promises."""
        return bool(self.summary["converged"])

    def to_frame(self) -> pd.DataFrame:
        """The breeding values."""
        return self.breeding_values

    def marker_model(
        self, effect: str | None = None, *, reliability: bool = True
    ) -> "MarkerEffects":
        """Marker effects to keep, for predictions of newly genotyped animals (`ag.predict`).

        Parameters
        ----------
        effect
            Name of the genomic effect, by default the first.
        reliability
            Keep what reliabilities need, too. That is exact where its numbers are at most 20
            million (animals times markers); beyond, its largest directions are kept and stand for
            the rest (`MarkerEffects.precision.kept` says how much they are). Known after the
            direct solver only.

        Raises
        ------
        ModelError
            If the model has no such effect.
        """
        from agrigen.prediction.fitted import marker_model

        if self.run is None:
            text = "The model has no genomic effect."
            raise ModelError([Problem("no_genomic", (), text, "Add ag.Genomic() to it.")])
        run = self.run
        origin = {
            "software": self.provenance["software"], "inputs": self.provenance["inputs"],
            "variances": self.summary["variances"],
        }  # fmt: skip
        return marker_model(
            run.design, run.covariances, run.solution,
            effect=effect, reliability=reliability, origin=origin,
        )  # fmt: skip

    def trend(self, born: Mapping[str, float] | pd.Series) -> pd.DataFrame:
        """Mean breeding value of the animals born in each year, by effect and trait.

        Parameters
        ----------
        born
            Year of birth of each animal, by id; animals without one are left out.

        Returns
        -------
        pandas.DataFrame
            effect, trait, born, animals, mean, se (of the mean, as if animals were unrelated),
            reliability (mean).
        """
        years = pd.to_numeric(self.breeding_values["id"].map(dict(born)), errors="coerce")
        known = self.breeding_values.assign(born=np.floor(years))[years.notna()]
        cells = known.groupby(["effect", "trait", "born"], sort=False)
        table = cells.agg(
            animals=("breeding_value", "size"),
            mean=("breeding_value", "mean"),
            se=("breeding_value", "sem"),
            reliability=("reliability", "mean"),
        )
        ordered = table.reset_index().sort_values(["effect", "trait", "born"], kind="stable")
        return ordered.astype({"born": int}).reset_index(drop=True)

    def plot(
        self,
        what: Literal["reliability", "trend", "convergence"] = "reliability",
        born: Mapping[str, float] | pd.Series | None = None,
    ) -> "Figure":
        """Reliabilities, the genetic trend (`born` as for `trend`), or the solver's residual."""
        if what == "trend":
            if born is None:
                text = "A trend needs the year of birth of each animal."
                remedy = "Give born, a mapping from id to year."
                raise DataError([Problem("no_birth", (), text, remedy)])
            return plots.trend(self.trend(born))
        if what == "convergence":
            return plots.convergence(np.asarray(self.diagnostics["history"]))
        return plots.reliability(self.breeding_values)

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write the tables as CSV, summary.json and provenance.json."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".writing-") as name:
            draft = Path(name)
            self.solutions.to_csv(draft / "solutions.csv", index=False)
            self.breeding_values.to_csv(draft / "breeding_values.csv", index=False)
            self.variances.to_csv(draft / "variances.csv", index=False)
            if self.contrasts is not None and len(self.contrasts):
                self.contrasts.to_csv(draft / "contrasts.csv", index=False)
            if self.marker_effects is not None:
                self.marker_effects.to_csv(draft / "snp_effects.csv", index=False)
                self._write_marker_models(draft)
            _write_json(draft / "summary.json", self.summary)
            _write_json(draft / "provenance.json", self.provenance)
            # Complete files replace old ones; a reader never sees half a table.
            for path in sorted(draft.iterdir()):
                path.replace(target / path.name)
        return target

    def _write_marker_models(self, folder: Path) -> None:
        """One file a genomic effect: marker_effects.npz of the first."""
        genomic = self.run.design.genomic if self.run is not None else {}
        for place, (name, covariance) in enumerate(genomic.items()):
            few = len(covariance.genotypes) <= KEPT_ANIMALS
            title = f"marker_effects_{name}.npz" if place else "marker_effects.npz"
            self.marker_model(name, reliability=few).write(folder / title)

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
