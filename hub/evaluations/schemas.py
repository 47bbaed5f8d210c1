"""What goes into an evaluation and comes out of it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.schemas import Code, Input, Line, Name, Output, PageQuery

State = Literal["queued", "running", "done", "failed", "cancelled"]
Role = Literal["direct", "maternal"]
RowsOf = Literal["date", "animal"]
GroupBy = Literal["breed", "farm", "birth_year"]
MOST_CONTRASTS = 100


class ModelDeclaration(Input):
    """The model, in the words of the `agrigen evaluate` file, without the names of files.

    Either a `formula`, or `traits` and `effects`.
    """

    formula: str | None = Field(
        default=None, max_length=10_000, description="In the place of traits and effects"
    )
    traits: list[Code] | None = Field(default=None, min_length=1, max_length=20)
    effects: list[dict[str, Any]] | None = Field(default=None, min_length=1, max_length=50)
    variances: dict[str, Any] | None = Field(
        default=None, description="A number or matrix by effect; with `estimate` where to start"
    )
    estimate: Literal["none", "reml", "gibbs"] = Field(
        default="none", description="Estimate the variances, or take those given"
    )
    residual_by: str | None = Field(
        default=None, description="Column whose levels have residual variances of their own"
    )
    options: dict[str, Any] | None = Field(
        default=None, description="Options of the estimation, such as iterations"
    )
    weights: str | None = None
    inbreeding: bool = True
    solver: Literal["auto", "direct", "pcg"] = "auto"
    reliability: Literal["auto", "exact", "information", "sampled", "none"] = Field(
        default="auto", description="How reliabilities are found; auto is exact where it can be"
    )
    contrasts: list[dict[str, Any]] | None = Field(
        default=None,
        max_length=MOST_CONTRASTS,
        description="Differences of interest: {effect: a, weights: {one animal: 1, another: -1}}",
    )
    groups: GroupBy | None = Field(
        default=None,
        description=(
            "Unknown parents are in groups by this column of their offspring, such as "
            "`breed Texel`; the animals of the hub have no parents that are groups"
        ),
    )
    gamma: float | list[list[float]] | None = Field(
        default=None,
        description="Relationships among the groups, in the order of their names: metafounders",
    )


class EvaluationCreate(Input):
    """Freeze the data and evaluate them."""

    name: Name
    model: ModelDeclaration
    farms: list[UUID] | None = Field(
        default=None, description="Farms whose animals are evaluated; all that you read by default"
    )
    species: Code | None = Field(
        default=None, description="By default the species of the animals that have records"
    )
    breed: Line | None = Field(default=None, description="Only animals and records of this breed")
    rows: RowsOf | None = Field(
        default=None,
        description=(
            "Records that share a residual: those of a date, or all of an animal (by occasion). By "
            "default of an animal where a model of several traits has one record of each"
        ),
    )
    genotypes: UUID | None = Field(
        default=None, description="Genotype set that effects of type genomic take"
    )
    dataset_id: UUID | None = Field(
        default=None,
        description=(
            "Evaluate this version in the place of the data as they are now: frozen tables of "
            "farms, or the input of an earlier evaluation"
        ),
    )
    publish: bool = Field(default=False, description="Publish when it is done")


class GeneticEffect(Output):
    """An effect of the model that gives breeding values."""

    name: str
    role: Role = Field(description="What an animal is judged by, or what it gives as a mother")
    traits: list[str]


class EvaluationRead(Output):
    """One evaluation: its model, its frozen data, its state and what came out."""

    id: UUID
    name: str
    person_id: UUID
    dataset_id: UUID
    genotype_set_id: UUID | None
    model: dict[str, Any]
    traits: list[str]
    genetic_effects: list[GeneticEffect]
    farm_ids: list[UUID]
    publish_when_done: bool
    state: State
    job_id: UUID | None
    error: str
    summary: dict[str, Any]
    provenance: dict[str, Any]
    objects: dict[str, str]
    result_hash: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None


class EvaluationsQuery(PageQuery):
    """Narrow the list of evaluations."""

    trait: str | None = None
    state: State | None = None
    published: bool | None = Field(default=None, description="Published and not withdrawn")


class BreedingValueRead(Output):
    """What an evaluation says about one animal, in the unit of the trait."""

    evaluation_id: UUID
    trait: str
    effect: str
    role: Role = Field(description="direct: its own genes; maternal: as a mother of others")
    animal_id: UUID
    tag: str
    animal_name: str
    sex: str
    breed: str
    birth_date: date | None
    status: str
    farm_id: UUID
    farm: str
    value: float
    se: float | None
    reliability: float | None
    accuracy: float | None
    inbreeding: float
    records: int
    percentile: float = Field(description="Share of its breed that it is better than, 0 to 100")


class BreedingValuesQuery(PageQuery):
    """Which animals; in falling order of breeding value unless asked otherwise."""

    trait: str | None = Field(default=None, description="By default the first of the evaluation")
    effect: str | None = Field(
        default=None, description="Genetic effect; by default the direct one of the trait"
    )
    farm_id: UUID | None = None
    sex: Literal["F", "M", "U"] | None = None
    breed: str | None = None
    animal_id: UUID | None = None
    status: Literal["alive", "sold", "dead", "unknown"] | None = None
    order: Literal["-value", "value"] = "-value"


class AnimalValue(BreedingValueRead):
    """A breeding value of one animal with the evaluation that it comes from."""

    evaluation: str
    published_at: datetime | None


class VarianceRead(Output):
    """A variance, or the covariance of two traits, effects ("a:m") or coefficients of a curve."""

    effect: str
    trait_1: str
    trait_2: str
    coefficient_1: int | None
    coefficient_2: int | None
    group: str | None = Field(description="Residual group, where they differ")
    value: float | None
    se: float | None = Field(description="None where the variance was given, not estimated")


class RatioRead(Output):
    """A heritability, proportion, repeatability or correlation.

    A correlation is between effect_1 of trait_1 and effect_2 of trait_2; others have no second.
    """

    kind: Literal["heritability", "proportion", "repeatability", "correlation"]
    effect_1: str | None
    trait_1: str
    effect_2: str | None
    trait_2: str | None
    value: float | None
    se: float | None = Field(description="None where the variances were given")
    lower: float | None = Field(description="Lower end of the interval of 95 %")
    upper: float | None


class ResultQuery(Input):
    """Which trait and genetic effect; all by default."""

    trait: str | None = None
    effect: str | None = None


class TrendRead(Output):
    """The animals born in one year."""

    trait: str
    effect: str
    role: Role
    birth_year: int
    animals: int
    mean: float = Field(description="Mean breeding value, in the unit of the trait")
    reliability: float | None = Field(description="Mean reliability")


class MarkerEffectsQuery(PageQuery):
    """Which markers; along the genome unless asked otherwise."""

    trait: str | None = Field(default=None, description="By default the first of the evaluation")
    effect: str | None = Field(default=None, description="By default the first genomic effect")
    chromosome: Line | None = None
    order: Literal["position", "-variance"] = "position"


class MarkerEffectRead(Output):
    """What one copy of an allele adds to a breeding value, in the unit of the trait."""

    trait: str
    effect: str
    marker: str
    chromosome: str
    position: int
    allele: str = Field(description="The counted allele")
    frequency: float | None = Field(description="Of the counted allele")
    value: float
    variance: float | None = Field(description="2 f (1 - f) value^2")
    share: float | None = Field(description="Of the sum of the variances of all markers")
    sd: float | None = Field(default=None, description="Of a sampled effect: of its samples")
    inclusion: float | None = Field(
        default=None, description="Of a sampled effect: how often it was in the model"
    )


class ContrastRead(Output):
    """A difference that was asked for, with its standard error."""

    name: str
    effect: str
    trait: str
    value: float
    se: float | None = Field(description="None where the equations were solved by iteration")


class ReliabilityCounts(Output):
    """Animals by reliability: counts in steps of equal width from 0 to 1."""

    trait: str
    effect: str
    role: Role
    counts: list[int]
    mean: float


class DiagnosticsRead(Output):
    """How the numbers were found, and how far they can be trusted."""

    solver: str
    estimate: Literal["none", "reml", "gibbs", "bayes"]
    converged: bool
    iterations: int | None
    numbers: dict[str, Any]
    history: list[dict[str, Any]] = Field(description="The steps towards the result")
    notes: list[str] = Field(description="Remarks; only for who reads all farms")
    reliability: list[ReliabilityCounts]
