"""The words of a model file turned into effects, with what is wrong in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from agrigen.errors import ModelError, Problem
from agrigen.evaluation.basis import BASIS_KINDS, Basis
from agrigen.evaluation.effects import Animal, Covariate, Effect, Fixed, Genomic, Random
from agrigen.evaluation.formula import read_formula

KINDS: dict[str, type[Fixed] | type[Covariate] | type[Animal] | type[Random]] = {
    "fixed": Fixed,
    "covariate": Covariate,
    "animal": Animal,
    "random": Random,
    "genomic": Genomic,
}
EFFECT_KEYS: dict[str, tuple[str, ...]] = {
    "fixed": ("name", "type", "column", "traits"),
    "covariate": ("name", "type", "column", "degree", "transform", "within", "basis", "traits"),
    "animal": ("name", "type", "column", "traits", "correlated_with", "basis", "relationship"),
    "random": ("name", "type", "column", "traits", "correlated_with", "basis"),
    "genomic": (
        "name",
        "type",
        "column",
        "traits",
        "correlated_with",
        "basis",
        "method",
        "blend",
        "tune",
        "frequencies",
        "core",
        "single_step",
    ),
}
BASIS_KEYS = {"legendre": ("legendre", "order", "range"), "spline": ("spline", "knots")}


def read_traits_and_effects(
    given: Mapping[str, Any], problems: list[Problem]
) -> tuple[list[str], list[Effect]]:
    """Traits and effects from a formula, or from the lists of both.

    `problems` takes what is wrong.
    """
    if "formula" not in given:
        traits = _traits(given.get("traits"), problems)
        return traits, _effects(given.get("effects"), problems)
    doubled = [key for key in ("traits", "effects") if key in given]
    if doubled:
        text = f"The model has a formula and {' and '.join(doubled)}."
        problems.append(problem("formula", text, "Say it once: leave out one of them."))
    elif not isinstance(given["formula"], str):
        wanted = "one text: formula: weight ~ sex + animal(animal)"
        problems.append(wrong_option("formula", given["formula"], wanted))
    else:
        try:
            names, effects = read_formula(given["formula"])
        except ModelError as error:
            problems += error.problems
        else:
            return list(names), effects
    return [], []


def _traits(given: Any, problems: list[Problem]) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given and all(isinstance(trait, str) for trait in given):
        return given
    text = f"traits is {given!r}."
    problems.append(problem("traits", text, "List the columns: traits: [weight]."))
    return []


def _effects(given: Any, problems: list[Problem]) -> list[Effect]:
    if not isinstance(given, list) or not all(isinstance(part, Mapping) for part in given):
        remedy = "List them: - {name: herd, type: fixed, column: herd}."
        problems.append(problem("effects", "effects is not a list of effects.", remedy))
        return []
    found = [_effect(stated(part), problems) for part in given]
    return [effect for effect in found if effect is not None]


def _effect(given: dict[str, Any], problems: list[Problem]) -> Effect | None:
    name, kind = given.get("name"), given.get("type")
    where = f"Effect {name!r}"
    if not isinstance(name, str) or not name:
        text = f"An effect of type {kind!r} has no name."
        problems.append(problem("effect_name", text, "Add name: to it."))
        return None
    if not isinstance(kind, str) or kind not in EFFECT_KEYS:
        text = f"{where} has the type {kind!r}."
        problems.append(problem("effect_type", text, f"Use one of {', '.join(EFFECT_KEYS)}."))
        return None
    wrong = unknown_keys(given, EFFECT_KEYS[kind], where)
    if "basis" in given:
        given = {**given, "basis": _basis(given["basis"], name, wrong)}
    problems += wrong
    if wrong:
        return None
    return KINDS[kind](**{key: value for key, value in given.items() if key != "type"})


def _basis(given: Any, name: str, problems: list[Problem]) -> Basis | None:
    """`{legendre: dim, order: 2, range: [4, 310]}` or `{spline: dim, knots: [4, 60, 310]}`."""
    kinds = [kind for kind in BASIS_KINDS if isinstance(given, Mapping) and kind in given]
    if len(kinds) != 1:
        text = f"Effect {name!r} has the basis {given!r}."
        remedy = (
            "Write {legendre: dim, order: 2, range: [4, 310]} or {spline: dim, knots: [4, 310]}."
        )
        problems.append(problem("basis", text, remedy))
        return None
    kind, parts = kinds[0], stated(given)
    wrong = unknown_keys(parts, BASIS_KEYS[kind], f"The basis of effect {name!r}")
    problems += wrong
    if wrong:
        return None
    column = parts.pop(kind, None)
    return Basis(kind, column, **parts)  # type: ignore[arg-type]


def stated(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keys with a value: an empty key is the same as none."""
    return {key: value for key, value in given.items() if value is not None}


def unknown_keys(given: Mapping[str, Any], known: Sequence[str], where: str) -> list[Problem]:
    """Keys that mean nothing, each a problem."""
    return [
        problem(
            "unknown_key",
            f"{where} has the key {key!r}, which means nothing here.",
            f"Known are {', '.join(known)}.",
        )
        for key in given
        if key not in known
    ]


def wrong_option(key: str, value: Any, wanted: str) -> Problem:
    """A key with a value that it cannot have."""
    return problem("option", f"{key} is {value!r}.", f"Give {wanted}.")


def problem(kind: str, message: str, remedy: str) -> Problem:
    """A problem that concerns no animal."""
    return Problem(kind, (), message, remedy)
