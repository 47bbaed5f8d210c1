"""What follows from a model and its results alone: effects, columns, and what outsiders may read.

An outsider sees a published evaluation without reading all of its farms. They read numbers of the
whole population, never something from which one hidden animal or the name of a hidden farm shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import agrigen as ag
from agrigen.evaluation.effects import columns_read, limited_to
from agrigen.evaluation.variances import check_variances

FEWEST_OTHERS = 5
"""Animals of other farms behind a mean, for whichever farm looks at it."""
FEWEST_GENOTYPED = 20
"""Animals behind effects of markers: from frequencies of fewer, genotypes of one could be told."""
DAM, RESIDUAL = "dam", "residual"


def kept_samples(options: Mapping[str, Any]) -> int:
    """How many samples `estimate: gibbs` is asked to keep, of all chains."""
    iterations, thin = options.get("iterations", 0), options.get("thin", 1)
    return int(max(0, iterations - options.get("burn_in", 0)) // thin * options.get("chains", 1))


def start_from(model: ag.Model, state: object) -> dict[str, Any] | None:
    """What an interrupted estimation had reached, as variances to start from; None if unusable."""
    if not isinstance(state, Mapping):
        return None
    try:  # close to the edge of what is possible, rounding can have put it outside
        check_variances(model, state)
    except ag.ModelError:
        return None
    return dict(state)


def columns_of(model: ag.Model) -> set[str]:
    """Every column that a model reads beside its traits."""
    columns = {name for effect in model.effects for name in columns_read(effect, model.traits)}
    return columns | {name for name in (model.weights, model.residual_by) if name}


def genetic_effects(model: ag.Model) -> list[dict[str, Any]]:
    """The effects that give breeding values; the one an animal is judged by comes first."""
    found = [_genetic(effect, model) for effect in model.effects if isinstance(effect, ag.Animal)]
    return sorted(found, key=lambda effect: effect["role"] == "maternal")


def _genetic(effect: ag.Animal, model: ag.Model) -> dict[str, Any]:
    columns = limited_to(effect, model.traits)
    maternal = set(columns.values()) == {DAM}
    role = "maternal" if maternal else "direct"
    return {"name": effect.name, "role": role, "traits": list(columns)}


def genomic_effects(model: Mapping[str, Any], traits: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Effects of a declared model that take genotypes, each with its traits."""
    return [
        (str(effect["name"]), list(effect.get("traits") or traits))
        for effect in model.get("effects") or ()
        if effect.get("type") == "genomic"
    ]


def effects_of(genetic: Sequence[Mapping[str, Any]], trait: str) -> list[str]:
    """Names of the genetic effects of a trait, the one an animal is judged by first."""
    return [str(effect["name"]) for effect in genetic if trait in effect["traits"]]


def role_of(genetic: Sequence[Mapping[str, Any]], name: str) -> str:
    """Whether an effect is direct or maternal."""
    return next((str(effect["role"]) for effect in genetic if effect["name"] == name), "direct")


def level_names(model: Mapping[str, Any], summary: Mapping[str, Any]) -> list[str]:
    """Names of residual groups that stand in a model or its results: farms can be among them."""
    residual = (model.get("variances") or {}).get(RESIDUAL)
    declared = residual if isinstance(residual, Mapping) else ()
    return sorted({*map(str, declared), *map(str, summary.get("residual_groups") or ())})


def naming_animals(model: Mapping[str, Any]) -> bool:
    """Whether animals are named in a declared model: by contrasts, or as the core of APY."""
    return without_animals(model) != model


def without_animals(model: Mapping[str, Any]) -> dict[str, Any]:
    """A declared model without the animals that it names."""
    found = {key: value for key, value in model.items() if key != "contrasts"}
    if "effects" in found:
        found["effects"] = [
            {**effect, "core": len(effect["core"])}
            if isinstance(effect.get("core"), list)
            else effect
            for effect in found["effects"]
        ]
    return found


def masked(value: Any, names: Sequence[str]) -> Any:
    """The value with residual groups as "group 1", "group 2" where their names would stand.

    That is in "group", as keys of "residual", as "residual_groups" and in brackets: "weight [M]".
    """
    numbered = {name: f"group {place}" for place, name in enumerate(names, 1)}
    return _masked(value, numbered) if names else value


def _masked(value: Any, numbered: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {_bare(key, numbered): _part(key, part, numbered) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part, numbered) for part in value]
    return _bare(value, numbered) if isinstance(value, str) else value


def _part(key: str, value: Any, numbered: Mapping[str, str]) -> Any:
    if key == "group":
        return numbered.get(value, value)
    if key == "residual_groups":
        return [numbered.get(name, name) for name in value]
    if key == RESIDUAL and isinstance(value, Mapping):
        return {numbered.get(name, name): matrix for name, matrix in value.items()}
    return _masked(value, numbered)


def _bare(text: str, numbered: Mapping[str, str]) -> str:
    for name, number in numbered.items():
        text = text.replace(f"[{name}]", f"[{number}]")
    return text


def without_group(trait: str | None) -> str | None:
    """The trait of "weight [M]": that of residual group M."""
    return trait.split(" [")[0] if trait else trait


def shown_trends(rows: Iterable[Mapping[str, Any]], *, everything: bool) -> list[dict[str, Any]]:
    """Trends; for an outsider without the means of too few animals or of a single farm."""
    kept = (row for row in rows if everything or row["others"] >= FEWEST_OTHERS)
    return [{name: value for name, value in row.items() if name != "others"} for row in kept]


def shown_diagnostics(
    found: Mapping[str, Any], names: Sequence[str], *, everything: bool
) -> dict[str, Any]:
    """Diagnostics; for an outsider without remarks, which name animals and levels."""
    if everything:
        return dict(found)
    return {**found, "notes": [], "history": masked(found["history"], names)}
