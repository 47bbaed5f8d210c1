"""The effects of a model: what is fitted, from which column, for which traits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from agrigen.evaluation.basis import Basis

Transform = Literal["log", "sqrt", "none"]
TRANSFORMS = ("log", "sqrt", "none")
Relationship = Literal["pedigree", "sire_mgs"]
RELATIONSHIPS = ("pedigree", "sire_mgs")
GenomicMethod = Literal[
    "gblup",
    "snp",
    "single_step",
    "ridge",
    "bayes_a",
    "bayes_b",
    "bayes_c",
    "bayes_cpi",
    "bayes_r",
    "bayes_lasso",
]
GENOMIC_METHODS = get_args(GenomicMethod)
BAYES_METHODS = GENOMIC_METHODS[3:]
"""Those that sample effects of markers (`agrigen.bayesian`)."""
CENTRES = ("observed", "half", "base")
CHOICES = ("random", "contribution", "pruning")
TUNINGS = ("none", "chen", "christensen", "vitezica", "mean", "unit")
INTERACTION = ":"

Limited = tuple[str, ...] | tuple[tuple[str, str], ...] | None
"""All traits; some traits; or some traits, each with the column that it reads."""
Traits = str | Sequence[str] | Mapping[str, str] | Limited


@dataclass(frozen=True)
class Fixed:
    """A factor: one effect a level, as difference from the first level.

    Parameters
    ----------
    name
        What the solutions are called.
    column
        The column of its levels, by default the name; `herd:year` has one level for each
        combination that the records hold.
    traits
        By default all; a list limits; a mapping from trait to column limits and renames.
    """

    name: str
    column: str | None = None
    traits: Traits = None

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class Covariate:
    """A regression on a number: a polynomial or a curve, one for each level within.

    Parameters
    ----------
    degree, transform
        Powers 1 to degree of the transformed column.
    within
        A column (or interaction of columns): each of its levels has a regression of its own.
    basis
        A curve over the column of the basis, in the place of powers.
    """

    name: str
    column: str | None = None
    degree: int = 1
    transform: Transform | None = None
    within: str | None = None
    basis: Basis | None = None
    traits: Traits = None

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class Animal:
    """A genetic effect, with the relationships of the pedigree.

    Parameters
    ----------
    column
        The animal whose genes act: the recorded one, its dam for a maternal effect, its sire.
    traits
        By default all; a list limits; a mapping from trait to column limits and renames.
    correlated_with
        Name of another animal effect; both share one covariance matrix.
    basis
        A curve for each animal (random regression).
    relationship
        `pedigree`; or `sire_mgs`: half comes from the sire and a quarter from the maternal
        grandsire, the sire of the dam or what a pedigree with `maternal="grandsire"` holds.
    """

    name: str = "a"
    column: str = "animal"
    traits: Traits = None
    correlated_with: str | None = None
    basis: Basis | None = None
    relationship: Relationship = "pedigree"

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class Core:
    """Which genotyped animals the others depend on (APY).

    Parameters
    ----------
    size
        How many; or, below 1, the share of variance: as many as G has eigenvalues that hold it.
    choose
        `random`; `contribution`: those whose genes the genotyped animals have most of;
        `pruning`: each next is the one whom those before explain least.
    seed
        Of a random choice, and of the estimated number of eigenvalues.
    animals
        The animals themselves, in the place of a size.
    """

    size: float | None = None
    choose: str = "random"
    seed: int = 1
    animals: tuple[str, ...] | None = None

    def to_plain(self) -> Any:
        """As a model file has it."""
        if self.animals is not None:
            return list(self.animals)
        size: Any = self.size
        if size is not None and size < 1:
            size = f"{100 * size:g}%"
        if self.choose == "random" and self.seed == 1:
            return size
        seed = {"seed": self.seed} if self.seed != 1 else {}
        return {"size": size, "choose": self.choose, **seed}


CoreLike = Core | int | str | Sequence[str] | Mapping[str, Any] | None
"""A core, or what is read as one: a number, "98%", animals, or a mapping of size and choose."""


def as_core(given: CoreLike) -> Any:
    """A core from a number, "98%", a list of animals or a mapping; else what was given."""
    if isinstance(given, int) and not isinstance(given, bool):
        return Core(given)
    if isinstance(given, str) and given.endswith("%"):
        try:
            return Core(float(given[:-1]) / 100)
        except ValueError:
            return given
    if isinstance(given, Mapping) and set(given) <= {"size", "choose", "seed"}:
        sized = as_core(given.get("size"))
        rest = {key: value for key, value in given.items() if key != "size"}
        return Core(sized.size, **rest) if isinstance(sized, Core) else given
    if isinstance(given, Sequence) and not isinstance(given, str):
        return Core(animals=tuple(map(str, given)))
    return given


@dataclass(frozen=True)
class Genomic(Animal):
    """A genetic effect, with the relationships that markers show.

    Parameters
    ----------
    method
        `gblup`: relationships of the genotyped animals (VanRaden 2008, method 1). `snp`: the same,
        reported by marker. `single_step`: all animals of the pedigree, genotyped or not. `ridge`,
        `bayes_a`, `bayes_b`, `bayes_c`, `bayes_cpi`, `bayes_r`, `bayes_lasso`: effects of markers
        are sampled (`agrigen.bayesian`).
    blend
        Share of A22 (of I without a single step, unless tuned to a pedigree); by default 0, or
        0.05 in a single step.
    tune
        How they are put on the scale of A22: chen, vitezica, christensen, mean, unit or none; by
        default none, or chen in a single step without metafounders.
    frequencies
        What genotypes are centred with: `observed`, `half` (0.5) or `base` (of the founders); by
        default observed, or half in a single step with metafounders.
    core
        Approximate the inverse of the relationships by a core of animals (APY): how many, "98%"
        (of variance), a list of them, or a mapping of `size` with `choose` and `seed`.
    single_step
        Whether a Bayesian method takes animals without genotypes, by their pedigree.
    """

    name: str = "g"
    method: GenomicMethod = "gblup"
    blend: float | None = None
    tune: str | None = None
    frequencies: str | None = None
    core: CoreLike = None
    single_step: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "core", as_core(self.core))
        super().__post_init__()


@dataclass(frozen=True)
class Random:
    """A random effect with independent levels: permanent environment, herd, litter.

    Parameters
    ----------
    column
        The column of its levels, by default the name; may be an interaction, `herd:year`.
    traits
        By default all; a list limits; a mapping from trait to column limits and renames.
    correlated_with
        Name of another random effect of the same column; both share one covariance matrix.
    basis
        A curve for each level (random regression).
    """

    name: str
    column: str | None = None
    traits: Traits = None
    correlated_with: str | None = None
    basis: Basis | None = None

    def __post_init__(self) -> None:
        _freeze(self)


RandomEffect = Animal | Random
Effect = Fixed | Covariate | Animal | Random


def column_of(effect: Effect) -> str:
    """The column of the data that an effect reads, unless it is renamed by trait."""
    if isinstance(effect, Covariate) and effect.basis is not None:
        return effect.basis.column
    return effect.column or effect.name


def parts_of(column: str) -> tuple[str, ...]:
    """The columns of an interaction; of one column, itself."""
    return tuple(column.split(INTERACTION))


def limited_to(effect: Effect, traits: Iterable[str]) -> dict[str, str]:
    """The column that an effect reads for each of these traits that it has."""
    column, limit = column_of(effect), effect.traits
    if limit is None:
        return dict.fromkeys(traits, column)
    columns = {
        part if isinstance(part, str) else part[0]: column if isinstance(part, str) else part[1]
        for part in limit
    }
    return {trait: columns[trait] for trait in traits if trait in columns}


def columns_read(effect: Effect, traits: Iterable[str]) -> tuple[str, ...]:
    """Every column of the data that an effect reads, interactions taken apart."""
    columns = list(limited_to(effect, traits).values())
    within = effect.within if isinstance(effect, Covariate) else None
    columns += [within] if within else []
    basis = None if isinstance(effect, Fixed) else effect.basis
    columns += [basis.column] if basis else []
    return tuple(dict.fromkeys(part for column in columns for part in parts_of(column)))


def _freeze(effect: Any) -> None:
    """Make what people give for traits hashable: a list, a mapping or one name."""
    given = effect.traits
    if isinstance(given, str):
        frozen: Any = (given,)
    elif isinstance(given, Mapping):
        frozen = tuple(given.items())
    elif isinstance(given, list | tuple):
        frozen = tuple(tuple(part) if isinstance(part, list) else part for part in given)
    else:
        return
    object.__setattr__(effect, "traits", frozen)


@dataclass(frozen=True)
class Component:
    """One of the values that every level of a block has."""

    effect: str
    trait: str
    coefficient: int | None = None

    def __str__(self) -> str:
        order = "" if self.coefficient is None else f" {self.coefficient}"
        return f"{self.effect} {self.trait}{order}"
