"""Declare a model: traits, effects and what is given about the residual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agrigen.errors import ModelError, NotAvailable, Problem

Transform = Literal["log", "sqrt", "none"]
TRANSFORMS = ("log", "sqrt", "none")
HIGHEST_DEGREE = 6
"""Above it a polynomial of raw powers says nothing that can be computed reliably."""


@dataclass(frozen=True)
class Fixed:
    """A factor: one effect a level, as difference from the first level."""

    name: str
    column: str | None = None


@dataclass(frozen=True)
class Covariate:
    """A regression on a number: a polynomial, transformed before, one for each level within."""

    name: str
    column: str | None = None
    degree: int = 1
    transform: Transform | None = None
    within: str | None = None


@dataclass(frozen=True)
class Animal:
    """The additive genetic effect, with the relationships of the pedigree."""

    name: str = "a"
    column: str = "animal"


@dataclass(frozen=True)
class Random:
    """A random effect with independent levels: permanent environment, herd, litter."""

    name: str
    column: str | None = None


Effect = Fixed | Covariate | Animal | Random


@dataclass(frozen=True, init=False)
class Model:
    """A linear mixed model; the intercept is always in it.

    Parameters
    ----------
    traits
        The column that is analyzed. Several traits are not available yet.
    effects
        In the order in which they are reported; of linearly dependent columns the later go.
    weights
        Column w where the residual variance of a record is residual / w.
    inbreeding
        Count inbreeding in the inverse of the relationship matrix and in reliabilities.
    """

    traits: tuple[str, ...]
    effects: tuple[Effect, ...]
    weights: str | None
    inbreeding: bool

    def __init__(
        self,
        traits: str | Sequence[str],
        effects: Sequence[Effect],
        *,
        weights: str | None = None,
        inbreeding: bool = True,
    ) -> None:
        names = (traits,) if isinstance(traits, str) else tuple(traits)
        object.__setattr__(self, "traits", names)
        object.__setattr__(self, "effects", tuple(effects))
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "inbreeding", inbreeding)
        problems = model_problems(names, self.effects)
        if problems:
            raise ModelError(problems)
        missing = not_available(names, self.effects)
        if missing:
            raise NotAvailable(missing)

    @property
    def trait(self) -> str:
        """The one trait."""
        return self.traits[0]

    @property
    def animal(self) -> Animal | None:
        """The additive genetic effect, if the model has one."""
        return next((effect for effect in self.effects if isinstance(effect, Animal)), None)

    @property
    def random(self) -> tuple[Animal | Random, ...]:
        """All random effects."""
        return tuple(effect for effect in self.effects if isinstance(effect, Animal | Random))

    def to_mapping(self) -> dict[str, Any]:
        """The model in the words of the model file."""
        effects = [
            {"type": type(effect).__name__.lower(), **_given(vars(effect))}
            for effect in self.effects
        ]
        return {
            "traits": list(self.traits),
            "effects": effects,
            **({"weights": self.weights} if self.weights else {}),
            "inbreeding": self.inbreeding,
        }


def column_of(effect: Effect) -> str:
    """The column of the data that an effect reads."""
    return effect.column or effect.name


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def model_problems(traits: Sequence[str], effects: Sequence[Effect]) -> list[Problem]:
    """What contradicts itself in a model."""
    problems = []
    if not traits:
        problems.append(_problem("no_trait", "The model has no trait.", "Name one in traits."))
    names = [effect.name for effect in effects]
    for name in sorted({name for name in names if names.count(name) > 1}):
        text = f"Two effects are called {name!r}."
        problems.append(_problem("same_name", text, "Give each effect a name of its own."))
    for name in sorted({"residual", "(Intercept)"} & set(names)):
        text = f"An effect cannot be called {name!r}, which is always in the model."
        problems.append(_problem("reserved_name", text, "Choose another name."))
    if not any(isinstance(effect, Animal | Random) for effect in effects):
        text = "The model has no random effect."
        problems.append(_problem("no_random", text, "Add an effect of type animal or random."))
    for effect in effects:
        if isinstance(effect, Covariate):
            problems += _covariate_problems(effect)
    return problems


def _covariate_problems(effect: Covariate) -> list[Problem]:
    problems = []
    if not (isinstance(effect.degree, int) and 1 <= effect.degree <= HIGHEST_DEGREE):
        text = f"Covariate {effect.name!r} has degree {effect.degree!r}."
        remedy = f"Use a whole number from 1 to {HIGHEST_DEGREE}."
        problems.append(_problem("degree", text, remedy))
    if effect.transform is not None and effect.transform not in TRANSFORMS:
        text = f"Covariate {effect.name!r} has the transform {effect.transform!r}."
        problems.append(_problem("transform", text, f"Use one of {', '.join(TRANSFORMS)}."))
    return problems


def not_available(traits: Sequence[str], effects: Sequence[Effect]) -> list[Problem]:
    """What a correct model asks for that this version cannot do."""
    problems = []
    if len(traits) > 1:
        text = f"Models with several traits ({', '.join(traits)}) are not available yet."
        problems.append(_problem("not_available", text, "Evaluate one trait at a time."))
    if sum(isinstance(effect, Animal) for effect in effects) > 1:
        text = "Models with more than one effect of type animal are not available yet."
        problems.append(_problem("not_available", text, "Use one, and random effects."))
    return problems


def _problem(kind: str, message: str, remedy: str) -> Problem:
    return Problem(kind, (), message, remedy)
