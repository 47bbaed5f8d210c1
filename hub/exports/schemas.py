"""What goes into exports and comes out of them."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.animals import Status
from hub.events import Kind
from hub.schemas import Code, Input, Output, PageQuery
from hub.tables import KINDS, Filters

TableFormat = Literal["csv", "xlsx", "parquet", "json", "jsonl"]
GenotypeFormat = Literal["plink", "vcf", "blupf90"]
TableKind = Literal[
    "animals", "records", "events", "milk_recording", "movements", "identifiers", "groups",
    "places", "breeding_values", "genotype_samples",
]  # fmt: skip
GENOTYPE_FORMATS = ("plink", "vcf", "blupf90")
USUAL: tuple[TableKind, ...] = ("animals", "records", "events")


class ExportFilters(Input):
    """Which rows; a filter that a table knows nothing of leaves it whole."""

    start: date | None = Field(
        default=None, alias="from",
        description="Recorded, happened or born on this day or later",
    )  # fmt: skip
    end: date | None = Field(default=None, alias="to", description="On this day or earlier")
    traits: tuple[Code, ...] | None = Field(default=None, max_length=200)
    events: tuple[Kind, ...] | None = Field(default=None, description="Kinds of events")
    status: tuple[Status, ...] | None = Field(default=None, description="Of the animals")
    model_config = Input.model_config | {"populate_by_name": True}

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"from ({self.start}) is after to ({self.end}). Turn them round.")
        return self

    def for_tables(self) -> Filters:
        """As tables take them."""
        plain = {name: [str(one) for one in found] if found is not None else None
                 for name in ("traits", "events", "status")
                 for found in [getattr(self, name)]}  # fmt: skip
        return Filters(start=self.start, end=self.end, **plain)


class ExportCreate(Input):
    """What to take along, and as what; genotypes of a set in a format of theirs."""

    farm_ids: tuple[UUID, ...] = Field(default=(), max_length=200)
    kinds: tuple[TableKind, ...] = Field(default=USUAL, max_length=len(KINDS))
    format: TableFormat | GenotypeFormat = "csv"
    filters: ExportFilters = ExportFilters()
    genotype_set_id: UUID | None = Field(
        default=None, description="For plink, vcf and blupf90: the set whose genotypes to take"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        genotypes = self.format in GENOTYPE_FORMATS
        if genotypes and self.genotype_set_id is None:
            raise ValueError(f"{self.format} holds genotypes: name a set in genotype_set_id.")
        if not genotypes and self.genotype_set_id is not None:
            raise ValueError(
                f"Genotypes go into plink, vcf or blupf90, not into {self.format}. Leave "
                "genotype_set_id out, or choose one of those."
            )
        if not genotypes and not (self.farm_ids and self.kinds):
            raise ValueError("Name at least one farm in farm_ids and one table in kinds.")
        for what in ("farm_ids", "kinds"):
            if len(set(getattr(self, what))) < len(getattr(self, what)):
                raise ValueError(f"{what} names something twice.")
        return self


class ExportRead(Output):
    """An export: how far it is, and what is in it; `sha256` is that of the archive."""

    id: UUID
    person_id: UUID
    farm_ids: list[UUID]
    kinds: list[str]
    format: str
    filters: dict[str, Any]
    genotype_set_id: UUID | None
    grant_ids: list[UUID] = Field(description="Grants of farms by which one could read it")
    state: str
    job_id: UUID | None
    error: str
    name: str
    sha256: str
    size: int
    counts: dict[str, int] = Field(description="Rows of each table")
    downloads: int
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="Until when it can be downloaded")


class ExportsQuery(PageQuery):
    """Narrow the list of exports, newest first."""

    state: Literal["queued", "running", "done", "failed", "cancelled", "expired"] | None = None


class ColumnTold(Output):
    """One column of a table, explained."""

    name: str
    type: str = Field(description="string, number, integer, date, boolean or object")
    unit: str
    description: str
    codes: list[str] = Field(description="The codes that it knows; empty: anything")
    required: bool


class TableTold(Output):
    """One table that exports, imports and dataset versions are made of."""

    name: str
    title: str
    sentence: str
    key: list[str] = Field(description="Columns that name a row")
    importable: bool = Field(description="What was exported goes in again")
    columns: list[ColumnTold]


class TableQuery(ExportFilters):
    """Which rows of one table."""
