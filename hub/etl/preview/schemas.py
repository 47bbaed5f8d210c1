"""What a preview of an import is asked, and what it shows."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.etl.cleaning import Cleaning
from hub.etl.import_templates.schemas import TemplateRead
from hub.etl.mapping import Suggestion
from hub.etl.schemas import Kind, Mapping, Policy, Problem
from hub.schemas import Input, Output


class PreviewCreate(Input):
    """Look at a file before it is imported.

    Mapping and cleaning that are not given are those of the template that fits the file, or else
    what is suggested.
    """

    farm_id: UUID
    file_id: UUID
    kind: Kind | None = Field(default=None, description="The one that fits best by default")
    mapping: Mapping | None = None
    cleaning: Cleaning | None = None
    template_id: UUID | None = None
    rows: int = Field(default=50, ge=1, le=500, description="Rows to show, before and after")


class ColumnRead(Output):
    """A column of the file: some of its cells, and what they look like."""

    name: str
    samples: list[str]
    type: Literal["empty", "number", "date", "code", "identifier", "text"]
    filled: float = Field(description="Share of the cells that say something")


class StepRead(Output):
    """What one step of cleaning did to the rows that were looked at."""

    step: str
    changed: int = Field(description="Cells changed, or rows left out")
    examples: list[dict[str, Any]] = Field(description="Some cells: row, column, before, after")


class PreviewRead(Output):
    """What would become of the first rows of a file; nothing is loaded."""

    kind: Kind
    format: str
    encoding: str | None
    delimiter: str | None
    notes: dict[str, Any]
    columns: list[ColumnRead]
    suggestions: list[Suggestion]
    template: TemplateRead | None
    mapping: dict[str, Any] = Field(description="The mapping that was used")
    cleaning: list[dict[str, Any]] = Field(description="The steps that were used")
    policy: Policy
    rows_looked_at: int
    before: list[dict[str, Any]] = Field(description="Rows as they stand in the file")
    after: list[dict[str, Any]] = Field(description="The same rows after cleaning")
    steps: list[StepRead]
    findings: list[Problem]
    rules: dict[str, int] = Field(description="How often each rule is broken in these rows")
    refused: str = Field(description="Why the file as a whole would be refused; empty if not")
