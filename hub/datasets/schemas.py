"""What the hub says about a dataset version, its tables, tags and differences."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.schemas import Code, Input, Line, Output, PageQuery

Change = Literal["added", "removed", "changed"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class FrozenColumn(Output):
    """One column as it was when the table was frozen."""

    name: str
    type: str = Field(description="string, number, integer, date, boolean or object")
    unit: str = ""
    description: str = ""
    codes: list[str] = Field(default_factory=list, description="The codes that it knows")


class Piece(Output):
    """A part of a table: the name of its Parquet file among the objects, and its rows."""

    name: str
    rows: int


class FrozenTable(Output):
    """A table of a version; `sha256` is that of its rows as CSV (RFC 4180, UTF-8, LF)."""

    kind: str
    rows: int
    sha256: str
    key: list[str] = Field(description="Columns that name a row")
    columns: list[FrozenColumn]
    pieces: list[Piece]


class FrozenGenotypes(Output):
    """A genotype set that belongs to a version, by the hash of its content."""

    id: UUID
    name: str
    version: int
    content_hash: str


class DatasetRead(Output):
    """One frozen version; `objects` maps its file names to the SHA-256 of their content."""

    id: UUID
    name: str
    content_hash: str
    farm_ids: list[UUID]
    objects: dict[str, str]
    counts: dict[str, int]
    description: dict[str, Any]
    person_id: UUID
    created_at: datetime
    series_id: UUID = Field(description="The dataset that it is a version of")
    number: int = Field(description="Versions of a dataset are numbered")
    parent_ids: list[UUID] = Field(description="The versions that it was made from")
    why: str
    creator: str
    tables: list[FrozenTable]
    genotypes: list[FrozenGenotypes]
    data_kinds: list[str] = Field(description="Kinds of farms' data in it")
    grant_ids: list[UUID] = Field(description="Grants of farms by which its maker could read it")

    def table(self, kind: str) -> FrozenTable | None:
        return next((one for one in self.tables if one.kind == kind), None)


class DatasetsQuery(PageQuery):
    """Narrow the list of dataset versions."""

    name: str | None = None
    content_hash: str | None = None
    series_id: UUID | None = Field(default=None, description="Versions of one dataset")
    tag: str | None = Field(default=None, description="Versions that bear this tag")
    tables: bool | None = Field(
        default=None, description="Frozen tables of farms, or (false) the input of evaluations"
    )


class TagSet(Input):
    """Give a version a name of its own, or move the name to it."""

    name: Code
    fixed: bool = Field(default=False, description="It stays at this version for good")
    why: Reason = ""


class TagRead(Output):
    """A name for a version of a dataset."""

    id: UUID
    series_id: UUID
    version_id: UUID
    name: str
    fixed: bool
    why: str
    person_id: UUID
    created_at: datetime
    updated_at: datetime


class RowsQuery(PageQuery):
    """Which rows of a frozen table; in the order in which they are kept."""


class DifferenceQuery(PageQuery):
    """Compare with which version, in which table."""

    to: UUID = Field(description="The other version; rows added are those that only it has")
    kind: Line | None = Field(default=None, description="By default the first table of both")
    change: Change | None = None


class TableDifference(Output):
    """How two versions of a table differ; `columns` counts changed cells."""

    kind: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    unchanged: int
    columns: dict[str, int]
    columns_added: list[str]
    columns_removed: list[str]


class RowDifference(Output):
    """One row that differs; of a changed row only the columns that changed."""

    change: Change
    key: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Difference(Output):
    """What differs between two versions: counts for every table, and the rows of one."""

    before_id: UUID
    after_id: UUID
    equal: bool = Field(description="The content is the same in every table")
    tables: list[TableDifference]
    only_before: list[str] = Field(description="Tables that only the first has")
    only_after: list[str]
    kind: str | None = Field(description="The table of the items")
    items: list[RowDifference]
    next_cursor: str | None


class Citation(Output):
    """How to refer to a version so that others find the very same rows."""

    text: str
    bibtex: str
    identifier: str = Field(description="RFC 6920 name of the content: ni:///sha-256;...")
    url: str
    schema_org: dict[str, Any] = Field(description="JSON-LD of schema.org/Dataset")
    datacite: dict[str, Any] = Field(description="Metadata as DataCite's schema 4 has them")
