"""What REML gives back: estimates, how sure they are, and what to ask next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from agrigen.citations import Citation
from agrigen.errors import Problem
from agrigen.evaluation.arrays import Covariances, Design
from agrigen.evaluation.covariances import as_mapping
from agrigen.evaluation.model import Model
from agrigen.evaluation.tables import variances as variances_table
from agrigen.plot import variance as plots
from agrigen.types import Floats
from agrigen.variance import ratios
from agrigen.variance.compare import Comparison, compare
from agrigen.variance.likelihood import Likelihood
from agrigen.variance.optimize import Fit
from agrigen.variance.profile import Profile, profile
from agrigen.variance.terms import labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN_ROWS = 14


@dataclass(frozen=True, eq=False)
class Reml:
    """Variance components by restricted maximum likelihood.

    Attributes
    ----------
    log_likelihood
        Restricted, at the estimates, with its constants; nan where traces were sampled.
    parameters
        Number of parameters that were not held, those at the edge of the space included.
    degrees
        Observations less rank of the fixed effects: the n of `bic`.
    converged
        Whether the estimates are where the likelihood is highest.
    notes
        What to know about the estimates: variances at zero, correlations at one, what could not
        be estimated.
    provenance, citations
        Where the numbers come from and what they rest on.
    """

    log_likelihood: float
    parameters: int
    degrees: int
    converged: bool
    notes: tuple[Problem, ...]
    provenance: dict[str, Any]
    citations: tuple[Citation, ...]
    fit: Fit = field(repr=False)
    design: Design = field(repr=False)

    def likelihood(self) -> Likelihood:
        """What was climbed, to climb again: by a profile."""
        return Likelihood(self.design)

    @property
    def model(self) -> Model:
        """The model whose variances these are."""
        return self.design.model

    @property
    def covariances(self) -> dict[str, Any]:
        """The estimates, as `evaluate` takes variances and `reml` a start.

        What converged to zero is a millionth of the phenotypic variance here: inverses exist.
        """
        return as_mapping(self.design, self.fit.covariances)

    @property
    def errors(self) -> Covariances:
        """Standard errors in the shape of the matrices; nan where held or at the edge."""
        matrices = ratios.unpacked(self.fit.terms, self.fit.errors)
        blocks = len(self.design.blocks)
        return Covariances(tuple(matrices[:blocks]), np.stack(matrices[blocks:]))

    @cached_property
    def variances(self) -> pd.DataFrame:
        """One row a parameter: effect, traits, coefficients, value, se, group, parameter.

        `parameter` is the name by which `fix` and `profile` know it.
        """
        frame = variances_table(self.design, self._shown, self.errors)
        several = len(self.model.traits) > 1
        names = [
            term.label(j, i, traits=several)
            for term in self.fit.terms
            for i, j in combinations_with_replacement(range(term.size), 2)
        ]
        return frame.assign(parameter=names)

    @property
    def _shown(self) -> Covariances:
        """The estimates, with 0 for what converged to zero."""
        shown = [m.copy() for m in self.fit.matrices]
        for matrix, zero in zip(shown, self.fit.zeros, strict=True):
            matrix[zero] = 0.0
            matrix[:, zero] = 0.0
        blocks = len(self.design.blocks)
        return Covariances(tuple(shown[:blocks]), np.stack(shown[blocks:]))

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Heritabilities, proportions, repeatabilities and correlations.

        Columns kind, effect_1, trait_1, effect_2, trait_2, value; se by the delta method;
        se_sampled, lower and upper (95 %) by sampling the large-sample distribution.
        """
        fit = self.fit
        return ratios.table(self.design, fit.terms, fit.matrices, fit.sampling)

    @property
    def heritability(self) -> pd.DataFrame:
        """Of every genetic effect and trait; "total" (Willham 1972) with maternal effects."""
        return self._ratios("heritability").rename(columns=_SINGLE)[_SINGLE_COLUMNS]

    @property
    def repeatability(self) -> pd.DataFrame:
        """What the records of one animal have in common, by trait."""
        columns = [name for name in _SINGLE_COLUMNS if name != "effect"]
        return self._ratios("repeatability").rename(columns=_SINGLE)[columns]

    @property
    def correlations(self) -> pd.DataFrame:
        """Between the components of each effect, of residuals, and phenotypic."""
        return self._ratios("correlation").drop(columns="kind")

    @property
    def history(self) -> pd.DataFrame:
        """One row an iteration: likelihood, kind of step, expected gain, parameters."""
        return pd.DataFrame(self.fit.history)

    @property
    def information(self) -> pd.DataFrame:
        """Inverse of the sampling covariance of the parameters that are inside the space."""
        names = labels(self.fit.terms)
        inside = np.flatnonzero(np.diag(self.fit.sampling) > 0.0)
        matrix = np.linalg.pinv(self.fit.sampling[np.ix_(inside, inside)], hermitian=True)
        kept = [names[k] for k in inside]
        return pd.DataFrame(matrix, index=kept, columns=kept)

    @property
    def aic(self) -> float:
        """Akaike's criterion; compare models with the same fixed effects."""
        return 2.0 * self.parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with observations less rank of the fixed effects as n."""
        return self.parameters * float(np.log(self.degrees)) - 2.0 * self.log_likelihood

    def to_frame(self) -> pd.DataFrame:
        """The variances."""
        return self.variances

    def compare(self, other: "Reml") -> Comparison:
        """Likelihood-ratio test of two fits to the same records, one within the other."""
        return compare(self, other)

    def profile(
        self, parameter: str, points: int | Sequence[float] = 9, *, level: float = 0.95
    ) -> Profile:
        """Likelihood over one parameter, the others at their best for each value.

        Parameters
        ----------
        parameter
            Its name, as in the column `parameter` of `variances`.
        points
            Values to fit at, or how many.
        level
            Of the interval.
        """
        return profile(self, parameter, points, level=level)

    def plot(self, what: Literal["history", "parameters"] = "history") -> "Figure":
        """The path of the likelihood, or the estimates with their errors."""
        if what == "history":
            return plots.history(self.history, self.fit.labels)
        return plots.estimates(self.variances)

    def __repr__(self) -> str:
        state = f"{self.fit.iterations} iterations" + ("" if self.converged else ", NOT CONVERGED")
        table = self.variances[["parameter", "value", "se"]]
        lines = [
            f"{type(self).__name__} of {', '.join(self.model.traits)}: {state}",
            self._likelihood_line(),
            table.head(SHOWN_ROWS).to_string(index=False, na_rep=""),
        ]
        if len(table) > SHOWN_ROWS:
            lines.append(f"... and {len(table) - SHOWN_ROWS} more (in .variances)")
        for row in self.heritability.head(4).itertuples():
            of = f" of {row.trait}" if len(self.model.traits) > 1 else ""
            lines.append(f"heritability ({row.effect}{of}) {row.value:.3f} +- {row.se:.3f}")
        return "\n".join([*lines, *map(str, self.notes[:4])])

    def _likelihood_line(self) -> str:
        if np.isnan(self.log_likelihood):
            return f"log-likelihood not known, {self.parameters} parameters"
        return (
            f"log-likelihood {self.log_likelihood:.4f}, {self.parameters} parameters, "
            f"AIC {self.aic:.2f}, BIC {self.bic:.2f}"
        )

    def _ratios(self, kind: str) -> pd.DataFrame:
        return self.ratios[self.ratios["kind"] == kind].reset_index(drop=True)

    @property
    def matrices(self) -> list[Floats]:
        """Estimates of the blocks, then of the residual groups."""
        return self.fit.matrices


_SINGLE = {"effect_1": "effect", "trait_1": "trait"}
_SINGLE_COLUMNS = ["effect", "trait", "value", "se", "se_sampled", "lower", "upper"]
