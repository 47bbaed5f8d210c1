"""Solve genomic models in the space of the observations: no inverse of any relationships."""

from collections import deque
from dataclasses import replace

import numpy as np

from agrigen.errors import SolveError
from agrigen.evaluation.arrays import Block, Covariances, Design
from agrigen.evaluation.factor import Factor
from agrigen.evaluation.hints import hints_of
from agrigen.evaluation.iterative import ACCURACY, DELAY, PROMISED, RESTARTS, Convergence
from agrigen.evaluation.progress import NO_STAGES, Stages
from agrigen.evaluation.system import System
from agrigen.evaluation.threads import plain_blas
from agrigen.pedigree.structure import Structure
from agrigen.types import Floats

TOLERANCE = 1e-8
"""Norm of the residual over its first one. The error in standard deviations asks for more."""

MAX_ITERATIONS = 2_000

FACTOR_WORK = 2e12
"""Operations of the pedigree model's factor above which animals precondition one by one."""


class DualSolver:
    """Conjugate gradients for s in V s = y - X b and X' s = 0, where u = (K (x) G) W' s.

    V = W (K (x) G) W' + R needs K times a vector, which for genomic relationships and for H are
    products of packed genotypes and of the pedigree; K needs no inverse. The preconditioner
    is the same with the relationships of the pedigree in the place of the genomic ones, through
    the sparse factor of its mixed-model equations: what is left to iterate on is how the two
    differ. It also keeps X' s = 0 (Gould, Hribar and Nocedal 2001). Without a pedigree animals
    are independent in it.

    Memory: that factor, a few vectors of observations and unknowns, and what products with K take.
    """

    def __init__(self, design: Design, covariances: Covariances, stage: Stages = NO_STAGES) -> None:
        self.design = design
        self.covariances = covariances
        self.structures = [block.structure.without_fixed_groups() for block in design.blocks]
        stage(0.0, "factoring the equations of the pedigree")
        self._plain, self._plain_covariances, self._factor = _preconditioner(design, covariances)
        self.system = System(self._plain)
        weight = design.records.weight
        counts = np.diff(design.records.start)
        self._weight = None if (weight == 1.0).all() else np.repeat(weight, counts)
        self._residual = np.ascontiguousarray(covariances.residual[design.records.group])
        scales = [np.nanmax(structure.own, initial=1.0) for structure in self.structures]
        self.scale = float(np.sqrt(max(scales, default=1.0)))

    def times(self, s: Floats) -> Floats:
        """V s."""
        return self.system.fitted(self.effects(s)) + self._noise(s)

    def effects(self, s: Floats) -> Floats:
        """(K (x) G) W' s, of all unknowns; 0 where fixed."""
        return self._effects(s, self.structures, self.covariances)

    def precondition(self, r: Floats) -> tuple[Floats, Floats]:
        """P r of the pedigree model and its solutions for the data r."""
        weighted = self.system.weighted(r, self.covariances)
        x = self._factor.solve(self.system.adjoint(weighted))
        return weighted - self.system.weighted(self.system.fitted(x), self.covariances), x

    def fixed_part(self, x: Floats) -> Floats:
        """Fixed effects alone; those of groups as their descendants have them."""
        out = np.zeros_like(x)
        out[self.design.fixed] = x[self.design.fixed]
        for block in self.design.blocks:
            if block.structure.fixed_groups:
                out[block.span] = _of_groups(block, x[block.span])
        return out

    def start(self, x: Floats) -> Floats:
        """s of earlier solutions, such that X' s = 0."""
        e = self.design.records.y - self.system.fitted(x)
        s = self.system.weighted(e, self.covariances)
        plain = [block.structure.without_fixed_groups() for block in self._plain.blocks]
        like = self.system.fitted(self._effects(s, plain, self._plain_covariances))
        return self.precondition(like + self._noise(s))[0]

    def solve(
        self,
        data: Floats,
        *,
        start: Floats | None = None,
        tolerance: float = TOLERANCE,
        accuracy: float = ACCURACY,
        max_iterations: int = MAX_ITERATIONS,
        stage: Stages = NO_STAGES,
    ) -> tuple[Floats, Convergence]:
        """Solutions for one value an observation; arguments as of `solve_iterative`."""
        with plain_blas():
            run = _Run(self, data, start)
            run.iterate(tolerance, accuracy, max_iterations, stage)
            return run.solutions(), run.convergence(accuracy)

    def close(self) -> None:
        """Nothing is held that has to be let go."""

    def _noise(self, s: Floats) -> Floats:
        """R s."""
        out = self.system.by_record(self._residual, s)
        return out if self._weight is None else out / self._weight

    def _effects(self, s: Floats, structures: list[Structure], covariances: Covariances) -> Floats:
        out = self.system.adjoint(s)
        out[self.design.fixed] = 0.0
        parts = zip(self.design.blocks, structures, covariances.blocks, strict=True)
        for block, structure, g in parts:
            values = out[block.span].reshape(block.levels, block.width)
            values[: len(structure)] = structure.times(values[: len(structure)]) @ g
            values[len(structure) :] = 0.0
        return out


class _Run:
    """State of conjugate gradients."""

    def __init__(self, solver: DualSolver, data: Floats, start: Floats | None) -> None:
        self.solver = solver
        self.data = np.asarray(data, dtype=np.float64)
        self.z, x = solver.precondition(self.data)
        self.fixed = np.zeros_like(x)
        self.norm = float(np.sqrt(max(float(self.data @ self.z), 0.0)))
        self.s = np.zeros(self.data.size) if start is None else solver.start(start)
        self.r = self.data
        self.terms: deque[float] = deque([np.inf] * DELAY, maxlen=DELAY)
        self.history: list[float] = []
        self.relative, self.reached = 1.0, False
        self.renew()

    def renew(self) -> None:
        """Compute the residual afresh, less what the fixed effects take of it."""
        solver = self.solver
        self.r = self.data - solver.times(self.s) if self.s.any() else self.data.copy()
        self.fixed.fill(0.0)
        for _ in range(2):  # the second time without the rounding of a large mean
            self._project()
        self.relative = self._root(float(self.r @ self.z)) / self.norm if self.norm else 0.0

    def _project(self) -> float:
        """z = P r, and what fixed effects explain is taken out of r: P X = 0 but for rounding."""
        self.z, x = self.solver.precondition(self.r)
        x = self.solver.fixed_part(x)
        self.fixed += x
        self.r -= self.solver.system.fitted(x)
        return float(self.r @ self.z)

    def iterate(
        self, tolerance: float, accuracy: float, max_iterations: int, stage: Stages
    ) -> None:
        """Up to the stopping rule; then again while rounding has hidden a larger residual."""
        before = np.inf
        try:
            for _ in range(RESTARTS):
                self.reached = self._descend(tolerance, accuracy, max_iterations, stage)
                self.renew()
                if not tolerance < self.relative <= 0.5 * before:
                    return
                before = self.relative
        except KeyboardInterrupt:
            self.renew()

    def _descend(
        self, tolerance: float, accuracy: float, max_iterations: int, stage: Stages
    ) -> bool:
        solver = self.solver
        rz = float(self.r @ self.z)
        if rz <= (1e-15 * self.norm) ** 2:
            self.terms = deque([0.0])
            return True
        p = self.z.copy()
        while len(self.history) < max_iterations:
            q = solver.times(p)
            energy = float(p @ q)
            if energy <= 0.0:
                raise SolveError(_NOT_POSITIVE)
            step = rz / energy
            self.terms.append(step * rz)
            self.s += step * p
            self.r -= step * q
            after = self._project()
            relative = self._root(after) / self.norm
            self.history.append(relative)
            self._tell(relative, tolerance, stage)
            if (relative <= tolerance and self.error <= accuracy) or after <= 0.0:
                return True
            p *= after / rz
            p += self.z
            rz = after
        return False

    @property
    def error(self) -> float:
        """Estimated bound of the errors in standard deviations, as of DELAY iterations ago."""
        return self.solver.scale * self._root(sum(self.terms))

    def _tell(self, relative: float, tolerance: float, stage: Stages) -> None:
        done = len(self.history)
        fraction = np.log(max(relative, 1e-300)) / np.log(tolerance)
        words = f"iteration {done}: relative residual {relative:.1e}"
        stage(float(np.clip(fraction, 0.0, 1.0)), words)

    def solutions(self) -> Floats:
        """All unknowns: fixed effects of the last residual, random ones of s."""
        x = self.solver.effects(self.s) + self.fixed
        x[self.solver.design.pinned] = 0.0
        return x

    def convergence(self, accuracy: float) -> Convergence:
        """The record of the iterations."""
        rest = self.solver.scale * self.relative * self.norm
        error = max(self.error, rest)
        return Convergence(
            len(self.history),
            self.relative,
            error,
            np.array(self.history),
            self.reached and error <= max(accuracy, PROMISED),
        )

    @staticmethod
    def _root(square: float) -> float:
        return float(np.sqrt(max(square, 0.0)))


def _preconditioner(design: Design, covariances: Covariances) -> tuple[Design, Covariances, Factor]:
    """The model by its pedigree alone, and the factor of its equations."""
    plain, scaled = without_genotypes(design, covariances)
    system = System(plain)
    factor = Factor(system.lower, hints_of(plain))
    groups = any(block.structure.fixed_groups for block in design.blocks)
    if factor.work > FACTOR_WORK and not groups:
        plain, scaled = _independent(plain, scaled)
        system = System(plain)
        factor = Factor(system.lower, hints_of(plain))
    return plain, scaled, factor.factorize(system.values(scaled))


def without_genotypes(design: Design, covariances: Covariances) -> tuple[Design, Covariances]:
    """The model with the relationships of the pedigree, or none, in the place of genomic ones."""
    blocks, matrices = [], []
    for block, g in zip(design.blocks, covariances.blocks, strict=True):
        structure = block.structure
        if structure.dense is not None and structure.sire is not None:
            structure = replace(structure, dense=None)
        elif structure.dense is not None:
            g = g * float(structure.own.mean())
            structure = Structure.independent(structure.names)
        blocks.append(replace(block, structure=structure))
        matrices.append(g)
    plain = replace(design, blocks=tuple(blocks), genomic={})
    return plain, Covariances(tuple(matrices), covariances.residual)


def _independent(design: Design, covariances: Covariances) -> tuple[Design, Covariances]:
    """Every level for itself."""
    blocks, matrices = [], []
    for block, g in zip(design.blocks, covariances.blocks, strict=True):
        structure = Structure.independent(block.structure.names)
        blocks.append(replace(block, structure=structure))
        matrices.append(g * float(np.nanmean(block.structure.own)))
    return replace(design, blocks=tuple(blocks)), Covariances(tuple(matrices), covariances.residual)


def _of_groups(block: Block, values: Floats) -> Floats:
    own = values.reshape(block.levels, block.width).copy()
    own[: block.levels - block.structure.fixed_groups] = 0.0
    return replace(block.structure, dense=None).inherited(own).ravel()


_NOT_POSITIVE = (
    "The genomic relationships are not positive definite: tuning made them so. "
    "Use tune: none, or another blend."
)
