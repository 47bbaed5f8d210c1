"""Declare a model: traits, effects and what is given about the residual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any

from agrigen.errors import ModelError
from agrigen.evaluation.basis import Basis
from agrigen.evaluation.checks import model_problems
from agrigen.evaluation.effects import (
    Animal,
    Component,
    Core,
    Covariate,
    Effect,
    Fixed,
    Genomic,
    Random,
    RandomEffect,
    Transform,
    column_of,
    limited_to,
)
from agrigen.evaluation.formula import read_formula
from agrigen.evaluation.notation import write_formula

__all__ = [
    "Animal",
    "Basis",
    "Component",
    "Core",
    "Covariate",
    "Effect",
    "Fixed",
    "Genomic",
    "Model",
    "Random",
    "RandomEffect",
    "Transform",
    "block_components",
    "block_name",
    "column_of",
    "component_names",
    "effect_traits",
    "row_order",
]


@dataclass(frozen=True, init=False, repr=False)
class Model:
    """A linear mixed model; every trait has its intercept.

    Parameters
    ----------
    traits
        The columns that are analyzed. All of them are numbers with normal residuals. (Other kinds
        of traits, threshold and survival, have their place here, as a mapping from trait to kind;
        until they exist a mapping is refused.)
    effects
        In the order in which they are reported; of linearly dependent columns the later go.
    weights
        Column w where the residual variance of a record is residual / w.
    inbreeding
        Count inbreeding in the inverse of the relationship matrix and in reliabilities.
    residual_by
        Column whose levels have residual variances of their own.
    """

    traits: tuple[str, ...]
    effects: tuple[Effect, ...]
    weights: str | None
    inbreeding: bool
    residual_by: str | None

    def __init__(
        self,
        traits: str | Sequence[str],
        effects: Sequence[Effect],
        *,
        weights: str | None = None,
        inbreeding: bool = True,
        residual_by: str | None = None,
    ) -> None:
        problems = model_problems(traits, effects, weights=weights, residual_by=residual_by)
        if problems:
            raise ModelError(problems)
        names = (traits,) if isinstance(traits, str) else tuple(traits)
        object.__setattr__(self, "traits", names)
        object.__setattr__(self, "effects", tuple(effects))
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "inbreeding", inbreeding)
        object.__setattr__(self, "residual_by", residual_by)

    @classmethod
    def from_formula(
        cls,
        formula: str,
        *,
        weights: str | None = None,
        inbreeding: bool = True,
        residual_by: str | None = None,
    ) -> "Model":
        """A model from one line, `weight ~ sex + linear(age) + animal(calf) + maternal(dam)`.

        A bare name is a factor; numbers always stand in a function, because the records cannot
        tell whether herd 1, 2, 3 is a name or a number. docs/reference/evaluate.md has the
        grammar.

        Raises
        ------
        ModelError
            At the place in the formula that cannot be read, with what may stand there.
        """
        traits, effects = read_formula(formula)
        return cls(traits, effects, weights=weights, inbreeding=inbreeding, residual_by=residual_by)

    @property
    def formula(self) -> str:
        """Traits and effects as `from_formula` reads them."""
        return write_formula(self.traits, self.effects)

    @property
    def trait(self) -> str:
        """The first trait; the only one of a single-trait model."""
        return self.traits[0]

    @property
    def animal(self) -> Animal | None:
        """The first genetic effect, if the model has one."""
        return next((effect for effect in self.effects if isinstance(effect, Animal)), None)

    @property
    def random(self) -> tuple[RandomEffect, ...]:
        """All random effects."""
        return tuple(effect for effect in self.effects if isinstance(effect, RandomEffect))

    @property
    def blocks(self) -> tuple[tuple[RandomEffect, ...], ...]:
        """Random effects, those that share a covariance matrix together.

        `correlated_with` ties effects, also through a third. Blocks stand in the order of their
        first effects, effects in the order of the model.
        """
        home = {effect.name: {effect.name} for effect in self.random}
        for effect in self.random:
            if effect.correlated_with is not None:
                joint = home[effect.name] | home[effect.correlated_with]
                home.update(dict.fromkeys(joint, joint))
        return tuple(
            tuple(member for member in self.random if member.name in home[effect.name])
            for effect in self.random
            if effect.name == next(e.name for e in self.random if e.name in home[effect.name])
        )

    def __repr__(self) -> str:
        lines = [self.formula]
        rows = [_variance_rows(self, effects) for effects in self.blocks]
        residual = "residual" + (f" ({', '.join(self.traits)})" if len(self.traits) > 1 else "")
        residual += f" for each {self.residual_by}" if self.residual_by else ""
        lines.append(f"variances: {', '.join([*rows, residual])}")
        lines += [f"weights: {self.weights}"] if self.weights else []
        lines += [] if self.inbreeding else ["inbreeding: not counted"]
        return "\n".join(lines)

    def to_mapping(self) -> dict[str, Any]:
        """The model in the words of the model file."""
        return {
            "traits": list(self.traits),
            "effects": [_effect_mapping(effect) for effect in self.effects],
            **({"weights": self.weights} if self.weights else {}),
            **({"residual_by": self.residual_by} if self.residual_by else {}),
            "inbreeding": self.inbreeding,
        }


def effect_traits(effect: Effect, model: Model) -> dict[str, str]:
    """The traits that an effect acts on, in the model's order, and the column it reads for each."""
    return limited_to(effect, model.traits)


def block_components(model: Model, effects: Sequence[RandomEffect]) -> tuple[Component, ...]:
    """The rows of a block's covariance matrix: by effect, then trait, then coefficient."""
    return tuple(
        Component(effect.name, trait, coefficient)
        for effect in effects
        for trait in effect_traits(effect, model)
        for coefficient in (range(effect.basis.size) if effect.basis else [None])
    )


def block_name(effects: Sequence[RandomEffect]) -> str:
    """What a block is called: as its first effect."""
    return effects[0].name


def component_names(model: Model) -> dict[str, list[Component]]:
    """The rows of every block's covariance matrix, by the name of the block."""
    return {block_name(effects): list(block_components(model, effects)) for effects in model.blocks}


def _variance_rows(model: Model, effects: Sequence[RandomEffect]) -> str:
    """What to give for a block: its name, and the rows where it is a matrix."""
    name, rows = block_name(effects), block_components(model, effects)
    order = row_order(rows)
    if len(effects) == 1:
        order = order.removeprefix(f"{name}: ")
    return f"{name} ({order})" if len(rows) > 1 else name


def row_order(components: Sequence[Component]) -> str:
    """The rows of a matrix in words: `a: wwg, pwg; m: wwg`."""
    parts = []
    for effect, rows in groupby(components, key=lambda row: row.effect):
        words = [str(row).removeprefix(f"{effect} ") for row in rows]
        parts.append(f"{effect}: {', '.join(words)}")
    return "; ".join(parts)


def _effect_mapping(effect: Effect) -> dict[str, Any]:
    given = {field.name: getattr(effect, field.name) for field in fields(effect)}
    mapping: dict[str, Any] = {"type": type(effect).__name__.lower()}
    mapping |= {key: value for key, value in given.items() if value is not None}
    if effect.traits is not None:
        mapping["traits"] = _traits_mapping(effect.traits)
    if given.get("basis") is not None:
        mapping["basis"] = _basis_mapping(given["basis"])
    if isinstance(core := given.get("core"), Core):
        mapping["core"] = core.to_plain()
    if mapping.get("relationship") == "pedigree":
        del mapping["relationship"]
    return mapping


def _traits_mapping(limit: Any) -> list[str] | dict[str, str]:
    renamed: Mapping[str, str] = dict(part for part in limit if not isinstance(part, str))
    return dict(renamed) if renamed else list(limit)


def _basis_mapping(basis: Basis) -> dict[str, Any]:
    mapping: dict[str, Any] = {basis.kind: basis.column}
    if basis.order is not None:
        mapping["order"] = basis.order
    for key in ("range", "knots"):
        if getattr(basis, key) is not None:
            mapping[key] = list(getattr(basis, key))
    return mapping
