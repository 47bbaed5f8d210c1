"""What goes into an association and comes out of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from hub.schemas import Code, Input, Line, Name, Output, PageQuery

State = Literal["queued", "running", "done", "failed", "cancelled"]
Method = Literal["exact", "approximate", "calibrated", "linear", "binary"]
Test = Literal["wald", "lrt", "score"]
Relationship = Literal["vanraden1", "vanraden2", "yang"]
Records = Literal["only", "mean", "first", "last"]
MOST_CONDITIONS = 50


class AssociationCreate(Input):
    """Freeze the records of genotyped animals and test every marker for an effect on a trait."""

    name: Name
    trait: Code
    genotypes: UUID = Field(description="A genotype set that is done")
    effects: list[dict[str, Any]] = Field(
        default=[],
        max_length=30,
        description="Fixed effects and covariates, as in the model of an evaluation",
    )
    formula: str | None = Field(
        default=None,
        max_length=10_000,
        description="In the place of effects: `sex + linear(age_days)`",
    )
    method: Method = Field(
        default="exact",
        description=(
            "Of the mixed model: exact (variances for each marker), approximate (once), calibrated "
            "(the fastest); linear without relationships; binary for a trait of 0 and 1"
        ),
    )
    test: Test = Field(default="wald", description="Of exact and approximate")
    relationship: Relationship = "vanraden1"
    leave_one_chromosome_out: bool = Field(
        default=False, description="Test a chromosome with relationships of all others"
    )
    condition_on: list[Line] = Field(
        default=[], max_length=MOST_CONDITIONS, description="Markers that every test is beside"
    )
    min_maf: float = Field(default=0.01, ge=0, le=0.5, description="Rarer markers are not tested")
    max_missing: float = Field(default=0.05, ge=0, le=1, description="Share without a genotype")
    records: Records = Field(
        default="only",
        description=(
            "Of an animal with several records: only refuses it; or take mean, first or last"
        ),
    )
    window: int = Field(default=1_000_000, ge=1_000, le=1_000_000_000, description="Base pairs")
    farms: list[UUID] | None = Field(
        default=None, description="Farms whose animals are tested; all that you read by default"
    )
    species: Code | None = Field(default=None, description="By default that of the genotypes")
    breed: Line | None = Field(default=None, description="Only animals of this breed")
    publish: bool = Field(default=False, description="Publish when it is done")


class AssociationRead(Output):
    """One study: its settings, its frozen data, its state and what came out."""

    id: UUID
    name: str
    person_id: UUID
    dataset_id: UUID
    genotype_set_id: UUID
    trait: str
    settings: dict[str, Any]
    farm_ids: list[UUID]
    publish_when_done: bool
    state: State
    job_id: UUID | None
    error: str
    summary: dict[str, Any] = Field(
        description=(
            "markers, animals, lambda (genomic control), h2 (without markers), hits (markers below "
            "the threshold), threshold (Bonferroni's), excluded (markers by reason) ..."
        )
    )
    provenance: dict[str, Any]
    objects: dict[str, str]
    result_hash: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None


class AssociationsQuery(PageQuery):
    """Narrow the list of studies."""

    trait: str | None = None
    state: State | None = None
    genotypes: UUID | None = Field(default=None, description="Genotype set")
    published: bool | None = Field(default=None, description="Published and not withdrawn")


class MarkersQuery(PageQuery):
    """Which markers; the strongest first unless asked otherwise."""

    model_config = ConfigDict(populate_by_name=True)

    chromosome: str | None = Field(default=None, max_length=100)
    start: int | None = Field(default=None, ge=0, alias="from", description="First base pair")
    stop: int | None = Field(default=None, ge=0, alias="to", description="Last base pair")
    max_p: float | None = Field(default=None, ge=0, le=1)
    order: Literal["p", "position"] = "p"


class MarkerRead(Output):
    """The test of one marker."""

    chromosome: str
    position: int
    marker: str
    effect_allele: str
    other_allele: str
    frequency: float = Field(description="Of the effect allele")
    missing: int = Field(description="Animals without a genotype")
    effect: float | None = Field(
        description="Of one copy of the effect allele, in the unit of the trait"
    )
    se: float | None
    statistic: float | None
    p: float | None
    minus_log10_p: float | None
    variance_explained: float | None = Field(
        description="Share of the variance after fixed effects"
    )


class WindowsQuery(PageQuery):
    """Which windows; along the genome unless asked otherwise."""

    chromosome: str | None = Field(default=None, max_length=100)
    order: Literal["p", "position", "-inclusion"] = "position"


class WindowRead(Output):
    """A stretch of the genome: its best marker, and how probably an effect lies in it."""

    chromosome: str
    start: int
    stop: int = Field(description="The first base pair behind it")
    markers: int
    best: str
    best_position: int
    p: float
    minus_log10_p: float
    mean_chi_square: float
    inclusion: float = Field(
        description="Probability that the marker behind the one effect of the chromosome is here"
    )


class ChromosomeRead(Output):
    """Where a chromosome stands in the picture: a marker is at offset + position."""

    name: str
    offset: int
    length: int
    label: int = Field(description="Place of its name: the middle")
    markers: int


class Thresholds(Output):
    """p below which a test counts."""

    bonferroni: float = Field(description="5 % over all tests")
    suggestive: float = Field(description="One false one is expected among all tests")


class QuantilesRead(Output):
    """Observed over expected -log10 p, the strongest first, with a band of 95 % without effects."""

    expected: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]


class PointsRead(Output):
    """The points of the Manhattan picture, thinned where they overlap; arrays of one length."""

    trait: str
    tested: int = Field(description="Markers; the points are some of them")
    chromosome: list[str]
    position: list[int]
    place: list[int] = Field(description="Of the point along the genome")
    minus_log10_p: list[float]
    marker: list[str]
    effect: list[float]
    chromosomes: list[ChromosomeRead]
    thresholds: Thresholds
    lambda_gc: float | None
    qq: QuantilesRead
