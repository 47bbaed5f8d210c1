"""What goes into breeding advice and comes out of it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.schemas import Code, Input, Language, Line, Name, Output, PageQuery

MOST_FEMALES = 2000
MOST_MALES = 200
WARN_INBREEDING = 0.0625
MOST_INBREEDING = 0.125
MOST_AFFECTED = 0.05
WORST_PRNP = 3
INBREEDING_COST = 0.5


Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=-1e6, le=1e6)]
Rule = Literal["forbid", "warn", "ignore"]


class Limits(Input):
    """What a mating must not do, and what is warned of."""

    warn_inbreeding: Share = Field(
        default=WARN_INBREEDING, description="Inbreeding of progeny that is warned of"
    )
    most_inbreeding: Share = Field(
        default=MOST_INBREEDING, description="Inbreeding of progeny that is refused above"
    )
    carriers: Rule = Field(default="forbid", description="Pairs that may give affected progeny")
    most_affected: Share = Field(
        default=MOST_AFFECTED, description="Highest probability of affected progeny"
    )
    prnp: Rule = Field(default="forbid", description="Pairs that may give a worse PrP type")
    worst_prnp: int = Field(default=WORST_PRNP, ge=1, le=5, description="Worst PrP type allowed")


class WordsQuery(Input):
    """In which language texts are."""

    language: Language = Language.ENGLISH


class IndexQuery(WordsQuery):
    """Of which farm."""

    farm: UUID


class PairQuery(Limits):
    """Which two animals, and which limits."""

    sire: UUID
    dam: UUID
    language: Language = Language.ENGLISH


class PlansQuery(PageQuery):
    """Which plans, newest first."""

    farm: UUID | None = None


class PlanCreate(Limits):
    """A new mating plan; without lists all that are ready on the farm take part."""

    farm_id: UUID
    name: Name
    on: date | None = Field(default=None, description="Day of the matings; today by default")
    female_ids: tuple[UUID, ...] | None = Field(default=None, min_length=1, max_length=MOST_FEMALES)
    male_ids: tuple[UUID, ...] | None = Field(
        default=None, min_length=1, max_length=MOST_MALES,
        description="Also of other farms one may see, such as a stud; by default the farm's own",
    )  # fmt: skip
    weights: dict[Code, Weight] | None = Field(
        default=None, max_length=20,
        description="What a unit of each trait is worth; by default as GET /breeding/index says",
    )  # fmt: skip
    most_females: int | None = Field(default=None, ge=1, description="Females of one male at most")
    capacity: dict[UUID, Annotated[int, Field(ge=0, le=MOST_FEMALES)]] | None = Field(
        default=None, max_length=MOST_MALES, description="The same for single males"
    )
    inbreeding_cost: float = Field(
        default=INBREEDING_COST, ge=0, le=1000,
        description="Tenths of a genetic standard deviation that 1 % of inbreeding costs",
    )  # fmt: skip


class Notice(Output):
    """Something to know, by code and in words."""

    code: str
    message: str
    parameters: dict[str, Any]


class IndexTrait(Output):
    """A trait of an index."""

    trait: str
    name: str
    unit: str
    weight: float = Field(description="Index points of one unit")
    genetic_sd: float = Field(description="In the unit of the trait")
    evaluation_id: UUID
    evaluation: str
    published_at: datetime | None


class IndexRead(Output):
    """What animals of a farm are ranked by."""

    farm_id: UUID
    species: str
    traits: list[IndexTrait]
    sd: float | None = Field(description="Genetic standard deviation, traits taken as independent")
    explanation: str


class CandidateRead(Output):
    """An animal that may be mated, with its place among those of its sex on the farm."""

    animal_id: UUID
    tag: str
    name: str
    sex: Literal["F", "M"]
    breed: str
    birth_date: date | None
    index: float | None
    rank: int | None = Field(description="Within its breed and sex; 1 is the best")
    percentile: float | None


class OneMating(Output):
    """A male for a female and what progeny to expect."""

    male_id: UUID
    male_tag: str
    index: float | None = Field(description="Expected index of progeny")
    low: float | None = Field(
        default=None, description="Nine of ten progeny are between low and high"
    )
    high: float | None = None
    inbreeding: float = Field(description="Of progeny, 0 to 1")
    notices: list[Notice]


class MatingRead(OneMating):
    """The mating that the plan has for a female, and the next best."""

    female_id: UUID
    female_tag: str
    second: OneMating | None


class Unmated(Output):
    """A female that may have none of the males, and why."""

    female_id: UUID
    female_tag: str
    notices: list[Notice]


class MaleUse(Output):
    """How many females a male has."""

    male_id: UUID
    male_tag: str
    index: float | None
    females: int
    most: int


class PlanSummary(Output):
    """A plan without its list."""

    id: UUID
    farm_id: UUID
    name: str
    females: int
    mated: int
    mean_index: float | None
    mean_inbreeding: float | None
    created_at: datetime


class PlanRead(PlanSummary):
    """A plan: every female with the best and the next best male."""

    settings: dict[str, Any]
    evaluation_ids: list[UUID]
    provenance: dict[str, Any]
    matings: list[MatingRead]
    unmated: list[Unmated]
    males: list[MaleUse]


class Parent(Output):
    """One of a pair."""

    animal_id: UUID
    tag: str
    name: str
    index: float | None
    inbreeding: float


class Expected(Output):
    """What progeny to expect; nine of ten are between low and high."""

    what: str = Field(description="A trait, or `index`")
    unit: str
    mean: float
    low: float
    high: float


class GeneRisk(Output):
    """A recessive defect in progeny of a pair."""

    gene: str
    affected: float
    carrier: float


class PrnpOutcome(Output):
    """A PrP genotype that progeny may have, and its type in the National Scrapie Plan."""

    genotype: str
    type: int
    probability: float


class PairRead(Output):
    """What a mating would give, in numbers and in words."""

    sire: Parent
    dam: Parent
    index: Expected | None
    traits: list[Expected]
    inbreeding: float
    relation: str = Field(description="What this inbreeding is like")
    genes: list[GeneRisk]
    prnp: list[PrnpOutcome] = Field(description="Empty unless both parents are genotyped")
    notices: list[Notice]
    verdict: Literal["good", "careful", "avoid"]
    text: str


class GeneSet(Input):
    """A result: of PRNP two haplotypes (ARR/ARQ), else free, carrier or affected."""

    genotype: Line
    source: Line = Field(default="", description="Laboratory, certificate, date")


class GeneRead(Output):
    """A stored genotype."""

    animal_id: UUID
    gene: str
    genotype: str
    source: str
    prnp_type: int | None = None
    updated_at: datetime
