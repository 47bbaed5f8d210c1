"""What goes into records and comes out of them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from hub.schemas import Code, Identifier, Input, Line, Output, PageQuery


class TraitRead(Output):
    """What is observed, with its unit and the range in which a value is plausible."""

    code: str
    name: str
    unit: str
    species: str | None = Field(description="None: every species")
    lowest: float
    highest: float
    description: str


class RecordCreate(Input):
    """One observation of a trait on an animal, in the trait's unit."""

    trait: Code = Field(description="Code of the trait, such as weaning_weight")
    value: float
    recorded_on: date | None = None
    occasion: Line = Field(
        default="", description="Tells apart records of one day, or undated ones (a lactation)"
    )
    attributes: dict[Identifier, Line | float | int | bool] = Field(
        default_factory=dict, max_length=20, description="What models may use as effects"
    )


class RecordQuery(PageQuery):
    """Narrow the list of an animal's records."""

    trait: Code | None = None


class RecordRead(Output):
    """A record as it is kept, with the import it came from."""

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
    created_at: datetime
