"""What goes into an import template and comes out of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hub.etl.cleaning import Cleaning
from hub.etl.cleaning.steps import Column
from hub.etl.schemas import Kind, Mapping, Policy
from hub.schemas import Input, Line, Name, Output, PageQuery


class TemplateCreate(Input):
    """Keep how files of a sender are read; without a farm for oneself alone."""

    farm_id: UUID | None = None
    name: Name
    sender: Line = Field(default="", description="Laboratory, organization or program it is from")
    kind: Kind
    columns: list[Column] = Field(
        min_length=1, max_length=5000, description="The header by which such files are told"
    )
    mapping: Mapping = Mapping()
    cleaning: Cleaning = Field(default_factory=list)
    policy: Policy = "good_rows"


class TemplateUpdate(Input):
    """New values for the fields given."""

    name: Name = Field(default_factory=str)
    sender: Line = ""
    columns: list[Column] = Field(default_factory=list, min_length=1, max_length=5000)
    mapping: Mapping = Mapping()
    cleaning: Cleaning = Field(default_factory=list)
    policy: Policy = "good_rows"


class TemplateRead(Output):
    """One template; `used_at` is when an import last followed it."""

    id: UUID
    farm_id: UUID | None
    person_id: UUID
    name: str
    sender: str
    kind: Kind
    fingerprint: str
    columns: list[str]
    mapping: dict[str, Any]
    cleaning: list[dict[str, Any]]
    policy: Policy
    used_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TemplatesQuery(PageQuery):
    """Narrow the list of templates."""

    farm_id: UUID | None = None
    kind: Kind | None = None
    name: str | None = Field(default=None, max_length=200)
    sender: str | None = Field(default=None, max_length=200)
