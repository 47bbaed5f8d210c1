"""A model written as a formula."""

from collections.abc import Sequence
from dataclasses import replace

from agrigen.evaluation.basis import Basis
from agrigen.evaluation.effects import (
    Animal,
    Core,
    Covariate,
    Effect,
    Fixed,
    Genomic,
    Random,
    column_of,
    parts_of,
)
from agrigen.evaluation.tokens import quote

WIDTH = 92
MATERNAL, PERMANENT, ADDITIVE, GENOMIC = "m", "pe", "a", "g"
"""Names of maternal(), pe() and animal() effects that are given no other."""


def write_formula(traits: Sequence[str], effects: Sequence[Effect]) -> str:
    """The formula that reads as these traits and effects."""
    direct = next((e.name for e in effects if isinstance(e, Animal) and not _tied_m(e)), None)
    terms = [_term(effect, direct) for effect in effects]
    lines = [f"{', '.join(map(quote, traits))} ~ {terms[0]}"]
    for term in terms[1:]:
        if len(lines[-1]) + len(term) + 3 > WIDTH:
            lines.append("    ")
        lines[-1] += f"{'' if lines[-1].isspace() else ' '}+ {term}"
    return "\n".join(lines)


def default_name(effect: Effect) -> str:
    """What an effect is called when its term in a formula gives it no name."""
    if isinstance(effect, Genomic):
        return GENOMIC
    if isinstance(effect, Animal):
        return ADDITIVE
    if not isinstance(effect, Covariate):
        return column_of(effect)
    base = column_of(effect)
    if effect.basis is not None:
        base = f"{effect.basis.kind}({base})"
    elif effect.transform in ("log", "sqrt"):
        base = f"{effect.transform}({base})"
    return f"{base}|{effect.within}" if effect.within else base


def _term(effect: Effect, direct: str | None) -> str:
    if isinstance(effect, Fixed):
        given = _options(effect)
        factor = _interaction(column_of(effect))
        term = f"factor({factor}{given})" if given else factor
    elif isinstance(effect, Covariate):
        within = f" | {_interaction(effect.within)}" if effect.within else ""
        term = _regression(effect) + within
    else:
        curve = f"{_curve(effect.basis)} | " if effect.basis else ""
        term = curve + _random(effect, direct)
    return term + _limits(effect)


def _regression(effect: Covariate) -> str:
    named = _options(effect)
    if effect.basis is not None:
        return _curve(effect.basis, named)
    column = quote(column_of(effect))
    if effect.transform not in ("log", "sqrt"):
        inner = column
    elif effect.degree == 1:
        return f"{effect.transform}({column}{named})"
    else:
        inner = f"{effect.transform}({column})"
    return (
        f"poly({inner}, {effect.degree}{named})" if effect.degree > 1 else f"linear({inner}{named})"
    )


def _random(effect: Animal | Random, direct: str | None) -> str:
    if isinstance(effect, Animal) and _tied_m(effect) and effect.correlated_with == direct:
        return f"maternal({quote(effect.column)}{_relationship(effect)})"
    column, tied = _interaction(column_of(effect)), ""
    if effect.correlated_with is not None:
        tied = f", with={quote(effect.correlated_with)}"
    if isinstance(effect, Genomic):
        method = "" if effect.method == "gblup" else f", method={effect.method}"
        tune = "" if effect.tune is None else f", tune={effect.tune}"
        centre = "" if effect.frequencies is None else f", frequencies={effect.frequencies}"
        core = _core(effect.core) if isinstance(effect.core, Core) else ""
        return f"genomic({column}{_options(effect)}{tied}{method}{tune}{centre}{core})"
    if isinstance(effect, Animal):
        return f"animal({column}{_options(effect)}{tied}{_relationship(effect)})"
    if effect.name == PERMANENT and effect.column is not None:
        return f"pe({column}{tied})"
    return f"random({column}{_options(effect)}{tied})"


def _core(core: Core) -> str:
    """A size; a formula cannot say who is in the core, nor how they are chosen."""
    size = replace(core, choose="random", seed=1).to_plain()
    if core.size is None:
        return ""
    return f", core={quote(size) if isinstance(size, str) else int(size)}"


def _tied_m(effect: Animal) -> bool:
    return effect.name == MATERNAL and effect.correlated_with is not None


def _relationship(effect: Animal) -> str:
    return "" if effect.relationship == "pedigree" else f", relationship={effect.relationship}"


def _options(effect: Effect) -> str:
    return "" if effect.name == default_name(effect) else f", name={quote(effect.name)}"


def _curve(basis: Basis, named: str = "") -> str:
    numbers = basis.knots if basis.kind == "spline" else (basis.order, *(basis.range or ()))
    shown = ", ".join(repr(number) for number in numbers or ())
    return f"{basis.kind}({quote(basis.column)}, {shown}{named})"


def _interaction(column: str) -> str:
    return ":".join(quote(part) for part in parts_of(column))


def _limits(effect: Effect) -> str:
    if not effect.traits:
        return ""
    parts = [
        quote(part) if isinstance(part, str) else f"{quote(part[0])}: {_interaction(part[1])}"
        for part in effect.traits
    ]
    return f"[{', '.join(parts)}]"
