"""Run the chains, and keep what is needed of them."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from agrigen.bayesian.chain import Chain, Layout
from agrigen.bayesian.imputed import NAME as IMPUTED
from agrigen.errors import Cancelled
from agrigen.evaluation.progress import Stages
from agrigen.types import Floats
from agrigen.variance.gibbs import Plan, side_by_side

EFFECT_SAMPLES = 500
"""Samples of all effects that are kept, of all chains together; sums are of every sample."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What is left of all chains.

    Attributes
    ----------
    names, trace
        Parameters, and their samples, shape (chains, draws, parameters).
    iterations
        Of the draws.
    effects, squares, inclusion, spread
        Of every marker: mean effect, mean of its square, probability of not being 0, and expected
        variance of the effect before its genotypes are seen.
    fixed, fixed_squares
        Means of the fixed columns as they are reported, and of their squares.
    levels, level_squares
        Of every other random effect.
    stored, stored_chain
        Some samples of the marker effects, one row each, and the chain of each.
    stored_levels, stored_last
        Of the same iterations: levels of the imputation, and the last fixed column.
    complete
        Whether every iteration was run.
    """

    names: list[str]
    trace: Floats
    iterations: np.ndarray
    effects: Floats
    squares: Floats
    inclusion: Floats
    spread: Floats
    fixed: Floats
    fixed_squares: Floats
    levels: list[Floats]
    level_squares: list[Floats]
    stored: csr_array
    stored_chain: np.ndarray
    stored_levels: np.ndarray
    stored_last: Floats
    complete: bool
    steps: int


class Run:
    """One chain and what is kept of it."""

    def __init__(self, chain: Chain, plan: Plan, report: csr_array, every: int) -> None:
        self.chain = chain
        self.plan = plan
        self.report = report
        self.every = every
        layout = chain.layout
        self.imputed = next(
            (k for k, levels in enumerate(layout.levels) if levels.block.name == IMPUTED), None
        )
        self.rows: list[list[float]] = []
        self.names: list[str] = []
        size = layout.covariates.markers
        self.sums = [np.zeros(size) for _ in range(4)]
        self.fixed = [np.zeros(report.shape[0]) for _ in range(2)]
        self.levels = [[np.zeros(len(x)) for x in chain.x] for _ in range(2)]
        self.stored: list[csr_array] = []
        self.stored_levels: list[np.ndarray] = []
        self.stored_last: list[float] = []
        self.kept = 0

    def advance(self, steps: int) -> None:
        """Some iterations."""
        for _ in range(steps):
            self.chain.step()
            after = self.chain.steps - self.plan.burn_in
            if after > 0 and after % self.plan.thin == 0 and self.kept < self.plan.kept:
                self._keep()

    def _keep(self) -> None:
        chain, markers = self.chain, self.chain.markers
        found = self._parameters()
        self.names = list(found)
        self.rows.append(list(found.values()))
        values = (markers.effects, markers.effects**2, markers.inclusion,
                  markers.expected_variance)  # fmt: skip
        for total, value in zip(self.sums, values, strict=True):
            total += value
        b = self.report @ chain.b[: self.report.shape[1]]
        for k, total in enumerate(self.fixed):
            total += b ** (k + 1)
        for k, totals in enumerate(self.levels):
            for total, x in zip(totals, chain.x, strict=True):
                total += x[:, 0] ** (k + 1)
        self.kept += 1
        if self.kept % self.every == 0:
            self._store()

    def _parameters(self) -> dict[str, float]:
        """Variances, the distribution of the effects, and heritabilities."""
        chain, layout = self.chain, self.chain.layout
        values = chain.g
        if self.imputed is not None:
            values = values + self._of_animals(self.imputed)
        genetic = float(values.var())
        others = {n: v for n, v in chain.variances.items() if n != "residual"}
        rest = sum(v for n, v in others.items() if n != IMPUTED)
        total = genetic + rest + chain.variances["residual"]
        found = chain.markers.parameters() | {"genetic": genetic} | others
        found["residual"] = chain.variances["residual"]
        found["genomic_heritability"] = genetic / total
        polygenic = [
            levels.block.name for levels in layout.levels
            if levels.block.structure.genetic and levels.block.name != IMPUTED
        ]  # fmt: skip
        if polygenic:
            more = sum(others[name] for name in polygenic)
            found["heritability"] = (genetic + more) / total
        return found

    def _of_animals(self, place: int) -> Floats:
        """Level of an effect of every animal with records."""
        layout = self.chain.layout
        start, record, _ = layout.levels[place].entries
        level = np.repeat(np.arange(start.size - 1), np.diff(start))
        out = np.zeros(layout.covariates.animals)
        out[layout.animal[record]] = self.chain.x[place][level, 0]
        return out

    def _store(self) -> None:
        chain = self.chain
        effects = chain.markers.effects
        self.stored.append(csr_array(effects.astype(np.float32)[None, :]))
        if self.imputed is not None:
            self.stored_levels.append(chain.x[self.imputed][:, 0].astype(np.float32))
        self.stored_last.append(float(chain.b[-1]) if chain.b.size else 0.0)


def sample(
    layout: Layout,
    plan: Plan,
    random: np.random.Generator,
    report: csr_array,
    stage: Stages,
) -> Kept:
    """All iterations of all chains, side by side; fewer when interrupted or cancelled."""
    every = max(1, -(-plan.kept * plan.chains // EFFECT_SAMPLES))
    runs = [
        Run(Chain(layout, child, elsewhere=number > 0), plan, report, every)
        for number, child in enumerate(random.spawn(plan.chains))
    ]
    complete = side_by_side(runs, plan, stage, (KeyboardInterrupt, Cancelled))
    return _gather(runs, plan, complete=complete)


def _gather(runs: list[Run], plan: Plan, *, complete: bool) -> Kept:
    kept = min(run.kept for run in runs)
    trace = np.array([run.rows[:kept] for run in runs])
    count = sum(run.kept for run in runs)

    def mean(parts: list[Floats]) -> Floats:
        return np.asarray(sum(parts) / count)

    blocks = range(len(runs[0].chain.x))
    effects, squares, inclusion, spread = (mean([run.sums[k] for run in runs]) for k in range(4))
    levels = [[mean([run.levels[k][place] for run in runs]) for place in blocks] for k in (0, 1)]
    stored = [row for run in runs for row in run.stored]
    return Kept(
        runs[0].names, trace, plan.burn_in + plan.thin * np.arange(1, kept + 1),
        effects, squares, inclusion, spread,
        mean([run.fixed[0] for run in runs]), mean([run.fixed[1] for run in runs]),
        levels[0], levels[1],
        csr_array(vstack(stored, format="csr")) if stored else csr_array((0, effects.size)),
        np.repeat(np.arange(len(runs)), [len(run.stored) for run in runs]),
        np.array([row for run in runs for row in run.stored_levels], dtype=np.float32),
        np.array([value for run in runs for value in run.stored_last]),
        complete, sum(run.chain.steps for run in runs),
    )  # fmt: skip
