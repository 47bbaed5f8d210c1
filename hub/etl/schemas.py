"""What goes into an import and comes out of it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.etl.cleaning.steps import Cleaning, Column
from hub.schemas import Input, Output, PageQuery

Kind = Literal["animals", "records", "events", "milk_recording"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Policy = Literal["good_rows", "all_or_nothing"]
Severity = Literal["error", "warning"]
RowState = Literal["rejected", "mended", "warned", "discarded"]


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
    ignore: list[Column] = Field(
        default_factory=list,
        description="Columns to leave out; '*' for all that nobody asked for by name",
    )


class ImportCreate(Input):
    """Take a file in for a farm."""

    farm_id: UUID
    kind: Kind
    file_id: UUID
    mapping: Mapping = Mapping()
    dry_run: bool = Field(default=False, description="Check and report, load nothing")
    policy: Policy = Field(
        default="good_rows",
        description="all_or_nothing loads nothing when any row is refused",
    )
    cleaning: Cleaning = Field(
        default_factory=list, description="Steps of cleaning, in their order"
    )
    template_id: UUID | None = Field(default=None, description="The template that this follows")


class Step(Output):
    """One step of an import: waiting, running, done or failed, when, and over how many rows."""

    name: Literal["extract", "clean", "validate", "load", "report"]
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    rows: int = 0
    note: str = ""


class ImportRead(Output):
    """One import and how far it is; `notes` says what else was found out about the file."""

    id: UUID
    farm_id: UUID
    file_id: UUID
    file_name: str = Field(default="", description="Where one may know it")
    person_id: UUID
    person_name: str = Field(default="", description="Who asked for it, where one may know it")
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
    policy: Policy
    cleaning: list[dict[str, Any]]
    template_id: UUID | None
    rules: str
    parser: str
    steps: list[Step]
    findings: dict[str, Any]
    rows_warned: int
    rows_discarded: int
    source_id: UUID | None
    parent_id: UUID | None


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
    value: str = ""
    severity: Severity = "error"


class RejectedRow(Output):
    """A row that was not loaded, or loaded with a warning, as it stands in the file."""

    row: int
    state: RowState
    values: dict[str, Any]
    problems: list[Problem]


class ProblemsQuery(PageQuery):
    """Which rows; only those that wait for mending unless others are asked for."""

    state: RowState | None = "rejected"
    rule: str | None = Field(default=None, max_length=100, description="Rows that broke this rule")
    column: str | None = Field(
        default=None, max_length=100, description="Rows with something wrong in this column"
    )


class MendedRow(Input):
    """New values for some cells of a rejected row; the other cells stay as they were."""

    row: int
    values: dict[Column, Annotated[str, StringConstraints(max_length=1000)]]


class Mend(Input):
    """Rows to check and load again."""

    rows: list[MendedRow] = Field(min_length=1, max_length=200)
