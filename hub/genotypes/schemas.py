"""What goes into genotype sets and comes out of them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.schemas import Code, Input, Line, Name, Output, PageQuery

State = Literal["queued", "running", "done", "failed", "cancelled"]
Format = Literal["auto", "bed", "ped", "vcf", "csv", "blupf90", "finalreport"]
Coding = Literal["auto", "TOP", "FWD", "AB", "Plus"]
Sex = Literal["F", "M", "U"]
SampleName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Rules = dict[str, Any]

Parts = Annotated[list[UUID], Field(min_length=1, max_length=64)]

MOST_REGION_MARKERS = 200
MOST_REGION_ANIMALS = 500


class GenotypeSetCreate(Input):
    """Files to read genotypes from, whose animals they are, and how they are to be checked."""

    name: Name
    farm_id: UUID = Field(description="Farm that the set belongs to; one works there")
    species: Code | None = Field(default=None, description="The farm's by default")
    files: list[UUID | Parts] = Field(
        min_length=1,
        max_length=3,
        description=(
            "One VCF, CSV, BLUPF90 or FinalReport; .bed, .bim and .fam; or .ped and .map. A file "
            "that is too large for one upload is a list of its parts, in order"
        ),
    )
    format: Format = "auto"
    coding: Coding = Field(default="auto", description="Which alleles of a FinalReport to take")
    assembly: Line = Field(default="", description="Such as ARS-UI_Ramb_v2.0")
    array: Line = Field(default="", description="Such as OvineSNP50")
    panel: UUID | None = Field(
        default=None, description="Panel that the markers must be of, at the same places"
    )
    match: Literal["identifier", "tag", "none"] = Field(
        default="identifier", description="What the names of samples are among animals"
    )
    names: dict[SampleName, SampleName] = Field(
        default_factory=dict,
        max_length=100_000,
        description="Name in the file to the animal's tag or identifier, where they differ",
    )
    rules: Rules | None = Field(
        default=None,
        description="Rules of quality control to apply; without them it is reported only",
    )


class GenotypeSetDerive(Input):
    """A new version: chosen samples of this one, then rules of quality control."""

    name: Name | None = None
    rules: Rules | None = None
    keep: list[SampleName] | None = Field(default=None, min_length=1, max_length=1_000_000)
    remove: list[SampleName] = Field(default_factory=list, max_length=1_000_000)


class GenotypeSetRead(Output):
    """One version of a set: where it is from, its state, counts and the hash of its content."""

    id: UUID
    name: str
    person_id: UUID
    farm_id: UUID
    farm_ids: list[UUID]
    species: str
    panel_id: UUID | None
    parent_id: UUID | None
    version: int
    file_ids: list[UUID]
    format: str
    coding: str
    settings: dict[str, Any]
    state: State
    job_id: UUID | None
    error: str
    counts: dict[str, int]
    summary: dict[str, Any]
    objects: dict[str, str]
    content_hash: str = Field(description="`Genotypes.sha256` of what is kept")
    provenance: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class GenotypeSetsQuery(PageQuery):
    """Narrow the list of genotype sets."""

    farm_id: UUID | None = None
    species: Code | None = None
    state: State | None = None
    parent_id: UUID | None = Field(default=None, description="Versions made from this one")
    content_hash: str | None = Field(default=None, max_length=64)


class SampleRead(Output):
    """A sample: its name in the file, its animal, and whether and why it is left out."""

    place: int
    name: str
    animal_id: UUID | None
    tag: str | None = Field(description="Of the animal")
    farm_id: UUID
    unlinked: str = Field(description="Why it has no animal; empty where it has one")
    state: Literal["kept", "excluded"]
    reasons: list[str]
    call_rate: float | None
    heterozygosity: float | None
    sex_recorded: Sex
    sex_found: Sex


class SamplesQuery(PageQuery):
    """Which samples, in the order of the file."""

    state: Literal["kept", "excluded"] | None = None
    linked: bool | None = None
    text: Line | None = Field(default=None, description="Part of a name")


class Histogram(Output):
    """Counts between edges; there is one edge more than counts."""

    edges: list[float]
    counts: list[int]
    threshold: float | None = Field(description="Where the rule cuts; None where it is off")


class Dropped(Output):
    """Samples or markers that one rule drops or finds."""

    what: Literal["samples", "markers"]
    reason: str
    meaning: str
    number: int


class DuplicatePair(Output):
    """Two samples that are one animal by their genotypes."""

    a: str
    b: str
    identity: float
    compared: int


class QualityRead(Output):
    """What quality control found; with `applied` false it is what the rules would drop."""

    applied: bool
    rules: Rules
    counts: dict[str, int]
    dropped: list[Dropped]
    flagged: list[Dropped]
    histograms: dict[str, Histogram]
    duplicates: list[DuplicatePair]
    notes: list[str]


Verdict = Literal["accepted", "doubtful", "excluded", "too few markers", "not genotyped", "unknown"]


class ParentageQuery(PageQuery):
    """Which pairs, in the order of the set."""

    status: Verdict | None = None
    animal_id: UUID | None = None
    proposed: bool | None = Field(default=None, description="With or without a proposed parent")


class ProposedParent(Output):
    """An animal whose genotypes fit as the parent."""

    animal_id: UUID | None
    tag: str
    opposing: int
    compared: int
    verdict: str


class ParentageRead(Output):
    """A genotyped animal and one of its parents, by opposing homozygotes."""

    animal_id: UUID
    tag: str
    sample: str
    role: Literal["sire", "dam"]
    recorded_id: UUID | None
    recorded: str | None = Field(description="Tag of the recorded parent")
    status: str
    opposing: int | None
    compared: int | None
    proposed: list[ProposedParent]


class MarkersQuery(PageQuery):
    """Which markers, in the order of the set."""

    chromosome: Line | None = None
    start: int | None = Field(default=None, ge=0, alias="from", description="First base")
    stop: int | None = Field(default=None, ge=0, alias="to", description="Last base")
    name: Line | None = Field(default=None, description="Of one marker")


class MarkerRead(Output):
    """A marker with what is known of its genotypes in this set."""

    place: int
    name: str
    chromosome: str
    position: int
    counted: str
    other: str
    frequency: float | None = Field(description="Of the counted allele")
    missing: float | None = Field(description="Share of the samples")
    hardy_weinberg: float | None = Field(description="p-value of the exact test")


class RegionQuery(Input):
    """A part of a chromosome, and whose genotypes."""

    chromosome: Line
    start: int = Field(default=0, ge=0, alias="from", description="First base")
    stop: int | None = Field(default=None, ge=0, alias="to", description="Last base")
    samples: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        default=None, description="Names, with commas between; all by default"
    )
    marker_offset: int = Field(default=0, ge=0, description="Markers of the region to leave out")
    sample_offset: int = Field(default=0, ge=0, description="Samples to leave out")
    markers: int = Field(default=MOST_REGION_MARKERS, ge=1, le=MOST_REGION_MARKERS)
    animals: int = Field(default=MOST_REGION_ANIMALS, ge=1, le=MOST_REGION_ANIMALS)


class RegionSample(Output):
    """Whose genotypes a row is."""

    name: str
    animal_id: UUID | None


class RegionRead(Output):
    """Copies of the counted allele, a row each sample, a column each marker; null is missing."""

    markers: list[MarkerRead]
    samples: list[RegionSample]
    dosages: list[list[int | None]]
    total_markers: int
    total_samples: int


class AnimalGenotypes(Output):
    """A set in which an animal has genotypes."""

    set_id: UUID
    set_name: str
    version: int
    sample: str
    panel_id: UUID | None
    markers: int
    state: Literal["kept", "excluded"]
    call_rate: float | None
    heterozygosity: float | None
    created_at: datetime


class Link(Input):
    """The animal of a sample; null takes the link away."""

    sample: SampleName
    animal_id: UUID | None


class LinksPut(Input):
    """Links to change; without any, samples without an animal are matched by name again."""

    links: list[Link] = Field(default_factory=list, max_length=10_000)


class PanelRead(Output):
    """A marker map that sets share."""

    id: UUID
    species: str
    name: str
    assembly: str
    markers: int
    content_hash: str
    objects: dict[str, str]
    created_at: datetime


class PanelsQuery(PageQuery):
    """Narrow the list of panels."""

    species: Code | None = None


class ExportQuery(Input):
    """As what to export."""

    format: Literal["plink", "vcf", "blupf90", "packed"] = Field(
        default="plink", description="packed: bits and tables, as the Python client reads them"
    )
    names: Literal["sample", "animal"] = Field(
        default="sample", description="Names in the file, or ids of the animals that are linked"
    )
