"""The model file: read it, check it, run it (docs/reference/evaluate.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from agrigen.errors import ModelError, Problem
from agrigen.evaluation.blup import Estimate, evaluate
from agrigen.evaluation.checks import model_problems
from agrigen.evaluation.declaration import (
    problem,
    read_traits_and_effects,
    stated,
    unknown_keys,
)
from agrigen.evaluation.effects import BAYES_METHODS, Animal, Genomic
from agrigen.evaluation.model import Model
from agrigen.evaluation.options import read_options
from agrigen.evaluation.progress import Cancel, Progress
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.solve import ReliabilityName, SolverName
from agrigen.evaluation.variances import check_variances, plain
from agrigen.genotypes import Genotypes
from agrigen.io.csv import read_csv
from agrigen.pedigree import Pedigree

KEYS = (
    "data",
    "pedigree",
    "groups",
    "gamma",
    "genotypes",
    "formula",
    "traits",
    "effects",
    "weights",
    "residual_by",
    "variances",
    "estimate",
    "options",
    "inbreeding",
    "solver",
    "reliability",
    "contrasts",
    "output",
)
FILES = ("data", "pedigree", "genotypes")
GRANDSIRE = "mgs"
"""Column of a pedigree file that holds maternal grandsires in the place of dams."""


@dataclass(frozen=True)
class ModelFile:
    """A checked model file: the model and what to run it on.

    Attributes
    ----------
    variances
        As numbers and nested lists by block; with an estimate, where it starts (maybe empty).
    options
        Of the estimate.
    groups, gamma
        Unknown-parent groups of the pedigree; with gamma they are metafounders.
    """

    model: Model
    variances: dict[str, Any]
    solver: SolverName
    data: Path | None
    pedigree: Path | None
    output: Path
    estimate: Estimate = "none"
    options: dict[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    gamma: Any = None
    reliability: ReliabilityName = "auto"
    genotypes: Path | None = None
    contrasts: tuple[dict[str, Any], ...] = ()


def load_model(source: str | PathLike[str] | Mapping[str, Any]) -> ModelFile:
    """Read a model from a YAML file, or from the same structure as a mapping.

    Paths in a file count from the file's folder; in a mapping `data` and `pedigree` may be absent.

    Raises
    ------
    ModelError
        With every problem: unknown keys and types, contradictions, missing variances.
    """
    if isinstance(source, Mapping):
        return _load(source, Path())
    path = Path(source)
    given = _read_yaml(path)
    spec = _load(given, path.parent)
    effects = spec.model.random
    pedigrees = [e for e in effects if isinstance(e, Animal) and not _genotyped_only(e)]
    needed = ["data", *(["pedigree"] if pedigrees else [])]
    needed += ["genotypes"] if any(isinstance(e, Genomic) for e in effects) else []
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
    pedigree, genotypes = None, None
    if spec.genotypes is not None:
        genotypes = Genotypes.read(spec.genotypes)
    if spec.pedigree is not None and spec.model.animal is not None:
        pedigree = read_pedigree(spec.pedigree, groups=spec.groups, gamma=spec.gamma)
    return evaluate(
        spec.model,
        data,
        pedigree,
        spec.variances,
        genotypes=genotypes,
        estimate=spec.estimate,
        options=spec.options,
        solver=spec.solver,
        reliability=spec.reliability,
        contrasts=spec.contrasts,
        progress=progress,
        cancel=cancel,
    )


def read_pedigree(
    path: str | PathLike[str], *, groups: tuple[str, ...] = (), gamma: Any = None
) -> Pedigree:
    """The pedigree of a CSV file with the columns id, sire and dam; or id, sire and mgs."""
    frame = read_csv(path, "pedigree")
    grandsires = GRANDSIRE in frame.columns and "dam" not in frame.columns
    return Pedigree.from_frame(
        frame,
        dam=GRANDSIRE if grandsires else "dam",
        groups=groups,
        gamma=gamma,
        maternal="grandsire" if grandsires else "dam",
    )


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        text = f"The model file {path} cannot be read: {reason}."
        raise ModelError([problem("unreadable", text, "Check its name and rights.")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        text = f"The model file {path} is not YAML{where}."
        raise ModelError([problem("unreadable", text, "Check indents and colons.")]) from None
    if not isinstance(loaded, Mapping):
        text = f"The model file {path} holds no keys."
        raise ModelError([problem("unreadable", text, f"Start with {', '.join(KEYS)}.")])
    return loaded


def _load(mapping: Mapping[str, Any], folder: Path) -> ModelFile:
    given = stated(mapping)
    problems = unknown_keys(given, KEYS, "The model")
    traits, effects = read_traits_and_effects(given, problems)
    bayes = any(isinstance(e, Genomic) and e.method in BAYES_METHODS for e in effects)
    options = read_options(given, problems, bayes=bayes)
    residual = {key: given.get(key) for key in ("weights", "residual_by")}
    if not problems:
        problems += model_problems(traits, effects, **residual)
    if problems:
        raise ModelError(problems)
    model = Model(traits, effects, inbreeding=options["inbreeding"], **residual)
    estimate: Estimate = options["estimate"]
    given_variances = check_variances(
        model, options["variances"], complete=estimate == "none" and not bayes
    )
    paths = {key: folder / given[key] if given.get(key) else None for key in FILES}
    return ModelFile(
        model,
        plain(given_variances),
        options["solver"],
        paths["data"],
        paths["pedigree"],
        folder / options["output"],
        estimate,
        dict(options["options"]),
        tuple(str(name) for name in options["groups"]),
        options.get("gamma"),
        options["reliability"],
        paths["genotypes"],
        tuple(options["contrasts"]),
    )


def _genotyped_only(effect: Animal) -> bool:
    single = isinstance(effect, Genomic) and (effect.method == "single_step" or effect.single_step)
    return isinstance(effect, Genomic) and not single


def _missing_key(key: str) -> Problem:
    return problem("missing_key", f"The model names no {key}.", f"Add {key}: file.csv.")
