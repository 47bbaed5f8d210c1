"""What a model file says beside its model: how to run it, and options of the estimation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from agrigen.errors import Problem
from agrigen.evaluation.declaration import unknown_keys, wrong_option
from agrigen.evaluation.solve import RELIABILITIES, SOLVERS

ESTIMATES = ("none", "reml", "gibbs")


@dataclass(frozen=True)
class Rule:
    """What an option of an estimate can be."""

    wanted: str
    holds: Callable[[Any], bool]


def _whole(smallest: int) -> Rule:
    return Rule(
        f"a whole number from {smallest}",
        lambda value: isinstance(value, int) and _is_number(value) and value >= smallest,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


ESTIMATION: dict[str, dict[str, Rule]] = {
    "reml": {
        "max_iterations": _whole(1),
        "em_iterations": _whole(0),
        "tolerance": Rule("a number above 0", lambda value: _is_number(value) and value > 0),
        "fix": Rule("a list of effects that stay where they start: [a, residual]", _are_names),
        "traces": Rule("exact, sampled or auto", lambda v: v in ("auto", "exact", "sampled")),
        "samples": _whole(2),
    },
    "gibbs": {
        "iterations": _whole(1),
        "burn_in": _whole(0),
        "thin": _whole(1),
        "chains": _whole(1),
        "seed": _whole(0),
        "priors": Rule("flat, or leave it out", lambda value: value == "flat"),
    },
}
ESTIMATION["bayes"] = {
    **ESTIMATION["gibbs"],
    "priors": Rule("priors by name: {heritability: 0.4}", lambda v: isinstance(v, Mapping)),
    "precision": Rule("single or double", lambda v: v in ("single", "double")),
}
"""The last are of effects with a Bayesian method, which need no estimate."""

SEED = 1
"""Of `estimate: gibbs` without a seed: the same file gives the same samples again."""
DEFAULTS: dict[str, Any] = {
    "inbreeding": True,
    "solver": "auto",
    "reliability": "auto",
    "variances": {},
    "output": "results",
    "estimate": "none",
    "options": {},
    "groups": [],
    "contrasts": [],
}


def read_options(
    given: Mapping[str, Any], problems: list[Problem], *, bayes: bool = False
) -> dict[str, Any]:
    """Everything but the model, with defaults; `problems` takes what is wrong.

    `bayes`: the model has an effect with a Bayesian method, whose options they are.
    """
    options = DEFAULTS | {key: given[key] for key in (*DEFAULTS, "gamma") if key in given}
    for key in ("data", "pedigree", "genotypes"):
        if not isinstance(given.get(key), str | None):
            problems.append(wrong_option(key, given[key], "the name of a file"))
    if not isinstance(options["output"], str):
        problems.append(wrong_option("output", options["output"], "the name of a folder"))
    if not _contrasts(options["contrasts"]):
        example = "a list: - {effect: a, weights: {ram1: 1, ram2: -1}}"
        problems.append(wrong_option("contrasts", options["contrasts"], example))
    if not isinstance(options["inbreeding"], bool):
        problems.append(wrong_option("inbreeding", options["inbreeding"], "true or false"))
    if options["solver"] not in SOLVERS:
        problems.append(wrong_option("solver", options["solver"], " or ".join(SOLVERS)))
    if options["reliability"] not in RELIABILITIES:
        allowed = " or ".join(RELIABILITIES)
        problems.append(wrong_option("reliability", options["reliability"], allowed))
    if options["estimate"] not in ESTIMATES:
        problems.append(wrong_option("estimate", options["estimate"], " or ".join(ESTIMATES)))
    if not isinstance(options["variances"], Mapping):
        wanted = "a number or a matrix by effect"
        problems.append(wrong_option("variances", options["variances"], wanted))
    sampler = "bayes" if bayes else options["estimate"]
    problems += _estimation(sampler, options["options"])
    problems += _groups(options["groups"], options.get("gamma"))
    if sampler in ("gibbs", "bayes") and not problems:
        options["options"] = {"seed": SEED, **options["options"]}
    return options


def _estimation(estimate: Any, options: Any) -> list[Problem]:
    """Options that the estimate has, with values that they can have."""
    if not isinstance(options, Mapping):
        return [wrong_option("options", options, "options by name: {max_iterations: 50}")]
    if estimate not in ESTIMATION:
        wanted = "no options, or estimate: reml or gibbs"
        known = options and estimate in ESTIMATES
        return [wrong_option("options", dict(options), wanted)] if known else []
    rules = ESTIMATION[estimate]
    where = "A Bayesian effect" if estimate == "bayes" else f"estimate: {estimate}"
    problems = unknown_keys(options, tuple(rules), where)
    problems += [
        wrong_option(f"{key} of options", value, rules[key].wanted)
        for key, value in options.items()
        if key in rules and not rules[key].holds(value)
    ]
    before, after = options.get("burn_in"), options.get("iterations")
    if not problems and before is not None and after is not None and before >= after:
        wanted = f"fewer than the {after} iterations, of which it is the beginning"
        problems.append(wrong_option("burn_in of options", before, wanted))
    return problems


def _groups(groups: Any, gamma: Any) -> list[Problem]:
    """Names of pedigree groups; their relationships are checked by the pedigree."""
    if not isinstance(groups, list) or any(isinstance(g, bool | list | dict) for g in groups):
        return [wrong_option("groups", groups, "a list of names: [imported, unknown_1990]")]
    if gamma is None:
        return []
    if not groups:
        return [wrong_option("gamma", gamma, "groups too, the metafounders of its rows")]
    rows = gamma if isinstance(gamma, list) else [[gamma]]
    square = all(isinstance(row, list) and len(row) == len(groups) for row in rows)
    if not (square and len(rows) == len(groups) and all(map(_is_number, chain(*rows)))):
        wanted = f"a matrix of {len(groups)} rows and columns of numbers"
        return [wrong_option("gamma", gamma, wanted)]
    return []


def _contrasts(given: Any) -> bool:
    """Whether these are mappings with an effect and numbers by level."""
    return isinstance(given, list) and all(
        isinstance(part, Mapping)
        and isinstance(part.get("weights"), Mapping)
        and all(isinstance(weight, int | float) for weight in part["weights"].values())
        and set(part) <= {"name", "effect", "trait", "weights"}
        for part in given
    )
