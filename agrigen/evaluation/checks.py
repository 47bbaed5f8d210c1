"""What contradicts itself in a model, all problems at once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from agrigen.errors import Problem
from agrigen.evaluation.basis import Basis, basis_problems
from agrigen.evaluation.effects import (
    BAYES_METHODS,
    CENTRES,
    CHOICES,
    GENOMIC_METHODS,
    INTERACTION,
    RELATIONSHIPS,
    TRANSFORMS,
    TUNINGS,
    Animal,
    Core,
    Covariate,
    Effect,
    Fixed,
    Genomic,
    Random,
    RandomEffect,
    columns_read,
    limited_to,
    parts_of,
)

HIGHEST_DEGREE = 6
"""Above it a polynomial of raw powers says nothing that can be computed reliably."""
RESERVED = frozenset({"residual", "(Intercept)"})


def model_problems(
    traits: object,
    effects: Sequence[Effect],
    *,
    weights: str | None = None,
    residual_by: str | None = None,
) -> list[Problem]:
    """What contradicts itself in a model."""
    names, problems = _traits(traits)
    strange = [effect for effect in effects if not isinstance(effect, Effect)]
    if strange:
        text = f"The model has the effect {strange[0]!r}."
        return [*problems, _problem("effects", text, "Give Fixed, Covariate, Animal or Random.")]
    nameless = [effect for effect in effects if not isinstance(effect.name, str) or not effect.name]
    if nameless:
        text = f"An effect is called {nameless[0].name!r}."
        return [*problems, _problem("effect_name", text, "Give it a name, a text.")]
    problems += _effect_names(effects)
    if not any(isinstance(effect, RandomEffect) for effect in effects):
        text = "The model has no random effect."
        problems.append(_problem("no_random", text, "Add an effect of type animal or random."))
    for effect in effects:
        found = _columns(effect) + _limits(effect, names)
        if isinstance(effect, Covariate):
            found += _covariate(effect)
        elif isinstance(effect, RandomEffect):
            found += _random(effect)
        problems += found or _own_trait(effect, names)
    problems += _correlations(effects)
    if not problems:
        problems += _repeated(effects, names)
    return problems + _residual(names, weights, residual_by)


def _traits(given: object) -> tuple[tuple[str, ...], list[Problem]]:
    if isinstance(given, str):
        given = (given,)
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        text = f"traits is {given!r}."
        return (), [_problem("traits", text, "List the columns: traits: [weight, fat].")]
    names = tuple(given)
    if not names:
        return (), [_problem("no_trait", "The model has no trait.", "Name one in traits.")]
    wrong = [name for name in names if not isinstance(name, str) or not name]
    problems = [
        _problem("traits", f"A trait is {name!r}.", "Give the name of a column.") for name in wrong
    ]
    for name in _twice([name for name in names if name not in wrong]):
        text = f"The trait {name!r} is listed twice."
        problems.append(_problem("traits", text, "List it once."))
    return names, problems


def _effect_names(effects: Sequence[Effect]) -> list[Problem]:
    problems = []
    for name in _twice([effect.name for effect in effects]):
        text = f"Two effects are called {name!r}."
        problems.append(_problem("same_name", text, "Give each effect a name of its own."))
    for name in sorted(RESERVED & {effect.name for effect in effects}):
        text = f"An effect cannot be called {name!r}, which is always in the model."
        problems.append(_problem("reserved_name", text, "Choose another name."))
    return problems


def _columns(effect: Effect) -> list[Problem]:
    """An interaction where it may stand, and whole."""
    problems = _not_columns(effect)
    if problems:
        return problems
    columns = [effect.column or effect.name, getattr(effect, "within", None) or ""]
    columns += _renamed(effect)
    for column in columns:
        if INTERACTION in column and not all(parts_of(column)):
            text = f"Effect {effect.name!r} has the interaction {column!r}, which lacks a column."
            remedy = "Join two or more columns: herd:year."
            problems.append(_problem("interaction", text, remedy))
    allowed = isinstance(effect, Fixed | Random)
    if not allowed and any(INTERACTION in column for column in [columns[0], *columns[2:]]):
        if isinstance(effect, Covariate) and effect.column is None:
            return problems  # `age|herd:year` is a name like any other
        text = f"Effect {effect.name!r} reads the interaction {columns[0]!r}."
        remedy = "Only fixed and random effects, and within, may; name one column."
        problems.append(_problem("interaction", text, remedy))
    return problems


def _not_columns(effect: Effect) -> list[Problem]:
    return [
        _problem("option", f"{key} of effect {effect.name!r} is {column!r}.", "Give a column.")
        for key in ("column", "within")
        if not isinstance(column := getattr(effect, key, None), str | None)
    ]


def _renamed(effect: Effect) -> list[str]:
    """Columns that an effect reads for single traits."""
    parts = effect.traits if isinstance(effect.traits, tuple) else ()
    return [part[1] for part in parts if _is_pair(part)]


def _limits(effect: Effect, traits: tuple[str, ...]) -> list[Problem]:
    """An effect may have some of the model's traits, each once."""
    given = effect.traits
    if given is None:
        return []
    where = f"Effect {effect.name!r}"
    remedy = f"The model's traits are {', '.join(map(str, traits))}."
    fine = isinstance(given, tuple) and given
    pairs = bool(fine) and all(_is_pair(part) for part in given)
    if not fine or not (pairs or all(isinstance(part, str) for part in given)):
        text = f"{where} is limited to the traits {given!r}."
        form = "Give a list of them, or a mapping from trait to column."
        return [_problem("effect_traits", text, f"{form} {remedy}")]
    names = [str(part[0]) if pairs else str(part) for part in given]
    problems = [
        _problem("effect_traits", f"{where} is limited to the trait {name!r}.", remedy)
        for name in names
        if name not in traits
    ]
    problems += [
        _problem("effect_traits", f"{where} names the trait {name!r} twice.", "Name it once.")
        for name in _twice(names)
    ]
    if pairs and isinstance(effect, Covariate) and effect.basis is not None:
        text = f"{where} is a curve over {effect.basis.column!r} and renames its column by trait."
        problems.append(_problem("effect_traits", text, "List the traits without columns."))
    return problems


def _covariate(effect: Covariate) -> list[Problem]:
    problems = []
    whole = isinstance(effect.degree, int) and not isinstance(effect.degree, bool)
    if not (whole and 1 <= effect.degree <= HIGHEST_DEGREE):
        text = f"Covariate {effect.name!r} has degree {effect.degree!r}."
        remedy = f"Use a whole number from 1 to {HIGHEST_DEGREE}."
        problems.append(_problem("degree", text, remedy))
    if effect.transform is not None and effect.transform not in TRANSFORMS:
        text = f"Covariate {effect.name!r} has the transform {effect.transform!r}."
        problems.append(_problem("transform", text, f"Use one of {', '.join(TRANSFORMS)}."))
    if effect.basis is None:
        return problems
    problems += _basis(effect.basis, f"Covariate {effect.name!r}")
    if effect.degree != 1 or effect.transform not in (None, "none"):
        text = f"Covariate {effect.name!r} has a basis and powers or a transform."
        problems.append(_problem("basis", text, "Leave out degree and transform, or the basis."))
    if effect.column is not None and effect.column != effect.basis.column:
        text = f"Covariate {effect.name!r} reads {effect.column!r} and has another in its basis."
        problems.append(_problem("basis", text, "Leave out the column."))
    return problems


def _random(effect: RandomEffect) -> list[Problem]:
    problems = []
    if isinstance(effect, Animal) and effect.relationship not in RELATIONSHIPS:
        text = f"Effect {effect.name!r} has the relationship {effect.relationship!r}."
        remedy = f"Use one of {', '.join(RELATIONSHIPS)}."
        problems.append(_problem("relationship", text, remedy))
    if isinstance(effect, Genomic):
        problems += _genomic(effect)
    if effect.basis is not None:
        problems += _basis(effect.basis, f"Effect {effect.name!r}")
    return problems


def _genomic(effect: Genomic) -> list[Problem]:
    problems = []
    for what, value, allowed in (
        ("method", effect.method, GENOMIC_METHODS),
        ("tuning", effect.tune, (None, *TUNINGS)),
        ("frequencies", effect.frequencies, (None, *CENTRES)),
    ):
        if value not in allowed:
            text = f"Effect {effect.name!r} has the {what} {value!r}."
            remedy = f"Use one of {', '.join(name for name in allowed if name)}."
            problems.append(_problem(what, text, remedy))
    if effect.single_step is not None:
        problems += _single_step(effect)
    blend = effect.blend
    if blend is not None and not (isinstance(blend, int | float) and 0 <= blend < 1):
        text = f"Effect {effect.name!r} has the blend {blend!r}."
        problems.append(_problem("blend", text, "Give a share from 0 to below 1: 0.05."))
    return problems + ([] if effect.core is None else _core(effect.core, effect.name))


def _single_step(effect: Genomic) -> list[Problem]:
    if not isinstance(effect.single_step, bool):
        text = f"Effect {effect.name!r} has the single_step {effect.single_step!r}."
        return [_problem("single_step", text, "Give true or false.")]
    if effect.method in BAYES_METHODS:
        return []
    text = f"Effect {effect.name!r} has single_step and the method {effect.method}."
    return [_problem("single_step", text, "Leave it out, or write method: single_step.")]


def _core(core: object, name: str) -> list[Problem]:
    if not isinstance(core, Core):
        text = f"Effect {name!r} has the core {core!r}."
        remedy = 'Give a number, "98%", a list of animals, or {size: 5000, choose: pruning}.'
        return [_problem("core", text, remedy)]
    problems = []
    if core.choose not in CHOICES:
        text = f"The core of effect {name!r} is chosen by {core.choose!r}."
        problems.append(_problem("core", text, f"Use one of {', '.join(CHOICES)}."))
    size = core.size
    if size is not None and not (size > 0 and (size < 1 or size == int(size))):
        shown = f"{100 * size:g}%" if isinstance(size, float) else size
        text = f"The core of effect {name!r} has the size {shown}."
        problems.append(_problem("core", text, 'Give a whole number, or a share below "100%".'))
    if not isinstance(core.seed, int) or core.seed < 0:
        text = f"The core of effect {name!r} has the seed {core.seed!r}."
        problems.append(_problem("core", text, "Give a whole number from 0."))
    if core.animals is not None and not core.animals:
        problems.append(_problem("core", f"The core of effect {name!r} is empty.", "Name animals."))
    return problems


def _basis(basis: object, where: str) -> list[Problem]:
    if isinstance(basis, Basis):
        return basis_problems(basis, where)
    text = f"{where} has the basis {basis!r}."
    return [_problem("basis", text, "Give a Basis.")]


def _own_trait(effect: Effect, traits: tuple[str, ...]) -> list[Problem]:
    """A trait cannot explain itself."""
    return [
        _problem(
            "own_trait",
            f"Effect {effect.name!r} explains the trait {trait!r} by itself.",
            "Name another column, or limit the effect to other traits.",
        )
        for trait in limited_to(effect, traits)
        if trait in columns_read(effect, [trait])
    ]


def _correlations(effects: Sequence[Effect]) -> list[Problem]:
    """`correlated_with` names another random effect with the same levels."""
    random = {effect.name: effect for effect in effects if isinstance(effect, RandomEffect)}
    problems = []
    for effect in random.values():
        if effect.correlated_with is None:
            continue
        named = effect.correlated_with
        other = random.get(named) if isinstance(named, str) else None
        where = f"Effect {effect.name!r} is correlated with {named!r}"
        if other is None or other is effect:
            others = [
                e.name for e in random.values() if e is not effect and type(e) is type(effect)
            ]
            what = "itself" if other is effect else "which is no random effect of the model"
            remedy = f"Name one of {', '.join(others)}." if others else "Add the other effect."
            problems.append(_problem("correlated_with", f"{where}, {what}.", remedy))
        else:
            problems += _same_levels(effect, other, where)
    return problems


def _same_levels(effect: RandomEffect, other: RandomEffect, where: str) -> list[Problem]:
    if isinstance(effect, Animal) and isinstance(other, Animal):
        if _kinship(effect) == _kinship(other):
            return []
        text = f"{where}, but their relationships are not the same."
        return [_problem("correlated_with", text, "Give both the same relationship.")]
    if isinstance(effect, Random) and isinstance(other, Random):
        mine, theirs = _level_columns(effect), _level_columns(other)
        if mine == theirs:
            return []
        text = f"{where}, but one has levels of {_and(mine)} and the other of {_and(theirs)}."
        remedy = "Only effects of the same column share a covariance matrix."
        return [_problem("correlated_with", text, remedy)]
    text = f"{where}, but one follows the pedigree and the other has independent levels."
    return [_problem("correlated_with", text, "Give both the type animal, or both random.")]


def _kinship(effect: Animal) -> tuple[object, ...]:
    if isinstance(effect, Genomic):
        return effect.method, effect.blend, effect.tune, effect.frequencies, effect.core
    return (effect.relationship,)


def _level_columns(effect: RandomEffect) -> set[str]:
    return set(_renamed(effect)) or {effect.column or effect.name}


def _repeated(effects: Sequence[Effect], traits: tuple[str, ...]) -> list[Problem]:
    """Two random effects that no records can tell apart."""
    problems = []
    random = [effect for effect in effects if isinstance(effect, RandomEffect)]
    for one, two in combinations(random, 2):
        if type(one) is not type(two) or one.basis != two.basis:
            continue
        mine, theirs = limited_to(one, traits), limited_to(two, traits)
        both = [trait for trait in mine if mine[trait] == theirs.get(trait)]
        if both:
            text = (
                f"Effects {one.name!r} and {two.name!r} are the same for {_and(both)}: "
                f"column {mine[both[0]]!r}."
            )
            problems.append(_problem("same_effect", text, "Drop one, or give it another column."))
    return problems


def _residual(
    traits: tuple[str, ...], weights: str | None, residual_by: str | None
) -> list[Problem]:
    problems = []
    for key, column in (("weights", weights), ("residual_by", residual_by)):
        if not isinstance(column, str | None):
            problems.append(_problem("option", f"{key} is {column!r}.", "Give a column."))
        elif column in traits:
            text = f"{key} names the trait {column!r}."
            problems.append(_problem("residual", text, "Name another column."))
    if isinstance(weights, str) and weights == residual_by:
        text = f"weights and residual_by both name {weights!r}."
        remedy = "weights divide the residual variance, residual_by groups it; name two columns."
        problems.append(_problem("residual", text, remedy))
    return problems


def _is_pair(part: object) -> bool:
    return isinstance(part, tuple) and len(part) == 2 and all(isinstance(p, str) for p in part)


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _and(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))


def _problem(kind: str, message: str, remedy: str) -> Problem:
    return Problem(kind, (), message, remedy)
