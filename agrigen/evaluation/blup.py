"""BLUP: from model, records, pedigree and variances to breeding values."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.errors import Cancelled, ConvergenceWarning, ModelError, NotAvailable, Problem
from agrigen.evaluation.checks import not_available
from agrigen.evaluation._old_design import Design, RandomTerm, build_design
from agrigen.evaluation.equations import Equations, build_equations
from agrigen.evaluation.model import Animal, Model, column_of
from agrigen.evaluation.reliability import fixed_errors, reliability
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.solve import Solution, SolverName, choose, solve_direct, solve_pcg
from agrigen.pedigree import Pedigree
from agrigen.provenance import (
    Stopwatch,
    __version__,
    hash_texts,
    peak_memory_mb,
    record,
)
from agrigen.types import Floats

BREEDING_VALUE_COLUMNS = (
    "id",
    "breeding_value",
    "se",
    "reliability",
    "accuracy",
    "inbreeding",
    "records",
    "pev",
)

Progress = Callable[[float, str], object]
Cancel = Callable[[], bool]


def evaluate(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    variances: Mapping[str, Any],
    *,
    solver: SolverName = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Evaluation:
    """Best linear unbiased prediction at given variances.

    y = X b + sum of Z u + e, with u ~ N(0, A variance) for the animal effect,
    u ~ N(0, I variance) for other random effects and e ~ N(0, residual / weight).

    Parameters
    ----------
    model
        What is fitted.
    data
        One row a record. Empty and NA are missing; such records are counted and left out.
    pedigree
        All animals with records must be in it; None for a model without an animal effect.
    variances
        One positive number for each random effect, by its name, and for `residual`.
    solver
        `direct` gives exact standard errors and reliabilities; `pcg` (conjugate gradients) gives
        solutions only; `auto` is direct unless the factor would be too large.
    progress
        Called with a fraction and a sentence at every stage.
    cancel
        Asked at every stage; when it says True, `Cancelled` is raised.

    Returns
    -------
    Evaluation
        The same input gives the same bits again.

    Raises
    ------
    DataError, ModelError
        With all problems found.

    References
    ----------
    Henderson 1975, Biometrics 31:423, doi:10.2307/2529430
    """
    stopwatch = Stopwatch()
    stage = _Stages(progress, cancel)
    missing = not_available(model)
    if missing:
        raise NotAvailable(missing)
    given = check_variances(model, variances)
    stage(0.0, "reading records")
    design = build_design(model, data, pedigree)
    stage(0.15, "building the equations")
    equations = build_equations(design, given, pedigree, inbreeding=model.inbreeding)
    stage(0.35, "ordering the equations")
    factor = choose(solver, equations)
    stage(0.5, "solving the equations")
    solution = solve_direct(equations, factor) if factor else solve_pcg(equations)
    if not solution.converged:
        warnings.warn(_not_converged(solution), ConvergenceWarning, stacklevel=2)
    stage(0.7, "computing reliabilities" if factor else "collecting the solutions")
    diagonal = factor.inverse_diagonal() if factor else np.full(equations.size, np.nan)
    stage(0.95, "writing the tables")
    tables = _Tables(model, design, equations, solution, diagonal, given, pedigree)
    result = tables.evaluation(stopwatch, data)
    stage(1.0, "done")
    return result


def check_variances(model: Model, variances: Mapping[str, Any]) -> dict[str, float]:
    """The variances as positive numbers, one for each random effect and the residual."""
    wanted = [*(effect.name for effect in model.random), "residual"]
    problems = [
        Problem("variance", (), f"No variance is given for {name!r}.", "Add it to variances.")
        for name in wanted
        if name not in variances
    ]
    problems += [
        Problem(
            "variance",
            (),
            f"A variance is given for {name!r}, which is no random effect of the model.",
            f"Random effects are {', '.join(wanted)}.",
        )
        for name in variances
        if name not in wanted
    ]
    given = {name: _variance(variances[name]) for name in wanted if name in variances}
    problems += [
        Problem(
            "variance",
            (),
            f"The variance of {name!r} is {variances[name]!r}.",
            "Give one number above 0.",
        )
        for name, value in given.items()
        if value is None
    ]
    if problems:
        raise ModelError(problems)
    return {name: value for name, value in given.items() if value is not None}


def _variance(value: Any) -> float | None:
    """A number, or a matrix of one number; None for anything else."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return None
    number = float(value)
    return number if np.isfinite(number) and number > 0 else None


class _Stages:
    """Tells progress and asks whether to go on, between two steps."""

    def __init__(self, progress: Progress | None, cancel: Cancel | None) -> None:
        self.progress = progress
        self.cancel = cancel

    def __call__(self, fraction: float, message: str) -> None:
        if self.cancel is not None and self.cancel():
            raise Cancelled(f"The evaluation was cancelled before {message}.")
        if self.progress is not None:
            self.progress(fraction, message)


def _not_converged(solution: Solution) -> str:
    return (
        f"The solver stopped after {solution.iterations} iterations at a relative residual of "
        f"{solution.residual:.1e}. Use solver='direct', or check the variances."
    )


class _Tables:
    """Turns the vector of solutions into named tables."""

    def __init__(
        self,
        model: Model,
        design: Design,
        equations: Equations,
        solution: Solution,
        diagonal: Floats,
        variances: dict[str, float],
        pedigree: Pedigree | None,
    ) -> None:
        self.model = model
        self.design = design
        self.equations = equations
        self.solution = solution
        self.diagonal = diagonal
        self.variances = variances
        self.pedigree = pedigree

    def evaluation(self, stopwatch: Stopwatch, data: pd.DataFrame) -> Evaluation:
        """The result with its tables, summary and provenance."""
        solutions = pd.concat(
            [self.fixed(), *(self.random(term) for term in self.design.random)], ignore_index=True
        )
        breeding_values = self.breeding_values()
        provenance = record(
            {
                "model": self.model.to_mapping(),
                "variances": self.variances,
                "solver": self.solution.solver,
            },
            self._inputs(data),
            seconds=stopwatch.seconds,
        )
        return Evaluation(
            self.model,
            breeding_values,
            solutions,
            self._variances(),
            {**self._summary(), **_resources(provenance)},
            self._diagnostics(),
            provenance,
            self._citations(),
        )

    def fixed(self) -> pd.DataFrame:
        """Solutions of intercept, factors and covariates."""
        inside = np.zeros(self.equations.kept.size)
        inside[self.equations.kept] = self.solution.values[self.equations.fixed]
        values = np.append(self.design.report @ inside, 0.0)
        errors = np.full(values.size, np.nan)
        if self.solution.factor is not None:
            errors[:-1] = fixed_errors(
                self.design.report, self.equations, self.solution.factor, self.diagonal
            )
        places = np.array([c.place for c in self.design.coefficients])
        return self._frame(
            [c.effect for c in self.design.coefficients],
            [c.level for c in self.design.coefficients],
            values[places],
            errors[places],
            np.full(places.size, np.nan),
            [c.order for c in self.design.coefficients],
        )

    def random(self, term: RandomTerm) -> pd.DataFrame:
        """Solutions of a random effect."""
        span = self.equations.spans[term.name]
        n = len(term.levels)
        reliabilities = self._reliability() if term.genetic else np.full(n, np.nan)
        return self._frame(
            [term.name] * n,
            term.levels,
            self.solution.values[span],
            np.sqrt(self.diagonal[span]),
            reliabilities,
            [None] * n,
        )

    def _frame(
        self,
        effects: list[str],
        levels: list[str],
        solutions: Floats,
        errors: Floats,
        reliabilities: Floats,
        orders: list[int | None],
    ) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "effect": effects,
                "trait": self.model.trait,
                "level": levels,
                "coefficient": pd.array(orders, dtype="Int64"),
                "solution": solutions,
                "se": errors,
                "reliability": reliabilities,
            }
        )

    @property
    def _genetic(self) -> RandomTerm | None:
        return next((term for term in self.design.random if term.genetic), None)

    def _reliability(self) -> Floats:
        if self._genetic is None or self.pedigree is None:
            return np.empty(0)
        name = self._genetic.name
        inbreeding = self.pedigree.inbreeding() if self.model.inbreeding else None
        return reliability(
            self.diagonal[self.equations.spans[name]], self.variances[name], inbreeding
        )

    def breeding_values(self) -> pd.DataFrame:
        """One row for every animal of the pedigree."""
        term, pedigree = self._genetic, self.pedigree
        if term is None or pedigree is None:
            return pd.DataFrame(columns=list(BREEDING_VALUE_COLUMNS))
        span = self.equations.spans[term.name]
        reliabilities = self._reliability()
        return pd.DataFrame(
            {
                "id": term.levels,
                "breeding_value": self.solution.values[span],
                "se": np.sqrt(self.diagonal[span]),
                "reliability": reliabilities,
                "accuracy": np.sqrt(reliabilities),
                "inbreeding": pedigree.inbreeding(),
                "records": np.bincount(term.codes, minlength=len(pedigree)),
                "pev": self.diagonal[span],
            }
        )

    def _variances(self) -> pd.DataFrame:
        trait = self.model.trait
        return pd.DataFrame(
            {
                "effect": list(self.variances),
                "trait_1": trait,
                "trait_2": trait,
                "value": list(self.variances.values()),
                "se": np.nan,
            }
        )

    def _summary(self) -> dict[str, Any]:
        term = self._genetic
        used = int(self.design.y.size)
        return {
            "model": self.model.to_mapping(),
            "records": {
                "read": self.design.read,
                "used": used,
                "dropped": self.design.read - used,
                "reasons": self.design.dropped,
            },
            "animals": {
                "evaluated": len(term.levels) if term else 0,
                "with_records": int(np.unique(term.codes).size) if term else 0,
                "implied_founders": len(self.pedigree.implied_founders) if self.pedigree else 0,
            },
            "levels": {t.name: len(t.levels) for t in self.design.random},
            "equations": self.equations.size,
            "fixed_rank": int(self.equations.kept.sum()),
            "dependent": self._dependent(),
            "solver": self.solution.solver,
            "iterations": self.solution.iterations,
            "converged": self.solution.converged,
            "log_likelihood": self._log_likelihood(),
            "variances": self.variances,
            "heritability": self._ratio([term.name] if term else []),
            "repeatability": self._ratio(self._permanent()),
        }

    def _dependent(self) -> list[str]:
        kept = self.equations.kept
        return [
            f"{c.effect} {c.level}".strip() + (f" ^{c.order}" if c.order else "")
            for c in self.design.coefficients
            if c.place >= 0 and not kept[c.place]
        ]

    def _permanent(self) -> list[str]:
        """The effects that repeated records of an animal share, where there are several."""
        animal = self.model.animal
        if animal is None:
            return []
        names = [e.name for e in self.model.random if column_of(e) == column_of(animal)]
        return names if len(names) > 1 else []

    def _ratio(self, names: list[str]) -> dict[str, float]:
        if not names:
            return {}
        total = sum(self.variances.values())
        return {self.model.trait: sum(self.variances[name] for name in names) / total}

    def _log_likelihood(self) -> float | None:
        """REML log-likelihood at the given variances (direct solver only).

        Constants included; the covariates count unscaled, as they stand in the records.
        """
        factor, equations = self.solution.factor, self.equations
        if factor is None:
            return None
        freedom = self.design.y.size - int(equations.kept.sum())
        fitted = equations.total - float(self.solution.values @ equations.rhs)
        # The scale of a column is on the diagonal of `report`.
        unscaled = -2.0 * float(np.log(self.design.report.diagonal()[equations.kept]).sum())
        determinants = equations.log_residual + equations.log_penalty + factor.logdet + unscaled
        return -0.5 * (freedom * float(np.log(2 * np.pi)) + determinants + fitted)

    def _diagnostics(self) -> dict[str, Any]:
        factor = self.solution.factor
        return {
            "solver": self.solution.solver,
            "iterations": self.solution.iterations,
            "converged": self.solution.converged,
            "relative_residual": self.solution.residual,
            "equations": self.equations.size,
            "nonzeros": int(self.equations.lower.nnz),
            "factor_nonzeros": factor.nonzeros if factor else None,
            "factor_operations": factor.work if factor else None,
            "dense_tail": factor.size - factor.sparse if factor else None,
        }

    def _inputs(self, data: pd.DataFrame) -> dict[str, Any]:
        columns = [data[name] for name in _columns_read(self.model)]
        inputs = {"records": {"sha256": hash_texts(*columns), "rows": len(data)}}
        if self.pedigree is not None:
            p = self.pedigree
            inputs["pedigree"] = {"sha256": hash_texts(p.ids, p.sire, p.dam), "rows": len(p)}
        return inputs

    def _citations(self) -> tuple[papers.Citation, ...]:
        found = [papers.HENDERSON_1975]
        if self._genetic is not None:
            found.append(papers.HENDERSON_1976)
            if self.model.inbreeding:
                found += [papers.QUAAS_1976, papers.SARGOLZAEI_2005]
        if self.solution.factor is None:
            return (*found, papers.STRANDEN_1999)
        return (*found, papers.AMESTOY_1996, papers.ERISMAN_1975)


def _columns_read(model: Model) -> list[str]:
    names = [model.trait, *([model.weights] if model.weights else [])]
    for effect in model.effects:
        names.append(column_of(effect))
        within = None if isinstance(effect, Animal) else getattr(effect, "within", None)
        names += [within] if within else []
    return list(dict.fromkeys(names))


def _resources(provenance: dict[str, Any]) -> dict[str, Any]:
    return {
        "seconds": provenance["resources"]["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "version": __version__,
        "inputs": provenance["inputs"],
    }
