"""What people ask for about refused rows, and what they are told."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from hub.etl.cleaning.steps import Column, compiles
from hub.etl.schemas import RowState, Severity, State
from hub.schemas import Input, Output, PageQuery

Text = Annotated[str, StringConstraints(max_length=1000)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
MOST_NAMED = 1000
"""Rows that are named one by one are done at once; more are a job."""
MendingKind = Literal["by_hand", "by_rule", "replay", "discard", "take_back", "undo"]


class RowFilter(Input):
    """Which rows; all that wait when nothing is said. Everything that is said must hold."""

    rule: str | None = Field(default=None, max_length=100, description="Rows refused by this rule")
    column: Column | None = Field(
        default=None, description="Rows refused because of this column, by our name or the file's"
    )
    value: Text | None = Field(
        default=None, description="Rows with exactly this in the cell; '' for an empty one"
    )
    rows: list[int] | None = Field(
        default=None, min_length=1, max_length=MOST_NAMED, description="Rows by their numbers"
    )


class ForCells(Input):
    """Change the cells of one column; that of the filter when none is named."""

    column: Column | None = None


class Replace(ForCells):
    """Find and replace within cells; with `regex`, `$1` in the new text is the first group."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True
    )

    do: Literal["replace"]
    find: Pattern
    with_: Text = Field(default="", alias="with")
    regex: bool = False

    @model_validator(mode="after")
    def valid(self) -> "Replace":
        if self.regex:
            compiles(self.find)
        return self


class ChangeUnit(ForCells):
    """Multiply numbers; cells that hold none stay."""

    do: Literal["unit"]
    factor: float = Field(gt=0, lt=1e12, description="0.4536 for pounds to kilograms")


class DateOrder(ForCells):
    """Read dates in this order and write them year-month-day; what is no date stays."""

    do: Literal["date_order"]
    order: Literal["dmy", "mdy", "ymd"]
    century: int | None = Field(
        default=None, ge=0, le=99,
        description="Two-digit years up to this one are 20xx, later ones 19xx",
    )  # fmt: skip


class SetValue(ForCells):
    """One value for every cell; '' empties them."""

    do: Literal["set"]
    value: Text


class Case(ForCells):
    """Capital letters, or small ones."""

    do: Literal["case"]
    to: Literal["upper", "lower"]


class Trim(ForCells):
    """Spaces off the ends, several inside made one."""

    do: Literal["trim"]


class Discard(Input):
    """Leave the rows out for good, with a reason; they can be taken back."""

    do: Literal["discard"]
    reason: Annotated[Reason, Field(min_length=1)]


class TakeBack(Input):
    """Rows that were left out wait for mending again."""

    do: Literal["take_back"]


class Replay(Input):
    """Check the rows against what is stored now and load the good ones, as they stand."""

    do: Literal["replay"]


CellAction = Replace | ChangeUnit | DateOrder | SetValue | Case | Trim
Action = Annotated[CellAction | Discard | TakeBack | Replay, Field(discriminator="do")]


class MendByRule(Input):
    """Do one thing about many refused rows; `dry_run` shows what it would change."""

    filter: RowFilter = RowFilter()
    action: Action
    dry_run: bool = False


class CellChange(Output):
    """A cell before and after."""

    row: int
    column: str
    before: str
    after: str


class MendingRead(Output):
    """One act on refused rows: who, what, how far it is and what came of it.

    `rows_left` are rows that an undoing found loaded or changed since, and left as they are.
    """

    id: UUID
    import_id: UUID
    person_id: UUID
    person_name: str = Field(default="", description="Who did it, where one may know it")
    kind: MendingKind
    filter: dict[str, Any]
    action: dict[str, Any]
    column: str
    reason: str
    undoes_id: UUID | None
    state: State
    job_id: UUID | None
    error: str
    rows_changed: int
    rows_loaded: int
    rows_unchanged: int
    rows_rejected: int
    rows_left: int
    created_at: datetime
    finished_at: datetime | None


class MendAnswer(Output):
    """What a rule does: rows it is about, rows it changes, the first of them; and the act itself.

    `rows_set_aside` need a person's look (see `mend.md`). Of the first `rows_tried` changed rows,
    `rows_loadable` would be loaded. Without `dry_run` there is a `mending` to follow.
    """

    rows: int
    rows_changed: int
    rows_set_aside: int
    examples: list[CellChange]
    rows_tried: int = 0
    rows_loadable: int = 0
    mending: MendingRead | None = None


class MendingsQuery(PageQuery):
    """Page through what was done."""


class ChangesQuery(PageQuery):
    """Narrow the changes to a row or to one act."""

    row: int | None = None
    mending_id: UUID | None = None


class RowChangeRead(Output):
    """A cell, or with no column the state, of a row before and after; who and when."""

    row: int
    column: str
    before: str
    after: str
    at: datetime
    person_id: UUID
    person_name: str = Field(default="", description="Who changed it, where one may know it")
    mending_id: UUID
    undone: bool


class FindingsQuery(PageQuery):
    """Narrow the findings."""

    rule: str | None = Field(default=None, max_length=100)
    column: str | None = Field(default=None, max_length=100)
    severity: Severity | None = None
    state: RowState | None = Field(default=None, description="State of the row")


class Finding(Output):
    """One thing wrong, or worth a look, in one row; `state` is what became of the row."""

    file: str
    row: int
    number: int = Field(description="The row's number in the import, which mending asks for")
    column: str
    value: str
    rule: str
    severity: Severity
    message: str
    remedy: str
    state: RowState


class ValueCount(Output):
    """A cell's value and how many rows have it."""

    value: str
    rows: int


class FindingCount(Output):
    """One rule in one column: how many rows in which state, an example, the commonest values."""

    rule: str
    column: str
    severity: Severity
    rows: int
    waiting: int
    message: str
    remedy: str
    values: list[ValueCount]
