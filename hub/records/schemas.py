"""What goes into records and comes out of them."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.schemas import Code, Identifier, Input, Line, Name, Output, PageQuery


class TraitRead(Output):
    """What is observed, with its unit and the range in which a value is plausible."""

    code: str
    name: str
    unit: str
    species: str | None = Field(description="None: every species")
    lowest: float
    highest: float
    description: str
    kind: str = Field(description="weight, ultrasound, carcass, milk, condition, type, feed, ...")
    icar: str = Field(description="Its name in ICAR's Animal Data Exchange; empty without one")
    ranges: dict[str, tuple[float, float]] = Field(
        description="Lowest and highest of species that have their own"
    )


Attributes = dict[Identifier, Line | float | int | bool]


class RecordCreate(Input):
    """One observation of a trait on an animal, in the trait's unit."""

    id: UUID | None = Field(
        default=None, description="Made by the client: the same record twice is stored once"
    )
    trait: Code = Field(description="Code of the trait, such as weaning_weight")
    value: float
    recorded_on: date | None = None
    occasion: Line = Field(
        default="", description="Tells apart records of one day, or undated ones (a lactation)"
    )
    attributes: Attributes = Field(
        default_factory=dict, max_length=20, description="What models may use as effects"
    )
    method: Line = Field(default="", description="How: scale, walk-over scale, tape, laboratory")
    device: Line = Field(default="", description="With what: the name of the scale or the phone")


class RecordCorrect(Input):
    """What was recorded wrongly; only the fields that are given change."""

    animal_id: UUID | None = Field(default=None, description="It was this animal of the farm")
    value: float | None = None
    recorded_on: date | None = Field(default=None, description="null: the date is not known")
    occasion: Line | None = None
    attributes: Attributes | None = Field(default=None, max_length=20, description="All of them")
    method: Line | None = None
    device: Line | None = None
    reason: Line = Field(default="", description="Why; it is kept with what the record was before")

    @model_validator(mode="after")
    def _only_the_date_is_cleared(self) -> Self:
        for name in self.model_fields_set - {"recorded_on"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null; leave it out to keep it")
        return self

    def changes(self) -> dict[str, Any]:
        """The fields that were given, without the reason."""
        return self.model_dump(include=self.model_fields_set - {"reason"})


class RecordRemove(Input):
    """Why a record is taken away; it is kept in the log with what the record was."""

    reason: Name


class RecordQuery(PageQuery):
    """Narrow the list of an animal's records."""

    trait: Code | None = None


class FarmRecordQuery(PageQuery):
    """Narrow the list of a farm's records."""

    trait: Code | None = None
    start: date | None = Field(default=None, alias="from", description="On this day or later")
    end: date | None = Field(default=None, alias="to", description="On this day or earlier")
    model_config = Input.model_config | {"populate_by_name": True}


class RecordRead(Output):
    """A record as it is kept: how, by whom, or with the import it came from."""

    id: UUID
    farm_id: UUID
    animal_id: UUID
    trait: str = Field(validation_alias="trait_code")
    recorded_on: date | None
    occasion: str
    value: float
    attributes: dict[str, str | float | int | bool]
    source_import_id: UUID | None
    source_row: int | None
    method: str
    device: str
    person_id: UUID | None = Field(description="Who recorded it; null: an import")
    created_at: datetime
    updated_at: datetime


class FarmRecordRead(RecordRead):
    """A record in the list of a farm, with the tag of its animal."""

    tag: str
