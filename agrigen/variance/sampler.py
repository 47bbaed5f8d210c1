"""One Markov chain of a mixed model: its state, and one iteration."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from agrigen._kernels import gibbs as kernels
from agrigen.errors import ModelError, Problem
from agrigen.evaluation.arrays import Block, Covariances, Design, pattern_inverses
from agrigen.evaluation.dual import DualSolver
from agrigen.evaluation.factor import Factor
from agrigen.evaluation.iterative import solve_iterative
from agrigen.evaluation.operator import (
    FixedProducts,
    animal_arrays,
    inverse_diagonal,
    record_arrays,
)
from agrigen.evaluation.simulated import (
    add_residuals,
    draw_effects,
    fitted,
    residual_roots,
)
from agrigen.evaluation.system import freedom
from agrigen.types import Flags, Floats, Integers
from agrigen.variance.coefficients import Coefficients

REFRESH = 1_000
"""Iterations after which the running residuals are computed afresh."""

DENSE = 100
"""Fixed columns up to which a dense factor is faster than the organization of a sparse one."""

START_ACCURACY = 1e-3
"""Standard deviations by which the first draw of the effects may be off."""


@dataclass(frozen=True, eq=False)
class Prior:
    """Inverse Wishart distribution of a covariance matrix (scaled inverse chi-square of one).

    Its density falls with |G|^-((degrees + rows + 1) / 2) exp(-trace(scale G^-1) / 2).

    Attributes
    ----------
    scale
        Matrix, or number; the mean is scale / (degrees - rows - 1).
    degrees
        Degrees of belief. More than rows - 1 for a proper distribution; -(rows + 1) with a scale
        of 0 is flat.
    """

    scale: Any
    degrees: float

    @classmethod
    def around(cls, expected: Floats) -> "Prior":
        """The weakest with a mean: rows + 2 degrees of belief."""
        return cls(np.array(expected, dtype=float), expected.shape[0] + 2.0)

    @classmethod
    def flat(cls, rows: int) -> "Prior":
        """Every matrix is as likely as any other; improper."""
        return cls(np.zeros((rows, rows)), -(rows + 1.0))

    def part(self, traits: Integers) -> "Prior":
        """Of some of the rows, which are independent of the others."""
        scale = np.asarray(self.scale, dtype=float)
        degrees = self.degrees - (scale.shape[0] - traits.size)
        if not scale.any():
            degrees = -(traits.size + 1.0)
        return Prior(scale[np.ix_(traits, traits)], degrees)


@dataclass(frozen=True, eq=False)
class Priors:
    """Of every block, and of the residuals of every group."""

    blocks: tuple[Prior, ...]
    residual: tuple[Prior, ...]


@dataclass(frozen=True, eq=False)
class _Levels:
    """What drawing the levels of a block needs."""

    block: Block
    animals: Any
    links: Any
    base: Floats
    diagonal: Floats
    meets: Any
    pinned: Flags
    coefficients: Coefficients | None = None

    @property
    def independent(self) -> bool:
        return self.block.structure.sire is None or self.coefficients is not None

    @property
    def freedom(self) -> int:
        """Independent values of each component."""
        return freedom(self.block) if self.coefficients is None else len(self.coefficients)


class Layout:
    """What all chains of one design share."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.records = record_arrays(design)
        self.single = design.records.observed.shape[1] == 1
        self.levels = [self._levels(block) for block in design.blocks]
        self.products = FixedProducts(design)
        if not self.products.known:
            text = "The fixed effects have too many levels that meet each other for the sampler."
            remedy = "Declare the effect with the most levels as random, or use REML."
            raise ModelError([Problem("fixed", (), text, remedy)])
        size = self.products.kept.size
        self.factor = Factor(self.products.lower) if size > DENSE else None
        self._solve: Callable[[Floats], Floats] | None = None
        self._lock = Lock()
        self.parts = _trait_parts(design)
        self.drawn = _drawn(design, self.parts)
        counts = np.bincount(design.records.pattern, minlength=design.records.group.size)
        self.missing = int(counts @ self.drawn.sum(axis=1))
        self.pattern_counts = counts

    def solve_fixed(self, rinv: Floats, rhs: Floats) -> Floats:
        """Solve with X' R^-1 X. One chain at a time: the room of the factor is shared."""
        with self._lock:
            if rinv.size > 1:
                return self._factorized(rinv)(rhs)
            if self._solve is None:  # one variance only scales the equations: one factor for ever
                self._solve = self._factorized(np.ones_like(rinv))
            return self._solve(rhs) / rinv[0, 0, 0]

    def _factorized(self, rinv: Floats) -> Callable[[Floats], Floats]:
        values = self.products.values(rinv)
        if self.factor is not None:
            return self.factor.factorize(values).solve
        lower = self.products.lower
        dense = csr_array((values, lower.indices, lower.indptr), shape=lower.shape).toarray()
        return partial(cho_solve, cho_factor(dense, lower=True))

    def _levels(self, block: Block) -> _Levels:
        design, structure = self.design, block.structure
        nothing = np.empty(0, np.int32)
        animals: Any = (nothing, nothing, 0.5, 0.5, np.empty(0))
        links: Any = (np.zeros(1, np.int64), np.empty(0, np.int64))
        if structure.sire is not None:
            animals = animal_arrays(block)
            links = kernels.offspring(animals, block.levels)
        base = np.zeros((0, 0)) if structure.base is None else structure.base
        pinned = design.pinned[block.span].reshape(block.levels, block.width)
        if block.name in design.genomic:
            found = Coefficients.of(design, block)
            nowhere = np.empty(0)
            return _Levels(block, animals, links, np.zeros((0, 0)), nowhere, None, pinned, found)
        if self.single and block.width == 1:
            meets = self._entries(block)
        else:
            meets = kernels.records_of_levels(self.records, block.offset, block.width, block.levels)
        diagonal = inverse_diagonal(block)
        return _Levels(block, animals, links, base, diagonal, meets, pinned)

    def _entries(self, block: Block) -> Any:
        """Entries of W by level; one level twice in a record is one entry."""
        r = self.design.records
        rows = csr_array((r.value, r.column, r.first), shape=(r.y.size, self.design.size))
        columns = rows[:, block.span].tocsc()
        columns.sum_duplicates()
        return columns.indptr.astype(np.int64), columns.indices.astype(np.int32), columns.data


class Chain:
    """State of one chain; `step` moves it."""

    def __init__(
        self,
        layout: Layout,
        priors: Priors,
        start: Covariances,
        generator: np.random.Generator,
    ) -> None:
        self.layout = layout
        self.priors = priors
        self.generator = generator
        self.data = layout.design.records.y
        self.covariances = start
        self.steps = 0
        self.phi = [np.zeros((b.levels, b.width)) for b in layout.design.blocks]
        self.e = np.empty(self.data.size)
        self.x = self._first_draw()
        self.b = [self._coefficients(levels) for levels in layout.levels]
        self.refresh()

    def _first_draw(self) -> Floats:
        """All effects from their joint distribution, by solving for simulated records.

        Garcia-Cortes and Sorensen 1996.
        """
        design, covariances = self.layout.design, self.covariances
        x = draw_effects(design, covariances, self.generator)
        simulated = add_residuals(design, covariances, fitted(design, x), self.generator)
        rest, accuracy = self.data - simulated, START_ACCURACY
        if design.genomic:
            solver = DualSolver(design, covariances)
            solution, _ = solver.solve(rest, tolerance=accuracy, accuracy=accuracy)
        else:
            solution, _ = solve_iterative(
                design, covariances, data=rest, tolerance=accuracy, accuracy=accuracy
            )
        return x + solution

    def _coefficients(self, levels: _Levels) -> Floats:
        """Those of the first draw, which is put where they say; empty without."""
        if levels.coefficients is None:
            return np.empty((0, levels.block.width))
        b = levels.coefficients.start(self._values(levels.block))
        self._values(levels.block)[:] = levels.coefficients.levels(b)
        return b

    def refresh(self) -> None:
        """Compute residuals and Mendelian sampling terms from the effects."""
        kernels.residuals(self.layout.records, self.data, self.x, self.e)
        for levels, phi in zip(self.layout.levels, self.phi, strict=True):
            if not levels.independent:
                kernels.mendelian(levels.animals, self._values(levels.block), phi)

    def step(self) -> None:
        """Draw all effects, then all covariance matrices."""
        if self.steps and self.steps % REFRESH == 0:
            self.refresh()
        self.steps += 1
        rinv = pattern_inverses(self.layout.design, self.covariances)
        self._draw_fixed(rinv)
        for place in range(len(self.layout.levels)):
            self._draw_levels(place, rinv)
        blocks = tuple(self._draw_block(place) for place in range(len(self.layout.levels)))
        self.covariances = Covariances(blocks, self._draw_residual())

    def _values(self, block: Block) -> Floats:
        return self.x[block.span].reshape(block.levels, block.width)

    def _draw_fixed(self, rinv: Floats) -> None:
        """All fixed columns at once: the solution for residuals plus simulated noise."""
        layout = self.layout
        if not layout.products.kept.size:
            return
        fixed = layout.design.fixed
        noise = self.generator.standard_normal(self.e.size)
        noisy = np.empty_like(self.e)
        roots = residual_roots(layout.design, self.covariances)
        kernels.add_noise(layout.records, roots, noise, self.e, noisy)
        rhs = np.zeros(fixed.stop - fixed.start)
        kernels.gather_fixed(layout.records, rinv, fixed.start, noisy, rhs)
        kept = layout.products.kept
        delta = np.zeros_like(rhs)
        delta[kept - fixed.start] = layout.solve_fixed(rinv, rhs[kept - fixed.start])
        self.x[fixed] += delta
        kernels.move_fixed(layout.records, fixed.start, delta, self.e)

    def _draw_levels(self, place: int, rinv: Floats) -> None:
        levels, layout = self.layout.levels[place], self.layout
        block = levels.block
        x, phi = self._values(block), self.phi[place]
        if levels.coefficients is not None:
            self._draw_coefficients(place, levels.coefficients, rinv)
            return
        z = self.generator.standard_normal((block.levels, block.width))
        ginv = np.ascontiguousarray(np.linalg.inv(self.covariances.blocks[place]))
        relations = (levels.animals, levels.links, levels.base, levels.independent)
        if layout.single and block.width == 1:
            records = layout.design.records
            scale = records.weight * rinv[records.pattern, 0, 0]
            draw = partial(kernels.sweep_one, *relations, levels.diagonal, float(ginv[0, 0]))
            draw(levels.meets, scale, levels.pinned.ravel(), z, x, phi, self.e)
            return
        draw = partial(kernels.sweep_many, *relations, levels.diagonal, ginv, levels.meets)
        draw(layout.records, rinv, block.offset, levels.pinned, z, x, phi, self.e)

    def _draw_coefficients(self, place: int, of: Coefficients, rinv: Floats) -> None:
        b, x = self.b[place], self._values(of.block)
        z = self.generator.standard_normal(b.shape)
        ginv = np.ascontiguousarray(np.linalg.inv(self.covariances.blocks[place]))
        of.draw(rinv, ginv, z, b, self.e, x)
        kernels.residuals(self.layout.records, self.data, self.x, self.e)

    def _draw_block(self, place: int) -> Floats:
        levels, prior = self.layout.levels[place], self.priors.blocks[place]
        if levels.coefficients is not None:
            square = self.b[place].T @ self.b[place]
        else:
            square = self._square(levels, self.phi[place])
        return draw_covariance(prior, square, levels.freedom, self.generator)

    def _square(self, levels: _Levels, phi: Floats) -> Floats:
        """u' K^-1 u."""
        x = self._values(levels.block)
        weight = np.ones(x.shape[0]) if levels.independent else levels.animals[4]
        square = np.zeros((x.shape[1], x.shape[1]))
        kernels.weighted_square(x if levels.independent else phi, weight, square)
        if levels.base.any():
            groups = x[weight.size :]
            square += groups.T @ levels.base @ groups
        return square

    def _draw_residual(self) -> Floats:
        layout, records = self.layout, self.layout.design.records
        current = self.covariances.residual
        squares = np.zeros_like(current)
        regression, root = self._missing()
        z = self.generator.standard_normal(layout.missing)
        kernels.residual_squares(
            layout.records, records.group, layout.drawn, regression, root, z, self.e, squares
        )
        drawn = np.zeros_like(current)
        for group, square in enumerate(squares):
            for traits in layout.parts[group]:
                part = np.ix_(traits, traits)
                seen = records.observed[:, traits].any(axis=1) & (records.group == group)
                count = int(layout.pattern_counts[seen].sum())
                prior = self.priors.residual[group].part(traits)
                drawn[group][part] = (
                    draw_covariance(prior, square[part], count, self.generator)
                    if count
                    else current[group][part]
                )
        return drawn

    def _missing(self) -> tuple[Floats, Floats]:
        """Of each pattern: how missing residuals follow from observed ones, and what is left."""
        records, drawn = self.layout.design.records, self.layout.drawn
        regression = np.zeros((*records.observed.shape, records.observed.shape[1]))
        root = np.zeros_like(regression)
        for p in np.flatnonzero(drawn.any(axis=1)):
            r = self.covariances.residual[records.group[p]]
            seen, absent = records.observed[p], drawn[p]
            slope = np.linalg.solve(r[np.ix_(seen, seen)], r[np.ix_(seen, absent)]).T
            regression[p][np.ix_(absent, seen)] = slope
            rest = r[np.ix_(absent, absent)] - slope @ r[np.ix_(seen, absent)]
            root[p][np.ix_(absent, absent)] = np.linalg.cholesky(rest)
        return regression, root


def draw_covariance(
    prior: Prior, square: Floats, count: int, generator: np.random.Generator
) -> Floats:
    """From the inverse Wishart distribution given `count` vectors with this sum of squares."""
    scale = np.atleast_2d(np.asarray(prior.scale, dtype=float)) + (square + square.T) / 2.0
    degrees = prior.degrees + count
    q = scale.shape[0]
    # Bartlett: G^-1 = L A A' L' with L L' = scale^-1, so G = M M' with M = L^-T A^-T.
    a = np.tril(generator.standard_normal((q, q)), -1)
    np.fill_diagonal(a, np.sqrt(generator.chisquare(degrees - np.arange(q))))
    root = np.linalg.cholesky(scale)
    m = np.linalg.solve(a, root.T).T
    return np.asarray(m @ m.T)


def _trait_parts(design: Design) -> list[list[Integers]]:
    """Of each residual group, traits that records connect; between parts R is zero."""
    records = design.records
    parts = []
    for group in range(len(design.groups)):
        observed = records.observed[records.group == group].astype(float)
        count, label = connected_components(observed.T @ observed, directed=False)
        parts.append([np.flatnonzero(label == k) for k in range(count)])
    return parts


def _drawn(design: Design, parts: list[list[Integers]]) -> Flags:
    """Of each pattern, missing traits whose residuals the observed ones tell about."""
    records = design.records
    drawn = np.zeros_like(records.observed)
    for p, observed in enumerate(records.observed):
        for traits in parts[records.group[p]]:
            if observed[traits].any():
                drawn[p, traits] = ~observed[traits]
    return drawn
