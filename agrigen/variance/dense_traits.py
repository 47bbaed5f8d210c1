"""REML of several traits with dense relationships: the likelihood, and the result.

The search, its steps and edges are those of sparse REML (`optimize`): this module gives it the same
likelihood by dense algebra. Where all records have all traits with the same fixed effects and one
relationship matrix, its eigenvalues make every evaluation a sum over records of small matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.linalg import lapack, solve_triangular

from agrigen.errors import SolveError
from agrigen.evaluation.arrays import Block, Covariances, Design
from agrigen.evaluation.threads import plain_blas
from agrigen.types import Floats, Integers, Texts
from agrigen.variance.contrasts import Contrasts
from agrigen.variance.dense_likelihood import spectrum
from agrigen.variance.likelihood import Direction, checked
from agrigen.variance.result import Reml


@dataclass(frozen=True, eq=False)
class TraitTerm:
    """One block: the relationships among its levels, and the level of each observation.

    Attributes
    ----------
    traits
        Trait of each component; every trait at most once.
    places
        Level of each observation in `matrix` (in `ids` without one), -1 where the trait has none.
    """

    block: Block
    ids: Texts
    matrix: Floats | None
    traits: Integers
    places: Integers

    def between(self, rows: Integers, columns: Integers) -> Floats:
        """Relationships between observations."""
        one, two = self.places[rows], self.places[columns]
        if self.matrix is None:
            return (one[:, None] == two).astype(np.float64)
        return self.matrix[np.ix_(one, two)]

    @property
    def diagonal(self) -> Floats:
        """Relationship of each level with itself."""
        return np.ones(self.ids.size) if self.matrix is None else np.diagonal(self.matrix)


@dataclass(frozen=True, eq=False)
class Observations:
    """Observations sorted by trait, and what is fixed.

    Attributes
    ----------
    y, fixed
        Values, and fixed columns of full rank.
    trait, record
        Of each observation.
    rows
        Observations of each trait.
    """

    y: Floats
    fixed: Floats
    trait: Integers
    record: Integers
    rows: tuple[Integers, ...]

    @property
    def paired(self) -> bool:
        """Whether every record has every trait, with the same fixed columns for each."""
        first = self.rows[0]
        if any(not np.array_equal(self.record[r], self.record[first]) for r in self.rows):
            return False
        parts = [self.own_fixed(r) for r in self.rows]
        return all(p.shape == parts[0].shape and np.array_equal(p, parts[0]) for p in parts)

    def own_fixed(self, rows: Integers) -> Floats:
        """Fixed columns of some observations that are not all zero."""
        part = self.fixed[rows]
        return np.asarray(part[:, part.any(axis=0)])


class TraitLikelihood:
    """Restricted likelihood of several traits as a function of their covariance matrices.

    It has what the search needs of `likelihood.Likelihood`.
    """

    def __init__(
        self, design: Design, data: Observations, terms: Sequence[TraitTerm], constant: float
    ) -> None:
        self.design = design
        self.data = data
        self.terms = tuple(terms)
        self.constant = constant

    @property
    def degrees(self) -> int:
        """Observations less rank of the fixed effects."""
        return int(self.data.y.size - self.data.fixed.shape[1])

    def at(self, matrices: Sequence[Floats]) -> "WholePoint":
        """Factor and invert the covariance matrix of all observations."""
        covariances = checked(matrices, len(self.terms))
        with plain_blas():
            return WholePoint.of(self, covariances)

    def covariance(self, covariances: Covariances) -> Floats:
        """V of all observations."""
        data = self.data
        out = np.zeros((data.y.size, data.y.size), order="F")
        for term, g in zip(self.terms, covariances.blocks, strict=True):
            for c, d, rows, columns in self.pairs(term):
                out[np.ix_(rows, columns)] += g[c, d] * term.between(rows, columns)
        r = covariances.residual[0]
        for s, one in enumerate(data.rows):
            for t, two in enumerate(data.rows):
                mine, theirs = _together(data.record, one, two)
                out[mine, theirs] += r[s, t]
        return out

    def pairs(self, term: TraitTerm) -> list[tuple[int, int, Integers, Integers]]:
        """Components of a term with the observations of their traits."""
        rows = [self.data.rows[t] for t in term.traits]
        count = range(len(rows))
        return [(c, d, rows[c], rows[d]) for c in count for d in count]


def _together(record: Integers, one: Integers, two: Integers) -> tuple[Integers, Integers]:
    """Observations of two traits in the same record."""
    _, mine, theirs = np.intersect1d(record[one], record[two], return_indices=True)
    return one[mine], two[theirs]


@dataclass(frozen=True, eq=False)
class WholePoint:
    """The likelihood at some covariances, with P = V^-1 - V^-1 X (X'V^-1X)^-1 X'V^-1 in full."""

    likelihood: TraitLikelihood
    covariances: Covariances
    value: float
    projection: Floats
    projected: Floats

    @classmethod
    def of(cls, likelihood: TraitLikelihood, covariances: Covariances) -> "WholePoint":
        """By one factor and one inverse of the observations."""
        data = likelihood.data
        lower, failed = lapack.dpotrf(
            likelihood.covariance(covariances), lower=1, overwrite_a=1, clean=1
        )
        if failed:
            raise SolveError("The covariance matrix of the records is not positive definite.")
        logdet = 2.0 * float(np.log(np.diagonal(lower)).sum())
        half = solve_triangular(lower, data.fixed, lower=True, check_finite=False)
        inverse, _ = lapack.dpotri(lower, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        weighted = inverse @ data.fixed
        inside = np.linalg.inv(half.T @ half)
        projection = inverse - weighted @ inside @ weighted.T
        projected = projection @ data.y
        fixed = float(np.linalg.slogdet(half.T @ half)[1])
        value = -0.5 * (likelihood.constant + logdet + fixed + float(data.y @ projected))
        return cls(likelihood, covariances, value, projection, projected)

    def gradient(self) -> list[Floats]:
        """Of each matrix the symmetric M with d log-likelihood = tr(M dG)."""
        likelihood, w = self.likelihood, self.projected
        found = []
        for term in likelihood.terms:
            m = np.zeros((term.traits.size,) * 2)
            for c, d, rows, columns in likelihood.pairs(term):
                k = term.between(rows, columns)
                square = w[rows] @ k @ w[columns]
                m[c, d] = 0.5 * (square - np.vdot(self.projection[np.ix_(rows, columns)], k))
            found.append((m + m.T) / 2.0)
        data = likelihood.data
        residual = np.zeros((len(data.rows),) * 2)
        for s, one in enumerate(data.rows):
            for t, two in enumerate(data.rows):
                mine, theirs = _together(data.record, one, two)
                p = self.projection[mine, theirs].sum()
                residual[s, t] = 0.5 * (w[mine] @ w[theirs] - p)
        return [*found, (residual + residual.T) / 2.0]

    def information(self, directions: Sequence[Direction]) -> Floats:
        """Average information: f' P f / 2 with f = dV P y."""
        f = np.column_stack([self._moved(d) for d in directions])
        found: Floats = 0.5 * (f.T @ self.projection @ f)
        return (found + found.T) / 2.0

    def _moved(self, direction: Direction) -> Floats:
        likelihood, w = self.likelihood, self.projected
        out = np.zeros_like(w)
        if direction.term < len(likelihood.terms):
            term = likelihood.terms[direction.term]
            for c, d, rows, columns in likelihood.pairs(term):
                if direction.change[c, d]:
                    out[rows] += direction.change[c, d] * (term.between(rows, columns) @ w[columns])
            return out
        data = likelihood.data
        for s, one in enumerate(data.rows):
            for t, two in enumerate(data.rows):
                mine, theirs = _together(data.record, one, two)
                out[mine] += direction.change[s, t] * w[theirs]
        return out

    def predictions(self, term: int, g: Floats) -> tuple[Floats, Floats]:
        """Values of all levels and their error variances, (levels, components)."""
        likelihood = self.likelihood
        own = likelihood.terms[term]
        size = likelihood.data.y.size
        values, errors = (np.empty((own.ids.size, own.traits.size)) for _ in range(2))
        for c in range(own.traits.size):
            across = np.zeros((own.ids.size, size))
            for d, t in enumerate(own.traits):
                rows = likelihood.data.rows[t]
                levels = np.eye(own.ids.size) if own.matrix is None else own.matrix
                across[:, rows] = g[c, d] * levels[:, own.places[rows]]
            values[:, c] = across @ self.projected
            gained = np.einsum("ij,ij->i", across @ self.projection, across)
            errors[:, c] = g[c, c] * own.diagonal - gained
        return values, errors


class PairedLikelihood(TraitLikelihood):
    """The same where records are complete and there is one term: by eigenvalues of K."""

    def __init__(
        self, design: Design, data: Observations, terms: Sequence[TraitTerm], constant: float
    ) -> None:
        super().__init__(design, data, terms, constant)
        order = [rows[np.argsort(data.record[rows])] for rows in data.rows]
        fixed = data.own_fixed(order[0])
        self.contrasts = Contrasts.of(fixed)
        term = terms[0]
        with plain_blas():
            reduced = self.contrasts.matrix(term.between(order[0], order[0]))
            self.values, self.vectors = spectrum(reduced, term.block.name)
            y = np.column_stack([self.contrasts.reduce(data.y[rows]) for rows in order])
            self.rotated: Floats = self.vectors.T @ y
        self.order = order
        self.fixed_constant = len(data.rows) * self.contrasts.logdet

    def at(self, matrices: Sequence[Floats]) -> "PairedPoint":  # type: ignore[override]
        """One small matrix for every eigenvalue."""
        covariances = checked(matrices, 1)
        v = self.values[:, None, None] * covariances.blocks[0] + covariances.residual[0]
        inverse = np.linalg.inv(v)
        w = np.einsum("nij,nj->ni", inverse, self.rotated)
        logdet = float(np.linalg.slogdet(v)[1].sum())
        quadratic = float(np.sum(w * self.rotated))
        value = -0.5 * (self.constant + self.fixed_constant + logdet + quadratic)
        return PairedPoint(self, covariances, value, inverse, w)


@dataclass(frozen=True, eq=False)
class PairedPoint:
    """The likelihood at some covariances: inverse and weighted records by eigenvalue."""

    likelihood: PairedLikelihood
    covariances: Covariances
    value: float
    inverse: Floats
    weighted: Floats

    def gradient(self) -> list[Floats]:
        """As of `WholePoint`."""
        d, w = self.likelihood.values, self.weighted
        both = w[:, :, None] * w[:, None, :] - self.inverse
        return [0.5 * np.einsum("n,nij->ij", d, both), 0.5 * both.sum(axis=0)]

    def information(self, directions: Sequence[Direction]) -> Floats:
        """As of `WholePoint`."""
        d, w = self.likelihood.values[:, None], self.weighted
        f = [(d if k.term == 0 else 1.0) * (w @ k.change) for k in directions]
        moved = [np.einsum("nij,nj->ni", self.inverse, one) for one in f]
        found = 0.5 * np.array([[float(np.sum(a * b)) for b in moved] for a in f])
        return (found + found.T) / 2.0

    def predictions(self, term: int, g: Floats) -> tuple[Floats, Floats]:
        """As of `WholePoint`."""
        likelihood = self.likelihood
        own = likelihood.terms[term]
        levels = np.eye(own.ids.size) if own.matrix is None else own.matrix
        seen = likelihood.contrasts.reduce(levels[own.places[likelihood.order[0]]])
        half = seen.T @ likelihood.vectors
        values: Floats = half @ self.weighted @ g
        gained = np.einsum("ci,nij,cj->nc", g, self.inverse, g)
        return values, np.outer(own.diagonal, np.diag(g)) - half**2 @ gained


@dataclass(frozen=True, eq=False, repr=False)
class DenseTraits(Reml):
    """Variances and covariances of several traits with dense relationships.

    All that `Reml` has, with correlations and their standard errors, and breeding values.

    Attributes
    ----------
    surface
        The likelihood that was climbed.
    """

    surface: TraitLikelihood | None = None

    def likelihood(self) -> TraitLikelihood:  # type: ignore[override]
        """To climb again."""
        if self.surface is None:
            raise ValueError("a fit of dense relationships has its likelihood")
        return self.surface

    @cached_property
    def breeding_values(self) -> pd.DataFrame:
        """Predictions of the animal terms: term, trait, id, breeding_value, se, reliability."""
        surface = self.likelihood()
        genetic = {effect.name for effect in self.model.random if _is_animal(effect)}
        with plain_blas():
            point = surface.at(self.matrices)
            parts = [
                _table(term, *point.predictions(k, g), g)
                for k, (term, g) in enumerate(
                    zip(surface.terms, self.fit.covariances.blocks, strict=True)
                )
                if term.block.name in genetic
            ]
        return pd.concat(parts, ignore_index=True)


def _is_animal(effect: object) -> bool:
    return hasattr(effect, "relationship")


def _table(term: TraitTerm, values: Floats, errors: Floats, g: Floats) -> pd.DataFrame:
    errors = np.maximum(errors, 0.0)
    parts = []
    for c, component in enumerate(term.block.components):
        prior = g[c, c] * term.diagonal
        reliability = np.divide(prior - errors[:, c], prior, out=np.zeros_like(prior),
                                where=prior > 0)  # fmt: skip
        parts.append(pd.DataFrame({
            "term": term.block.name, "trait": component.trait, "id": term.ids,
            "breeding_value": values[:, c], "se": np.sqrt(errors[:, c]),
            "reliability": reliability,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)
