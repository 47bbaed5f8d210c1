"""What goes into an import and comes out of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.schemas import Input, Output, PageQuery

Kind = Literal["animals", "records", "events", "milk_recording"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Column = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Mapping(Input):
    """How the file's columns are to be read; what is not said is taken by its usual name."""

    columns: dict[Column, Column] = Field(
        default_factory=dict,
        description="Our name to the file's: {'animal': 'ear_tag', 'date': 'weighed_on'}",
    )
    traits: dict[Column, Column] = Field(
        default_factory=dict,
        description="Trait to column where every trait has a column: {'milk_305d': 'milk'}",
    )
    occasion: Column | None = Field(
        default=None,
        description="Column that tells apart records of one animal and trait, such as lactation",
    )
    attributes: list[Column] | None = Field(
        default=None, description="Columns kept with each record; all further ones when left out"
    )
    sheet: Column | None = Field(
        default=None, description="Workbooks: the sheet to read, where it is not plain which"
    )
    ignore: list[Column] = Field(default_factory=list, description="Columns to leave out")


class ImportCreate(Input):
    """Take a file in for a farm."""

    farm_id: UUID
    kind: Kind
    file_id: UUID
    mapping: Mapping = Mapping()
    dry_run: bool = Field(default=False, description="Check and report, load nothing")


class ImportRead(Output):
    """One import and how far it is; `notes` says what else was found out about the file."""

    id: UUID
    farm_id: UUID
    file_id: UUID
    person_id: UUID
    kind: Kind
    mapping: dict[str, Any]
    dry_run: bool
    state: State
    job_id: UUID | None
    rows_read: int
    rows_loaded: int
    rows_unchanged: int
    rows_rejected: int
    notes: dict[str, Any]
    error: str
    created_at: datetime
    finished_at: datetime | None


class ImportsQuery(PageQuery):
    """Narrow the list of imports."""

    farm_id: UUID | None = None
    kind: Kind | None = None
    state: State | None = None


class Problem(Output):
    """One thing wrong with one cell or row: where, which rule, what, and what to do about it."""

    file: str
    row: int
    column: str
    rule: str
    message: str
    remedy: str


class RejectedRow(Output):
    """A row that was not loaded, as it stands in the file, with every problem."""

    row: int
    state: Literal["rejected", "mended"]
    values: dict[str, Any]
    problems: list[Problem]


class ProblemsQuery(PageQuery):
    """Which rejected rows; mended ones are left out unless asked for."""

    state: Literal["rejected", "mended"] | None = "rejected"


class MendedRow(Input):
    """New values for some cells of a rejected row; the other cells stay as they were."""

    row: int
    values: dict[Column, Annotated[str, StringConstraints(max_length=1000)]]


class Mend(Input):
    """Rows to check and load again."""

    rows: list[MendedRow] = Field(min_length=1, max_length=200)
