"""What dense REML gives back: variances, heritability, likelihood, solutions, breeding values."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular
from scipy.stats import chi2

from agrigen.citations import Citation
from agrigen.evaluation.model import Animal, Model
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats, Integers, Texts
from agrigen.variance.contrasts import Contrasts
from agrigen.variance.dense_likelihood import DenseLikelihood, factor, solve
from agrigen.variance.dense_optimize import DenseFit, maximize
from agrigen.variance.dense_records import DenseRecords


@dataclass(frozen=True, eq=False)
class DenseTerm:
    """One covariance matrix: its levels, and the level of each record. No matrix is identity."""

    name: str
    effect: str
    ids: Texts
    matrix: Floats | None
    codes: Integers

    def between_records(self) -> Floats:
        """Z K Z'."""
        if self.matrix is None:
            return (self.codes[:, None] == self.codes).astype(np.float64)
        return self.matrix[np.ix_(self.codes, self.codes)]

    def with_records(self, values: Floats) -> Floats:
        """K Z' v, a value for each level."""
        sums = np.zeros(self.ids.size)
        np.add.at(sums, self.codes, values)
        return sums if self.matrix is None else self.matrix @ sums


@dataclass(frozen=True, eq=False)
class DenseReml:
    """Variance components by restricted maximum likelihood with dense relationships.

    Attributes
    ----------
    model, provenance, citations
        What was fitted, where the numbers come from and what they rest on.
    """

    model: Model
    fit: DenseFit = field(repr=False)
    terms: tuple[DenseTerm, ...] = field(repr=False)
    records: DenseRecords = field(repr=False)
    contrasts: Contrasts = field(repr=False)
    likelihood: DenseLikelihood = field(repr=False)
    provenance: dict[str, Any] = field(repr=False)
    citations: tuple[Citation, ...] = field(repr=False)

    @property
    def converged(self) -> bool:
        """Whether the likelihood is highest here."""
        return self.fit.converged

    @property
    def log_likelihood(self) -> float:
        """Restricted, with all constants: that of `ag.reml`.

        GEMMA and rrBLUP add half of log |X'X|, which is `contrast_log_likelihood`; gaston and GCTA
        leave out the constant with pi.
        """
        return self.fit.value - 0.5 * (self.contrasts.logdet + self.records.scaling)

    @property
    def contrast_log_likelihood(self) -> float:
        """Log-likelihood of orthonormal error contrasts."""
        return self.fit.value

    @property
    def covariances(self) -> dict[str, float]:
        """The estimates by term, as `dense_reml` takes a start."""
        return dict(zip(self._names, map(float, self.fit.variances), strict=True))

    @property
    def variances(self) -> pd.DataFrame:
        """One row a term: value and standard error, nan at zero; the sum is phenotypic."""
        values, sampling = self.fit.variances, self.fit.sampling
        ones = np.ones(values.size)
        rows = [*self._names, "phenotypic"]
        return pd.DataFrame({
            "term": rows,
            "value": [*values, values.sum()],
            "se": [*np.sqrt(np.diag(sampling)), _error(ones, sampling)],
        })  # fmt: skip

    @property
    def heritability(self) -> pd.DataFrame:
        """Each animal term over the sum of all variances, and their total; se by delta method."""
        genetic = np.array([self._is_genetic(term) for term in self.terms] + [False])
        rows = [(self._names[k], np.arange(genetic.size) == k) for k in np.flatnonzero(genetic)]
        if genetic.sum() > 1:
            rows.append(("total", genetic))
        table = [(name, *self._share(which)) for name, which in rows]
        return pd.DataFrame(table, columns=["term", "value", "se"])

    @property
    def proportions(self) -> pd.DataFrame:
        """Every term over the sum of all variances."""
        places = np.arange(self.fit.variances.size)
        table = [(name, *self._share(places == k)) for k, name in enumerate(self._names)]
        return pd.DataFrame(table, columns=["term", "value", "se"])

    @cached_property
    def fixed(self) -> pd.DataFrame:
        """Fixed effects by generalized least squares, with standard errors."""
        design = self.records.design
        kept = ~design.pinned[design.fixed]
        estimates, errors = self._least_squares
        report = design.report.toarray()[:, kept]
        values = report @ estimates
        se = np.sqrt(np.einsum("ij,jk,ik->i", report, errors, report))
        rows = [
            (c.effect, c.level, values[c.place] if c.place >= 0 else 0.0,
             se[c.place] if c.place >= 0 else np.nan)
            for c in design.coefficients
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["effect", "level", "value", "se"])

    @property
    def breeding_values(self) -> pd.DataFrame:
        """Predictions of the animal terms: term, id, breeding_value, se, reliability."""
        genetic = [term.name for term in self.terms if self._is_genetic(term)]
        mine = self.predictions[self.predictions["term"].isin(genetic)]
        return mine.rename(columns={"value": "breeding_value"}).reset_index(drop=True)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Best linear unbiased predictions of all levels: term, id, value, se, reliability.

        `se` is the root of the prediction error variance. Animals of the matrix without records
        are predicted too.
        """
        with plain_blas():
            lower = factor([self._reduced(term) for term in self.terms], self.fit.variances)
            projected = self.contrasts.expand(solve(lower, self._y))
            tables = [
                self._predictions(term, float(variance), lower, projected)
                for term, variance in zip(self.terms, self.fit.variances, strict=False)
            ]
        return pd.concat(tables, ignore_index=True)

    def test(self, term: str) -> pd.Series:
        """Likelihood-ratio test of one variance being zero: half a chi-square of one degree.

        Self and Liang 1987, J Am Stat Assoc 82:605.
        """
        held = np.array([name == term for name in self._names])
        if not held[:-1].any():
            raise KeyError(f"{term!r} is none of {', '.join(self._names[:-1])}")
        start = np.where(held, 0.0, np.maximum(self.fit.variances, 1e-6))
        with plain_blas():
            without = maximize(self.likelihood, start, Stages(None, None), held=held)
        ratio = max(0.0, 2.0 * (self.fit.value - without.value))
        adjusted = self.log_likelihood - self.fit.value + without.value
        p = 0.5 * float(chi2.sf(ratio, 1)) if ratio > 0.0 else 0.5
        return pd.Series({"log_likelihood_without": adjusted, "statistic": ratio, "p": p})

    def to_frame(self) -> pd.DataFrame:
        """The variances."""
        return self.variances

    def __repr__(self) -> str:
        iterations = len(self.fit.history) - 1
        state = f"{iterations} iterations" + ("" if self.converged else ", NOT CONVERGED")
        lines = [
            f"DenseReml of {self.model.trait}, {self.records.y.size:,} records: {state}",
            f"log-likelihood {self.log_likelihood:.4f}",
            self.variances.to_string(index=False, na_rep=""),
        ]
        for row in self.heritability.itertuples():
            lines.append(f"heritability ({row.term}) {row.value:.4f} +- {row.se:.4f}")
        return "\n".join(lines)

    @property
    def _names(self) -> list[str]:
        return [*(term.name for term in self.terms), "residual"]

    @property
    def _y(self) -> Floats:
        return self.contrasts.reduce(self.records.y)

    @cached_property
    def _least_squares(self) -> tuple[Floats, Floats]:
        """Estimates of the fixed columns and their covariance."""
        with plain_blas():
            lower = factor([term.between_records() for term in self.terms], self.fit.variances)
            x = solve_triangular(lower, self.records.fixed, lower=True, check_finite=False)
            y = solve_triangular(lower, self.records.y, lower=True, check_finite=False)
            covariance = np.linalg.inv(x.T @ x)
        return covariance @ (x.T @ y), covariance

    def _reduced(self, term: DenseTerm) -> Floats:
        return self.contrasts.matrix(term.between_records())

    def _is_genetic(self, term: DenseTerm) -> bool:
        return any(isinstance(e, Animal) and e.name == term.effect for e in self.model.effects)

    def _share(self, which: Floats) -> tuple[float, float]:
        """A part of the sum of variances, and its standard error."""
        values = self.fit.variances
        total = values.sum()
        share = float(values[which].sum() / total)
        return share, _error((which.astype(float) - share) / total, self.fit.sampling)

    def _predictions(
        self, term: DenseTerm, variance: float, lower: Floats, projected: Floats
    ) -> pd.DataFrame:
        values = variance * term.with_records(projected)
        levels = np.eye(term.ids.size) if term.matrix is None else term.matrix
        seen = self.contrasts.reduce(levels[term.codes])
        half = solve_triangular(lower, seen, lower=True, check_finite=False, overwrite_b=True)
        prior = variance * np.diagonal(levels)
        error = np.maximum(prior - variance**2 * np.einsum("ij,ij->j", half, half), 0.0)
        reliability = np.divide(prior - error, prior, out=np.zeros_like(prior), where=prior > 0)
        return pd.DataFrame({
            "term": term.name, "id": term.ids, "value": values,
            "se": np.sqrt(error), "reliability": reliability,
        })  # fmt: skip


def _error(weights: Floats, sampling: Floats) -> float:
    """Standard error of a weighted sum; what stands at zero does not vary."""
    return float(np.sqrt(weights @ np.nan_to_num(sampling) @ weights))
