"""What goes into watched places and comes out of them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from hub.etl.schemas import Mapping, Policy
from hub.genotypes.schemas import Coding, Format
from hub.schemas import Input, Line, Name, Output, PageQuery

Kind = Literal["animals", "records", "events", "milk_recording", "genotypes"]
FileState = Literal["waiting", "taken", "unchanged", "refused"]
Place = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=500,
        pattern=r"^(folder:|database:|s3://)[^\x00-\x1f\x7f\\]+$",
    ),
]  # fmt: skip
Pattern = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\\]+$")
]
Query = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]


class GenotypeOptions(Input):
    """How files of genotypes are read; see genotype sets."""

    format: Format = "auto"
    coding: Coding = "auto"
    assembly: Line = ""
    array: Line = ""
    panel: UUID | None = None
    match: Literal["identifier", "tag", "none"] = "identifier"


class _Settings(Input):
    pattern: Pattern = Field(
        default="*", description="Files to take: *.csv, milk/*.csv, **/*.xlsx (any depth)"
    )
    query: Query = Field(default="", description="Databases: one SELECT")
    mapping: Mapping = Mapping()
    genotypes: GenotypeOptions = GenotypeOptions()
    cleaning: list[dict[str, Any]] = Field(default_factory=list, max_length=50)
    policy: Policy = "good_rows"
    template_id: UUID | None = None
    schedule: Line = Field(
        default="", description="Five fields of cron, such as '15 6 * * *'; empty: by hand only"
    )
    timezone: Line = Field(default="UTC", description="In which the schedule is meant")
    enabled: bool = Field(default=True, description="Whether the schedule counts")


class SourceCreate(_Settings):
    """Watch a place for a farm's files; they are imported in the name of who asks."""

    farm_id: UUID
    name: Name
    kind: Kind
    place: Place = Field(
        description="folder:NAME under the hub's folder of sources, s3://bucket/prefix, or "
        "database:NAME; the operator's settings say which there are"
    )

    @model_validator(mode="after")
    def _query_belongs_to_databases(self) -> Self:
        if self.place.startswith("database:") != bool(self.query):
            raise ValueError("a query belongs to a database, and a database needs one")
        if self.place.startswith("database:") and self.kind == "genotypes":
            raise ValueError("genotypes come as files: watch a folder or a bucket")
        return self


class SourceUpdate(Input):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    place: Place | None = None
    pattern: Pattern | None = None
    query: Query | None = None
    mapping: Mapping | None = None
    genotypes: GenotypeOptions | None = None
    cleaning: list[dict[str, Any]] | None = Field(default=None, max_length=50)
    policy: Policy | None = None
    template_id: UUID | None = None
    schedule: Line | None = None
    timezone: Line | None = None
    enabled: bool | None = None


class SourceRead(Output):
    """One watched place: when it ran, when it runs next, what it found and what went wrong."""

    id: UUID
    farm_id: UUID
    person_id: UUID
    name: str
    kind: Kind
    place: str
    pattern: str
    query: str
    mapping: dict[str, Any]
    genotypes: dict[str, Any]
    cleaning: list[dict[str, Any]]
    policy: Policy
    template_id: UUID | None
    schedule: str
    timezone: str
    enabled: bool
    job_id: UUID | None
    last_run_at: datetime | None
    next_run_at: datetime | None
    last_counts: dict[str, int] = Field(
        description="Files of the last run: found, taken, unchanged, waiting, refused, left"
    )
    failures: int = Field(description="Runs that failed one after the other")
    error: str = Field(description="Why the last run failed; empty when it did not")
    created_at: datetime
    updated_at: datetime


class SourcesQuery(PageQuery):
    """Narrow the list of watched places."""

    farm_id: UUID | None = None
    enabled: bool | None = None


class SourceFileRead(Output):
    """One version of a file that was seen, and what became of it."""

    key: str = Field(description="Its path below the place; for a database the name of the source")
    version: str
    size: int
    modified_at: datetime | None
    sha256: str
    state: FileState
    note: str
    file_id: UUID | None
    import_id: UUID | None
    genotype_set_id: UUID | None
    created_at: datetime


class SourceFilesQuery(PageQuery):
    """Narrow the list of files."""

    state: FileState | None = None


class SourcePlaceRead(Output):
    """A place that may be watched here."""

    place: str
    kind: Literal["folder", "bucket", "database"]


class SourcePlacesRead(Output):
    """Places that the operator lets be watched."""

    items: list[SourcePlaceRead]
