"""What Bayesian regression on markers gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from agrigen.bayesian.methods import Method
from agrigen.bayesian.priors import Resolved
from agrigen.bayesian.values import Effects, monte_carlo_error
from agrigen.bayesian.windows import windows
from agrigen.citations import Citation
from agrigen.errors import GenotypeError, Problem, name_some
from agrigen.evaluation.model import Model
from agrigen.evaluation.threads import plain_blas
from agrigen.genotypes import Genotypes
from agrigen.genotypes.packing import flipped
from agrigen.prediction.alignment import align

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.bayesian.fit import Setup

SHOWN = 5


@dataclass(frozen=True, eq=False)
class Bayes:
    """Samples of marker effects and what they say.

    Attributes
    ----------
    breeding_values
        One row an animal with genotypes (in a single step, of the pedigree): id, effect, trait,
        breeding_value (posterior mean), sd, mcse (Monte Carlo standard error of the mean),
        reliability (1 - sd^2 / variance expected before the records), accuracy, inbreeding,
        records, genotyped. Polygenic effects are in `solutions`.
    marker_effects
        One row a marker: effect, trait, marker, chromosome, position, allele, frequency, value of
        one copy of the allele, sd, and, where effects may be 0, inclusion: the posterior
        probability that it is not.
    solutions
        Fixed effects and levels of other random effects: solution (mean) and se (sd).
    summary
        One row a parameter: mean, sd, median, hpd_low, hpd_high (shortest 95 %), ess, mcse,
        geweke_z, rhat (of ranks, of split chains). `genetic` is the variance of the breeding values
        of the animals with records, `genomic_heritability` its share.
    samples
        One row a kept iteration: chain, iteration, and a column for each parameter.
    converged
        Whether every parameter has 100 effective samples and a rhat of at most 1.05.
    complete
        Whether every iteration was run.
    rate
        Iterations a second of all chains together, everything included.
    """

    model: Model
    method: Method
    breeding_values: pd.DataFrame
    marker_effects: pd.DataFrame
    solutions: pd.DataFrame
    summary: pd.DataFrame
    samples: pd.DataFrame
    priors: Resolved
    converged: bool
    complete: bool
    notes: tuple[str, ...]
    rate: float
    provenance: dict[str, Any] = field(repr=False)
    citations: tuple[Citation, ...] = field(repr=False)
    advised: str = field(repr=False)
    effects: Effects = field(repr=False)
    genotypes: Genotypes = field(repr=False)
    setup: "Setup" = field(repr=False)

    def advice(self) -> str:
        """Whether to sample on, and how."""
        return self.advised

    def value(self, parameter: str) -> float:
        """Posterior mean of a parameter of the summary."""
        found = self.summary.set_index("parameter")["mean"]
        return float(found[parameter])

    @property
    def genomic_heritability(self) -> float:
        """Share of the breeding values by the markers in the phenotypic variance."""
        return self.value("genomic_heritability")

    def to_frame(self) -> pd.DataFrame:
        """The breeding values."""
        return self.breeding_values

    def windows(
        self,
        size: int = 1_000_000,
        *,
        step: int | None = None,
        markers: int | None = None,
        threshold: float | None = None,
    ) -> pd.DataFrame:
        """How much of the genetic variance each window of the genome explains.

        Parameters
        ----------
        size, step
            Base pairs of a window and between two starts; without a step they do not overlap.
        markers
            So many markers a window, in the place of base pairs.
        threshold
            Share of the genetic variance from which a window counts; by default what each would
            have if all had the same.

        Returns
        -------
        pandas.DataFrame
            chromosome, start, stop (the first base behind it), markers, variance, share (mean),
            share_low, share_high (95 %), wppa (posterior probability that the share is above the
            threshold), inclusion (that an effect is not 0), best, best_position, best_inclusion.

        References
        ----------
        Fernando and Garrick 2013, doi:10.1007/978-1-62703-447-0_10
        """
        with plain_blas():
            return windows(
                self.effects, self.genotypes, size=size, step=step or size, markers=markers,
                threshold=threshold,
            )  # fmt: skip

    def predict(self, genotypes: Genotypes) -> pd.DataFrame:
        """Breeding values of other animals with the same markers: id, breeding_value, sd, mcse.

        Alleles that are counted the other way round, or are of the other strand, are turned.

        Raises
        ------
        GenotypeError
            For markers that are not there, or with other alleles.
        """
        part = self.effects
        aligned = self._aligned(genotypes)
        effects = Effects(np.arange(part.places.size), part.mean, part.kept)
        value, drawn, _ = effects.of(aligned)
        if self.setup.shifted:
            value = value - float(part.kept.fixed[-1])
            drawn = drawn - part.kept.stored_last.astype(np.float32)
        return pd.DataFrame(
            {
                "id": genotypes.ids,
                "breeding_value": value,
                "sd": drawn.std(axis=1, ddof=1, dtype=np.float64),
                "mcse": monte_carlo_error(drawn, part.kept.stored_chain),
            }
        )

    def _aligned(self, genotypes: Genotypes) -> Genotypes:
        """The markers with effects, counting the same alleles."""
        found = align(self.genotypes.markers.take(self.effects.places), genotypes.markers)
        if found.absent:
            names = name_some(found.absent)
            text = f"{len(found.absent):,} markers with effects are not there: {names}."
            remedy = "Impute them, or fit the model with the markers that both have."
            raise GenotypeError([Problem("markers", (), text, remedy)])
        if found.other_alleles:
            names = name_some(found.other_alleles)
            text = f"Alleles of {len(found.other_alleles):,} markers differ: {names}."
            remedy = "Use the same allele coding for both."
            raise GenotypeError([Problem("alleles", (), text, remedy)])
        part = genotypes[:, found.columns]
        return Genotypes(flipped(part.packed, found.swapped), part.samples, part.markers)

    def plot(
        self,
        what: Literal["trace", "effects", "windows"] = "trace",
        parameters: Sequence[str] | None = None,
    ) -> "Figure":
        """Traces of parameters; markers by position: inclusion or effects; or windows."""
        from agrigen.plot import bayes as pictures  # matplotlib: heavy and optional
        from agrigen.plot.chains import chains

        if what == "trace":
            own = [name for name in self.summary["parameter"] if self.samples[name].std() > 0]
            return chains(self.samples, own if parameters is None else list(parameters))
        if what == "windows":
            return pictures.windows(self.windows())
        return pictures.markers(self.marker_effects)

    def __repr__(self) -> str:
        chains = self.samples["chain"].nunique()
        many = f"{len(self.samples):,} samples of {chains} chain{'s' if chains > 1 else ''}"
        lines = [
            f"{self.method.title} of {self.model.trait}: {len(self.marker_effects):,} markers, "
            f"{int((self.breeding_values['records'] > 0).sum()):,} animals with records, {many}"
            + ("" if self.converged else ", NOT CONVERGED")
        ]
        columns = ["parameter", "mean", "sd", "hpd_low", "hpd_high", "ess", "rhat"]
        lines.append(
            self.summary[columns].to_string(index=False, float_format=lambda v: f"{v:.4g}")
        )
        best = self.breeding_values.sort_values(["breeding_value", "id"], ascending=[False, True])
        lines.append("highest breeding values:")
        shown = best[["id", "breeding_value", "sd", "reliability", "records"]].head(SHOWN)
        lines.append(shown.to_string(index=False, float_format=lambda v: f"{v:.4g}"))
        if "inclusion" in self.marker_effects:
            top = self.marker_effects.nlargest(SHOWN, "inclusion")
            names = ["marker", "chromosome", "position", "value", "inclusion"]
            lines.append("markers most probably with an effect:")
            lines.append(top[names].to_string(index=False, float_format=lambda v: f"{v:.4g}"))
        return "\n".join([*lines, self.advised, *self.notes])
