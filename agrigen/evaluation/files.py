"""The model file: read it, check it, run it (docs/reference/evaluate.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from agrigen.errors import ModelError, NotAvailable, Problem
from agrigen.evaluation.blup import evaluate
from agrigen.evaluation.checks import model_problems, not_available
from agrigen.evaluation.model import (
    Animal,
    Covariate,
    Effect,
    Fixed,
    Model,
    Random,
    Transform,
)
from agrigen.evaluation.progress import Cancel, Progress
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.solve import SOLVERS, SolverName
from agrigen.evaluation.variances import check_variances
from agrigen.io.csv import read_csv
from agrigen.pedigree import Pedigree

KEYS = (
    "data",
    "pedigree",
    "genotypes",
    "traits",
    "effects",
    "weights",
    "variances",
    "estimate",
    "inbreeding",
    "solver",
    "output",
)
ESTIMATES = ("none", "reml", "gibbs")
EFFECT_KEYS: dict[str, tuple[str, ...]] = {
    "fixed": ("name", "type", "column", "traits"),
    "covariate": ("name", "type", "column", "degree", "transform", "within", "traits"),
    "animal": ("name", "type", "column", "traits", "correlated_with", "basis"),
    "random": ("name", "type", "column", "traits", "correlated_with", "basis"),
    "genomic": ("name", "type", "column", "traits", "method"),
}
SUPPORTED = "This version fits one trait with fixed, covariate, animal and random effects."


@dataclass(frozen=True)
class ModelFile:
    """A checked model file: the model and what to run it on."""

    model: Model
    variances: dict[str, float]
    solver: SolverName
    data: Path | None
    pedigree: Path | None
    output: Path


def load_model(source: str | PathLike[str] | Mapping[str, Any]) -> ModelFile:
    """Read a model from a YAML file, or from the same structure as a mapping.

    Paths in a file count from the file's folder; in a mapping `data` and `pedigree` may be absent.

    Raises
    ------
    ModelError
        With every problem: unknown keys and types, contradictions, missing variances.
    NotAvailable
        For a correct model that this version cannot fit.
    """
    if isinstance(source, Mapping):
        return _load(source, Path())
    path = Path(source)
    given = _read_yaml(path)
    spec = _load(given, path.parent)
    needed = ["data", "pedigree"] if spec.model.animal else ["data"]
    absent = [key for key in needed if not given.get(key)]
    if absent:
        raise ModelError([_missing_key(key) for key in absent])
    return spec


def evaluate_file(
    spec: ModelFile, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> Evaluation:
    """Run a model file on the files that it names; nothing is written."""
    if spec.data is None:
        raise ModelError([_missing_key("data")])
    data = read_csv(spec.data, "data")
    pedigree = None
    if spec.pedigree is not None and spec.model.animal is not None:
        pedigree = read_pedigree(spec.pedigree)
    return evaluate(
        spec.model,
        data,
        pedigree,
        spec.variances,
        solver=spec.solver,
        progress=progress,
        cancel=cancel,
    )


def read_pedigree(path: str | PathLike[str]) -> Pedigree:
    """The pedigree of a CSV file with the columns id, sire and dam."""
    return Pedigree.read_csv(path)


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        text = f"The model file {path} cannot be read: {reason}."
        raise ModelError([_problem("unreadable", text, "Check its name and rights.")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        text = f"The model file {path} is not YAML{where}."
        raise ModelError([_problem("unreadable", text, "Check indents and colons.")]) from None
    if not isinstance(loaded, Mapping):
        text = f"The model file {path} holds no keys."
        raise ModelError([_problem("unreadable", text, f"Start with {', '.join(KEYS)}.")])
    return loaded


def _load(mapping: Mapping[str, Any], folder: Path) -> ModelFile:
    given = _stated(mapping)
    problems = _unknown_keys(given, KEYS, "The model")
    later = _later(given)
    traits = _traits(given.get("traits"), problems)
    effects = _effects(given.get("effects"), traits, problems, later)
    options = _options(given, problems)
    if not problems and not later:  # an effect that is left out may be the only random one
        problems += model_problems(traits, effects)
    if problems:
        raise ModelError(problems)
    if not later:
        model = Model(traits, effects, weights=options["weights"], inbreeding=options["inbreeding"])
        later = not_available(model)
    if later:
        raise NotAvailable([*later, _problem("supported", SUPPORTED, "More will follow.")])
    paths = {key: folder / given[key] if given.get(key) else None for key in ("data", "pedigree")}
    return ModelFile(
        model,
        check_variances(model, options["variances"]),
        options["solver"],
        paths["data"],
        paths["pedigree"],
        folder / options["output"],
    )


def _later(given: Mapping[str, Any]) -> list[Problem]:
    """What the file may ask for but this version cannot do."""
    later = []
    if given.get("genotypes"):
        text = "Genotypes are not available yet."
        later.append(_problem("not_available", text, "Leave out genotypes."))
    if given.get("estimate", "none") in ESTIMATES[1:]:
        text = f"estimate: {given['estimate']} is not available yet."
        later.append(_problem("not_available", text, "Give variances and estimate: none."))
    return later


def _traits(given: Any, problems: list[Problem]) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given and all(isinstance(trait, str) for trait in given):
        return given
    text = f"traits is {given!r}."
    problems.append(_problem("traits", text, "List the columns: traits: [weight]."))
    return []


def _options(given: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    options = {
        "weights": given.get("weights"),
        "inbreeding": given.get("inbreeding", True),
        "solver": given.get("solver", "auto"),
        "variances": given.get("variances") or {},
        "output": given.get("output", "results"),
        "estimate": given.get("estimate", "none"),
    }
    for key in ("data", "pedigree", "weights"):
        if not isinstance(given.get(key), str | None):
            problems.append(_wrong_option(key, given[key], "a name"))
    if not isinstance(options["output"], str):
        problems.append(_wrong_option("output", options["output"], "the name of a folder"))
    if not isinstance(options["inbreeding"], bool):
        problems.append(_wrong_option("inbreeding", options["inbreeding"], "true or false"))
    if options["solver"] not in SOLVERS:
        problems.append(_wrong_option("solver", options["solver"], " or ".join(SOLVERS)))
    if options["estimate"] not in ESTIMATES:
        problems.append(_wrong_option("estimate", options["estimate"], " or ".join(ESTIMATES)))
    if not isinstance(options["variances"], Mapping):
        problems.append(_wrong_option("variances", options["variances"], "a number by effect"))
    return options


def _effects(
    given: Any, traits: list[str], problems: list[Problem], later: list[Problem]
) -> list[Effect]:
    if not isinstance(given, list) or not all(isinstance(part, Mapping) for part in given):
        remedy = "List them: - {name: herd, type: fixed, column: herd}."
        problems.append(_problem("effects", "effects is not a list of effects.", remedy))
        return []
    found = [_effect(_stated(part), traits, problems, later) for part in given]
    return [effect for effect in found if effect is not None]


def _effect(
    given: Mapping[str, Any], traits: list[str], problems: list[Problem], later: list[Problem]
) -> Effect | None:
    name, kind = given.get("name"), given.get("type")
    where = f"Effect {name!r}"
    if not isinstance(name, str) or not name:
        text = f"An effect of type {kind!r} has no name."
        problems.append(_problem("effect_name", text, "Add name: to it."))
        return None
    if kind not in EFFECT_KEYS:
        text = f"{where} has the type {kind!r}."
        problems.append(_problem("effect_type", text, f"Use one of {', '.join(EFFECT_KEYS)}."))
        return None
    wrong = _unknown_keys(given, EFFECT_KEYS[kind], where)
    column = _column(given, traits, wrong)
    problems += wrong
    missing = [key for key in ("correlated_with", "basis") if given.get(key)]
    later += [
        _problem("not_available", f"{where} uses {key}, which is not available yet.", "Drop it.")
        for key in missing
    ]
    if kind == "genomic":
        text = f"{where} is genomic, which is not available yet."
        later.append(_problem("not_available", text, "Use type animal."))
    if wrong or missing or kind == "genomic":
        return None
    return _made(kind, name, column, given)


def _made(kind: str, name: str, column: str | None, given: Mapping[str, Any]) -> Effect:
    if kind == "fixed":
        return Fixed(name, column)
    if kind == "animal":
        return Animal(name, column or "animal")
    if kind == "random":
        return Random(name, column)
    transform: Transform | None = given.get("transform")
    return Covariate(name, column, given.get("degree", 1), transform, given.get("within"))


def _column(given: Mapping[str, Any], traits: list[str], problems: list[Problem]) -> str | None:
    """The column of an effect; `traits` may repeat the model's trait or rename the column."""
    limited, name = given.get("traits"), given["name"]
    column = given.get("column")
    named = list(limited) if isinstance(limited, list | Mapping) else []
    if limited is not None and (set(named) - set(traits) or not named):
        text = f"Effect {name!r} is limited to the traits {limited!r}."
        remedy = f"The model's traits are {', '.join(traits)}."
        problems.append(_problem("effect_traits", text, remedy))
    elif isinstance(limited, Mapping) and len(traits) == 1:
        column = limited[traits[0]]
    for key in ("column", "within"):
        if not isinstance(given.get(key), str | None):
            problems.append(_wrong_option(f"{key} of effect {name!r}", given[key], "a column"))
    return column if isinstance(column, str) else None


def _stated(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keys with a value: an empty key is the same as none."""
    return {key: value for key, value in given.items() if value is not None}


def _unknown_keys(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> list[Problem]:
    return [
        _problem(
            "unknown_key",
            f"{where} has the key {key!r}, which means nothing here.",
            f"Known are {', '.join(known)}.",
        )
        for key in given
        if key not in known
    ]


def _missing_key(key: str) -> Problem:
    return _problem("missing_key", f"The model names no {key}.", f"Add {key}: file.csv.")


def _wrong_option(key: str, value: Any, wanted: str) -> Problem:
    return _problem("option", f"{key} is {value!r}.", f"Give {wanted}.")


def _problem(kind: str, message: str, remedy: str) -> Problem:
    return Problem(kind, (), message, remedy)
