"""Bayesian marker models through `ag.evaluate` and the model file."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from agrigen.bayesian.convergence import doubtful
from agrigen.bayesian.fit import bayes
from agrigen.bayesian.result import Bayes
from agrigen.errors import Cancelled, ModelError, NotAvailable, Problem
from agrigen.evaluation.arrays import Block
from agrigen.evaluation.model import Model
from agrigen.evaluation.progress import Stages
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.tables import BREEDING_VALUE_COLUMNS
from agrigen.genotypes import Genotypes
from agrigen.pedigree import Pedigree
from agrigen.provenance import __version__, peak_memory_mb
from agrigen.random import Seed

SEED = 1
"""Without a seed: the same file gives the same samples again."""


def evaluate_bayes(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None,
    genotypes: Genotypes | None,
    options: Mapping[str, Any],
    stage: Stages,
    **unused: Any,
) -> Evaluation:
    """An evaluation with a Bayesian genomic effect.

    Parameters
    ----------
    options
        iterations, burn_in, thin, chains, seed, priors, precision.
    unused
        Parts of an evaluation that such a model does not have; refused where they are given.
    """
    _refuse(unused)
    if genotypes is None:
        text = "A Bayesian genomic effect needs genotypes."
        raise ModelError([Problem("no_genotypes", (), text, "Give them.")])
    given = dict(options)
    seed: Seed = given.pop("seed", SEED)
    stopped: list[bool] = []

    def cancel() -> bool:
        asked = stage.cancel is not None and stage.cancel()
        stopped.extend([True] if asked else [])
        return asked

    def progress(fraction: float, message: str) -> None:
        if stage.progress is not None:
            width = stage.stop - stage.start
            stage.progress(stage.start + fraction * width, message)

    found = bayes(model, data, genotypes, pedigree=pedigree, rng=seed, progress=progress,
                  cancel=cancel, **given)  # fmt: skip
    result = evaluation_of(found)
    if stopped:
        raise Cancelled("The evaluation was cancelled.")
    return result


def evaluation_of(found: Bayes) -> Evaluation:
    """The tables of an evaluation."""
    values = _breeding_values(found)
    return Evaluation(
        found.model,
        values,
        _solutions(found, values),
        _variances(found),
        _summary(found),
        _diagnostics(found),
        found.provenance,
        found.citations,
        marker_effects=found.marker_effects,
    )


def _refuse(unused: Mapping[str, Any]) -> None:
    problems = []
    remedies = {
        "variances": "State priors in options: {priors: {heritability: 0.4}}.",
        "estimate": "Leave estimate out: variances are always sampled.",
        "contrasts": "Use the samples of ag.bayes.",
        "start": "Leave start out.",
    }
    for key, value in unused.items():
        if value is not None and value != "none" and value != {} and value != ():
            text = f"A Bayesian genomic effect has no {key}."
            problems.append(Problem("not_available", (), text, remedies[key]))
    if problems:
        raise NotAvailable(problems)


def _breeding_values(found: Bayes) -> pd.DataFrame:
    """Of the markers, and of polygenic effects."""
    own = found.breeding_values
    parts = [own.assign(se=own["sd"], pev=own["sd"] ** 2)[list(BREEDING_VALUE_COLUMNS)]]
    task = found.setup.task
    for block in task.blocks:
        if block.structure.genetic:
            parts.append(_polygenic(found, block))
    return pd.concat(parts, ignore_index=True)


def _polygenic(found: Bayes, block: Block) -> pd.DataFrame:
    task = found.setup.task
    rows = found.solutions[found.solutions["effect"] == block.name]
    pedigree = task.pedigree
    animals = block.levels if pedigree is None else len(pedigree)
    rows = rows.iloc[:animals]
    se = rows["se"].to_numpy()
    variance = found.value(block.name) * block.structure.scale[:animals]
    reliability = np.clip(1.0 - se**2 / variance, 0.0, 1.0)
    start, _, _ = task.entries(block)
    return pd.DataFrame(
        {
            "id": rows["level"].to_numpy(),
            "effect": block.name,
            "trait": task.model.trait,
            "breeding_value": rows["solution"].to_numpy(),
            "se": se,
            "reliability": reliability,
            "accuracy": np.sqrt(reliability),
            "inbreeding": np.nan if pedigree is None else pedigree.inbreeding(),
            "records": np.diff(start)[:animals],
            "pev": se**2,
        }
    )


def _solutions(found: Bayes, values: pd.DataFrame) -> pd.DataFrame:
    """Fixed and other random effects, then the genomic values."""
    rest = found.solutions.assign(reliability=np.nan)
    own = values[values["effect"] == found.setup.task.effect.name]
    genomic = pd.DataFrame(
        {
            "effect": own["effect"],
            "trait": own["trait"],
            "level": own["id"],
            "coefficient": pd.array([pd.NA] * len(own), dtype="Int64"),
            "solution": own["breeding_value"],
            "se": own["se"],
            "reliability": own["reliability"],
        }
    )
    return pd.concat([rest, genomic], ignore_index=True)


def _variances(found: Bayes) -> pd.DataFrame:
    """Of the breeding values by the markers, of the other random effects, and of the residual."""
    table = found.summary.set_index("parameter")
    names = {found.setup.task.effect.name: "genetic"}
    names |= {levels.block.name: levels.block.name for levels in found.setup.layout.levels}
    names["residual"] = "residual"
    trait = found.model.trait
    empty = pd.array([pd.NA] * len(names), dtype="Int64")
    return pd.DataFrame(
        {
            "effect": list(names),
            "trait_1": trait,
            "trait_2": trait,
            "coefficient_1": empty,
            "coefficient_2": empty,
            "value": [float(table["mean"][row]) for row in names.values()],
            "se": [float(table["sd"][row]) for row in names.values()],
            "group": "",
        }
    )


def _summary(found: Bayes) -> dict[str, Any]:
    task, trait = found.setup.task, found.model.trait
    design = task.design
    total = "heritability" if "heritability" in found.samples else "genomic_heritability"
    plan = found.provenance["parameters"]
    first = design.fixed.start
    others = sum(block.levels for block in task.blocks)
    dependent = [
        f"{c.effect} {c.level}".strip()
        for c in design.coefficients
        if c.place >= 0 and design.pinned[first + c.place]
    ]
    return {
        "model": found.model.to_mapping(),
        "records": _records(found),
        "animals": {
            "evaluated": len(found.breeding_values),
            "with_records": len(task.ids),
            "implied_founders": len(task.pedigree.implied_founders) if task.pedigree else 0,
        },
        "levels": {block.name: block.levels for block in task.blocks},
        "equations": task.fixed.shape[1] + others + int(found.priors.unit.size),
        "fixed_rank": int(task.kept.size),
        "dependent": dependent,
        "notes": [*found.notes, found.advice()],
        "solver": "gibbs",
        "iterations": plan["iterations"],
        "converged": found.converged,
        "reliability": "sampled",
        "estimate": "bayes",
        "log_likelihood": None,
        "variances": dict(zip(*_variances(found)[["effect", "value"]].to_numpy().T, strict=True)),
        "heritability": {trait: found.value(total)},
        "repeatability": {},
        "correlations": [],
        "bayes": {
            "method": found.method.name,
            "single_step": task.single_step,
            **{key: plan[key] for key in ("burn_in", "thin", "chains", "priors")},
            "markers": int(found.priors.unit.size),
            "parameters": _rows(found.summary),
            "not_converged": list(doubtful(found.summary)["parameter"]),
            "advice": found.advice(),
        },
        "seconds": found.provenance["resources"]["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "version": __version__,
        "inputs": found.provenance["inputs"],
    }


def _records(found: Bayes) -> dict[str, Any]:
    task = found.setup.task
    read, used = task.design.read, int(task.y.size)
    return {
        "read": read, "used": used, "dropped": read - used, "reasons": task.design.dropped,
        "by_trait": {found.model.trait: used},
    }  # fmt: skip


def _diagnostics(found: Bayes) -> dict[str, Any]:
    return {
        "solver": "gibbs",
        "iterations": found.provenance["parameters"]["iterations"],
        "converged": found.converged,
        "iterations_per_second": found.rate,
        "parameters": _rows(found.summary),
        "history": [],
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them; what is not known is null."""
    return [
        {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in row.items()
        }
        for row in table.to_dict("records")
    ]
