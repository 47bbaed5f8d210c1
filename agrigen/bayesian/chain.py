"""One Markov chain: its state, and one iteration."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, tril

from agrigen._kernels import gibbs as kernels
from agrigen.bayesian.covariates import Covariates
from agrigen.bayesian.imputed import NAME as IMPUTED
from agrigen.bayesian.markers import Markers
from agrigen.bayesian.priors import RESIDUAL, Resolved
from agrigen.evaluation.arrays import Block
from agrigen.evaluation.factor import Factor
from agrigen.evaluation.operator import animal_arrays, inverse_diagonal
from agrigen.evaluation.system import freedom
from agrigen.types import Flags, Floats, Integers

REFRESH = 500
"""Iterations after which the running residuals are computed afresh."""

DENSE = 2_000
"""Fixed columns up to which their equations are dense."""

SPREAD = 0.5
"""Standard deviation of the log of the factor by which further chains start elsewhere."""


@dataclass(frozen=True, eq=False)
class Levels:
    """A random effect beside the markers: what drawing its levels needs."""

    block: Block
    entries: tuple[Integers, np.ndarray, Floats]
    pinned: Flags
    animals: Any
    links: Any
    base: Floats
    diagonal: Floats

    @classmethod
    def of(cls, block: Block, entries: Any, pinned: Flags) -> "Levels":
        """Of a block of one component."""
        structure = block.structure
        nothing = np.empty(0, np.int32)
        animals: Any = (nothing, nothing, 0.5, 0.5, np.empty(0))
        links: Any = (np.zeros(1, np.int64), np.empty(0, np.int64))
        if structure.sire is not None:
            animals = animal_arrays(block)
            links = kernels.offspring(animals, block.levels)
        base = np.zeros((0, 0)) if structure.base is None else structure.base
        return cls(block, entries, pinned, animals, links, base, inverse_diagonal(block))

    @property
    def independent(self) -> bool:
        """Whether the levels are unrelated."""
        return self.block.structure.sire is None

    @property
    def degrees(self) -> int:
        """Levels that have a distribution: of an imputation, those that are not genotyped."""
        if self.block.name == IMPUTED:
            return int((~self.pinned).sum())
        return freedom(self.block)


@dataclass(frozen=True, eq=False)
class Layout:
    """What all chains share."""

    y: Floats
    weight: Floats
    fixed: csr_array
    animal: Integers
    covariates: Covariates
    levels: tuple[Levels, ...]
    priors: Resolved
    dtype: Any = np.float32
    solve: Callable[[Floats], Floats] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "solve", _solver(self.fixed, self.weight))


def _solver(x: csr_array, weight: Floats) -> Callable[[Floats], Floats]:
    """Solve with X'WX."""
    if not x.shape[1]:
        return np.zeros_like
    gram = csr_array(x.T @ (x * weight[:, None]))
    if x.shape[1] <= DENSE:
        return partial(cho_solve, cho_factor(gram.toarray(), lower=True))
    lower = csr_array(tril(gram, format="csr"))
    lower.sort_indices()
    return Factor(lower).factorize(lower.data).solve


class Chain:
    """State of one chain; `step` moves it.

    Attributes
    ----------
    b
        Fixed columns.
    x, phi
        Levels of the other random effects, and their Mendelian sampling terms.
    e
        Residual of every record.
    g
        Value of every animal by the markers.
    variances
        Of the residual and of the other random effects, by name.
    """

    def __init__(self, layout: Layout, random: np.random.Generator, *, elsewhere: bool) -> None:
        self.layout = layout
        self.random = random
        self.y = layout.y
        factor = float(np.exp(SPREAD * random.standard_normal())) if elsewhere else 1.0
        priors = layout.priors
        names = [RESIDUAL, *(levels.block.name for levels in layout.levels)]
        self.variances = {
            name: priors.start(name) * (1.0 if name in priors.held else factor) for name in names
        }
        self.markers = Markers(
            layout.covariates, priors, random, self.variances[RESIDUAL],
            dtype=layout.dtype, factor=factor, elsewhere=elsewhere,
        )  # fmt: skip
        self.b = np.zeros(layout.fixed.shape[1])
        self.x = [np.zeros((levels.block.levels, 1)) for levels in layout.levels]
        self.phi = [np.zeros_like(x) for x in self.x]
        self.g = np.zeros(layout.covariates.animals)
        self.steps = 0
        self.refresh()

    def refresh(self) -> None:
        """Compute residuals, values and Mendelian sampling terms from the effects."""
        layout = self.layout
        self.g = layout.covariates.times(self.markers.effects)
        self.e = self.y - layout.fixed @ self.b - self.g[layout.animal]
        for levels, x, phi in zip(layout.levels, self.x, self.phi, strict=True):
            start, record, value = levels.entries
            level = np.repeat(np.arange(start.size - 1), np.diff(start))
            np.subtract.at(self.e, record, value * x[level, 0])
            if not levels.independent:
                kernels.mendelian(levels.animals, x, phi)

    def step(self) -> None:
        """Draw everything once."""
        if self.steps and self.steps % REFRESH == 0:
            self.refresh()
        self.steps += 1
        self._draw_fixed()
        for place, levels in enumerate(self.layout.levels):
            self._draw_levels(place, levels)
        self._draw_markers()
        self._draw_residual()

    def _draw_fixed(self) -> None:
        """All at once: the solution for residuals plus simulated noise."""
        layout = self.layout
        if not self.b.size:
            return
        noise = self.random.standard_normal(self.e.size)
        noise *= np.sqrt(self.variances[RESIDUAL] / layout.weight)
        delta = layout.solve(layout.fixed.T @ (layout.weight * (self.e + noise)))
        self.b += delta
        self.e -= layout.fixed @ delta

    def _draw_levels(self, place: int, levels: Levels) -> None:
        name, x, phi = levels.block.name, self.x[place], self.phi[place]
        z = self.random.standard_normal(x.shape)
        scale = self.layout.weight / self.variances[RESIDUAL]
        kernels.sweep_one(
            levels.animals, levels.links, levels.base, levels.independent, levels.diagonal,
            1.0 / self.variances[name], levels.entries, scale, levels.pinned, z, x, phi, self.e,
        )  # fmt: skip
        square = np.zeros((1, 1))
        weight = np.ones(len(x)) if levels.independent else levels.animals[4]
        kernels.weighted_square(x if levels.independent else phi, weight, square)
        if levels.base.any():
            groups = x[weight.size :]
            square += groups.T @ levels.base @ groups
        self._draw_variance(name, float(square[0, 0]), levels.degrees)

    def _draw_markers(self) -> None:
        if not self.markers.size:
            return
        layout = self.layout
        animals = layout.covariates.animals
        residuals = np.bincount(layout.animal, layout.weight * self.e, minlength=animals)
        change = self.markers.draw(residuals.astype(np.float64), self.variances[RESIDUAL])
        self.g += change
        self.e -= change[layout.animal]

    def _draw_residual(self) -> None:
        square = float((self.layout.weight * self.e**2).sum())
        square_of_effects, count = self.markers.scaled_by_residual()
        self._draw_variance(RESIDUAL, square + square_of_effects, self.e.size + count)

    def _draw_variance(self, name: str, square: float, count: int) -> None:
        priors = self.layout.priors
        if name in priors.held:
            return
        prior = priors.variances[name]
        drawn = (square + float(prior.scale)) / self.random.chisquare(count + prior.degrees)
        self.variances[name] = float(drawn)
